"""Every rule of the contract: what is taken, and the reason of each dead letter."""

import json
from typing import Any

import pytest

from streams.core.decode import Accepted, DeadLetter, decode
from streams.events import MAX_MESSAGE_BYTES
from streams.registry import load_registry
from tests.events import START_MS, at, correction, crossing, envelope, goods, output, record_of, stage, uuid

REGISTRY = load_registry()


def changed(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Replace fields of the envelope."""
    return {**event, **fields}


def body(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Replace fields of the body."""
    return {**event, "data": {**event["data"], **fields}}


def without(event: dict[str, Any], field: str) -> dict[str, Any]:
    """Leave a field of the envelope out."""
    return {name: value for name, value in event.items() if name != field}


CROSSED = crossing(1, "V-1", "crossed", 0)
ARRIVED = crossing(1, "V-1", "arrived", 0)
REPORT = output(1, 0)
STATE = envelope("gate.state", 1, "kim-thanh", 0, {"gate_id": "kim-thanh", "state": "open"})
TARGET = envelope(
    "target",
    1,
    "trade_value/lao-cai/2026",
    0,
    {
        "indicator": "trade_value",
        "scope": "lao-cai",
        "year": 2026,
        "value_minor": 500_000_000_000,
        "currency": "USD",
        "qualifier": "eq",
        "effective_from": "2026-01-01",
        "source": "owner",
    },
)
DECLARATION = envelope(
    "declaration",
    1,
    "100000000001",
    0,
    {
        "declaration_no": "100000000001",
        "system": "vnaccs_vcis",
        "version_no": 1,
        "status": "registered",
        "regime": "export",
        "gate_id": "kim-thanh",
        "value_usd_minor": 5,
        "net_mass_kg": 1,
        "lines": 1,
        "duty_minor": 0,
    },
)
GOOD = {
    "crossing": CROSSED,
    "empty crossing": crossing(1, "V-1", "crossed", 0, loaded=False),
    "stage": stage(1, "V-1", "lodged", 0),
    "report": REPORT,
    "state": STATE,
    "target": TARGET,
    "declaration": DECLARATION,
    "unknown fields": body(changed(ARRIVED, comexample="x"), weather="rain"),
    "no milliseconds": changed(ARRIVED, time="2026-01-01T00:00:00Z"),
    "correction": crossing(2, "V-1", "arrived", 0, **correction("cancel", 1, 0)),
    "container": body(ARRIVED, container_no="CSQU3054383"),
    "very late": changed(ARRIVED, time="2000-01-01T00:00:00.000Z"),
}


@pytest.mark.parametrize("event", GOOD.values(), ids=GOOD.keys())
def test_what_keeps_the_contract_is_accepted(event: dict[str, Any]) -> None:
    """An event that keeps the contract is accepted, unknown fields and all."""
    assert isinstance(decode(record_of(event), REGISTRY), Accepted)


BROKEN = {
    "no uuid": changed(ARRIVED, id="1"),
    "local time": changed(ARRIVED, time="2026-01-01T07:00:00.000+07:00"),
    "no zone": changed(ARRIVED, time="2026-01-01T07:00:00.000"),
    "microseconds": changed(ARRIVED, time="2026-01-01T07:00:00.000001Z"),
    "a number as time": changed(ARRIVED, time=1767225600),
    "a day that is none": changed(ARRIVED, time="2026-02-30T00:00:00Z"),
    "before 2000": changed(ARRIVED, time="1999-12-31T23:59:59.999Z"),
    "no time": without(ARRIVED, "time"),
    "no subject": without(ARRIVED, "subject"),
    "source elsewhere": changed(ARRIVED, source="/vn/hanoi/x/y"),
    "another content type": changed(ARRIVED, datacontenttype="text/xml"),
    "no body": without(ARRIVED, "data"),
    "body is text": changed(ARRIVED, data="x"),
    "subject is not the visit": body(ARRIVED, visit_id="V-2"),
    "visit_id too long": body(changed(ARRIVED, subject="V" * 41), visit_id="V" * 41),
    "visit_id not ASCII": body(changed(ARRIVED, subject="Xe-Đ"), visit_id="Xe-Đ"),
    "unknown point": body(ARRIVED, point="parked"),
    "unknown direction": body(ARRIVED, direction="up"),
    "unknown country": body(ARRIVED, vehicle_country="XX"),
    "a plate": body(ARRIVED, vehicle_hash="24C-123.45"),
    "check digit": body(ARRIVED, container_no="CSQU3054384"),
    "mass below zero": body(ARRIVED, gross_mass_kg=-1),
    "mass too large": body(ARRIVED, gross_mass_kg=120_001),
    "mass as text": body(ARRIVED, gross_mass_kg="5"),
    "mass with decimals": body(ARRIVED, gross_mass_kg=5.5),
    "loaded as text": body(ARRIVED, loaded="yes"),
    "loaded crossing without goods": body(CROSSED, goods=[]),
    "goods before the crossing": body(ARRIVED, goods=[goods()]),
    "goods of an empty vehicle": body(CROSSED, loaded=False),
    "51 lines": body(CROSSED, goods=[goods()] * 51),
    "value of zero": body(CROSSED, goods=[goods(0)]),
    "value of a trillion": body(CROSSED, goods=[goods(10**18)]),
    "integer overflow": body(CROSSED, goods=[goods(10**30)]),
    "hs code of 5": body(CROSSED, goods=[goods(hs_code="08106")]),
    "unknown regime": body(CROSSED, goods=[goods(regime="gift")]),
    "unknown currency": body(CROSSED, goods=[{**goods(), "currency": "XXZ"}]),
    "rate as number": body(CROSSED, goods=[{**goods(), "fx_rate": 1}]),
    "day as time": body(CROSSED, goods=[{**goods(), "fx_date": "2026-01-01T00:00:00Z"}]),
    "unknown stage": stage(1, "V-1", "lost", 0),
    "unknown channel": body(stage(1, "V-1", "lodged", 0), channel="blue"),
    "duty below zero": body(stage(1, "V-1", "duty_paid", 0), duty_minor=-1),
    "window of 61 minutes": body(REPORT, window_start="2025-12-31T23:04:00.000Z"),
    "window not aligned": body(REPORT, window_start="2026-01-01T00:01:00.000Z"),
    "empty window": body(REPORT, window_start=REPORT["data"]["window_end"]),
    "time is not the window's end": changed(REPORT, time=at(0)),
    "amendment of another window": {**output(2, 0), **correction("amend", 1, 0)},
    "quantity as number": body(REPORT, quantity=1.5),
    "quantity below zero": body(REPORT, quantity="-1"),
    "quantity as word": body(REPORT, quantity="NaN"),
    "quantity of a trillion": body(REPORT, quantity="1000000000"),
    "a target from 1900": body(TARGET, effective_from="1900-01-01"),
    "a rate of 9999": body(CROSSED, goods=[{**goods(), "fx_date": "9999-12-31"}]),
    "quantity with seven decimals": body(REPORT, quantity="0.0000001"),
    "unit unknown": body(REPORT, unit="LBR"),
    "output in dollars": body(REPORT, currency="USD"),
    "unknown state": body(REPORT, state="sleeping"),
    "half past 25": body(STATE, opens_at="25:30"),
    "201 characters": body(STATE, reason="x" * 201),
    "51 lanes": body(STATE, lanes_open=51),
    "target of zero": body(TARGET, value_minor=0),
    "half a correction": changed(ARRIVED, correctsid=uuid(2)),
    "corrects itself": {**ARRIVED, **correction("amend", 1, 0)},
    "correction zero": crossing(2, "V-1", "arrived", 0, **correction("amend", 1, 0, 0)),
}


@pytest.mark.parametrize("event", BROKEN.values(), ids=BROKEN.keys())
def test_what_breaks_the_contract_is_invalid(event: dict[str, Any]) -> None:
    """A CloudEvent of ours that breaks the contract is a dead letter `invalid` that says where."""
    letter = decode(record_of(event), REGISTRY)

    assert isinstance(letter, DeadLetter)
    assert ("invalid", True) == (letter.reason, bool(letter.detail))


NOT_JSON = [b"", b"{", b"\xff\xfe", b'{"a": "\xff"}', b"[1,]", b"nul", json.dumps(ARRIVED).encode("utf-16")]
OTHERS = [
    *[pytest.param(record_of(value), "not_json", id=f"bytes {value[:9]!r}") for value in NOT_JSON],
    pytest.param(record_of(ARRIVED)._replace(value=None), "not_json", id="no value"),
    pytest.param(record_of(body(ARRIVED, extra=float("nan"))), "not_json", id="NaN in an ignored field"),
    pytest.param(
        record_of(json.dumps(ARRIVED).replace('"loaded"', '"x": 1e400, "loaded"').encode(), key=b"V-1"),
        "not_json",
        id="1e400",
    ),
    *[
        pytest.param(
            record_of(
                json.dumps(ARRIVED).replace('"loaded"', f'"x": {number}, "loaded"').encode(), key=b"V-1"
            ),
            "not_json",
            id=f"beyond all floats {number[-4:]}",
        )
        for number in ("1" * 400 + ".0", "-" + "1" * 300 + "e50", "1" * 300 + "E+99")
    ],
    pytest.param(record_of(b"[" * 100_000), "not_json", id="nested without end"),
    pytest.param(record_of(b"[]"), "not_cloudevent", id="a list"),
    pytest.param(record_of(b'"text"'), "not_cloudevent", id="a string"),
    pytest.param(record_of(b"{}"), "not_cloudevent", id="nothing in it"),
    *[
        pytest.param(
            record_of(json.dumps(without(ARRIVED, name)).encode()), "not_cloudevent", id=f"no {name}"
        )
        for name in ("specversion", "id", "source", "type")
    ],
    pytest.param(record_of(changed(ARRIVED, specversion="0.3")), "not_cloudevent", id="CloudEvents 0.3"),
    pytest.param(record_of(changed(ARRIVED, id=5)), "not_cloudevent", id="a number as id"),
    pytest.param(
        record_of(changed(ARRIVED, type="vn.laocai.kpi.gate.crossing.v2")),
        "unknown_type",
        id="another version",
    ),
    pytest.param(record_of(body(ARRIVED, gate_id="huu-nghi")), "unknown_entity", id="gate"),
    pytest.param(
        record_of(body(ARRIVED, lane_id="ho-kieu-in-1")), "unknown_entity", id="lane of another gate"
    ),
    pytest.param(
        record_of(body(REPORT, zone_id="dong-pho-moi")), "unknown_entity", id="zone of another plant"
    ),
    pytest.param(
        record_of({**body(TARGET, scope="atlantis"), "subject": "trade_value/atlantis/2026"}),
        "unknown_entity",
        id="scope",
    ),
    pytest.param(record_of(body(REPORT, line_id="furnace-9")), "unknown_entity", id="line"),
    pytest.param(record_of(body(REPORT, product="dap")), "unknown_entity", id="product of another plant"),
    pytest.param(
        record_of({**body(REPORT, plant_id="atlantis"), "subject": "atlantis"}), "unknown_entity", id="plant"
    ),
    pytest.param(record_of(body(ARRIVED, extra="x" * MAX_MESSAGE_BYTES)), "too_large", id="over 256 KiB"),
    pytest.param(
        record_of(ARRIVED, received_ms=START_MS - 300_001), "future_time", id="5 minutes and 1 ms ahead"
    ),
    pytest.param(record_of(ARRIVED, topic="clearance.stage"), "misrouted", id="on another's topic"),
    pytest.param(record_of(ARRIVED, key=None), "misrouted", id="no key"),
    pytest.param(record_of(ARRIVED, key=b"V-2"), "misrouted", id="another key"),
    pytest.param(
        record_of(ARRIVED, partition=(record_of(ARRIVED).partition.partition + 1) % 4),
        "misrouted",
        id="in another partition",
    ),
]


@pytest.mark.parametrize(("record", "reason"), OTHERS)
def test_each_other_fault_has_its_reason(record: Any, reason: str) -> None:
    """What is no JSON, no CloudEvent, unknown, too large, ahead of time or misrouted says so."""
    letter = decode(record, REGISTRY)

    assert isinstance(letter, DeadLetter)
    assert reason == letter.reason


def test_exactly_five_minutes_ahead_is_taken() -> None:
    """A clock that runs five minutes ahead is forgiven."""
    assert isinstance(decode(record_of(ARRIVED, received_ms=START_MS - 300_000), REGISTRY), Accepted)


@pytest.mark.parametrize(
    ("event", "delay_ms", "late"),
    [
        pytest.param(ARRIVED, 900_000, False, id="15 minutes"),
        pytest.param(ARRIVED, 900_001, True, id="15 minutes and 1 ms"),
        pytest.param(changed(ARRIVED, backfill=True), 86_400_000, False, id="history"),
    ],
)
def test_late_is_over_fifteen_minutes_and_no_history(
    event: dict[str, Any], delay_ms: int, late: bool
) -> None:
    """An event is late when it was received more than 15 minutes after its time, unless it is backfill."""
    accepted = decode(record_of(event, received_ms=START_MS + delay_ms), REGISTRY)

    assert isinstance(accepted, Accepted)
    assert late is accepted.is_late


def test_a_dead_letters_detail_does_not_repeat_a_plate() -> None:
    """The detail names the field, never its value."""
    letter = decode(record_of(body(ARRIVED, vehicle_hash="24C-123.45")), REGISTRY)

    assert isinstance(letter, DeadLetter)
    assert "24C" not in letter.detail
    assert letter.detail.startswith("data.vehicle_hash")
