"""The parts' log files: bounded in size, and their last words shown when a part ends."""

import json
import os
import shutil
from pathlib import Path
from typing import Final

_LARGEST: Final = 16 << 20
_TAIL: Final = 64 << 10
_LONGEST_WORDS: Final = 300
_SEVERE: Final = ("error", "critical")


def trim(log: Path) -> None:
    """Move what a large log holds to `NAME.1`; its writer, which appends, goes on in the emptied file."""
    if log.is_file() and log.stat().st_size > _LARGEST:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def last_words(log: Path) -> str:
    """Give why a part ended, as its log says: the last error, or the last line that is no log event."""
    with log.open("rb") as content:
        content.seek(max(0, log.stat().st_size - _TAIL))
        lines = content.read().decode(errors="replace").splitlines()
    words = (_words(line) for line in reversed(lines))
    return next((said[:_LONGEST_WORDS] for said in words if said), "it said nothing")


def _words(line: str) -> str:
    try:
        event = json.loads(line)
    except ValueError:
        return line.strip()
    if not isinstance(event, dict) or event.get("level") not in _SEVERE:
        return ""
    reason = str(event.get("exception") or event.get("words", "")).strip().rpartition("\n")[2]
    return f"{event.get('event', '')} {reason}".strip()
