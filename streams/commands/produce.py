"""`kpi produce`: send events, simulated ones, those of a file, or those that are posted."""

from pathlib import Path
from typing import Annotated

import typer

from producers.backlog import Backlog
from producers.history import History
from producers.ledgers import only_one_live
from producers.live import LiveStream
from producers.publisher import Publisher
from producers.ranges import Pace, parse_pace, produce_range, write_range
from producers.simulate.scenarios import NORMAL, SCENARIOS, scenario_list
from producers.simulate.world import World
from streams import clock
from streams.commands.history_bar import HistoryBar
from streams.commands.kafka_ready import require_topics
from streams.commands.moments import epoch_of
from streams.commands.produce_file import file
from streams.commands.produce_http import http, token
from streams.commands.until_signal import run_until_signal
from streams.errors import UsageError
from streams.logs import configure_logs
from streams.registry import load_registry
from streams.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.command()(file)
app.command()(http)
app.command()(token)

_Seed = Annotated[int | None, typer.Option(min=0, help="Seed of the world; default KPI_SEED.")]
_Scenario = Annotated[str, typer.Option(help="Named scenario, see below.")]
_SCENARIOS = "\n\n".join(f"{name}: {scenario.meaning}." for name, scenario in SCENARIOS.items())


def _list_scenarios(asked: bool) -> None:
    if asked:
        typer.echo(scenario_list())
        raise typer.Exit


@app.callback()
def _produce() -> None:
    """Send events: simulated ones, those of a file, or those that others post over HTTP.

    Example: kpi produce file day.ndjson
    """


@app.command(epilog=f"Scenarios:\n\n{_SCENARIOS}")
def simulate(  # noqa: PLR0913, PLR0917 - one parameter an option
    seed: _Seed = None,
    scenario: _Scenario = NORMAL,
    start: Annotated[str, typer.Option("--from", help="First moment; a date is Hanoi midnight.")] = "",
    end: Annotated[str, typer.Option("--to", help="Moment after the last one; default now.")] = "",
    rate: Annotated[str, typer.Option(help="500: events a second; 60x: times real time.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write NDJSON there (- = stdout), not to Kafka.")] = None,
    list_scenarios: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option("--list-scenarios", is_eager=True, callback=_list_scenarios, help="List the scenarios."),
    ] = False,
) -> None:
    """Simulate the gates and plants: live for ever, or the events of a range.

    The same seed, scenario and range give the same events, byte for byte. Without --from it sends each
    event when its time comes, until it is stopped. A range goes flat out, or at --rate.

    Example: kpi produce simulate --from 2026-01-05 --to 2026-01-06 --out day.ndjson
    """
    settings = load_settings(seed=seed)
    configure_logs(settings.log_level, settings.log_format)
    world = World(load_registry(settings.registry), settings.seed, scenario)
    if not start:
        _refuse_without_start(end, rate, out)
        _live(settings, world)
        return
    now = clock.now_ms()
    span = epoch_of(start, "--from"), epoch_of(end, "--to") if end else now
    if span[0] >= span[1]:
        raise UsageError("--from must lie before --to")
    if out:
        _write(world, span, rate, out)
    elif span[1] > now:
        raise UsageError("--to lies in the future; Kafka takes no events from there (--out does)")
    else:
        require_topics(settings)
        _range(settings, world, span, parse_pace(rate) if rate else Pace())


def _refuse_without_start(end: str, rate: str, out: Path | None) -> None:
    given = {"--to": end, "--rate": rate, "--out": out}
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} goes with --from; without --from the simulation is live")


def _write(world: World, span: tuple[int, int], rate: str, out: Path) -> None:
    if rate:
        raise UsageError("--rate paces what goes to Kafka; it does not go with --out")
    write_range(world, *span, out)


def _live(settings: Settings, world: World) -> None:
    async def run() -> None:
        async with Publisher(settings) as publisher:
            await LiveStream(world, publisher, settings.home).run()

    with only_one_live(settings.home):
        run_until_signal(run())


def _range(settings: Settings, world: World, span: tuple[int, int], pace: Pace) -> None:
    async def run() -> None:
        async with Publisher(settings) as publisher:
            count = await produce_range(world, publisher, *span, pace)
        typer.echo(f"{count} events were acknowledged", err=True)

    run_until_signal(run())


@app.command(hidden=True)
def history(seed: _Seed = None, scenario: _Scenario = NORMAL) -> None:
    """Fill the year to date behind the live simulation of this home (kpi up does).

    Example: kpi produce history
    """
    settings = load_settings(seed=seed)
    configure_logs(settings.log_level, settings.log_format)
    world = World(load_registry(settings.registry), settings.seed, scenario, backfill=True)

    async def run() -> None:
        async with Publisher(settings) as publisher, Backlog(settings) as backlog:
            with HistoryBar() as bar:
                async for progress in History(world, publisher, backlog, settings.home).run():
                    bar.draw(progress)

    run_until_signal(run())
