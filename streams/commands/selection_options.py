"""The filters that `kpi capture` and `kpi replay run` share."""

import re
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import typer

from streams.commands.moments import parse_moment
from streams.errors import UsageError
from streams.registry import Registry
from streams.replay.selection import Offsets, Selection
from streams.topics import EVENT_TOPICS

TypeOption = Annotated[
    list[str] | None, typer.Option("--type", help="Only this type, such as gate.crossing; several add up.")
]
GateOption = Annotated[str, typer.Option("--gate", help="Only what belongs to events at this gate.")]
ZoneOption = Annotated[str, typer.Option("--zone", help="Only what belongs to events in this zone.")]
IdOption = Annotated[str, typer.Option("--id", help="Only what belongs to the event of this id.")]
FromOption = Annotated[str, typer.Option("--from", help="Windows from this moment on (local time).")]
ToOption = Annotated[str, typer.Option("--to", help="Windows before this moment.")]
OffsetsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--offsets",
        help="Only what belongs to records that lie there on Kafka: gate.crossing/0:100-200, or 100- to the"
        " end; several add up.",
    ),
]
_OFFSETS: Final = re.compile(r"([a-z.]+)/(\d{1,4}):(\d{1,18})-(\d{1,18})?", re.ASCII)


def selection_of(  # noqa: PLR0913, PLR0917 - one parameter an option
    registry: Registry,
    types: list[str] | None,
    gate: str,
    zone: str,
    id_: str,
    start: str,
    end: str,
    offsets: list[str] | None,
) -> Selection:
    """Read the filters as they were typed.

    Raises:
        UsageError: there is no such type, gate, zone, id, moment or stretch of offsets, or no such event.
    """
    for name in types or ():
        _check("--type", name, list(EVENT_TOPICS))
    _check("--gate", gate, list(registry.gate_by_slug))
    _check("--zone", zone, [one.slug for one in registry.zones])
    if gate and zone:
        raise UsageError("--gate goes without --zone: no event is of both")
    first, last = _moment(start, "--from"), _moment(end, "--to")
    if first and last and first >= last:
        raise UsageError("--to must be after --from")
    return Selection(
        topics=tuple(types or ()),
        gate=gate,
        zone=zone,
        id=_id(id_),
        start=first,
        end=last,
        offsets=tuple(map(_offsets, offsets or ())),
    )


def _offsets(text: str) -> Offsets:
    match = _OFFSETS.fullmatch(text)
    if match is None:
        raise UsageError(f"--offsets: {text!r} is no stretch, such as gate.crossing/0:100-200 or target/0:5-")
    topic, partition, first, last = match.groups()
    _check("--offsets", topic, list(EVENT_TOPICS))
    stretch = Offsets(
        topic=topic, partition=int(partition), first=int(first), last=int(last) if last else None
    )
    if stretch.last is not None and stretch.last < stretch.first:
        raise UsageError(f"--offsets: {text!r} ends before it begins")
    return stretch


def _check(option: str, value: str, known: list[str]) -> None:
    if value and value not in known:
        raise UsageError(f"{option}: there is no {value!r}; there are: {', '.join(known)}")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise UsageError(
            f"--id: {text!r} is no event id, such as 7a0e5e3c-6c1e-4c52-9a0b-0c7b2f3f7b11"
        ) from None


def _moment(text: str, option: str) -> datetime | None:
    return parse_moment(text, option) if text else None
