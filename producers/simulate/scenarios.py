"""The named scenarios of the simulated world."""

from typing import Final

from streams.errors import UsageError

NORMAL: Final = "normal"
SCENARIOS: Final = {NORMAL: "an ordinary year, calibrated to the public figures of 2023 and grown since"}


def check_scenario(name: str) -> str:
    """Give the name of a scenario that exists.

    Raises:
        UsageError: there is none of that name; the text lists those that exist.
    """
    if name not in SCENARIOS:
        known = "\n".join(f"  {known}: {meaning}" for known, meaning in SCENARIOS.items())
        raise UsageError(f"there is no scenario {name!r}; there are:\n{known}")
    return name
