"""Definitions: how the gates stand."""

from typing import Final

from streams.core.definitions.model import Definition

_STATE: Final = "contracts, gate.state.v1; domain report, 0.8 and 2, rows 9, 16 and 17"
_NOW: Final = "now; gate"
_SAID: Final = "As the gate last said; `since` is when its state became that."

PLACES: Final = (
    Definition(
        name="gate_state",
        title_vi="Trạng thái cửa khẩu",
        title_en="State of the gate",
        unit="word",
        formula="state of the latest gate.state by (time, id): open, restricted or closed",
        grain=_NOW,
        columns=("gates_now.state",),
        caveats=(_SAID, "No traffic is not a state: an open gate may be empty."),
        source=_STATE,
    ),
    Definition(
        name="gate_counterpart_state",
        title_vi="Trạng thái cửa khẩu phía bạn",
        title_en="State of the gate on the other side",
        unit="word",
        formula="counterpart_state of the latest gate.state; empty where it is not known",
        grain=_NOW,
        columns=(
            "gates_now.counterpart_state",
            "gate_status.counterpart_state",
            "gate_timeline.counterpart_state",
        ),
        caveats=(_SAID,),
        source=_STATE,
    ),
    Definition(
        name="gate_lanes",
        title_vi="Số làn đang mở và tối đa",
        title_en="Lanes open, and lanes there are",
        unit="lanes",
        formula="lanes_open and lanes_max of the latest gate.state",
        grain=_NOW,
        columns=(
            "gates_now.lanes_open",
            "gates_now.lanes_max",
            "lanes_now.lanes_open",
            "lanes_now.lanes_max",
        ),
        caveats=(_SAID,),
        source=_STATE,
    ),
    Definition(
        name="gate_yard",
        title_vi="Xe trong bãi và sức chứa",
        title_en="Vehicles in the yard, and its capacity",
        unit="places",
        formula="yard_present and yard_capacity of the latest gate.state",
        grain=_NOW,
        columns=("gates_now.yard_present", "gates_now.yard_capacity"),
        caveats=(_SAID,),
        source=_STATE,
    ),
)
