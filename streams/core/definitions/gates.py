"""Definitions: how the gates stood, and their hours on the clocks of both sides."""

from typing import Final

from streams.core.definitions.model import Definition

_STATE: Final = "contracts, gate.state.v1; domain report, 0.8 and 2, row 9"
_HOURS: Final = "002_436c3f3309d37baf.txt (07-22, 08-23); registry, hours; domain report, 2, rows 23 and 32"
_NOW: Final = "now; gate"
_KNOWN: Final = (
    "known until 90 minutes of the gate's hours after it was last heard of (gate.state, arrival, crossing),"
    " traffic at most a day of its hours after it last said so; a gate that closed has nothing to say for the"
    " rest of that day's hours, and traffic does not tell that it is closed"
)
_REPORTS: Final = "Gates report at least every half hour of their hours; three times that is silence."
_CALENDAR: Final = "The calendar is the daily hours alone: holidays are not in it, what the gate says is."
_DAY: Final = "local day; gate"

GATES: Final = (
    Definition(
        name="gate_status",
        title_vi="Tình trạng cửa khẩu: mở, hạn chế, đóng, không có tin",
        title_en="Status of the gate: open, restricted, closed, no data",
        unit="word",
        formula=f"the state last said while it is known, else no_data; {_KNOWN}",
        grain="now and each moment; gate",
        columns=("gate_status.status", "gate_timeline.state", "lanes_now.status"),
        caveats=(
            "No traffic is none of the four: an open gate may be empty.",
            "A gate of the registry that never said its state is no_data.",
        ),
        source=_STATE,
        assumption=_REPORTS,
    ),
    Definition(
        name="gate_last_state",
        title_vi="Trạng thái báo gần nhất",
        title_en="State that the gate last said",
        unit="word",
        formula="state of the latest gate.state by (time, id), however old; empty if there is none",
        grain=_NOW,
        columns=("gate_status.last_state",),
        source=_STATE,
    ),
    Definition(
        name="gate_period",
        title_vi="Thời gian ở một tình trạng",
        title_en="How long a gate stood so",
        unit="s",
        formula="ended_at - started_at; to now where it has not ended",
        grain="period in which state, counterpart and reason did not change; gate",
        columns=("gate_timeline.seconds",),
        source=_STATE,
        assumption=_REPORTS,
    ),
    Definition(
        name="gate_state_time",
        title_vi="Thời gian theo tình trạng trong giờ làm việc",
        title_en="Time by status within the gate's ordinary hours",
        unit="s",
        formula="periods of the timeline cut to the registry's hours of the day; no_data is the rest of them",
        grain=_DAY,
        columns=tuple(
            f"gate_state_by_day.{name}_seconds"
            for name in ("hours", "open", "restricted", "closed", "no_data")
        ),
        caveats=(
            "Of today only the hours that are over.",
            "Nights are not in it: closed then is no closure.",
        ),
        source=_STATE,
        assumption=_REPORTS,
    ),
    Definition(
        name="gate_closed_share",
        title_vi="Tỷ lệ giờ đóng và hạn chế",
        title_en="Share of the hours closed, and restricted",
        unit="percent",
        formula="closed or restricted seconds / hours_seconds * 100",
        grain=_DAY,
        columns=("gate_state_by_day.closed_percent", "gate_state_by_day.restricted_percent"),
        source=_STATE,
        assumption=_REPORTS,
    ),
    Definition(
        name="gate_hours",
        title_vi="Giờ làm việc của cửa khẩu",
        title_en="Hours of the gate",
        unit="time",
        formula="of the newest gate.state that has both, else the registry's; Beijing is an hour later",
        grain=_NOW,
        columns=tuple(
            f"gate_calendar.{name}"
            for name in (
                "ordinary_opens_at",
                "ordinary_closes_at",
                "announced_opens_at",
                "announced_closes_at",
                "opens_at",
                "closes_at",
                "opens_at_beijing",
                "closes_at_beijing",
            )
        ),
        caveats=("Hanoi time where no other clock is named.", _CALENDAR),
        source=_HOURS,
        assumption="The registry's hours are assumed at every gate but Kim Thành; the row says so.",
    ),
    Definition(
        name="gate_open_length",
        title_vi="Số giây mở cửa mỗi ngày",
        title_en="Length of the gate's hours",
        unit="s",
        formula="closes_at - opens_at; 86,400 for a gate that is open day and night",
        grain=_NOW,
        columns=("gate_calendar.open_seconds_a_day",),
        source=_HOURS,
    ),
    Definition(
        name="gate_open_by_calendar",
        title_vi="Đang trong giờ làm việc",
        title_en="Open by the calendar",
        unit="word",
        formula="whether now lies within the gate's hours",
        grain=_NOW,
        columns=("gate_calendar.open_by_calendar",),
        caveats=(_CALENDAR,),
        source=_HOURS,
    ),
    Definition(
        name="gate_next_change",
        title_vi="Lần mở và đóng cửa tiếp theo",
        title_en="Next opening and closing",
        unit="time",
        formula="the next opens_at and closes_at after now: as UTC, and as text on both sides' clocks",
        grain=_NOW,
        columns=tuple(
            f"gate_calendar.next_{name}{clock}"
            for name in ("opening", "closing")
            for clock in ("", "_hanoi", "_beijing")
        ),
        caveats=(_CALENDAR, "None for a gate that is open day and night."),
        source=_HOURS,
    ),
    Definition(
        name="extended_hours",
        title_vi="Xe qua ngoài giờ 07-19",
        title_en="Vehicles that cross outside 07:00 to 19:00",
        unit="vehicles",
        formula="crossings by hour in Hanoi: all, and those before 07:00 or from 19:00 on (20:00 in Beijing)",
        grain="local day; gate, direction",
        columns=("extended_hours_by_day.vehicles", "extended_hours_by_day.extended_vehicles"),
        source="domain report, 2, row 23, and 4.1 (goods hours 07-19 normal, 07-22 extended)",
    ),
    Definition(
        name="extended_hours_share",
        title_vi="Tỷ lệ xe qua ngoài giờ 07-19",
        title_en="Share that crosses outside 07:00 to 19:00",
        unit="percent",
        formula="extended_vehicles / vehicles * 100",
        grain="local day; gate, direction",
        columns=("extended_hours_by_day.extended_percent",),
        caveats=("It does not say how many would have come within the hours instead.",),
        source="domain report, 2, row 23, and 4.1",
    ),
)
