"""Archived events that this build no longer accepts: refused, or buried in the new generation."""

from collections.abc import Mapping, Sequence

from clickhouse_connect.driver.client import Client

from streams.core.breaker import WINDOW
from streams.core.decode import DeadLetter
from streams.core.record import PartitionId, Record
from streams.errors import RefusedError
from streams.replay.handover import Stand
from streams.store import ClickHouseStore


class RefuseLetters:
    """Refuses: what was accepted once must not get lost by a rebuild unless an operator says so."""

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Refuse the first letter.

        Raises:
            RefusedError: always.
        """
        letter = letters[0]
        raise RefusedError(
            f"an archived event of {letter.record.partition.topic}, offset {letter.record.offset}, is no"
            f" longer accepted: {letter.reason}: {letter.detail}; nothing was switched. Mend the cause"
            " (a place that is missing in the registry), or make all such events dead letters of the new"
            " generation with: kpi migrate --rebuild --bury-refused"
        )


class BuryLetters:
    """Lets letters through to the table alone: on Kafka these bytes are events that were accepted."""

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Do nothing."""


class BuryingStore(ClickHouseStore):
    """A store of a new generation that gives its letters positions above all that it holds otherwise.

    Rebuilt events count up from 0, where letters of the source may stand. In a partition that `first` does
    not name letters stay where they are.
    """

    def __init__(self, client: Client, generation: str, first: Mapping[PartitionId, int]) -> None:
        super().__init__(client, generation)
        self._first = first

    async def write_dead(self, letters: Sequence[DeadLetter]) -> None:
        """Store letters at positions of their own."""
        await super().write_dead([letter._replace(record=self._moved(letter)) for letter in letters])

    def _moved(self, letter: DeadLetter) -> Record:
        record = letter.record
        return record._replace(position=self._first.get(record.partition, 0) + record.position)


def first_letters(stands: Mapping[PartitionId, Stand], events: int) -> dict[PartitionId, int]:
    """Give the position in each partition from which on letters are buried; `events` are rebuilt in all."""
    return {partition: stand.next_position + events for partition, stand in stands.items()}


def end_of_letters(first: int, rebuilt: int) -> int:
    """Give the position after the letters, so far away that no breaker takes them for the newest records."""
    return first + rebuilt + WINDOW
