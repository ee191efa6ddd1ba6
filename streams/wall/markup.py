"""The templates of the wall's HTML: every value that they are given is escaped."""

from typing import Final

from jinja2 import Environment, PackageLoader, Template

_TEMPLATES: Final = Environment(
    loader=PackageLoader("streams.wall", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def template(name: str) -> Template:
    """Give a template by the name of its file."""
    return _TEMPLATES.get_template(name)
