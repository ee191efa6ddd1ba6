"""Files of events: what is read, what is refused and why, and that the good lines go on."""

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
import zstandard

from producers.files import Bad, Sent, raw_message, send_lines
from producers.lines import CSV, NDJSON, check_path, read_lines
from producers.publisher import Message
from producers.simulate.calendar import HOUR_MS, day_start_ms
from producers.simulate.world import World
from streams.commands.produce_file import contract_check
from streams.errors import UsageError
from streams.registry import load_registry
from streams.topics import TOPIC_MAX_MESSAGE_BYTES
from tests.producers.doubles import MemorySender

REGISTRY = load_registry()
NOON = day_start_ms(date(2026, 5, 4)) + 12 * HOUR_MS
EVENTS = [event.value for event in World(REGISTRY, 5).events(NOON, NOON + HOUR_MS // 2)]
CHECK = contract_check(REGISTRY)


async def _send(
    path: Path, fmt: str = NDJSON, check: Callable[[bytes], Message | str] = CHECK
) -> tuple[Sent, MemorySender, list[Bad]]:
    sender, bad = MemorySender(), []
    sent = await send_lines(
        read_lines(path, fmt), check, sender, lambda step: bad.append(step) if isinstance(step, Bad) else None
    )
    return sent, sender, bad


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\n".join(EVENTS) + b"\n", id="plain"),
        pytest.param(b"\n".join(EVENTS), id="no newline at the end"),
        pytest.param(b"\xef\xbb\xbf" + b"\r\n".join(EVENTS), id="BOM and CRLF"),
        pytest.param(b"\n\n" + b"\n \n".join(EVENTS) + b"\n\n", id="blank lines"),
    ],
)
async def test_good_lines_are_sent_as_they_are(tmp_path: Path, content: bytes) -> None:
    """Each event arrives with its own bytes, in order, under its subject."""
    sent, sender, bad = await _send(_file(tmp_path / "a.ndjson", content))

    assert EVENTS == sender.values
    assert (Sent(len(EVENTS), 0), []) == (sent, bad)
    assert all(m.key == json.loads(m.value)["subject"].encode() for m in sender.sent)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
async def test_compressed_files_are_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """.gz and .zst hold the same events."""
    suffix = ".gz" if pack is gzip.compress else ".zst"

    _, sender, _ = await _send(_file(tmp_path / f"a.ndjson{suffix}", pack(b"\n".join(EVENTS))))

    assert EVENTS == sender.values


async def test_a_file_that_breaks_off_is_reported(tmp_path: Path) -> None:
    """What could be read is sent, and the break is a bad line."""
    whole = gzip.compress(b"\n".join(EVENTS * 20))

    sent, sender, bad = await _send(_file(tmp_path / "a.ndjson.gz", whole[: len(whole) // 2]))

    assert sender.values
    assert 1 <= sent.bad
    assert "cannot be read further" in bad[-1].reason


async def test_bad_lines_are_named_and_the_good_ones_go_on(tmp_path: Path) -> None:
    """Number and reason of each, as the worker would give them."""
    output = next(json.loads(value) for value in EVENTS if b"factory.output" in value)
    lines = [
        EVENTS[0],
        b"{nonsense",
        json.dumps(output | {"time": "2200-01-01T00:00:00.000Z"}).encode(),
        json.dumps(
            output | {"data": output["data"] | {"plant_id": "nowhere"}, "subject": "nowhere"}
        ).encode(),
        json.dumps(output | {"data": output["data"] | {"quantity": -1}}).encode(),
        json.dumps(output | {"type": "something.else"}).encode(),
        b"\xff\xfe",
        b" " * 10 + b"x" * 300_000,
        EVENTS[1],
    ]

    sent, sender, bad = await _send(_file(tmp_path / "a.ndjson", b"\n".join(lines)))

    assert [EVENTS[0], EVENTS[1]] == sender.values
    assert Sent(2, 7) == sent
    reasons = {item.number: item.reason.partition(":")[0] for item in bad}
    assert {
        2: "not_json",
        3: "invalid",
        4: "unknown_entity",
        5: "invalid",
        6: "unknown_type",
        7: "not_json",
        8: "too_large",
    } == reasons


async def test_a_line_too_long_for_kafka_is_skipped_whole(tmp_path: Path) -> None:
    """The line after it is the next one."""
    content = b"x" * (2 * TOPIC_MAX_MESSAGE_BYTES + 5) + b"\n" + EVENTS[0]

    _, sender, bad = await _send(_file(tmp_path / "a.ndjson", content))

    assert [EVENTS[0]] == sender.values
    assert [1] == [item.number for item in bad]


def test_raw_lines_are_not_judged() -> None:
    """Any bytes go to the topic of their type, else to the one given, else nowhere."""
    crossing = b'{"type":"vn.laocai.kpi.gate.crossing.v1","subject":"v","data":0}'

    assert Message("gate.crossing", b"v", crossing) == raw_message(crossing, "target")
    assert Message("target", None, b"{nonsense") == raw_message(b"{nonsense", "target")
    assert "--topic" in str(raw_message(b"{nonsense", ""))


@pytest.mark.parametrize(
    ("name", "fmt", "expected"),
    [
        ("a.ndjson", "", NDJSON),
        ("a.jsonl.gz", "", NDJSON),
        ("b.csv.zst", "", CSV),
        ("noname", CSV, CSV),
        ("events.zst", "", NDJSON),
        ("events.gz", "", NDJSON),
        ("events.gz", CSV, CSV),
    ],
)
def test_the_name_tells_the_format(tmp_path: Path, name: str, fmt: str, expected: str) -> None:
    """The suffix before a compression's counts, unless a format is given; without one it is NDJSON."""
    assert expected == check_path(_file(tmp_path / name, b""), fmt)


def test_a_file_that_is_missing_or_says_no_format_is_refused(tmp_path: Path) -> None:
    """Both are usage errors before anything is sent."""
    with pytest.raises(UsageError, match="does not exist"):
        check_path(tmp_path / "missing.ndjson", "")
    for name in ("events.txt", "events.txt.gz", "events"):
        with pytest.raises(UsageError, match="--format"):
            check_path(_file(tmp_path / name, b""), "")


HEADER = (
    "id,source,type,subject,time,simulated,visit_id,gate_id,lane_id,point,direction,transport_mode,"
    "vehicle_country,vehicle_class,loaded,gross_mass_kg,goods"
)
ARRIVED = (
    "00000000-0000-0000-0000-000000000001,/vn/laocai/kim-thanh/booth-1,gate.crossing,v1,2026-05-04T05:00:00Z,TRUE,"
    "v1,kim-thanh,,arrived,outbound,road,VN,rigid,false,15000,"
)
LINE = {
    "declaration_no": "100000000001",
    "line_no": 1,
    "hs_code": "081060",
    "regime": "export",
    "net_mass_kg": 17500,
    "value_minor": 8000000,
    "currency": "USD",
    "value_usd_minor": 8000000,
    "fx_rate": "1",
    "fx_date": "2026-05-04",
}
GOODS = json.dumps([LINE]).replace('"', '""')
CROSSED = (
    "00000000-0000-0000-0000-000000000002,/vn/laocai/kim-thanh/booth-1,gate.crossing,v1,2026-05-04T05:10:00Z,,"
    f'v1,kim-thanh,kim-thanh-out-1,crossed,outbound,road,VN,rigid,true,32500,"{GOODS}"'
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_csv_rows_become_typed_events(tmp_path: Path, newline: str) -> None:
    """Numbers, booleans, lists and nulls are read from text; a short type is completed."""
    text = newline.join((HEADER, ARRIVED, "", CROSSED))

    sent, sender, bad = await _send(_file(tmp_path / "a.csv", b"\xef\xbb\xbf" + text.encode()), CSV)

    arrived, crossed = map(json.loads, sender.values)
    assert (Sent(2, 0), []) == (sent, bad)
    assert arrived["simulated"] is True
    assert arrived["data"]["gross_mass_kg"] == 15000
    assert "lane_id" not in arrived["data"]
    assert [LINE] == crossed["data"]["goods"]


async def test_bad_csv_rows_are_named_by_their_line(tmp_path: Path) -> None:
    """Cells missing, words for numbers, broken JSON, stray bytes: each has its line and reason."""
    rows = [
        HEADER,
        "too,few",
        ARRIVED.replace("15000", "many"),
        CROSSED.replace(GOODS, "[1"),
        ARRIVED.replace("rigid", "\udce9"),
        ARRIVED,
    ]

    sent, _, bad = await _send(
        _file(tmp_path / "a.csv", "\n".join(rows).encode(errors="surrogateescape")), CSV
    )

    assert Sent(1, 4) == sent
    assert [2, 3, 4, 5] == [item.number for item in bad]
    for item, words in zip(bad, ("2 cells", "gross_mass_kg", "no JSON list", "not UTF-8"), strict=True):
        assert words in item.reason


@pytest.mark.parametrize(
    ("header", "words"),
    [("id,type,gate", "'gate' is no attribute"), ("id,subject", "no column type"), ("type,id,id", "twice")],
)
async def test_a_bad_csv_header_is_one_clear_line(tmp_path: Path, header: str, words: str) -> None:
    """Nothing below a header that cannot be read is guessed at."""
    _, sender, bad = await _send(_file(tmp_path / "a.csv", f"{header}\n1,2,3\n".encode()), CSV)

    assert [] == sender.values
    assert [1] == [item.number for item in bad]
    assert words in bad[0].reason


async def test_a_target_in_csv_has_a_source_of_its_own(tmp_path: Path) -> None:
    """`source` is the envelope's, `data.source` the body's."""
    names = "id,source,type,subject,time,indicator,scope,year,value_minor,currency,qualifier,effective_from"
    cells = f"{UUID(int=3)},/vn/laocai/lao-cai/office,target,trade_value/lao-cai/2026,2026-01-01T00:00:00Z"
    body = "trade_value,lao-cai,2026,500000000000,USD,eq,2026-01-01,decree 1"
    rows = (f"{names},data.source", f"{cells},{body}")

    sent, sender, bad = await _send(_file(tmp_path / "a.csv", "\n".join(rows).encode()), CSV)

    assert (Sent(1, 0), []) == (sent, bad)
    assert json.loads(sender.values[0])["data"]["source"] == "decree 1"
