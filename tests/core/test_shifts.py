"""The registry's shifts: in the order of the day, each once."""

from pathlib import Path

import pytest

from streams.errors import UsageError
from streams.registry import load_registry
from streams.resources import resource

_SHIFT = '[[shifts]]\nslug = "{}"\nvi = "Ca"\nstarts_at = "{}"\nbasis = "a"\n'


def test_the_shipped_shifts_are_marked_as_assumed() -> None:
    """Three of them, and no source names them."""
    shifts = load_registry().shifts

    assert ["06:00", "14:00", "22:00"] == [shift.starts_at for shift in shifts]
    assert {"a"} == {shift.basis for shift in shifts}


@pytest.mark.parametrize(
    ("added", "words"),
    [
        (("late", "05:00"), "later in the day than the one before"),
        (("late", "22:00"), "later in the day than the one before"),
        (("night", "23:00"), "shifts: a slug"),
    ],
)
def test_shifts_out_of_order_are_refused(tmp_path: Path, added: tuple[str, str], words: str) -> None:
    """What begins before the shift above it, or at its time, or bears its name."""
    path = tmp_path / "registry.toml"
    shipped = resource("deploy/registry.toml").read_text(encoding="utf-8")
    path.write_text(shipped + _SHIFT.format(*added), encoding="utf-8")

    with pytest.raises(UsageError, match=words):
        load_registry(path)
