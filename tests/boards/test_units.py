"""Numbers in units, in Vietnamese."""

from zoneinfo import ZoneInfo

import pytest

from streams.wall.units import format_number, natural_decimals, vietnamese

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (51100, "suffix:tỷ đồng", 0, "51.100 tỷ đồng"),
        (3.21456, "suffix:tỷ USD", 2, "3,21 tỷ USD"),
        (38456.7, "currency:financial: tỷ đồng:suffix", None, "38.457 tỷ đồng"),
        (3_214_000_000, "currency:financial:US$ ", None, "US$ 3.214.000.000"),
        (3.214e9, "currencyUSD", 2, "$3,21 tỷ"),
        (5e9, "currencyUSD", 0, "$5 tỷ"),
        (51.1e12, "currencyVND", None, "51,1 nghìn tỷđ"),
        (38456.7, "short", None, "38,5 nghìn"),
        (999, "short", None, "999"),
        (0.643, "percentunit", None, "64,3 %"),
        (64.3, "percent", None, "64,3 %"),
        (57.1745, "percent", 2, "57,17 %"),
        (12.5, "m", None, "12,5 phút"),
        (754, "s", None, "12,6 phút"),
        (0.25, "s", None, "250 ms"),
        (259_200, "s", None, "3 ngày"),
        (754, "dthms", None, "00:12:34"),
        (12.5, "suffix:phút", None, "12,5 phút"),
        (12.5, "xe", None, "12,5 xe"),
        (7, "prefix:+", None, "+7"),
        (38456.7, "count:xe", 1, "38,5 nghìn xe"),
        (38456.7, "locale", 1, "38.456,7"),
        (2026, "", None, "2026"),
        (2026.5, "none", 1, "2026,5"),
        (1536, "bytes", None, "1,50 KiB"),
        (-3.2, "percent", 1, f"{MINUS}3,2 %"),
        (-0.001, "", 1, "0,0"),
        (0, "suffix:xe", None, "0 xe"),
        (1700000000000, "time:HH:mm:ss", None, "05:13:20"),
        (1700000000000, "time:DD/MM/YYYY", None, "15/11/2023"),
        (float("inf"), "percent", None, "∞"),
    ],
)
def test_writes_numbers(value: float, unit: str, decimals: int | None, text: str) -> None:
    """A number in a unit reads as a Vietnamese reader expects it."""
    assert text == str(format_number(value, unit, decimals, ZoneInfo("Asia/Ho_Chi_Minh")))


@pytest.mark.parametrize(
    ("value", "decimals"), [(12, 0), (12.5, 1), (0.643, 3), (64.3, 1), (38456.7, 0), (0, 0)]
)
def test_chooses_decimals_as_grafana(value: float, decimals: int) -> None:
    """Where a board sets no decimals, the size of the number does."""
    assert decimals == natural_decimals(value)


def test_groups_thousands_by_points() -> None:
    """Thousands are parted by points, decimals by a comma."""
    assert "1.234.567,80" == vietnamese(1234567.8, 2)
