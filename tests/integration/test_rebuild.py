"""Another number of partitions, another fold: refused; the way out is a generation made of the archive."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streams import clock
from streams.backup.restore import restore
from streams.backup.write import write_backup
from streams.clickhouse_client import writer
from streams.errors import RefusedError
from streams.health import drained
from streams.migrate import migrate
from streams.migrations import Migration, load_migrations
from streams.registry import load_registry
from streams.resources import resource
from streams.settings import Settings
from streams.topics import partition_of
from tests.events import crossing, others, visits
from tests.line import KPI, environment, kpi
from tests.migrated import migrated_clickhouse
from tests.servers import local_kafka
from tests.site import PATIENCE_S, Site, rows_of

pytestmark = pytest.mark.integration
VIEWS = (
    "trade_by_minute", "trade_by_day", "crossings_by_minute", "crossings_by_day", "latency_by_minute",
    "latency_by_day", "output_by_hour", "output_by_day", "gates_now", "findings", "dead_letters",
)  # fmt: skip
# Where an event lies is not what it says.
EVENTS = "SELECT * EXCEPT (partition, position) FROM events ORDER BY ALL"

CROSSINGS = "type = 'vn.laocai.kpi.gate.crossing.v1'"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run a broker and an engine for all tests."""
    home = tmp_path_factory.mktemp("rebuild")
    with local_kafka(home) as bootstrap, migrated_clickhouse(home) as engine:
        yield engine.model_copy(update={"kafka_bootstrap": bootstrap})


@pytest.fixture
def site(servers: Settings, request: pytest.FixtureRequest) -> Site:
    """Give each test topics and a database of its own."""
    name = f"r{abs(hash(request.node.name)) % 10**9}"
    return Site(servers.model_copy(update={"database": name, "topic_prefix": f"{name}."}))


def seen(site: Site) -> dict[str, Any]:
    """Give all that the public views show."""
    return {view: site.query(f"SELECT * FROM {view} ORDER BY ALL") for view in VIEWS} | {
        "events": site.query(EVENTS)
    }


def verified(site: Site) -> bool:
    """Let the independent recomputation say whether every number is right."""
    return site.kpi("verify").startswith("equal")


def test_a_raised_partition_count_is_refused_and_a_rebuilt_generation_goes_on(site: Site) -> None:
    """Every number stays; what comes afterwards, under the new places of the keys, counts once."""
    before, after = visits(0, 60) + others(), visits(60, 20)
    differs = {**before[3], "source": "/vn/laocai/ho-kieu/booth-1"}
    site.send([*before, differs], [b"not json"])
    site.work()
    shown = seen(site)
    site.raise_partitions("gate.crossing", 6)
    site.send(after)

    refusal = site.refusal()
    assert "gate.crossing has 6 partitions" in refusal
    assert "kpi migrate --rebuild" in refusal
    assert shown == seen(site)

    site.kpi("migrate", "--rebuild")
    assert site.generation().endswith("_g2")
    assert shown == seen(site)
    assert verified(site)
    site.work()
    assert rows_of(before + after) == site.rows()
    rebuilt = "SELECT DISTINCT partition FROM events WHERE topic = 'gate.crossing' AND subject < 'V-60'"
    assert {(4,), (5,)} <= set(site.query(rebuilt))
    assert verified(site)


def test_a_site_that_begins_with_another_number_of_partitions_works(servers: Settings) -> None:
    """The number is the topic's own: as many as were created."""
    own = {"database": "two", "topic_prefix": "two.", "partitions": 2}
    site = Site(servers.model_copy(update=own))
    site.send(visits(0, 20))
    site.work()

    assert rows_of(visits(0, 20)) == site.rows()
    assert [(0,), (1,)] == site.query(f"SELECT DISTINCT partition FROM events WHERE {CROSSINGS} ORDER BY 1")


def test_records_that_lie_where_their_keys_were_are_misrouted_and_can_be_redriven(site: Site) -> None:
    """What was not drained before the count was raised becomes a dead letter; nothing is counted wrongly."""
    before, late = visits(0, 10), visits(10, 10)
    site.send(before)
    site.work()
    site.send(late)
    site.raise_partitions("gate.crossing", 6)
    site.kpi("migrate", "--rebuild")
    site.work()

    crossings = [event for event in late if event["type"].endswith("gate.crossing.v1")]
    moved = [event for event in crossings if home(event, 4) != home(event, 6)]
    dead = site.query("SELECT reason, count() FROM dead_letters GROUP BY reason")
    assert [("misrouted", len(moved))] == dead
    assert rows_of([event for event in before + late if event not in moved]) == site.rows()
    site.kpi("dlq", "redrive", "--reason", "misrouted")
    site.work()
    assert rows_of(before + late) == site.rows()
    assert verified(site)


def home(event: dict[str, Any], partitions: int) -> int:
    """Give the partition of an event where there are that many."""
    return partition_of(event["subject"].encode(), partitions)


def test_an_id_that_two_visits_bear_counts_once_where_they_meet(site: Site) -> None:
    """Two partitions cannot know of each other; a rebuild that brings them together keeps one and goes on."""
    one = crossing(1, "V-0", "crossed", 0)
    names = (f"W-{n}" for n in range(1000))
    meets = ({"subject": name} for name in names)
    other = next(m["subject"] for m in meets if home(m, 4) != home(one, 4) and home(m, 6) == home(one, 6))
    site.send([one, crossing(1, other, "crossed", 1000)])
    site.work()
    assert [(2,)] == site.query("SELECT sum(lines) FROM trade_by_day")
    site.raise_partitions("gate.crossing", 6)
    site.kpi("migrate", "--rebuild")

    assert [(1,)] == site.query("SELECT sum(lines) FROM trade_by_day")
    assert [("resent_differs",)] == site.query("SELECT kind FROM findings")
    assert verified(site)


def test_another_fold_revision_is_refused_and_a_rebuild_gives_it_its_own_generation(site: Site) -> None:
    """No worker mixes two folds; the rebuilt generation has the numbers of this one."""
    events = visits(0, 10) + others()
    site.send(events)
    site.work()
    record_revision(site, "0")
    refusal = site.refusal()
    assert "fold revision 0" in refusal
    assert "kpi migrate --rebuild" in refusal

    site.kpi("migrate", "--rebuild")
    site.send(visits(10, 5))
    site.work()
    assert rows_of(events + visits(10, 5)) == site.rows()


def record_revision(site: Site, revision: str) -> None:
    """Write down that the live generation was made by another revision."""
    with writer(site.settings, site.generation()) as client:
        client.insert("generation", [["fold_revision", revision, clock.now()]])


@pytest.mark.parametrize(
    "deadly",
    [
        pytest.param("streams.pipeline.Pipeline.process", id="amid the fold", marks=pytest.mark.long),
        pytest.param("streams.replay.rebuild.promote", id="before the switch"),
    ],
)
def test_a_rebuild_that_was_killed_begins_anew(site: Site, deadly: str) -> None:
    """Until it is run again the views stay, and neither worker nor operator writes to either generation."""
    events = visits(0, 10)
    site.send(events)
    site.work()
    assert KILLED == rebuild_killed_at(site, deadly)

    assert "closed it: kpi migrate --rebuild" in site.refusal()
    refused = kpi(site.settings, "dlq", "drop", "--all")
    assert (1, True) == (refused.returncode, "once that is live, decide about dead letters" in refused.stderr)
    assert rows_of(events) == site.rows()
    site.kpi("migrate", "--rebuild")
    assert site.generation().endswith("_g2")
    site.send(visits(10, 5))
    site.work()
    assert rows_of(events + visits(10, 5)) == site.rows()


def test_a_switch_that_was_killed_is_completed_by_migrate(site: Site) -> None:
    """The new generation is live, and `kpi migrate`, which `kpi up` runs, points the views at it."""
    site.send(visits(0, 10))
    site.work()
    shown = seen(site)
    assert KILLED == rebuild_killed_at(site, "streams.migrate._apply")

    site.kpi("migrate")
    views = "FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
    ((old, count),) = site.query(f"SELECT countIf(as_select LIKE '%\\_g1%'), count() {views}")
    assert (0, shown) == (old, seen(site))
    assert count > len(VIEWS)
    site.send(visits(10, 5))
    site.work()
    assert rows_of(visits(0, 15)) == site.rows()


KILLED = 137


def rebuild_killed_at(site: Site, function: str) -> int:
    """Run a rebuild that dies where it would call a function, as by kill -9, and give its exit code."""
    module, _, name = function.rpartition(".")
    code = (
        "import os, pydoc\n"
        f"setattr(pydoc.locate({module!r}), {name!r}, lambda *_: os._exit({KILLED}))\n"
        "from streams.cli import main\n"
        "main()"
    )
    command = [sys.executable, "-c", code, "migrate", "--rebuild"]
    return subprocess.run(command, env=environment(site.settings), check=False).returncode


def test_an_archived_event_that_is_no_longer_accepted_stops_the_rebuild(site: Site, tmp_path: Path) -> None:
    """An operator took a gate out of the registry: nothing is switched, and the worker goes on as before."""
    site.send([crossing(1, "V-1", "crossed", 0, gate_id="ho-kieu")])
    site.work()
    registry = tmp_path / "registry.toml"
    registry.write_text(resource("deploy/registry.toml").read_text().replace('"ho-kieu"', '"another"'))
    refused = subprocess.run(
        [*KPI, "migrate", "--rebuild"],
        env={**environment(site.settings), "KPI_REGISTRY": str(registry)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert 1 == refused.returncode
    assert "no longer accepted: unknown_entity" in refused.stderr
    assert "kpi migrate --rebuild --bury-refused" in refused.stderr
    site.send([crossing(2, "V-2", "crossed", 0)])
    site.work()
    assert ("_g1", [(2,)]) == (site.generation()[-3:], site.query("SELECT sum(lines) FROM trade_by_day"))


def test_what_is_no_longer_accepted_can_be_buried_and_comes_back_by_redrive(
    site: Site, tmp_path: Path
) -> None:
    """Counted, said, kept beside the letters that were there; once the gate is known again, it counts."""
    closed = [crossing(n + 5000, f"H-{n}", "crossed", n * 1000, gate_id="ho-kieu") for n in range(300)]
    site.send([*visits(0, 10), *closed], [b"not json"])
    site.work()
    known = site.settings
    registry = tmp_path / "registry.toml"
    registry.write_text(resource("deploy/registry.toml").read_text().replace('"ho-kieu"', '"another"'))
    site.settings = known.model_copy(update={"registry": registry})
    said = site.kpi("migrate", "--rebuild", "--bury-refused")

    assert "300 of them are no longer accepted: dead letters now (unknown_entity 300)" in said
    letters = "SELECT reason, count(), uniqExact(payload) FROM dead_letters WHERE status = 'dead' GROUP BY 1"
    both = [("not_json", 1, 1), ("unknown_entity", 300, 300)]
    assert (rows_of(visits(0, 10)), both) == (site.rows(), sorted(site.query(letters)))
    site.send(visits(10, 5))
    site.work()
    # Positions that were given in a rebuild are above those of the next one.
    site.kpi("migrate", "--rebuild")
    assert both == sorted(site.query(letters))
    site.settings = known
    assert "300 redriven" in site.kpi("dlq", "redrive", "--reason", "unknown_entity")
    site.work()
    assert rows_of([*visits(0, 15), *closed]) == site.rows()
    assert verified(site)


def test_a_running_worker_pauses_for_a_rebuild_and_the_next_one_goes_on(site: Site) -> None:
    """The worker ends by itself; whoever supervises it starts one that writes to the new generation."""
    site.send(visits(0, 10))
    with site.worker() as worker:
        assert {} == asyncio.run(drained(site.settings, PATIENCE_S))
        site.kpi("migrate", "--rebuild")
        assert 1 == worker.wait(PATIENCE_S)
    site.send(visits(10, 5))
    site.work()

    assert rows_of(visits(0, 15)) == site.rows()
    assert verified(site)


@pytest.mark.long
def test_a_backup_taken_beside_a_worker_and_what_kafka_has_since_are_the_whole(
    site: Site, tmp_path: Path
) -> None:
    """Restored beside the live one, it is caught up from Kafka, though the group has committed all of it.

    A restore that was cut short before is no database to work on, nor to back up, and begins anew.
    """
    file = tmp_path / "kpi.zip"
    site.send([*visits(0, 20), *others()], [b"not json"])
    site.work()
    with site.worker():
        site.send(visits(20, 20))
        write_backup(site.settings, file, rows=50)
        assert {} == asyncio.run(drained(site.settings, PATIENCE_S))
    site.send(visits(40, 5))
    assert 0o600 == file.stat().st_mode & 0o777

    restored = Site.__new__(Site)
    restored.settings = site.settings.model_copy(update={"database": f"{site.settings.database}_trial"})
    with pytest.raises(KeyboardInterrupt):
        restore(restored.settings, load_registry(), file, _interrupt_at("generation"))
    assert "cut short" in restored.refusal()
    with pytest.raises(RefusedError, match="cut short"):
        write_backup(restored.settings, tmp_path / "second.zip")

    assert "records that came after the backup" in restored.kpi("restore", str(file))
    again = kpi(restored.settings, "restore", str(file))
    assert (1, True) == (again.returncode, "is there already" in again.stderr)
    restored.work()
    assert rows_of(visits(0, 45) + others()) == restored.rows()
    assert verified(restored)
    assert [("not_json", 1)] == restored.query("SELECT reason, count() FROM dead_letters GROUP BY reason")


def _interrupt_at(table: str) -> Callable[[str], None]:
    def tell(name: str) -> None:
        if name == table:
            raise KeyboardInterrupt

    return tell


@pytest.mark.long
def test_two_versions_are_at_work_at_once_while_one_replaces_the_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Migrations of the next one come first, workers of both fold; the older one migrates no more."""
    events = visits(0, 20)
    sql = "ALTER TABLE {generation:Identifier}.events ADD COLUMN IF NOT EXISTS next_version UInt8;"
    newer = [*load_migrations(), Migration(9000, "next_version", sql)]
    with site.worker() as old:
        site.send(events)
        with monkeypatch.context() as patch:
            patch.setattr("streams.migrate.load_migrations", lambda: newer)
            migrate(site.settings, load_registry())
        with site.worker():
            site.send(visits(20, 20))
            assert {} == asyncio.run(drained(site.settings, PATIENCE_S))
            assert old.poll() is None, site.log()

    assert rows_of(visits(0, 40)) == site.rows()
    assert verified(site)
    refused = kpi(site.settings, "migrate")
    assert (1, True) == (refused.returncode, "of a newer version; update kpi" in refused.stderr)


def test_a_worker_that_is_ahead_of_the_database_refuses_it(site: Site) -> None:
    """It would write columns that are not there: the database is migrated first."""
    with writer(site.settings, site.generation()) as client:
        client.command("DELETE FROM schema_migrations WHERE number = 12")

    assert "lacks migration 0012 of this build; run: kpi migrate" in site.refusal()
