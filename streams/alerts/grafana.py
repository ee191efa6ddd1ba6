"""Grafana's own alerting, made from the same rules: `grafana/provisioning/alerting/*.yaml`.

`kpi alerts run` is what tells people. Grafana shows the same rules on its own pages, and tells whoever
KPI_GRAFANA_ALERT_URL names. News is not among them: there an alert is a state, told again every four hours.
Grafana expands variables in labels, contact points and policies, not in queries
and annotations: a dollar is doubled where it would be one.
"""

from collections.abc import Sequence
from typing import Any, Final

import yaml

from streams.alerts.files import measure_sql
from streams.core.alerts.rules import Rule

Json = dict[str, Any]

FOLDER: Final = "KPI cửa khẩu Lào Cai"
RECEIVER: Final = "kpi"
NIGHT: Final = "kpi-ban-dem"
_SOURCE: Final = "kpi-clickhouse"
_HEADER: Final = "# Made by `kpi alerts grafana` from deploy/alerts.toml and sql/alerts: change those.\n"
# Grafana looks no oftener than this: it has all panels to serve besides.
_LEAST_EVERY_MS: Final = 60_000


def render(rules: Sequence[Rule]) -> dict[str, str]:
    """Give the text of every file, by file name."""
    files = {"rules.yaml": _rules(rules), "notify.yaml": _notify()}
    return {name: _HEADER + _yaml(content) for name, content in files.items()}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines, such as queries, line by line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(content: Json) -> str:
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)


def _rules(rules: Sequence[Rule]) -> Json:
    by_interval: dict[int, list[Rule]] = {}
    for rule in (one for one in rules if not one.news):
        by_interval.setdefault(max(rule.every, _LEAST_EVERY_MS), []).append(rule)
    groups = [
        {
            "orgId": 1,
            "name": f"kpi-{every // 60_000}m",
            "folder": FOLDER,
            "interval": f"{every // 1000}s",
            "rules": [_rule(rule) for rule in members],
        }
        for every, members in sorted(by_interval.items())
    ]
    # Grafana keeps a rule that is no longer in the file, as news was before, until it is told to delete it.
    gone = [{"orgId": 1, "uid": f"kpi-{rule.id}"} for rule in rules if rule.news]
    return {"apiVersion": 1, "deleteRules": gone, "groups": groups}


def _rule(rule: Rule) -> Json:
    value = f'{{{{ printf "%.{rule.decimals}f" $values.A.Value }}}}'
    limit = "" if rule.limit is None else f" (ngưỡng {rule.limit:g})"
    return {
        "uid": f"kpi-{rule.id}",
        "title": f"{rule.title.vi} [{rule.id}]",
        "condition": "C",
        "for": f"{rule.hold // 1000}s",
        "noDataState": "OK" if rule.no_data == "resolve" else "KeepLast",
        "execErrState": "Error",
        "labels": {"severity": rule.severity, "kpi": rule.kpi, "rule": rule.id},
        "annotations": {
            "summary": f"{rule.title.vi}: {{{{ $labels.scope }}}}",
            "description": f"{value}{limit}",
            "runbook": f"deploy/runbook.md#{rule.runbook}",
        },
        "data": [_question(rule), _threshold(rule)],
    }


def _question(rule: Rule) -> Json:
    """Ask the measure: a label and one number a row."""
    model = {
        "refId": "A",
        "editorType": "sql",
        "queryType": "table",
        "format": 1,
        "intervalMs": 60_000,
        "maxDataPoints": 100,
        "rawSql": question_sql(rule),
    }
    return {
        "refId": "A",
        "datasourceUid": _SOURCE,
        "relativeTimeRange": {"from": 3600, "to": 0},
        "model": model,
    }


def question_sql(rule: Rule) -> str:
    """Give a rule's query as one statement: place and value, where there is something to say."""
    lines = measure_sql(rule.measure).splitlines()
    inner = "\n".join(f"    {line}" for line in lines if not line.startswith("--"))
    value = "value" if rule.against == "value" else f"value / nullIf({rule.against}, 0) * 100"
    places = "".join(f"'{scope}'," for scope in rule.scopes)
    where = f" AND scope IN ({places})" if places else ""
    # Without a word a rule on change has nothing to say, as of a gate outside its hours.
    where += " AND word != ''" if rule.on == "change" else ""
    return (
        f"SELECT toString(scope) AS scope, toFloat64({value}) AS value\nFROM\n(\n{inner}\n)\n"
        f"WHERE sample >= {rule.min_sample} AND isFinite(value){where}"
    )


def _threshold(rule: Rule) -> Json:
    kind, back = ("lt", "gt") if rule.below is not None else ("gt", "lt")
    condition: Json = {"evaluator": {"type": kind, "params": [rule.limit or 0]}}
    if rule.clear is not None and rule.clear != rule.limit:
        condition["unloadEvaluator"] = {"type": back, "params": [rule.clear]}
    model = {"refId": "C", "type": "threshold", "expression": "A", "conditions": [condition]}
    return {"refId": "C", "datasourceUid": "__expr__", "model": model}


def _notify() -> Json:
    title = '{{ template "kpi.title" . }}'
    webhook = {"url": "$KPI_GRAFANA_ALERT_URL", "httpMethod": "POST", "maxAlerts": "50", "title": title}
    receiver = {"uid": "kpi-webhook", "type": "webhook", "disableResolveMessage": False, "settings": webhook}
    night = [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "06:00"}]
    titles = '{{ define "kpi.title" }}[{{ .Status }}] {{ .CommonAnnotations.summary }}{{ end }}'
    urgent: Json = {
        "receiver": RECEIVER,
        "object_matchers": [["severity", "=", "critical"]],
        "group_wait": "0s",
    }
    quiet: Json = {
        "receiver": RECEIVER,
        "object_matchers": [["severity", "=", "info"]],
        "mute_time_intervals": [NIGHT],
    }
    return {
        "apiVersion": 1,
        "contactPoints": [{"orgId": 1, "name": RECEIVER, "receivers": [receiver]}],
        "policies": [
            {
                "orgId": 1,
                "receiver": RECEIVER,
                "group_by": ["alertname", "scope"],
                "group_wait": "10s",
                "group_interval": "1m",
                "repeat_interval": "4h",
                "routes": [urgent, quiet],
            }
        ],
        "muteTimes": [
            {"orgId": 1, "name": NIGHT, "time_intervals": [{"times": night, "location": "Asia/Ho_Chi_Minh"}]}
        ],
        "templates": [{"orgId": 1, "name": "kpi", "template": titles}],
    }
