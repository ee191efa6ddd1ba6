"""Board and alert judge alike: what SQL and panels say is what `deploy/alerts.toml` says."""

import json
from typing import Any

import pytest

from streams.boards.limits import limits
from streams.core.intervals import BOOTH_GOAL_MS
from streams.resources import resource

MANY, VERY_MANY = limits("waiting-vehicles")[:2]
LONG, _, TOO_LONG = limits("waiting-oldest")
NEARLY_FULL, FULL = limits("yard-full")
(BOOTH,) = limits("booth-p90")
(MATCHED,) = limits("match-rate")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("cua-khau/so-chinh", f"waits.2 >= {VERY_MANY:g}, '■ ', waits.2 >= {MANY:g}, '◆ '"),
        ("cua-khau/so-chinh", f"oldest > {TOO_LONG:g}, '■ ', oldest > {LONG:g}, '◆ '"),
        ("cua-khau/so-chinh", f"round(booth.2, 1) > {BOOTH:g}, '■ '"),
        ("cua-khau/lan", f"round(p90, 1) > {BOOTH:g}, '■ '"),
        (
            "cua-khau/bai-xe",
            f"occupancy_percent >= {FULL:g}, ' · ■ ĐẦY', occupancy_percent >= {NEARLY_FULL:g}",
        ),
        ("tong-quan/xe-cho", f"w.vehicles >= {VERY_MANY:g}, '■ ', w.vehicles >= {MANY:g}, '◆ '"),
        ("canh-bao/so-chinh", f"matched < {MATCHED:g}, '■ ', matched < 95, '◆ '"),
        ("canh-bao/doi-chieu", f"sum(due_matched_60) < sum(due) * {MATCHED / 100:g}, '■ '"),
    ],
)
def test_a_query_has_the_rules_limit(query: str, said: str) -> None:
    """Who changes the one is told to change the other."""
    assert said in resource(f"sql/queries/{query}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("board", "title", "steps"),
    [
        ("tong-quan", "Xe đang chờ", [None, MANY, VERY_MANY]),
        ("cua-khau", "Bãi xe", [None, NEARLY_FULL, FULL]),
        ("tong-quan", "Phục vụ tại bàn", [None, BOOTH]),
        ("chi-tiet-cua-khau", "Phục vụ tại bàn", [None, BOOTH]),
    ],
)
def test_a_panel_has_the_rules_limit(board: str, title: str, steps: list[float | None]) -> None:
    """In its colours, and as a line."""
    file: dict[str, Any] = json.loads(resource(f"grafana/boards/{board}.json").read_text(encoding="utf-8"))
    [panel] = [one for one in file["panels"] if one["title"].startswith(title)]

    assert steps == [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def test_the_published_goal_is_what_the_alert_watches() -> None:
    """Two minutes at the booth, on boards and in the rule."""
    assert BOOTH == BOOTH_GOAL_MS / 60_000


def test_a_rule_that_is_gone_is_told() -> None:
    """A board is not built with a limit of nobody."""
    with pytest.raises(KeyError, match="no-such-rule"):
        limits("no-such-rule")
