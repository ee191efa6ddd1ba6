"""Sections: names, units, changes, goals and verdicts of rows as views give them."""

from datetime import UTC, datetime
from math import nan
from typing import Any

import pytest

from streams.core.definitions import CATALOGUE
from streams.registry import load_registry
from streams.report import verdicts
from streams.report.names import names_of
from streams.report.part import section_of
from streams.report.parts import PARTS
from streams.report.units import AGE, MINUTES, PERCENT, TIME, USD, VEHICLES, clean
from streams.resources import resource

NAMES = names_of(load_registry())
BY_NAME = {part.name: part for part in PARTS}
TARGET = {"currency": "USD", "qualifier": "eq", "carried": False, "target_minor": 500_000_000_000}
BOOTH = {"interval": "booth_service", "vehicles": 20, "p90_ms": 120_000.0, "within_goal_percent": 79.9}


def test_every_section_has_its_query_and_its_definitions() -> None:
    """An entry whose file or definition is missing would fail at the first report."""
    names = {measure.definition for part in PARTS for measure in part.measures}

    assert set() == names - CATALOGUE.keys()
    assert all(resource(f"sql/queries/report/{part.file}.sql").is_file() for part in PARTS)
    assert len(BY_NAME) == len(PARTS)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (USD, 279_000_001, "2,79 triệu USD"),
        (VEHICLES, 1234, "1.234 xe"),
        (MINUTES, 90_000.0, "1,50 phút"),
        (PERCENT, 81.25, "81,2 %"),
        (AGE, 3725, "1 giờ 2 phút"),
        (TIME, datetime(2026, 1, 4, 23, 5, tzinfo=UTC), "06:05 05/01"),
        (USD, None, "—"),
        (MINUTES, nan, "—"),
    ],
)
def test_values_are_written_as_the_boards_write_them(unit: Any, value: Any, text: str) -> None:
    """Vietnamese grouping and units; what is missing is a dash."""
    assert text == unit.text(value)


@pytest.mark.parametrize(
    ("unit", "value", "before", "change"),
    [
        (VEHICLES, 120, 100, "+20,0 %"),
        (VEHICLES, 75, 100, "\N{MINUS SIGN}25,0 %"),
        (VEHICLES, 100, 100, "0,0 %"),
        (VEHICLES, 5, 0, ""),
        (VEHICLES, 5, None, ""),
        (MINUTES, nan, 5.0, ""),
        (PERCENT, 83.0, 77.8, "+5,2 điểm"),
        (PERCENT, 0.0, 50.0, "\N{MINUS SIGN}50,0 điểm"),
    ],
)
def test_a_change_is_in_percent_and_that_of_percent_in_points(
    unit: Any, value: Any, before: Any, change: str
) -> None:
    """From nothing there is no percentage, and none to or from what is missing."""
    assert change == unit.change(value, before)


def test_rows_get_their_names() -> None:
    """A gate, a regime, both, neither; a slug that the registry lacks stays as it is."""
    rows: list[Any] = [
        {"subject": subject, "detail": detail, "value_usd_minor": 1, "value_usd_minor_before": 2}
        for subject, detail in (("kim-thanh", ""), ("", "export"), ("ho-kieu", "import"), ("", ""), ("x", ""))
    ]

    section = section_of(BY_NAME["trade"], rows, NAMES, frozenset())

    assert ["Kim Thành", "Xuất khẩu", "Hồ Kiều · Nhập khẩu", "Tổng", "x"] == [row[0] for row in section.rows]
    assert ("Chỉ tiêu", "Trị số", "Kỳ so sánh", "Thay đổi") == section.head


def test_what_is_assumed_bears_a_mark() -> None:
    """By the catalogue: pace rests on the season, the percent of the target does not."""
    row: Any = {
        "subject": "trade_value", "detail": "lao-cai", **TARGET, "actual_minor": 1, "percent": 1.0,
        "gap_minor": 1, "pace": 0.94, "projection": 1, "projection_low": None, "projection_high": None,
        "needed_per_open_day": 1, "last_year_percent": None,
    }  # fmt: skip

    figures = section_of(BY_NAME["progress"], [row], NAMES, frozenset({"pace"})).lines[0]

    assert [False, False, False, True, False, False, False] == [one.assumed for one in figures]
    assert figures[3].label == "Xuất nhập khẩu · Toàn tỉnh · nhịp độ theo mùa*"
    assert (figures[0].goal, figures[3].verdict) == ("5,00000 tỷ USD", "▼ chậm 6,0 %")


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (1.0, "▲ vượt 0,0 %"),
        (1.25, "▲ vượt 25,0 %"),
        (0.95, "▼ hơi chậm 5,0 %"),
        (0.5, "▼ chậm 50,0 %"),
        (None, ""),
    ],
)
def test_pace_is_judged_as_on_the_boards(pace: float | None, words: str) -> None:
    """Below 95 % of the plan it is slow."""
    assert words == verdicts.pace({"pace": pace})


def test_a_projection_says_whether_it_reaches_and_between_what() -> None:
    """Without a band only whether."""
    row: Any = {**TARGET, "projection": 500_000_000_000, "projection_low": None, "projection_high": None}

    assert "▲ đạt" == verdicts.projection(row)
    banded = {**row, "projection": 499_999_999_999, "projection_low": 4e11, "projection_high": 6e11}
    assert "▼ không đạt; từ 4,00000 tỷ USD đến 6,00000 tỷ USD" == verdicts.projection(banded)


@pytest.mark.parametrize(
    ("change", "p90", "share"),
    [
        ({}, "▲ đạt", "▼ không đạt"),
        ({"p90_ms": 120_001.0, "within_goal_percent": 80.0}, "▼ không đạt", "▲ đạt"),
        ({"vehicles": 19}, "mẫu nhỏ", "mẫu nhỏ"),
        ({"p90_ms": None, "within_goal_percent": None, "vehicles": 0}, "", ""),
        ({"interval": "gate_dwell"}, "", ""),
    ],
)
def test_only_booth_service_is_judged_and_not_on_a_small_sample(change: Any, p90: str, share: str) -> None:
    """Two minutes for nine in ten, and for four in five; from twenty vehicles on."""
    row: Any = {**BOOTH, **change}

    assert (p90, share) == (verdicts.booth_p90(row), verdicts.share(row))


def test_text_from_outside_is_one_line_that_steers_nothing() -> None:
    """A reason or a name may hold anything."""
    assert "[2J mưa  lớn" == clean("\x1b[2J mưa\r\nlớn\n")
