"""`kpi replay diff`: a replay against the live numbers or another replay."""

import json
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console

from streams.clickhouse_client import writer
from streams.clock import HANOI
from streams.commands.replay_opening import LIVE, Sides, opening
from streams.commands.replay_options import NameArgument, check_name
from streams.commands.rows import print_rows
from streams.errors import EXIT_NO, RefusedError
from streams.migrate import live_generation
from streams.replay.compare import LISTED, Comparer, Comparison, Row
from streams.replay.frontier import STILL, frontier_of
from streams.replay.plan import Plan, find_plan, generation_of
from streams.replay.selection import Selection
from streams.settings import Settings, load_settings

_COUNTS: Final = ("kpi", "equal", "different", "missing", "extra", "moved", "not_yet")
_ROWS: Final = ("kpi", "window (Hanoi)", "dimensions", "there -> in the replay")
# Of these only that they differ can be said.
_HASHES: Final = ("content", "sketch")


def diff(
    name: NameArgument,
    against: Annotated[str, typer.Option(help="live, or another replay.")] = LIVE,
    limit: Annotated[int, typer.Option(help="List at most so many rows.", min=0, max=LISTED)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Compare a replay, row by row: exit 0 all equal, 1 and a table of what is different or missing.

    Where no row could be compared, it says so, and exits with 1, too.

    `missing` is in the other numbers only, `extra` in the replay only, `moved` was changed by live events
    since the replay looked, which is no difference: a replay of the whole archive is brought up to date by
    kpi replay run --name RUN, any other is run anew. Nor is `not_yet`: a worker lags, and the replay knows
    events there that are not in live yet.

    Example: kpi replay diff 1
    """
    settings = load_settings()
    with writer(settings) as client:
        plan = find_plan(client, settings, check_name(name))
        found = compare(client, settings, plan, against)
        sides = Sides(name, against, _generation(client, settings, against), generation_of(settings, name))
    _print_json(found, sides) if as_json else _print(found, sides, limit, plan)
    if not found.is_clean:
        raise typer.Exit(EXIT_NO)


def compare(client: Client, settings: Settings, plan: Plan, against: str) -> Comparison:
    """Compare a replay with the live generation or with another replay.

    Raises:
        RefusedError: one of both has no whole window, or they have none in common.
    """
    check_comparable(plan)
    theirs = Selection()
    if against != LIVE:
        other = find_plan(client, settings, check_name(against))
        check_comparable(other)
        theirs = other.selection
    selection = plan.selection.overlap(theirs)
    if selection is None:
        raise RefusedError(f"no event is meant by replay {plan.name} and by {against}: nothing to compare")
    generation, run = _generation(client, settings, against), generation_of(settings, plan.name)
    frontier = frontier_of(client, plan, generation, run) if against == LIVE else STILL
    comparer = Comparer(client, generation, run, selection, frontier)
    console = Console(stderr=True)
    if not console.is_terminal:
        return comparer.compare(lambda _: None)
    with console.status("compare") as status:
        return comparer.compare(lambda table: status.update(f"compare {table}"))


def check_comparable(plan: Plan) -> None:
    """Refuse a replay whose windows are not whole.

    Raises:
        RefusedError: it is not complete, holds some entities only, or shows an hour on the wall.
    """
    name = plan.name
    if plan.speed:
        raise RefusedError(f"replay {name} shows how it was then; compare one without --speed")
    if plan.selection.id is not None or plan.selection.offsets:
        raise RefusedError(f"replay {name} holds what belongs to some events: no window of it is whole")
    if plan.state == "folding":
        raise RefusedError(f"replay {name} is not complete; it goes on with: kpi replay run --name {name}")


def _generation(client: Client, settings: Settings, against: str) -> str:
    return live_generation(client, settings) if against == LIVE else generation_of(settings, against)


def _print(found: Comparison, sides: Sides, limit: int, plan: Plan) -> None:
    print_rows([asdict(count) for count in found.counts], _COUNTS, "table")
    rows = [_line(row) for row in found.rows[:limit]]
    if rows:
        print_rows(rows, _ROWS, "table")
        typer.echo(f"open a row with: {opening(found.rows[0], sides)}")
    moved, not_yet = (sum(getattr(one, name) for one in found.counts) for name in ("moved", "not_yet"))
    equal = sum(count.equal for count in found.counts)
    typer.echo(
        f"{_verdict(found)}: replay {sides.run} against {sides.against}, {equal:,} rows are bit-identical"
    )
    if not found.compared:
        typer.echo(f"neither side has a row of its window that stands still: see kpi replay show {sides.run}")
    if moved:
        typer.echo(f"{moved:,} rows were changed by live events since{_how_to_have_them(plan)}")
    if sides.against == LIVE and plan.handed_over is None and sides.there != plan.live:
        typer.echo(f"{sides.there} went live since it looked at {plan.live}: what came since differs, too")
    if not_yet:
        typer.echo(
            f"{not_yet:,} rows are not yet in live as in the replay, for its workers lag:"
            " kpi check --drained waits for them, then compare again"
        )


def _verdict(found: Comparison) -> str:
    if not found.compared:
        return "nothing was compared"
    return f"{found.differing:,} rows differ" if found.differing else "equal"


def _how_to_have_them(plan: Plan) -> str:
    # One that was live already goes on from Kafka, by its workers.
    if plan.handed_over is not None:
        return ""
    if plan.is_whole:
        return f": kpi replay run --name {plan.name} brings it up to date"
    return ": to have them in it, run it anew under another --name"


def _line(row: Row) -> dict[str, Any]:
    at = f"{row.at:%Y-%m-%d}" if row.kpi.endswith("_day") else f"{row.at.astimezone(HANOI):%Y-%m-%d %H:%M:%S}"
    place = " ".join(filter(None, row.dimensions.values()))
    numbers = "\n".join(
        f"{name} {theirs:,} -> {ours:,} ({ours - theirs:+,})"
        for name, (theirs, ours) in row.measures.items()
        if name not in _HASHES
    )
    return dict(zip(_ROWS, (row.kpi, at, place, numbers or "says something else"), strict=True))


def _print_json(found: Comparison, sides: Sides) -> None:
    rows = [row._asdict() | {"open": opening(row, sides)} for row in found.rows]
    typer.echo(
        json.dumps(
            {
                "replay": sides.run,
                "against": sides.against,
                "equal": found.is_clean,
                "compared": found.compared,
                "differing": found.differing,
                "counts": [asdict(count) for count in found.counts],
                "rows": rows,
            },
            default=str,
        )
    )
