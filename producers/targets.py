"""Target records: from an operator's file to events, and which of them stand on the topic."""

import tomllib
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, ValidationError

from streams.clock import HANOI
from streams.errors import UsageError
from streams.events import EVENT_ADAPTER, Target, TargetBody
from streams.registry import TargetRecord

_IDS: Final = UUID("1f1b38a0-5c0b-5d5e-9c0e-3f6f2d1b7a54")
_SOURCE: Final = "/vn/laocai/lao-cai/targets"
# ISO 4217 minor units; a goal for booth service has no currency and is written in milliseconds.
_DECIMALS: Final = {"USD": 2, "CNY": 2, "EUR": 2, "VND": 0, None: 0}


class _TargetFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    targets: tuple[TargetRecord, ...]


def read_targets(path: Path) -> tuple[TargetRecord, ...]:
    """Read `[[targets]]` of a TOML file, as in the registry.

    Raises:
        UsageError: the file is missing, is no TOML, or a record breaks the model; the text says where.
    """
    try:
        return _TargetFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).targets
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def body_of(record: TargetRecord) -> TargetBody:
    """Give the body of a record's event: its value in minor units, in force from 1 January by default.

    Raises:
        UsageError: the value cannot be written in minor units.
    """
    name = f"{record.indicator}/{record.scope}/{record.year}"
    decimals = _DECIMALS.get(record.currency)
    if decimals is None:
        known = ", ".join(code for code in _DECIMALS if code)
        raise UsageError(f"{name}: the currency {record.currency} is not known here; there are: {known}")
    minor = Decimal(record.value).scaleb(decimals)
    if minor != int(minor):
        raise UsageError(f"{name}: {record.value} has more decimals than {record.currency or 'milliseconds'}")
    try:
        return TargetBody(
            indicator=record.indicator,
            scope=record.scope,
            year=record.year,
            value_minor=int(minor),
            currency=record.currency,
            qualifier=record.qualifier,
            effective_from=record.effective_from or date(record.year, 1, 1),
            source=record.source,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def refuse_unknown_scopes(records: Iterable[TargetRecord], scopes: AbstractSet[str]) -> None:
    """Let only targets pass that are for a place of the registry.

    Raises:
        UsageError: a scope is none of `scopes`; the text names the records and lists what there is.
    """
    unknown = [f"{r.indicator}/{r.scope}/{r.year}" for r in records if r.scope not in scopes]
    if unknown:
        known = ", ".join(sorted(scopes))
        raise UsageError(
            f"unknown scope: {', '.join(unknown)}; nothing was sent; the known scopes are: {known}"
        )


def amount_of(body: TargetBody) -> str:
    """Write a target's value for people, in whole units of its currency."""
    units = Decimal(body.value_minor).scaleb(-_DECIMALS.get(body.currency, 2))
    return f"{units:,f} {body.currency or 'ms'}"


def decode_targets(values: Iterable[bytes]) -> list[Target]:
    """Give the target events among the messages of the topic, in their order."""
    targets = []
    for value in values:
        try:
            event = EVENT_ADAPTER.validate_json(value)
        except ValidationError:
            continue
        if isinstance(event, Target):
            targets.append(event)
    return targets


def standing(log: Iterable[Target]) -> list[Target]:
    """Give the targets that stand after all events of the topic: one a scope, year and first day."""
    by_id: dict[UUID, Target] = {}
    for event in log:
        root = event.correctsid or event.id
        if event.correctionkind == "cancel":
            by_id.pop(root, None)
        elif event.correctsid or root not in by_id:
            by_id[root] = event
    ordered = sorted(by_id.values(), key=lambda event: (event.time, event.id))
    return list({(event.key, event.data.effective_from): event for event in ordered}.values())


def never_applied(bodies: Iterable[TargetBody], log: Iterable[Target]) -> list[TargetBody]:
    """Give the targets whose very content no event of the topic has carried."""
    carried = {event.data for event in log}
    return [body for body in bodies if body not in carried]


def new_targets(bodies: Iterable[TargetBody], stands: Iterable[Target], now: datetime) -> list[Target]:
    """Give the events that make these targets stand; what stands already needs none."""
    before = {(event.key, event.data.effective_from): event for event in stands}
    events = []
    for body in bodies:
        key = f"{body.indicator}/{body.scope}/{body.year}"
        old = before.get((key, body.effective_from))
        if old is None or old.data != body:
            event = _event(key, body, old, now)
            before[key, body.effective_from] = event
            events.append(event)
    return events


def _event(key: str, body: TargetBody, old: Target | None, now: datetime) -> Target:
    """Make an event whose id follows from what it says and what it replaces."""
    start = datetime.combine(body.effective_from, datetime.min.time(), HANOI).astimezone(now.tzinfo)
    # Nothing travels from the future: a target of next year is decided now.
    time = min(start, now.replace(microsecond=0))
    if old is not None:
        time = max(now.replace(microsecond=0), old.time + timedelta(milliseconds=1))
    name = f"{body.model_dump_json()}/{old.id if old else ''}"
    return Target(specversion="1.0", id=uuid5(_IDS, name), source=_SOURCE, subject=key, time=time, data=body)
