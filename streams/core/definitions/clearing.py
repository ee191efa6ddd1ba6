"""Definitions: whether a gate clears what waits at it, told without leaving out those that wait."""

from typing import Final

from streams.core.definitions.model import Definition

_GRAIN: Final = "now; gate, direction"
_ROW: Final = "domain report, 0.6, 2, row 7, and 3"
_HOURS: Final = "Time within the gate's hours: those that it announced last, else its ordinary ones."

CLEARING: Final = (
    Definition(
        name="clearing_verdict",
        title_vi="Cửa khẩu có thông xe không",
        title_en="Whether the gate is clearing",
        unit="word",
        formula=(
            "the first of: no_data (see gate_status); closed (the gate said so); not_clearing (vehicles wait,"
            " nothing crossed for 60 minutes, the oldest waits as long); slow (more than half of them wait"
            " over 2 h, or draining takes over 2 h); idle (none waits, none crossed for 1 h); clearing"
        ),
        grain=_GRAIN,
        columns=("clearing_now.verdict",),
        caveats=(
            _HOURS,
            "No traffic is never `closed`; nor is a closed other side, whose state has a column.",
            "Of a normal simulated week road gates are not_clearing 0 to 3 %, the railway up to 6 %.",
            "With 30 minutes instead of 60 it would be up to 11 % of that week.",
            "Arrivals that never were reported gone wait for 72 hours and can make an empty gate look stuck.",
        ),
        source=_ROW,
        assumption="60 minutes without a crossing; 90 minutes without a word; 2 hours to wait and to drain.",
    ),
    Definition(
        name="clearing_state",
        title_vi="Trạng thái báo gần nhất khi xét thông xe",
        title_en="State that the verdict rests on, and that of the other side",
        unit="word",
        formula="state and counterpart_state of the latest gate.state by (time, id); empty where not known",
        grain="now; gate",
        columns=("clearing_now.state", "clearing_now.counterpart_state"),
        source="contracts, gate.state.v1",
    ),
    Definition(
        name="waiting_oldest_open",
        title_vi="Xe chờ lâu nhất, trong giờ mở cửa",
        title_en="Age of the oldest waiting vehicle within opening hours",
        unit="s",
        formula="of the time since the oldest waiting vehicle arrived, what lies within the gate's hours",
        grain=_GRAIN,
        columns=("clearing_now.oldest_open_seconds",),
        caveats=(_HOURS,),
        source=_ROW,
        assumption="The opening hours of every gate but Kim Thành, unless it announced them.",
    ),
    Definition(
        name="crossed_lately",
        title_vi="Xe vừa qua trong 15 phút và 1 giờ",
        title_en="Vehicles that crossed in the last 15 minutes and the last hour",
        unit="vehicles",
        formula="crossings in the minutes that began within the last 15 and 60 minutes",
        grain=_GRAIN,
        columns=("clearing_now.crossed_15m", "clearing_now.crossed_1h"),
        source=_ROW,
    ),
    Definition(
        name="drain_time",
        title_vi="Thời gian giải tỏa xe chờ",
        title_en="Time to drain the queue",
        unit="s",
        formula=(
            "vehicles waiting / those that crossed in the last hour x that hour, or what has gone by of it"
            " since the gate's hours began"
        ),
        grain=_GRAIN,
        columns=("clearing_now.drain_seconds",),
        caveats=(
            "At the current rate and without new arrivals.",
            "0 where none waits; no value where some wait and none crossed.",
        ),
        source=_ROW,
    ),
    Definition(
        name="finished_dwell",
        title_vi="Trung vị thời gian của xe đã qua",
        title_en="Median dwell of those that crossed",
        unit="ms",
        formula="median gate dwell of the vehicles that crossed in the last 4 hours",
        grain=_GRAIN,
        columns=("clearing_now.finished_p50_ms",),
        caveats=("It improves when a gate jams: read dwell_p50_ms, which counts those that wait.",),
        source=_ROW,
        assumption="4 hours.",
    ),
    Definition(
        name="finished_sample",
        title_vi="Số xe đã qua dùng để tính",
        title_en="Sample of those that crossed",
        unit="vehicles",
        formula="count of the vehicles that crossed in the last 4 hours and whose arrival is known",
        grain=_GRAIN,
        columns=("clearing_now.finished",),
        source=_ROW,
        assumption="4 hours.",
    ),
    Definition(
        name="dwell_with_waiting",
        title_vi="Thời gian qua cửa khẩu, tính cả xe đang chờ",
        title_en="Dwell of those that crossed and those that wait",
        unit="ms",
        formula=(
            "Kaplan-Meier: share still there S(t) = product over stays of 1 - 1 / (those that stayed as"
            " long); pq is the first stay with S <= 1 - q. Those that wait count up to their present age"
        ),
        grain=_GRAIN,
        columns=(
            "clearing_now.dwell_p50_ms",
            "clearing_now.dwell_p50_reached",
            "clearing_now.dwell_p90_ms",
            "clearing_now.dwell_p90_reached",
        ),
        caveats=(
            "Where too few have left yet (`reached` is false) it is the longest stay so far: at least that.",
            "Crossed in the last 4 hours, and all that wait: it leans to the long side and never flatters.",
            "Wall-clock time.",
        ),
        source=f"Kaplan, Meier, JASA 53 (1958), 457-481; {_ROW}",
        assumption="4 hours; that a vehicle's chance to leave does not depend on when it came.",
    ),
    Definition(
        name="gate_heard",
        title_vi="Lần cuối có tin từ cửa khẩu",
        title_en="Time since the gate was last heard of",
        unit="s",
        formula="now - time of the newest gate.crossing or gate.state of the gate, within 3 days",
        grain="now; gate",
        columns=("clearing_now.heard_seconds",),
        source="domain report, 2, row 22",
    ),
)
