"""The sketch: exact buckets, and quantiles within one percent."""

import math
from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from streams.core.sketch import GAMMA, ZERO_BUCKET, bucket_of, quantile

YEAR_MS = 366 * 86_400_000


@given(st.integers(1, YEAR_MS))
def test_a_bucket_holds_what_lies_between_its_powers(ms: int) -> None:
    """Bucket i holds the durations over gamma^(i-1) and up to gamma^i, exactly."""
    bucket = bucket_of(ms)

    assert Fraction(GAMMA) ** (bucket - 1) < ms <= Fraction(GAMMA) ** bucket


@given(st.integers(1, YEAR_MS))
def test_the_formula_of_the_sql_side_gives_the_same_bucket(ms: int) -> None:
    """Up to a year, ceil(ln ms / ln gamma) in floats is the exact bucket."""
    assert bucket_of(ms) == math.ceil(math.log(ms) / math.log(1.01 / 0.99))


def test_the_formula_agrees_at_every_edge_up_to_a_year() -> None:
    """At each bucket's edge and one to either side, formula and table agree."""
    edges = {math.floor(GAMMA**i) + step for i in range(bucket_of(YEAR_MS)) for step in (0, 1)}
    assert [] == [ms for ms in edges if bucket_of(ms) != math.ceil(math.log(ms) / math.log(1.01 / 0.99))]


def test_zero_has_a_bucket_of_its_own() -> None:
    """A duration of 0 ms is not lost in the logarithm."""
    assert (ZERO_BUCKET, 0.0) == (bucket_of(0), quantile({ZERO_BUCKET: 3}, 0.5))


@given(st.lists(st.integers(1, YEAR_MS), min_size=1), st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.99, 1.0]))
def test_quantiles_are_within_one_percent(sample: list[int], q: float) -> None:
    """A quantile of the sketch is within 1 % of the sample's value of the same rank."""
    exact = sorted(sample)[math.floor(q * (len(sample) - 1))]

    assert abs(quantile(Counter(map(bucket_of, sample)), q) - exact) <= exact * 0.01 * (1 + 1e-9)
