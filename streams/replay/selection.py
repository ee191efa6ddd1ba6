"""Which events are meant: by time, type, gate, zone, id and offset.

An entity of which one event is meant is read whole.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from streams.core.decode import Accepted, DeadLetter
from streams.core.record import PartitionId, Record
from streams.events import FUTURE_TOLERANCE, epoch_ms

# A report's time is the end of the window that it counts in; all else counts at its own time.
# All reports of one entity are of one minute.
REPORTS: Final = "factory.output"
_REACH_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000
_FUTURE_MS: Final = int(FUTURE_TOLERANCE.total_seconds() * 1000)
# The entity of an event, as `Kind.entity` names it; hashed, for sets of millions.
ENTITY_SQL: Final = """sipHash64(type, multiIf(
    type = 'vn.laocai.kpi.factory.output.v1', concat(toString(toStartOfMinute(time)), subject),
    type = 'vn.laocai.kpi.gate.state.v1',
    concat(toString(toStartOfHour(ifNull(corrects_time, time))), subject),
    subject))"""


class Offsets(BaseModel):
    """A stretch of a partition of Kafka from `first` to `last`, both in it; None: to the end."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    first: int = 0
    last: int | None = None

    def has(self, record: Record) -> bool:
        """Tell whether a record lies in it."""
        last = record.offset if self.last is None else self.last
        return (self.topic, self.partition) == record.partition and self.first <= record.offset <= last


class Selection(BaseModel):
    """The events that all given filters match; `start` and `end` are of event time, half-open.

    Of several topics, and of several stretches of offsets, an event needs to be in one.
    """

    model_config = ConfigDict(frozen=True)

    topics: tuple[str, ...] = ()
    gate: str = ""
    zone: str = ""
    id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    offsets: tuple[Offsets, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether no filter narrows it down."""
        return self == Selection()

    @property
    def is_whole_topics(self) -> bool:
        """Whether no filter but that of topics narrows it down."""
        return self == Selection(topics=self.topics)

    @property
    def came_since_ms(self) -> int | None:
        """Give a moment before which nothing came that is meant itself; None: it may have come at any time.

        No event is accepted that is further ahead of its arrival than clocks may differ.
        """
        if self.start is None:
            return None
        return max(0, epoch_ms(self.start) // _MINUTE_MS * _MINUTE_MS - _FUTURE_MS)

    def first_offsets(self, ends: Mapping[PartitionId, int]) -> dict[PartitionId, int]:
        """Give the offset of each partition before which no record is meant itself; its end: none is there.

        Nothing is given where any may be, for no offsets were asked for.
        """
        if not self.offsets:
            return {}
        firsts = dict(ends)
        for one in self.offsets:
            at = PartitionId(one.topic, one.partition)
            firsts[at] = min(one.first, firsts.get(at, 0))
        return firsts

    def means(self, item: Accepted) -> bool:
        """Tell whether an event is meant itself; of times, also one that ends a window reaching in."""
        body = item.event.data
        return (
            self._has_time(item.fact.time, _REACH_MS if item.record.partition.topic == REPORTS else 0)
            and self.gate in ("", getattr(body, "gate_id", None))
            and self.zone in ("", getattr(body, "zone_id", None))
            and self.id in (None, item.event.id, item.event.correctsid)
            and self._has_offset(item.record)
        )

    def means_letter(self, letter: DeadLetter) -> bool:
        """Tell whether a record that is no event is meant: only when and where it came is known of it."""
        known = self._has_time(letter.record.received_ms, 0) and self._has_offset(letter.record)
        return known and not (self.gate or self.zone or self.id)

    def overlap(self, other: "Selection") -> "Selection | None":
        """Give what both mean by time, type and place; None: there is no such event."""
        topics = set(self.topics or other.topics) & set(other.topics or self.topics)
        gates, zones = {self.gate, other.gate} - {""}, {self.zone, other.zone} - {""}
        start = max(filter(None, (self.start, other.start)), default=None)
        end = min(filter(None, (self.end, other.end)), default=None)
        # An event is at a gate or in a zone.
        has_place, has_time = len(gates | zones) <= 1, start is None or end is None or start < end
        has_type = bool(topics) or not (self.topics or other.topics)
        if not (has_place and has_time and has_type):
            return None
        return Selection(
            topics=tuple(sorted(topics)),
            gate="".join(gates),
            zone="".join(zones),
            start=start,
            end=end,
        )

    def _has_offset(self, record: Record) -> bool:
        return not self.offsets or any(stretch.has(record) for stretch in self.offsets)

    def _has_time(self, time_ms: int, reach_ms: int) -> bool:
        after = self.start is None or time_ms >= epoch_ms(self.start)
        return after and (self.end is None or time_ms < epoch_ms(self.end) + reach_ms)

    def where(self) -> tuple[str, Mapping[str, Any]]:
        """Give the condition on archived events that are meant themselves, and its values."""
        given = {
            "gate": self.gate,
            "zone": self.zone,
            "id": self.id,
            "start": self.start and epoch_ms(self.start),
            "end": self.end and epoch_ms(self.end),
            "offsets": [
                (f"{one.topic}/{one.partition}", one.first, _NO_END if one.last is None else one.last)
                for one in self.offsets
            ],
        }
        values = {name: value for name, value in given.items() if value not in (None, "", [])}
        return " AND ".join(["1", *(_CONDITIONS[name] for name in values)]), values


_NO_END: Final = 2**63 - 1
_CONDITIONS: Final = {
    "gate": "JSONExtractString(payload, 'data', 'gate_id') = {gate:String}",
    "zone": "JSONExtractString(payload, 'data', 'zone_id') = {zone:String}",
    "id": "(id = {id:UUID} OR corrects_id = {id:UUID})",
    "offsets": (
        "arrayExists(stretch -> stretch.1 = concat(topic, '/', toString(partition))"
        " AND offset BETWEEN stretch.2 AND stretch.3, {offsets:Array(Tuple(String, UInt64, UInt64))})"
    ),
    "start": "time >= fromUnixTimestamp64Milli({start:Int64})",
    # Said twice: the first is what the table is ordered by.
    "end": (
        f"time < fromUnixTimestamp64Milli({{end:Int64}} + {_REACH_MS})"
        " AND (type = 'vn.laocai.kpi.factory.output.v1' OR time < fromUnixTimestamp64Milli({end:Int64}))"
    ),
}
