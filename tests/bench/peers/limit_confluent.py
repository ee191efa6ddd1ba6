"""The limit of confluent-kafka: reads the topics in lists and does nothing with them."""

from confluent_kafka import Consumer

from tests.bench.peers.work import BATCH_RECORDS, log_read, start, topics


def main() -> None:
    """Read until the process is ended."""
    settings = start()
    consumer = Consumer(
        {
            "bootstrap.servers": settings.kafka_bootstrap,
            # One of its own: nobody waits until it has left.
            "group.id": settings.database,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(topics(settings))
    while True:
        # It waits so long for a list to fill.
        if fetched := consumer.consume(BATCH_RECORDS, timeout=0.05):
            log_read(len(fetched))


if __name__ == "__main__":
    main()
