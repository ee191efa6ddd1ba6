"""`kpi alerts run`: the composition root. One loop leads, one evaluates, one delivers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from aiokafka.errors import KafkaError
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from streams import clock
from streams.alerts import metrics
from streams.alerts.announcer import Announcer
from streams.alerts.channel import AppriseChannel, allowed_hosts
from streams.alerts.condition import Condition, Work
from streams.alerts.evaluator import Evaluator
from streams.alerts.files import load_rules
from streams.alerts.leader import Leader
from streams.alerts.memory import Memory
from streams.alerts.names import Names
from streams.alerts.outbox import Outbox
from streams.alerts.postman import Postman
from streams.alerts.subscribers import Subscribers
from streams.clickhouse import connect_reader, connect_writer
from streams.endpoints import serve
from streams.errors import DependencyDownError
from streams.kafka_admin import kafka_down
from streams.logs import get_logger
from streams.registry import load_registry
from streams.settings import Settings

_log = get_logger("alerts")

_EVALUATE_EVERY_S: Final = 2.0
# What is announced goes out at once; this is for what waits: retries, quiet hours, digests.
_DELIVER_EVERY_S: Final = 5.0
# After ClickHouse did not answer.
_BACK_OFF_S: Final = 2.0
_AWAY: Final = (ClickHouseError, DependencyDownError, HTTPError, OSError)


class Service:
    """Everything that an instance does."""

    def __init__(self, settings: Settings) -> None:
        """Read the files.

        Raises:
            UsageError: one of them does not hold.
        """
        self._settings = settings
        registry = load_registry(settings.registry)
        self._rules = load_rules(settings.alert_rules, registry)
        self._names = Names(registry)
        self._subscribers = Subscribers(settings)
        self._subscribers.hearing(clock.now())
        self._condition = Condition()
        self._announced = asyncio.Event()

    async def run(self) -> None:
        """Evaluate and deliver whenever this instance leads, until cancelled.

        Raises:
            DependencyDownError: Kafka does not answer at the start.
        """
        serve(self._settings, self._condition.pages(), "alerts_metrics_port")
        try:
            async with Leader(self._settings) as leader, asyncio.TaskGroup() as tasks:
                self._condition.follow(leader)
                tasks.create_task(_forever(leader.beat))
                tasks.create_task(self._keep_evaluating(leader))
                tasks.create_task(self._keep_delivering(leader))
        except KafkaError as error:
            raise kafka_down(self._settings, error) from None

    async def _keep_evaluating(self, leader: Leader) -> None:
        term = 0
        evaluator: Evaluator | None = None
        while True:
            await asyncio.sleep(_EVALUATE_EVERY_S)
            metrics.LEADS.set(leader.leads)
            if not leader.leads:
                continue
            try:
                if evaluator is None or term != leader.term:
                    evaluator, term = await leader.run(self._take_over), leader.term
                    self._announced.set()
                if await leader.run(evaluator.look, clock.now()):
                    self._announced.set()
                self._condition.evaluating.done()
            except _AWAY as error:
                # What was decided may not be told, what was seen not noted: begin from what is stored.
                evaluator = None
                await _wait_for_clickhouse(self._condition.evaluating, error)

    async def _keep_delivering(self, leader: Leader) -> None:
        postman: Postman | None = None
        while True:
            await self._wait_for_letters()
            if not leader.leads:
                continue
            try:
                if postman is None:
                    postman = await leader.run(self._postman, lambda: leader.leads)
                await leader.run(postman.deliver)
                self._condition.delivering.done()
            except _AWAY as error:
                await _wait_for_clickhouse(self._condition.delivering, error)

    async def _wait_for_letters(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_DELIVER_EVERY_S):
                await self._announced.wait()
        self._announced.clear()

    def _take_over(self) -> Evaluator:
        client = self._connect(connect_writer)
        memory = Memory(client, self._names)
        announcer = Announcer(memory, Outbox(client), self._names, self._subscribers)
        evaluator = Evaluator(self._connect(connect_reader), memory, self._rules, announcer)
        evaluator.take_over(clock.now())
        return evaluator

    def _postman(self, leads: Callable[[], bool]) -> Postman:
        channel = AppriseChannel(allowed_hosts(self._settings.alert_hosts))
        return Postman(Outbox(self._connect(connect_writer)), self._subscribers, channel, clock.now, leads)

    def _connect(self, connect: Callable[[Settings], Client]) -> Client:
        client = connect(self._settings)
        client.database = self._settings.database
        return client


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await work()


async def _wait_for_clickhouse(doing: Work, error: Exception) -> None:
    doing.trouble = str(error).partition("\n")[0][:300]
    _log.warning("alerts_wait_for_clickhouse", doing=doing.name, error=doing.trouble)
    await asyncio.sleep(_BACK_OFF_S)
