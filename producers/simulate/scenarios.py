"""The named scenarios of the simulated world."""

from typing import Final

from producers.simulate.border_trouble import CounterpartClosed, TetSurge
from producers.simulate.economy import NewYear, OnTarget, PowerCut, SteelRestart
from producers.simulate.feed_trouble import CustomsOutage, DoubleSend
from producers.simulate.scenario import Scenario
from streams.errors import UsageError

NORMAL: Final = Scenario.name
SCENARIOS: Final[dict[str, type[Scenario]]] = {
    scenario.name: scenario
    for scenario in (
        Scenario,
        TetSurge,
        CounterpartClosed,
        CustomsOutage,
        DoubleSend,
        SteelRestart,
        PowerCut,
        NewYear,
        OnTarget,
    )
}


def scenario_of(name: str) -> Scenario:
    """Give the scenario of a name.

    Raises:
        UsageError: there is none of that name; the text lists those that exist.
    """
    if name not in SCENARIOS:
        raise UsageError(f"there is no scenario {name!r}; there are:\n{scenario_list()}")
    return SCENARIOS[name]()


def scenario_list() -> str:
    """Write each scenario with its meaning, a line each."""
    width = max(map(len, SCENARIOS))
    return "\n".join(f"  {name:{width}}  {scenario.meaning}" for name, scenario in SCENARIOS.items())
