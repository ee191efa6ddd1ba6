"""Files that may be compressed, as their names say: `.zst`, `.gz`, or plain."""

import gzip
import io
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

import zstandard

COMPRESSED: Final = (".gz", ".zst")


def open_file(path: Path, mode: Literal["rb", "wb"] = "rb") -> BinaryIO:
    """Open a file; what is read or written are its bytes before compression."""
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, mode))
    if path.suffix == ".zst":
        raw = zstandard.open(path, mode)
        return cast("BinaryIO", io.BufferedReader(raw) if mode == "rb" else raw)
    return path.open(mode)
