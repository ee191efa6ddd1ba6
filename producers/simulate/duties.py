"""What the state takes: duty and tax on imports, and a fee for each loaded vehicle."""

from typing import Final

from producers.simulate.goods import Load
from producers.simulate.money import VND_PER_USD

# 2022: 1,650 bn VND on 2.228 bn USD of trade. Taken from imports alone, that is this share of their value
# beside the fees (assumption: duty is mostly waived between ASEAN and China, VAT of 8 to 10 % is not).
_IMPORT_SHARE: Final = 0.10
# For the use of roads and yards at the gates (assumption); border residents carry their goods free of it.
_FEE_VND: Final = 700_000


def duty_vnd(load: Load) -> int:
    """Give duty and tax on a vehicle's goods."""
    if load.regime != "import":
        return 0
    return int(load.usd_minor * VND_PER_USD * _IMPORT_SHARE) // 100


def fee_vnd(load: Load) -> int:
    """Give the fee for a vehicle's goods."""
    return 0 if load.regime == "border_resident" else _FEE_VND
