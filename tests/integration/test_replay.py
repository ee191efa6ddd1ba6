"""Replays from end to end, as an engineer runs them: beside the live numbers, and never into them."""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from streams.clickhouse_client import reader, writer
from streams.clock import HANOI
from streams.core.record import PartitionId
from streams.dead_letters.sending import AckedProducer, Outgoing
from streams.health import drained
from streams.kafka_admin import admin_client, create_topics, delete_topics
from streams.ports import free_port
from streams.registry import load_registry
from streams.replay.begin import Request, plan_of
from streams.replay.capture import read_capture
from streams.replay.plan import ARCHIVE, KAFKA, write_plan
from streams.replay.run import source_of
from streams.replay.selection import Offsets, Selection
from streams.replay.sources import Share, Source
from streams.replay.topic_log import TopicLog, ends_of_topics, offsets_since
from streams.resources import resource
from streams.settings import Settings
from streams.topics import DEFAULT_PARTITIONS
from tests.events import START_MS, others, uuid, visits
from tests.howto import FOLDER, run_page
from tests.line import KPI, environment, kpi
from tests.migrated import migrated_clickhouse
from tests.partials import stored_rows
from tests.servers import get, local_kafka, responds, stop, wait_until
from tests.site import PATIENCE_S, Site, rows_of

pytestmark = pytest.mark.integration
EVENTS = visits(0, 60) + others()
BAD = [b"not json", b"\xff\xfe"]
KILLED = 137
TARGETS = """
[[targets]]
indicator = "trade_value"
scope = "lao-cai"
year = 2026
value = "7"
currency = "USD"
qualifier = "eq"
source = "test"
"""


RULES = """
[[rules]]
id = "any-letters"
kpi = "dead_letters"
measure = "dead_letters"
above = -1
clear = -2
every = "1s"
reach = "1h"
severity = "info"
title = { vi = "Có bản ghi", en = "There are records" }
message = { vi = "{place}: {value} bản ghi", en = "{place}: {value} records" }
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a site that has worked: events, corrections, and two letters that are dead."""
    home = tmp_path_factory.mktemp("replay")
    with local_kafka(home) as bootstrap, migrated_clickhouse(home) as engine:
        site = Site(engine.model_copy(update={"kafka_bootstrap": bootstrap}))
        site.send(EVENTS, BAD)
        site.work()
        yield site


def of(site: Site, run: str) -> Settings:
    """Give the settings of a replay's numbers."""
    return site.settings.model_copy(update={"database": f"kpi_run_{run}"})


def ask(settings: Settings, sql: str) -> list[Any]:
    """Ask the views of a replay."""
    with reader(settings) as client:
        client.database = settings.database
        return list(client.query(sql).result_rows)


def written(site: Site) -> tuple[Any, Any]:
    """Tell what is in the live tables, and where the live topics end."""
    with writer(site.settings, site.generation()) as client:
        tables = client.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE 'Replacing%'"
        ).result_columns[0]
        sums = [client.query(f"SELECT sum(sipHash64(*)) FROM {name} FINAL").result_rows for name in tables]
    return dict(zip(tables, sums, strict=True)), asyncio.run(ends_of_topics(site.settings))


@pytest.mark.parametrize(("source", "processes"), [("archive", "2"), pytest.param("kafka", "1", id="kafka")])
def test_a_replay_of_the_same_facts_has_the_same_numbers(site: Site, source: str, processes: str) -> None:
    """Every number is bit-identical, whoever folds it in what order; nothing live is written."""
    before = written(site)
    said = site.kpi("replay", "run", "--source", source, "--name", source, "--processes", processes)

    assert f"kpi replay diff {source}" in said
    assert "no alert was evaluated" in said
    assert ("2 records became dead letters of the replay" in said) == (source == "kafka")
    assert stored_rows(site.settings) == stored_rows(of(site, source))
    assert "equal: " in site.kpi("replay", "diff", source)
    assert before == written(site)
    verified = kpi(of(site, source), "verify")
    assert (0, True) == (verified.returncode, verified.stdout.startswith("equal")), verified.stderr


def test_a_captured_file_gives_back_every_record(site: Site, tmp_path: Path) -> None:
    """Bad bytes, keys, headers, offsets and timestamps too; a part of it holds whole visits only."""
    file, part = tmp_path / "all.ndjson.zst", tmp_path / "part.ndjson"
    site.kpi("capture", str(file), "--source", "kafka")
    site.kpi("capture", str(part), "--from", "2026-01-01T07:00", "--to", "2026-01-01T07:10")

    log = TopicLog(site.settings, asyncio.run(ends_of_topics(site.settings)))
    assert sorted(asyncio.run(read(log))) == sorted(
        record._replace(position=record.offset) for record in read_capture(file, DEFAULT_PARTITIONS)
    )
    some = [json.loads(record.value or b"") for record in read_capture(part, DEFAULT_PARTITIONS)]
    subjects = {event["subject"] for event in some if event["type"].endswith("gate.crossing.v1")}
    meant = [event for event in EVENTS if event["subject"] in subjects]
    assert {event["id"] for event in meant} <= {event["id"] for event in some}
    assert 0 < len(subjects) < 60


async def read(log: Source) -> list[Any]:
    """Read a source whole, as a capture has it."""
    pages = [page async for page in log.pages(Share(), {})]
    return [record._replace(headers=tuple(record.headers)) for page in pages for record in page]


def test_a_difference_is_counted_listed_and_opened(site: Site, tmp_path: Path) -> None:
    """A file that lacks one vehicle: how much that is, where, and which event it is."""
    file = tmp_path / "all.ndjson"
    site.kpi("capture", str(file))
    lines = file.read_text().splitlines()
    file.write_text("\n".join(line for line in lines if "V-7\\" not in line))
    site.kpi("replay", "run", "--source", str(file), "--name", "less", "--processes", "1")
    differs = kpi(site.settings, "replay", "diff", "less", "--json")
    found = json.loads(differs.stdout)

    assert (1, False) == (differs.returncode, found["equal"])
    assert found["differing"] == sum(c["different"] + c["missing"] + c["extra"] for c in found["counts"])
    row = next(row for row in found["rows"] if row["kpi"] == "trade_day")
    theirs, ours = row["measures"]["value_usd_minor"]
    assert ours - theirs == -107
    opened = json.loads(site.kpi(*row["open"].split()[1:], "--format", "json"))
    assert ("V-7", "is not there") == (opened["subject"], opened["in the replay"])


FILTERS: dict[str, dict[str, Any]] = {
    "type": {"topics": ("clearance.stage",)},
    "gate": {"gate": "kim-thanh"},
    "zone": {"zone": "tang-loong"},
    "id": {"id": UUID(uuid(54))},
    "time": {"start": datetime(2026, 1, 1, 0, 7, tzinfo=UTC), "end": datetime(2026, 1, 1, 0, 12, tzinfo=UTC)},
    "offsets": {"offsets": (Offsets(topic="gate.crossing", partition=1, first=3, last=9),)},
}
# What each names itself, by the words of the filter; whole visits, papers and reports come along.
NAMED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "type": lambda event: event["type"] == "vn.laocai.kpi.clearance.stage.v1",
    "gate": lambda event: event["data"].get("gate_id") == "kim-thanh",
    "zone": lambda event: event["data"].get("zone_id") == "tang-loong",
    "id": lambda event: uuid(54) in (event["id"], event.get("correctsid")),
    "time": lambda event: "2026-01-01T00:07" <= event["time"] < "2026-01-01T00:12",
    # Where its events lie only Kafka knows.
    "offsets": lambda _: False,
}


def test_every_filter_means_the_same_of_each_source(site: Site, tmp_path: Path) -> None:
    """The archive, Kafka and a captured file give the same events; each with all of its visit or report."""
    file, registry = tmp_path / "all.ndjson", load_registry()
    site.kpi("capture", str(file), "--source", "kafka")
    for name, filters in FILTERS.items():
        found = []
        for source in (ARCHIVE, KAFKA, str(file)):
            request = Request(source=source, who="", selection=Selection(**filters))
            with writer(site.settings) as client:
                plan = plan_of(client, site.settings, registry, request)
                records = asyncio.run(read(source_of(site.settings, client, registry, plan, 50)))
            found.append({record.value for record in records} - set(BAD))
        assert found[0] == found[1] == found[2] != set(), name
        events = [json.loads(value) for value in found[0]]
        assert {event["id"] for event in EVENTS if NAMED[name](event)} <= {event["id"] for event in events}, (
            name
        )
        assert len(events) < len(EVENTS), name
        subjects = {event["subject"] for event in events if event["type"].endswith("gate.crossing.v1")}
        crossings = [e for e in EVENTS if e["type"].endswith("gate.crossing.v1") and e["subject"] in subjects]
        assert {event["id"] for event in crossings} <= {event["id"] for event in events}, name


def test_a_log_is_read_from_the_offset_that_kafka_gives_for_a_time(site: Site) -> None:
    """It is the first that came then or later; where none did, the end."""
    timed = site.settings.model_copy(update={"topic_prefix": "timed."})
    came = [START_MS + minute * 60_000 for minute in (0, 10, 10, 5, 20)]
    asyncio.run(send_at(timed, "gate.crossing", came))
    at, other = PartitionId("gate.crossing", 0), PartitionId("clearance.stage", 3)
    ends = asyncio.run(ends_of_topics(timed))
    moments = [START_MS + minute * 60_000 for minute in range(0, 31, 5)]
    offsets = [asyncio.run(offsets_since(timed, ends, moment)) for moment in moments]
    asyncio.run(delete_topics(timed))

    assert [0, 1, 1, 4, 4, 5, 5] == [found[at] for found in offsets]
    assert {0} == {found[other] for found in offsets}


async def send_at(settings: Settings, topic: str, came: list[int]) -> None:
    """Send records that bear times of their own to the first partition of a topic."""
    await create_topics(settings, {"message.timestamp.type": "CreateTime"})
    producer = AckedProducer(settings)
    try:
        await producer.send([Outgoing(topic, 0, None, b"", (), moment) for moment in came])
    finally:
        await producer.close()


def expire(site: Site) -> None:
    """Leave a replay behind whose time is over: all that is looked at is its plan."""
    request = Request(source=ARCHIVE, who="me", name="old", keep=timedelta(seconds=-1))
    with writer(site.settings) as client:
        plan = plan_of(client, site.settings, load_registry(), request)
        client.command("CREATE DATABASE kpi_run_old_g1")
        client.command(f"CREATE TABLE kpi_run_old_g1.generation AS {site.generation()}.generation")
        write_plan(client, site.settings, plan)


def test_a_replay_that_is_stopped_goes_on_and_an_old_one_expires(site: Site) -> None:
    """Ctrl-C ends it between two pages, other filters are refused, and whose time is over is dropped."""
    expire(site)
    code = (
        "import os, signal\n"
        "from streams.pipeline import Pipeline\n"
        "process, calls = Pipeline.process, []\n"
        "async def interrupted(self, slices):\n"
        "    calls.append(1)\n"
        "    len(calls) == 3 and os.kill(os.getpid(), signal.SIGINT)\n"
        "    return await process(self, slices)\n"
        "Pipeline.process = interrupted\n"
        "from streams.cli import main\n"
        "main()"
    )
    run = ["replay", "run", "--name", "stopped", "--processes", "1"]
    small = {**environment(site.settings), "KPI_BATCH_RECORDS": "40"}
    first = subprocess.run([KPI[0], "-c", code, *run], env=small, check=False, capture_output=True, text=True)

    assert 1 == first.returncode, first.stderr
    assert "replay stopped was stopped; it goes on with: kpi replay run --name stopped" in first.stdout
    assert "replay old of" in first.stdout
    assert "there is no replay 'old'" in kpi(site.settings, "replay", "show", "old").stderr
    assert "begun with another source or selection" in kpi(site.settings, *run, "--gate", "kim-thanh").stderr
    assert 0 < len(stored_rows(of(site, "stopped"))) < len(stored_rows(site.settings))
    site.kpi(*run)
    assert stored_rows(site.settings) == stored_rows(of(site, "stopped"))
    site.kpi("replay", "drop", "stopped")


def test_a_replay_that_was_killed_goes_on_where_it_stood(site: Site, tmp_path: Path) -> None:
    """The numbers are those of one that was never stopped, and a what-if's targets stand in it alone."""
    targets = tmp_path / "targets.toml"
    targets.write_text(TARGETS)
    code = (
        "import os\n"
        "from streams.pipeline import Pipeline\n"
        "process, calls = Pipeline.process, []\n"
        "async def dies(self, slices):\n"
        f"    os._exit({KILLED}) if len(calls) == 3 else calls.append(1)\n"
        "    return await process(self, slices)\n"
        "Pipeline.process = dies\n"
        "from streams.cli import main\n"
        "main()"
    )
    run = ["replay", "run", "--name", "killed", "--processes", "1", "--targets", str(targets)]
    small = {**environment(site.settings), "KPI_BATCH_RECORDS": "40"}
    assert KILLED == subprocess.run([KPI[0], "-c", code, *run], env=small, check=False).returncode
    assert "folding" in site.kpi("replay", "list")
    assert "goes on with" in kpi(site.settings, "replay", "diff", "killed").stderr
    before = stored_rows(of(site, "killed"))
    site.kpi(*run)

    assert 0 < len(before) < len(stored_rows(site.settings))
    assert stored_rows(site.settings) == stored_rows(of(site, "killed"))
    progress = "SELECT target_minor FROM progress WHERE year = 2026 AND indicator = 'trade_value'"
    assert ([], [(700,)]) == (site.query(progress), ask(of(site, "killed"), progress))
    site.kpi("replay", "drop", "killed")
    assert "killed" not in site.kpi("replay", "list")


@pytest.mark.parametrize("into", [pytest.param("generation", marks=pytest.mark.long), "topics"])
def test_an_hour_comes_again_as_it_came(site: Site, tmp_path: Path, into: str) -> None:
    """All that arrived in it is folded when its moment comes, by a worker on topics of its own, too.

    Its views read a clock that ends with it; by other rules an alert fires in it, and nobody hears of it.
    """
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    with writer(site.settings) as client:
        arrived = f"SELECT min(received_at), max(received_at) FROM {site.generation()}.events"
        first, last = client.query(arrived).result_rows[0]
    start, end = (
        moment.replace(tzinfo=UTC, microsecond=0) for moment in (first, last + timedelta(seconds=2))
    )
    before, name = written(site), f"past_{into}"
    window = ["--from", start.isoformat(), "--to", end.isoformat(), "--speed", "3x"]
    run = ["replay", "run", "--name", name, "--processes", "1", "--into", into, "--rules", str(rules)]
    said = site.kpi(*run, *window)

    assert stored_rows(site.settings) == stored_rows(of(site, name))
    age = "SELECT max(age_seconds + toUnixTimestamp(last_event_time)) FROM freshness"
    assert [(int(end.timestamp()),)] == ask(of(site, name), age)
    assert "compare one without --speed" in kpi(site.settings, "replay", "diff", name).stderr
    assert "1 alerts fired in it, and nobody was told" in said
    fired = ask(of(site, name), "SELECT rule, told, fired_at FROM alerts_recent")
    assert [("any-letters", 0)] == [row[:2] for row in fired]
    assert start <= fired[0][2].replace(tzinfo=UTC) <= end
    assert [] == ask(of(site, name), "SELECT rule FROM alerts_now WHERE rule != 'any-letters'")
    assert before == written(site)
    if into == "generation":
        see_a_tile(of(site, name), name, end)
    site.kpi("replay", "drop", name)
    assert not [topic for topic in topics(site) if name in topic]


def topics(site: Site) -> list[str]:
    """Name all topics of this Kafka."""
    return asyncio.run(list_topics(site.settings))


async def list_topics(settings: Settings) -> list[str]:
    """Ask Kafka."""
    async with admin_client(settings) as client:
        return list(await client.list_topics())


def see_a_tile(settings: Settings, name: str, end: datetime) -> None:
    """What is behind a tile of a replay's wall is as of the replay's clock, and marked as a replay."""
    board = json.loads(resource("grafana/boards/tong-quan.json").read_text())
    panel = next(one["id"] for one in board["panels"] if one["title"].startswith("Độ tươi"))
    url, log = f"http://127.0.0.1:{(port := free_port())}", settings.home / "wall.log"
    live = settings.model_copy(update={"database": "kpi"})
    with log.open("ab") as said:
        command = [*KPI, "wall", "--run", name, "--port", str(port)]
        wall = subprocess.Popen(command, env=environment(live), stdout=said, stderr=said)
    try:
        wait_until(wall, lambda: responds(f"{url}/healthz"), log)
        page = get(f"{url}/d/tong-quan/{panel}", PATIENCE_S).text
    finally:
        stop(wall)
    assert f"PHÁT LẠI {name}" in page
    assert f"{end.astimezone(HANOI):%H:%M:%S %d/%m/%Y}" in page


# Where a promotion dies: once its place in the logs is taken over, before the switch, and amid the views.
DEATHS = {
    "streams.replay.promotion.take_over": "done(*told, **named)",
    "streams.replay.promotion.promote": "None",
    "streams.migrate._insert_live": "done(*told, **named)",
}
DIES = """
import os, {module} as module
from streams.cli import main
done = module.{name}
def dies(*told, **named):
    {first}
    os._exit(137)
module.{name} = dies
main()
"""


def dying(place: str) -> list[str]:
    """Give a command that dies there."""
    module, _, name = place.rpartition(".")
    return [KPI[0], "-c", DIES.format(module=module, name=name, first=DEATHS.get(place, "None"))]


def say_something_else(site: Site, *, removed: bool) -> None:
    """Let the live numbers hold a row that no event says, or take it back."""
    told = {"kind": "conflict", "topic": "gate.crossing", "entity": "X", "type": "X", "subject": "X"}
    row = {**told, "at": datetime(2026, 1, 1, tzinfo=UTC), "removed": removed, "version": int(removed)}
    with writer(site.settings, site.generation()) as client:
        client.insert("findings", [list(row.values())], column_names=list(row))


def test_a_promoted_replay_goes_on_and_gives_way_again(site: Site) -> None:
    """Events come before, amid and after both switches; each counts once in what is live."""
    site.kpi("replay", "run", "--name", "clean", "--processes", "1")
    since, amid, after, last = (visits(first, 5) for first in (85, 90, 95, 100))
    with site.worker() as worker:
        site.send(since)
        assert {} == asyncio.run(drained(site.settings, PATIENCE_S))
        promote = [*KPI, "replay", "promote", "clean"]
        with subprocess.Popen(promote, env=environment(site.settings)) as promotion:
            site.send(amid)
        assert (0, 1) == (promotion.returncode, worker.wait(PATIENCE_S))
    assert "kpi_run_clean_g1" == site.generation()
    site.send(after)
    site.work()
    assert rows_of([*EVENTS, *since, *amid, *after]) == site.rows()
    site.kpi("dlq", "drop", "--all", "--limit", "1")

    killed_undo = [*dying("streams.replay.promotion.open_generation"), "replay", "undo", "clean"]
    assert KILLED == subprocess.run(killed_undo, env=environment(site.settings), check=False).returncode
    assert "run again what closed it: kpi replay undo clean" in site.refusal()
    refused = kpi(site.settings, "migrate", "--rebuild")
    assert (1, True) == (refused.returncode, "cut short: kpi replay undo clean" in refused.stderr)
    assert "its undo before, which is given up" in site.kpi("replay", "promote", "clean")
    site.work()
    assert KILLED == subprocess.run(killed_undo, env=environment(site.settings), check=False).returncode
    site.kpi("replay", "undo", "clean")
    assert "kpi_g1" == site.generation()
    site.send(last)
    site.kpi("replay", "run", "--source", "kafka", "--name", "ahead", "--processes", "1")
    for run in ("ahead", "clean"):
        # No worker is at work: live lacks what came since.
        assert "not yet in live" in site.kpi("replay", "diff", run)
    site.kpi("replay", "drop", "ahead")
    site.work()
    assert rows_of([*EVENTS, *since, *amid, *after, *last]) == site.rows()
    actions = site.query("SELECT action, run, generation, differing FROM replay_actions ORDER BY at")
    assert [("promote", "clean", "kpi_run_clean_g1", 0), ("undo", "clean", "kpi_g1", None)] == actions
    # What was decided while the replay was live stays decided.
    assert [("dead", 1), ("dropped", 1)] == letters(site)


def letters(site: Site) -> list[tuple[Any, ...]]:
    """Count the dead letters by what was decided about them."""
    return site.query("SELECT status, count() FROM dead_letters GROUP BY status ORDER BY status")


@pytest.mark.long
@pytest.mark.timeout(0)
def test_nothing_gets_lost_whoever_is_killed_amid_a_promotion(site: Site) -> None:
    """Three promotions die at three places, one switch goes back and there again: each event counts once."""
    for run in ("next", "other"):
        site.kpi("replay", "run", "--name", run, "--processes", "1")
    since, amid, after, last, again = (visits(first, 5) for first in (60, 65, 70, 75, 80))
    promote = ["replay", "promote", "next"]
    say_something_else(site, removed=False)
    refused = kpi(site.settings, *promote)
    assert (1, True) == (refused.returncode, "1 rows differ, nothing was switched" in refused.stderr)
    with site.worker() as worker:
        site.send(since)
        assert {} == asyncio.run(drained(site.settings, PATIENCE_S))
        assert "changed by live events since" in kpi(site.settings, "replay", "diff", "next").stdout
        for number, place in enumerate(DEATHS):
            # What was accepted stays it, whoever goes on.
            command = [*dying(place), *promote, *(["--accept"] if number == 0 else [])]
            with subprocess.Popen(command, env=environment(site.settings)) as promotion:
                site.send(amid[number :: len(DEATHS)])
            assert KILLED == promotion.returncode, place
            if number == 0:
                refused = kpi(site.settings, "replay", "promote", "other", "--accept")
                assert "given up with: kpi replay drop next" in refused.stderr
                site.kpi("replay", "drop", "other")
        assert 1 == worker.wait(PATIENCE_S)
    assert "the switch was cut short after it" in site.kpi(*promote)
    assert "kpi_run_next_g1" == site.generation()
    site.send(after)
    site.work()
    assert rows_of([*EVENTS, *since, *amid, *after]) == site.rows()

    site.kpi("replay", "undo", "next")
    assert "kpi_g1" == site.generation()
    say_something_else(site, removed=True)
    site.send(last)
    site.work()
    assert rows_of([*EVENTS, *since, *amid, *after, *last]) == site.rows()
    site.kpi("dlq", "drop", "--all")

    refused = kpi(site.settings, *promote)
    assert (1, True) == (refused.returncode, "(1 did when it was promoted before)" in refused.stderr)
    site.kpi(*promote, "--accept")
    site.send(again)
    site.work()
    assert "kpi_run_next_g1" == site.generation()
    assert rows_of([*EVENTS, *since, *amid, *after, *last, *again]) == site.rows()
    assert site.kpi("verify").startswith("equal")
    actions = site.query("SELECT action, generation, differing, accepted FROM replay_actions ORDER BY at")
    there, back = ("promote", "kpi_run_next_g1"), ("undo", "kpi_g1")
    # One that was killed after it was written down, and said again, is there twice.
    killed = [(*there, 1, True), (*there, 1, True)]
    assert [*killed, (*back, None, False), (*there, 0, True)] == actions
    assert [("dropped", len(BAD))] == letters(site)


@pytest.mark.long
@pytest.mark.parametrize("page", sorted(path.stem for path in FOLDER.glob("*.md")))
def test_a_how_to_page_does_what_it_says(site: Site, page: str) -> None:
    """Every command of it succeeds and says what stands there."""
    if page == "show-a-past-hour":
        # History that was sent later: it comes again when it happened.
        site.send([event | {"backfill": True} for event in visits(180, 5)])
        site.work()
    run_page(site, page)
