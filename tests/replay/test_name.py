"""The name of a replay is part of a database's name."""

import pytest

from streams.commands.replay_options import check_name
from streams.errors import UsageError


@pytest.mark.parametrize("name", ["1", "jam", "past_g", "x_g1y"])
def test_a_name_is_kept(name: str) -> None:
    """Small letters, digits and _."""
    assert name == check_name(name)


@pytest.mark.parametrize("name", ["", "Jam", "a-b", "a" * 25, "x_g1", "x_g12", "_g1"])
def test_what_cannot_be_a_database_of_its_own_is_refused(name: str) -> None:
    """`x_g1` would be the tables of replay `x`: dropping one would drop the other."""
    with pytest.raises(UsageError, match="is no name of a replay"):
        check_name(name)
