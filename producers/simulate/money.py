"""Exchange rates of the simulated world, and values that agree with them to the cent."""

import math
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

_SCALE: Final = 10**10
# USD a unit in ten-thousand-millionths (assumption: near 2023-2026), swinging by a percent over the year.
_MEAN_RATE: Final = {"USD": _SCALE, "CNY": 1_400_000_000, "VND": 392_000}
_SWING: Final = {"USD": 0.0, "CNY": 0.01, "VND": 0.01}
# Cents of a dollar that one minor unit at rate 1 is worth.
_CENTS: Final = {"USD": 1, "CNY": 1, "VND": 100}
VND_PER_USD: Final = 25_500


class Money(NamedTuple):
    """An amount in its own currency and, written once, in US cents."""

    value_minor: int
    currency: str
    usd_minor: int
    rate: str


@lru_cache(maxsize=2048)
def _rate(currency: str, day: date) -> tuple[int, str]:
    swing = 1 + _SWING[currency] * math.sin(2 * math.pi * day.timetuple().tm_yday / 365)
    units = round(_MEAN_RATE[currency] * swing)
    return units, f"{units // _SCALE}.{units % _SCALE:010d}"


def priced(cents: int, currency: str, day: date) -> Money:
    """Express a value of about so many US cents in a currency; `usd_minor` is exactly what the rate gives."""
    units, text = _rate(currency, day)
    factor = units * _CENTS[currency]
    value_minor = max(1, cents * _SCALE // factor)
    usd_minor = (value_minor * factor + _SCALE // 2) // _SCALE
    return Money(value_minor, currency, max(1, usd_minor), text)
