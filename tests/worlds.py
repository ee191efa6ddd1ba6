"""The simulated world of the last days in a database, for boards that need gates, plants and papers alike."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from producers.simulate.scenarios import NORMAL
from producers.simulate.world import World
from streams import clock
from streams.alerts.files import load_rules, measure_sql
from streams.alerts.memory import Memory, ms_of
from streams.alerts.names import Names
from streams.clickhouse_client import writer
from streams.core.alerts.evaluate import Happening, evaluate
from streams.core.alerts.machine import Kind, Look, Phase, Standing
from streams.core.record import PartitionId, Record
from streams.events import epoch_ms
from streams.registry import load_registry
from streams.settings import Settings
from streams.topics import EVENT_TOPICS, partition_of
from streams.vocabulary import REASONS
from tests.driver import with_offsets
from tests.folding import fold_records
from tests.mornings import MILLION_USD, put, put_letter, served
from tests.seeded import BILLION_VND, add_targets, insert

_SEED: Final = 2026
_BATCH: Final = 10_000
_DAY: Final = timedelta(days=1)
_MS: Final = timedelta(milliseconds=1)
_MOMENT: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z)")
# A partition that no event is in: what is put in by hand stands beside what was folded.
_OWN: Final = 99
HOUR: Final = timedelta(hours=1)
# Rule, place, value, how many hours ago it fired and was over.
_ALERTS: Final = (
    ("waiting-vehicles-1000", "kim-thanh", 1234.0, 0.5, None),
    ("waiting-oldest-960", "muong-khuong", 1012.0, 3.0, None),
    ("yard-full-95", "kim-thanh", 98.0, 1.0, None),
    ("plant-stop", "dap-2-tang-loong", 2.0, 5.0, None),
    ("projection-below", "industrial_output/lao-cai", 91.3, 800.0, None),
    ("match-rate", "lao-cai", 81.5, 2.0, None),
    ("booth-p90", "kim-thanh", 2.6, 4.0, 3.0),
    ("plant-silent", "phosphorus-group-tang-loong", 12.0, 9.0, 6.0),
    ("source-silent", "kim-thanh/digital-gate", 4.0, 8.0, 7.0),
    ("gate-state", "ho-kieu", 2.0, 2.0, None),
)
# What each day before the simulated ones brought: gate, direction, regime, HS code, million USD.
_USUAL: Final = (
    ("kim-thanh", "outbound", "export", "08106000", 2.4),
    ("kim-thanh", "inbound", "import", "07031019", 1.6),
    ("lao-cai-rail", "outbound", "transit", "31031000", 0.9),
    ("ho-kieu", "outbound", "border_resident", "08039010", 0.4),
)


def seed_world(settings: Settings, days: int = 2) -> None:
    """Fold the last days up to now, and put in what they may lack: years, a slow lane, a queue, errors."""
    now = clock.now()
    with writer(settings, "kpi_g1") as client:
        fold_records(client, with_offsets(_records(now - days * _DAY, now)), batch=_BATCH)
        add_targets(client, now)
        _fill_years(client, (now - days * _DAY).astimezone(clock.HANOI).date())
        _fill_last_hour(client, now)
        put_letter(client, 1, now - timedelta(hours=2), "dead")
        late = {"kpi": "trade_value", "place": "kim-thanh", "cause": "late", "difference": MILLION_USD}
        put(client, "restatement_day", {"day": (now - _DAY).date(), **late, "events": 2, "sketch": {}})


def seed_scenario(settings: Settings, scenario: str, first: date, last: date) -> None:
    """Fold days of a scenario as if the last one were today, up to this hour, and let the rules look."""
    now = clock.now()
    moved = now.astimezone(clock.HANOI).date() - last
    start = datetime.combine(first + moved, time.min, clock.HANOI)
    with writer(settings, "kpi_g1") as client:
        records = _records(start - moved, now - moved, scenario)
        fold_records(client, with_offsets(_later(record, moved) for record in records), batch=_BATCH)
        add_targets(client, now)
        _fill_years(client, start.date())
    _watch(settings, now)


def _later(record: Record, moved: timedelta) -> Record:
    """Give a record with every moment in it moved by whole days."""
    value = _MOMENT.sub(lambda found: _moved(found[1], moved), record.value or b"")
    return record._replace(value=value, received_ms=record.received_ms + moved // _MS)


def _moved(moment: bytes, moved: timedelta) -> bytes:
    day = date.fromisoformat(moment[:10].decode()) + moved
    return day.isoformat().encode() + moment[10:]


def _watch(settings: Settings, now: datetime) -> None:
    """Let every rule look as often as it would while it waits: what holds now fires."""
    with writer(settings, settings.database) as client:
        memory = Memory(client, Names(load_registry()))
        for rule in load_rules():
            result = client.query(measure_sql(rule.measure))
            answers = {str(row["scope"]): row for row in result.named_results()}
            standings: dict[str, Standing] = {}
            for at in range(ms_of(now) - rule.hold // rule.every * rule.every, ms_of(now) + 1, rule.every):
                found = evaluate(rule, standings, answers, partial(_same, Look(at)))
                standings = found.standings
                memory.record([one for one in found.happenings if not one.standing.silent])
            memory.note({(rule.id, scope): one for scope, one in standings.items()})
        memory.pulse(now)


def _same(look: Look, _scope: str) -> Look:
    return look


def spoil_day(settings: Settings) -> None:
    """Jam gates, slow lanes, silence a line that stands still, ring, let records go wrong: a wall's day."""
    now = clock.now()
    ring(settings, now)
    with writer(settings, "kpi_g1") as client:
        _jam(client, now)
        _silence(client, now)
        for number, reason in enumerate(list(REASONS) * 20, 100):
            put_letter(client, number, now - timedelta(minutes=number), "dead", reason)
        changed = {"kpi": "vehicles", "place": "kim-thanh", "cause": "redriven", "difference": -12_345}
        days = [(now - number * _DAY).date() for number in range(1, 7)]
        rows = ({"day": day, **changed, "events": 1234, "sketch": {}} for day in days)
        put(client, "restatement_day", *rows)


def ring(settings: Settings, now: datetime) -> None:
    """Let more alerts be open than a wall shows, and some have been over for hours."""
    rules = {rule.id: rule for rule in load_rules()}
    with writer(settings, settings.database) as client:
        memory = Memory(client, Names(load_registry()))
        for number, (name, scope, value, hours, over) in enumerate(_ALERTS, 1):
            rule, opened, ended = rules[name], ms_of(now - hours * HOUR), ms_of(now - (over or 0) * HOUR)
            one = Standing(Phase.FIRING, opened, opened, opened, opened, f"{number:016x}")
            one = one._replace(value=value, sample=1234)
            if rule.on == "change":
                one = one._replace(word="closed", opened=0)
                memory.record([Happening(rule, scope, Kind.CHANGED, one, "open")])
                continue
            memory.record([Happening(rule, scope, Kind.FIRED, one)])
            if over is not None:
                one = one._replace(phase=Phase.RESOLVED, since=ended, seen=ended, opened=0)
                memory.record([Happening(rule, scope, Kind.RESOLVED, one)])
            memory.note({(name, scope): one})
        memory.pulse(now)


def _jam(client: Client, now: datetime) -> None:
    minute = (now - timedelta(minutes=20)).replace(second=0, microsecond=0)
    for gate, vehicles in (("kim-thanh", 1234), ("muong-khuong", 87), ("ho-kieu", 45)):
        came = {"arrived_at": now - timedelta(hours=47), "vehicles": vehicles, "arrived": vehicles}
        for direction in ("outbound", "inbound"):
            put(client, "waiting", {"gate_id": gate, "direction": direction, **came, "turned_back": 0})
        put(client, "latency_minute", {**served(minute, gate, 0, 1125), "lane_id": f"{gate}-out-1"})


def _silence(client: Client, now: datetime) -> None:
    """Let a line say for ten hours that it stands still, and then nothing."""
    line = {"zone_id": "tang-loong", "plant_id": "fertiliser-group-tang-loong", "line_id": "map-1"}
    client.command(f"DELETE FROM line_state_hour WHERE line_id = '{line['line_id']}'")
    said = {"state": "stopped", "stop_reason": "raw_material", "stopped": True}
    hours = [now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=ago) for ago in range(6, 16)]
    rows = ({"window_start": hour, **line, **said, "window_minutes": 60, "starts": 1} for hour in hours)
    put(client, "line_state_hour", *rows)


def _records(start: datetime, end: datetime, scenario: str = NORMAL) -> Iterator[Record]:
    """Give what is sent in a stretch of time, as a worker gets it from Kafka."""
    for event in World(load_registry(), _SEED, scenario).events(epoch_ms(start), epoch_ms(end)):
        partition = PartitionId(event.topic, partition_of(event.key, EVENT_TOPICS[event.topic].partitions))
        yield Record(partition, 0, 0, event.at_ms, event.key, event.value)


def _fill_last_hour(client: Client, now: datetime) -> None:
    """Add a lane that served 25 vehicles beyond the goal, and a queue of one that came three hours ago."""
    minute = (now - timedelta(minutes=20)).replace(second=0, microsecond=0)
    put(client, "latency_minute", {**served(minute, "kim-thanh", 0, 25), "lane_id": "kim-thanh-out-2"})
    waits = {"gate_id": "kim-thanh", "direction": "outbound", "vehicles": 1, "arrived": 1, "turned_back": 0}
    put(client, "waiting", {**waits, "arrived_at": now - timedelta(hours=3)})


def _fill_years(client: Client, before: date) -> None:
    """Fill the days of two years before a day, and today: usual ones, last year's a tenth smaller."""
    today = clock.now().astimezone(clock.HANOI).date()
    first = date(today.year - 1, 1, 1)
    days = [*(first + number * _DAY for number in range((before - first).days)), today]
    trade = [row for day in days for row in _traded(day, 0.9 if day.year < today.year else 1.0)]
    insert(client, "commodity_day", [_without(row, "hs_chapter") for row in trade])
    insert(client, "trade_day", [_without(row, "hs_code") for row in trade])
    insert(client, "output_day", [_made(day) for day in days])


def _traded(day: date, factor: float) -> Iterator[dict[str, Any]]:
    for gate, direction, regime, code, millions in _USUAL:
        place = {"day": day, "gate_id": gate, "direction": direction, "regime": regime}
        goods = {"hs_code": code, "hs_chapter": code[:2], "net_mass_kg": 900_000, "lines": 40}
        money = {"value_usd_minor": int(millions * factor * MILLION_USD)}
        yield {**place, **goods, **money, "topic": "gate.crossing", "partition": _OWN, "version": 1}


def _made(day: date) -> dict[str, Any]:
    line = {"zone_id": "tang-loong", "plant_id": "dap-2-tang-loong", "line_id": "dap-1", "product": "dap"}
    value = {"value_vnd": 115 * BILLION_VND, "quantity_micro": 10**9, "reports": 288}
    where = {"topic": "factory.output", "partition": _OWN, "version": 1}
    return {"day": day, **line, "price_basis": "unstated", "unit": "TNE", **value, **where}


def _without(row: dict[str, Any], column: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != column}
