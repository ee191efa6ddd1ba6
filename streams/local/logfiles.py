"""The parts' log files: bounded in size, and their last words shown when a part ends."""

import os
import shutil
from pathlib import Path
from typing import Final

_LARGEST: Final = 16 << 20
_TAIL: Final = 4096
_LONGEST_LINE: Final = 300


def trim(log: Path) -> None:
    """Move what a large log holds to `NAME.1`; its writer, which appends, goes on in the emptied file."""
    if log.is_file() and log.stat().st_size > _LARGEST:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def last_line(log: Path) -> str:
    """Give the last line of a log that says something."""
    with log.open("rb") as content:
        content.seek(max(0, log.stat().st_size - _TAIL))
        lines = content.read().decode(errors="replace").splitlines()
    return next((line.strip()[:_LONGEST_LINE] for line in reversed(lines) if line.strip()), "")
