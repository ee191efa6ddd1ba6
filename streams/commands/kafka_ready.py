"""Makes sure that Kafka is there, with the topics of the catalogue, before a command starts its work."""

import asyncio
import logging

from streams.errors import DependencyDownError
from streams.kafka_admin import missing_topics
from streams.settings import Settings


def require_topics(settings: Settings) -> None:
    """Return if Kafka answers and has every topic.

    Raises:
        DependencyDownError: it does not; the text says which.
    """
    # The driver logs every attempt to connect; this says it once, in words.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        missing = asyncio.run(missing_topics(settings))
    except DependencyDownError as error:
        raise DependencyDownError(f"{error}; start it with: kpi up") from None
    if missing:
        names = ", ".join(settings.topic(topic.name) for topic in missing)
        raise DependencyDownError(
            f"Kafka at {settings.kafka_bootstrap} lacks topics: {names}; kpi up creates them"
        )
