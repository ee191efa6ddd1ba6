"""Who hears of what, when."""

from datetime import datetime, time, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streams.alerts.names import Names
from streams.clock import HANOI
from streams.core.alerts.rules import SEVERITIES, Severity, parse_rules
from streams.core.alerts.subscriptions import Subscription, due_at, is_alone, wants
from streams.registry import load_registry
from streams.resources import resource

RULES: Final = {
    rule.id: rule for rule in parse_rules(resource("deploy/alerts.toml").read_text(encoding="utf-8"), "file")
}
NAMES: Final = Names(load_registry())
MOMENTS: Final = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - the zone comes with map
    lambda moment: moment.replace(tzinfo=HANOI)
)


def subscription(**fields: Any) -> Subscription:
    """Give a subscriber."""
    return Subscription.model_validate({"name": "somebody", "url": "json://127.0.0.1/", **fields})


@pytest.mark.parametrize(
    ("fields", "rule", "scope", "hears"),
    [
        pytest.param({}, "waiting-vehicles-300", "kim-thanh", True, id="everything"),
        pytest.param({"severity": "warning"}, "waiting-vehicles-300", "kim-thanh", False, id="too small"),
        pytest.param({"severity": "warning"}, "waiting-vehicles-1000", "kim-thanh", True, id="above"),
        pytest.param({"scopes": ("kim-thanh",)}, "source-silent", "kim-thanh/vnaccs-vcis", True, id="at it"),
        pytest.param(
            {"scopes": ("kim-thanh",)}, "source-silent", "ho-kieu/vnaccs-vcis", False, id="elsewhere"
        ),
        pytest.param({"scopes": ["tang-loong"]}, "plant-stop", "dap-2-tang-loong", True, id="its zone"),
        pytest.param({"scopes": ["parks"]}, "plant-stop", "dap-2-tang-loong", True, id="all parks"),
        pytest.param({"scopes": ["parks"]}, "pace-behind-5", "trade_value/lao-cai", False, id="no park"),
        pytest.param({"kpis": ("yard_occupancy",)}, "yard-full-85", "kim-thanh", True, id="its KPI"),
        pytest.param({"kpis": ("yard_occupancy",)}, "gate-state", "kim-thanh", False, id="another KPI"),
    ],
)
def test_filters(fields: dict[str, Any], rule: str, scope: str, *, hears: bool) -> None:
    """By severity, place and KPI."""
    assert hears is wants(subscription(**fields), RULES[rule], NAMES.around(scope))


@given(MOMENTS, st.sampled_from(SEVERITIES), st.sampled_from(["22:00-06:00", "12:00-13:30", "00:00-07:00"]))
def test_nothing_comes_in_quiet_hours_but_what_is_critical(
    moment: datetime, severity: Severity, quiet: str
) -> None:
    """What waits comes at their end, less than a day later."""
    begin, end = map(time.fromisoformat, quiet.split("-"))
    due = due_at(subscription(quiet=quiet), severity, moment)
    within = begin <= moment.time() < end if begin < end else not end <= moment.time() < begin

    if severity == "critical" or not within:
        assert due == moment
    else:
        assert due.time() == end
        assert timedelta() < due - moment < timedelta(days=1)


@given(MOMENTS, st.sampled_from(SEVERITIES))
def test_a_digest_comes_at_its_time(moment: datetime, severity: Severity) -> None:
    """The next one; what is critical does not wait, unless the subscriber wants it so."""
    due = due_at(subscription(digest="07:00"), severity, moment)
    never = due_at(subscription(digest="07:00", override=False), severity, moment)

    assert (due == moment) if severity == "critical" else (due == never)
    assert never.time() == time(7)
    assert timedelta() < never - moment <= timedelta(days=1)


def test_an_escalation_comes_later() -> None:
    """After the time in which somebody should have acknowledged."""
    moment = datetime(2026, 1, 5, 12, tzinfo=HANOI)

    assert moment + timedelta(minutes=15) == due_at(subscription(escalate_after="15m"), "warning", moment)


def test_who_gets_one_message_for_several() -> None:
    """Who wants a digest, and who has had his number this hour."""
    assert is_alone(subscription(per_hour=3), 1, 2)
    assert not is_alone(subscription(per_hour=3), 2, 2)
    assert not is_alone(subscription(digest="07:00"), 0, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"quiet": "22-6"},
        {"digest": "25:00"},
        {"kpis": ("luck",)},
        {"severity": "loud"},
        {"per_hour": 0},
        {"x": 1},
    ],
)
def test_a_mistake_is_refused(fields: dict[str, Any]) -> None:
    """Before anything is sent, and without the address in the text."""
    with pytest.raises(ValidationError) as refused:
        subscription(**fields)

    assert "json://" not in "".join(str(error["msg"]) for error in refused.value.errors())
