"""Definitions: what the state takes at the gates."""

from typing import Final

from streams.core.definitions.model import Definition

_GRAIN: Final = "local day of the payment; gate, direction"
_STAGE: Final = "contracts, clearance.stage.v1; domain report, 2, row 19"

REVENUE: Final = (
    Definition(
        name="budget_revenue",
        title_vi="Thu ngân sách qua cửa khẩu",
        title_en="Budget revenue through the gates",
        unit="VND",
        formula="sum of duty_minor + fee_minor of the standing `duty_paid` stages",
        grain=_GRAIN,
        columns=(
            "revenue_by_day.revenue_vnd",
            "revenue_by_day.duty_vnd",
            "revenue_by_day.fee_vnd",
        ),
        caveats=(
            "Each payment of a clearance counts, for it may be paid in parts; a wrong one is cancelled.",
            "Only what is paid at the gates: nothing that customs collects elsewhere.",
        ),
        source=f"{_STAGE}; 001_6716846caa41b391.txt (1,650 bn in 2022, 87 % of the plan)",
    ),
    Definition(
        name="payments",
        title_vi="Số lần nộp",
        title_en="Payments",
        unit="payments",
        formula="count of the standing `duty_paid` stages",
        grain=_GRAIN,
        columns=("revenue_by_day.payments",),
        source=_STAGE,
    ),
    Definition(
        name="revenue_per_usd",
        title_vi="Thu ngân sách trên mỗi USD kim ngạch",
        title_en="Revenue per USD of trade",
        unit="VND a USD",
        formula="budget_revenue / trade_value in USD of the same day, gate and direction",
        grain=_GRAIN,
        columns=("revenue_by_day.vnd_per_usd",),
        caveats=(
            "Goods may cross on another day than they are paid for: over several days divide the sums.",
            "Exports and goods in transit pay fees and hardly any duty.",
        ),
        source="domain report, 2, row 19",
    ),
)
