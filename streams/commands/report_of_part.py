"""What `kpi check` says of one part."""

from typing import NamedTuple

from streams.local.logfiles import last_words
from streams.settings import Settings


class Report(NamedTuple):
    """One part's health: an exit code's meaning, and words."""

    state: int
    words: str


def last_words_of(part: str, settings: Settings) -> str:
    """Give what a part of `kpi up` said last, as the end of a sentence; nothing where there is no log."""
    log = settings.home / "logs" / f"{part}.log"
    return f". The last one of kpi up said: {last_words(log)}" if log.is_file() else ""
