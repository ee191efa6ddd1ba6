"""`kpi up`: the whole service on this machine, in the foreground."""

import asyncio
import shutil
import signal
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from streams.commands.up_history import show_history, status_file
from streams.errors import EXIT_NO, UsageError
from streams.local import probes
from streams.local.instance import Instance
from streams.local.kafka import loopback_port
from streams.local.parts import NEEDED, TOLD, parts_of
from streams.local.supervisor import Supervisor
from streams.ports import free_port, is_free
from streams.settings import Settings, load_settings

app = typer.Typer()

# What `--fresh` removes: what the parts keep in the home folder, and nothing that somebody else put there.
_STATE: Final = ("kafka", "clickhouse", "logs", "simulate")
_ASK_EVERY_S: Final = 0.2
_PATIENCE_S: Final = 30.0
_METRICS_PORTS: Final = ("metrics_port", "alerts_metrics_port")
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@app.command()
def up(  # noqa: PLR0913, PLR0917 - one parameter an option
    no_simulate: Annotated[bool, typer.Option("--no-simulate", help="no simulated events at all")] = False,
    no_history: Annotated[bool, typer.Option("--no-history", help="no simulated year to date")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="delete all data of this home first")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask before deleting")] = False,
    home: Annotated[Path | None, typer.Option(help="state folder (KPI_HOME)")] = None,
    kafka_port: Annotated[int | None, typer.Option(help="Kafka's port here")] = None,
    clickhouse_port: Annotated[int | None, typer.Option(help="ClickHouse's port here")] = None,
    wall_port: Annotated[int | None, typer.Option(help="the wall's port (KPI_WALL_PORT)")] = None,
) -> None:
    """Start Kafka, ClickHouse, worker, wall and simulator here; Ctrl-C stops them all.

    A second start goes on from the data. Example: kpi up --no-history
    """
    settings = load_settings(
        home=home and home.absolute(),
        kafka_bootstrap=kafka_port and f"127.0.0.1:{kafka_port}",
        clickhouse_url=clickhouse_port and f"http://127.0.0.1:{clickhouse_port}",
        wall_port=wall_port,
    )
    settings = settings.model_copy(update={"home": settings.home.absolute()})
    _refuse_secured(settings)
    instance = Instance(settings.home)
    with instance.hold():
        instance.end_leftovers()
        if fresh:
            _start_over(settings.home, yes=yes)
        settings = _with_free_ports(settings)
        history = not (no_simulate or no_history)
        parts = parts_of(settings, simulate=not no_simulate, history=history)
        supervisor = Supervisor(parts, settings.home / "logs", _say, instance.record)
        status_file(settings.home).unlink(missing_ok=True)
        asyncio.run(_run(supervisor, settings, history=history))


async def _run(supervisor: Supervisor, settings: Settings, *, history: bool) -> None:
    async def announce() -> None:
        for name in NEEDED:
            await _wait_up(supervisor, name, settings.home / "logs" / f"{name}.log")
        while not await probes.views_answer(settings):  # noqa: ASYNC110 - nothing but asking tells
            await asyncio.sleep(_ASK_EVERY_S)
        _say(_addresses(settings))
        async with asyncio.TaskGroup() as tasks:
            for name in TOLD:
                tasks.create_task(_wait_up(supervisor, name, settings.home / "logs" / f"{name}.log"))
            if history:
                tasks.create_task(show_history(settings.home))

    _say(f"starting in {settings.home}")
    running = asyncio.ensure_future(supervisor.run(announce))
    _stop_on_signals(running, supervisor)
    try:
        await running
    except asyncio.CancelledError:
        _say("stopped; the data is kept")


async def _wait_up(supervisor: Supervisor, name: str, log: Path) -> None:
    while True:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await supervisor.wait_up(name)
        except TimeoutError:
            _say(f"still waiting for {name}; log: {log}")
        else:
            _say(f"{name} is up")
            return


def _stop_on_signals(running: asyncio.Future[None], supervisor: Supervisor) -> None:
    """Stop in order at the first signal; at a second one, at once."""
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            supervisor.kill_all()
            return
        asked = True
        _say("stopping ...")
        running.cancel()

    for number in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _addresses(settings: Settings) -> str:
    return "\n".join(
        (
            "ready",
            f"  wall        {probes.wall_url(settings)}",
            f"  clickhouse  {settings.clickhouse_url} (views in database {settings.database})",
            f"  kafka       {settings.kafka_bootstrap}",
            f"  logs        {settings.home / 'logs'}",
            "  stop with Ctrl-C, or kpi down in another terminal",
        )
    )


def _with_free_ports(settings: Settings) -> Settings:
    """Refuse taken ports; those for metrics, which nobody opens by hand, move unless they were asked for.

    Raises:
        UsageError: a port is taken; the text names the setting.
    """
    wanted = {
        "KPI_KAFKA_BOOTSTRAP": loopback_port(settings.kafka_bootstrap),
        "KPI_CLICKHOUSE_URL": urlsplit(settings.clickhouse_url).port or 8123,
        "KPI_WALL_PORT": settings.wall_port,
    }
    metrics = {name: _free_or_another(settings, name) for name in _METRICS_PORTS}
    wanted |= {f"KPI_{name.upper()}": port for name, port in metrics.items()}
    for name, port in wanted.items():
        if port and not is_free(port):
            raise UsageError(f"port {port} is taken by another program; set {name} to another one")
    return settings.model_copy(update=metrics)


def _free_or_another(settings: Settings, name: str) -> int:
    port: int = getattr(settings, name)
    return port if name in settings.model_fields_set or is_free(port) else free_port()


def _refuse_secured(settings: Settings) -> None:
    """Refuse to look for TLS and logins at servers that this command starts without.

    Raises:
        UsageError: the text names what to unset.
    """
    secured = {
        "KPI_KAFKA_TLS": settings.kafka_tls == "on",
        "KPI_KAFKA_USER": settings.kafka_user,
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url.startswith("https:"),
    }
    if wrong := ", ".join(name for name, is_set in secured.items() if is_set):
        raise UsageError(
            f"{wrong}: kpi up runs its own servers on the loopback, without TLS and logins; unset it"
        )


def _start_over(home: Path, *, yes: bool) -> None:
    found = [home / name for name in _STATE if (home / name).exists()]
    if found and not yes and not typer.confirm(f"Delete all data in {home}?"):
        raise typer.Exit(EXIT_NO)
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _say(text: str) -> None:
    typer.echo(text)
