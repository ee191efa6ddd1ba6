"""What must be stored, computed from the topics alone. Shares no code with the Processor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tests.faults.topics import Log, LogRecord, Place
from tests.oracle import Rows, expected

MEASURES_IN_TOTAL: Final = ("value_usd_minor", "net_mass_kg", "lines", "vehicles", "total_ms", "value_vnd")


class At(NamedTuple):
    """One offset of one partition."""

    place: Place
    offset: int

    def __str__(self) -> str:
        return f"{self.place.topic}/{self.place.partition}@{self.offset}"


@dataclass(frozen=True)
class Expected:
    """The oracle's answer: each offset is in exactly one of `accepted`, `dead` and `resent`."""

    accepted: Mapping[At, str]
    dead: Mapping[At, str]
    resent: Mapping[At, str]
    identities: Mapping[At, str]
    rows: Rows


def expect(log: Log) -> Expected:
    """Sort every record, and fold the accepted ones."""
    accepted, dead, resent = _sorted(log)
    identities = {At(place, record.offset): record.identity for place, record in _records(log)}
    good = {place: [r for r in records if At(place, r.offset) in accepted] for place, records in log.items()}
    return Expected(accepted, dead, resent, identities, expected(good))


def _sorted(log: Log) -> tuple[dict[At, str], dict[At, str], dict[At, str]]:
    """Sort by what the sender said; of one identity the lowest offset of its partition counts."""
    accepted: dict[At, str] = {}
    dead: dict[At, str] = {}
    resent: dict[At, str] = {}
    seen: set[tuple[Place, str]] = set()
    for place, record in _records(log):
        at = At(place, record.offset)
        if record.dead:
            dead[at] = record.dead
        elif (place, record.identity) in seen:
            resent[at] = record.identity
        else:
            seen.add((place, record.identity))
            accepted[at] = record.identity
    return accepted, dead, resent


def _records(log: Log) -> Iterator[tuple[Place, LogRecord]]:
    return ((place, record) for place, records in log.items() for record in records)


def totals(rows: Rows) -> dict[tuple[str, str], int]:
    """Sum each measure of each table over all of its windows; sketches are compared window by window."""
    sums: dict[tuple[str, str], int] = {}
    for (table, *_), measures in rows.items():
        for name, amount in measures.items():
            if name in MEASURES_IN_TOTAL:
                sums[table, str(name)] = sums.get((table, str(name)), 0) + amount
    return sums
