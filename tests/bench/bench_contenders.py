"""How fast the worker takes events from Kafka to confirmed rows, beside limits and other tools."""

import pytest

from tests.bench.contenders import CONTENDERS, Contender
from tests.bench.measure import Samples
from tests.bench.stage import Lane


@pytest.fixture(scope="session")
def shown() -> set[Contender]:
    """Hold who has shown already that its sums are right."""
    return set()


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_contender(  # noqa: PLR0913, PLR0917 - fixtures
    contender: Contender,
    bench_round: int,
    small_lane: Lane,
    lane: Lane,
    samples: Samples,
    shown: set[Contender],
) -> None:
    """Run one contender from the start of the topics; before its first round its sums are the oracle's."""
    if lacks := contender.missing():
        samples.note(lacks)
        pytest.skip(lacks)
    if contender not in shown:
        small_lane.check(contender)
        samples.versions[contender.name] = contender.version()
        shown.add(contender)
    samples.add(contender.name, bench_round, lane.measure(contender))
