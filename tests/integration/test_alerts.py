"""Alerts on the real engine: queries, standings, the outbox, and restarts between any two writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from pydantic import SecretStr

from streams import clock
from streams.alerts import actions
from streams.alerts.announcer import Announcer
from streams.alerts.ask import ask
from streams.alerts.evaluator import Evaluator
from streams.alerts.files import load_rules
from streams.alerts.grafana import question_sql
from streams.alerts.history import look_for_history
from streams.alerts.memory import Memory, ms_of
from streams.alerts.names import Names
from streams.alerts.outbox import Outbox
from streams.alerts.postman import GIVEN_UP_AFTER, Postman
from streams.alerts.subscribers import Subscribers
from streams.clickhouse_client import reader, writer
from streams.core.alerts.evaluate import Happening
from streams.core.alerts.machine import Kind
from streams.core.alerts.rules import Rule
from streams.registry import load_registry
from streams.settings import Settings
from streams.wall.handling import Handling
from tests.alerts.doubles import KeepingChannel
from tests.fakes import CrashError
from tests.seeded import BILLION_USD, add_targets, add_trade, insert
from tests.worlds import seed_world

pytestmark = pytest.mark.integration

RULES: Final = {rule.id: rule for rule in load_rules()}
MINUTE: Final = timedelta(minutes=1)
_TABLES: Final = ("alert_states", "alerts", "alert_outbox", "alert_actions", "alert_pulse")
_GATE: Final = {"gate_id": "kim-thanh", "direction": "outbound", "topic": "gate.crossing", "partition": 0}


@dataclass
class Stage:
    """The alerts of one instance, whose clock the test turns."""

    settings: Settings
    client: Client
    asked: Client
    now: datetime
    channel: KeepingChannel
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        self.subscribers = Subscribers(self.settings)
        self.outbox = Outbox(self.client)
        self.postman = Postman(self.outbox, self.subscribers, self.channel, lambda: self.now, lambda: True)
        self.start()

    def start(self, memory: Memory | None = None, outbox: Outbox | None = None) -> None:
        """Begin as an instance that takes over."""
        self.names = Names(load_registry())
        self.memory = memory or Memory(self.client, self.names)
        announcer = Announcer(self.memory, outbox or self.outbox, self.names, self.subscribers)
        self.evaluator = Evaluator(self.asked, self.memory, self.rules, announcer)
        self.evaluator.take_over(self.now)

    def minutes(self, count: int) -> list[Kind]:
        """Look once a minute, and give what happened."""
        kinds = []
        for _ in range(count):
            self.now += MINUTE
            kinds += [happening.kind for happening in self.evaluator.look(self.now)]
        return kinds

    def wait(self, vehicles: int) -> None:
        """Let so many vehicles wait at Kim Thành."""
        self.client.command("TRUNCATE TABLE kpi_g1.waiting")
        row = {"arrived_at": clock.now() - MINUTE, "vehicles": vehicles, "arrived": vehicles}
        insert(self.client, "waiting", [{**_GATE, **row, "turned_back": 0, "version": 1}])

    def deliver(self) -> list[tuple[str, str]]:
        """Deliver what is due; give to whom and under which key."""
        before = len(self.channel.heard)
        self.postman.deliver()
        return [(one.to, one.key) for one in self.channel.heard[before:]]

    def subscribe(self, name: str, **fields: Any) -> None:
        """Add a subscriber."""
        self.subscribers.add({"name": name, "url": "json://127.0.0.1:9/", **fields})

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the public views."""
        return [tuple(row) for row in self.asked.query(sql).result_rows]


@pytest.fixture
def stage(settings: Settings, tmp_path: Path) -> Iterator[Stage]:
    """Give an instance with the rules on vehicles that wait, and nobody subscribed."""
    with writer(settings, "kpi") as client, reader(settings) as asked:
        asked.database = "kpi"
        for table in _TABLES:
            client.command(f"TRUNCATE TABLE {table}")
        levels = [rule for rule in RULES.values() if rule.measure == "waiting_vehicles"]
        rules = tuple(rule.model_copy(update={"hold": 60_000}) for rule in levels)
        own = settings.model_copy(update={"home": tmp_path})
        yield Stage(own, client, asked, clock.now(), KeepingChannel(), rules)


def test_every_measure_answers_what_its_rules_need_here_and_in_grafana(settings: Settings) -> None:
    """On the simulated world of two days: place, value, sample, and what is relative its baseline."""
    seed_world(settings)
    with reader(settings) as client:
        client.database = "kpi"
        for rule in RULES.values():
            answers = ask(client, rule.measure)
            for row in answers.values():
                assert {"scope", "value", "sample"} <= row.keys()
                assert rule.against == "value" or rule.against in row
                assert rule.on == "limit" or {"word", "at"} <= row.keys()
            # No clock runs ahead in that world, nobody is subscribed, and at night nobody is at the booths.
            silent = rule.measure in {"clock_ahead", "recipients"} or rule.no_data == "resolve"
            assert answers or silent, rule.id
            asked = client.query(question_sql(rule))
            assert ("scope", "value") == asked.column_names
            assert asked.column_types[0].name in {"String", "LowCardinality(String)"}
            assert asked.column_types[1].name in {"Float64", "Nullable(Float64)"}


def test_a_queue_rings_once_and_once_when_it_is_over(stage: Stage) -> None:
    """After its time, to whom it concerns, in his language; over only at the clear limit."""
    stage.subscribe("gate", scopes=["kim-thanh"])
    stage.subscribe("english", lang="en")
    stage.subscribe("plants", scopes=["tang-loong"])
    stage.subscribe("urgent", severity="critical")
    stage.wait(320)

    assert [] == stage.minutes(1)
    assert [Kind.FIRED] == stage.minutes(1)
    assert ["english", "gate"] == sorted(to for to, _ in stage.deliver())
    assert [] == stage.minutes(2)
    ((rule, place, value, phase),) = stage.query("SELECT rule, place, value, phase FROM alerts_now")
    assert ("waiting-vehicles-300", "Kim Thành", 320.0, "firing") == (rule, place, value, phase)
    stage.wait(260)
    assert [] == stage.minutes(1)
    stage.wait(250)
    assert [Kind.RESOLVED] == stage.minutes(1)
    assert 2 == len(stage.deliver())
    assert [] == stage.query("SELECT * FROM alerts_now")
    assert [("resolved", 2, 320.0)] == stage.query("SELECT ending, told, value FROM alerts_recent")
    texts = {one.to: one.body for one in stage.channel.heard[:2]}
    assert "Kim Thành: 320 xe đang chờ (ngưỡng 300)." in texts["gate"]
    assert "Kim Thanh International Road Border Gate No. II: 320 vehicles are waiting" in texts["english"]


def test_a_restart_neither_loses_nor_repeats(stage: Stage) -> None:
    """An instance that starts amid a pending or firing alert goes on with it, also after an hour."""
    stage.subscribe("gate")
    stage.wait(320)
    stage.minutes(1)
    stage.start()
    assert [Kind.FIRED] == stage.minutes(1)
    stage.deliver()
    stage.now += timedelta(hours=1)
    stage.start()
    assert [] == stage.minutes(3)
    assert [] == stage.deliver()
    stage.wait(0)
    stage.now += timedelta(hours=1)
    stage.start()
    assert [Kind.RESOLVED] == stage.minutes(1)
    assert 1 == len(stage.deliver())


class _DyingMemory(Memory):
    """Dies after so many writes."""

    writes = 0

    def _insert(self, *given: Any) -> None:
        if self.writes == 0:
            raise CrashError
        self.writes -= 1
        super()._insert(*given)


@pytest.mark.parametrize("writes", range(3))
@pytest.mark.parametrize("ends", [False, True])
def test_a_death_between_any_two_writes_loses_and_repeats_nothing(
    stage: Stage, writes: int, *, ends: bool
) -> None:
    """Whoever takes over tells what was decided: each message has one key and goes once."""
    stage.subscribe("gate")
    stage.wait(320)
    stage.minutes(2 if ends else 1)
    stage.wait(0 if ends else 320)
    dying = _DyingMemory(stage.client, Names(load_registry()))
    dying.writes = 1000
    stage.start(dying)
    dying.writes = writes
    with pytest.raises(CrashError):
        stage.minutes(3)
    stage.start()
    stage.minutes(2)
    stage.deliver()
    stage.start()
    stage.minutes(2)
    stage.deliver()

    keys = [one.key for one in stage.channel.heard]
    assert (2 if ends else 1) == len(keys) == len(set(keys))
    assert [1] == [count for (count,) in stage.query("SELECT count() FROM alerts FINAL")]


def test_two_instances_that_both_believe_to_lead_give_one_name(stage: Stage) -> None:
    """One that woke up late writes the same keys, and what is sent stays sent."""
    stage.subscribe("gate")
    stage.wait(320)
    stage.minutes(1)
    woken = Stage(stage.settings, stage.client, stage.asked, stage.now, KeepingChannel(), stage.rules)
    stage.minutes(1)
    stage.deliver()
    woken.minutes(1)

    assert [] == woken.deliver()
    assert 1 == len({one.key for one in stage.channel.heard})


def test_a_receiver_that_is_away_gets_it_later(stage: Stage) -> None:
    """Attempts wait longer and longer; after a day it is given up."""
    stage.subscribe("gate")
    stage.wait(320)
    stage.minutes(2)
    stage.channel.is_up = False
    assert [] == stage.deliver()
    assert [] == stage.deliver()
    ((attempts, status),) = stage.query("SELECT attempts, status FROM alert_outbox FINAL")
    assert (1, "waiting") == (attempts, status)
    stage.now += timedelta(hours=1)
    stage.channel.is_up = True
    assert 1 == len(stage.deliver())

    stage.wait(0)
    stage.minutes(1)
    stage.channel.is_up = False
    stage.now += GIVEN_UP_AFTER + MINUTE
    stage.deliver()
    assert {"sent", "dead"} == {status for (status,) in stage.query("SELECT status FROM alert_outbox FINAL")}


def test_escalation_is_for_what_nobody_acknowledged(stage: Stage) -> None:
    """Who comes second hears after a quarter of an hour, unless somebody took care of it."""
    stage.subscribe("second", escalate_after="15m")
    stage.wait(520)
    stage.minutes(2)
    assert [] == stage.deliver()
    lower = stage.query("SELECT alert_id FROM alerts_now WHERE rule = 'waiting-vehicles-300'")[0][0]
    actions.acknowledge(stage.client, lower, "An", stage.now)
    stage.now += 16 * MINUTE

    (to_key,) = stage.deliver()
    assert to_key[1].endswith("-fired-second")
    assert lower not in to_key[1]
    assert [("An",)] == stage.query(f"SELECT acknowledged_by FROM alerts_now WHERE alert_id = '{lower}'")
    stage.wait(0)
    stage.minutes(1)
    # The end is told of the one whose beginning was.
    stage.now += 16 * MINUTE
    assert [lower not in key for _, key in stage.deliver()] == [True]


def test_silence_mute_and_quiet_hours(stage: Stage) -> None:
    """Silenced is shown and not told; the muted get nothing; at night only what is critical rings."""
    stage.now = datetime(2027, 1, 5, 16, 0, tzinfo=UTC)  # 23:00 in Hanoi
    stage.subscribe("night", quiet="22:00-06:00")
    stage.subscribe("muted")
    stage.subscribers.mute("muted", stage.now + timedelta(days=2))
    until = stage.now + timedelta(hours=1)
    actions.silence(stage.client, "waiting-vehicles-300", "kim-thanh", "An", (stage.now, until))
    stage.wait(1100)
    stage.minutes(2)

    assert 3 == len(stage.query("SELECT * FROM alerts_now"))
    (night,) = stage.deliver()
    assert night[0] == "night"
    assert [("waiting-vehicles-500",)] == stage.query(
        "SELECT DISTINCT rule FROM alert_outbox FINAL WHERE status = 'waiting'"
    )
    stage.now = datetime(2027, 1, 5, 23, 1, tzinfo=UTC)
    assert 1 == len(stage.deliver())


def test_what_is_open_still_is_told_when_its_silence_ends(stage: Stage) -> None:
    """Unless somebody has taken care of it; the row of the alert keeps when and at what it fired."""
    stage.subscribe("gate", scopes=["kim-thanh"])
    until = stage.now + timedelta(hours=1)
    for rule in ("waiting-vehicles-300", "waiting-vehicles-500"):
        actions.silence(stage.client, rule, "kim-thanh", "An", (stage.now, until))
    stage.wait(520)
    assert [Kind.FIRED, Kind.FIRED] == stage.minutes(2)
    began = "SELECT fired_at, value FROM alerts FINAL ORDER BY rule"
    fired = stage.query(began)
    graver = stage.query("SELECT alert_id FROM alerts_now WHERE rule = 'waiting-vehicles-500'")[0][0]
    actions.acknowledge(stage.client, graver, "An", stage.now)
    stage.start()
    stage.wait(700)
    assert [] == stage.minutes(50)
    assert [] == stage.deliver()

    assert [Kind.FIRED, Kind.FIRED] == stage.minutes(10)
    [(_, key)] = stage.deliver()
    assert graver not in key
    assert "700 xe đang chờ" in stage.channel.heard[0].body
    assert fired == stage.query(began)
    stage.wait(0)
    assert [Kind.RESOLVED, Kind.RESOLVED] == stage.minutes(1)
    assert 1 == len(stage.deliver())


def test_what_is_over_before_its_silence_is_told_to_nobody(stage: Stage) -> None:
    """Neither that it began nor that it is over; it stands among the recent ones."""
    stage.subscribe("gate")
    until = stage.now + timedelta(hours=1)
    actions.silence(stage.client, "waiting-vehicles-300", "", "An", (stage.now, until))
    stage.wait(320)
    stage.minutes(2)
    stage.wait(0)
    assert [Kind.RESOLVED] == stage.minutes(1)
    assert [] == stage.minutes(65)

    assert [] == stage.deliver()
    assert [("resolved", False, 0)] == stage.query("SELECT ending, silent, told FROM alerts_recent")


def test_a_silence_is_lifted_by_a_later_one_that_is_over(stage: Stage) -> None:
    """What was said last of a rule at a place counts, and only there."""
    for scope in ("kim-thanh", "ho-kieu"):
        until = stage.now + timedelta(hours=8)
        actions.silence(stage.client, "waiting-vehicles-300", scope, "An", (stage.now, until))
    stage.now += MINUTE
    actions.silence(stage.client, "waiting-vehicles-300", "kim-thanh", "An", (stage.now, stage.now))

    assert [("waiting-vehicles-300", "ho-kieu")] == stage.memory.silences(stage.now)


def test_what_fired_keeps_its_beginning_though_its_end_is_written_twice(stage: Stage) -> None:
    """Also once a merge has dropped the row of the beginning: a death may repeat the end."""
    stage.wait(320)
    stage.minutes(2)
    stage.wait(0)
    stage.minutes(1)
    before = stage.query("SELECT fired_at, ended_at, value FROM alerts_recent")
    stage.client.command("OPTIMIZE TABLE alerts FINAL")
    over = stage.memory.recall(stage.rules).standings["waiting-vehicles-300"]["kim-thanh"]
    stage.memory.record([Happening(RULES["waiting-vehicles-300"], "kim-thanh", Kind.RESOLVED, over)])

    assert [(320.0,)] == [row[2:] for row in before]
    assert before == stage.query("SELECT fired_at, ended_at, value FROM alerts_recent")


def test_what_no_rule_covers_any_more_is_over(stage: Stage) -> None:
    """A rule that was removed, renamed or narrowed while it fired leaves nothing open for ever."""
    stage.wait(520)
    assert [Kind.FIRED, Kind.FIRED] == stage.minutes(2)
    stage.rules = tuple(
        rule.model_copy(update={"scopes": ("ho-kieu",)})
        for rule in stage.rules
        if rule.id == "waiting-vehicles-300"
    )
    stage.start()

    assert [] == stage.minutes(2)
    assert [] == stage.query("SELECT * FROM alerts_now")
    assert [("resolved", 520.0, False)] * 2 == stage.query("SELECT ending, value, silent FROM alerts_recent")


def test_a_rule_that_waits_for_a_topic_looks_when_it_speaks(stage: Stage) -> None:
    """And once more after that: an event may be stored before what a view makes of it. Else in its turn."""
    stage.rules = (stage.rules[0].model_copy(update={"hold": 0, "every": 3_600_000, "after": "gate.state"}),)
    stage.wait(0)
    stage.start()
    assert [] == stage.minutes(3)
    stage.wait(320)
    assert [] == stage.minutes(2)
    where = {"topic": "gate.state", "partition": 0, "offset": 1, "position": 1, "payload": "{}"}
    event = {"type": "vn.laocai.kpi.gate.state.v1", "id": UUID(int=2), "subject": "kim-thanh", **where}
    event |= {"source": "/vn/laocai/kim-thanh/control-room", "received_at": clock.now(), "time": clock.now()}
    stage.wait(0)
    insert(stage.client, "events", [event])
    assert [] == stage.minutes(1)
    stage.wait(320)
    assert [Kind.FIRED] == stage.minutes(1)
    stage.wait(0)
    assert [] == stage.minutes(1)
    stage.client.command("TRUNCATE TABLE kpi_g1.events")


def test_a_closure_that_is_cancelled_is_corrected(stage: Stage) -> None:
    """Whoever heard that a gate closed hears that it never did, once; the closure stands as corrected."""
    _forget_what_gates_said(stage)
    stage.rules = (RULES["gate-state"],)
    stage.start()
    stage.subscribe("gate", scopes=["kim-thanh"])
    _say(stage, 1, 30 * MINUTE, "open")
    assert [] == stage.minutes(1)
    _say(stage, 2, 10 * MINUTE, "closed")
    assert [Kind.CHANGED] == stage.minutes(2)
    assert 1 == len(stage.deliver())
    stage.start()
    _say(stage, 2, 10 * MINUTE, "closed", removed=True, version=2)
    assert [Kind.CORRECTED] == stage.minutes(3)
    assert 1 == len(stage.deliver())
    _forget_what_gates_said(stage)

    told = stage.channel.heard[-1]
    assert "Đính chính, số liệu đã thay đổi: Cửa khẩu đổi trạng thái" in told.title
    assert "Kim Thành: từ đóng sang mở." in told.body
    [(ending, told_to, fired_at)] = stage.query("SELECT ending, told, fired_at FROM alerts_recent")
    assert ("corrected", 1) == (ending, told_to)
    assert timedelta(minutes=9) < clock.now() - fired_at.replace(tzinfo=UTC) < timedelta(minutes=13)


def _forget_what_gates_said(stage: Stage) -> None:
    """Of a simulated gate, too: it may have spoken after what a test lets it say."""
    for table in ("events", "gate_states"):
        stage.client.command(f"TRUNCATE TABLE kpi_g1.{table}")


def _say(
    stage: Stage, number: int, ago: timedelta, state: str, received: datetime | None = None, **rest: Any
) -> None:
    """Let the control room of Kim Thành, which never closes, say how it stands; received then, by default."""
    at, id_ = clock.now().replace(second=0, microsecond=0) - ago, UUID(int=number)
    where = {"topic": "gate.state", "partition": 0}
    words = {
        "state": state,
        "counterpart_state": "open",
        "reason": "",
        "opens_at": "00:00",
        "closes_at": "24:00",
    }
    whole = {
        "gate_id": "kim-thanh",
        "id": id_,
        "time": at,
        **words,
        "removed": False,
        "version": 1,
        **where,
        **rest,
    }
    insert(stage.client, "gate_states", [whole])
    event = {"type": "vn.laocai.kpi.gate.state.v1", "id": id_, "time": at, "subject": "kim-thanh", **where}
    event |= {"source": "/vn/laocai/kim-thanh/control-room", "received_at": received or at, "payload": "{}"}
    insert(stage.client, "events", [{**event, "offset": number, "position": number}])


def test_more_than_an_hour_may_bring_comes_as_one(stage: Stage) -> None:
    """With two messages an hour, three at once are one, whose text has all of them."""
    stage.subscribe("gate", per_hour=2)
    stage.wait(1100)
    stage.minutes(2)

    assert 1 == len(stage.deliver())
    body = stage.channel.heard[0].body
    assert all(f"(ngưỡng {limit})" in body for limit in ("300", "500", "1.000"))
    assert [("sent", 3)] == stage.query("SELECT status, count() FROM alert_outbox FINAL GROUP BY status")


def test_history_that_comes_in_rings_nobody(stage: Stage) -> None:
    """Backfill of this hour opens alerts silently; what came of last month keeps only yearly rules quiet."""
    now = clock.now()
    _fill_in(stage, now - timedelta(days=40))
    assert not _keeps_quiet(stage, now, "waiting-vehicles-300", "kim-thanh")
    assert _keeps_quiet(stage, now, "milestone-50", "trade_value/lao-cai")

    _fill_in(stage, now - timedelta(hours=2))
    stage.subscribe("gate")
    stage.wait(320)
    assert [Kind.FIRED] == stage.minutes(1)
    stage.wait(0)
    assert [Kind.RESOLVED] == stage.minutes(1)
    assert [] == stage.deliver()
    assert [(True, 0)] == stage.query("SELECT silent, told FROM alerts_recent")
    stage.client.command("TRUNCATE TABLE kpi_g1.events")


def _fill_in(stage: Stage, time: datetime, received: datetime | None = None) -> None:
    """Let a crossing of Kim Thành come in after the fact, by default now."""
    received = received or clock.now()
    where = {"topic": "gate.crossing", "partition": 0, "offset": 1, "position": 1, "payload": "{}"}
    event = {"type": "vn.laocai.kpi.gate.crossing.v1", "id": UUID(int=1), "subject": "v", **where}
    event |= {"source": "/vn/laocai/kim-thanh/digital-gate", "received_at": received, "simulated": True}
    insert(stage.client, "events", [{**event, "time": time}])


def _keeps_quiet(stage: Stage, now: datetime, rule: str, scope: str) -> bool:
    history = look_for_history(stage.asked, now, now)
    return history.silences(RULES[rule], scope, stage.names, int(now.timestamp() * 1000))


@pytest.mark.parametrize(
    ("received_ago", "told"), [(20 * MINUTE, 0), (45 * MINUTE, 1)], ids=["amid the pause", "before it"]
)
def test_history_that_came_in_while_nobody_looked_rings_nobody(
    stage: Stage, received_ago: timedelta, told: int
) -> None:
    """The first look after half an hour knows what came since the last one; what came before is no excuse."""
    now = clock.now()
    _stand_at_a_tenth(stage, now - 30 * MINUTE)
    _fill_in(stage, now - timedelta(hours=2), now - received_ago)
    add_trade(stage.client, BILLION_USD, "62")
    stage.now = now
    stage.start()
    kinds = stage.minutes(1)
    delivered = len(stage.deliver())
    stage.client.command("TRUNCATE TABLE kpi_g1.events")

    assert ([Kind.CHANGED], told) == (kinds, delivered)


def _stand_at_a_tenth(stage: Stage, since: datetime) -> None:
    """Let the milestone of a quarter be looked at when a tenth of the year's trade is there."""
    for table in ("events", "trade_day", "output_day", "targets"):
        stage.client.command(f"TRUNCATE TABLE kpi_g1.{table}")
    add_targets(stage.client, clock.now())
    add_trade(stage.client, BILLION_USD // 2, "08")
    stage.rules, stage.now = (RULES["milestone-25"],), since
    stage.subscribe("house")
    stage.start()
    assert [] == stage.minutes(1)


def test_a_milestone_is_told_once_and_is_open_to_nobody(stage: Stage) -> None:
    """It is news of the day, not a state; only what is taken back is told of again, as corrected."""
    _stand_at_a_tenth(stage, clock.now())
    add_trade(stage.client, BILLION_USD, "62")
    assert [Kind.CHANGED] == stage.minutes(12)
    assert 1 == len(stage.deliver())
    assert "Đạt một mốc của mục tiêu năm" in stage.channel.heard[0].title
    open_now = stage.query("SELECT * FROM alerts_now")
    stage.start()
    assert [] == stage.minutes(12)
    add_trade(stage.client, 0, "62")

    assert [] == open_now
    assert [Kind.CORRECTED] == stage.minutes(12)


def test_who_never_spoke_when_it_happened_is_not_silent(stage: Stage) -> None:
    """A control room is waited for once it has spoken live, until it says that its gate is closed."""
    _forget_what_gates_said(stage)
    silences = []
    for number, (ago, state, received) in enumerate(
        ((200 * 24 * 60, "open", clock.now()), (100, "open", None), (95, "closed", None)), 1
    ):
        _say(stage, number, ago * MINUTE, state, received)
        found = ask(stage.asked, "source_silence").get("kim-thanh/control-room")
        silences.append(found and found["value"] and round(found["value"]))
    _forget_what_gates_said(stage)

    assert [None, 3, None] == silences


def test_history_keeps_quiet_only_what_it_touches(stage: Stage) -> None:
    """Crossings of Kim Thành say nothing of another gate, of plants, or of how a gate stands."""
    now = clock.now()
    _fill_in(stage, now - timedelta(hours=2))
    [[last_event]] = stage.query("SELECT last_event FROM history_now")
    reaches = {one.reaches for one in look_for_history(stage.asked, now, now).stretches}
    quiet = {
        (rule, scope): _keeps_quiet(stage, now, rule, scope)
        for rule, scope in (
            ("waiting-vehicles-300", "kim-thanh"),
            ("trade-unusual", "lao-cai"),
            ("milestone-50", "trade_value/lao-cai"),
            ("source-silent", "kim-thanh/control-room"),
            ("waiting-vehicles-300", "ho-kieu"),
            ("source-silent", "ho-kieu/control-room"),
            ("plant-stop", "dap-2-tang-loong"),
            ("gate-state", "kim-thanh"),
        )
    }
    stage.client.command("TRUNCATE TABLE kpi_g1.events")

    assert {ms_of(last_event)} == reaches
    assert [True] * 4 + [False] * 4 == list(quiet.values())


def test_a_promoted_replay_rings_nobody(stage: Stage) -> None:
    """Its numbers take the place of the live ones between two looks: what they open and end is silent."""
    stage.subscribe("gate")
    stage.wait(0)
    assert [] == stage.minutes(2)
    # As `kpi replay promote` does: first it is written down which generation is live, then the views move.
    switch = "INSERT INTO live_generation SELECT name, {at:DateTime64(3, 'UTC')} FROM live_generation"
    stage.client.command(switch, {"at": stage.now})
    try:
        stage.wait(520)
        assert [Kind.FIRED, Kind.FIRED] == stage.minutes(1)
        assert [(True,), (True,)] == stage.query("SELECT silent FROM alerts_now")
        stage.now += timedelta(minutes=15)
        stage.wait(0)
        assert [Kind.RESOLVED, Kind.RESOLVED] == stage.minutes(1)
        assert [] == stage.deliver()
        # By now the switch is over, and what happens is news again.
        stage.wait(320)
        assert [Kind.FIRED] == stage.minutes(2)
        assert 1 == len(stage.deliver())
    finally:
        newest = "SELECT max(promoted_at) FROM live_generation"
        stage.client.command(f"DELETE FROM live_generation WHERE promoted_at = ({newest})")


def test_who_is_not_reached_is_reported(stage: Stage) -> None:
    """After ten minutes of attempts in vain, to the others; over once it is reached again."""
    stage.rules = (RULES["recipient-dead"], *stage.rules)
    stage.start()
    stage.subscribe("gate", severity="info", kpis=["waiting_vehicles"])
    stage.wait(320)
    stage.minutes(2)
    stage.channel.is_up = False
    stage.now += timedelta(seconds=1)
    for _ in range(8):
        assert [] == stage.deliver()
        stage.now += timedelta(minutes=11)
    stage.subscribe("desk", kpis=["messages_failing"])
    assert [Kind.FIRED] == stage.minutes(1)
    assert [("gate", 1, "the service did not take it")] == stage.query(
        "SELECT subscriber, failing, trouble FROM recipients_now WHERE failing > 0"
    )
    stage.channel.is_up = True
    stage.now += timedelta(minutes=11)
    assert ["desk", "gate"] == sorted(to for to, _ in stage.deliver())
    (told,) = (one for one in stage.channel.heard if one.to == "desk")
    assert "gate: 1 tin cảnh báo gửi mãi không được" in told.body
    assert [Kind.RESOLVED] == stage.minutes(1)


def test_a_message_that_arrives_is_counted_and_timed(stage: Stage) -> None:
    """From when the limit had been passed for its time; hours that somebody asked to wait are no delay."""
    stage.now = datetime(2027, 1, 5, 16, 0, tzinfo=UTC)  # 23:00 in Hanoi
    stage.subscribe("gate")
    stage.subscribe("night", quiet="22:00-06:00")
    sent, seconds, slow = _sample("notifications_total", result="sent"), _sample("delivery_seconds_sum"), 3
    stage.wait(320)
    assert [Kind.FIRED] == stage.minutes(2)
    stage.now += timedelta(seconds=slow)
    assert 1 == len(stage.deliver())
    stage.now = datetime(2027, 1, 5, 23, 0, slow, tzinfo=UTC)
    assert 1 == len(stage.deliver())

    assert 2 == _sample("notifications_total", result="sent") - sent
    assert 2 * slow == _sample("delivery_seconds_sum") - seconds
    assert 1 == _sample("open", severity="info")
    assert 0 == _sample("dead_recipients")


def _sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"kpi_alerts_{name}", labels) or 0.0


_TOKEN: Final = "a token of the house"  # noqa: S105 - of this test alone
_GUESS: Final = "1234"


@pytest.fixture
def desk(stage: Stage, settings: Settings) -> Iterator[TestClient]:
    """Give a browser of the wall's page on alerts, while one is open."""
    stage.wait(320)
    stage.minutes(2)
    web = FastAPI()
    Handling(settings.model_copy(update={"alerts_token": SecretStr(_TOKEN)})).add_to(web)
    with TestClient(web, follow_redirects=False) as browser:
        yield browser


def _press(desk: TestClient, button: str, **fields: str) -> Any:
    form = {"who": "Nguyễn Văn An", "token": _TOKEN, "hours": "4", "do": button, **fields}
    return desk.post("/xu-ly", data=form)


def test_the_wall_acknowledges_and_silences_with_the_token(stage: Stage, desk: TestClient) -> None:
    """Who did it is written down; a silenced rule is told to nobody at that place."""
    ((alert_id,),) = stage.query("SELECT alert_id FROM alerts_now")
    assert "320 xe đang chờ" in desk.get("/xu-ly").text
    acknowledged = _press(desk, f"ack/{alert_id}")
    assert (303, "/xu-ly?done=ack") == (acknowledged.status_code, acknowledged.headers["location"])
    assert "Đã ghi nhận" in desk.get("/xu-ly?done=ack").text
    assert 303 == _press(desk, f"silence/{alert_id}").status_code

    assert [("ack", "Nguyễn Văn An@testclient"), ("silence", "Nguyễn Văn An@testclient")] == stage.query(
        "SELECT action, who FROM alert_actions ORDER BY at"
    )
    assert [("Nguyễn Văn An@testclient",)] == stage.query("SELECT acknowledged_by FROM alerts_now")
    rule = RULES["waiting-vehicles-300"]
    assert any(one.covers(rule, {"kim-thanh"}) for one in stage.memory.silences(clock.now()))
    assert not any(one.covers(rule, {"lao-cai-rail"}) for one in stage.memory.silences(clock.now()))


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"token": "a token of the houses"}, 403, "Mã không đúng"),
        ({"token": ""}, 403, "Mã không đúng"),
        ({"who": " "}, 400, "Hãy ghi tên"),
        ({"who": "<b>An</b>"}, 400, "Hãy ghi tên"),
        ({"do": "ack/0000000000000000"}, 400, "there is no alert"),
        ({"do": "drop/0000000000000000"}, 400, "không hợp lệ"),
        ({"hours": "9999"}, 400, "không hợp lệ"),
        ({"more": "x" * 5000}, 413, "quá lớn"),
    ],
)
def test_what_the_wall_refuses_changes_nothing(
    stage: Stage, desk: TestClient, fields: dict[str, str], status: int, words: str
) -> None:
    """The answer says why, and never the token."""
    ((alert_id,),) = stage.query("SELECT alert_id FROM alerts_now")
    refused = desk.post("/xu-ly", data={"who": "An", "token": _TOKEN, "do": f"ack/{alert_id}"} | fields)

    assert status == refused.status_code
    assert words in refused.text
    assert _TOKEN not in refused.text
    assert [] == stage.query("SELECT * FROM alert_actions")


def test_without_a_token_nobody_acts_from_the_wall(stage: Stage, tmp_path: Path) -> None:
    """The page says which setting to make; one that can be guessed, or that cannot be read, is refused."""
    missing, short = tmp_path / "missing", tmp_path / "short"
    short.write_text(_GUESS)
    for update, words in (
        ({}, "đặt KPI_ALERTS_TOKEN"),
        ({"alerts_token_file": missing}, "KPI_ALERTS_TOKEN_FILE"),
        ({"alerts_token_file": short}, "fewer than 16 characters"),
    ):
        web = FastAPI()
        Handling(stage.settings.model_copy(update=update)).add_to(web)
        with TestClient(web) as browser:
            assert words in _press(browser, "ack/0000000000000000", token=_GUESS).text
