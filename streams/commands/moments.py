"""Moments as people type them: a date is local midnight, a time without a zone is local too."""

from datetime import UTC, datetime

from streams.clock import HANOI
from streams.errors import UsageError


def parse_moment(text: str, option: str) -> datetime:
    """Read a moment given to an option, such as 2026-01-05 or 2026-01-05T07:30 or 2026-01-05T00:30:00Z.

    Raises:
        UsageError: the text is no moment.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option}: {text!r} is no moment; write 2026-01-05, 2026-01-05T07:30 or 2026-01-05T00:30Z"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=HANOI)).astimezone(UTC)


def epoch_of(text: str, option: str) -> int:
    """Read a moment as milliseconds since 1970."""
    return int(parse_moment(text, option).timestamp() * 1000)
