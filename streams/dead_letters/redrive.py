"""Redriving: dead letters go back to where they came from, as they came, to be judged anew.

A letter is sent first and marked afterwards. A crash in between sends it again the next time, and that
changes no number: an event counts once by its id, and what is bad again is another dead letter.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import uuid4

from streams.core.letters import MAX_ATTEMPTS, home_of, replay_headers
from streams.dead_letters.archive import Action, LetterKey, StoredLetter
from streams.dead_letters.selection import DEAD, DROPPED, PARKED, REDRIVEN, Selection
from streams.dead_letters.sending import Outgoing, Sender
from streams.events import epoch_ms

# What is sent before it is marked: a crash repeats no more than this.
_CHUNK: Final = 500
_CHUNK_BYTES: Final = 16 << 20


class Archive(Protocol):
    """Where the letters are; see `LetterArchive`."""

    def find(self, selection: Selection, limit: int) -> list[LetterKey]:
        """Give the letters that match, oldest first."""

    def read(self, keys: Sequence[LetterKey], *, with_bytes: bool = True) -> list[StoredLetter]:
        """Give letters as they are now, with or without their bytes."""

    def mark(self, keys: Sequence[LetterKey], status: str, now_ms: int) -> None:
        """Give letters another status."""

    def write_down(self, action: Action, state: str, finished_at: datetime | None = None) -> None:
        """Record an action."""


def fate_of(key: LetterKey, *, even_parked: bool = False) -> str:
    """Tell what becomes of a letter that is to be redriven: `redriven`, `parked`, or empty: it stays.

    One whose bytes are not whole cannot be sent as it came; one whose time has not come goes by itself then.
    """
    if key.cut or key.early:
        return ""
    return REDRIVEN if even_parked or key.attempt < MAX_ATTEMPTS else PARKED


def outgoing_of(letter: StoredLetter) -> Outgoing:
    """Give the record that puts a letter back: a misrouted one goes where it belongs."""
    key = letter.key
    home = home_of(letter.value) if key.reason == "misrouted" else None
    topic, record_key = home or (key.partition.topic, letter.record_key)
    first_failed = epoch_ms(letter.first_failed_at)
    headers = replay_headers(letter.headers, str(key.origin), key.attempt + 1, first_failed)
    return Outgoing(topic, key.partition.partition, record_key, letter.value, headers)


class Redriver:
    """Does to dead letters what somebody decided, in bounded steps, and writes it down.

    Args:
        archive: the letters.
        sender: takes them to Kafka.
        now: the clock.
        who: decided it.
    """

    def __init__(self, archive: Archive, sender: Sender, now: Callable[[], datetime], who: str) -> None:
        self._archive = archive
        self._sender = sender
        self._now = now
        self._who = who

    async def redrive(
        self, selection: Selection, keys: Sequence[LetterKey], done: Callable[[int], None] = lambda _: None
    ) -> Action:
        """Send letters back; those that were too often are parked, and those that are not whole stay.

        What somebody else decided on meanwhile is left alone and not counted. `done` is told how many
        letters each step took.
        """
        action = self._action("redrive", selection, keys)
        even_parked = PARKED in selection.statuses
        await self._write_down(action, "running")
        for chunk in _chunks(keys):
            letters = await self._undecided(chunk)
            fates = [(letter, fate_of(letter.key, even_parked=even_parked)) for letter in letters]
            action.redriven += await self._send([letter for letter, fate in fates if fate == REDRIVEN])
            action.parked += await self._mark([letter for letter, fate in fates if fate == PARKED], PARKED)
            action.skipped += sum(not fate for _, fate in fates)
            done(len(chunk))
        await self._write_down(action, "done", self._now())
        return action

    async def drop(
        self, selection: Selection, keys: Sequence[LetterKey], done: Callable[[int], None] = lambda _: None
    ) -> Action:
        """Decide that letters are not needed; their bytes stay."""
        action = self._action("drop", selection, keys)
        await self._write_down(action, "running")
        for chunk in _chunks(keys):
            action.dropped += await self._mark(await self._undecided(chunk, with_bytes=False), DROPPED)
            done(len(chunk))
        await self._write_down(action, "done", self._now())
        return action

    def _action(self, name: str, selection: Selection, keys: Sequence[LetterKey]) -> Action:
        return Action(uuid4(), self._now(), self._who, name, selection.to_json(), len(keys))

    async def _undecided(self, keys: Sequence[LetterKey], *, with_bytes: bool = True) -> list[StoredLetter]:
        """Read letters; many may take minutes, and somebody else can decide on them meanwhile."""
        letters = await asyncio.to_thread(self._archive.read, keys, with_bytes=with_bytes)
        return [letter for letter in letters if letter.status in (DEAD, PARKED)]

    async def _send(self, letters: Sequence[StoredLetter]) -> int:
        if letters:
            await self._sender.send([outgoing_of(letter) for letter in letters])
        return await self._mark(letters, REDRIVEN)

    async def _mark(self, letters: Sequence[StoredLetter], status: str) -> int:
        if letters:
            keys = [letter.key for letter in letters]
            await asyncio.to_thread(self._archive.mark, keys, status, epoch_ms(self._now()))
        return len(letters)

    async def _write_down(self, action: Action, state: str, finished_at: datetime | None = None) -> None:
        await asyncio.to_thread(self._archive.write_down, action, state, finished_at)


def _chunks(keys: Iterable[LetterKey]) -> Iterator[list[LetterKey]]:
    chunk: list[LetterKey] = []
    size = 0
    for key in keys:
        if chunk and (len(chunk) == _CHUNK or size + key.size > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(key)
        size += key.size
    if chunk:
        yield chunk
