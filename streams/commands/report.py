"""`kpi report`: the standing reports of a shift, a day, a week or a month."""

import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from streams import clock
from streams.clickhouse_client import reader
from streams.commands.moments import parse_moment
from streams.errors import UsageError
from streams.registry import Registry, load_registry
from streams.report.as_csv import as_csv
from streams.report.as_html import as_html
from streams.report.as_pdf import as_pdf
from streams.report.as_text import as_text
from streams.report.ask import ask, is_simulated, missing
from streams.report.build import Warnings, build
from streams.report.model import Report
from streams.report.parts import PARTS
from streams.report.periods import Kind, Span, first_shift_of, span_of
from streams.settings import Settings, load_settings

app = typer.Typer()


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    CSV = "csv"


_WRITERS: Final[Mapping[Format, Callable[[Report], str | bytes]]] = {
    Format.TEXT: as_text,
    Format.HTML: as_html,
    Format.PDF: as_pdf,
    Format.CSV: as_csv,
}


@app.command()
def report(
    kind: Annotated[Kind, typer.Argument(help="What the report is of; a shift's is the hand-over page.")],
    at: Annotated[str, typer.Option(help="Moment or local date within the period; default now.")] = "",
    fmt: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.TEXT,
    out: Annotated[Path | None, typer.Option(help="File to write; default standard output.")] = None,
) -> None:
    """Write the report of a shift, a local day, an ISO week or a month, from the boards' own numbers.

    The period that runs counts up to now, and so does the one that it is compared with: the day, week or
    month before, or the same shift a day earlier. A date alone means the first shift that begins on it.

    Example: kpi report shift --at 2026-11-22T10:30 --format pdf --out ca-sang.pdf
    """
    if fmt is Format.PDF and out is None and sys.stdout.isatty():
        raise UsageError("a PDF is not for a terminal: name a file with --out")
    settings = load_settings()
    registry = load_registry(settings.registry)
    now = clock.now().replace(microsecond=0)
    span = span_of(kind, _moment(at, kind, registry) if at else now, now, registry.shifts)
    written = _WRITERS[fmt](_made(settings, span, registry))
    _put(written if isinstance(written, bytes) else written.encode(), out)


def _moment(text: str, kind: Kind, registry: Registry) -> datetime:
    if kind is Kind.SHIFT:
        try:
            return first_shift_of(date.fromisoformat(text), registry.shifts)
        except ValueError:
            pass
    return parse_moment(text, "--at")


def _made(settings: Settings, span: Span, registry: Registry) -> Report:
    parts = [part for part in PARTS if part.shown(span)]
    with reader(settings) as client:
        client.database = settings.database
        answers = ask(client, span, parts)
        warnings = Warnings(is_simulated(client, span), missing(client, span))
    return build(span, parts, answers, registry, warnings)


def _put(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise UsageError(f"--out: {out} cannot be written: {error.strerror}") from None
