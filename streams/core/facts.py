"""Facts of an entity, and what stands of them once their corrections are applied.

An entity is the small set of facts that belong together: a visit, a clearance, one plant's window, a register
entry. Facts keep their positions, so that what was known before any position can be told again.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from pydantic_core import from_json, to_json

from streams.core.contribution import Contribution

MAX_FACTS: Final = 64


class Fact(NamedTuple):
    """What one accepted event says; `body` holds the fields that its entity's contribution reads.

    `known`: the first local day that was published after it came, 0 for history sent after the fact;
    `redriven`: it had been a dead letter.
    """

    position: int
    id: str
    time: int
    corrects: str | None
    kind: str | None
    number: int
    body: tuple[object, ...]
    known: int = 0
    redriven: bool = False


def standing(facts: Sequence[Fact]) -> Sequence[Fact]:
    """Apply corrections: of several of one event the highest `(number, id)` stands, however they came.

    What stands bears the id of its original. An amendment without its original stands in for it; a
    cancelled event never was.
    """
    corrections = {fact.id: fact for fact in facts if fact.kind}
    if not corrections:
        return facts
    winner: dict[str, Fact] = {}
    for fact in corrections.values():
        root = _root(fact, corrections)
        if root not in winner or (fact.number, fact.id) > (winner[root].number, winner[root].id):
            winner[root] = fact
    originals = [fact for fact in facts if not fact.kind and fact.id not in winner]
    amended = [fact._replace(id=root) for root, fact in winner.items() if fact.kind == "amend"]
    return originals + amended


def _root(fact: Fact, corrections: dict[str, Fact]) -> str:
    """Follow corrections of corrections to the original; a ring of them counts for its smallest id."""
    path, target = [fact.id], str(fact.corrects)
    while target in corrections:
        if target in path:
            return min(path[path.index(target) :])
        path.append(target)
        target = str(corrections[target].corrects)
    return target


class Entity:
    """An immutable set of facts in the order of their positions, and what they contribute to the KPIs.

    `contribute` is given all of them, those that are corrected too.
    """

    __slots__ = ("_contribute", "_contribution", "facts")

    def __init__(self, facts: Sequence[Fact], contribute: Callable[[Sequence[Fact]], Contribution]) -> None:
        self.facts = tuple(facts)
        self._contribute = contribute
        self._contribution: Contribution | None = None

    @property
    def version(self) -> int:
        """Give the highest position among the facts, -1 where there are none."""
        return self.facts[-1].position if self.facts else -1

    @property
    def contribution(self) -> Contribution:
        """Give what the facts contribute, a pure function of their set; worked out once."""
        if self._contribution is None:
            self._contribution = self._contribute(self.facts) if self.facts else Contribution()
        return self._contribution

    def before(self, position: int) -> "Entity":
        """Give the entity as it was before a position."""
        if position > self.version:
            return self
        return Entity([fact for fact in self.facts if fact.position < position], self._contribute)

    def plus(self, fact: Fact) -> "Entity":
        """Give the entity with one more fact; the same position again changes nothing."""
        if fact.position > self.version:
            return Entity((*self.facts, fact), self._contribute)
        if any(known.position == fact.position for known in self.facts):
            return self
        return Entity(sorted((*self.facts, fact)), self._contribute)

    def to_json(self) -> str:
        """Write the facts for the store."""
        return to_json(self.facts).decode()


def facts_from_json(text: str | bytes) -> list[Fact]:
    """Read what `Entity.to_json` wrote."""
    return [Fact._make((*item[:6], tuple(item[6]), *item[7:])) for item in from_json(text)]
