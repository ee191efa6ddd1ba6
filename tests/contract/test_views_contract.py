"""The public views keep the names, the order and the types that the outside relies on."""

import re
from collections.abc import Iterator

import pytest

from streams.clickhouse_client import writer
from streams.core.definitions import CATALOGUE, DIMENSIONS, RECORDS
from streams.core.definitions.behind import BEHIND, UNOPENED
from streams.settings import Settings
from tests.migrated import migrated_clickhouse

_TRADE = "gate_id direction regime hs_chapter value_usd_minor net_mass_kg lines"
_CROSSINGS = "gate_id direction vehicle_class loaded vehicles gross_mass_kg"
_LATENCY = (
    "interval gate_id direction lane_id channel vehicles within_goal total_ms p50_ms p90_ms p95_ms p99_ms"
    " sketch"
)
_STAY = "interval gate_id direction lane_id channel"
_SPREAD = "mean_ms p50_ms p90_ms p95_ms p99_ms buffer_ms buffer_index"
_OUTPUT = "zone_id plant_id line_id product price_basis value_vnd quantity unit reports"
_PACE = (
    "planned_at known_since gap_minor planned_minor planned_straight_minor pace pace_straight points"
    " open_days_elapsed open_days_left needed_per_open_day projection projection_low projection_high"
    " reached_on last_year_minor last_year_percent last_year_season_minor last_year_season_percent assumption"
)

VIEWS = {
    "events": "type time id source subject topic partition offset position received_at corrects_id"
    " corrects_time correction_kind simulated late payload",
    "dead_letters": "topic partition offset reason detail failed_at status payload",
    "trade_by_minute": f"window_start {_TRADE}",
    "trade_by_day": f"day {_TRADE}",
    "gate_trade_by_day": "day gate_id gate counterpart gate_kind direction regime value_usd_minor"
    " net_mass_kg lines",
    "gate_traffic_by_day": "day gate_id gate counterpart gate_kind direction loaded_vehicles empty_vehicles"
    " loaded_percent value_usd_minor net_mass_kg value_per_loaded value_per_tonne",
    "trade_by_regime": "day regime_class regime value_usd_minor headline_usd_minor percent",
    "commodity_by_day": "day gate_id direction regime hs_chapter chapter hs_heading hs_code commodity"
    " value_usd_minor net_mass_kg lines value_per_tonne",
    "revenue_by_day": "day gate_id direction duty_vnd fee_vnd revenue_vnd payments trade_usd_minor"
    " vnd_per_usd",
    "reconciliation": "day declaration_no gate_id regime state due digital_at customs_at lag_seconds"
    " digital_version customs_version digital_status customs_status digital_usd_minor customs_usd_minor"
    " difference_usd_minor late amended",
    "reconciliation_by_day": "day gate_id declarations matched value_mismatch only_digital only_customs"
    " pending cancelled cancelled_one_side due due_matched due_matched_60 match_percent match_60_percent"
    " double_usd_minor at_risk_usd_minor mismatch_usd_minor mean_lag_seconds median_lag_seconds"
    " late_declarations amended_declarations digital digital_percent",
    "crossings_by_minute": f"window_start {_CROSSINGS}",
    "crossings_by_day": f"day {_CROSSINGS}",
    "latency_by_minute": f"window_start {_LATENCY}",
    "latency_by_day": f"day {_LATENCY}",
    "latency_summary": f"day {_STAY} vehicles within_goal_percent {_SPREAD} open_mean_ms open_p50_ms"
    " open_p90_ms open_p95_ms stops_mean stops_max",
    "latency_by_shift": f"day shift {_STAY} vehicles within_goal within_goal_percent total_ms {_SPREAD}"
    " sketch",
    "steps_by_day": "day agency step gate_id direction channel vehicles total_ms mean_ms p50_ms p90_ms p95_ms"
    " p99_ms sketch",
    "holding_now": "gate_id direction agency step vehicles oldest_seconds",
    "clearing_now": "gate_id direction verdict state counterpart_state vehicles over_2h oldest_seconds"
    " oldest_open_seconds stale crossed_15m crossed_1h drain_seconds finished finished_p50_ms dwell_p50_ms"
    " dwell_p50_reached dwell_p90_ms dwell_p90_reached heard_seconds",
    "waiting_now": "gate_id direction vehicles oldest_seconds over_2h stale",
    "output_by_hour": f"window_start {_OUTPUT}",
    "output_by_day": f"day {_OUTPUT}",
    "progress": "indicator scope year currency qualifier target_minor actual_minor percent carried as_of"
    f" {_PACE}",
    "progress_by_target": "indicator scope year effective_from until in_force source currency qualifier"
    f" target_minor actual_minor percent as_of {_PACE}",
    "plan_by_day": "indicator day open open_days_elapsed planned_percent straight_percent assumption",
    "trade_rolling": f"span {_TRADE}",
    "latency_rolling": f"span {_LATENCY}",
    "output_rolling": f"span {_OUTPUT}",
    "gates_now": "gate_id state counterpart_state reason since lanes_open lanes_max yard_present"
    " yard_capacity",
    "gate_status": "gate_id status last_state counterpart_state reason status_since said_at heard_at"
    " known_until",
    "gate_timeline": "gate_id started_at ended_at state counterpart_state reason seconds",
    "gate_state_by_day": "day gate_id hours_seconds open_seconds restricted_seconds closed_seconds"
    " no_data_seconds closed_percent restricted_percent",
    "gate_calendar": "gate_id ordinary_opens_at ordinary_closes_at announced_opens_at announced_closes_at"
    " opens_at closes_at opens_at_beijing closes_at_beijing open_seconds_a_day open_by_calendar next_opening"
    " next_closing next_opening_hanoi next_opening_beijing next_closing_hanoi next_closing_beijing"
    " assumption",
    "extended_hours_by_day": "day gate_id direction vehicles extended_vehicles extended_percent",
    "lane_use": "span gate_id direction lane_id vehicles busy_seconds seconds percent",
    "lanes_now": "gate_id status lanes_open lanes_max lane_seconds_1h busy_seconds_1h use_percent_1h"
    " lane_seconds_today busy_seconds_today use_percent_today assumption",
    "gate_capacity": "gate_id direction lanes span sample mean_ms median_ms hours per_hour per_day"
    " per_hour_one_more per_day_one_more per_hour_median per_day_median value_per_vehicle plan_percent"
    " plan_percent_one_more assumption",
    "yards_now": "gate_id present basis waiting capacity occupancy_percent inflow_1h outflow_1h net_1h"
    " minutes_to_full national_level assumption",
    "arrivals_by_hour": "window_start gate_id direction arrived turned_back",
    "arrivals_forecast": "window_start gate_id direction lead_hours usual open_declarations usually_open"
    " factor expected low high arrived basis assumption",
    "arrivals_backtest": "forecast_at window_start gate_id direction lead_hours expected low high arrived"
    " error within_band basis assumption",
    "acceptance_by_day": "day gate_id accepted arrived left_over percent_of_usual",
    "line_states": "zone_id plant_id line_id status state stop_reason started_at ended_at seconds ongoing",
    "plant_states": "zone_id plant_id status started_at ended_at seconds ongoing",
    "plants_now": "zone_id plant_id vi status status_since since_basis seconds last_report interval_seconds"
    " state stop_reason lines lines_producing lines_idle lines_stopped lines_silent lines_never_reported"
    " over_30_days over_90_days six_hours_vnd typical_percent",
    "stops": "zone_id plant_id line_id state stop_reason planned started_at ended_at reported_until ongoing"
    " seconds unreported_seconds rate_vnd_hour rate_basis rate_hours lost_vnd year lost_year_vnd lost_points"
    " assumption",
    "stop_losses": "year zone_id plant_id stop_reason planned rate_basis stops seconds lost_vnd lost_points"
    " gap_percent assumption",
    "output_shares": "span zone_id plant_id product value_vnd zone_percent province_percent target_points"
    " gap_percent",
    "utilisation": "span zone_id plant_id product unit quantity nameplate nameplate_basis nameplate_source"
    " planned_capacity planned_source reported_hours capacity percent planned_percent",
    "projects_by_state": "scope year state projects percent total basis source",
    "restatements": "day kpi scope cause first_value now_value difference events",
    "findings": "kind type subject ids at detail",
    "adoption_by_day": "day gate_id direction loaded_vehicles digital_vehicles digital_percent",
    "missing_days": "topic first_day last_day days",
    "alerts_now": "alert_id rule kpi scope place severity phase fired_at seconds value limit_value sample"
    " silent title_vi text_vi acknowledged_by acknowledged_at runbook",
    "alerts_recent": "alert_id rule kpi scope place severity fired_at ended_at ending seconds value"
    " limit_value sample silent title_vi text_vi told runbook",
    "recipients_now": "subscriber sent waiting failing given_up overdue_seconds last_sent_at trouble",
    "history_now": "first_event last_event last_received_at events",
    "history_by_place": "topic scope first_event last_event last_received_at events",
    "freshness": "source last_event_time last_received_at age_seconds",
}
_TYPES = {
    "id": "UUID",
    "day": "Date",
    "window_start": "DateTime('UTC')",
    "time": "DateTime64(3, 'UTC')",
    "received_at": "DateTime64(3, 'UTC')",
    "at": "DateTime64(3, 'UTC')",
    "since": "DateTime64(3, 'UTC')",
    "last_event_time": "DateTime64(3, 'UTC')",
    "as_of": "Nullable(DateTime64(3, 'UTC'))",
    "value_usd_minor": "Int64",
    "value_vnd": "Int64",
    "target_minor": "Int64",
    "actual_minor": "Nullable(Int64)",
    "vehicles": "Int64",
    "total_ms": "Int64",
    "sketch": "Map(Int16, Int64)",
    "p50_ms": "Float64",
    "loaded": "Bool",
    "planned_minor": "Nullable(Int64)",
    "projection": "Nullable(Int64)",
    "projection_low": "Nullable(Int64)",
    "needed_per_open_day": "Nullable(Int64)",
    "last_year_minor": "Nullable(Int64)",
    "pace": "Nullable(Float64)",
    "reached_on": "Nullable(Date)",
    "assumption": "Bool",
    "in_force": "Bool",
    "open": "Bool",
    "carried": "Bool",
    "late": "Bool",
    "ids": "Array(UUID)",
}

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[tuple[str, str]]]]:
    """Give the columns of every view of a migrated database, in their order."""
    with migrated_clickhouse(tmp_path_factory.mktemp("clickhouse")) as settings:
        yield _columns(settings)


def _columns(settings: Settings) -> dict[str, list[tuple[str, str]]]:
    views: dict[str, list[tuple[str, str]]] = {}
    with writer(settings) as client:
        for table, name, kind in client.query(
            "SELECT c.table, c.name, c.type FROM system.columns AS c"
            " JOIN system.tables AS t ON t.database = c.database AND t.name = c.table"
            " WHERE t.database = 'kpi' AND t.engine = 'View' ORDER BY c.table, c.position"
        ).result_rows:
            views.setdefault(table, []).append((name, kind))
    return views


def test_the_views_are_those_of_the_contract(columns: dict[str, list[tuple[str, str]]]) -> None:
    """Every promised view is there, and no other."""
    assert set(VIEWS) == set(columns)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_its_columns_in_order(view: str, columns: dict[str, list[tuple[str, str]]]) -> None:
    """Names and order are those of the contract."""
    assert VIEWS[view].split() == [name for name, _ in columns[view]]


def test_columns_have_their_types(columns: dict[str, list[tuple[str, str]]]) -> None:
    """Money is Int64, times are UTC, sketches are maps, wherever the name stands."""
    found = {(view, name): kind for view, items in columns.items() for name, kind in items if name in _TYPES}
    assert {key: _TYPES[key[1]] for key in found} == found


def test_every_measure_has_a_definition(columns: dict[str, list[tuple[str, str]]]) -> None:
    """Whoever reads a number can open it: only columns that say of what, where and when have none."""
    measures = {
        f"{view}.{name}"
        for view, items in columns.items()
        if view not in RECORDS
        for name, _ in items
        if name not in DIMENSIONS
    }

    assert set() == measures - {place for one in CATALOGUE.values() for place in one.columns}


def test_every_definition_can_be_read(columns: dict[str, list[tuple[str, str]]]) -> None:
    """The view and column that a definition names are there."""
    there = {f"{view}.{name}" for view, items in columns.items() for name, _ in items}

    assert set() == {place for one in CATALOGUE.values() for place in one.columns} - there


def test_every_view_is_opened_or_says_why_not(columns: dict[str, list[tuple[str, str]]]) -> None:
    """`kpi explain` knows each view by its events, or where it comes from, by a definition that there is."""
    opened = {behind.view for behind in BEHIND}
    named = [re.findall(r"kpi definitions (\w+)", why) for why in UNOPENED.values()]

    assert set(columns) == opened | UNOPENED.keys()
    assert set() == opened & UNOPENED.keys()
    assert {name for names in named for name in names} <= CATALOGUE.keys()
