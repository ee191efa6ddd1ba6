"""Each limit of the contract: the last value within it is taken, the first one beyond it is invalid."""

import copy
import json
from typing import Any

import pytest

from streams.core.decode import Accepted, DeadLetter, decode
from streams.events import MAX_MESSAGE_BYTES
from streams.registry import load_registry
from tests.events import correction, crossing, goods, output, record_of, stage
from tests.hostile.samples import valid_events

REGISTRY = load_registry()
CROSSED = crossing(1, "V-1", "crossed", 0)
STAGE = stage(1, "V-1", "duty_paid", 0)
REPORT = output(1, 0)
AMENDED = crossing(2, "V-1", "arrived", 0, **correction("amend", 1, 0))
STATE, TARGET, DECLARATION = valid_events(1)[8:11]
# event, path of the field, values within, values beyond
LIMITS = [
    (CROSSED, "data.visit_id", ["V", "V" * 40], ["", "V" * 41]),
    (CROSSED, "data.gross_mass_kg", [None, 0, 120_000], [-1, 120_001]),
    (CROSSED, "data.vehicle_hash", [None, "0" * 32], ["0" * 31, "0" * 33]),
    (CROSSED, "data.container_no", [None, "CSQU3054383"], ["CSQU305438", "CSQU30543830"]),
    (CROSSED, "data.goods", [[goods()], [goods()] * 50], [None, [], [goods()] * 51]),
    (CROSSED, "data.goods.0.declaration_no", ["0" * 12], ["0" * 11, "0" * 13]),
    (CROSSED, "data.goods.0.line_no", [1, 999], [0, 1000]),
    (CROSSED, "data.goods.0.hs_code", ["0" * 6, "0" * 8], ["0" * 5, "0" * 9]),
    (CROSSED, "data.goods.0.net_mass_kg", [0, 10_000_000], [-1, 10_000_001]),
    (CROSSED, "data.goods.0.value_minor", [1, 10**15], [0, 10**15 + 1]),
    (CROSSED, "data.goods.0.value_usd_minor", [1, 10**12], [0, 10**12 + 1]),
    (CROSSED, "data.goods.0.fx_rate", ["0", "9" * 12 + "." + "9" * 12], ["", "9" * 13, "1." + "9" * 13]),
    (CROSSED, "data.goods.0.fx_date", ["2000-01-01", "2100-01-01"], ["1999-12-31", "2100-01-02"]),
    (CROSSED, "time", ["2000-01-01T00:00:00Z"], ["1999-12-31T23:59:59.999Z", "2100-01-01T00:00:00Z"]),
    (CROSSED, "source", ["/vn/laocai/" + "a" * 64 + "/" + "b" * 64], ["/vn/laocai/" + "a" * 65 + "/b"]),
    (CROSSED, "correlationid", [None, "", "é" * 200], ["é" * 201]),
    (CROSSED, "replayid", [None, "", "é" * 200], ["é" * 201]),
    (AMENDED, "correctionno", [1, 1_000_000], [0, 1_000_001, -(2**63)]),
    (STAGE, "data.duty_minor", [None, 0, 10**15], [-1, 10**15 + 1, 2**63, 2**64]),
    (STAGE, "data.fee_minor", [None, 0, 10**15], [-1, 10**15 + 1]),
    (REPORT, "data.quantity", ["0", "9" * 9 + "." + "9" * 6], ["-1", "9" * 10, "1." + "9" * 7, "1e3"]),
    (REPORT, "data.value_minor", [0, 10**15], [-1, 10**15 + 1]),
    (STATE, "data.reason", [None, "", "đ" * 200], ["đ" * 201]),
    (STATE, "data.lanes_open", [None, 0, 50], [-1, 51]),
    (STATE, "data.yard_capacity", [None, 0, 100_000], [-1, 100_001]),
    (STATE, "data.opens_at", [None, "00:00", "24:00"], ["24:01", "7:00"]),
    (TARGET, "data.value_minor", [1, 10**18], [0, 10**18 + 1]),
    (TARGET, "data.source", ["", "é" * 200], ["é" * 201]),
    (DECLARATION, "data.version_no", [1, 999], [0, 1000]),
    (DECLARATION, "data.value_usd_minor", [0, 10**12], [-1, 10**12 + 1]),
    (DECLARATION, "data.net_mass_kg", [0, 100_000_000], [-1, 100_000_001]),
    (DECLARATION, "data.lines", [0, 999], [-1, 1000]),
]  # fmt: skip


def _with(event: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Give an event with another value at a path; a visit's name is its subject, too."""
    changed = copy.deepcopy(event)
    node: Any = changed
    *parents, last = path.split(".")
    for name in parents:
        node = node[int(name) if name.isdecimal() else name]
    node[last] = value
    return {**changed, "subject": value} if last == "visit_id" else changed


@pytest.mark.parametrize(("event", "path", "within", "beyond"), LIMITS, ids=[limit[1] for limit in LIMITS])
def test_a_limit_lies_where_the_contract_says(
    event: dict[str, Any], path: str, within: list[Any], beyond: list[Any]
) -> None:
    """What is within is taken, what is beyond is dead as `invalid`."""
    for value in within:
        assert isinstance(decode(record_of(_with(event, path, value)), REGISTRY), Accepted), value
    for value in beyond:
        letter = decode(record_of(_with(event, path, value)), REGISTRY)
        assert isinstance(letter, DeadLetter), value
        assert letter.reason == "invalid"


def test_the_largest_message_is_taken_and_one_byte_more_is_not() -> None:
    """256 KiB, to the byte."""
    text = json.dumps({**CROSSED, "pad": ""}).encode()
    padding = b"x" * (MAX_MESSAGE_BYTES - len(text))
    fits, key = text[:-2] + padding + text[-2:], b"V-1"

    assert isinstance(decode(record_of(fits, key=key), REGISTRY), Accepted)
    letter = decode(record_of(fits.replace(b"pad", b"padd"), key=key), REGISTRY)
    assert isinstance(letter, DeadLetter)
    assert letter.reason == "too_large"
