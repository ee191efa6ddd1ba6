"""What the digital gate platform and customs learn of a declaration: together, apart, or not at all."""

from collections.abc import Sequence
from random import Random
from typing import Final, Literal, NamedTuple

from producers.simulate.calendar import HOUR_MS, MINUTE_MS
from producers.simulate.chance import lognormal

# All shares and times are assumptions; no public figure tells how well the two agree.
# Customs know a declaration so many minutes after the platform, now and then before it or hours after.
_LAG_MINUTES: Final = (8.0, 0.8)
_CUSTOMS_FIRST_SHARE: Final = 0.15
_SLOW_SHARE: Final = 0.012
_SLOW_MS: Final = (HOUR_MS, 5 * HOUR_MS)
_ONLY_PLATFORM_SHARE: Final = 0.011
_ONLY_CUSTOMS_SHARE: Final = 0.012
_MISMATCH_SHARE: Final = 0.006
_MISMATCH: Final = (0.7, 1.4)
_AMENDED_SHARE: Final = 0.03
_FIRST_VALUE: Final = (0.85, 1.15)
_AMENDED_PART: Final = (0.2, 0.9)
# Customs release, and tell the platform a little later.
_TOLD_MS: Final = 90_000
_WITHDRAWN_MS: Final = (2 * HOUR_MS, 8 * HOUR_MS)

System = Literal["digital_gate", "vnaccs_vcis"]
Status = Literal["registered", "amended", "released", "cancelled"]
BOTH: Final[tuple[System, ...]] = ("digital_gate", "vnaccs_vcis")


class Entry(NamedTuple):
    """One thing that one system learns of a declaration."""

    at_ms: int
    system: System
    version_no: int
    status: Status
    usd_minor: int


class Times(NamedTuple):
    """When a declaration is registered, presented at the gate, and over: released, or refused."""

    registered_ms: int
    presented_ms: int
    over_ms: int
    released: bool


class _Version(NamedTuple):
    at_ms: int
    number: int
    status: Status
    usd_minor: int


def entries_of(rng: Random, usd_minor: int, times: Times, known: Sequence[System]) -> list[Entry]:
    """Draw what each system that is there learns of a declaration under which vehicles come."""
    versions = _versions(rng, usd_minor, times)
    lag = _lag_ms(rng)
    factor = rng.uniform(*_MISMATCH) if rng.random() < _MISMATCH_SHARE else 1.0
    knowing = _knowing(rng, known)
    entries = _learned("digital_gate", versions, times, 0, 1.0) + _learned(
        "vnaccs_vcis", versions, times, lag, factor
    )
    return sorted(entry for entry in entries if entry.system in knowing)


def withdrawn_entries(
    rng: Random, usd_minor: int, registered_ms: int, known: Sequence[System]
) -> list[Entry]:
    """Draw what the systems learn of a declaration that is cancelled before any vehicle comes."""
    cancelled_ms = registered_ms + int(rng.uniform(*_WITHDRAWN_MS))
    lag = abs(_lag_ms(rng)) % HOUR_MS
    stages: tuple[tuple[int, Status], ...] = ((registered_ms, "registered"), (cancelled_ms, "cancelled"))
    return [
        Entry(at_ms + (lag if system == "vnaccs_vcis" else 0), system, 1, status, usd_minor)
        for at_ms, status in stages
        for system in known
    ]


def _versions(rng: Random, usd_minor: int, times: Times) -> list[_Version]:
    """Draw the versions that a trader lodges; the last one states the true value."""
    if rng.random() >= _AMENDED_SHARE:
        return [_Version(times.registered_ms, 1, "registered", usd_minor)]
    first = int(usd_minor * rng.uniform(*_FIRST_VALUE))
    ahead = times.presented_ms - times.registered_ms
    amended_ms = times.registered_ms + int(ahead * rng.uniform(*_AMENDED_PART))
    return [
        _Version(times.registered_ms, 1, "registered", first),
        _Version(amended_ms, 2, "amended", usd_minor),
    ]


def _learned(
    system: System, versions: list[_Version], times: Times, lag_ms: int, factor: float
) -> list[Entry]:
    """Give what one system learns: each version by the time that it is presented, and how it ended."""
    # A second apart, two versions that are learned at once keep their order.
    moments = [min(v.at_ms + lag_ms, times.presented_ms) + v.number * 1_000 for v in versions]
    learned = [
        Entry(at_ms, system, version.number, version.status, version.usd_minor)
        for at_ms, version in zip(moments, versions, strict=True)
    ]
    ended: Status = "released" if times.released else "cancelled"
    over_ms = times.over_ms + (_TOLD_MS if system == "digital_gate" else 0)
    learned.append(Entry(over_ms, system, versions[-1].number, ended, versions[-1].usd_minor))
    return [entry._replace(usd_minor=int(entry.usd_minor * factor)) for entry in learned]


def _lag_ms(rng: Random) -> int:
    if rng.random() < _SLOW_SHARE:
        return int(rng.uniform(*_SLOW_MS))
    lag = int(lognormal(rng, *_LAG_MINUTES) * MINUTE_MS)
    return -lag if rng.random() < _CUSTOMS_FIRST_SHARE else lag


def _knowing(rng: Random, known: Sequence[System]) -> Sequence[System]:
    draw = rng.random()
    if len(known) == 1 or draw >= _ONLY_PLATFORM_SHARE + _ONLY_CUSTOMS_SHARE:
        return known
    return BOTH[:1] if draw < _ONLY_PLATFORM_SHARE else BOTH[1:]
