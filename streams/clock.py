"""The only place that reads the clock; everything else takes time as an argument."""

import time
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

HANOI: Final = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """Give the present moment in UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Give the present moment in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Give seconds of a clock that never runs backwards, for measuring durations."""
    return time.monotonic()
