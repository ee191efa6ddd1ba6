"""`kpi explain`: the events behind a number."""

import csv
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.clickhouse_client import reader
from streams.clock import HANOI
from streams.commands.dlq_options import Format, FormatOption
from streams.commands.moments import parse_moment
from streams.commands.rows import printable
from streams.core.definitions import Definition
from streams.errors import UsageError
from streams.explain.events import BehindEvent
from streams.explain.explanation import Explanation, explain
from streams.explain.request import Request
from streams.migrate import live_generation
from streams.settings import load_settings

app = typer.Typer()
_COLUMNS: Final = ("time", "type", "id", "subject", "place", "adds", "state", "received_at", "source")
_NOW: Final = "now"
_MOST: Final = 10_000


@app.command()
def command(
    view: Annotated[str, typer.Argument(help="A view, such as trade_by_day.")],
    at: Annotated[
        str, typer.Option("--at", help="A moment, or a local day or minute, within the window.")
    ] = _NOW,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="column=value; several narrow it down.")
    ] = None,
    limit: Annotated[int, typer.Option(help="List at most so many events.", min=1, max=_MOST)] = 50,
    fmt: FormatOption = Format.TABLE,
) -> None:
    """Open a number: what it means, how fresh it is, and the events that make it up, newest first.

    What each event adds makes up the number; corrections stand beside what they correct. Of a window with
    more than 50,000 events only the newest are read.

    Example: kpi explain trade_by_day --at 2026-01-05 --where gate_id=kim-thanh --where regime=export
    """
    moment = None if at == _NOW else parse_moment(at, "--at")
    request = Request(view, moment, dict(map(choice, where or ())), limit)
    settings = load_settings()
    with reader(settings) as client:
        client.database = live_generation(client, settings)
        found = explain(client, settings.database, request)
    _PRINTERS[fmt](found)


def choice(text: str) -> tuple[str, str]:
    """Read `column=value`.

    Raises:
        UsageError: it is something else.
    """
    column, equals, value = text.partition("=")
    if not equals or not column:
        raise UsageError(f"--where: {text!r} is no column=value, such as gate_id=kim-thanh")
    return column.strip(), value.strip()


def _print_table(found: Explanation) -> None:
    console = Console(highlight=False)
    for one in found.definitions:
        console.print(_definition(one))
    console.print(_number(found))
    console.print(_events(found))
    for note in _notes(found):
        console.print(Text(note))


def _definition(one: Definition) -> Table:
    card = Table.grid(padding=(0, 2))
    card.add_column(no_wrap=True)
    card.add_column(overflow="fold")
    card.add_row(Text(one.name, style="bold"), f"{one.title_vi} / {one.title_en}")
    card.add_row("  formula", Text(f"{one.formula} [{one.unit}]"))
    for caveat in one.caveats:
        card.add_row("  caveat", Text(caveat))
    card.add_row("  source", Text(one.source))
    if one.assumption:
        card.add_row("  assumption", Text(one.assumption))
    return card


def _number(found: Explanation) -> Table:
    table = Table("number", "value", title=_title(found))
    for name, value in found.number.measures.items():
        table.add_row(name, Text(printable(shown(value))))
    return table


def _title(found: Explanation) -> str:
    start, end = (
        f"{moment.astimezone(HANOI):%Y-%m-%d %H:%M}" for moment in (found.window.start, found.window.end)
    )
    rows = f", the sum of {len(found.number.rows)} rows" if len(found.number.rows) > 1 else ""
    where = "".join(f", {name}={value}" for name, value in found.request.where.items())
    return f"{found.request.view} from {start} to before {end} (Hanoi){where}{rows}"


def _events(found: Explanation) -> Table:
    table = Table(title=f"the newest {len(found.listed)} of {_count(found)} events behind it")
    for name in _COLUMNS[:7]:
        table.add_column(name, overflow="fold")
    for event in found.listed:
        row = _row(event)
        table.add_row(*(Text(printable(row[name])) for name in _COLUMNS[:7]))
    return table


def _count(found: Explanation) -> str:
    return f"{len(found.events):,}" if found.complete else "many"


def _notes(found: Explanation) -> list[str]:
    notes = [
        f"as of {_time(found.newest_event)} (newest event of its kind), read at {_time(found.read_at)}",
        f"sources: {', '.join(found.sources) or 'none'}" + ("; SIMULATED data" if found.simulated else ""),
        f"sample: {found.sample:,} events count"
        if found.complete
        else "too many events to read them all: the newest are listed, the totals are those above",
    ]
    if found.adds_up is not None:
        notes.append(
            "the events add up to the number"
            if found.adds_up
            else "the events do NOT add up to the number: is a worker writing? If it stays so, run kpi verify"
        )
    return notes


def _time(moment: datetime | None) -> str:
    return "never" if moment is None else moment.astimezone(HANOI).isoformat(timespec="milliseconds")


def _row(event: BehindEvent) -> dict[str, Any]:
    return {
        "time": _time(event.time),
        "type": event.type,
        "id": event.id,
        "subject": event.subject,
        "place": event.place,
        "adds": ", ".join(f"{name} {value:+}" for name, value in event.adds.items()),
        "state": event.state + (", late" if event.late else ""),
        "received_at": _time(event.received_at),
        "source": event.source,
    }


def shown(value: object) -> object:
    """Give a measure as people read it."""
    if isinstance(value, float):
        return round(value, 3)
    return _time(value) if isinstance(value, datetime) else value


def _print_csv(found: Explanation) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(_COLUMNS)
    writer.writerows([[row[name] for name in _COLUMNS] for row in map(_row, found.listed)])


def _print_json(found: Explanation) -> None:
    typer.echo(json.dumps(as_json(found), ensure_ascii=False, default=_plain))


def as_json(found: Explanation) -> Mapping[str, Any]:
    """Give an explanation as one object."""
    return {
        "view": found.request.view,
        "from": found.window.start,
        "to": found.window.end,
        "where": dict(found.request.where),
        "number": dict(found.number.measures),
        "rows": len(found.number.rows),
        "definitions": [one.model_dump() for one in found.definitions],
        "as_of": found.newest_event,
        "read_at": found.read_at,
        "sources": found.sources,
        "simulated": found.simulated,
        "sample": found.sample,
        "complete": found.complete,
        "adds_up": found.adds_up,
        "events": [
            _row(event) | {"adds": dict(event.adds), "late": event.late, "simulated": event.simulated}
            for event in found.listed
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return _time(value)
    return str(value) if isinstance(value, Decimal) else repr(value)


_PRINTERS: Final = {Format.TABLE: _print_table, Format.CSV: _print_csv, Format.JSON: _print_json}
