"""An idiomatic Faust agent: a topic, `take`, acknowledged after the body; committed by Faust."""

from typing import cast

import faust
from faust.types import StreamT

from tests.bench.peers.work import BATCH_S, Work, topics

# As much as the buffer of a stream holds (4,096).
_TAKE = 4_000


def main() -> None:
    """Work until the process is ended."""
    work = Work()
    app = faust.App(
        work.settings.worker_group,
        broker=f"kafka://{work.settings.kafka_bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        datadir=work.settings.home / "faust",
    )
    events = app.topic(*topics(work.settings), key_serializer="raw", value_serializer="raw")

    @app.agent(events)
    async def fold(stream: StreamT[bytes]) -> None:
        await work.open()
        async for batch in cast("faust.Stream[bytes]", stream).take_events(_TAKE, within=BATCH_S):
            messages = [event.message for event in batch]
            await work.store(
                work.record(m.topic, m.partition, m.offset, int(m.timestamp * 1000), m.key, m.value)
                for m in messages
            )

    worker = faust.Worker(app, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
