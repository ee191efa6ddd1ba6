"""Events that came before their time are redriven once it has come, by the worker that owns their topic."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError
from mode import Service
from urllib3.exceptions import HTTPError

from streams.core.record import PartitionId
from streams.dead_letters.redrive import Archive, Redriver
from streams.dead_letters.selection import DEAD, Selection
from streams.dead_letters.sending import Sender
from streams.events import epoch_ms
from streams.logs import get_logger
from streams.topics import EVENT_TOPICS

_log = get_logger("dead_letters")

_LOOK_EVERY_S: Final = 10.0
# The rest comes with the next look.
_AT_ONCE: Final = 5_000


class DueLetters(Service):
    """Redrives the `future_time` letters of the topics whose first partition this worker owns.

    Args:
        archive: the letters.
        sender: takes them to Kafka.
        owned: gives the partitions of this worker.
        now: the clock.
        who: this worker.
    """

    def __init__(
        self,
        archive: Archive,
        sender: Sender,
        owned: Callable[[], Collection[PartitionId]],
        now: Callable[[], datetime],
        who: str,
    ) -> None:
        super().__init__()
        self._archive = archive
        self._sender = sender
        self._owned = owned
        self._now = now
        self._redriver = Redriver(archive, sender, now, who)

    async def on_stop(self) -> None:
        """Disconnect."""
        await self._sender.close()

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            try:
                await self.redrive_due()
            except (ClickHouseError, HTTPError, KafkaError, OSError) as error:
                # Nothing is lost by waiting: the next look finds them again.
                _log.warning("due_letters_wait", error=type(error).__name__)
            # Last: who is woken by the end must not begin anything.
            await self.sleep(_LOOK_EVERY_S)

    async def redrive_due(self) -> int:
        """Redrive what is due now; give how many letters were found."""
        topics = [name for name in EVENT_TOPICS if PartitionId(name, 0) in self._owned()]
        if not topics:
            return 0
        due = epoch_ms(self._now())
        selection = Selection(statuses=(DEAD,), reason="future_time", topics=topics, due_ms=due)
        keys = await asyncio.to_thread(self._archive.find, selection, _AT_ONCE)
        if keys:
            action = await self._redriver.redrive(selection, keys)
            _log.info("due_letters_redriven", redriven=action.redriven, parked=action.parked)
        return len(keys)
