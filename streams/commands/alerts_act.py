"""`kpi alerts list`, `ack` and `silence`: what is open, and what operators say to it."""

import getpass
import os
import socket
from datetime import timedelta
from typing import Annotated

import typer

from streams import clock
from streams.alerts import actions
from streams.alerts.files import load_rules
from streams.clickhouse_client import reader, writer
from streams.commands.rows import print_rows
from streams.core.alerts.durations import duration_ms
from streams.errors import UsageError
from streams.registry import load_registry
from streams.settings import load_settings

_OPEN = (
    "SELECT alert_id, severity, phase, toString(toTimezone(fired_at, 'Asia/Ho_Chi_Minh')) AS since, rule,"
    " place, text_vi, acknowledged_by FROM alerts_now"
    " ORDER BY severity = 'critical' DESC, severity = 'warning' DESC, fired_at"
)
ForOption = Annotated[str, typer.Option("--for", help="how long: 90s, 15m, 6h, 2d")]


def list_open(
    fmt: Annotated[str, typer.Option("--format", help="table, csv or json")] = "table",
) -> None:
    """List the alerts that are open, the most urgent first.

    Example: kpi alerts list --format json
    """
    settings = load_settings()
    with reader(settings) as client:
        client.database = settings.database
        result = client.query(_OPEN)
    print_rows(list(result.named_results()), list(result.column_names), fmt)


def ack(
    alert_id: Annotated[str, typer.Argument(help="the id, as kpi alerts list shows it")],
    who: Annotated[str, typer.Option("--by", help="who takes care of it; default: you")] = "",
) -> None:
    """Say that somebody takes care of an alert: nobody is called for it any more.

    Example: kpi alerts ack 3f2a9c0d1e4b5a67 --by "Nguyễn Văn An"
    """
    settings = load_settings()
    by = who or _me()
    with writer(settings, settings.database) as client:
        actions.acknowledge(client, alert_id, by, clock.now())
    typer.echo(f"{alert_id} is acknowledged by {by}")


def silence(
    rule: Annotated[str, typer.Argument(help="a rule, or its section of the runbook for all its levels")],
    length: ForOption,
    scope: Annotated[str, typer.Option(help="only at this place")] = "",
) -> None:
    """Let a rule ring nobody for a time; its alerts are shown all the same, and told if they outlast it.

    `--for 0s` lifts that.

    Example: kpi alerts silence plant-stop --scope dap-2-tang-loong --for 8d
    """
    settings = load_settings()
    rules = load_rules(settings.alert_rules, load_registry(settings.registry))
    known = {name for one in rules for name in (one.id, one.runbook)}
    if rule not in known:
        raise UsageError(f"there is no rule {rule!r}; there are {', '.join(sorted(known))}")
    now = clock.now()
    until = now + timedelta(milliseconds=read_duration(length, "--for"))
    with writer(settings, settings.database) as client:
        actions.silence(client, rule, scope, _me(), (now, until))
    where = f" at {scope}" if scope else ""
    if until == now:
        typer.echo(f"{rule} rings again{where}")
    else:
        typer.echo(f"{rule} rings nobody{where} until {until.astimezone(clock.HANOI):%d/%m %H:%M}")


def read_duration(text: str, option: str) -> int:
    """Read a duration given to an option, as milliseconds.

    Raises:
        UsageError: it is none.
    """
    try:
        return duration_ms(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def _me() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # A container without a user of that number.
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
