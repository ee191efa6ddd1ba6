"""The catalogue: every KPI with its name, unit, formula, grain, place, caveats and source.

A number that anybody can read has a definition here; a test reads the real views and finds those without.
"""

from typing import Final

from streams.core.definitions.agencies import AGENCIES
from streams.core.definitions.alerting import ALERTING
from streams.core.definitions.arrivals import ARRIVALS
from streams.core.definitions.clearing import CLEARING
from streams.core.definitions.gates import GATES
from streams.core.definitions.goods import GOODS
from streams.core.definitions.lanes import LANES
from streams.core.definitions.latency import LATENCY
from streams.core.definitions.model import DIMENSIONS, RECORDS, Definition
from streams.core.definitions.output import OUTPUT
from streams.core.definitions.places import PLACES
from streams.core.definitions.plants import PLANTS
from streams.core.definitions.progress import PROGRESS
from streams.core.definitions.quality import QUALITY
from streams.core.definitions.reconciliation import RECONCILIATION
from streams.core.definitions.reliability import RELIABILITY
from streams.core.definitions.restatement import RESTATEMENT
from streams.core.definitions.revenue import REVENUE
from streams.core.definitions.trade import TRADE
from streams.core.definitions.yards import YARDS

__all__ = ["CATALOGUE", "DIMENSIONS", "RECORDS", "Definition", "defining"]

#: Every definition by its name, in the order in which they are shown.
CATALOGUE: Final = {
    definition.name: definition
    for part in (
        PROGRESS,
        TRADE,
        GOODS,
        REVENUE,
        RECONCILIATION,
        LATENCY,
        RELIABILITY,
        AGENCIES,
        CLEARING,
        OUTPUT,
        PLANTS,
        PLACES,
        GATES,
        LANES,
        YARDS,
        ARRIVALS,
        QUALITY,
        RESTATEMENT,
        ALERTING,
    )
    for definition in part
}


def defining(view: str, column: str) -> list[Definition]:
    """Give the definitions of a view's column."""
    return [one for one in CATALOGUE.values() if f"{view}.{column}" in one.columns]
