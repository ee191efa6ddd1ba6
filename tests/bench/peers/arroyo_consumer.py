"""Sentry's arroyo: a BatchStep, a RunTask that stores the batch, and CommitOffsets behind it."""

import signal
from collections.abc import Callable, Mapping
from typing import Any

from arroyo.backends.kafka import KafkaConsumer, KafkaPayload
from arroyo.backends.kafka.configuration import build_kafka_consumer_configuration
from arroyo.commit import CommitPolicy
from arroyo.processing import StreamProcessor
from arroyo.processing.strategies import BatchStep, CommitOffsets, RunTask
from arroyo.processing.strategies.abstract import ProcessingStrategy, ProcessingStrategyFactory
from arroyo.types import Commit, Message, Partition, Topic

from streams.core.record import Record
from tests.bench.peers.work import BATCH_RECORDS, BATCH_S, Work, topics

# Every batch is committed as soon as it is stored.
_EACH_BATCH = CommitPolicy(None, 1)


class ManyTopics(KafkaConsumer):  # type: ignore[misc] # it is not in the environment of the checks
    """Reads several topics: the processor asks for one, the consumer can take more."""

    def __init__(self, configuration: Mapping[str, Any], names: list[str]) -> None:
        super().__init__(configuration)
        self._names = names

    def subscribe(self, _topics: object, **callbacks: Callable[..., None]) -> None:
        super().subscribe([Topic(name) for name in self._names], **callbacks)


class Factory(ProcessingStrategyFactory[KafkaPayload]):  # type: ignore[misc] # as above
    """Makes the chain of steps for an assignment."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def create_with_partitions(
        self, commit: Commit, _partitions: Mapping[Partition, int]
    ) -> ProcessingStrategy[KafkaPayload]:
        store = RunTask(self._store, CommitOffsets(commit))
        return BatchStep(BATCH_RECORDS, BATCH_S, store)

    def _store(self, message: Message[Any]) -> None:
        self._work.store_now(map(self._record, message.payload))

    def _record(self, value: Any) -> Record:
        partition, payload = value.partition, value.payload
        return self._work.record(
            partition.topic.name,
            partition.index,
            value.offset,
            int(value.timestamp.timestamp() * 1000),
            payload.key,
            payload.value,
            payload.headers,
        )


def main() -> None:
    """Work until the process is ended."""
    work = Work()
    names = topics(work.settings)
    configuration = build_kafka_consumer_configuration(
        {}, work.settings.worker_group, "earliest", bootstrap_servers=[work.settings.kafka_bootstrap]
    )
    processor = StreamProcessor(
        ManyTopics(configuration, names), Topic(names[0]), Factory(work), commit_policy=_EACH_BATCH
    )
    signal.signal(signal.SIGTERM, lambda *_: processor.signal_shutdown())
    processor.run()


if __name__ == "__main__":
    main()
