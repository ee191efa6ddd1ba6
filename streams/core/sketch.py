"""DDSketch buckets of integer milliseconds: mergeable by adding, exact to compare.

Source: Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
guarantees", VLDB 2019. With relative accuracy a = 0.01 and gamma = (1 + a) / (1 - a), bucket i holds the
durations in (gamma^(i-1), gamma^i] and stands for 2 * gamma^i / (gamma + 1).
"""

from bisect import bisect_left
from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate
from math import floor
from typing import Final

GAMMA: Final = Fraction(101, 99)
ZERO_BUCKET: Final = -1
# 200 years in milliseconds: longer than any two times of the contract lie apart.
_MAX_MS: Final = 200 * 366 * 86_400_000


def _upper_bounds() -> tuple[int, ...]:
    """List the largest whole millisecond of each bucket.

    Exact integers: a library's logarithm may round differently on another machine.
    """
    bounds, numerator, denominator = [1], 1, 1
    while bounds[-1] < _MAX_MS:
        numerator, denominator = numerator * GAMMA.numerator, denominator * GAMMA.denominator
        bounds.append(numerator // denominator)
    return tuple(bounds)


_BOUNDS: Final = _upper_bounds()


def bucket_of(duration_ms: int) -> int:
    """Give the bucket of a duration of 0 ms or more; 0 ms has a bucket of its own."""
    return bisect_left(_BOUNDS, duration_ms) if duration_ms > 0 else ZERO_BUCKET


def quantile(sketch: Mapping[int, int], q: float) -> float:
    """Give the q-quantile in milliseconds, within 1 % of the sample's value of rank floor(q (n - 1)).

    Raises:
        ValueError: the sketch is empty.
    """
    buckets = sorted(bucket for bucket, count in sketch.items() if count > 0)
    if not buckets:
        raise ValueError("an empty sketch has no quantiles")
    rank = floor(q * (sum(sketch[bucket] for bucket in buckets) - 1))
    reached = accumulate(sketch[bucket] for bucket in buckets)
    bucket = next(bucket for bucket, count in zip(buckets, reached, strict=True) if count > rank)
    gamma = float(GAMMA)
    return 0.0 if bucket == ZERO_BUCKET else 2 * gamma**bucket / (gamma + 1)
