"""Builders of events as producers send them: dictionaries that spell out what a test cares about."""

import json
from typing import Any
from uuid import UUID

from streams.core.record import PartitionId, Record
from streams.topics import EVENT_TOPICS, TOPIC_OF_TYPE, partition_of

STAGE_FIELDS = ("gate_id", "direction", "agency", "duty_minor", "fee_minor")
START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z, 07:00 in Hanoi


def uuid(number: int) -> str:
    """Give a readable id."""
    return str(UUID(int=number))


def at(ms: int) -> str:
    """Write START_MS + ms as the contract has it."""
    total = START_MS + ms
    days, rest = divmod(ms, 86_400_000)
    assert total >= 0
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, millis = divmod(rest, 1000)
    return f"2026-01-{1 + days:02d}T{hours:02d}:{minutes:02d}:{seconds:02d}.{millis:03d}Z"


def envelope(
    kind: str, number: int, subject: str, ms: int, data: dict[str, Any], **extra: Any
) -> dict[str, Any]:
    """Give a CloudEvent of type `vn.laocai.kpi.{kind}.v1`."""
    return {
        "specversion": "1.0",
        "id": uuid(number),
        "source": "/vn/laocai/kim-thanh/booth-1",
        "type": f"vn.laocai.kpi.{kind}.v1",
        "subject": subject,
        "time": at(ms),
        "datacontenttype": "application/json",
        "data": data,
        **extra,
    }


def correction(kind: str, original: int, ms: int, number: int = 1) -> dict[str, Any]:
    """Give the attributes that make an event a correction of another."""
    return {
        "correctsid": uuid(original),
        "correctstime": at(ms),
        "correctionkind": kind,
        "correctionno": number,
    }


def goods(value: int = 1000, hs_code: str = "081060", regime: str = "export") -> dict[str, Any]:
    """Give one line of goods."""
    return {
        "declaration_no": "100000000001",
        "line_no": 1,
        "hs_code": hs_code,
        "regime": regime,
        "net_mass_kg": 10,
        "value_minor": value,
        "currency": "USD",
        "value_usd_minor": value,
        "fx_rate": "1",
        "fx_date": "2026-01-01",
    }


def crossing(number: int, visit: str, point: str, ms: int, **extra: Any) -> dict[str, Any]:
    """Give a gate crossing; keyword arguments that are body fields go there, the rest into the envelope."""
    loaded = extra.pop("loaded", point == "crossed")
    data: dict[str, Any] = {
        "visit_id": visit,
        "gate_id": extra.pop("gate_id", "kim-thanh"),
        "lane_id": extra.pop("lane_id", None),
        "point": point,
        "direction": extra.pop("direction", "outbound"),
        "transport_mode": "road",
        "vehicle_country": "VN",
        "vehicle_class": "container",
        "loaded": loaded,
        "gross_mass_kg": 20_000,
    }
    if loaded and point == "crossed":
        data["goods"] = extra.pop("goods", [goods()])
    return envelope("gate.crossing", number, visit, ms, data, **extra)


def stage(
    number: int, visit: str, name: str, ms: int, channel: str | None = None, **extra: Any
) -> dict[str, Any]:
    """Give a clearance stage; keyword arguments that are body fields go there, the rest into the envelope."""
    data = {
        "visit_id": visit,
        "gate_id": "kim-thanh",
        "direction": "outbound",
        "agency": "customs",
        "stage": name,
        "channel": channel,
    }
    data |= {field: extra.pop(field) for field in STAGE_FIELDS if field in extra}
    return envelope("clearance.stage", number, visit, ms, data, **extra)


def output(
    number: int, window: int, value: int = 500, line: str = "furnace-1", **extra: Any
) -> dict[str, Any]:
    """Give a report of the 5-minute window of that number since START_MS."""
    plant = "phosphorus-group-tang-loong"
    data = {
        "plant_id": plant,
        "zone_id": "tang-loong",
        "line_id": line,
        "product": "yellow-phosphorus",
        "window_start": at(window * 300_000),
        "window_end": at((window + 1) * 300_000),
        "quantity": extra.pop("quantity", "1.25"),
        "unit": "TNE",
        "value_minor": value,
        "currency": "VND",
        "price_basis": "unstated",
        "state": extra.pop("state", "execute"),
        "stop_reason": extra.pop("stop_reason", None),
    }
    return envelope("factory.output", number, plant, (window + 1) * 300_000, data, **extra)


def visits(first: int, count: int) -> list[dict[str, Any]]:
    """Give visits that arrive, are cleared and cross; some are corrected."""
    events = []
    for n in range(first, first + count):
        visit, at = f"V-{n}", n * 60_000
        events += [
            crossing(10 * n + 1, visit, "arrived", at),
            stage(10 * n + 2, visit, "lodged", at + 500),
            stage(10 * n + 3, visit, "released", at + 9_000, "green"),
            crossing(10 * n + 4, visit, "crossed", at + 30_000, goods=[goods(100 + n)]),
        ]
        if n % 5 == 0:
            kind = "amend" if n % 2 else "cancel"
            fix = correction(kind, 10 * n + 4, at + 30_000)
            events.append(crossing(10 * n + 5, visit, "crossed", at + 86_400_000, goods=[goods(7)], **fix))
    return events


def others() -> list[dict[str, Any]]:
    """Give a plant's reports, and what a gate says."""
    state = {"gate_id": "kim-thanh", "state": "open", "counterpart_state": None, "reason": None}
    return [
        *(output(900_000 + n, n, 5 + n) for n in range(30)),
        envelope("gate.state", 950_000, "kim-thanh", 0, state),
    ]


def record_of(event: dict[str, Any] | bytes, offset: int = 0, **overrides: Any) -> Record:
    """Put an event where it belongs on Kafka, received a second after the last of its month."""
    value = event if isinstance(event, bytes) else json.dumps(event).encode()
    content = {} if isinstance(event, bytes) else event
    topic = overrides.get("topic") or TOPIC_OF_TYPE.get(content.get("type", ""), "gate.crossing")
    key = overrides.get("key", content.get("subject", "V").encode())
    partition = overrides.get("partition", partition_of(key or b"", EVENT_TOPICS[topic].partitions))
    received = overrides.get("received_ms", START_MS + 40 * 86_400_000)
    return Record(PartitionId(topic, partition), offset, offset, received, key, value)
