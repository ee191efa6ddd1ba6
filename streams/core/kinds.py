"""The kinds of entities: which facts belong together, what is kept of them, what they contribute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streams.core.clearances import clearance_body, clearance_contribution
from streams.core.contribution import Contribution
from streams.core.facts import Entity, Fact, standing
from streams.core.outputs import OUTPUT_FIGURES, output_body, output_contribution
from streams.core.registers import register_body, register_contribution
from streams.core.restatement import Figures, add_restatements
from streams.core.visits import VISIT_FIGURES, visit_body, visit_contribution
from streams.events import DeclarationBody, Event, GateStateBody, TargetBody, epoch_ms


@dataclass(frozen=True)
class Kind:
    """How the events of one topic make entities.

    Where `grouped`, the names of entities begin with an hour and a `/`, so that those which come together lie
    side by side in the store and are looked up at once. `contribute` folds the facts that stand; `figures`
    are those of its numbers whose restatements are kept.
    """

    entity: Callable[[Event], str]
    body: Callable[[Any], tuple[object, ...]]
    contribute: Callable[[Sequence[Fact]], Contribution]
    grouped: bool = False
    figures: Figures | None = None

    def load(self, facts: Sequence[Fact]) -> Entity:
        """Make an entity of this kind."""
        return Entity(facts, self._fold)

    def _fold(self, facts: Sequence[Fact]) -> Contribution:
        contribution = self.contribute(standing(facts))
        if facts and self.figures is not None:
            add_restatements(contribution, facts, self.figures)
        return contribution


def _subject(event: Event) -> str:
    return event.subject


def _window_of_plant(event: Event) -> str:
    hour, minute = divmod(epoch_ms(event.time) // 60_000, 60)
    return f"{hour}/{minute:02d}/{event.subject}"


def _hour_of_gate(event: Event) -> str:
    hour = epoch_ms(event.correctstime or event.time) // 3_600_000
    return f"{hour}/{event.subject}"


KINDS: Final = {
    "gate.crossing": Kind(_subject, visit_body, visit_contribution, figures=VISIT_FIGURES),
    "clearance.stage": Kind(_subject, clearance_body, clearance_contribution),
    "factory.output": Kind(
        _window_of_plant, output_body, output_contribution, grouped=True, figures=OUTPUT_FIGURES
    ),
    "declaration": Kind(_subject, register_body, register_contribution("declarations", DeclarationBody)),
    "gate.state": Kind(
        _hour_of_gate, register_body, register_contribution("gate_states", GateStateBody), grouped=True
    ),
    "target": Kind(_subject, register_body, register_contribution("targets", TargetBody)),
}
