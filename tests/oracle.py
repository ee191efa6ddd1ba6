"""An oracle of the KPIs: it reads the log itself, by the words of the contract, without product code."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import log
from typing import Any, Protocol, TypeVar

Event = dict[str, Any]
Rows = dict[Any, dict[Any, int]]
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = ("execute", "idle", "held", "suspended", "stopped", "aborted")
_DIMENSIONS = ("zone_id", "plant_id", "line_id", "product", "price_basis", "unit")


class Place(Protocol):
    """A partition of a topic."""

    @property
    def topic(self) -> str:
        """Name the topic as the catalogue does."""


class Message(Protocol):
    """A record of a topic."""

    @property
    def value(self) -> bytes | None:
        """Give its bytes."""

    @property
    def received_ms(self) -> int:
        """Give when it came."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Give its headers."""


P = TypeVar("P", bound=Place)
M = TypeVar("M", bound=Message)


def expected(partitions: Mapping[P, Sequence[M]]) -> Rows:
    """Compute every row from the log alone; measures that are zero are left out."""
    sums: Rows = defaultdict(lambda: defaultdict(int))
    for partition, records in partitions.items():
        entities: dict[str, list[Event]] = defaultdict(list)
        for event in first_occurrences(records):
            entities[_entity(event)].append(event)
        for members in entities.values():
            facts = effective(members)
            if partition.topic in _FOLDS:
                for key, measures in [*_FOLDS[partition.topic](facts), *_restated(partition.topic, members)]:
                    for measure, amount in measures.items():
                        sums[key][measure] += amount
    clean = {key: {m: n for m, n in measures.items() if n} for key, measures in sums.items()}
    return {key: measures for key, measures in clean.items() if measures}


def first_occurrences(records: Sequence[M]) -> list[Event]:
    """Keep the first record of each id within what the store looks up: the hour of its time, its entity."""
    kept: dict[str, list[Event]] = defaultdict(list)
    for event in map(_told, records):
        twins = kept[event["id"]]
        if not any(_hour(twin) == _hour(event) or _entity(twin) == _entity(event) for twin in twins):
            twins.append(event)
    return [event for events in kept.values() for event in events]


def _told(record: Message) -> Event:
    """Read an event, and note how it came."""
    event: Event = json.loads(record.value or b"")
    known = 0 if event.get("backfill") else local_day(record.received_ms - 15 * MINUTE)
    return {**event, "known": known, "redriven": "dlq.replay_of" in dict(record.headers)}


def _hour(event: Event) -> str:
    return str(event["time"][:13])


def _entity(event: Event) -> str:
    return str(event["subject"] + (event["time"] if ".factory." in event["type"] else ""))


def effective(facts: Sequence[Event]) -> list[Event]:
    """Apply the corrections of one entity's events by the words of the contract."""
    by_id = {fact["id"]: fact for fact in facts}
    families: dict[str, list[Event]] = defaultdict(list)
    for fact in facts:
        families[_root(fact, by_id)].append(fact)
    standing = []
    for root, family in families.items():
        corrections = [fact for fact in family if fact.get("correctsid")]
        last = max(corrections, key=lambda f: (f.get("correctionno", 1), f["id"]), default=None)
        if last is None:
            standing.append(family[0])
        elif last["correctionkind"] == "amend":
            standing.append({**last, "id": root})
    return standing


def _root(fact: Event, by_id: Mapping[str, Event]) -> str:
    chain = [fact["id"]]
    while fact.get("correctsid"):
        target = fact["correctsid"]
        if target in chain:
            return str(min(chain[chain.index(target) :]))
        chain.append(target)
        if target not in by_id:
            break
        fact = by_id[target]
    return str(chain[-1])


@lru_cache(maxsize=100_000)
def ms_of(text: str) -> int:
    """Read a time as milliseconds since 1970."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=100_000)
def bucket_of(ms: int) -> int:
    """Give the smallest i with (101/99)^i >= ms: the logarithm guesses, whole numbers decide; 0 ms is -1."""
    if ms == 0:
        return -1
    bucket = max(0, int(log(ms) / log(101 / 99)) - 2)
    while 101**bucket < ms * 99**bucket:
        bucket += 1
    return bucket


def local_day(ms: int) -> int:
    """Count local days since 1970."""
    return (ms + 7 * HOUR) // DAY


def _order(fact: Event) -> tuple[str, str]:
    return fact["time"], fact["id"]


def _pick(facts: Iterable[Event], field: str, kind: str, which: Any) -> Event | None:
    found: Event | None = which((f for f in facts if f["data"][field] == kind), key=_order, default=None)
    return found


def _label(facts: Iterable[Event], field: str) -> str:
    known = [f for f in facts if f["data"].get(field)]
    return str(max(known, key=_order)["data"][field]) if known else "unknown"


def _interval(  # noqa: PLR0913, PLR0917 - one parameter a field
    name: str, start: Event | None, end: Event | None, lane: str, channel: str, stops: int = 0
) -> Iterable[Any]:
    if start is None or end is None or ms_of(end["time"]) < ms_of(start["time"]):
        return
    took, when = ms_of(end["time"]) - ms_of(start["time"]), ms_of(end["time"])
    key = (name, end["data"]["gate_id"], end["data"]["direction"], lane, channel)
    within = int(name == "booth_service" and took <= 120_000)
    measures = {"vehicles": 1, "within_goal": within, "total_ms": took, bucket_of(took): 1}
    yield ("latency_minute", when // MINUTE * 60, key), measures
    yield ("latency_day", local_day(when), key), measures
    if name != "booth_service":
        yield ("finished", when, (*key, ms_of(start["time"]))), {"vehicles": 1, "stops": stops}


def _visit(facts: Sequence[Event]) -> Iterable[Any]:
    points = {
        point: (_pick(facts, "point", point, min), _pick(facts, "point", point, max))
        for point in ("arrived", "booth_start", "booth_end", "crossed", "turned_back")
    }
    lane, (arrived, _), (crossed, _) = _label(facts, "lane_id"), points["arrived"], points["crossed"]
    yield from _interval("booth_service", points["booth_start"][0], points["booth_end"][1], lane, "")
    yield from _interval("gate_dwell", arrived, crossed, lane, "")
    if crossed:
        yield from _crossed(crossed)
    back = points["turned_back"][0]
    if arrived:
        yield _moment(arrived), {"arrived": 1, "vehicles": int(not crossed and not back)}
    if back and not crossed:
        yield _moment(back), {"turned_back": 1}


def _moment(fact: Event) -> tuple[str, int, tuple[str, str]]:
    return "waiting", ms_of(fact["time"]), (fact["data"]["gate_id"], fact["data"]["direction"])


def _crossed(fact: Event) -> Iterable[Any]:
    when, body = ms_of(fact["time"]), fact["data"]
    place = (body["gate_id"], body["direction"])
    for window, grain in ((when // MINUTE * 60, "minute"), (local_day(when), "day")):
        vehicle = (*place, body["vehicle_class"], body["loaded"])
        yield (f"crossings_{grain}", window, vehicle), {"vehicles": 1, "gross_mass_kg": body["gross_mass_kg"]}
        for line in body.get("goods", ()):
            measures = {
                "value_usd_minor": line["value_usd_minor"],
                "net_mass_kg": line["net_mass_kg"],
                "lines": 1,
            }
            yield (f"trade_{grain}", window, (*place, line["regime"], line["hs_code"][:2])), measures
            if grain == "day":
                yield ("commodity_day", window, (*place, line["regime"], line["hs_code"])), measures


def _clearance(facts: Sequence[Event]) -> Iterable[Any]:
    lodged, released = _pick(facts, "stage", "lodged", min), _pick(facts, "stage", "released", max)
    begun = {
        (f["data"]["agency"], f["data"]["stage"]) for f in facts if f["data"]["stage"].endswith("_start")
    }
    yield from _interval("clearance", lodged, released, "", _label(facts, "channel"), len(begun))
    yield from _agencies(facts)
    for fact in facts:
        body = fact["data"]
        if body["stage"] == "duty_paid":
            paid = {"duty_vnd": body.get("duty_minor") or 0, "fee_vnd": body.get("fee_minor") or 0}
            key = ("revenue_day", local_day(ms_of(fact["time"])), (body["gate_id"], body["direction"]))
            yield key, {**paid, "payments": 1}


def _agencies(facts: Sequence[Event]) -> Iterable[Any]:
    """Give each finished step of each agency, and who holds the vehicle after all of them."""
    over = [f for f in facts if f["data"]["stage"] in {"released", "refused", "cancelled"}]
    holders = []
    for agency in {f["data"]["agency"] for f in facts}:
        own = [f for f in facts if f["data"]["agency"] == agency]
        for step in ("docs", "inspection"):
            end = _pick(own, "stage", f"{step}_end", max)
            yield from _step(step, _pick(own, "stage", f"{step}_start", min), end, facts)
            begun = _pick(own, "stage", f"{step}_start", max)
            if begun and all(_order(f) < _order(begun) for f in [*over, *([end] if end else [])]):
                holders.append((begun, agency, step))
    if not holders and not over and any(f["data"]["stage"] == "lodged" for f in facts):
        agency = max(facts, key=_order)["data"]["agency"]
        other = max((_order(f) for f in facts if f["data"]["agency"] != agency), default=("", ""))
        since = min((f for f in facts if _order(f) > other), key=_order)
        holders.append((since, agency, "waiting"))
    for since, agency, step in holders:
        body = since["data"]
        yield (
            ("holding", ms_of(since["time"]), (body["gate_id"], body["direction"], agency, step)),
            {"vehicles": 1},
        )


def _step(step: str, start: Event | None, end: Event | None, facts: Sequence[Event]) -> Iterable[Any]:
    if start and end and ms_of(start["time"]) <= ms_of(end["time"]):
        took, body = ms_of(end["time"]) - ms_of(start["time"]), end["data"]
        key = (body["agency"], step, body["gate_id"], body["direction"], _label(facts, "channel"))
        measures = {"vehicles": 1, "total_ms": took, bucket_of(took): 1}
        yield ("steps_day", local_day(ms_of(end["time"])), key), measures


def _output(facts: Sequence[Event]) -> Iterable[Any]:
    groups: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    lines: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    for fact in facts:
        body = fact["data"]
        groups[body["line_id"], body["product"], body["window_start"]].append(fact)
    for group in groups.values():
        body = min(group, key=lambda f: f["id"])["data"]
        lines[body["line_id"], body["window_start"]].append(body)
        start, key = ms_of(body["window_start"]), tuple(body[name] for name in _DIMENSIONS)
        micro = round(float(body["quantity"]) * 1_000_000)
        measures = {"value_vnd": body["value_minor"], "quantity_micro": micro, "reports": 1}
        yield ("output_hour", start // HOUR * 3600, key), measures
        yield ("output_day", local_day(start), key), measures
    for bodies in lines.values():
        yield _line_state(bodies)


def _line_state(bodies: Sequence[Event]) -> Any:
    """Let a line do what is nearest to running; it has stopped if it stands and nothing was made."""
    body = next(b for state in _STATES for b in sorted(bodies, key=_product) if b["state"] == state)
    idle_or_running = body["state"] in {"execute", "idle"}
    stopped = not idle_or_running and all(float(b["quantity"]) < 0.000001 for b in bodies)
    start, minutes = ms_of(body["window_start"]), (ms_of(body["window_end"]) - ms_of(body["window_start"]))
    line = (body["zone_id"], body["plant_id"], body["line_id"])
    key = (*line, body["state"], body.get("stop_reason") or "", stopped, minutes // MINUTE)
    return ("line_state_hour", start // HOUR * 3600, key), {
        "starts": 2 ** (start % HOUR // MINUTE),
    }


def _product(body: Event) -> str:
    return str(body["product"])


_FOLDS: dict[str, Callable[[Sequence[Event]], Iterable[Any]]] = {
    "gate.crossing": _visit,
    "clearance.stage": _clearance,
    "factory.output": _output,
}


# table by day -> the figure that is published of it, the measure, and which of its dimensions is the place
_PUBLISHED = {
    "trade_day": ("trade_value", "value_usd_minor", 0),
    "crossings_day": ("vehicles", "vehicles", 0),
    "output_day": ("industrial_output", "value_vnd", 0),
    "latency_day": ("booth_service", "vehicles", 1),
}


def _restated(topic: str, members: Sequence[Event]) -> Iterable[Any]:
    """Replay each day with what was known when it was published, then with each later fact."""
    for day in {local_day(ms_of(fact["data"].get("window_start", fact["time"]))) for fact in members}:
        later = [fact for fact in members if fact["known"] > day]
        later.sort(key=lambda f: (f["known"], "correctsid" in f, f["time"], f["id"]))
        known = [fact for fact in members if fact["known"] <= day]
        before = _figures(topic, known, day)
        for fact in later:
            known.append(fact)
            after = _figures(topic, known, day)
            cause = {"amend": "amended", "cancel": "cancelled"}.get(fact.get("correctionkind", ""))
            cause = cause or ("redriven" if fact["redriven"] else "late")
            for figure in before.keys() | after.keys():
                change = {m: after[figure][m] - before[figure][m] for m in after[figure] | before[figure]}
                if any(change.values()):
                    yield ("restatement_day", day, (*figure, cause)), {"events": 1, **change}
            before = after


def _figures(topic: str, known: Sequence[Event], day: int) -> Rows:
    figures: Rows = defaultdict(lambda: defaultdict(int))
    for (table, window, dimensions), measures in _FOLDS[topic](effective(known)):
        kpi, measure, place = _PUBLISHED.get(table, ("", "", 0))
        if window == day and kpi and (kpi != "booth_service" or dimensions[0] == kpi):
            figure = figures[kpi, dimensions[place]]
            figure["difference"] += measures[measure]
            for bucket in (name for name in measures if isinstance(name, int)):
                figure[bucket] += measures[bucket]
    return figures
