"""May this event of this sender go on? The contract, the token's sources, and nobody's data as it is."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json

from producers.ingest.personal import personal_field
from producers.ingest.tokens import Token
from producers.publisher import Message
from streams.registry import Registry

NOT_PERMITTED: Final = "not_permitted"
PERSONAL_DATA: Final = "personal_data"
# Reasons that dead letters do not have: such events never come as far as Kafka.
OWN_REASONS: Final = (NOT_PERMITTED, PERSONAL_DATA)


class Refusal(NamedTuple):
    """Why an event breaks the contract: the reason as dead letters bear it, and which field is wrong."""

    reason: str
    detail: str


# Judges bytes as the worker will.
Contract = Callable[[bytes], Message | Refusal]


class Refused(NamedTuple):
    """An event of a request that was not sent: its place there, and its id if it has one that is a UUID."""

    place: int
    id: str | None
    reason: str
    detail: str


class Judged(NamedTuple):
    """The events of a request, told apart."""

    good: list[Message]
    refused: list[Refused]


class Judge:
    """Judges the events of a request for the token that they came with."""

    def __init__(self, contract: Contract, registry: Registry) -> None:
        self._contract = contract
        self._province = registry.scope

    def judge(self, token: Token, values: Sequence[bytes]) -> Judged:
        """Tell good events from those to refuse."""
        judged = Judged([], [])
        for place, value in enumerate(values):
            outcome = self._one(token, value)
            if isinstance(outcome, Message):
                judged.good.append(outcome)
            else:
                judged.refused.append(Refused(place, id_of(value), *outcome))
        return judged

    def _one(self, token: Token, value: bytes) -> Message | Refusal:
        outcome = self._contract(value)
        if isinstance(outcome, Refusal):
            return outcome
        content = from_json(value)
        if not token.speaks_for(content["source"]):
            return Refusal(NOT_PERMITTED, "source: is none that this token speaks for")
        if outcome.topic not in token.topics:
            return Refusal(NOT_PERMITTED, f"type: this token may not send {outcome.topic}")
        if misplaced := self._misplaced(content):
            return Refusal(NOT_PERMITTED, misplaced)
        found = personal_field(content)
        return Refusal(PERSONAL_DATA, found) if found else outcome

    def _misplaced(self, content: dict[str, dict[str, str]]) -> str | None:
        """Say what is of another gate or zone: a source of the province alone speaks of all."""
        place = str(content["source"]).split("/")[3]
        if place == self._province:
            return None
        for name in ("gate_id", "zone_id"):
            if content["data"].get(name, place) != place:
                return f"{name}: the source speaks for {place} alone"
        return None


def id_of(value: bytes) -> str | None:
    """Give the id of an event for the answer; what is no UUID is not repeated."""
    try:
        content = from_json(value)
        return str(UUID(content["id"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
