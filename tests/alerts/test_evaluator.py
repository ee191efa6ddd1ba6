"""What an evaluator takes over from the one before."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

from streams.alerts.announcer import Announcer, Nobody
from streams.alerts.evaluator import Evaluator
from streams.alerts.files import load_rules
from streams.alerts.memory import Memory, moment_of
from streams.alerts.names import Names
from streams.core.alerts.machine import Phase, Standing
from streams.registry import load_registry
from tests.alerts.doubles import MemoryOutbox

NOW: Final = datetime(2027, 1, 5, 5, tzinfo=UTC)
YARD: Final = next(rule for rule in load_rules() if rule.id == "yard-full-85")


class _Database:
    """Answers with standings, and keeps what is written."""

    def __init__(self, standings: dict[tuple[str, str], Standing]) -> None:
        told = {"happened": "fired", "before": "", "announced": False, "revision": 1}
        times = ("since", "seen", "onset", "opened")
        self._rows = [
            {"rule": rule, "scope": scope, **one._asdict(), **told}
            | {name: moment_of(getattr(one, name)).replace(tzinfo=None) for name in times}
            for (rule, scope), one in standings.items()
        ]
        self.ended: list[str] = []
        self.written: dict[str, list[dict[str, Any]]] = {}

    def query(self, *_: object) -> SimpleNamespace:
        """Give the standings."""
        return SimpleNamespace(named_results=lambda: self._rows, result_rows=[])

    def command(self, _: str, parameters: dict[str, Any]) -> None:
        """Keep which alerts are over."""
        self.ended += parameters["ids"]

    def insert(self, table: str, rows: Sequence[Sequence[Any]], column_names: Sequence[str]) -> None:
        """Keep rows."""
        kept = self.written.setdefault(table, [])
        kept += [dict(zip(column_names, row, strict=True)) for row in rows]


def test_what_no_rule_covers_any_more_is_over() -> None:
    """Of a rule that was removed or narrowed while it fired nothing stays open, and nothing is told of it."""
    firing = Standing(Phase.FIRING, since=1000, seen=1000, onset=1000, opened=1000)
    places = {
        "removed": ("yard-full-80", "kim-thanh"),
        "narrowed": (YARD.id, "ho-kieu"),
        "kept": (YARD.id, "kim-thanh"),
    }
    database: Any = _Database({place: firing._replace(alert_id=name) for name, place in places.items()})
    names, rules = Names(load_registry()), [YARD.model_copy(update={"scopes": ("kim-thanh",)})]
    memory, outbox = Memory(database, names), MemoryOutbox()
    announcer = Announcer(memory, outbox, names, Nobody())
    Evaluator(database, memory, rules, announcer).take_over(NOW)

    assert ["removed", "narrowed"] == database.ended
    closed = [row for row in database.written["alert_states"] if row["opened"] == moment_of(0)]
    assert [("yard-full-80", "kim-thanh"), (YARD.id, "ho-kieu")] == [
        (row["rule"], row["scope"]) for row in closed
    ]
    assert {("resolved", NOW)} == {(row["phase"], row["since"]) for row in closed}
    assert ["kept"] == [row["alert_id"] for row in database.written["alerts"]]
