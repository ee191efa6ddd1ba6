"""What an instance of the alerts measures, for Prometheus; each metric says what it counts, in which unit."""

from collections import Counter as Counts
from collections.abc import Iterable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from streams.core.alerts.rules import SEVERITIES, Severity

LEADS: Final = Gauge("kpi_alerts_leads", "1: this instance evaluates and delivers; 0: it waits for its turn")
EVALUATIONS: Final = Counter(
    "kpi_alerts_evaluations_total", "Questions of a measure, by what came of them", ["measure", "result"]
)
EVALUATION_SECONDS: Final = Histogram(
    "kpi_alerts_evaluation_seconds",
    "From asking a measure to its answer",
    ["measure"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
EVALUATED_AT: Final = Gauge("kpi_alerts_evaluated_timestamp_seconds", "When rules were last looked at")
OPEN: Final = Gauge("kpi_alerts_open", "Alerts that are open, the silent ones too", ["severity"])
NOTIFICATIONS: Final = Counter(
    "kpi_alerts_notifications_total",
    "Attempts to take a message to a subscriber (sent, failed), and messages given up or dropped",
    ["result"],
)
DELIVERY_SECONDS: Final = Histogram(
    "kpi_alerts_delivery_seconds",
    "From the event (a change, a limit passed for its time; not before a subscriber wants it) to its"
    " delivery",
    buckets=(0.5, 1, 2, 5, 10, 15, 30, 60, 300, 3600),
)
DEAD_RECIPIENTS: Final = Gauge(
    "kpi_alerts_dead_recipients", "Subscribers to whom messages could not be taken for long"
)


def count_open(severities: Iterable[Severity]) -> None:
    """Say how many alerts are open, by severity."""
    counts = Counts(severities)
    for severity in SEVERITIES:
        OPEN.labels(severity).set(counts[severity])
