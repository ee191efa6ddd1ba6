"""The vehicles and wagons that come to the gates, as the JSON text of a crossing's body."""

from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import Final, NamedTuple

# Container owners of the simulated world: no real owner's code.
_OWNERS: Final = ("LCKU", "VNGU", "HKMU", "YNCU")
_LETTER_VALUES: Final = dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", [n for n in range(10, 39) if n % 11], strict=True)
)
_OWNER_SUMS: Final = {
    owner: sum(_LETTER_VALUES[letter] << place for place, letter in enumerate(owner)) for owner in _OWNERS
}
# Vehicles of one class and country that come again and again.
_FLEET: Final = 1_500


class Fleet(NamedTuple):
    """How the vehicles of a kind of gate are made up: class, country, empty mass (assumptions)."""

    main_class: str
    other_class: str
    main_share: float
    vietnamese_share: float
    tare_kg: int


# 100-130 of 350 vehicles a day at Kim Thanh are Vietnamese (public).
FLEETS: Final = {
    "road": Fleet("rigid", "container", 0.55, 0.35, 15_000),
    "rail": Fleet("wagon", "wagon", 1.0, 0.4, 22_000),
    "resident": Fleet("light", "rigid", 0.7, 0.6, 2_500),
}


@lru_cache(maxsize=20_000)
def _identity(world: str, vehicle_class: str, country: str, number: int) -> str:
    """Write who a vehicle is; the hash is keyed with the world, as the gates key theirs."""
    plate = f"{country}-{vehicle_class}-{number}"
    digest = blake2b(plate.encode(), key=world.encode()[:64], digest_size=16).hexdigest()
    return f'"vehicle_hash":"{digest}","vehicle_country":"{country}","vehicle_class":"{vehicle_class}"'


def container_number(owner: str, serial: int) -> str:
    """Write an ISO 6346 container number with its check digit."""
    digits = f"{serial:06d}"
    total = _OWNER_SUMS[owner] + sum(int(digit) << place for place, digit in enumerate(digits, 4))
    return f"{owner}{digits}{total % 11 % 10}"


def draw_vehicle(rng: Random, world: str, kind: str, net_mass_kg: int) -> str:
    """Draw a vehicle and write the fields of a crossing that describe it."""
    fleet = FLEETS[kind]
    vehicle_class = fleet.main_class if rng.random() < fleet.main_share else fleet.other_class
    country = "VN" if rng.random() < fleet.vietnamese_share else "CN"
    text = _identity(world, vehicle_class, country, int(rng.random() * _FLEET))
    loaded = "true" if net_mass_kg else "false"
    text = f'{text},"loaded":{loaded},"gross_mass_kg":{fleet.tare_kg + net_mass_kg}'
    if vehicle_class == "container":
        owner = _OWNERS[int(rng.random() * len(_OWNERS))]
        text = f'{text},"container_no":"{container_number(owner, int(rng.random() * 1_000_000))}"'
    return text
