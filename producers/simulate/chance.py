"""Seeded chance: each part of the world draws from a stream of its own, so parts can be made in any order."""

import math
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from random import Random


def stream(*name: object) -> Random:
    """Give the random stream of a part of the world; the same name always draws the same numbers."""
    return Random("/".join(map(str, name)))  # noqa: S311 - a simulation, not a secret


def lognormal(rng: Random, median: float, sigma: float) -> float:
    """Draw from a log-normal distribution given by its median."""
    return median * math.exp(rng.gauss(0.0, sigma))


def unit_lognormal(rng: Random, sigma: float) -> float:
    """Draw from a log-normal distribution whose mean is 1."""
    return math.exp(rng.gauss(0.0, sigma) - sigma * sigma / 2)


def whole(rng: Random, expected: float) -> int:
    """Round to a whole number at random, so that the mean stays what it was."""
    return int(expected + rng.random())


def cumulative(weights: Sequence[float]) -> list[float]:
    """Prepare weights for `Random.choices(cum_weights=...)`."""
    return list(accumulate(weights))


def id_prefix(*name: object) -> str:
    """Give the event ids of one entity but for the step, three hex digits, that completes them.

    The result is a version 8 UUID (RFC 9562): 108 bits of a hash of the name, and the step.
    """
    digest = blake2b("/".join(map(str, name)).encode(), digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[12:15]}-8{digest[15:18]}-{digest[18:27]}"
