"""Bytewax: its Kafka source in batches, a sink that stores them; its recovery store keeps the offsets.

Bytewax commits nothing to Kafka: what is stored is told by the snapshots of its epochs, on disk.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from streams.core.record import Record
from tests.bench.peers.work import BATCH_RECORDS, BATCH_S, Work, topics


class _Partition(StatelessSinkPartition[Any]):  # type: ignore[misc] # it is not in the checks' environment
    def __init__(self, work: Work) -> None:
        self._work = work

    def write_batch(self, items: list[Any]) -> None:
        self._work.store_now(self._records(items))

    def _records(self, items: list[Any]) -> Iterator[Record]:
        for _, messages in items:
            for m in messages:
                yield self._work.record(
                    m.topic, m.partition, m.offset, m.timestamp[1], m.key, m.value, m.headers
                )


class StoreSink(DynamicSink[Any]):  # type: ignore[misc] # as above
    """Stores what arrives, in the one worker that there is."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def build(self, _step_id: str, _worker_index: int, _worker_count: int) -> _Partition:
        return _Partition(self._work)


def main() -> None:
    """Work until the process is ended."""
    work = Work()
    flow = Dataflow("bench")
    source = KafkaSource([work.settings.kafka_bootstrap], topics(work.settings), batch_size=BATCH_RECORDS)
    # Each partition of each topic is a source of its own: without collecting, every one were a batch.
    keyed = op.key_on("one", op.input("events", flow, source), lambda _: "all")
    batches = op.collect("batch", keyed, timedelta(seconds=BATCH_S), BATCH_RECORDS)
    op.output("store", batches, StoreSink(work))
    snapshots = work.settings.home / "bytewax" / work.settings.database
    snapshots.mkdir(parents=True)
    init_db_dir(snapshots, 1)
    cli_main(flow, epoch_interval=timedelta(seconds=BATCH_S), recovery_config=RecoveryConfig(str(snapshots)))


if __name__ == "__main__":
    main()
