"""Then and now: how far a local day's published figures differ from what is known of it by now, and why.

A day is published some minutes after its end, with what had come by then; a pure function of the facts and of
when each came says what changed since. So the answer is the same after a replay from the archive, in whatever
order that folds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from streams.core.contribution import Contribution, Measures, RowKey, minus
from streams.core.facts import Fact, standing
from streams.core.windows import local_day_of

#: An assumption: nobody has said when a day's figures go out.
PUBLISHED_AFTER_MS: Final = 15 * 60_000

# A report's figure lies on the day on which its window began, at most so long before its time.
_LONGEST_WINDOW_MS: Final = 3_600_000
# A KPI, and the gate or zone that it is of.
Figure = tuple[str, str]


class Figures(NamedTuple):
    """What of an entity is published: the day that a fact may put a figure on, and the figures of a day."""

    day_of: Callable[[Fact], int | None]
    on: Callable[[Sequence[Fact], int], Mapping[Figure, Measures]]


def published_first(received_ms: int) -> int:
    """Give the first local day that was published after a moment."""
    return local_day_of(received_ms - PUBLISHED_AFTER_MS)


def add_restatements(contribution: Contribution, facts: Sequence[Fact], figures: Figures) -> None:
    """Add what each fact that came after a day was published changed of that day's figures."""
    newest = max([fact.known for fact in facts])
    # Nearly always all came in time, and this is all that it costs.
    if newest <= local_day_of(min([fact.time for fact in facts]) - _LONGEST_WINDOW_MS):
        return
    days = {day for fact in facts if (day := figures.day_of(fact)) is not None and day < newest}
    for day in days:
        _restate(contribution, facts, figures, day)


def _restate(contribution: Contribution, facts: Sequence[Fact], figures: Figures, day: int) -> None:
    known = [fact for fact in facts if fact.known <= day]
    before = figures.on(standing(known), day)
    for fact in sorted((fact for fact in facts if fact.known > day), key=_order):
        known.append(fact)
        after = figures.on(standing(known), day)
        for figure in before.keys() | after.keys():
            change = minus(dict(after.get(figure, {})), dict(before.get(figure, {})))
            if change:
                key = RowKey("restatement_day", day, (*figure, _cause(fact)))
                contribution.add(key, {"events": 1, **change})
        before = after


def _order(fact: Fact) -> tuple[int, bool, int, str]:
    """Order facts without their positions, which a replay gives anew."""
    return fact.known, fact.kind is not None, fact.time, fact.id


def _cause(fact: Fact) -> str:
    if fact.kind is not None:
        return "amended" if fact.kind == "amend" else "cancelled"
    return "redriven" if fact.redriven else "late"
