"""Quix Streams: raw bytes into a sink of our own, which a checkpoint flushes before it commits."""

from collections.abc import Sequence
from typing import Any

from quixstreams import Application
from quixstreams.sinks.base import BaseSink

from streams.core.record import Record
from tests.bench.peers.work import BATCH_RECORDS, BATCH_S, Work, topics


class StoreSink(BaseSink):  # type: ignore[misc] # it is not in the environment of the checks
    """Keeps the records of a checkpoint and stores them together, as a flush has to."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self._records: list[Record] = []

    def add(  # noqa: PLR0913, PLR0917 - Quix calls it so
        self,
        value: Any,
        key: Any,
        timestamp: int,
        headers: Sequence[tuple[str, bytes]],
        topic: str,
        partition: int,
        offset: int,
    ) -> None:
        self._records.append(self._work.record(topic, partition, offset, timestamp, key, value, headers))

    def flush(self) -> None:
        records, self._records = self._records, []
        self._work.store_now(records)

    def on_paused(self) -> None:
        self._records.clear()


def main() -> None:
    """Work until the process is ended."""
    work = Work()
    app = Application(
        broker_address=work.settings.kafka_bootstrap,
        consumer_group=work.settings.worker_group,
        auto_offset_reset="earliest",
        commit_every=BATCH_RECORDS,
        commit_interval=BATCH_S,
        state_dir=work.settings.home / "quix",
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel="WARNING",
    )
    sink = StoreSink(work)
    for name in topics(work.settings):
        topic = app.topic(name, key_deserializer="bytes", value_deserializer="bytes")
        app.dataframe(topic).sink(sink)
    app.run()


if __name__ == "__main__":
    main()
