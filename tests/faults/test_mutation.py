"""Is the harness blind? Workers that are wrong on purpose must turn the same scenarios red."""

from collections.abc import Callable

import pytest

from tests.faults.scenarios import first_write_raises, killed_between, one_event_fails
from tests.faults.stand import Stand

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("scenario", [killed_between, first_write_raises, one_event_fails])
def test_acknowledging_before_writing_is_seen(line: Stand, scenario: Callable[..., object]) -> None:
    """A commit ahead of what is stored is a violation of (g), and of nothing but the mutant's doing."""
    scenario(line, mutant="acknowledge-first")
    line.run_until_drained()
    found = line.judge().violations
    assert [text for text in found if text.startswith("(g)") and "committed" in text], found


def test_recording_before_writing_is_seen(line: Stand) -> None:
    """Rows that never came after `consumed` said they had are lost: (a) tells."""
    line.send(300)
    line.strike("kill-after:write_consumed", mutant="record-first")
    line.run_until_drained()
    found = line.judge().violations
    assert [text for text in found if text.startswith("(a) lost")], found
    assert [text for text in found if text.startswith("(g)") and "with rows for" in text], found


def test_counting_a_redelivery_is_seen(line: Stand) -> None:
    """A fold that forgets the versions doubles what comes again: (b) and (f) tell."""
    killed_between(line)
    line.run_until_drained(mutant="count-again")
    found = line.judge().violations
    assert {"(b)", "(f)"} <= {text[:3] for text in found}, found
