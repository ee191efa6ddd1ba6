"""The history: the year to date behind the live stream, oldest day first, and what a pause has left out."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from producers.ledgers import HistoryLedger, LiveLedger, folder, live_pid, replace_file
from producers.publisher import Sender
from producers.ranges import CHUNK, message_of
from producers.simulate.calendar import day_start_ms, local_day, time_text
from producers.simulate.emission import Emission
from producers.simulate.world import World
from producers.spans import Span, missing
from streams import clock
from streams.errors import KpiError
from streams.logs import get_logger

_log = get_logger("history")

# The live stream stays fresh behind at most so many records.
MAX_LAG: Final = 20_000
_WAIT_FOR_LIVE_S: Final = 60
_POLL_S: Final = 0.2


class Progress(NamedTuple):
    """How far the history is; `rate` is events a second, `eta` seconds to go."""

    done_days: int
    total_days: int
    rate: int
    eta: int


class Workers(Protocol):
    """Those who consume what is sent."""

    async def wait_below(self, limit: int) -> None:
        """Return once they are at most so many records behind."""


class History:
    """Fills what is missing of the year before the live stream's start."""

    def __init__(self, world: World, sender: Sender, workers: Workers, home: Path) -> None:
        self._world, self._sender, self._workers, self._home = world, sender, workers, home
        self._path = folder(home) / "state.json"
        self._ledger = HistoryLedger.read(self._path, world.name) or HistoryLedger(world=world.name)

    async def run(self) -> AsyncIterator[Progress]:
        """Send what is missing, day by day, and give the progress after each."""
        live = await self._live()
        days = list(self._missing_days(live))
        began, sent = clock.monotonic(), 0
        yield self._report(Progress(0, len(days), 0, 0))
        for number, span in enumerate(days, 1):
            sent += await self._send(span)
            self._ledger.add(span)
            self._ledger.write(self._path)
            seconds = max(clock.monotonic() - began, 0.001)
            eta = round(seconds / number * (len(days) - number))
            yield self._report(Progress(number, len(days), round(sent / seconds), eta))
        _log.info("history_complete", days=len(days), events=sent)

    async def _live(self) -> LiveLedger:
        """Wait for the live stream: the history ends where that starts.

        Raises:
            KpiError: no live stream runs in this home.
        """
        deadline = clock.monotonic() + _WAIT_FOR_LIVE_S
        while clock.monotonic() < deadline:
            ledger = LiveLedger.read(folder(self._home) / "live.json", self._world.name)
            if ledger and ledger.pid == live_pid(self._home):
                return ledger
            await asyncio.sleep(_POLL_S)
        raise KpiError("no live simulation runs in this home; start it first: kpi produce simulate")

    def _missing_days(self, live: LiveLedger) -> Iterator[Span]:
        end = live.sessions[-1][0]
        start = day_start_ms(date(local_day(end).year, 1, 1))
        for gap in missing((start, end), [*live.sessions, *self._ledger.done]):
            yield from _by_day(gap)

    async def _send(self, span: Span) -> int:
        events = self._of_the_year(span)
        sent = 0
        while chunk := [message_of(event) for event in islice(events, CHUNK)]:
            await self._workers.wait_below(MAX_LAG)
            await self._sender.publish(chunk)
            sent += len(chunk)
        return sent

    def _of_the_year(self, span: Span) -> Iterator[Emission]:
        """Give a span's events; those of the year before, sent on its first day, belong to no history."""
        year = date(local_day(span[0]).year, 1, 1)
        if local_day(span[0]) > year:
            return self._world.events(*span)
        start = time_text(day_start_ms(year))
        return (event for event in self._world.events(*span) if _time_of(event) > start)

    def _report(self, progress: Progress) -> Progress:
        replace_file(folder(self._home) / "history.json", json.dumps(progress._asdict()).encode())
        return progress


def _time_of(event: Emission) -> str:
    """Give an event's own time; a report of output that ends as the year starts is of the year before."""
    return event.value.partition(b'"time":"')[2][:24].decode()


def _by_day(span: Span) -> Iterator[Span]:
    start, end = span
    while start < end:
        midnight = day_start_ms(local_day(start) + timedelta(days=1))
        yield start, min(midnight, end)
        start = midnight
