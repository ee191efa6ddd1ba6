"""Reports of rows put into the tables by hand: every figure worked out by hand, and equal to the views."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

import pytest
from pypdf import PdfReader

from streams import clock
from streams.clickhouse_client import reader, writer
from streams.core.sketch import quantile
from streams.registry import load_registry
from streams.report.ask import ask, is_simulated, missing
from streams.report.build import Warnings, build
from streams.report.model import Figure, Report
from streams.report.parts import PARTS
from streams.report.periods import Kind, span_of
from streams.settings import Settings
from tests.line import kpi
from tests.migrated import migrated_clickhouse
from tests.mornings import BILLION_VND, FAST, MILLION_USD, SLOW, fill, hanoi

pytestmark = pytest.mark.integration

REGISTRY: Final = load_registry()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the settings of a running engine that holds two mornings."""
    with migrated_clickhouse(tmp_path_factory.mktemp("clickhouse")) as settings:
        with writer(settings, "kpi_g1") as client:
            fill(client)
        yield settings


def report(settings: Settings, kind: Kind, moment: datetime, at: datetime) -> Report:
    """Make the report of a period as it stood at a moment."""
    span = span_of(kind, moment, at, REGISTRY.shifts)
    with reader(settings) as client:
        client.database = settings.database
        answers = ask(client, span, PARTS)
        warnings = Warnings(is_simulated(client, span), missing(client, span))
    return build(span, PARTS, answers, REGISTRY, warnings)


def figures(made: Report, section: str) -> dict[str, Figure]:
    """Give the figures of a section by their labels."""
    (one,) = [one for one in made.sections if one.name == section]
    return {figure.label: figure for figure in one.figures}


def lines(made: Report, section: str) -> tuple[tuple[str, ...], ...]:
    """Give the rows of a section as they are printed."""
    (one,) = [one for one in made.sections if one.name == section]
    return one.rows


@pytest.fixture(scope="module")
def morning(settings: Settings) -> Report:
    """Give the report of the morning shift of 5 January, made at half past ten."""
    return report(settings, Kind.SHIFT, hanoi(5, 9), hanoi(5, 10, 30))


def told(made: dict[str, Figure]) -> dict[str, tuple[Any, Any, str]]:
    """Give value, value before and change of figures."""
    return {label: (one.value, one.before, one.change) for label, one in made.items()}


def test_trade_adds_up_by_gate_and_by_regime(morning: Report) -> None:
    """Four and a half million against the two of the morning before, up to the same minute."""
    found = told(figures(morning, "trade"))

    assert {
        "Kim Thành": (4 * MILLION_USD, 2 * MILLION_USD, "+100,0 %"),
        "Hồ Kiều": (MILLION_USD // 2, 0, ""),
        "Xuất khẩu": (MILLION_USD * 7 // 2, 2 * MILLION_USD, "+75,0 %"),
        "Nhập khẩu": (MILLION_USD, 0, ""),
        "Tổng": (MILLION_USD * 9 // 2, 2 * MILLION_USD, "+125,0 %"),
    } == found


def test_vehicles_out_in_and_loaded(morning: Report) -> None:
    """Thirty out, eighteen in, six of these empty."""
    found = told(figures(morning, "crossings"))

    assert (30, 20, "+50,0 %") == found["Tổng · ra"]
    assert (18, 0, "") == found["Tổng · vào"]
    assert (42, 20, "+110,0 %") == found["Kim Thành · có hàng"]


def test_booth_service_of_all_gates_and_of_each(morning: Report) -> None:
    """Twenty of twenty-five within two minutes are four in five; of one gate fifteen of twenty are not."""
    found = figures(morning, "booth")
    share = found["Mọi cửa khẩu · trong 2 phút"]

    assert (80.0, 100.0, "\N{MINUS SIGN}20,0 điểm", "▲ đạt") == (
        share.value,
        share.before,
        share.change,
        share.verdict,
    )
    assert (75.0, "▼ không đạt") == (
        found["Kim Thành · trong 2 phút"].value,
        found["Kim Thành · trong 2 phút"].verdict,
    )
    assert "mẫu nhỏ" == found["Hồ Kiều · trong 2 phút"].verdict
    p90 = found["Mọi cửa khẩu · 9 trên 10 xe (p90)"]
    assert p90.value == pytest.approx(quantile({FAST: 20, SLOW: 5}, 0.9))
    assert ("▼ không đạt", 25) == (p90.verdict, found["Mọi cửa khẩu · số xe đã đo"].value)


def test_output_of_whole_hours_by_zone_and_plant(morning: Report) -> None:
    """The hour that runs counts in neither morning."""
    found = told(figures(morning, "output"))

    assert (6 * BILLION_VND, 4 * BILLION_VND, "+50,0 %") == found["Toàn tỉnh"]
    assert (3 * BILLION_VND, 4 * BILLION_VND) == found["KCN Tằng Loỏng"][:2]
    assert (BILLION_VND, 0) == found["KCN Tằng Loỏng · Nhà máy DCP"][:2]


def test_gates_dead_letters_and_findings_of_the_shift(morning: Report) -> None:
    """A closure with its reason on one line; of two letters one still lies there."""
    assert ("Kim Thành", "đóng", "08:00 05/01", "mưa  lũ") in [
        (row[0], row[1], row[3], row[5]) for row in lines(morning, "gates")
    ]
    letters = figures(morning, "dead_letters")
    assert (2, 1) == (letters["sai hợp đồng dữ liệu"].value, letters["sai hợp đồng dữ liệu"].before)
    assert 1 == letters["sai hợp đồng dữ liệu · chưa xử lý"].value
    assert 1 == figures(morning, "findings")["mâu thuẫn"].value


def test_a_stop_is_priced_and_silence_is_not_a_stop(morning: Report) -> None:
    """An hour at what it made in the hour before; nothing was heard after ten."""
    (stop,) = lines(morning, "stops")
    (silence,) = lines(morning, "silences")

    assert ("Nhà máy DAP số 2 · dap-1", "mất điện", "08:00 05/01", "09:00 05/01") == stop[:4]
    assert 2 * BILLION_VND == figures(morning, "stops")["Nhà máy DAP số 2 · dap-1 · Thiệt hại*"].value
    assert ("Nhà máy DAP số 2", "10:00 05/01", "—") == silence[:3]


def test_declarations_of_both_systems(morning: Report) -> None:
    """Of three one agrees, one is on the platform alone, one differs by two dollars; a fourth came later."""
    found = figures(morning, "declarations")

    assert found["khớp trong 60 phút*"].value == pytest.approx(100 / 3)
    assert "mẫu nhỏ" == found["khớp trong 60 phút*"].verdict
    counts = ("tờ khai*", "chỉ có ở cửa khẩu số*", "chỉ có ở hải quan*", "lệch trị giá*", "tổng chênh lệch")
    assert [3, 1, 0, 1, 200] == [found[name].value for name in counts]


def test_what_became_of_the_day_before(morning: Report) -> None:
    """A million came late: five were published of the six."""
    rows = lines(morning, "restatements")

    assert (
        (
            "Xuất nhập khẩu",
            "04/01/2026",
            "5,00 triệu USD",
            "6,00 triệu USD",
            "1,00 triệu USD",
            "đến muộn",
            "2",
        ),
    ) == rows


def test_progress_is_that_of_the_year(morning: Report) -> None:
    """A hundred and six of five thousand million dollars."""
    found = figures(morning, "progress")

    assert 106 * MILLION_USD == found["Xuất nhập khẩu · Toàn tỉnh · từ đầu năm"].value
    assert "5,00000 tỷ USD" == found["Xuất nhập khẩu · Toàn tỉnh · từ đầu năm"].goal
    assert found["Xuất nhập khẩu · Toàn tỉnh · đạt"].value == pytest.approx(2.12)


def test_the_page_says_of_when_it_is(morning: Report) -> None:
    """Both clocks, what it is compared with, and that it still runs."""
    facts = dict(morning.facts)

    assert "Báo cáo giao ca: Ca sáng 05/01/2026" == morning.title
    assert "06:00 05/01/2026 đến 14:00 05/01/2026 giờ Hà Nội" == facts["Kỳ báo cáo"]
    assert "07:00 05/01/2026 đến 15:00 05/01/2026" == facts["Giờ Bắc Kinh"]
    assert "Ca sáng 04/01/2026 (06:00 04/01/2026 đến 10:30 04/01/2026)" == facts["So sánh với"]
    assert "Kỳ đang chạy" in facts
    assert () == morning.warnings


def test_a_day_that_is_over_equals_the_views(settings: Settings) -> None:
    """Everything of both days counts, to the unit that the views give."""
    over = report(settings, Kind.DAY, hanoi(5, 9), hanoi(9))
    with reader(settings) as client:
        client.database = settings.database
        ((fourth, fifth),) = client.query(
            "SELECT sumIf(value_usd_minor, d = 4), sumIf(value_usd_minor, d = 5)"
            " FROM (SELECT *, toDayOfMonth(window_start, 'Asia/Ho_Chi_Minh') AS d FROM trade_by_minute)"
        ).result_rows

    total = figures(over, "trade")["Tổng"]
    assert (fifth, fourth) == (total.value, total.before) == (20.5 * MILLION_USD, 6 * MILLION_USD)
    assert 11 * BILLION_VND == figures(over, "output")["Toàn tỉnh"].value
    assert (4 * BILLION_VND, 2 * BILLION_VND, "+100,0 %") == told(figures(over, "revenue"))["Tổng"]
    assert "Kỳ đang chạy" not in dict(over.facts)


def test_a_shift_that_is_over_equals_the_view_by_shift(settings: Settings) -> None:
    """The same vehicles and percentiles as `latency_by_shift` has them."""
    over = figures(report(settings, Kind.SHIFT, hanoi(5, 9), hanoi(9)), "booth")
    with reader(settings) as client:
        client.database = settings.database
        ((vehicles, p90, percent),) = client.query(
            "SELECT vehicles, p90_ms, within_goal_percent FROM latency_by_shift"
            " WHERE day = '2026-01-05' AND shift = 'morning' AND gate_id = 'kim-thanh'"
        ).result_rows

    found = [
        over[f"Kim Thành · {name}"].value for name in ("số xe đã đo", "9 trên 10 xe (p90)", "trong 2 phút")
    ]
    assert [vehicles, p90, percent] == found


def test_the_command_writes_each_form(settings: Settings, tmp_path: Path) -> None:
    """A PDF into a file, CSV and text to the terminal; a wrong option is said in words."""
    asked = ("report", "shift", "--at", "2026-01-05", "--format")
    file = tmp_path / "ca.pdf"

    assert 0 == kpi(settings, *asked, "pdf", "--out", str(file)).returncode
    rows = list(csv.DictReader(StringIO(kpi(settings, *asked, "csv").stdout)))

    assert "Ca sáng 05/01/2026" in PdfReader(BytesIO(file.read_bytes())).pages[0].extract_text()
    totals = {row["subject"]: row["value"] for row in rows if row["section"] == "trade"}
    assert str(27 * MILLION_USD // 2) == totals["Tổng"]
    assert "waiting" not in {row["section"] for row in rows}
    late = kpi(settings, "report", "day", "--at", str(clock.now().date() + timedelta(days=3)))
    assert (2, True) == (late.returncode, "has not begun" in late.stderr)
    nowhere = kpi(settings, *asked, "html", "--out", str(tmp_path / "no" / "x.html"))
    assert (2, True) == (nowhere.returncode, "cannot be written" in nowhere.stderr)
