"""Suspects of a verification: what clears a number, what proves it wrong, what leaves it unproven."""

from datetime import UTC, datetime

from streams.suspects import Comparison, Difference, Suspects


def _number(measure: str, version: int = 1, *, ahead: bool = True) -> Difference:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    return Difference("trade_day", at, "kim-thanh", "gate.crossing", 0, measure, 2, 1, version, ahead)


def _reading(*differences: Difference, unlisted: int = 0) -> Comparison:
    return Comparison(3, 12, len(differences) + unlisted, differences)


def _after(*readings: Comparison) -> Suspects:
    suspects = Suspects(readings[0])
    for reading in readings[1:]:
        suspects.read_again(reading)
    return suspects


def test_nothing_different_is_settled() -> None:
    """One reading is enough."""
    suspects = _after(_reading())

    assert (True, 0, 0) == (suspects.settled, suspects.moving, suspects.differing)


def test_numbers_that_move_in_turns_are_proven() -> None:
    """Each was equal in one of the readings, though no reading was without a difference."""
    suspects = _after(_reading(_number("lines", 1)), _reading(_number("mass", 2)))

    assert (True, 0, 0) == (suspects.settled, suspects.moving, suspects.differing)


def test_a_number_that_changes_at_every_reading_is_not_proven() -> None:
    """It is neither equal nor wrong."""
    suspects = _after(*(_reading(_number("lines", version)) for version in range(20)))

    assert (False, 1, 0, []) == (
        suspects.settled,
        suspects.moving,
        suspects.differing,
        suspects.differences,
    )


def test_a_number_that_stays_ahead_is_wrong() -> None:
    """Nobody writes it: four readings alike."""
    three = [_reading(_number("lines"))] * 3

    assert not _after(*three).settled
    assert [_number("lines")] == _after(*three, three[0]).differences


def test_a_number_that_is_consumed_is_wrong() -> None:
    """It is read twice; also one that moves and is never equal differs."""
    still = _number("lines", ahead=False)
    moved = still._replace(version=2)

    assert (True, [still]) == (
        _after(_reading(still), _reading(still)).settled,
        _after(_reading(still), _reading(still)).differences,
    )
    assert (1, 0) == (
        _after(_reading(still), _reading(moved)).differing,
        _after(_reading(still), _reading(moved)).moving,
    )


def test_a_list_cut_short_clears_nothing() -> None:
    """A suspect that is not listed may be among those that were left off."""
    suspects = _after(_reading(_number("lines", 1)), _reading(_number("mass", 2), unlisted=5))

    assert (False, 1) == (suspects.settled, suspects.moving)


def test_what_is_left_off_beside_numbers_in_motion_is_not_proven() -> None:
    """It counts as wrong only where all that is listed is wrong."""
    moving = _reading(_number("lines"), unlisted=5)
    wrong = _reading(_number("lines", ahead=False), unlisted=5)

    assert (6, 0) == (_after(moving).moving, _after(moving).differing)
    assert (0, 6) == (_after(wrong, wrong).moving, _after(wrong, wrong).differing)
