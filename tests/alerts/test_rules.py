"""The default rules: the file holds, every one has a runbook section, and each is tried on series."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from streams.alerts.files import rules_of
from streams.core.alerts.rules import parse_rules
from streams.core.alerts.trial import parse_trial, run_trial
from streams.errors import UsageError
from streams.registry import load_registry
from streams.resources import resource

RULES: Final = parse_rules(resource("deploy/alerts.toml").read_text(encoding="utf-8"), "alerts.toml")
TRIALS: Final = sorted(resource("deploy/alerts-tests").glob("*.toml"))
_WHOLE: Final = """
[[rules]]
id = "yard"
kpi = "yard_occupancy"
measure = "yard"
above = 85
clear = 80
reach = "1h"
severity = "info"
title = {{ vi = "Bãi đầy", en = "Yard full" }}
message = {{ vi = "{{place}}: {{value}}", en = "{{place}}: {{value}}" }}
{more}
"""


def test_every_rule_has_its_section_and_every_section_its_rule() -> None:
    """A message names a section of the runbook; it says what the alert means, what to check, how to act."""
    text = resource("deploy/runbook.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))

    assert {rule.runbook for rule in RULES} == set(sections)
    for section in sections.values():
        assert all(f"*{word}*" in section for word in ("Means", "Check", "Act"))
    assert {rule.runbook: rule.title.vi for rule in RULES} == {
        name: found[1]
        for name, section in sections.items()
        if (found := re.search(r"\*\*(.+)\.\*\*", section))
    }


def test_every_rule_has_its_query() -> None:
    """And no query is left over."""
    files = {path.stem for path in resource("sql/alerts").glob("*.sql")}

    assert {rule.measure for rule in RULES} == files


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_a_rule_does_on_series_what_its_file_says(path: Path) -> None:
    """Everything that is heard, and nothing else."""
    outcomes = run_trial(parse_trial(path.read_text(encoding="utf-8"), path.name), RULES, path.name)

    assert [] == [outcome for outcome in outcomes if not outcome.passed]


def test_every_rule_is_tried_firing_and_silent() -> None:
    """Each has a file of its own name in which it fires."""
    fired = {trial.rule for path in TRIALS if any((trial := parse_trial(path.read_text(), path.name)).cases)}

    assert {rule.id for rule in RULES} == fired == {path.stem for path in TRIALS}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("colour = 1", "yard: colour: Extra inputs are not permitted"),
        ("below = 3", "yard: say either above or below"),
        ('for = "soon"', "'soon' is no duration"),
        ("min_sample = -1", "yard: min_sample"),
        ("levels = [{ clear = 90 }]", "yard-85: clear 90 must not lie above the limit 85"),
        ("levels = [{ above = 85 }, { above = 85 }]", "yard-85: two rules have this id"),
        ('levels = [{ kpi = "happiness" }]', "kpi 'happiness' has no definition"),
        ('after = "gates"', "yard: after 'gates' is no topic; there are gate.crossing"),
        ('topics = ["gate.state", "gates"]', "yard: topics 'gates' is no topic; there are gate.crossing"),
        ('on = "change"', "yard: a rule on change has no above, below or clear"),
        ('news = true\nno_data = "resolve"', "yard: news passes a limit and is over at once"),
        ("for = 300", "yard: for: 300 is no duration; write 90s, 15m, 6h or 2d"),
        ('scopes = "kim-thanh"', 'yard: scopes: must be a list: write ["kim-thanh"]'),
        ("scopes = [1]", "yard: scopes.0: Input should be a valid string"),
        ("levels = []", "yard: levels must be a list of at least one, each in braces"),
        ("levels = { above = 85 }", "yard: levels must be a list of at least one, each in braces"),
        ("levels = [85]", "yard: levels must be a list of at least one, each in braces"),
        ('levels = [{ above = "85" }]', "yard-85: above: Input should be a valid number"),
        ("levels = [{ above = nan }]", "yard-nan: above: Input should be a finite number"),
        ('levels = [{ title = { vi = "Bãi {value:.1f}", en = "Yard full" } }]', "without : or !"),
        ('levels = [{ title = { vi = "Bãi {value!r}", en = "Yard full" } }]', "without : or !"),
        ('levels = [{ title = { vi = "Bãi {value", en = "Yard full" } }]', "expected '}'"),
        ('levels = [{ title = { vi = "{who}?????", en = "{who}?????" } }]', "{who} is not known"),
    ],
)
def test_a_mistake_is_named(more: str, words: str) -> None:
    """By rule and field, with what would be right."""
    with pytest.raises(UsageError) as refused:
        parse_rules(_WHOLE.format(more=more), "mine.toml")

    assert words in str(refused.value)
    assert str(refused.value).startswith("mine.toml: ")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('against = "last_week"', "yard: sql/alerts/yard.sql gives no last_week"),
        ('scopes = ["kim-thanh", "kim-than"]', "yard: there is no place 'kim-than' in the registry"),
    ],
)
def test_what_a_rule_names_is_there(more: str, words: str) -> None:
    """What its query is to give, and its places: else it would break or mute the service when it looks."""
    with pytest.raises(UsageError) as refused:
        rules_of(_WHOLE.format(more=more), "mine.toml", load_registry())

    assert words in str(refused.value)


def test_a_rule_on_change_needs_a_query_that_gives_words() -> None:
    """Of numbers alone it would never hear of a change."""
    text = _WHOLE.format(more='on = "change"').replace("above = 85\nclear = 80\n", "")
    with pytest.raises(UsageError, match=r"yard: sql/alerts/yard\.sql gives no word"):
        rules_of(text, "mine.toml", load_registry())


def test_levels_are_rules_of_one_section() -> None:
    """Each level has its own id, limit and severity; the rest is shared."""
    levels = 'levels = [{ above = 90, severity = "warning" }, { above = 95, severity = "critical" }]'
    found = parse_rules(_WHOLE.format(more=levels), "mine.toml")

    assert [("yard-90", 90.0, "warning", "yard"), ("yard-95", 95.0, "critical", "yard")] == [
        (rule.id, rule.limit, rule.severity, rule.runbook) for rule in found
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "1 x2, 3", "sample": "1 x2"}, "its series have different lengths: [2, 3]"),
        ({"value": "1 x2 3"}, "'1 x2 3' is no entry"),
        ({"value": "high"}, "could not convert"),
    ],
)
def test_a_series_that_cannot_be_read_is_refused(fields: dict[str, Any], words: str) -> None:
    """With the name of the file and what is wrong."""
    lines = "".join(f'{name} = "{text}"\n' for name, text in fields.items())
    trial = parse_trial(
        f'rule = "waiting-oldest-480"\n[[cases]]\nname = "one"\nevents = []\n{lines}', "f.toml"
    )

    with pytest.raises(UsageError, match=r"f\.toml: ") as refused:
        run_trial(trial, RULES, "f.toml")

    assert words in str(refused.value)
