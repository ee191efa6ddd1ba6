"""What the alerts remember of what people said."""

from typing import Final

import pytest

from streams.alerts.files import load_rules
from streams.alerts.memory import Silence
from streams.alerts.names import Names
from streams.registry import load_registry

STOP: Final = next(rule for rule in load_rules() if rule.id == "plant-stop")
PLACES: Final = Names(load_registry()).around("dap-2-tang-loong")


@pytest.mark.parametrize(
    ("rule", "scope", "covers"),
    [
        pytest.param("plant-stop", "", True, id="everywhere"),
        pytest.param("plant-stop", "dap-2-tang-loong", True, id="there"),
        pytest.param("plant-stop", "tang-loong", True, id="in its zone"),
        pytest.param("plant-stop", "kim-thanh", False, id="elsewhere"),
        pytest.param("plant-silent", "", False, id="another rule"),
    ],
)
def test_a_silence_covers_what_lies_at_its_place(rule: str, scope: str, *, covers: bool) -> None:
    """As a subscription does: that of a zone also what its plants do."""
    assert covers is Silence(rule, scope).covers(STOP, PLACES)
