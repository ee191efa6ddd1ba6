"""`kpi alerts check` and `test`: whether the rules hold, and what they do on series."""

from pathlib import Path
from typing import Annotated

import typer

from streams.alerts.files import load_rules
from streams.commands.rows import print_rows
from streams.core.alerts.rules import Rule
from streams.core.alerts.trial import Outcome, parse_trial, run_trial
from streams.errors import EXIT_NO, UsageError
from streams.registry import load_registry
from streams.settings import load_settings

RulesOption = Annotated[Path | None, typer.Option(help="file of rules; default deploy/alerts.toml")]


def check(rules: RulesOption = None) -> None:
    """Read the rules strictly and list them.

    Example: kpi alerts check --rules mine.toml
    """
    columns = ["rule", "kpi", "limit", "clear", "for", "severity", "title"]
    rows = [dict(zip(columns, _row(rule), strict=True)) for rule in _load(rules)]
    print_rows(rows, columns, "table")


def _load(path: Path | None) -> tuple[Rule, ...]:
    return load_rules(path, load_registry(load_settings().registry))


def _row(rule: Rule) -> list[object]:
    if rule.on == "change":
        return [rule.id, rule.kpi, "change", "", "", rule.severity, rule.title.vi]
    sign = ">" if rule.above is not None else "<"
    unit = "" if rule.against == "value" else f" % of {rule.against}"
    hold = f"{rule.hold // 60_000} min"
    return [
        rule.id,
        rule.kpi,
        f"{sign} {rule.limit:g}{unit}",
        f"{rule.clear:g}",
        hold,
        rule.severity,
        rule.title.vi,
    ]


def try_out(
    files: Annotated[list[Path], typer.Argument(help="files of series, as in deploy/alerts-tests")],
    rules: RulesOption = None,
) -> None:
    """Try rules on series, minute by minute; exit 1 when one does not do what its file says.

    Example: kpi alerts test deploy/alerts-tests/*.toml
    """
    known = _load(rules)
    outcomes = [
        outcome
        for path in files
        for outcome in run_trial(parse_trial(_read(path), path.name), known, path.name)
    ]
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        typer.echo(f"{outcome.rule}: {outcome.case}: {_difference(outcome)}")
    typer.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} cases do what their files say")
    if failed:
        raise typer.Exit(EXIT_NO)


def _difference(outcome: Outcome) -> str:
    expected, happened = (", ".join(events) or "nothing" for events in (outcome.expected, outcome.happened))
    return f"the file says {expected}; the rule says {happened}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
