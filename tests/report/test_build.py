"""The page as a whole: which sections stand on it, in which order, and what it says above them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from streams.clock import HANOI
from streams.registry import load_registry
from streams.report.build import Warnings, build
from streams.report.model import Report
from streams.report.part import Row
from streams.report.parts import PARTS
from streams.report.periods import Kind, span_of

REGISTRY = load_registry()
MORNING = datetime(2026, 1, 5, 10, 30, tzinfo=HANOI).astimezone(UTC)


NO_WARNINGS = Warnings()


def empty(kind: Kind, at: datetime = MORNING, warnings: Warnings = NO_WARNINGS, **answers: Any) -> Report:
    """Make the report of a period in which nothing happened, but for these answers."""
    span = span_of(kind, MORNING, at, REGISTRY.shifts)
    parts = [part for part in PARTS if part.shown(span)]
    nothing: dict[str, Any] = {part.name: [] for part in parts}
    return build(span, parts, nothing | answers, REGISTRY, warnings)


def names(report: Report) -> list[str]:
    """Give the sections of a report."""
    return [section.name for section in report.sections]


def test_the_hand_over_page_begins_with_what_the_next_shift_must_know() -> None:
    """Open alerts, who waits, how the gates stand, what has stopped; the year comes after the shift."""
    assert ["alerts", "waiting", "gates", "stops", "silences", "forecast"] == names(empty(Kind.SHIFT))[:6]
    assert "progress" == names(empty(Kind.DAY))[0]


def test_what_is_about_now_is_not_on_the_page_of_what_is_over() -> None:
    """Nobody waits in last month's report; arrivals are forecast for the shift alone."""
    later = datetime(2026, 3, 1, tzinfo=UTC)

    assert not {"alerts", "waiting", "forecast"} & set(names(empty(Kind.SHIFT, later)))
    assert "forecast" not in names(empty(Kind.DAY))


def test_what_is_known_by_the_day_needs_a_day_that_is_over() -> None:
    """Revenue stands on the page of the week from its second day on."""
    assert "revenue" not in names(empty(Kind.WEEK))
    assert "revenue" in names(empty(Kind.WEEK, MORNING + timedelta(days=1)))


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (Kind.SHIFT, "Báo cáo giao ca: Ca sáng 05/01/2026"),
        (Kind.DAY, "Báo cáo ngày 05/01/2026"),
        (Kind.WEEK, "Báo cáo tuần 2 năm 2026"),
        (Kind.MONTH, "Báo cáo tháng 1 năm 2026"),
    ],
)
def test_the_title_names_the_period(kind: Kind, title: str) -> None:
    """Of a shift the day on which it began."""
    assert title == empty(kind).title


def test_a_simulated_period_says_so_above_all() -> None:
    """And only that one."""
    assert ("DỮ LIỆU MÔ PHỎNG",) == empty(Kind.DAY, warnings=Warnings(simulated=True)).warnings
    assert () == empty(Kind.DAY).warnings


def test_days_of_which_nothing_is_known_are_said_above_all() -> None:
    """For sums of the year are too small then, and a pace that is red says nothing."""
    row: Row = {"subject": "factory.output", "first_day": date(2026, 3, 1), "last_day": date(2026, 3, 4)}

    (warning,) = empty(Kind.DAY, warnings=Warnings(missing=[row])).warnings

    assert "Nhà máy 01/03/2026 đến 04/03/2026" in warning


def test_the_head_says_as_of_when_each_kind_of_event_is() -> None:
    """Topics by their names; single sources stand in the section."""
    at = datetime(2026, 1, 5, 3, 20, tzinfo=UTC)
    rows = [
        {"subject": "gate.crossing", "detail": "", "last_event_time": at, "age_seconds": 600},
        {"subject": "kim-thanh", "detail": "barrier", "last_event_time": at, "age_seconds": 600},
    ]

    assert "Xe qua cửa khẩu 10:20 05/01" == dict(empty(Kind.DAY, freshness=rows).facts)["Số liệu đến"]
    assert "chưa có sự kiện nào" == dict(empty(Kind.DAY).facts)["Số liệu đến"]


def test_a_figure_brings_its_definition_once() -> None:
    """Two columns of one definition are explained by one note."""
    row = {"subject": "kim-thanh", "last_event_time": MORNING, "age_seconds": 1, "detail": ""}

    notes = empty(Kind.DAY, freshness=[row, row]).notes

    assert ["last_event", "data_age"] == [note.name for note in notes]
