"""Lines of files as they come: NDJSON or CSV, plain or compressed, with their numbers."""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import zstandard

from producers.csv_events import CsvError, CsvEvents
from streams.compressed import COMPRESSED, open_file
from streams.errors import UsageError
from streams.topics import TOPIC_MAX_MESSAGE_BYTES

STDIN: Final = "-"
NDJSON: Final = "ndjson"
CSV: Final = "csv"
_FORMATS: Final = {".ndjson": NDJSON, ".jsonl": NDJSON, ".csv": CSV}
_BOM: Final = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One event of a file: the line it starts on, and its JSON bytes or why there are none."""

    number: int
    value: bytes
    problem: str = ""


def check_path(path: Path, fmt: str) -> str:
    """Give the format of a file that exists.

    Raises:
        UsageError: it does not exist, or its name says no format that we read.
    """
    if str(path) != STDIN and not path.is_file():
        raise UsageError(f"{path} does not exist, or is no file")
    if fmt:
        return fmt
    if str(path) == STDIN:
        return NDJSON
    compressed = path.suffix in COMPRESSED
    suffix = Path(path.stem).suffix if compressed else path.suffix
    found = NDJSON if compressed and not suffix else _FORMATS.get(suffix)
    if found is None:
        raise UsageError(
            f"{path}: give --format ndjson or --format csv, or a name that ends with .ndjson or .csv"
        )
    return found


def read_lines(path: Path, fmt: str) -> Iterator[Line]:
    """Read a file's events; a file that breaks off in the middle ends with a problem."""
    number = 0
    try:
        with _open(path) as file:
            for line in _csv_lines(file) if fmt == CSV else _ndjson_lines(file):
                number = line.number
                yield line
    except (OSError, EOFError, zstandard.ZstdError, csv.Error) as error:
        yield Line(number + 1, b"", f"the file cannot be read further: {error}")


def _open(path: Path) -> BinaryIO:
    return sys.stdin.buffer if str(path) == STDIN else open_file(path)


def _ndjson_lines(file: BinaryIO) -> Iterator[Line]:
    number = 0
    while piece := file.readline(TOPIC_MAX_MESSAGE_BYTES):
        number += 1
        too_long = len(piece) == TOPIC_MAX_MESSAGE_BYTES and not piece.endswith(b"\n")
        while too_long and piece and not piece.endswith(b"\n"):
            piece = file.readline(TOPIC_MAX_MESSAGE_BYTES)
        if too_long:
            yield Line(number, b"", f"longer than {TOPIC_MAX_MESSAGE_BYTES} bytes")
            continue
        value = (piece.removeprefix(_BOM) if number == 1 else piece).rstrip(b"\r\n")
        if value.strip():
            yield Line(number, value)


def _csv_lines(file: BinaryIO) -> Iterator[Line]:
    # Stray bytes pass here and are reported with their line.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(TOPIC_MAX_MESSAGE_BYTES)
    rows = csv.reader(text)
    events: CsvEvents | None = None
    last = 0
    for cells in rows:
        number, last = last + 1, rows.line_num
        if not any(cells):
            continue
        try:
            if events is None:
                events = CsvEvents(cells)
            else:
                yield Line(number, events.event(cells))
        except CsvError as error:
            yield Line(number, b"", str(error))
            if events is None:
                return
