"""Valid events of every type: what hostile input is made from."""

from typing import Any, Final

from tests.events import at, correction, crossing, envelope, goods, output, stage

Event = dict[str, Any]
_TARGET: Final = {
    "indicator": "trade_value",
    "scope": "lao-cai",
    "year": 2026,
    "value_minor": 500_000_000_000,
    "currency": "USD",
    "qualifier": "eq",
    "effective_from": "2026-01-01",
    "source": "owner",
}
_DECLARATION: Final = {
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
}
_STATE: Final = {
    "gate_id": "kim-thanh",
    "state": "open",
    "counterpart_state": None,
    "reason": "mưa to: đường ngập",
    "lanes_open": 3,
    "lanes_max": 8,
    "opens_at": "07:00",
    "closes_at": "24:00",
}


def valid_events(number: int) -> list[Event]:
    """Give one valid event of every type and shape, with ids of their own for every number."""
    visit, first = f"H-{number}", number * 16
    arrived = crossing(first, visit, "arrived", 1000)
    return [
        arrived,
        {**arrived, "data": {**arrived["data"], "container_no": "CSQU3054383"}, "correlationid": "c"},
        crossing(first + 1, visit, "booth_end", 61_000, lane_id="kim-thanh-out-1"),
        crossing(first + 2, visit, "crossed", 90_000, goods=[goods(700), goods(300, "310530", "import")]),
        crossing(first + 3, visit, "crossed", 95_000, **correction("amend", first + 2, 90_000)),
        stage(first + 4, visit, "lodged", 5000, "red"),
        stage(first + 5, visit, "released", 80_000, "green", simulated=True),
        output(first + 6, number % 200),
        envelope("gate.state", first + 7, "kim-thanh", 7000, dict(_STATE)),
        envelope("target", first + 8, "trade_value/lao-cai/2026", 0, dict(_TARGET)),
        envelope("declaration", first + 9, "100000000001", 0, dict(_DECLARATION)),
        {**crossing(first + 10, f"G-{number}", "arrived", 0), "time": at(0).replace(".000Z", "+00:00")},
    ]
