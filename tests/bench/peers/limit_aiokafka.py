"""The limit of aiokafka: reads the topics and does nothing with them."""

import asyncio

from aiokafka import AIOKafkaConsumer

from tests.bench.peers.work import BATCH_RECORDS, log_read, start, topics


async def main() -> None:
    """Read until the process is ended."""
    settings = start()
    consumer = AIOKafkaConsumer(
        *topics(settings),
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=settings.database,  # one of its own: nobody waits until it has left
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=16 << 20,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    while True:
        fetched = await consumer.getmany(timeout_ms=200, max_records=BATCH_RECORDS)
        if fetched:
            log_read(sum(map(len, fetched.values())))


if __name__ == "__main__":
    asyncio.run(main())
