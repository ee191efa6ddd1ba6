"""One rule at all of its places: answers of its query in, how it stands and what happened out."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from streams.core.alerts.machine import Kind, Look, Observation, Standing, fail, step
from streams.core.alerts.rules import Rule

_NEW: Final = Standing()
_NOTHING: Final = Observation()


class Happening(NamedTuple):
    """What happened to a rule at a place; `before` is the word that was there before a change."""

    rule: Rule
    scope: str
    kind: Kind
    standing: Standing
    before: str = ""


class Evaluation(NamedTuple):
    """How a rule stands at each place now, and what happened."""

    standings: dict[str, Standing]
    happenings: list[Happening]


def evaluate(
    rule: Rule,
    were: Mapping[str, Standing],
    answers: Mapping[str, Mapping[str, Any]],
    look_at: Callable[[str], Look],
) -> Evaluation:
    """Look at every place that the query names or named before.

    What a rule that looks at a place for the first time ever finds in a time that is over is no news.
    """
    standings, happenings = {}, []
    for scope in sorted(were.keys() | answers.keys()):
        if not rule.covers(scope):
            continue
        was = were.get(scope, _NEW)
        seen = _observation(rule, answers[scope]) if scope in answers else _NOTHING
        look, is_old = look_at(scope), scope not in were and bool(seen.window)
        standings[scope], kind = step(rule, scope, was, seen, look._replace(silent=look.silent or is_old))
        if kind is not None:
            happenings.append(Happening(rule, scope, kind, standings[scope], was.word))
    return Evaluation(standings, happenings)


def unanswered(were: Mapping[str, Standing], now: int) -> dict[str, Standing]:
    """Give how a rule stands whose query was not answered."""
    return {scope: fail(was, now) for scope, was in were.items()}


def _observation(rule: Rule, row: Mapping[str, Any]) -> Observation:
    """Read a row: `scope`, `value` and `sample`, and what else the query tells."""
    baseline = row[rule.against] if rule.against != "value" else None
    return Observation(
        value=_number(row["value"]),
        sample=int(row["sample"] or 0),
        baseline=_number(baseline),
        window=str(row.get("window") or ""),
        word=str(row.get("word") or ""),
        at=row.get("at"),
    )


def _number(value: Any) -> float | None:  # noqa: ANN401 - whatever ClickHouse gives
    """Read a number; NaN is none."""
    return None if value is None or value != value else float(value)  # noqa: PLR0124 - only NaN differs from itself
