"""Definitions: what the plants make."""

from typing import Final

from streams.core.definitions.model import Definition, in_views

_VIEWS: Final = ("output_by_hour", "output_by_day", "output_rolling")
_GRAIN: Final = "hour, local day, rolling span; zone, plant, line, product, price basis"
_SOURCE: Final = "contracts, factory.output.v1"
_ONE_REPORT: Final = "Of several reports of one line, product and window the smallest id counts."

OUTPUT: Final = (
    Definition(
        name="output_value",
        title_vi="Giá trị sản xuất công nghiệp",
        title_en="Industrial output",
        unit="VND",
        formula="sum of value_minor of the plants' reports, in the window that they are for",
        grain=_GRAIN,
        columns=in_views("value_vnd", *_VIEWS),
        caveats=(
            "The price basis (constant 2010 or current) is stated nowhere; it is carried as `price_basis`.",
            _ONE_REPORT,
        ),
        source=f"{_SOURCE}; domain report, 1",
    ),
    Definition(
        name="output_quantity",
        title_vi="Sản lượng",
        title_en="Quantity made",
        unit="unit of the product",
        formula="sum of quantity of the plants' reports, to a millionth of the unit",
        grain=_GRAIN,
        columns=in_views("quantity", *_VIEWS),
        caveats=("Products of different units do not add up.", _ONE_REPORT),
        source=_SOURCE,
    ),
    Definition(
        name="output_reports",
        title_vi="Số báo cáo của nhà máy",
        title_en="Reports received",
        unit="reports",
        formula="count of the reports that stand; a stop is a report with quantity 0, silence is none",
        grain=_GRAIN,
        columns=in_views("reports", *_VIEWS),
        source=_SOURCE,
    ),
)
