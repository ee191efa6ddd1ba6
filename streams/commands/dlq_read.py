"""`kpi dlq list`, `show` and `stats`: dead letters as the reader sees them."""

import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from streams.clickhouse_client import reader
from streams.commands import dlq_options as options
from streams.commands.rows import print_rows, printable
from streams.dead_letters.archive import LetterArchive, StoredLetter
from streams.dead_letters.selection import DEAD, STATUSES, Selection
from streams.errors import KpiError
from streams.migrate import live_generation
from streams.settings import load_settings

_ANY = "any"
_MOST = 1_000


def list_(  # noqa: PLR0913, PLR0917 - one parameter an option
    reason: options.ReasonOption = "",
    topic: options.TopicOption = "",
    partition: options.PartitionOption = None,
    offset: options.OffsetOption = None,
    id_: options.IdOption = "",
    start: options.FromOption = "",
    end: options.ToOption = "",
    status: Annotated[str, typer.Option(help="dead, redriven, dropped, parked, or any.")] = DEAD,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=_MOST)] = 50,
    fmt: options.FormatOption = options.Format.TABLE,
) -> None:
    """List dead letters, the newest first.

    Example: kpi dlq list --reason unknown_entity --from 2026-01-05
    """
    statuses = STATUSES if status == _ANY else [status]
    selection = options.selection_of(statuses, reason, topic, partition, offset, id_, start, end)
    with _archive() as archive:
        letters = archive.read(archive.find(selection, limit, newest_first=True), with_bytes=False)
    print_rows([_row(letter) for letter in letters], _LIST_COLUMNS, fmt)


def stats(  # noqa: PLR0913, PLR0917 - one parameter an option
    reason: options.ReasonOption = "",
    topic: options.TopicOption = "",
    partition: options.PartitionOption = None,
    start: options.FromOption = "",
    end: options.ToOption = "",
    fmt: options.FormatOption = options.Format.TABLE,
) -> None:
    """Count dead letters by topic, reason and status.

    Example: kpi dlq stats --from 2026-01-05
    """
    selection = options.selection_of((), reason, topic, partition, None, "", start, end)
    with _archive() as archive:
        counts = archive.count(selection)
    print_rows([counted._asdict() for counted in counts], _STATS_COLUMNS, fmt)


def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="topic/partition/offset, as kpi dlq list has it.")],
    as_bytes: Annotated[bool, typer.Option("--bytes", help="Write only the original bytes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show one dead letter whole: reason, origin, key, headers and bytes.

    Example: kpi dlq show gate.crossing/0/17
    """
    with _archive() as archive:
        letters = archive.read(archive.find(Selection(origin=options.origin_of(id_)), _MOST))
    if not letters:
        raise KpiError(f"there is no dead letter {id_}")
    # Of several with one id, from a log and from the one before it, the newest.
    letter = letters[-1]
    if as_bytes:
        sys.stdout.buffer.write(letter.value or b"")
    elif as_json:
        print_rows([_whole(letter)], list(_whole(letter)), options.Format.JSON)
    else:
        for name, value in _whole(letter).items():
            typer.echo(f"{name:<16}{printable(value)}")


@contextmanager
def _archive() -> Iterator[LetterArchive]:
    settings = load_settings()
    with reader(settings) as client:
        yield LetterArchive(client, live_generation(client, settings), settings.database)


_LIST_COLUMNS = ["id", "reason", "detail", "came_at", "attempt", "status", "bytes"]
_STATS_COLUMNS = ["topic", "reason", "status", "letters", "bytes", "first", "last"]


def _row(letter: StoredLetter) -> dict[str, Any]:
    return {
        "id": str(letter.key.origin),
        "reason": letter.key.reason,
        "detail": letter.detail,
        "came_at": letter.failed_at,
        "attempt": letter.key.attempt,
        "status": letter.status,
        "bytes": letter.key.size,
    }


def _whole(letter: StoredLetter) -> dict[str, Any]:
    """Give all of a letter; bytes that are no text are shown with escapes, and whole in base64."""
    return {
        **_row(letter),
        "first_failed_at": letter.first_failed_at,
        "due_at": letter.due_at,
        "changed_at": letter.changed_at,
        "kept_whole": not letter.key.cut,
        "key": _text(letter.record_key),
        "headers": [[name, _text(value)] for name, value in letter.headers],
        "payload": _text(letter.value),
        "payload_base64": None if letter.value is None else b64encode(letter.value).decode(),
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
