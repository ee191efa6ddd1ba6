"""What places and words are called in messages."""

from collections.abc import Mapping
from typing import Final

from streams.core.alerts.messages import Wording
from streams.core.alerts.subscriptions import Language
from streams.registry import Registry
from streams.vocabulary import INDICATORS, STATES

_PROVINCE: Final = {
    "lao-cai": ("tỉnh Lào Cai", "Lào Cai"),
    "parks": ("các khu công nghiệp", "industrial parks"),
}
_SYSTEMS: Final = {
    "control-room": ("phòng điều hành", "control room"),
    "digital-gate": ("nền tảng số", "digital platform"),
    "vnaccs-vcis": ("hải quan", "customs"),
}
_INDICATORS_EN: Final = {
    "trade_value": "trade",
    "industrial_output": "industrial output",
    "budget_revenue": "budget revenue",
}
_STATES_EN: Final = {"open": "open", "restricted": "restricted", "closed": "closed"}


class Names:
    """Names of the registry beside those of indicators and systems."""

    def __init__(self, registry: Registry) -> None:
        """Take the places of a registry."""
        gates = {gate.slug: (gate.vi, gate.en) for gate in registry.gates}
        zones = {zone.slug: (zone.vi, zone.en) for zone in registry.zones}
        plants = {plant.slug: (plant.vi, plant.slug) for plant in registry.plants}
        indicators = {slug: (vi, _INDICATORS_EN.get(slug, slug)) for slug, vi in INDICATORS.items()}
        self._names: Mapping[str, tuple[str, str]] = {
            **gates,
            **zones,
            **plants,
            **indicators,
            **_PROVINCE,
            **_SYSTEMS,
        }
        self._zones = {plant.slug: plant.zone for plant in registry.plants}
        self._sites = gates.keys() | zones.keys()
        self._parks = registry.park_zones

    def place(self, scope: str, lang: Language) -> str:
        """Name a place of one or more parts, such as kim-thanh/control-room."""
        return " · ".join(self._part(part, lang) for part in scope.split("/") if part)

    def knows(self, scope: str) -> bool:
        """Tell whether every part of a place has a name."""
        return all(part in self._names for part in scope.split("/"))

    def around(self, scope: str) -> frozenset[str]:
        """Give a place with its parts and those that they lie in: a plant's zone, a park's `parks`."""
        parts = {scope, *scope.split("/")}
        zones = {self._zones[part] for part in parts if part in self._zones}
        parks = {"parks"} if not self._parks.isdisjoint(parts | zones) else set()
        return frozenset(parts | zones | parks)

    def concerns(self, site: str, scope: str) -> bool:
        """Tell whether what happens at a gate or in a zone may be part of what is at a place."""
        around = self.around(scope)
        return site in around or around.isdisjoint(self._sites)

    def wording(self, scope: str, lang: Language) -> Wording:
        """Give what a message about a place needs."""
        words: Mapping[str, str] = STATES if lang == "vi" else _STATES_EN
        return Wording(lang, self.place(scope, lang), words)

    def _part(self, part: str, lang: Language) -> str:
        return self._names.get(part, (part, part))[0 if lang == "vi" else 1]
