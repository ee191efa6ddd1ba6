"""The shapes that walls are made of: big numbers, bars, tables, lines and strips, each of one query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from streams.boards.looks import fixed, paint, signs, steps
from streams.boards.panels import About, Json, Place, config, fields, override, panel, rows, series
from streams.boards.queries import Query, table, timeseries


@dataclass(frozen=True)
class Size:
    """How large numbers and their names are in pixels, and whether they lie beside or above each other."""

    value_px: int = 60
    title_px: int = 22
    orientation: Literal["vertical", "horizontal"] = "vertical"


def numbers(about: About, query: Query, look: Json, size: Size = Size(), *, spark: bool = False) -> Json:
    """Give big numbers, one a field; Grafana's vertical puts them beside each other."""
    return panel(
        "stat",
        about,
        query,
        fieldConfig=look,
        options={
            "reduceOptions": fields("" if spark else "/.*/"),
            "orientation": size.orientation,
            "colorMode": "value",
            "graphMode": "area" if spark else "none",
            "justifyMode": "auto",
            "textMode": "value_and_name",
            "wideLayout": False,
            "text": {"titleSize": size.title_px, "valueSize": size.value_px},
        },
    )


def delay(uid: str, title: str, place: Place) -> Json:
    """Give the lines of how long events take until Kafka has them."""
    about = About(
        title,
        place,
        "Thời gian từ lúc sự kiện xảy ra đến lúc có trên Kafka; phần lớn là do hệ thống gửi.",
        ("last_event", "late_events"),
    )
    look = config(
        {"unit": "locale", "decimals": 0, "min": 0, "custom": line_style(3)},
        [
            override("Một nửa (p50)", color=fixed("blue")),
            override("99 trên 100 (p99)", color=fixed("super-light-blue")),
        ],
    )
    return lines(about, timeseries(uid, "tre-truyen"), look, calcs=["lastNotNull"], interval="5m")


def freshness(place: Place, size: Size = Size(30, 16)) -> Json:
    """Give the panel that says as of when the numbers of a board are."""
    about = About(
        "Độ tươi của dữ liệu",
        place,
        "Thời điểm của sự kiện mới nhất và tuổi của nó; nhà máy báo cáo mỗi 5 phút. ◆ quá 1 phút,"
        " ■ quá 6 phút.",
        ("last_event", "data_age", "missing_days"),
    )
    look = config({"color": fixed("text"), "mappings": [*signs(), paint("MÔ PHỎNG", "orange", 4)]})
    return numbers(about, table("chung", "do-tuoi"), look, size)


def bars(about: About, query: Query, look: Json, *, title_px: int = 20, value_px: int = 28) -> Json:
    """Give horizontal bars, one a row, all on one scale from zero."""
    return panel(
        "bargauge",
        about,
        query,
        fieldConfig=config({"min": 0, **look}),
        options={
            "reduceOptions": rows(),
            "orientation": "horizontal",
            "displayMode": "basic",
            "valueMode": "color",
            "namePlacement": "top",
            "showUnfilled": True,
            "sizing": "auto",
            "minVizHeight": 16,
            "maxVizHeight": 300,
            "text": {"titleSize": title_px, "valueSize": value_px},
        },
    )


def cells(about: About, query: Query, overrides: Sequence[Json] = (), *, height: str = "lg") -> Json:
    """Give a table of the rows as they come; `overrides` colour and name cells."""
    return panel(
        "table",
        about,
        query,
        fieldConfig=config({"color": fixed("text"), "custom": {"align": "auto"}}, overrides),
        options={"showHeader": True, "cellHeight": height},
    )


def marked(name: str, mappings: Sequence[Json], **properties: Any) -> Json:  # noqa: ANN401
    """Give the override of a table's column whose words are coloured by what they say."""
    return override(name, mappings=list(mappings), custom__cellOptions={"type": "color-text"}, **properties)


def lines(
    about: About,
    query: Query,
    fields_config: Json,
    *,
    calcs: Sequence[str] = (),
    **rest: Any,  # noqa: ANN401
) -> Json:
    """Give lines over time with their names (a wall writes them on top) and the values that `calcs` names."""
    return panel(
        "timeseries",
        about,
        query,
        fieldConfig=fields_config,
        options={
            "legend": {
                "displayMode": "list",
                "placement": "bottom",
                "showLegend": True,
                "calcs": list(calcs),
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
        **rest,
    )


def line_style(width: int, **rest: Any) -> Json:  # noqa: ANN401
    """Give how a line is drawn: plain, broken where there is nothing."""
    plain = {"drawStyle": "line", "fillOpacity": 0, "showPoints": "never", "spanNulls": False}
    return {**plain, "lineWidth": width, **rest}


def goal_line(minutes: float) -> Json:
    """Give the look of two percentiles in minutes over a dashed goal that stays in the picture."""
    goal = {"thresholdsStyle": {"mode": "dashed"}, "axisSoftMax": minutes * 1.25}
    return config(
        {
            "unit": "suffix:phút",
            "decimals": 1,
            "min": 0,
            "custom": line_style(3, **goal),
            "thresholds": steps(("transparent", None), ("red", minutes)),
        },
        [
            override("Một nửa số xe (p50)", color=fixed("blue")),
            override("9 trên 10 xe (p90)", color=fixed("super-light-blue")),
        ],
    )


def dashed(width: int) -> Json:
    """Give the properties of a field whose line is thinner than the others' and dashed."""
    dashes = {"fill": "dash", "dash": [10, 10]}
    return {"custom__lineWidth": width, "custom__lineStyle": dashes}


def dotted(width: int) -> Json:
    """Give the properties of a field whose line is dotted: it says what is only expected."""
    return {"custom__lineWidth": width, "custom__lineStyle": {"fill": "dot", "dash": [0, 8]}}


def stacks(
    about: About, query: Query, named: Iterable[tuple[tuple[str, str], str]], *, decimals: int, interval: str
) -> Json:
    """Give bars over time on top of each other; `named` has each series' word, its name, and its colour."""
    stack = {"drawStyle": "bars", "fillOpacity": 90, "stacking": {"mode": "normal", "group": "A"}}
    shown = [series(word, displayName=name, color=fixed(shade)) for (word, name), shade in named]
    look = config({"unit": "locale", "decimals": decimals, "min": 0, "custom": line_style(1, **stack)}, shown)
    return lines(about, query, look, interval=interval)


def squares(about: About, query: Query, look: Json, overrides: Sequence[Json], interval: str) -> Json:
    """Give a row of squares for each series, one a step, each coloured by its value and saying it."""
    style = {"fillOpacity": 90, "lineWidth": 1}
    return panel(
        "status-history",
        about,
        query,
        interval=interval,
        maxDataPoints=30,
        fieldConfig=config({**look, "custom": style}, overrides),
        options={
            "showValue": "auto",
            "rowHeight": 0.9,
            "colWidth": 0.95,
            "perPage": 20,
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        },
    )


def strips(about: About, query: Query, states: Json, overrides: Sequence[Json], interval: str = "5m") -> Json:
    """Give a strip of states over the board's time for each series, equal neighbours joined.

    So many steps let a month have hours, and a year halves of Hanoi's days: one with the night, one without.
    """
    style = {"fillOpacity": 90, "lineWidth": 0}
    return panel(
        "state-timeline",
        about,
        query,
        interval=interval,
        maxDataPoints=700,
        fieldConfig=config({"mappings": [states], "color": fixed("text"), "custom": style}, overrides),
        options={
            "mergeValues": True,
            "showValue": "auto",
            "alignValue": "left",
            "rowHeight": 0.85,
            "perPage": 20,
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        },
    )
