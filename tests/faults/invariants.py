"""The invariants after a run, each violation one readable line. (g) is sampled: see sampler.py.

(a) every offset is exactly one of stored, dead, or sent again; (b) the views' sums are the oracle's;
(c) as many distinct ids as were accepted; (d) no position twice; (e) dead and stored are disjoint and
together what was emitted; (f) every window's integers and sketch are the oracle's, and so are findings and
registers (facts.py).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tests.faults.oracle import Expected, totals
from tests.faults.stored import Stored

# One fault can break thousands of lines; the first ones tell.
_SHOWN: Final = 5


def violations(
    expected: Expected, stored: Stored, acked: Mapping[str, int], tried: Mapping[str, int]
) -> list[str]:
    """Check (a) to (f); an identity is on the topics as often as acknowledged, at most as often as tried."""
    checks = (
        _every_offset(expected, stored),
        _sums(expected, stored),
        _distinct(expected, stored),
        (f"(d) stored twice: {at}" for at in stored.twice),
        _emitted(expected, stored, acked, tried),
        _windows(expected, stored),
    )
    return [line for lines in checks for line in first(lines)]


def lost(expected: Expected, stored: Stored) -> int:
    """Count accepted or dead offsets that are in neither table."""
    wanted = expected.accepted.keys() | expected.dead.keys()
    return len(wanted - stored.events.keys() - stored.dead.keys())


def doubled(expected: Expected, stored: Stored) -> int:
    """Count offsets that are stored although their id was before, twice, or though they are dead."""
    return len(stored.events.keys() - expected.accepted.keys()) + len(stored.twice)


def _every_offset(expected: Expected, stored: Stored) -> Iterator[str]:
    tables = (
        ("stored", expected.accepted, stored.events),
        ("dead", expected.dead, stored.dead),
    )
    for word, wanted, found in tables:
        for at in sorted(wanted.keys() - found.keys()):
            yield f"(a) lost: {at} ({wanted[at]}) is not {word}"
        for at in sorted(found.keys() - wanted.keys()):
            kind = "sent again" if at in expected.resent else "not of that kind"
            yield f"(a) {word}, but {kind}: {at} ({found[at]})"
        for at in sorted(wanted.keys() & found.keys()):
            if wanted[at] != found[at]:
                yield f"(a) {word} as {found[at]}, not as {wanted[at]}: {at}"


def _sums(expected: Expected, stored: Stored) -> Iterator[str]:
    wanted = totals(expected.rows)
    for (table, measure), value in sorted(stored.view_totals.items()):
        if value != wanted.get((table, measure), 0):
            yield f"(b) {table}.{measure}: {value}, not {wanted.get((table, measure), 0)}"


def _distinct(expected: Expected, stored: Stored) -> Iterator[str]:
    wanted = len(set(expected.accepted.values()))
    if stored.distinct_ids != wanted:
        yield f"(c) {stored.distinct_ids} distinct ids are stored, {wanted} were accepted"


def _emitted(
    expected: Expected, stored: Stored, acked: Mapping[str, int], tried: Mapping[str, int]
) -> Iterator[str]:
    on_topics = Counter(expected.identities.values())
    dead = {expected.identities.get(at, "") for at in stored.dead}
    alive = set(stored.events.values())
    yield from (f"(e) dead and stored: {name}" for name in sorted(dead & alive))
    yield from (f"(e) neither dead nor stored: {name}" for name in sorted(on_topics.keys() - dead - alive))
    for name in sorted(on_topics.keys() | acked.keys()):
        low, found, high = acked.get(name, 0), on_topics[name], tried.get(name, 0)
        if not low <= found <= high:
            yield f"(e) {found} times on the topics: {name}, sent {high} times, acknowledged {low} times"


def _windows(expected: Expected, stored: Stored) -> Iterator[str]:
    for key in sorted(expected.rows.keys() | stored.rows.keys(), key=str):
        wanted, found = expected.rows.get(key, {}), stored.rows.get(key, {})
        if wanted != found:
            yield f"(f) {key}: {_unequal(found, wanted)} (stored), {_unequal(wanted, found)} (oracle)"


def _unequal(one: Mapping[Any, int], other: Mapping[Any, int]) -> dict[Any, int]:
    return {name: one.get(name, 0) for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def first(lines: Iterable[str]) -> Iterator[str]:
    """Give the first lines, and say how many more there are."""
    found = list(lines)
    yield from found[:_SHOWN]
    if len(found) > _SHOWN:
        yield f"{found[0][:3]} ... and {len(found) - _SHOWN} more"
