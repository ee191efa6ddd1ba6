"""A captured line gives back the record, whatever is in it."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.record import PartitionId, Record
from streams.errors import UsageError
from streams.replay.capture import line_of, read_capture, record_of, write_capture
from streams.topics import DEFAULT_PARTITIONS
from tests.events import crossing
from tests.events import record_of as sent

VALUES = (
    st.none() | st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore"))
)
RECORDS = st.builds(
    Record,
    st.builds(PartitionId, st.sampled_from(list(DEFAULT_PARTITIONS)), st.integers(0, 65_535)),
    offset := st.integers(0, 2**63 - 1),
    offset,
    st.integers(0, 2**53),
    VALUES,
    VALUES,
    st.lists(st.tuples(st.text(max_size=9), VALUES), max_size=3).map(tuple),
    st.none() | st.integers(0, 1),
)


@given(RECORDS)
def test_a_line_gives_back_the_record(record: Record) -> None:
    """Bytes that are no text, names that repeat, what is missing: all of it."""
    line = line_of(record)

    assert record._replace(position=record.offset) == record_of(line, DEFAULT_PARTITIONS)
    assert line.count(b"\n") == 1


def test_a_line_that_is_an_event_goes_where_it_belongs() -> None:
    """It came when it happened."""
    one = sent(crossing(1, "V-1", "crossed", 5000))
    read = record_of((one.value or b"") + b"\n", DEFAULT_PARTITIONS)

    assert (one.partition, one.key, one.value) == (read.partition, read.key, read.value)
    assert read.received_ms < one.received_ms


@pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz", "all.ndjson.zst"])
def test_a_file_appears_once_it_is_whole(tmp_path: Path, name: str) -> None:
    """What breaks off leaves nothing, and a limit is kept."""
    records = [sent(crossing(n, f"V-{n}", "crossed", 5000), offset=n) for n in range(9)]

    async def pages(*, breaks: bool) -> AsyncGenerator[list[Record], None]:
        yield records[:5]
        if breaks:
            raise RuntimeError
        yield records[5:]

    path = tmp_path / name
    with pytest.raises(RuntimeError):
        asyncio.run(write_capture(path, pages(breaks=True), 100, lambda _: None))
    assert list(tmp_path.iterdir()) == []
    assert 7 == asyncio.run(write_capture(path, pages(breaks=False), 7, lambda _: None))
    read = list(read_capture(path, DEFAULT_PARTITIONS))
    assert [record.value for record in records[:7]] == [record.value for record in read]


@pytest.mark.parametrize(
    "line", [b"not json", b"[]", b"{}", b'{"topic": "other", "partition": 0}', b'{"specversion": "1.0"}']
)
def test_a_line_that_is_nothing_of_ours_is_named(tmp_path: Path, line: bytes) -> None:
    """The file and the number of the line."""
    path = tmp_path / "all.ndjson"
    path.write_bytes(line_of(sent(crossing(1, "V-1", "crossed", 0))) + line)

    with pytest.raises(UsageError, match=r"all\.ndjson:2 is neither"):
        list(read_capture(path, DEFAULT_PARTITIONS))
