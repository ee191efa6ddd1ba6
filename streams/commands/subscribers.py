"""`kpi subscribers`: who is told of alerts; a change is in force at once."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from streams import clock
from streams.alerts.channel import AppriseChannel, allowed_hosts
from streams.alerts.subscribers import Subscribers
from streams.clickhouse_client import reader
from streams.commands.alerts_act import read_duration
from streams.commands.rows import print_rows
from streams.errors import DependencyDownError, KpiError
from streams.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Who is told of alerts; a change is in force at once.")

NameArgument = Annotated[str, typer.Argument(help="its name")]
_MAIL_BOX = "SELECT subscriber, sent, waiting, given_up, trouble FROM recipients_now"


@app.command()
def add(  # noqa: PLR0913, PLR0917 - one parameter an option
    name: NameArgument,
    url: Annotated[str, typer.Option(help="an Apprise address, or env:NAME, or file:/path where it is kept")],
    kpi: Annotated[list[str] | None, typer.Option(help="only this KPI; again for more")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="only this place; again for more")] = None,
    severity: Annotated[str, typer.Option(help="this and above: info, warning, critical")] = "info",
    lang: Annotated[str, typer.Option(help="vi or en")] = "vi",
    quiet: Annotated[str, typer.Option(help="quiet hours, as 22:00-06:00")] = "",
    override: Annotated[bool, typer.Option(help="what is critical does not wait for their end")] = True,
    digest: Annotated[str, typer.Option(help="all of a day in one message, as 07:00")] = "",
    per_hour: Annotated[int, typer.Option(help="most messages an hour")] = 30,
    escalate_after: Annotated[str, typer.Option(help="only what nobody acknowledged for so long")] = "0s",
) -> None:
    """Add a subscriber, kept in KPI_HOME.

    Example: kpi subscribers add shift --url json://127.0.0.1:9000/alerts --severity warning --scope kim-thanh
    """
    settings = load_settings()
    fields: dict[str, Any] = {
        "name": name, "url": url, "kpis": kpi or [], "scopes": scope or [], "severity": severity,
        "lang": lang, "quiet": quiet, "override": override, "digest": digest, "per_hour": per_hour,
        "escalate_after": escalate_after,
    }  # fmt: skip
    subscribers = Subscribers(settings)
    one = subscribers.add(fields)
    try:
        _channel(settings).service(one)
    except KpiError:
        subscribers.remove(name)
        raise
    typer.echo(f"{name} is subscribed; try it with: kpi subscribers test {name}")


@app.command("list")
def list_all(fmt: Annotated[str, typer.Option("--format", help="table, csv or json")] = "table") -> None:
    """List who is subscribed to what, and how messages to them fared; addresses are not shown.

    Example: kpi subscribers list --format json
    """
    settings, now = load_settings(), clock.now()
    subscribers = Subscribers(settings)
    muted, boxes = subscribers.muted(now), _boxes(settings)
    columns = [
        "name",
        "severity",
        "places",
        "kpis",
        "lang",
        "waits",
        "muted until",
        "sent",
        "waiting",
        "given up",
        "trouble",
    ]
    rows = []
    for one in subscribers.all():
        waits = ", ".join(filter(None, (one.quiet, one.digest and f"digest {one.digest}")))
        places, kpis = ", ".join(one.scopes) or "all", ", ".join(one.kpis) or "all"
        fared = boxes.get(one.name, (0, 0, 0, ""))
        cells = [one.name, one.severity, places, kpis, one.lang, waits, muted.get(one.name), *fared]
        rows.append(dict(zip(columns, cells, strict=True)))
    print_rows(rows, columns, fmt)


@app.command()
def mute(
    name: NameArgument, length: Annotated[str, typer.Option("--for", help="15m, 6h, 2d; 0s: no more")]
) -> None:
    """Send a subscriber nothing for a time.

    Example: kpi subscribers mute shift --for 6h
    """
    until = clock.now() + timedelta(milliseconds=read_duration(length, "--for"))
    Subscribers(load_settings()).mute(name, until)
    typer.echo(f"{name} hears nothing until {until.astimezone(clock.HANOI):%d/%m %H:%M}")


@app.command()
def test(name: NameArgument) -> None:
    """Send a subscriber a message now, to see that it arrives; exit 3 when the service does not take it.

    Example: kpi subscribers test shift
    """
    settings = load_settings()
    one = Subscribers(settings).find(name)
    key = f"test-{clock.now_ms()}"
    if not _channel(settings).send(one, "KPI Lào Cai: thử / test", "Tin thử, không phải cảnh báo.", key):
        raise DependencyDownError(f"{name}: the service did not take the message, or does not answer")
    typer.echo(f"{name}: taken, with the key {key}")


@app.command()
def remove(name: NameArgument) -> None:
    """Forget a subscriber.

    Example: kpi subscribers remove shift
    """
    Subscribers(load_settings()).remove(name)
    typer.echo(f"{name} is no longer subscribed")


def _channel(settings: Settings) -> AppriseChannel:
    return AppriseChannel(allowed_hosts(settings.alert_hosts))


def _boxes(settings: Settings) -> dict[str, tuple[int, int, int, str]]:
    """Give how messages fared, by subscriber; nothing where the database is away."""
    try:
        with reader(settings) as client:
            client.database = settings.database
            return {row[0]: tuple(row[1:]) for row in client.query(_MAIL_BOX).result_rows}
    except KpiError as error:
        typer.secho(f"without how messages fared: {error}", err=True)
        return {}
