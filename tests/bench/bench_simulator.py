"""How fast the simulated world makes events: the bytes of the messages, not sent anywhere."""

from producers.simulate.world import World
from streams.registry import load_registry
from streams.settings import Settings
from tests.bench.conftest import SPAN_DAYS, span_of
from tests.bench.measure import Meter, Samples


def test_simulator(bench_round: int, samples: Samples) -> None:
    """Make the events of the span from nothing."""
    world = World(load_registry(), Settings(_env_file=None).seed + bench_round)

    meter = Meter()
    events = sum(1 for _ in world.events(*span_of(SPAN_DAYS)))

    samples.add("simulator", bench_round, meter.sample(events))
