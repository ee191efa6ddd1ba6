"""Sessions: what `SET` and `USE` said under a `session_id` is said again before each of its queries."""

from collections import OrderedDict
from typing import Final

from streams.local.clickhouse_job import Job
from streams.local.clickhouse_roles import Role
from streams.local.clickhouse_sql import first_words

_SESSIONS: Final = 256
_STATEMENTS: Final = 64
_SETTING: Final = (("SET",), ("USE",))


class Sessions:
    """The newest sessions; one that nobody used for long is forgotten, as by a server."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()

    def statements(self, session: str) -> tuple[bytes, ...]:
        """Give what a session has set so far."""
        if session not in self._kept:
            return ()
        self._kept.move_to_end(session)
        return self._kept[session]

    def remember(self, session: str, job: Job) -> None:
        """Keep a statement of the writer that sets something for the queries after it."""
        if not session or job.role is not Role.WRITER or first_words(job.statement) not in _SETTING:
            return
        said = (*self._kept.get(session, ()), job.statement)
        self._kept[session] = said[-_STATEMENTS:]
        while len(self._kept) > _SESSIONS:
            self._kept.popitem(last=False)
