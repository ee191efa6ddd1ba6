"""What two selections have in common."""

from datetime import UTC, datetime

import pytest

from streams.commands.selection_options import selection_of
from streams.errors import UsageError
from streams.registry import load_registry
from streams.replay.selection import Selection

SIX, SEVEN, EIGHT = (datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (6, 7, 8))
GATE = Selection(gate="kim-thanh", start=SIX)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        pytest.param(Selection(), Selection(), Selection(), id="everything"),
        pytest.param(GATE, Selection(), GATE, id="all of one"),
        pytest.param(
            Selection(start=SIX, end=EIGHT),
            Selection(start=SEVEN),
            Selection(start=SEVEN, end=EIGHT),
            id="time",
        ),
        pytest.param(
            Selection(topics=("target", "gate.state")),
            Selection(topics=("target",), zone="tang-loong"),
            Selection(topics=("target",), zone="tang-loong"),
            id="type and zone",
        ),
        pytest.param(Selection(end=SEVEN), Selection(start=SEVEN), None, id="no moment"),
        pytest.param(Selection(topics=("target",)), Selection(topics=("gate.state",)), None, id="no type"),
        pytest.param(GATE, Selection(gate="muong-khuong"), None, id="two gates"),
        pytest.param(GATE, Selection(zone="tang-loong"), None, id="a gate and a zone"),
        pytest.param(Selection(gate="kim-thanh", zone="tang-loong"), Selection(), None, id="no such event"),
    ],
)
def test_what_both_mean_is_compared(one: Selection, other: Selection, both: Selection | None) -> None:
    """It is the same the other way round."""
    assert both == one.overlap(other) == other.overlap(one)


def test_a_gate_goes_without_a_zone() -> None:
    """No event is of both, and a replay of none is not begun."""
    with pytest.raises(UsageError, match="no event is of both"):
        selection_of(load_registry(), None, "kim-thanh", "tang-loong", "", "", "", None)
