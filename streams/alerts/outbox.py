"""The outbox: a row a message, waiting until it is sent, given up or no longer needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from clickhouse_connect.driver.client import Client

from streams.core.alerts.rules import Severity

Status = Literal["waiting", "sent", "dead", "dropped"]
_COLUMNS: Final = (
    "key", "subscriber", "alert_id", "rule", "scope", "kind", "severity", "title", "body", "event_at",
    "created_at", "due_at", "escalation", "status", "attempts", "detail", "done_at", "revision",
)  # fmt: skip
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one subscriber; `key` names it, however often it is sent."""

    key: str
    subscriber: str
    alert_id: str
    rule: str
    scope: str
    kind: str
    severity: Severity
    title: str
    body: str
    event_at: datetime
    created_at: datetime
    due_at: datetime
    escalation: bool = False
    status: Status = "waiting"
    attempts: int = 0
    detail: str = ""
    done_at: datetime | None = None
    revision: int = 1

    def changed(self, **fields: Any) -> "Letter":  # noqa: ANN401 - fields of its own
        """Give it after something was done about it."""
        return replace(self, revision=self.revision + 1, **fields)


class Outbox:
    """The table of messages.

    Args:
        client: a writer whose database is that of the public views.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def put(self, letters: Sequence[Letter]) -> None:
        """Write letters; one that is there already in a later revision stays as it is."""
        if letters:
            rows = [[getattr(letter, name) for name in _COLUMNS] for letter in letters]
            self._client.insert("alert_outbox", rows, column_names=list(_COLUMNS))

    def due(self, now: datetime) -> list[Letter]:
        """Give what waits and is due, the oldest first."""
        return self._read("status = 'waiting' AND due_at <= {now:DateTime64(3, 'UTC')}", {"now": now})

    def of_alert(self, alert_id: str) -> list[Letter]:
        """Give every message about an alert."""
        return self._read("alert_id = {id:String}", {"id": alert_id})

    def sent_lately(self, now: datetime) -> dict[str, int]:
        """Count what each subscriber got in the last hour; what came as one message counts once."""
        query = (
            "SELECT subscriber, uniqExact(done_at) FROM alert_outbox FINAL"
            " WHERE status = 'sent' AND done_at > {since:DateTime64(3, 'UTC')} GROUP BY subscriber"
        )
        rows = self._client.query(query, {"since": now - _HOUR}).result_rows
        return {str(name): int(count) for name, count in rows}

    def dead_recipients(self) -> int:
        """Count the subscribers to whom messages could not be taken for long."""
        rows = self._client.query("SELECT count() FROM recipients_now WHERE failing > 0").result_rows
        return int(rows[0][0])

    def acknowledged(self, alert_ids: Sequence[str]) -> set[str]:
        """Give those alerts that somebody has acknowledged, or that are over."""
        query = (
            "SELECT alert_id FROM alert_actions WHERE action = 'ack' AND has({ids:Array(String)}, alert_id)"
            " UNION DISTINCT SELECT alert_id FROM alerts FINAL"
            " WHERE ended_at IS NOT NULL AND ending != 'changed' AND has({ids:Array(String)}, alert_id)"
        )
        return {row[0] for row in self._client.query(query, {"ids": list(alert_ids)}).result_rows}

    def _read(self, condition: str, parameters: Mapping[str, Any]) -> list[Letter]:
        query = f"SELECT {', '.join(_COLUMNS)} FROM alert_outbox FINAL WHERE {condition} ORDER BY due_at, key"
        rows = self._client.query(query, dict(parameters)).result_rows
        return [Letter(*map(_aware, row)) for row in rows]


def _aware(value: Any) -> Any:  # noqa: ANN401 - a cell
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
