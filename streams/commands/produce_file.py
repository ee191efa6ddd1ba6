"""`kpi produce file`: send the events of NDJSON and CSV files."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from producers.files import Bad, Check, Sent, raw_message, send_lines
from producers.ingest.judge import Refusal
from producers.lines import CSV, NDJSON, check_path, read_lines
from producers.publisher import MAX_RAW_BYTES, Message, Publisher
from streams.commands.contract import contract_of
from streams.commands.kafka_ready import require_topics
from streams.errors import EXIT_NO, UsageError
from streams.events import MAX_MESSAGE_BYTES
from streams.logs import configure_logs
from streams.registry import Registry, load_registry
from streams.settings import Settings, load_settings
from streams.topics import EVENT_TOPICS


def file(
    paths: Annotated[
        list[Path], typer.Argument(help="Files: .ndjson, .jsonl, .csv, also .gz or .zst; - = stdin.")
    ],
    raw: Annotated[bool, typer.Option("--raw", help="Send the bytes as they are, unchecked.")] = False,
    topic: Annotated[str, typer.Option(help="With --raw: topic of lines whose type names none.")] = "",
    fmt: Annotated[
        str, typer.Option("--format", help="ndjson or csv; default by the name; stdin, .gz and .zst: ndjson.")
    ] = "",
) -> None:
    """Send the events of files, and exit 0 when Kafka has acknowledged every line.

    NDJSON holds one CloudEvent a line. CSV holds one event a row below a header whose columns are
    CloudEvents attributes (id, source, type, subject, time, ...) and fields of the body (gate_id, point,
    ...; data.NAME where both have the name). An empty cell is null, goods is a JSON list in one cell, and
    type may be short, such as gate.crossing. A bad line is listed with its number and reason, the good
    ones go on, and the exit code is 1.

    Example: kpi produce file day.ndjson crossings.csv.gz
    """
    if fmt not in ("", NDJSON, CSV):
        raise UsageError(f"--format: {fmt!r} is neither ndjson nor csv")
    if topic and topic not in EVENT_TOPICS:
        raise UsageError(f"--topic: there is no topic {topic!r}; there are: {', '.join(EVENT_TOPICS)}")
    if topic and not raw:
        raise UsageError("--topic goes with --raw; without it the type of an event names its topic")
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    files = [(path, check_path(path, fmt)) for path in paths]
    check = _raw_check(topic) if raw else contract_check(load_registry(settings.registry))
    require_topics(settings)
    sent = asyncio.run(_send(settings, files, check, MAX_RAW_BYTES if raw else MAX_MESSAGE_BYTES))
    typer.echo(f"{sent.good} events were acknowledged, {sent.bad} lines are bad", err=True)
    raise typer.Exit(EXIT_NO if sent.bad else 0)


def _raw_check(topic: str) -> Check:
    return lambda value: raw_message(value, topic)


def contract_check(registry: Registry) -> Check:
    """Judge lines as the worker will."""
    contract = contract_of(registry)

    def check(value: bytes) -> Message | str:
        verdict = contract(value)
        return f"{verdict.reason}: {verdict.detail}" if isinstance(verdict, Refusal) else verdict

    return check


async def _send(settings: Settings, files: list[tuple[Path, str]], check: Check, max_bytes: int) -> Sent:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} events"), TimeElapsedColumn())
    total = Sent()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("send")
        async with Publisher(settings, max_bytes) as publisher:
            for path, fmt in files:

                def report(step: Bad | int, path: Path = path) -> None:
                    if isinstance(step, int):
                        bar.advance(task, step)
                    else:
                        typer.echo(f"{path}:{step.number}: {step.reason}", err=True)

                sent = await send_lines(read_lines(path, fmt), check, publisher, report)
                total = Sent(total.good + sent.good, total.bad + sent.bad)
    return total
