"""What a worker measures, for Prometheus; each metric says what it counts and in which unit."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from streams.core.processor import Outcome

LAG: Final = Gauge(
    "kpi_lag_records", "Records of a partition that are not yet stored", ["topic", "partition"]
)
PAUSED: Final = Gauge(
    "kpi_partition_paused", "1: nearly all of it is bad, kpi dlq resume lets it go on", ["topic", "partition"]
)
BATCH_RECORDS: Final = Histogram(
    "kpi_batch_records", "Records in a batch", buckets=(1, 10, 50, 100, 500, 1000, 2000, 5000, 10_000, 20_000)
)
BATCH_SECONDS: Final = Histogram("kpi_batch_seconds", "From taking a batch to its last confirmed write")
WRITE_SECONDS: Final = Histogram("kpi_write_seconds", "One insert, its retries included", ["table"])
EVENT_AGE_SECONDS: Final = Histogram(
    "kpi_event_age_seconds",
    "From Kafka's timestamp of the oldest record of a batch to its confirmed write",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
EVENTS: Final = Counter("kpi_events_total", "Events accepted", ["topic"])
DUPLICATES: Final = Counter("kpi_duplicates_total", "Events sent again under the same id, dropped", ["topic"])
FINDINGS: Final = Counter("kpi_findings_total", "Facts found to contradict each other", ["kind"])
DEAD_LETTERS: Final = Counter(
    "kpi_dead_letters_total", "Records that break the contract", ["topic", "reason"]
)
LATE: Final = Counter("kpi_late_events_total", "Events more than 15 minutes late", ["topic"])
TROUBLE: Final = Gauge(
    "kpi_dependency_trouble", "Calls that are being tried again, by what is wrong", ["dependency", "kind"]
)


def count(outcome: Outcome) -> None:
    """Count what one partition's slice led to."""
    topic = outcome.partition.topic
    EVENTS.labels(topic).inc(len(outcome.events))
    DUPLICATES.labels(topic).inc(len(outcome.resent))
    LATE.labels(topic).inc(sum(event.is_late for event in outcome.events))
    for letter in outcome.dead:
        DEAD_LETTERS.labels(topic, letter.reason).inc()
    for row in outcome.findings:
        if row.finding is not None:
            FINDINGS.labels(row.kind).inc()
