"""How fresh the numbers are: from before an event is sent until a query shows it, calm and busy."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from itertools import islice
from typing import Final

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse import connect_reader
from streams.core.record import Record
from streams.kafka_admin import create_topics
from streams.settings import Settings
from tests.bench.conftest import YEAR_DAYS, Size, history_of
from tests.bench.contenders import WORKER
from tests.bench.measure import Freshness, Samples, cpu_seconds
from tests.bench.stage import start
from tests.bench.visibility import Place, Seen, Sent, ages_ms
from tests.migrated import copy_database
from tests.servers import stop

RATES: Final = (10, 1_000, 5_000)
# Events of one tick are handed over together.
_TICK_S: Final = 0.01
_ASK_EVERY_S: Final = 0.02
_PATIENCE_S: Final = 120.0
_WARM_UP: Final = 100
# The row that is written last of a batch: whoever sees it sees all that the batch led to.
_STORED: Final = "SELECT topic, partition, max(offset) FROM {generation:Identifier}.consumed GROUP BY ALL"


@pytest.mark.parametrize("rate", RATES)
async def test_freshness(
    rate: int, servers: tuple[Settings, psutil.Process], size: Size, samples: Samples
) -> None:
    """Send at a rate: first without asking, to know what it costs, then asking all the time."""
    shared, engine = servers
    settings = shared.model_copy(update={"topic_prefix": f"rate{rate}.", "database": f"rate{rate}"})
    copy_database(settings)
    await create_topics(settings)
    count = int(rate * size.rate_s)
    events = iter(list(islice(history_of(YEAR_DAYS), _WARM_UP + 2 * count)))
    process = start(WORKER, settings, settings.home / f"{settings.database}.log")
    worker = psutil.Process(process.pid)
    try:
        async with _producer(settings) as producer:
            line = _Line(settings, producer)
            await line.send(islice(events, _WARM_UP), _WARM_UP)
            await line.catch_up()

            began = clock.monotonic(), cpu_seconds(worker), cpu_seconds(engine)
            await line.send(islice(events, count), rate)
            ended = clock.monotonic(), cpu_seconds(worker), cpu_seconds(engine)
            await line.catch_up()

            line.forget()
            asking = asyncio.create_task(line.keep_asking())
            await line.send(islice(events, count), rate)
            await line.catch_up()
            asking.cancel()
    finally:
        stop(process)
    seconds, worker_s, engine_s = (now - then for now, then in zip(ended, began, strict=True))
    ages = ages_ms(line.sent, line.seen)
    samples.by_rate[rate] = Freshness.of(ages, worker_s / seconds, engine_s / seconds)


class _Line:
    """Sends events, asks what is stored, and keeps both."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self._settings = settings
        self._producer = producer
        self.sent: list[Sent] = []
        self.seen: list[Seen] = []

    def forget(self) -> None:
        """Begin to measure."""
        self.sent.clear()
        self.seen.clear()

    async def send(self, records: Iterator[Record], rate: int) -> None:
        """Send records at a rate and wait until Kafka has them all."""
        waiting = []
        began = clock.monotonic()
        for number, record in enumerate(records):
            ahead = number / rate - (clock.monotonic() - began)
            if ahead > 0:
                await asyncio.sleep(max(ahead, _TICK_S))
            at, topic = clock.monotonic(), self._settings.topic(record.partition.topic)
            waiting.append((at, await self._producer.send(topic, key=record.key, value=record.value)))
        for at, future in waiting:
            told = await future
            place = told.topic.removeprefix(self._settings.topic_prefix), told.partition
            self.sent.append(Sent(place, told.offset, at))

    async def keep_asking(self) -> None:
        """Ask again and again."""
        with closing(connect_reader(self._settings)) as client:
            while True:
                await self._ask(client)
                await asyncio.sleep(_ASK_EVERY_S)

    async def catch_up(self) -> None:
        """Ask until all that was sent is stored."""
        deadline = clock.monotonic() + _PATIENCE_S
        ends: dict[Place, int] = {}
        for event in self.sent:
            ends[event.place] = max(event.offset, ends.get(event.place, 0))
        with closing(connect_reader(self._settings)) as client:
            while not _reaches(await self._ask(client), ends):
                assert clock.monotonic() < deadline, "the worker does not keep up"
                await asyncio.sleep(_ASK_EVERY_S)

    async def _ask(self, client: Client) -> Seen:
        generation = {"generation": f"{self._settings.database}_g1"}
        answer = await asyncio.to_thread(client.query, _STORED, generation)
        offsets = {(topic, partition): offset for topic, partition, offset in answer.result_rows}
        self.seen.append(Seen(clock.monotonic(), offsets))
        return self.seen[-1]


def _reaches(answer: Seen, ends: Mapping[Place, int]) -> bool:
    return all(answer.offsets.get(place, -1) >= end for place, end in ends.items())


@asynccontextmanager
async def _producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap, acks="all", compression_type="lz4"
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
