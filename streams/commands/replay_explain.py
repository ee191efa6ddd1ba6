"""`kpi replay explain`: the events behind a row of a replay, beside those behind the same row elsewhere."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import reader
from streams.clock import HANOI
from streams.commands.dlq_options import Format, FormatOption
from streams.commands.explain import choice, shown
from streams.commands.moments import parse_moment
from streams.commands.replay_opening import LIVE
from streams.commands.replay_options import NameArgument, check_name
from streams.commands.rows import print_rows, printable
from streams.errors import NothingThereError
from streams.explain.events import BehindEvent
from streams.explain.explanation import Explanation
from streams.explain.explanation import explain as explain_number
from streams.explain.request import Request
from streams.migrate import live_generation
from streams.replay.plan import find_plan, run_settings
from streams.settings import Settings, load_settings

_COLUMNS: Final = ("id", "time", "type", "subject", "there", "in the replay")
_MOST: Final = 10_000
# Events that are listed where none adds otherwise.
_LISTED: Final = 50
_ADD_UP: Final = {
    True: "; its events add up to it",
    False: "; its events do NOT add up to it: the fold differs, or a worker writes",
    None: "",
}


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

    Also what each side has stored there, and whether its events add up to that: what they add is worked out
    anew by this build. Where none adds otherwise, the newest of them are listed.

    Example: kpi replay explain 1 trade_by_day --at 2026-01-05 --where gate_id=kim-thanh
    """
    settings = load_settings()
    request = Request(view, parse_moment(at, "--at"), dict(map(choice, where or ())), _MOST)
    with reader(settings) as client:
        ours = run_settings(settings, find_plan(client, settings, check_name(name)).name)
        theirs = settings if against == LIVE else run_settings(settings, check_name(against))
        missing: list[NothingThereError] = []
        here, there = (_explained(client, one, request, missing) for one in (ours, theirs))
    if len(missing) == len((ours, theirs)):
        raise missing[0]
    rows = _rows(_events(there), _events(here))
    differing = [row for row in rows if row["there"] != row["in the replay"]]
    print_rows(differing or rows[:_LISTED], _COLUMNS, fmt)
    # What is JSON or CSV stays it.
    is_beside = fmt != Format.TABLE
    typer.echo(f"{len(differing)} of {len(rows)} events behind it add otherwise", err=is_beside)
    for side, found in zip(_COLUMNS[-2:], (there, here), strict=True):
        typer.echo(f"stored {side}: {_stored(found)}", err=is_beside)


def _explained(
    client: Client, settings: Settings, request: Request, missing: list[NothingThereError]
) -> Explanation | None:
    client.database = live_generation(client, settings)
    try:
        return explain_number(client, settings.database, request)
    except NothingThereError as error:
        # On one side there may be no such row.
        missing.append(error)
        return None


def _stored(found: Explanation | None) -> str:
    if found is None:
        return "no such row"
    measures = [f"{name} {shown(value)}" for name, value in found.number.measures.items() if name != "sketch"]
    adds_up = _ADD_UP[found.adds_up] if found.complete else "; too many events to add them up"
    return printable(", ".join(measures) or "no such row") + adds_up


def _events(found: Explanation | None) -> Mapping[str, BehindEvent]:
    return {event.id: event for event in found.listed} if found else {}


def _rows(there: Mapping[str, BehindEvent], here: Mapping[str, BehindEvent]) -> list[dict[str, Any]]:
    return [_row(there.get(id_), here.get(id_)) for id_ in dict.fromkeys([*there, *here])]


def _row(there: BehindEvent | None, here: BehindEvent | None) -> dict[str, Any]:
    event = there or here
    assert event is not None  # noqa: S101 - it is on one side at least
    what = (event.id, event.time.astimezone(HANOI), event.type, event.subject, _adds(there), _adds(here))
    return dict(zip(_COLUMNS, what, strict=True))


def _adds(event: BehindEvent | None) -> str:
    if event is None:
        return "is not there"
    return ", ".join(f"{name} {value:+}" for name, value in event.adds.items()) or event.state
