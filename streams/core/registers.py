"""Registers: events that are looked up, not summed - gate states, targets, declarations."""

from collections.abc import Callable, Sequence

from pydantic import BaseModel

from streams.core.contribution import Contribution, RegisterKey
from streams.core.facts import Fact


def register_body(body: BaseModel) -> tuple[object, ...]:
    """Keep every field of the body, in the order of the model."""
    return tuple(body.model_dump(mode="json").values())


def register_contribution(table: str, model: type[BaseModel]) -> Callable[[Sequence[Fact]], Contribution]:
    """Make the contribution of a register: one entry an original event, as it stands."""
    columns = tuple(model.model_fields)

    def contribute(facts: Sequence[Fact]) -> Contribution:
        contribution = Contribution()
        for fact in facts:
            entry = dict(zip(columns, fact.body, strict=True))
            contribution.registers[RegisterKey(table, fact.id)] = {"time": fact.time, **entry}
        return contribution

    return contribute
