"""The four forms of one small report say the same, and take no text for anything but text."""

import csv
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO, StringIO

from pypdf import PdfReader

from streams.report.as_csv import HEAD, as_csv
from streams.report.as_html import as_html
from streams.report.as_pdf import as_pdf
from streams.report.as_text import as_text
from streams.report.model import Figure, Note, Report, Section

TRADE = Section(
    "trade",
    "Giá trị hàng hóa",
    (
        (
            Figure(
                "Kim Thành",
                "",
                279_000_000,
                "2,79 triệu USD",
                "USD cents",
                349_000_000,
                "3,49 triệu USD",
                "\N{MINUS SIGN}20,1 %",
                definition="trade_value",
            ),
        ),
        (Figure("Tổng", "nhịp độ", 0.95, "95,0 %", "ratio", verdict="▼ hơi chậm", assumed=True),),
    ),
    note="Cộng lại bằng tổng.",
)
GATES = Section(
    "gates",
    "Cửa khẩu",
    (
        (
            Figure("Hồ Kiều", "Từ", datetime(2026, 1, 4, 23, tzinfo=UTC), "06:00 05/01"),
            Figure("Hồ Kiều", "Lý do", '=1+1 <b>#"ắ', '=1+1 <b>#"ắ'),
        ),
    ),
    layout="records",
)
REPORT = Report(
    title="Báo cáo giao ca: Ca sáng 05/01/2026",
    facts=(("Kỳ báo cáo", "06:00 đến 14:00"),),
    warnings=("DỮ LIỆU MÔ PHỎNG",),
    sections=(TRADE, GATES, Section("findings", "Mâu thuẫn", (), nothing="Không có trong kỳ.")),
    notes=(Note("pace", "Nhịp độ", "a chia b", "hình dạng mùa"),),
    asked_at=datetime(2026, 1, 5, 3, tzinfo=UTC),
)
TEXT = """\
Báo cáo giao ca: Ca sáng 05/01/2026
DỮ LIỆU MÔ PHỎNG
Kỳ báo cáo: 06:00 đến 14:00

Giá trị hàng hóa
Chỉ tiêu                 Trị số      Kỳ so sánh  Thay đổi  Đánh giá
Kim Thành        2,79 triệu USD  3,49 triệu USD   −20,1 %
Tổng · nhịp độ*          95,0 %                            ▼ hơi chậm
Cộng lại bằng tổng.

Cửa khẩu
         Từ           Lý do
Hồ Kiều  06:00 05/01  =1+1 <b>#"ắ

Mâu thuẫn
Không có trong kỳ.
* Nhịp độ (pace), giả định: hình dạng mùa
"""  # noqa: RUF001 - the minus sign of the boards


class _Cells(HTMLParser):
    """Collects the cells of all tables, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.add(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells and self.lasttag == "td":
            self.cells[-1] += data.strip()


def test_the_text_is_what_it_was() -> None:
    """Columns that say nothing are left out; numbers stand to the right."""
    assert TEXT.splitlines() == [line.rstrip() for line in as_text(REPORT).splitlines()]


def test_the_csv_is_one_flat_table_of_the_views_own_numbers() -> None:
    """What a spreadsheet would run is text."""
    rows = list(csv.DictReader(StringIO(as_csv(REPORT))))

    assert list(HEAD) == list(rows[0])
    assert 4 == len(rows)
    assert ("279000000", "349000000", "USD cents") == tuple(
        rows[0][name] for name in ("value", "before", "unit")
    )
    assert ("0.95", "▼ hơi chậm", "yes") == tuple(
        rows[1][name] for name in ("value", "verdict", "assumption")
    )
    assert ("2026-01-04T23:00:00.000+00:00", "1") == (rows[2]["value"], rows[2]["line"])
    assert "'=1+1 <b>#\"ắ" == rows[3]["value"]


def test_the_html_needs_nothing_else_and_escapes_all() -> None:
    """A reason with a tag in it stays a reason."""
    page = as_html(REPORT)
    parser = _Cells()
    parser.feed(page)

    assert "2,79 triệu USD" in parser.cells
    assert '=1+1 <b>#"ắ' in parser.cells
    assert not {"script", "link", "img"} & parser.tags
    assert "http" not in page
    assert "Không có trong kỳ." in page


def test_the_pdf_reads_back_with_its_accents() -> None:
    """The same title, figures and words; markup in a text is text."""
    (page,) = PdfReader(BytesIO(as_pdf(REPORT))).pages
    text = page.extract_text()

    for words in (REPORT.title, "DỮ LIỆU MÔ PHỎNG", "2,79 triệu USD", "▼ hơi chậm", "=1+1 <b>#"):
        assert words in text
    assert "ắ" in text
    assert "Không có trong kỳ." in text


def test_the_same_report_is_the_same_pdf() -> None:
    """The time in it is the report's, the fonts are the library's."""
    assert as_pdf(REPORT) == as_pdf(REPORT)
