"""Whence a promotion came, and where its undoing goes."""

from typing import Any

import pytest

from streams.commands import rebuild as waiting
from streams.commands import replay_promote as command
from streams.core.revision import FOLD_REVISION
from streams.errors import RefusedError
from streams.registry import load_registry
from streams.replay import promotion as module
from streams.replay.compare import Comparison, Count
from streams.replay.promotion import Promotion
from streams.settings import Settings
from streams.topics import DEFAULT_PARTITIONS
from tests.replay.plans import plan_of
from tests.scripted import ScriptedClient

# A live generation that is open, and of which nothing is stored.
LIVE: dict[str, list[tuple[Any, ...]]] = {
    "argMax": [("kpi_g1",)],
    "SELECT name, value": [],
    ".consumed": [],
}


def predecessor(monkeypatch: pytest.MonkeyPatch, rows: list[tuple[Any, ...]], live: str) -> tuple[str, str]:
    """Undo replay `a`: give where that goes, and what was asked."""
    client = ScriptedClient({"replay_actions": rows, "system.tables": [(1,)], "argMax": [(live,)]})
    monkeypatch.setattr(module, "writer", client.connected)
    work = Promotion(Settings(_env_file=None), load_registry(), plan_of(), "me")
    return work.predecessor(), client.asked[-1]


def test_undo_goes_back_to_what_was_live_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not to another replay that was live since, and was undone itself."""
    where, asked = predecessor(monkeypatch, [("kpi_g1",)], "kpi_run_a_g1")

    assert "kpi_g1" == where
    assert "argMax(generation_before, at)" in asked
    assert "'name': 'kpi_run_a_g1'" in asked


def test_a_replay_is_brought_to_this_build_before_it_catches_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may lack a table that is written now."""
    migrated: list[str] = []
    monkeypatch.setattr(module, "migrate", lambda settings, _: migrated.append(settings.database))
    monkeypatch.setattr(module, "writer", ScriptedClient(LIVE).connected)
    plan = plan_of(state="folding")
    work = Promotion(Settings(_env_file=None), load_registry(), plan, "me")

    assert plan == work.next_stage()
    assert ["kpi_run_a"] == migrated


@pytest.mark.parametrize(
    ("rows", "live", "words"),
    [
        pytest.param([], "kpi_run_a_g1", "is gone: nothing to go back to", id="dropped"),
        pytest.param([("kpi_g1",)], "kpi_g1", "replay a is not live; kpi_g1 is", id="not live"),
    ],
)
def test_where_there_is_no_way_back_nothing_is_switched(
    monkeypatch: pytest.MonkeyPatch, rows: list[tuple[Any, ...]], live: str, words: str
) -> None:
    """The words say why."""
    with pytest.raises(RefusedError, match=words):
        predecessor(monkeypatch, rows, live)


def test_a_build_that_must_not_promote_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts by other rules: not even the live site's migrations and references are its business."""
    migrated: list[str] = []
    client = ScriptedClient(LIVE)
    for place in (module, command):
        monkeypatch.setattr(place, "writer", client.connected)
    monkeypatch.setattr(module, "migrate", lambda settings, _: migrated.append(settings.database))
    monkeypatch.setattr(command, "find_plan", lambda *_: plan_of(revision=FOLD_REVISION + 1))
    monkeypatch.setattr(command, "partition_counts", partition_counts)
    with pytest.raises(RefusedError, match="was begun by fold revision"):
        command.promote("a")

    assert ([], []) == (migrated, client.told)


@pytest.mark.parametrize("ends", [pytest.param({}, id="the first time"), {"target/0": 5}])
def test_one_that_never_was_complete_is_not_promoted(
    monkeypatch: pytest.MonkeyPatch, ends: dict[str, int]
) -> None:
    """Workers would stand still until one process has folded all of it; one that catches up may go on."""
    monkeypatch.setattr(module, "writer", ScriptedClient(LIVE).connected)
    plan = plan_of(state="folding", ends=ends)
    work = Promotion(Settings(_env_file=None), load_registry(), plan, "me")
    if ends:
        work.check(DEFAULT_PARTITIONS)
        return
    with pytest.raises(RefusedError, match="not complete; it goes on with: kpi replay run --name a"):
        work.check(DEFAULT_PARTITIONS)


def promoted(monkeypatch: pytest.MonkeyPatch, differing: int, workers: list[int]) -> list[str]:
    """Promote a replay of which so many rows differ, beside these workers, and give what was told."""
    client = ScriptedClient(LIVE)
    for place in (module, command):
        monkeypatch.setattr(place, "writer", client.connected)

    async def members(_: object) -> int:
        return workers.pop(0)

    monkeypatch.setattr(waiting, "workers", members)
    monkeypatch.setattr(waiting, "_PATIENCE_S", -1.0)
    monkeypatch.setattr(module, "migrate", lambda *_: None)
    monkeypatch.setattr(Promotion, "next_stage", lambda _: None)
    monkeypatch.setattr(Promotion, "hand_over", lambda *_, **__: None)
    monkeypatch.setattr(command, "find_plan", lambda *_: plan_of())
    monkeypatch.setattr(command, "partition_counts", partition_counts)
    found = Comparison([Count("trade_day", different=differing)])
    monkeypatch.setattr(command, "compare", lambda *_: found)
    with pytest.raises(RefusedError) as refused:
        command.promote("a")
    return [*client.told, str(refused.value)]


def test_a_replay_that_differs_stops_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is compared before the live generation is closed."""
    *told, words = promoted(monkeypatch, 3, [])

    assert ([], True) == (told, "3 rows differ, nothing was switched" in words)


def test_what_was_accepted_stays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes on after a kill can no longer compare, and need not say it once more."""
    switched: list[tuple[object, ...]] = []
    client = ScriptedClient(LIVE)
    for place in (module, command):
        monkeypatch.setattr(place, "writer", client.connected)
    for name in ("migrate", "take_over", "write_plan"):
        monkeypatch.setattr(module, name, lambda *_: None)
    monkeypatch.setattr(module, "stands_of", partition_counts)
    monkeypatch.setattr(module, "ends_in", lambda *_: {})
    monkeypatch.setattr(command, "partition_counts", partition_counts)
    monkeypatch.setattr(command, "wait_for_workers", partition_counts)
    monkeypatch.setattr(Promotion, "switch", lambda _, *told, accepted: switched.append((*told, accepted)))
    killed = Promotion(Settings(_env_file=None), load_registry(), plan_of(), "me")
    killed.hand_over(2, accepted=True)
    monkeypatch.setattr(command, "find_plan", lambda *_: killed.plan)
    command.promote("a")

    assert [("promote", "kpi_run_a_g1", 2, True)] == switched


def checked(monkeypatch: pytest.MonkeyPatch, stored: int, state: str) -> None:
    """Take up a replay that took over where the live one had stored position 4."""
    client = ScriptedClient({**LIVE, ".consumed": [("target", 0, stored)]})
    monkeypatch.setattr(module, "writer", client.connected)
    plan = plan_of(state=state, known={"target/0": 5}, handed_over={"target/0": 5})
    work = Promotion(Settings(_env_file=None), load_registry(), plan, "me")
    work.check(DEFAULT_PARTITIONS)


def test_a_promotion_is_taken_up_again_only_where_live_stood_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What live folded since the hand-over would be lost; one that was undone catches up from Kafka."""
    checked(monkeypatch, 4, "done")
    checked(monkeypatch, 5, "promoted")
    with pytest.raises(
        RefusedError, match="kpi_g1 went on since replay a took over: drop it with kpi replay drop a"
    ):
        checked(monkeypatch, 5, "done")


def test_what_went_on_until_the_pause_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker folded after the check: nothing more is written down."""
    client = ScriptedClient({**LIVE, ".consumed": [("target", 0, 5)]})
    monkeypatch.setattr(module, "writer", client.connected)
    plan = plan_of(known={"target/0": 5}, handed_over={"target/0": 5})
    work = Promotion(Settings(_env_file=None), load_registry(), plan, "me")
    with pytest.raises(RefusedError, match="went on since"):
        work.hand_over(0, accepted=False)

    assert [] == client.told


GIVES_WAY = [
    pytest.param("kpi_run_b_g1", "kpi replay promote b", "given up with: kpi replay drop b$", id="promotion"),
    pytest.param("kpi_g0", "kpi replay undo b", "given up with: kpi replay promote b$", id="undo"),
    pytest.param("kpi_g2", "kpi migrate --rebuild", "run it again: kpi migrate --rebuild$", id="rebuild"),
]


@pytest.mark.parametrize(("other", "command", "words"), GIVES_WAY)
def test_live_that_gives_way_to_another_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, other: str, command: str, words: str
) -> None:
    """Else it would be opened at the end, and what the other one took over would lack what comes then."""
    facts = [("rebuilt_into", other), ("closed_by", command)]
    client = ScriptedClient({**LIVE, "SELECT name, value": facts, "system.databases": [(1,)]})
    monkeypatch.setattr(module, "writer", client.connected)
    work = Promotion(Settings(_env_file=None), load_registry(), plan_of(), "me")
    with pytest.raises(RefusedError, match=words), work.paused("kpi_run_a_g1", "kpi replay promote a"):
        pass

    assert [] == client.told


@pytest.mark.parametrize(("successor", "there"), [("kpi_run_a_g1", 1), ("kpi_run_gone_g1", 0)])
def test_live_is_taken_again_and_from_what_is_gone(
    monkeypatch: pytest.MonkeyPatch, successor: str, there: int
) -> None:
    """It is closed, and open at the end."""
    client = ScriptedClient(
        {**LIVE, "SELECT name, value": [("rebuilt_into", successor)], "system.databases": [(there,)]}
    )
    monkeypatch.setattr(module, "writer", client.connected)
    work = Promotion(Settings(_env_file=None), load_registry(), plan_of(), "me")
    with work.paused("kpi_run_a_g1", "kpi replay promote a"):
        *_, closed = client.told

    assert "'value': 'kpi_run_a_g1'" in closed
    assert "'name': 'rebuilt_into', 'value': ''" in client.told[-1]


def of_one_that_is_live(facts: list[tuple[Any, ...]]) -> ScriptedClient:
    """Give a ClickHouse where replay `a` is live, of which this is recorded, and kpi_g1 was before."""
    return ScriptedClient(
        {
            "replay_actions": [("kpi_g1",)],
            "argMax": [("kpi_run_a_g1",)],
            "system.tables": [(1,)],
            "SELECT name, value": facts,
            "system.databases": [(1,)],
        }
    )


@pytest.mark.parametrize("state", ["done", "promoted"])
def test_a_killed_undo_is_given_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    """Workers go on in what is live, whatever this build counts by; also one whose switch was cut short."""
    client = of_one_that_is_live([("rebuilt_into", "kpi_g1"), ("closed_by", "kpi replay undo a")])
    for place in (module, command):
        monkeypatch.setattr(place, "writer", client.connected)
    monkeypatch.setattr(module, "migrate", lambda *_: None)
    monkeypatch.setattr(command, "find_plan", lambda *_: plan_of(state=state, revision=FOLD_REVISION + 1))
    monkeypatch.setattr(command, "partition_counts", partition_counts)
    command.promote("a")

    opened, written = client.told
    assert "'generation': 'kpi_run_a_g1', 'name': 'rebuilt_into', 'value': ''" in opened
    assert '"state":"promoted"' in written
    assert "its undo before, which is given up" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param([], "replay a is live already", id="open"),
        pytest.param(
            [("rebuilt_into", "kpi_g2"), ("closed_by", "kpi migrate --rebuild")],
            "gives way to kpi_g2; if that was cut short, run it again: kpi migrate --rebuild$",
            id="gives way to a rebuild",
        ),
    ],
)
def test_what_is_live_is_not_opened_while_another_takes_over(
    monkeypatch: pytest.MonkeyPatch, facts: list[tuple[Any, ...]], words: str
) -> None:
    """Only what goes back to where it came from can be given up without loss."""
    client = of_one_that_is_live(facts)
    monkeypatch.setattr(module, "writer", client.connected)
    work = Promotion(Settings(_env_file=None), load_registry(), plan_of(state="promoted"), "me")
    with pytest.raises(RefusedError, match=words):
        work.check(DEFAULT_PARTITIONS)

    assert [] == client.told


def test_it_is_said_that_live_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that came back once the replay had its place in the logs is in the way of the switch."""
    words = promoted(monkeypatch, 0, [0, 2])[-1]

    assert "2 workers go on working" in words
    assert words.endswith("; kpi_g1 stays closed to workers until then, or until kpi replay drop a")


async def partition_counts(*_: object) -> dict[str, int]:
    """Stand for Kafka, whose topics are those of the catalogue."""
    return DEFAULT_PARTITIONS


@pytest.mark.parametrize(
    ("differed", "differing", "words"),
    [
        pytest.param(0, 3, "3 rows differ, nothing was switched", id="some differ now"),
        pytest.param(2, 0, r"0 rows differ \(2 did when it was promoted before\)", id="some did"),
    ],
)
def test_one_that_was_undone_is_compared_anew(
    monkeypatch: pytest.MonkeyPatch, differed: int, differing: int, words: str
) -> None:
    """What differs, or had to be accepted before, has to be accepted once more; how much is written down."""
    switched: list[tuple[object, ...]] = []
    client = ScriptedClient(LIVE)
    for place in (module, command):
        monkeypatch.setattr(place, "writer", client.connected)
    found = Comparison([Count("trade_day", different=differing)])
    monkeypatch.setattr(module, "migrate", lambda *_: None)
    monkeypatch.setattr(Promotion, "take_over_decisions", lambda *_: None)
    monkeypatch.setattr(command, "find_plan", lambda *_: plan_of(state="promoted", differing=differed))
    monkeypatch.setattr(command, "partition_counts", partition_counts)
    monkeypatch.setattr(command, "compare", lambda *_: found)
    monkeypatch.setattr(command, "_check_logs", partition_counts)
    monkeypatch.setattr(command, "wait_for_workers", partition_counts)
    monkeypatch.setattr(Promotion, "switch", lambda _, *told, accepted: switched.append((*told, accepted)))
    with pytest.raises(RefusedError, match=words):
        command.promote("a")
    assert [] == switched
    command.promote("a", accept=True)

    assert [("promote", "kpi_run_a_g1", differing, True)] == switched
