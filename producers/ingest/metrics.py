"""What the ingest measures, for Prometheus."""

from typing import Final

from prometheus_client import Counter, Histogram

REQUESTS: Final = Counter("kpi_ingest_requests_total", "Requests answered, by status", ["status"])
EVENTS: Final = Counter("kpi_ingest_events_total", "Events acknowledged by Kafka, by token", ["token"])
REFUSED: Final = Counter(
    "kpi_ingest_refused_total", "Events refused, by token and reason", ["token", "reason"]
)
SECONDS: Final = Histogram(
    "kpi_ingest_seconds",
    "From a request's first byte to Kafka's acknowledgement of its events",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)
