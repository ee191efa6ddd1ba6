"""Definitions: what comes to the gates, and what is expected to come."""

from typing import Final

from streams.core.definitions.model import Definition

_VISITS: Final = "contracts, gate.crossing.v1"
_FORECAST: Final = "streams/core/arrivals.py; domain report, 2, row 26"
_AHEAD: Final = "the running hour and the eleven after it; gate, direction"
_BACK: Final = "hour, forecast made at 00, 06, 12, 18 of the last seven days; gate, direction"
_PUBLISHED: Final = (
    "Below a week of history the parts of the hours are assumed, below a day only Kim Thành's vehicles a day"
    " (2024) are known; the row says so."
)

ARRIVALS: Final = (
    Definition(
        name="arrivals",
        title_vi="Xe đến cửa khẩu",
        title_en="Vehicles that arrived",
        unit="vehicles",
        formula="count of visits by their earliest `arrived`; of a running hour, those so far",
        grain="hour, local day; gate, direction",
        columns=(
            "arrivals_by_hour.arrived",
            "acceptance_by_day.arrived",
            "arrivals_forecast.arrived",
            "arrivals_backtest.arrived",
        ),
        source=_VISITS,
    ),
    Definition(
        name="turned_back",
        title_vi="Xe quay đầu",
        title_en="Vehicles that turned back",
        unit="vehicles",
        formula="count of visits that did not cross, by their earliest `turned_back`",
        grain="hour; gate, direction",
        columns=("arrivals_by_hour.turned_back",),
        source=_VISITS,
    ),
    Definition(
        name="arrivals_usual",
        title_vi="Số xe thường lệ của giờ",
        title_en="Vehicles that usually arrive",
        unit="vehicles",
        formula="arrivals of the weekday / weeks * arrivals of the hour / all arrivals, of the last whole"
        " weeks, at most four",
        grain=_AHEAD,
        columns=("arrivals_forecast.usual",),
        caveats=("Weeks in which a gate was closed, or Tết, are in it as they were.",),
        source=_FORECAST,
        assumption=_PUBLISHED,
    ),
    Definition(
        name="declarations_open",
        title_vi="Tờ khai đang mở",
        title_en="Declarations lodged and not over",
        unit="declarations",
        formula="declarations lodged within 48 hours, by either system, neither released nor cancelled: now,"
        " and on average at this time of the last weeks, at most four",
        grain="now; gate, direction",
        columns=("arrivals_forecast.open_declarations", "arrivals_forecast.usually_open"),
        caveats=(
            "Regimes without a direction (transit, bonded, border residents) count half for each.",
            "If customs take longer than usual, more are open though no more vehicles come.",
        ),
        source="contracts, declaration.v1; " + _FORECAST,
    ),
    Definition(
        name="declared_factor",
        title_vi="Hệ số theo tờ khai",
        title_en="How much busier the declarations say that it becomes",
        unit="ratio",
        formula="(open + 5) / (usually open + 5): gamma-Poisson with a prior of 5 declarations",
        grain="now; gate, direction",
        columns=("arrivals_forecast.factor",),
        caveats=(
            "1 where nothing is declared, or nothing was lodged for 6 hours though 10 are usually open.",
        ),
        source=_FORECAST,
        assumption="The prior of 5 declarations.",
    ),
    Definition(
        name="arrivals_expected",
        title_vi="Dự báo xe đến",
        title_en="Vehicles to expect",
        unit="vehicles",
        formula="usual * factor",
        grain=_AHEAD,
        columns=("arrivals_forecast.expected", "arrivals_backtest.expected"),
        caveats=("Nothing is known of a gate without arrivals and published figures: it has no row.",),
        source=_FORECAST,
        assumption=_PUBLISHED,
    ),
    Definition(
        name="arrivals_band",
        title_vi="Khoảng dự báo xe đến",
        title_en="Band of the vehicles to expect",
        unit="vehicles",
        formula="expected -+ 1.645 * sqrt(dispersion * expected), outwards to whole vehicles: nine hours of"
        " ten; dispersion is Pearson's of the weeks, at least 1",
        grain=_AHEAD,
        columns=(
            "arrivals_forecast.low",
            "arrivals_forecast.high",
            "arrivals_backtest.low",
            "arrivals_backtest.high",
        ),
        source="McCullagh, Nelder: Generalized Linear Models; " + _FORECAST,
        assumption=_PUBLISHED,
    ),
    Definition(
        name="forecast_error",
        title_vi="Sai số dự báo xe đến",
        title_en="Error of the forecast of arrivals",
        unit="vehicles",
        formula="expected - arrived; and whether arrived lay within the band",
        grain=_BACK,
        columns=("arrivals_backtest.error", "arrivals_backtest.within_band"),
        caveats=("Made again from what had happened by then, late events included.",),
        source=_FORECAST,
        assumption=_PUBLISHED,
    ),
)
