"""Two mornings at the gates and plants, as rows put into the tables by hand: 4 and 5 January 2026."""

from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.core.sketch import bucket_of
from tests import plants

MILLION_USD: Final = 100_000_000
BILLION_VND: Final = 1_000_000_000
GATE: Final = {"gate_id": "kim-thanh", "direction": "outbound"}
FAST, SLOW = bucket_of(60_000), bucket_of(150_000)


def hanoi(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Give a moment of January 2026 by its Hanoi time."""
    return datetime(2026, 1, day, hour, minute, tzinfo=clock.HANOI).astimezone(UTC)


def put(client: Client, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows, each of a partition of its own."""
    for number, row in enumerate(rows):
        whole = {"topic": "t", "partition": number, "version": 1, **row}
        client.insert(table, [list(whole.values())], column_names=list(whole))


def trade(moment: datetime, millions: float, **rest: str) -> dict[str, Any]:
    """Give value that crossed in a minute."""
    money = {"value_usd_minor": int(millions * MILLION_USD), "net_mass_kg": 1, "lines": 1}
    return {"window_start": moment, **GATE, "regime": "export", "hs_chapter": "08", **money, **rest}


def on(day: date, millions: float) -> dict[str, Any]:
    """Give value that crossed on a day."""
    row = trade(hanoi(5), millions)
    return {"day": day, **{name: value for name, value in row.items() if name != "window_start"}}


def crossed(moment: datetime, vehicles: int, **rest: Any) -> dict[str, Any]:
    """Give vehicles that crossed in a minute."""
    vehicle = {"vehicle_class": "container", "loaded": True, "vehicles": vehicles, "gross_mass_kg": 1}
    return {"window_start": moment, **GATE, **vehicle, **rest}


def served(moment: datetime, gate: str, fast: int, slow: int) -> dict[str, Any]:
    """Give vehicles served within the goal and beyond it."""
    counts = {"vehicles": fast + slow, "within_goal": fast, "total_ms": 1, "sketch": {FAST: fast, SLOW: slow}}
    place = {"interval": "booth_service", **GATE, "gate_id": gate, "lane_id": "l", "channel": ""}
    return {"window_start": moment, **place, **counts}


def made(moment: datetime, billions: float, plant: str = "dap-2-tang-loong", **rest: str) -> dict[str, Any]:
    """Give what a plant made in an hour."""
    line = {"zone_id": "tang-loong", "plant_id": plant, "line_id": "l", "product": "x"}
    value = {"value_vnd": int(billions * BILLION_VND), "quantity_micro": 1, "reports": 12}
    return {"window_start": moment, **line, "price_basis": "unstated", "unit": "TNE", **value, **rest}


def say(client: Client, time: datetime, state: str, reason: str, number: int) -> None:
    """Add what a gate said of itself."""
    said = {"gate_id": "kim-thanh", "id": uuid(number), "time": time, "state": state, "reason": reason}
    unsaid = dict.fromkeys(("lanes_open", "lanes_max", "yard_present", "yard_capacity"))
    hours = {"counterpart_state": "", "opens_at": "", "closes_at": "", "removed": False}
    put(client, "gate_states", {**said, **unsaid, **hours})


def declared(number: int, system: str, at: datetime, value: int) -> dict[str, Any]:
    """Give a declaration as one of the two systems registered it."""
    name = {"declaration_no": f"{100_000_000_000 + number}", "system": system, "id": uuid(number), "time": at}
    state = {"version_no": 1, "status": "registered", "regime": "export", "gate_id": "kim-thanh"}
    measures = {"value_usd_minor": value, "net_mass_kg": 1, "lines": 1, "duty_minor": 0, "removed": False}
    return {**name, **state, **measures}


def put_letter(client: Client, offset: int, at: datetime, status: str, reason: str = "invalid") -> None:
    """Add a dead letter."""
    place = {"topic": "gate.crossing", "partition": 0, "offset": offset, "position": offset}
    row = {**place, "reason": reason, "detail": "", "failed_at": at, "status": status, "payload": ""}
    client.insert("dead_letters", [[*row.values(), 1]], column_names=[*row, "revision"])


def uuid(number: int) -> str:
    """Give a readable id."""
    return str(UUID(int=number))


def fill(client: Client) -> None:
    """Put in the mornings of 4 and 5 January: within the shift, before it, and after half past ten."""
    put(
        client,
        "trade_minute",
        trade(hanoi(5, 5, 59), 7),
        trade(hanoi(5, 6), 3),
        trade(hanoi(5, 8), 1, regime="import"),
        trade(hanoi(5, 9), 0.5, gate_id="ho-kieu"),
        trade(hanoi(5, 10, 31), 9),
        trade(hanoi(4, 7), 2),
        trade(hanoi(4, 10, 31), 4),
    )
    put(
        client,
        "crossings_minute",
        crossed(hanoi(5, 7), 30),
        crossed(hanoi(5, 7), 12, direction="inbound"),
        crossed(hanoi(5, 8), 6, direction="inbound", loaded=False),
        crossed(hanoi(4, 7), 20),
    )
    put(
        client,
        "latency_minute",
        served(hanoi(5, 7), "kim-thanh", 15, 5),
        served(hanoi(5, 8), "ho-kieu", 5, 0),
        served(hanoi(4, 7), "kim-thanh", 10, 0),
    )
    put(
        client,
        "output_hour",
        made(hanoi(5, 9), 1, "dcp-tang-loong"),
        made(hanoi(5, 9), 3, "hydropower-province", zone_id="outside-zones"),
        made(hanoi(5, 10), 5),
        made(hanoi(4, 7), 4),
        made(hanoi(4, 10), 8),
    )
    say(client, hanoi(5, 7), "open", "", 1)
    say(client, hanoi(5, 8), "closed", "mưa\x1b lũ", 2)
    plant = "dap-2-tang-loong"
    hours = [
        plants.report(1, plant, hanoi(5, 7), value=2 * BILLION_VND),
        plants.stop(2, plant, hanoi(5, 8)),
        plants.report(3, plant, hanoi(5, 9), value=0),
    ]
    plants.fold(client, hours)
    for offset, at, status in (
        (1, hanoi(5, 9), "dead"),
        (2, hanoi(5, 9), "redriven"),
        (3, hanoi(4, 9), "dead"),
    ):
        put_letter(client, offset, at, status)
    finding = {"kind": "conflict", "entity": "V1", "qualifier": "", "type": "x", "subject": "V1", "ids": []}
    put(client, "findings", {**finding, "at": hanoi(5, 9), "detail": "", "removed": False})
    target = {
        "indicator": "trade_value", "scope": "lao-cai", "year": 2026, "id": uuid(3),
        "time": hanoi(1), "value_minor": 5000 * MILLION_USD, "currency": "USD", "qualifier": "eq",
        "effective_from": date(2026, 1, 1), "source": "owner", "removed": False,
    }  # fmt: skip
    put(client, "targets", target)
    put(
        client,
        "declarations",
        declared(1, "digital_gate", hanoi(5, 9), 100),
        declared(1, "vnaccs_vcis", hanoi(5, 9, 30), 100),
        declared(2, "digital_gate", hanoi(5, 9), 100),
        declared(3, "digital_gate", hanoi(5, 9), 300),
        declared(3, "vnaccs_vcis", hanoi(5, 9), 500),
        declared(4, "digital_gate", hanoi(5, 10, 31), 100),
    )
    paid = {**GATE, "fee_vnd": BILLION_VND, "payments": 1}
    put(client, "revenue_day", {"day": date(2026, 1, 5), "duty_vnd": 3 * BILLION_VND, **paid})
    put(client, "revenue_day", {"day": date(2026, 1, 4), "duty_vnd": BILLION_VND, **paid})
    put(client, "trade_day", on(date(2026, 1, 5), 100), on(date(2026, 1, 4), 6))
    late = {"kpi": "trade_value", "place": "kim-thanh", "cause": "late", "difference": MILLION_USD}
    put(client, "restatement_day", {"day": date(2026, 1, 4), **late, "events": 2, "sketch": {}})
