"""`kpi replay explain`: the events behind a row of a replay, beside those behind the same row elsewhere."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import reader
from streams.clock import HANOI
from streams.commands.dlq_options import Format, FormatOption
from streams.commands.explain import choice
from streams.commands.moments import parse_moment
from streams.commands.replay_opening import LIVE
from streams.commands.replay_options import NameArgument, check_name
from streams.commands.rows import print_rows
from streams.errors import NothingThereError
from streams.explain.events import BehindEvent
from streams.explain.explanation import explain as explain_number
from streams.explain.request import Request
from streams.migrate import live_generation
from streams.replay.plan import find_plan, run_settings
from streams.settings import Settings, load_settings

_COLUMNS: Final = ("id", "time", "type", "subject", "there", "in the replay")
_MOST: Final = 10_000


def explain(  # noqa: PLR0913, PLR0917 - one parameter an option
    name: NameArgument,
    view: Annotated[str, typer.Argument(help="A view, such as trade_by_day.")],
    at: Annotated[str, typer.Option("--at", help="A moment within the window, or a local day.")],
    where: Annotated[
        list[str] | None, typer.Option("--where", help="column=value; several narrow it down.")
    ] = None,
    against: Annotated[str, typer.Option(help="live, or another replay.")] = LIVE,
    fmt: FormatOption = Format.TABLE,
) -> None:
    """Open a difference: the events behind a row of a replay and of the live numbers that add otherwise.

    Example: kpi replay explain 1 trade_by_day --at 2026-01-05 --where gate_id=kim-thanh
    """
    settings = load_settings()
    request = Request(view, parse_moment(at, "--at"), dict(map(choice, where or ())), _MOST)
    with reader(settings) as client:
        ours = run_settings(settings, find_plan(client, settings, check_name(name)).name)
        theirs = settings if against == LIVE else run_settings(settings, check_name(against))
        missing: list[NothingThereError] = []
        here, there = (_events(client, one, request, missing) for one in (ours, theirs))
    if len(missing) == len((ours, theirs)):
        raise missing[0]
    rows = [_row(there.get(id_), here.get(id_)) for id_ in dict.fromkeys([*there, *here])]
    differing = [row for row in rows if row["there"] != row["in the replay"]]
    print_rows(differing, _COLUMNS, fmt)
    if fmt == Format.TABLE:
        typer.echo(f"{len(differing)} of {len(rows)} events behind it add otherwise")


def _events(
    client: Client, settings: Settings, request: Request, missing: list[NothingThereError]
) -> Mapping[str, BehindEvent]:
    client.database = live_generation(client, settings)
    try:
        found = explain_number(client, settings.database, request)
    except NothingThereError as error:
        # On one side there may be no such row.
        missing.append(error)
        return {}
    return {event.id: event for event in found.listed}


def _row(there: BehindEvent | None, here: BehindEvent | None) -> dict[str, Any]:
    event = there or here
    assert event is not None  # noqa: S101 - it is on one side at least
    what = (event.id, event.time.astimezone(HANOI), event.type, event.subject, _adds(there), _adds(here))
    return dict(zip(_COLUMNS, what, strict=True))


def _adds(event: BehindEvent | None) -> str:
    if event is None:
        return "is not there"
    return ", ".join(f"{name} {value:+}" for name, value in event.adds.items()) or event.state
