"""What people say to alerts: somebody takes care of one, or a rule is not to ring for a time."""

from datetime import datetime
from typing import Final

from clickhouse_connect.driver.client import Client

from streams.errors import UsageError
from streams.settings import Settings

LEAST_TOKEN: Final = 16


def acknowledge(client: Client, alert_id: str, who: str, now: datetime) -> None:
    """Write down that somebody takes care of an alert.

    The client is a writer whose database is that of the public views.

    Raises:
        UsageError: there is no such alert.
    """
    rule_and_place(client, alert_id)
    row = [now, who, "ack", alert_id]
    client.insert("alert_actions", [row], column_names=["at", "who", "action", "alert_id"])


def silence(client: Client, rule: str, scope: str, who: str, span: tuple[datetime, datetime]) -> None:
    """Write down that a rule (or a section of the runbook) rings nobody at a place until a time.

    The client is a writer whose database is that of the public views. Without a place: everywhere.
    """
    now, until = span
    row = [now, who, "silence", rule, scope, until]
    client.insert("alert_actions", [row], column_names=["at", "who", "action", "rule", "scope", "until"])


def rule_and_place(client: Client, alert_id: str) -> tuple[str, str]:
    """Give which rule an alert is of, and where.

    Raises:
        UsageError: there is no such alert.
    """
    query = "SELECT rule, scope FROM alerts WHERE alert_id = {id:String} LIMIT 1"
    rows = client.query(query, {"id": alert_id}).result_rows
    if not rows:
        raise UsageError(f"there is no alert {alert_id!r}; kpi alerts list shows those that are open")
    rule, scope = rows[0]
    return str(rule), str(scope)


def read_token(settings: Settings) -> str:
    """Give what somebody must know to act from the wall; empty: nobody may.

    Raises:
        UsageError: its file cannot be read, or it is so short that it can be guessed.
    """
    token = settings.alerts_token.get_secret_value()
    path = settings.alerts_token_file
    if path is not None and not token:
        try:
            token = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"KPI_ALERTS_TOKEN_FILE: {error}") from None
    if token and len(token) < LEAST_TOKEN:
        raise UsageError(f"KPI_ALERTS_TOKEN has fewer than {LEAST_TOKEN} characters: make a longer one")
    return token
