"""Time ranges as boards write them (`now/y`, `now-24h`), and the interval that a range gives a panel."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

_STEP: Final = re.compile(r"([+-]\d*|/)([smhdwMQy])")
_DURATION: Final = re.compile(r"(\d+)(ms|[smhdwy])")
_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_MONTHS: Final = {"M": 1, "Q": 3, "y": 12}
_CLOCK_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "s": ("microsecond",),
    "m": ("second", "microsecond"),
    "h": ("minute", "second", "microsecond"),
}
# The steps that Grafana rounds an interval to, in milliseconds.
_INTERVALS: Final = (
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 900_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
    86_400_000, 604_800_000, 2_592_000_000, 31_536_000_000,
)  # fmt: skip


@dataclass(frozen=True)
class TimeRange:
    """A span of time, both ends aware."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """Give its length."""
        return (self.end - self.start).total_seconds()


def parse_duration(text: str) -> float:
    """Read a length such as `10s`, `1m30s` or `24h`, in seconds.

    Raises:
        ValueError: the text is not a length.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a length of time such as 10s or 24h")
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts))


def parse_moment(text: str, now: datetime, zone: tzinfo, *, round_up: bool = False) -> datetime:
    """Read `now`, `now-24h`, `now/y` or an ISO time; rounding goes up to the unit's end where asked.

    Raises:
        ValueError: the text is not a moment.
    """
    if not text.startswith("now"):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    steps = _STEP.findall(text[3:])
    if "".join(sign + unit for sign, unit in steps) != text[3:]:
        raise ValueError(f"{text!r} is not a moment such as now-24h or now/y")
    moment = now.astimezone(zone)
    for sign, unit in steps:
        moment = _rounded(moment, unit, up=round_up) if sign == "/" else _moved(moment, _count(sign), unit)
    return moment


def interval_ms(span: TimeRange, max_points: int, minimum: str | None) -> int:
    """Give a panel's interval: its range over its points, rounded as Grafana does, at least the minimum."""
    least = round(parse_duration(minimum.removeprefix(">")) * 1000) if minimum else 1
    wanted = span.seconds * 1000 / max(max_points, 1)
    index = min(bisect_left(_INTERVALS, wanted), len(_INTERVALS) - 1)
    if index and wanted < (_INTERVALS[index - 1] + _INTERVALS[index]) / 2:
        index -= 1
    return max(_INTERVALS[index], least)


def _count(sign: str) -> int:
    return int(sign) if len(sign) > 1 else int(sign + "1")


def _moved(moment: datetime, count: int, unit: str) -> datetime:
    if unit not in _MONTHS:
        return moment + timedelta(seconds=count * _SECONDS[unit])
    months = moment.year * 12 + moment.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    # The last day of a longer month stays inside a shorter one.
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)


def _rounded(moment: datetime, unit: str, *, up: bool) -> datetime:
    start = _start(moment, unit)
    return _moved(start, 1, unit) - timedelta(milliseconds=1) if up else start


def _start(moment: datetime, unit: str) -> datetime:
    if unit in _CLOCK_PARTS:
        zeros: dict[str, Any] = dict.fromkeys(_CLOCK_PARTS[unit], 0)
        return moment.replace(**zeros)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "w": midnight - timedelta(days=midnight.weekday()),
        "M": midnight.replace(day=1),
        "Q": midnight.replace(month=(midnight.month - 1) // 3 * 3 + 1, day=1),
        "y": midnight.replace(month=1, day=1),
    }
    return starts.get(unit, midnight)
