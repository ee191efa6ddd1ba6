"""Whether a Grafana shows our boards: its health, the datasource, each board and each query."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streams.boards.panels import DATASOURCE, target
from streams.boards.queries import Query
from streams.errors import EXIT_DONE, EXIT_NO, DependencyDownError, KpiError
from streams.grafana.api import Grafana, Json, NotThereError
from streams.wall.board import Board, Panel, Target
from streams.wall.frames import Column, Frame
from streams.wall.timerange import TimeRange, interval_ms
from streams.wall.variables import Chosen, choose, interpolate

# A panel of a wall is about so many pixels wide, as Grafana counts points.
_POINTS: Final = 1000


@dataclass(frozen=True)
class Found:
    """How one part is: its name, the exit code that it calls for, and words."""

    name: str
    state: int
    words: str


def check(grafana: Grafana, boards: Iterable[Board], now: datetime) -> Iterator[Found]:
    """Look at each part in turn; boards are those that should be there.

    Raises:
        DependencyDownError: Grafana does not answer.
    """
    yield Found("grafana", EXIT_DONE, f"version {grafana.version()}")
    uid = DATASOURCE["uid"]
    try:
        yield Found("datasource", EXIT_DONE, f"{uid}: {grafana.datasource_health(uid)}")
    except DependencyDownError:
        raise
    except KpiError as error:
        yield Found("datasource", EXIT_NO, f"{uid}: {error}")
    for board in boards:
        problems = list(_problems(grafana, board, now))
        asked = sum(len(panel.targets) for panel in board.panels)
        if not problems:
            yield Found(board.uid, EXIT_DONE, f"{len(board.panels)} panels, {asked} queries answered")
        yield from (Found(board.uid, EXIT_NO, problem) for problem in problems)


def _problems(grafana: Grafana, board: Board, now: datetime) -> Iterator[str]:
    try:
        there = grafana.board(board.uid)
    except NotThereError:
        yield "this board is not there: mount grafana/boards as the provisioning says"
        return
    if _queries(there) != {target.raw_sql for panel in board.panels for target in panel.targets}:
        yield "this board has other queries than grafana/boards: its files are of another version"
    try:
        chosen = _chosen(grafana, board, now)
    except DependencyDownError:
        raise
    except KpiError as error:
        yield f"variables: {error}"
        return
    for panel in board.panels:
        yield from _panel_problems(grafana, board, panel, chosen, now)


def _queries(there: Json) -> set[str]:
    targets = (target for panel in there.get("panels", []) for target in panel.get("targets", []))
    return {str(target.get("rawSql", "")) for target in targets}


def _chosen(grafana: Grafana, board: Board, now: datetime) -> dict[str, Chosen]:
    """Ask what each variable can be, and choose what a board shows at first."""
    chosen: dict[str, Chosen] = {}
    span = board.time.at(now, board.zone)
    for one in board.variables:
        query = target(Query(interpolate(one.query, chosen), "table"))
        frames = grafana.frames(query, _ms(span))
        chosen[one.name] = choose(one, _frame(frames), ())
    return chosen


def _frame(frames: Sequence[Json]) -> Frame:
    if not frames:
        return Frame()
    fields = frames[0]["schema"]["fields"]
    values = frames[0]["data"]["values"]
    return Frame(
        tuple(
            Column(field["name"], "string", tuple(cells))
            for field, cells in zip(fields, values, strict=False)
        )
    )


def _panel_problems(
    grafana: Grafana, board: Board, panel: Panel, chosen: Mapping[str, Chosen], now: datetime
) -> Iterator[str]:
    span = board.span_of(panel, now)
    for one in panel.targets:
        try:
            frames = grafana.frames(_asked(panel, one, chosen, span), _ms(span))
        except DependencyDownError:
            raise
        except KpiError as error:
            yield f"panel {panel.id} “{panel.title}”: {error}"
            continue
        names = {field["name"] for frame in frames for field in frame["schema"]["fields"]}
        missing = _named(panel) - names
        if names and missing:
            yield f"panel {panel.id} “{panel.title}”: its query gives no {', '.join(sorted(missing))}"


def _asked(panel: Panel, one: Target, chosen: Mapping[str, Chosen], span: TimeRange) -> dict[str, Any]:
    """Give a target as Grafana's page sends it: what is chosen is in the SQL, the macros are not expanded."""
    points = panel.max_data_points or _POINTS
    query = Query(interpolate(one.raw_sql, chosen), "timeseries" if one.format == "time_series" else "table")
    asked = {**target(query), "refId": one.ref_id}
    return {**asked, "intervalMs": interval_ms(span, points, panel.interval), "maxDataPoints": points}


def _named(panel: Panel) -> set[str]:
    """Give the fields that a panel has a rule for."""
    return {rule.matcher.options for rule in panel.field_config.overrides if rule.matcher.id == "byName"}


def _ms(span: TimeRange) -> tuple[int, int]:
    return int(span.start.timestamp() * 1000), int(span.end.timestamp() * 1000)
