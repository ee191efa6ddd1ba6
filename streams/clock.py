"""The only place that reads the clock; everything else takes time as an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

HANOI: Final = ZoneInfo("Asia/Ho_Chi_Minh")


_courses: Final[list[Callable[[datetime], datetime]]] = []


def now() -> datetime:
    """Give the present moment in UTC, or that of the course which this process follows."""
    moment = datetime.now(UTC)
    return _courses[-1](moment) if _courses else moment


def follow(course: Callable[[datetime], datetime]) -> None:
    """Let this process live in another time from now on: a course gives it for a real moment."""
    _courses.append(course)


def now_ms() -> int:
    """Give the present moment in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Give seconds of a clock that never runs backwards, for measuring durations."""
    return time.monotonic()
