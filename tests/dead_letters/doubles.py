"""An archive and a sender in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from streams.core.record import PartitionId
from streams.dead_letters.archive import Action, LetterKey, StoredLetter
from streams.dead_letters.selection import DEAD, PARKED, Selection
from streams.dead_letters.sending import Outgoing
from tests.fakes import CrashError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def letter(offset: int, *, reason: str = "invalid", attempt: int = 0, cut: bool = False) -> StoredLetter:
    """Give a dead letter of gate.crossing/2."""
    key = LetterKey(PartitionId("gate.crossing", 2), offset, offset, reason, attempt, cut, 10)
    return StoredLetter(key, DEAD, "", NOON, NOON, None, None, b"key", b"value-%d" % offset, [("h", b"1")])


@dataclass
class MemoryArchive:
    """Keeps letters by their keys; `marks` let that many steps through and then dies."""

    letters: dict[LetterKey, StoredLetter] = field(default_factory=dict)
    actions: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    selections: list[Selection] = field(default_factory=list)
    marks: int | None = None

    def add(self, *letters: StoredLetter) -> list[LetterKey]:
        """Bury letters."""
        self.letters |= {item.key: item for item in letters}
        return [item.key for item in letters]

    def find(self, selection: Selection, limit: int) -> list[LetterKey]:
        self.selections.append(selection)
        return [k for k, item in self.letters.items() if item.status in selection.statuses][:limit]

    def read(self, keys: Sequence[LetterKey], *, with_bytes: bool = True) -> list[StoredLetter]:  # noqa: ARG002
        return [self.letters[key] for key in keys]

    def mark(self, keys: Sequence[LetterKey], status: str, now_ms: int) -> None:
        if self.marks == 0:
            raise CrashError
        self.marks = None if self.marks is None else self.marks - 1
        changed_at = datetime.fromtimestamp(now_ms / 1000, UTC)
        for key in keys:
            if self.letters[key].status in (DEAD, PARKED):
                self.letters[key] = replace(self.letters[key], status=status, changed_at=changed_at)

    def write_down(self, action: Action, state: str, finished_at: datetime | None = None) -> None:
        assert (state == "done") == (finished_at is not None)
        numbers = action.redriven, action.dropped, action.parked, action.skipped
        self.actions.append((state, *numbers))

    def statuses(self) -> list[str]:
        """Give the status of each letter."""
        return [item.status for item in self.letters.values()]


@dataclass
class MemorySender:
    """Keeps what was sent; fails with the given errors first."""

    failures: list[Exception] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    closed: bool = False

    async def send(self, records: Sequence[Outgoing]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.extend(records)

    async def close(self) -> None:
        self.closed = True
