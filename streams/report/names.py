"""What the words of views and the registry's slugs are called on a Vietnamese page."""

from collections.abc import Mapping

from streams.registry import Registry
from streams.vocabulary import (
    DIRECTIONS,
    FINDINGS,
    INDICATORS,
    INTERVALS,
    REASONS,
    REGIMES,
    RESTATED,
    TOPICS,
)


def names_of(registry: Registry) -> Mapping[str, str]:
    """Give the name of every place, plant and word that a view may give as the subject of a row."""
    places = {
        **{gate.slug: gate.vi for gate in registry.gates},
        **{zone.slug: zone.vi for zone in registry.zones},
        **{plant.slug: plant.vi for plant in registry.plants},
    }
    scopes = {registry.scope: "Toàn tỉnh", "parks": "Các khu công nghiệp"}
    ours = (REGIMES, DIRECTIONS, INTERVALS, INDICATORS, RESTATED, FINDINGS, REASONS, TOPICS)
    return {**places, **scopes, **{slug: name for part in ours for slug, name in part.items()}}
