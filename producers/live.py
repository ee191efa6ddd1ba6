"""The live stream: each simulated event is sent when its time comes."""

import asyncio
import os
from pathlib import Path
from typing import Final

from producers.ledgers import LiveLedger, folder
from producers.publisher import Sender
from producers.ranges import Pace, message_of, produce_range
from producers.simulate.world import World
from streams import clock
from streams.logs import get_logger

_log = get_logger("live")

# A shorter pause than this is caught up by the live stream itself: its events are not late yet.
_CATCH_UP_MS: Final = 10 * 60_000
# How far ahead of sending the ledger claims: one small write to disk in this time.
_CLAIM_MS: Final = 60_000
_LONGEST_SLEEP_MS: Final = 1_000


class LiveStream:
    """Sends a world's events as their time comes, and remembers on disk how far it came."""

    def __init__(self, world: World, sender: Sender, home: Path) -> None:
        self._world, self._sender = world, sender
        self._path = folder(home) / "live.json"
        self._position = 0
        self._in_doubt = False
        self._ledger = LiveLedger(world=world.name, pid=0, sessions=[], sent_to=0)

    async def run(self) -> None:
        """Send until cancelled."""
        await self.start(clock.now_ms())
        _log.info("live_started", world=self._world.name, position=self._position)
        try:
            while True:
                await self.send_due(clock.now_ms())
                await asyncio.sleep(self._sleep_s())
        finally:
            self.stop()
            _log.info("live_stopped", position=self._position)

    async def start(self, now_ms: int) -> None:
        """Go on from the last session, or start a new one and leave the gap to the history."""
        ledger = LiveLedger.read(self._path, self._world.name)
        if ledger is None:
            ledger = LiveLedger(world=self._world.name, pid=0, sessions=[], sent_to=now_ms)
        elif now_ms - ledger.sent_to > _CATCH_UP_MS:
            # What a crashed session claimed is its own to send: the same bytes, so nothing counts twice.
            claimed_to = min(ledger.sessions[-1][1], now_ms)
            await produce_range(self._world, self._sender, ledger.sent_to, claimed_to, Pace())
            ledger.sent_to = now_ms
        self._position = ledger.sent_to
        if not ledger.sessions or ledger.sessions[-1][1] < self._position:
            ledger.sessions.append((self._position, self._position))
        ledger.pid = os.getpid()
        ledger.write(self._path)
        self._ledger = ledger

    async def send_due(self, now_ms: int) -> None:
        """Send what is due by now and was not sent yet."""
        until = now_ms + 1
        if until <= self._position:
            return
        if until > self._ledger.sessions[-1][1]:
            self._note(until + _CLAIM_MS)
        self._in_doubt = True
        await self._sender.publish(map(message_of, self._world.events(self._position, until)))
        self._in_doubt = False
        self._position = until

    def stop(self) -> None:
        """Give back what was claimed and not sent; what was being sent stays claimed."""
        self._note(self._ledger.sessions[-1][1] if self._in_doubt else self._position)

    def _note(self, claimed_to: int) -> None:
        ledger = self._ledger
        ledger.sent_to = self._position
        ledger.sessions[-1] = (ledger.sessions[-1][0], claimed_to)
        ledger.write(self._path)

    def _sleep_s(self) -> float:
        soon = self._world.events(self._position, self._position + _LONGEST_SLEEP_MS)
        upcoming = next(soon, None)
        wake_ms = upcoming.at_ms if upcoming else self._position + _LONGEST_SLEEP_MS
        return max(0.0, (wake_ms - clock.now_ms()) / 1000)
