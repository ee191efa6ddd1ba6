"""A capture: records as NDJSON, one a line with its origin, so that reading it gives them back to the byte.

What is no UTF-8 is written as `{"base64": ...}`. A line that is a CloudEvent itself is read, too: it goes
where its type and its subject belong, and came when it happened.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import zstandard

from streams.compressed import open_file
from streams.core.record import PartitionId, Record
from streams.errors import UsageError
from streams.events import epoch_ms
from streams.topics import EVENT_TOPICS, TOPIC_OF_TYPE, partition_of

_UNFINISHED: Final = ".part"


async def write_capture(
    path: Path, pages: AsyncGenerator[list[Record], None], limit: int, show: Callable[[int], None]
) -> int:
    """Write at most `limit` records and give how many they were; the file appears once it is whole.

    Raises:
        UsageError: it cannot be written.
    """
    unfinished = path.with_name(f"{path.stem}{_UNFINISHED}{path.suffix}")
    count = 0
    try:
        with open_file(unfinished, "wb") as file:
            async with aclosing(pages) as reading:
                async for page in reading:
                    lines = [line_of(record) for record in page[: limit - count]]
                    file.write(b"".join(lines))
                    count += len(lines)
                    show(len(lines))
                    if count == limit:
                        break
        unfinished.rename(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def read_capture(path: Path, partitions: Mapping[str, int]) -> Iterator[Record]:
    """Read records in the order of the file; positions count up from 0 in each partition.

    Raises:
        UsageError: the file cannot be read, or a line is neither a record nor an event; the text says which.
    """
    ends: dict[PartitionId, int] = {}
    number = 0
    try:
        with open_file(path) as file:
            for line in file:
                number += 1
                if line.strip():
                    record = record_of(line, partitions)
                    position = ends.get(record.partition, 0)
                    ends[record.partition] = position + 1
                    yield record._replace(position=position)
    except (OSError, EOFError, zstandard.ZstdError) as error:
        raise UsageError(f"{path} cannot be read after line {number}: {error}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}:{number} is neither a captured record nor an event: {error!r}") from None


def line_of(record: Record) -> bytes:
    """Write a record as a line."""
    fields = {
        "topic": record.partition.topic,
        "partition": record.partition.partition,
        "offset": record.offset,
        "timestamp": record.received_ms,
        "timestamp_type": record.timestamp_type,
        "key": _written(record.key),
        "headers": [[name, _written(value)] for name, value in record.headers],
        "value": _written(record.value),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def record_of(line: bytes, partitions: Mapping[str, int]) -> Record:
    """Read a line; the position is that of its offset.

    Raises:
        ValueError: it is no JSON, or names no topic of events.
        KeyError: it lacks a field.
        TypeError: a field is something else.
    """
    fields = json.loads(line)
    if "specversion" in fields:
        return _record_of_event(fields, line.rstrip(b"\r\n"), partitions)
    if fields["topic"] not in EVENT_TOPICS:
        raise ValueError(f"there is no topic {fields['topic']!r}")
    offset = int(fields["offset"])
    return Record(
        PartitionId(fields["topic"], int(fields["partition"])),
        offset,
        offset,
        int(fields["timestamp"]),
        _read(fields["key"]),
        _read(fields["value"]),
        tuple((name, _read(value)) for name, value in fields["headers"]),
        fields["timestamp_type"],
    )


def _record_of_event(event: Mapping[str, Any], line: bytes, partitions: Mapping[str, int]) -> Record:
    topic, key = TOPIC_OF_TYPE[event["type"]], event["subject"].encode()
    partition = PartitionId(topic, partition_of(key, partitions[topic]))
    return Record(partition, 0, 0, epoch_ms(datetime.fromisoformat(event["time"])), key, line)


def _written(value: bytes | None) -> object:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def _read(value: Any) -> bytes | None:  # noqa: ANN401 - any JSON
    if value is None:
        return None
    return b64decode(value["base64"], validate=True) if isinstance(value, dict) else value.encode()
