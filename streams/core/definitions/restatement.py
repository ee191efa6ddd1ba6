"""Definitions: what a day's figures were when they were published, what they are now, and why."""

from typing import Final

from streams.core.definitions.model import Definition

_GRAIN: Final = "local day, KPI, scope (province, gate or zone), cause"
_SOURCE: Final = "domain report, 2, rows 21 and 38"
_PUBLISHED: Final = "A day's figures are taken as published 15 minutes after its end; nobody has said when."
_UNITS: Final = "Units: trade_value USD cents, vehicles, industrial_output VND, booth_p50 and booth_p90 ms."
_BACKFILL: Final = "History sent after the fact (`backfill`) counts as known: it was never published."

RESTATEMENT: Final = (
    Definition(
        name="first_published",
        title_vi="Số liệu công bố lần đầu",
        title_en="As first published",
        unit="unit of the KPI",
        formula="the KPI of the day over the events that had come 15 minutes after its end",
        grain=_GRAIN,
        columns=("restatements.first_value",),
        caveats=(_UNITS, _BACKFILL, "It is worked out from when each event came: no board is recorded."),
        source=_SOURCE,
        assumption=_PUBLISHED,
    ),
    Definition(
        name="as_known_now",
        title_vi="Số liệu hiện nay của ngày đã công bố",
        title_en="As known now",
        unit="unit of the KPI",
        formula="the KPI of the day over all events; the same in the row of each cause",
        grain=_GRAIN,
        columns=("restatements.now_value",),
        caveats=(_UNITS,),
        source=_SOURCE,
    ),
    Definition(
        name="restated_by",
        title_vi="Chênh lệch so với lần công bố đầu",
        title_en="Difference since first published",
        unit="unit of the KPI",
        formula="what the events of one cause changed: late, amended, cancelled, or redriven dead letters",
        grain=_GRAIN,
        columns=("restatements.difference",),
        caveats=(
            _UNITS,
            "The causes of a sum add up to now_value - first_value.",
            "Of a percentile it is what the cause alone would have changed: those do not add up.",
            "Events of one day count in the order: what is new before what corrects, then by time.",
        ),
        source=_SOURCE,
        assumption=_PUBLISHED,
    ),
    Definition(
        name="restating_events",
        title_vi="Số sự kiện làm thay đổi số liệu đã công bố",
        title_en="Events that restated a figure",
        unit="records",
        formula="count of the events of the cause that changed the KPI of the day",
        grain=_GRAIN,
        columns=("restatements.events",),
        caveats=("An event that changes nothing of the figure is not counted.",),
        source=_SOURCE,
        assumption=_PUBLISHED,
    ),
)
