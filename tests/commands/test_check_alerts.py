"""What `kpi check` says of the alerts, from what they wrote down of themselves."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from streams.commands.check_alerts import Found, Recipient, complaints

NOW: Final = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
LATELY: Final = NOW - timedelta(seconds=40)
WELL: Final = Recipient("shift", 2, 0, 5, "")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found(LATELY, 3, [WELL]), []),
        (Found(None, 0, []), ["the rules were never evaluated"]),
        (Found(NOW - timedelta(minutes=12), 0, [WELL]), ["the rules were last evaluated 12 min ago"]),
        (
            Found(LATELY, 0, [WELL, Recipient("desk", 3, 0, 300, ""), Recipient("mail", 4, 0, 130, "")]),
            ["deliveries are stuck: 7 messages wait, one has been due for 5 min"],
        ),
        (
            Found(LATELY, 0, [WELL, Recipient("desk", 1, 2, 0, "ConnectionError")]),
            ["desk is not reached: 2 messages, ConnectionError (kpi subscribers test desk)"],
        ),
    ],
    ids=["well", "never", "late", "stuck", "dead"],
)
def test_what_is_wrong_is_said(found: Found, words: list[str]) -> None:
    """Evaluation, delivery and recipients, each in words; nothing where all is well."""
    assert words == complaints(found, NOW)
