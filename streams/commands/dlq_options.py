"""The filters that the `kpi dlq` commands share."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, get_args

import typer

from streams.commands.moments import epoch_of
from streams.core.decode import Reason
from streams.dead_letters.selection import STATUSES, Origin, Selection
from streams.errors import UsageError
from streams.topics import EVENT_TOPICS

REASONS: Final = get_args(Reason)


class Format(StrEnum):
    """How the answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


ReasonOption = Annotated[str, typer.Option("--reason", help="Only this reason, such as unknown_entity.")]
TopicOption = Annotated[str, typer.Option("--topic", help="Only letters from this topic.")]
PartitionOption = Annotated[int | None, typer.Option("--partition", help="Only from this partition.", min=0)]
OffsetOption = Annotated[int | None, typer.Option("--offset", help="Only from this offset.", min=0)]
IdOption = Annotated[str, typer.Option("--id", help="Only this letter: topic/partition/offset.")]
FromOption = Annotated[str, typer.Option("--from", help="Came at this moment or later (local time).")]
ToOption = Annotated[str, typer.Option("--to", help="Came before this moment.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
FormatOption = Annotated[Format, typer.Option("--format", help="table, json (one object a line) or csv.")]


def selection_of(  # noqa: PLR0913, PLR0917 - one parameter an option
    statuses: Sequence[str],
    reason: str,
    topic: str,
    partition: int | None,
    offset: int | None,
    id_: str,
    start: str,
    end: str,
) -> Selection:
    """Read the filters as they were typed.

    Raises:
        UsageError: there is no such reason, topic, status, id or moment.
    """
    _check("--reason", reason, REASONS)
    _check("--topic", topic, list(EVENT_TOPICS))
    for status in statuses:
        _check("--status", status, STATUSES)
    return Selection(
        statuses=statuses,
        reason=reason,
        topics=[topic] if topic else (),
        partition=partition,
        offset=offset,
        origin=origin_of(id_) if id_ else None,
        from_ms=epoch_of(start, "--from") if start else None,
        to_ms=epoch_of(end, "--to") if end else None,
    )


def origin_of(text: str) -> Origin:
    """Read a letter's id.

    Raises:
        UsageError: it is none.
    """
    topic, _, place = text.partition("/")
    partition, _, offset = place.partition("/")
    if topic not in EVENT_TOPICS or not (partition + offset).isdecimal() or not (partition and offset):
        raise UsageError(f"{text!r} is no id of a dead letter; write it as kpi dlq list does: target/0/17")
    return Origin(topic, int(partition), int(offset))


def _check(option: str, value: str, known: Sequence[str]) -> None:
    if value and value not in known:
        raise UsageError(f"{option}: there is no {value!r}; there are: {', '.join(known)}")
