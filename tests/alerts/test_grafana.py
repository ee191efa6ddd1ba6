"""Grafana's alerting files: in sync with the rules, strict in form, and all that they name is there."""

from typing import Annotated, Any, Final, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from streams.alerts.files import load_rules
from streams.alerts.grafana import question_sql, render
from streams.core.alerts.rules import Rule
from streams.generated_files import outdated
from streams.resources import resource

RULES: Final = load_rules()
FILES: Final = render(RULES)
Duration = Annotated[str, StringConstraints(pattern=r"^\d+[smhd]$")]
Uid = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,40}$")]


class _Strict(BaseModel):
    """Grafana ignores what it does not know; nothing of ours may go unnoticed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Evaluator(_Strict):
    type: Literal["gt", "lt"]
    params: list[float | int] = Field(min_length=1, max_length=1)


class _Condition(_Strict):
    evaluator: _Evaluator
    unload: _Evaluator | None = Field(None, alias="unloadEvaluator")


class _Model(_Strict):
    ref: Literal["A", "C"] = Field(alias="refId")
    editor: Literal["sql"] | None = Field(None, alias="editorType")
    query: Literal["table"] | None = Field(None, alias="queryType")
    format: Literal[1] | None = None
    interval: int | None = Field(None, alias="intervalMs")
    points: int | None = Field(None, alias="maxDataPoints")
    sql: str | None = Field(None, alias="rawSql")
    type: Literal["threshold"] | None = None
    expression: Literal["A"] | None = None
    conditions: list[_Condition] | None = None


class _Range(_Strict):
    since: int = Field(alias="from", ge=60)
    to: Literal[0]


class _Data(_Strict):
    ref: Literal["A", "C"] = Field(alias="refId")
    source: Literal["kpi-clickhouse", "__expr__"] = Field(alias="datasourceUid")
    range: _Range | None = Field(None, alias="relativeTimeRange")
    model: _Model


class _Rule(_Strict):
    uid: Uid
    title: Annotated[str, StringConstraints(max_length=190)]
    condition: Literal["C"]
    hold: Duration = Field(alias="for")
    no_data: Literal["OK", "KeepLast"] = Field(alias="noDataState")
    error: Literal["Error"] = Field(alias="execErrState")
    labels: dict[str, str]
    annotations: dict[str, str]
    data: list[_Data] = Field(min_length=2, max_length=2)


class _Group(_Strict):
    org: Literal[1] = Field(alias="orgId")
    name: str
    folder: str
    interval: Duration
    rules: list[_Rule]


class _Gone(_Strict):
    org: Literal[1] = Field(alias="orgId")
    uid: Uid


class _Rules(_Strict):
    version: Literal[1] = Field(alias="apiVersion")
    gone: list[_Gone] = Field(alias="deleteRules")
    groups: list[_Group]


class _Receiver(_Strict):
    uid: Uid
    type: Literal["webhook"]
    quiet: bool = Field(alias="disableResolveMessage")
    settings: dict[str, str]


class _ContactPoint(_Strict):
    org: Literal[1] = Field(alias="orgId")
    name: str
    receivers: list[_Receiver]


class _Route(_Strict):
    receiver: str
    matchers: list[list[str]] = Field(alias="object_matchers")
    wait: Duration | None = Field(None, alias="group_wait")
    mutes: list[str] = Field(default_factory=list, alias="mute_time_intervals")


class _Policy(_Strict):
    org: Literal[1] = Field(alias="orgId")
    receiver: str
    group_by: list[str]
    group_wait: Duration
    group_interval: Duration
    repeat_interval: Duration
    routes: list[_Route]


class _Times(_Strict):
    start_time: str
    end_time: str


class _Interval(_Strict):
    times: list[_Times]
    location: Literal["Asia/Ho_Chi_Minh"]


class _MuteTime(_Strict):
    org: Literal[1] = Field(alias="orgId")
    name: str
    intervals: list[_Interval] = Field(alias="time_intervals")


class _Template(_Strict):
    org: Literal[1] = Field(alias="orgId")
    name: str
    template: str


class _Notify(_Strict):
    version: Literal[1] = Field(alias="apiVersion")
    points: list[_ContactPoint] = Field(alias="contactPoints")
    policies: list[_Policy] = Field(min_length=1, max_length=1)
    mutes: list[_MuteTime] = Field(alias="muteTimes")
    templates: list[_Template]


def _read(name: str) -> Any:
    return yaml.safe_load(FILES[name])


def test_the_files_are_what_the_generator_makes() -> None:
    """A rule that changed is generated and committed; no file is left over."""
    assert [] == outdated(resource("grafana/provisioning/alerting"), FILES)


def test_every_rule_is_there_once_in_the_form_of_grafana() -> None:
    """Strictly read; with its limit, its hold, and the same severity; news is no state of Grafana's."""
    groups = _Rules.model_validate(_read("rules.yaml")).groups
    found = {rule.uid: rule for group in groups for rule in group.rules}

    states = [rule for rule in RULES if not rule.news]
    gone = _Rules.model_validate(_read("rules.yaml")).gone
    assert [f"kpi-{rule.id}" for rule in RULES if rule.news] == [one.uid for one in gone]
    assert {f"kpi-{rule.id}" for rule in states} == set(found)
    assert sum(len(group.rules) for group in groups) == len(found) < len(RULES)
    for rule in states:
        made = found[f"kpi-{rule.id}"]
        (condition,) = made.data[1].model.conditions or []
        assert (rule.limit or 0) == condition.evaluator.params[0]
        assert f"{rule.hold // 1000}s" == made.hold
        assert rule.severity == made.labels["severity"]
        assert made.annotations["runbook"].endswith(f"#{rule.runbook}")


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.on == "change"], ids=lambda rule: rule.id)
def test_a_rule_on_change_is_silent_where_there_is_no_word(rule: Rule) -> None:
    """A gate that closes in the evening is no news in Grafana either."""
    assert question_sql(rule).splitlines()[-1].endswith("AND word != ''")


def test_intervals_are_multiples_of_ten_seconds() -> None:
    """Grafana takes no others."""
    groups = _Rules.model_validate(_read("rules.yaml")).groups

    assert all(int(group.interval.removesuffix("s")) % 10 == 0 for group in groups)


def test_what_the_policies_name_is_there() -> None:
    """Receivers and mute timings; the one address comes from the environment."""
    notify = _Notify.model_validate(_read("notify.yaml"))
    (policy,) = notify.policies

    assert {policy.receiver, *(route.receiver for route in policy.routes)} == {
        point.name for point in notify.points
    }
    assert {name for route in policy.routes for name in route.mutes} == {mute.name for mute in notify.mutes}
    assert ["$KPI_GRAFANA_ALERT_URL"] == [
        receiver.settings["url"] for point in notify.points for receiver in point.receivers
    ]


def test_no_dollar_is_expanded_by_accident() -> None:
    """Labels, names and durations of the rules have none; queries and annotations are not expanded."""
    for group in _read("rules.yaml")["groups"]:
        for rule in group["rules"]:
            expanded = {name: part for name, part in rule.items() if name not in {"data", "annotations"}}
            assert "$" not in str(expanded)
