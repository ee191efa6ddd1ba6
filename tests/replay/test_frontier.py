"""Up to where a replay and the live generation know each other."""

from typing import Any

from streams.replay.frontier import STILL, Frontier, frontier_of
from streams.replay.plan import ARCHIVE, KAFKA, Into, Plan, Positions
from tests.replay.plans import plan_of
from tests.scripted import ScriptedClient

TOPICS = {"target": 1, "gate.state": 1}
KNOWN = {"target/0": 10, "gate.state/0": 110}


def consumed(topic: str, position: int) -> tuple[Any, ...]:
    """Give a row of what is consumed; its offset is that of another log."""
    return topic, 0, position, 77, 0


def found(plan: Plan, theirs: Positions, ours: Positions, bases: Positions | None = None) -> Frontier:
    """Ask for the frontier of two generations that consumed so far; gate.state began anew in live at 100."""
    tables: dict[str, list[tuple[Any, ...]]] = {
        "`kpi_g1`.`log_bases`": [("gate.state", 0, 100)],
        "`kpi_run_a_g1`.`log_bases`": [(topic, 0, base) for topic, base in (bases or {}).items()],
        "`kpi_g1`.`consumed`": [consumed(*one) for one in theirs.items()],
        "`kpi_run_a_g1`.`consumed`": [consumed(*one) for one in ours.items()],
    }
    # The store asks for rows as one value.
    client = ScriptedClient({table: [(rows,)] for table, rows in tables.items()})
    return frontier_of(client.typed, plan, "kpi_g1", "kpi_run_a_g1")


def test_a_replay_of_the_log_knows_where_live_lags() -> None:
    """There its positions are offsets; where live has folded all of it, every row is compared."""
    plan = plan_of(source=KAFKA, partitions=TOPICS, known=KNOWN)
    ends: Positions = {"target": 9, "gate.state": 9}

    assert Frontier(KNOWN, {}) == found(plan, {"target": 9, "gate.state": 109}, ends)
    assert Frontier(KNOWN, {"gate.state/0": 5}) == found(plan, {"target": 9, "gate.state": 104}, ends)
    assert Frontier(KNOWN, {"target/0": 0, "gate.state/0": 0}) == found(plan, {"gate.state": 99}, ends)


def test_of_other_sources_no_row_lies_at_an_offset_of_the_log() -> None:
    """An archive has only what live has folded; topics of its own have offsets of their own."""
    for source, into in ((ARCHIVE, Into.GENERATION), (KAFKA, Into.TOPICS)):
        plan = plan_of(source=source, into=into, partitions=TOPICS, known=KNOWN)
        assert Frontier(KNOWN, {}) == found(plan, {}, {"target": 9})


def test_one_that_was_live_has_its_place_in_the_logs() -> None:
    """Each side is compared up to where the other one has consumed."""
    plan = plan_of(partitions=TOPICS, known=KNOWN, handed_over={}, state="promoted")
    ours: Positions = {"target": 1_004, "gate.state": 2_007}
    frontier = found(plan, {"target": 9, "gate.state": 103}, ours, {"target": 1_000, "gate.state": 2_000})

    assert {"target/0": 5, "gate.state/0": 108} == frontier.known
    assert {"target/0": 1_010, "gate.state/0": 2_004} == frontier.reached


def test_of_another_live_generation_no_position_is_known() -> None:
    """A rebuild numbers them anew: what lies beyond one of the old numbers may well be different."""
    plan = plan_of(source=KAFKA, partitions=TOPICS, known=KNOWN, live="kpi_g0")

    assert STILL == found(plan, {"target": 4, "gate.state": 104}, {"target": 9})
