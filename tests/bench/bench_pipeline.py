"""How fast events come into the local engine: decoded, folded, every row confirmed before the next batch."""

from pathlib import Path

import pytest

from streams.clickhouse_client import writer
from streams.pipeline import Pipeline
from streams.ports import free_port
from streams.registry import load_registry
from streams.settings import Settings
from streams.store import ClickHouseStore
from tests.bench.measure import Meter, Sample, Samples
from tests.driver import Batch, assign, drive, records_of
from tests.fakes import MemoryDeadLetters
from tests.migrated import copy_migrated
from tests.servers import start_clickhouse, stop


@pytest.mark.usefixtures("worker_collector")
async def test_pipeline(bench_round: int, batches: list[Batch], samples: Samples, tmp_path: Path) -> None:
    """Run all batches into an engine that starts empty; neither Kafka nor reading ahead is in it."""
    copy_migrated(tmp_path)
    url = f"http://127.0.0.1:{free_port()}"
    engine = start_clickhouse(tmp_path, url)
    try:
        settings = Settings(_env_file=None, home=tmp_path, clickhouse_url=url)
        samples.add("fold and store", bench_round, await _run(settings, engine.pid, batches))
    finally:
        stop(engine)


async def _run(settings: Settings, engine_pid: int, batches: list[Batch]) -> Sample:
    generation = f"{settings.database}_g1"
    with writer(settings, generation) as client:
        store, letters = ClickHouseStore(client, generation), MemoryDeadLetters()
        await store.open()
        pipeline = Pipeline(store, letters, load_registry())
        assign(pipeline, batches)
        await drive(pipeline, batches[:1])

        meter = Meter(engine_pid)
        await drive(pipeline, batches[1:])
        sample = meter.sample(len(list(records_of(batches[1:]))))

        # Some are sent twice, byte for byte.
        sent = {record.value for record in records_of(batches)}
        assert len(sent) == client.command("SELECT count() FROM events FINAL")
        assert letters.letters == []
        return sample
