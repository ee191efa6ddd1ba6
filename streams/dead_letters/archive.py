"""The dead letters in ClickHouse: found, read, marked, and who did it written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from clickhouse_connect.driver.client import Client

from streams.core.record import Headers, PartitionId
from streams.dead_letters.selection import DEAD, PARKED, Origin, Selection

_SETTINGS: Final = {"max_query_size": 16 << 20}
_BYTES: Final[dict[str, str | dict[str, str]]] = {"key": "bytes", "payload": "bytes", "headers": "bytes"}


class LetterKey(NamedTuple):
    """One dead letter, without its bytes; `size` is how many its value has.

    `early` is one whose time has not come: sent back now, it would only be found early again.
    """

    partition: PartitionId
    position: int
    offset: int
    reason: str
    attempt: int
    cut: bool
    size: int
    early: bool = False

    @property
    def origin(self) -> Origin:
        """Name it as people do."""
        return Origin(*self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """One dead letter with everything that is known of it."""

    key: LetterKey
    status: str
    detail: str
    failed_at: datetime
    first_failed_at: datetime
    due_at: datetime | None
    changed_at: datetime | None
    record_key: bytes | None
    value: bytes | None
    headers: Headers


class Counted(NamedTuple):
    """How many letters share topic, reason and status, and since when."""

    topic: str
    reason: str
    status: str
    letters: int
    bytes: int
    first: datetime
    last: datetime


@dataclass
class Action:
    """What somebody did to dead letters, and to how many."""

    id: UUID
    started_at: datetime
    who: str
    action: str
    filter: str
    matched: int
    redriven: int = 0
    dropped: int = 0
    parked: int = 0
    skipped: int = 0

    @property
    def decided_meanwhile(self) -> int:
        """How many letters were left alone, because somebody else decided on them in between."""
        return self.matched - self.redriven - self.dropped - self.parked - self.skipped


_KEY_COLUMNS: Final = (
    "topic, partition, position, offset, reason, attempt, cut, length(letters.payload) AS size,"
    " coalesce(due_at > now64(3), false) AS early"
)
_STATE_COLUMNS: Final = "status, detail, failed_at, first_failed_at, due_at, changed_at"
_BYTE_COLUMNS: Final = "key, payload, no_value, headers"
_NO_BYTES: Final = "NULL AS key, '' AS payload, true AS no_value, [] AS headers"


class LetterArchive:
    """The dead letters of one generation. A letter is named by its topic, partition and position."""

    def __init__(self, client: Client, generation: str, public: str) -> None:
        self._client = client
        self._generation = generation
        self._letters = f"`{generation}`.`dead_letters`"
        self._actions = f"`{public}`.`dead_letter_actions`"

    def find(self, selection: Selection, limit: int, *, newest_first: bool = False) -> list[LetterKey]:
        """Give the letters that match, oldest first, at most `limit`."""
        where, values = selection.where()
        direction = "DESC" if newest_first else ""
        rows = self._query(
            f"SELECT {_KEY_COLUMNS} FROM {self._letters} AS letters FINAL WHERE {where}"
            f" ORDER BY failed_at {direction}, topic, partition, position {direction} LIMIT %(limit)s",
            {**values, "limit": limit},
        )
        return [_key(row) for row in rows]

    def count(self, selection: Selection) -> list[Counted]:
        """Count the letters that match by topic, reason and status."""
        where, values = selection.where()
        rows = self._query(
            "SELECT topic, reason, status, count(), sum(length(payload)), min(failed_at), max(failed_at)"
            f" FROM {self._letters} FINAL WHERE {where}"
            " GROUP BY topic, reason, status ORDER BY count() DESC, topic, reason, status",
            values,
        )
        return [Counted(*row) for row in rows]

    def read(self, keys: Sequence[LetterKey], *, with_bytes: bool = True) -> list[StoredLetter]:
        """Give letters in the order asked for, with or without their bytes; one that is gone is left out."""
        if not keys:
            return []
        contents = _BYTE_COLUMNS if with_bytes else _NO_BYTES
        rows = self._query(
            f"SELECT {_KEY_COLUMNS}, {_STATE_COLUMNS}, {contents} FROM {self._letters} AS letters FINAL"
            " WHERE (topic, partition, position) IN %(keys)s",
            {"keys": _names(keys)},
        )
        found = {letter.key[:2]: letter for letter in map(_letter, rows)}
        return [found[key[:2]] for key in keys if key[:2] in found]

    def mark(self, keys: Sequence[LetterKey], status: str, now_ms: int) -> None:
        """Give letters another status, unless they have left the road already."""
        # The filter stands inside: outside, `status` is the new one already.
        self._client.command(
            f"INSERT INTO {self._letters} SELECT * REPLACE (%(status)s AS status, revision + 1 AS revision,"
            " fromUnixTimestamp64Milli(%(now)s, 'UTC') AS changed_at)"
            f" FROM (SELECT * FROM {self._letters} FINAL"
            " WHERE (topic, partition, position) IN %(keys)s AND status IN %(open)s)",
            parameters={"keys": _names(keys), "open": [DEAD, PARKED], "status": status, "now": now_ms},
            settings=_SETTINGS,
        )

    def write_down(self, action: Action, state: str, finished_at: datetime | None = None) -> None:
        """Record an action: once when it begins, and once when it ended."""
        row = {
            "started_at": action.started_at,
            "id": action.id,
            "who": action.who,
            "action": action.action,
            "filter": action.filter,
            "generation": self._generation,
            "state": state,
            "matched": action.matched,
            "redriven": action.redriven,
            "dropped": action.dropped,
            "parked": action.parked,
            "skipped": action.skipped,
            "finished_at": finished_at,
            "revision": 1 if finished_at is None else 2,
        }
        self._client.insert(self._actions, [list(row.values())], column_names=list(row))

    def _query(self, sql: str, values: Any) -> Sequence[Sequence[Any]]:  # noqa: ANN401 - whatever is bound
        result = self._client.query(
            sql, dict(values), settings=_SETTINGS, column_formats=_BYTES, tz_mode="aware"
        )
        return result.result_rows


def _names(keys: Sequence[LetterKey]) -> list[tuple[str, int, int]]:
    return [(*key.partition, key.position) for key in keys]


def _key(row: Sequence[Any]) -> LetterKey:
    return LetterKey(PartitionId(row[0], row[1]), *row[2:9])


def _letter(row: Sequence[Any]) -> StoredLetter:
    status, detail, failed, first_failed, due, changed, key, payload, no_value, headers = row[9:]
    value = None if no_value else payload
    named = [(name.decode(), content) for name, content in headers]
    return StoredLetter(_key(row), status, detail, failed, first_failed, due, changed, key, value, named)
