"""`kpi dlq redrive`, `drop` and `resume`: what an operator decides about dead letters."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final
from uuid import uuid4

import typer
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from streams import clock
from streams.clickhouse_client import writer
from streams.commands import dlq_options as options
from streams.commands.kafka_ready import require_topics
from streams.commands.rows import print_rows
from streams.commands.who import who
from streams.core.letters import MAX_ATTEMPTS
from streams.core.record import PartitionId
from streams.dead_letters import paused
from streams.dead_letters.archive import Action, LetterArchive, LetterKey
from streams.dead_letters.redrive import Redriver, fate_of
from streams.dead_letters.selection import DEAD, PARKED, Selection
from streams.dead_letters.sending import AckedProducer
from streams.errors import DependencyDownError, UsageError
from streams.generation import check_open, recorded_facts
from streams.kafka_admin import kafka_down
from streams.migrate import live_generation
from streams.settings import Settings, load_settings

_MOST: Final = 100_000
LimitOption = Annotated[int, typer.Option(help="At most so many, the oldest first.", min=1, max=_MOST)]
Work = Callable[[Redriver, Selection, Sequence[LetterKey], Callable[[int], None]], Awaitable[Action]]


def redrive(  # noqa: PLR0913, PLR0917 - one parameter an option
    reason: options.ReasonOption = "",
    topic: options.TopicOption = "",
    partition: options.PartitionOption = None,
    offset: options.OffsetOption = None,
    id_: options.IdOption = "",
    start: options.FromOption = "",
    end: options.ToOption = "",
    parked: Annotated[bool, typer.Option("--parked", help="Those that were parked, once more.")] = False,
    limit: LimitOption = _MOST,
    dry_run: options.DryRunOption = False,
) -> None:
    """Send dead letters back as they came, to be judged anew; those redriven 5 times in vain are parked.

    A misrouted letter goes to the topic and under the key that it belongs to. Doing it twice changes no
    number: an event counts once. Example: kpi dlq redrive --reason unknown_entity --dry-run
    """
    selection = options.selection_of(
        [PARKED if parked else DEAD], reason, topic, partition, offset, id_, start, end
    )
    if dry_run:
        _preview(selection, limit, lambda key: fate_of(key, even_parked=parked) or _why_it_stays(key))
        return
    require_topics(load_settings())
    action = _run(selection, limit, Redriver.redrive)
    typer.echo(f"{action.redriven:,} redriven, {action.parked:,} parked after {MAX_ATTEMPTS} attempts")
    if action.skipped:
        typer.echo(f"{action.skipped:,} stay: too large to be kept whole, or their time has not come")


def _why_it_stays(key: LetterKey) -> str:
    return "stays: not kept whole" if key.cut else "stays: its time has not come"


def drop(  # noqa: PLR0913, PLR0917 - one parameter an option
    reason: options.ReasonOption = "",
    topic: options.TopicOption = "",
    partition: options.PartitionOption = None,
    offset: options.OffsetOption = None,
    id_: options.IdOption = "",
    start: options.FromOption = "",
    end: options.ToOption = "",
    everything: Annotated[bool, typer.Option("--all", help="All of them, without a filter.")] = False,
    limit: LimitOption = _MOST,
    dry_run: options.DryRunOption = False,
) -> None:
    """Decide that dead letters are not needed. Their bytes stay in the table, with the status dropped.

    Example: kpi dlq drop --reason not_json --to 2026-01-05
    """
    selection = options.selection_of([DEAD, PARKED], reason, topic, partition, offset, id_, start, end)
    if selection.is_everything and not everything:
        raise UsageError("say which letters: give a filter, or --all")
    if dry_run:
        _preview(selection, limit, lambda _: "dropped")
        return
    action = _run(selection, limit, Redriver.drop)
    typer.echo(f"{action.dropped:,} dropped")


def resume(
    topic: Annotated[str, typer.Argument(help="Topic of events.")],
    partition: Annotated[int, typer.Argument(help="Its paused partition.", min=0)],
) -> None:
    """Let a partition go on that was paused because nearly all of its last 1,000 records were bad.

    It is paused again if the next 1,000 are no better. Example: kpi dlq resume gate.crossing 0
    """
    settings, place = load_settings(), PartitionId(topic, partition)
    with writer(settings) as client:
        generation = _open_generation(client, settings)
        at = paused.resume(client, generation, place, who(), clock.now())
        what = json.dumps({"topic": topic, "partition": partition, "offset": at.offset})
        action = Action(uuid4(), clock.now(), who(), "resume", what, matched=1)
        LetterArchive(client, generation, settings.database).write_down(action, "done", clock.now())
    typer.echo(f"{topic}/{partition} goes on after offset {at.offset:,}")


def _preview(selection: Selection, limit: int, fate: Callable[[LetterKey], str]) -> None:
    settings = load_settings()
    with writer(settings) as client:
        archive = LetterArchive(client, live_generation(client, settings), settings.database)
        keys = archive.find(selection, limit)
    counts = Counter((key.partition.topic, key.reason, fate(key)) for key in keys)
    columns = ["topic", "reason", "would be", "letters"]
    rows = [dict(zip(columns, [*what, count], strict=True)) for what, count in counts.most_common()]
    print_rows(rows, columns, "table")
    typer.echo(f"{len(keys):,} letters match; nothing was done")


def _run(selection: Selection, limit: int, work: Work) -> Action:
    settings = load_settings()
    with writer(settings) as client:
        archive = LetterArchive(client, _open_generation(client, settings), settings.database)
        keys = archive.find(selection, limit)
        action = asyncio.run(_work(settings, archive, selection, keys, work))
    if action.decided_meanwhile:
        typer.echo(f"{action.decided_meanwhile:,} were decided on by somebody else meanwhile")
    if len(keys) == limit:
        typer.echo(f"these were the first {limit:,}; there may be more")
    return action


def _open_generation(client: Client, settings: Settings) -> str:
    """Name the live generation.

    Raises:
        RefusedError: another one is rebuilt from it, and may have taken the letters over already.
    """
    generation = live_generation(client, settings)
    check_open(recorded_facts(client, generation), "once that is live, decide about dead letters there")
    return generation


async def _work(
    settings: Settings, archive: LetterArchive, selection: Selection, keys: Sequence[LetterKey], work: Work
) -> Action:
    columns = (TextColumn("dead letters"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    sender = AckedProducer(settings)
    redriver = Redriver(archive, sender, clock.now, who())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("dead letters", total=len(keys))
        try:
            return await work(redriver, selection, keys, lambda count: progress.advance(task, count))
        except (KafkaError, OSError) as error:
            why = kafka_down(settings, error)
            raise DependencyDownError(
                f"not all were sent, the rest is as it was, run it again: {why}"
            ) from None
        finally:
            await sender.close()
