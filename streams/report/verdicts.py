"""Goals and verdicts in words, by the rules of the boards and of the domain's default alerts; pure."""

from collections.abc import Callable, Mapping
from typing import Final

from streams.report.model import Value
from streams.report.units import MINUTES, USD, USD_YEAR, VEHICLES, VND, Unit, is_missing
from streams.wall.units import vietnamese

Row = Mapping[str, Value]

_ON_PACE: Final = 1.0
_NEARLY: Final = 0.95
_BOOTH_GOAL_MS: Final = 120_000
_SHARE_GOAL: Final = 80
_MATCH_GOAL: Final = 95
# What rests on fewer vehicles or declarations is told, but not judged.
_ENOUGH: Final = 20


def money(row: Row) -> Unit:
    """Give the unit of a row's money."""
    return USD_YEAR if row["currency"] == "USD" else VND


def restated(row: Row) -> Unit:
    """Give the unit of a figure that was published."""
    units = {"trade_value": USD, "industrial_output": VND, "vehicles": VEHICLES}
    return units.get(str(row["subject"]), MINUTES)


def target(row: Row) -> str:
    """Say what the year should bring."""
    more = "trên " if row["qualifier"] == "gte" else ""
    carried = " (mục tiêu năm trước)" if row["carried"] else ""
    return f"{more}{money(row).text(row['target_minor'])}{carried}"


def pace(row: Row) -> str:
    """Judge the pace as the boards do."""
    ratio = number(row, "pace")
    if ratio is None:
        return ""
    words = "▲ vượt" if ratio >= _ON_PACE else "▼ hơi chậm" if ratio >= _NEARLY else "▼ chậm"
    return f"{words} {vietnamese(abs(ratio - 1) * 100, 1)} %"


def projection(row: Row) -> str:
    """Say whether the year would reach its target, and between what it may end."""
    end, wanted = number(row, "projection"), number(row, "target_minor")
    if end is None or wanted is None:
        return ""
    words = "▲ đạt" if end >= wanted else "▼ không đạt"
    low, high = row["projection_low"], row["projection_high"]
    return words if is_missing(low) else f"{words}; từ {money(row).text(low)} đến {money(row).text(high)}"


def booth_goal(row: Row) -> str:
    """Give the goal of booth service; no other interval has one."""
    return "dưới 2 phút" if row["interval"] == "booth_service" else ""


def booth_p90(row: Row) -> str:
    """Judge the ninth in ten vehicles against two minutes."""
    return _judged(row, "p90_ms", lambda value: value <= _BOOTH_GOAL_MS)


def share_goal(_: Row) -> str:
    """Give the share of vehicles that should be served within the goal."""
    return f"từ {_SHARE_GOAL} %"


def share(row: Row) -> str:
    """Judge the share of vehicles served within two minutes."""
    return _judged(row, "within_goal_percent", lambda value: value >= _SHARE_GOAL)


def match_goal(_: Row) -> str:
    """Give the share of declarations that both systems should agree on within an hour."""
    return f"từ {_MATCH_GOAL} %"


def match(row: Row) -> str:
    """Judge how many declarations both systems agree on within an hour."""
    value, sample = number(row, "match_60_percent"), number(row, "due")
    if value is None or sample is None:
        return ""
    if sample < _ENOUGH:
        return "mẫu nhỏ"
    return "▲ đạt" if value >= _MATCH_GOAL else "▼ không đạt"


def number(row: Row, column: str) -> float | None:
    """Give a column's number, if it has one."""
    value = row[column]
    return float(value) if isinstance(value, int | float) and not is_missing(value) else None


def _judged(row: Row, column: str, good: Callable[[float], bool]) -> str:
    value, sample = number(row, column), number(row, "vehicles")
    if value is None or sample is None or row["interval"] != "booth_service":
        return ""
    if sample < _ENOUGH:
        return "mẫu nhỏ"
    return "▲ đạt" if good(value) else "▼ không đạt"
