"""Open a number: its definition, how fresh it is, its sources, its sample, and the events behind it."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.core.definitions import Definition
from streams.core.definitions.behind import Behind
from streams.errors import NothingThereError
from streams.explain.choices import check_one_row, nothing_there, values_of
from streams.explain.events import BehindEvent, Found, find_events, in_order, newest_event
from streams.explain.number import Number, definitions_of, read_number
from streams.explain.request import Request, behind_of, moment_of
from streams.explain.stretch import declared, shifts_of, stretch_of
from streams.explain.window import Window, window_of

# The worker writes meanwhile: number and events are read again before they are said to differ.
_READINGS: Final = 3


@dataclass(frozen=True)
class Explanation:
    """A number and all that is behind it.

    `adds_up`: whether the events make up the number; None where not all of them were read, or where it is no
    sum of events.
    """

    request: Request
    window: Window
    number: Number
    definitions: Sequence[Definition]
    newest_event: datetime | None
    read_at: datetime
    events: Sequence[BehindEvent]
    complete: bool
    adds_up: bool | None

    @property
    def sources(self) -> list[str]:
        """Name who sent the events that were read."""
        return sorted({event.source for event in self.events})

    @property
    def sample(self) -> int:
        """Count the events that add to the number, of those that were read."""
        return sum(bool(event.adds) for event in self.events)

    @property
    def simulated(self) -> bool:
        """Tell whether any of them comes from the simulator."""
        return any(event.simulated for event in self.events)

    @property
    def listed(self) -> Sequence[BehindEvent]:
        """Give as many of the newest events as were asked for."""
        return self.events[: self.request.limit]


def explain(client: Client, database: str, request: Request) -> Explanation:
    """Open a number; the client is a reader's, connected to the generation that the views show.

    Raises:
        UsageError: what is asked for is none of the views, columns or moments that there are.
        NothingThereError: there is no such number.
    """
    kinds = behind_of(request)
    for _ in range(_READINGS):
        found = _read(client, database, request, kinds)
        if found.adds_up is not False:
            break
    return found


def _read(client: Client, database: str, request: Request, kinds: Sequence[Behind]) -> Explanation:
    now = clock.now()
    windows = _windows(client, request, kinds, now)
    number = read_number(client, database, windows[kinds[0].window], request.where, kinds)
    check_one_row(request, kinds[0], number)
    kinds = _of_rows(kinds, number)
    head = kinds[0]
    window = windows[head.window] = stretch_of(head, windows[head.window], number, now)
    found = _events(client, request, kinds, windows, number)
    if not number.rows and not found.events:
        raise NothingThereError(nothing_there(client, database, window, request))
    sums = _sums(found.events)
    adds_up = _adds_up(number, sums, kinds) if found.complete and window.view else None
    number = number if window.view else Number((), sums)
    return Explanation(
        request=request,
        window=window,
        number=number,
        definitions=definitions_of(request.view, number),
        newest_event=newest_event(client, kinds),
        read_at=now,
        events=found.events,
        complete=found.complete,
        adds_up=adds_up,
    )


def _windows(client: Client, request: Request, kinds: Sequence[Behind], now: datetime) -> dict[str, Window]:
    """Give the window of each kind: a row may count some of its events over another time than others."""
    at, span = moment_of(request, kinds[0], now), request.where.get("span", "")
    shifts = shifts_of(client) if kinds[0].window == "shift" else ()
    return {kind.window: window_of(kind, at, span, shifts, is_now=request.at is None) for kind in kinds}


def _of_rows(kinds: Sequence[Behind], number: Number) -> list[Behind]:
    """Leave out what is behind other rows than these."""
    return [
        kind
        for kind in kinds
        if not number.rows
        or all(any(row[name] in values for row in number.rows) for name, values in kind.when.items())
    ]


def _events(
    client: Client,
    request: Request,
    kinds: Sequence[Behind],
    windows: Mapping[str, Window],
    number: Number,
) -> Found:
    found = [_found(client, request, kind, windows[kind.window], number) for kind in kinds]
    events = in_order(event for part in found for event in part.events)
    return Found(events, all(part.complete for part in found))


def _found(client: Client, request: Request, kind: Behind, window: Window, number: Number) -> Found:
    values = values_of(client, kind, request.where, number)
    if kind.stem == "declarations":
        window, values["declaration_no"] = declared(client, window, number)
    return find_events(client, kind, window, values, request)


def _sums(events: Iterable[BehindEvent]) -> Mapping[str, int | Decimal]:
    sums: Counter[str] = Counter()
    for event in events:
        sums.update(event.adds)
    return sums


def _adds_up(number: Number, sums: Mapping[str, int | Decimal], kinds: Sequence[Behind]) -> bool | None:
    columns = {name for kind in kinds for name in kind.measures if not kind.restating}
    if not columns:
        return None
    return all(
        _is_sum(number.measures[name], sums.get(name, 0)) for name in columns & number.measures.keys()
    ) and (bool(number.rows) or not any(sums.values()))


def _is_sum(value: object, total: int | Decimal) -> bool:
    """Tell whether a column shows a sum; one of whole seconds drops the rest."""
    return (math.floor(total) if isinstance(value, int) else total) == (value or 0)
