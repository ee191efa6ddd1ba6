"""A report as one HTML page that needs nothing else, and prints on A4."""

from typing import Final

from jinja2 import Environment, PackageLoader

from streams.report.model import Report

_TEMPLATES: Final = Environment(
    loader=PackageLoader("streams.report", "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def as_html(report: Report) -> str:
    """Fill the page; every text is escaped."""
    return _TEMPLATES.get_template("report.html.j2").render(report=report)
