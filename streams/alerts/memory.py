"""What the alerts remember in ClickHouse: standings, alerts, what people said. One instance writes at a time.

A happening is written with the standing that it led to, before anything else of it; so whoever takes over
knows what may not have been told yet, and does that part again under the same names.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.alerts.names import Names
from streams.core.alerts.evaluate import Happening
from streams.core.alerts.machine import Kind, Phase, Standing
from streams.core.alerts.messages import write_message
from streams.core.alerts.rules import Rule

_STATE_COLUMNS: Final = (
    "rule", "scope", "phase", "since", "seen", "onset", "opened", "alert_id", "silent", "hushed", "value",
    "sample", "word", "window", "corrections", "happened", "before", "announced", "revision",
)  # fmt: skip
_ENDS: Final = {Kind.RESOLVED, Kind.CORRECTED, Kind.CHANGED}
# The row of an alert with the highest stands; a change is over at once, and may be corrected later.
_REVISIONS: Final = {Kind.FIRED: 1, Kind.RESOLVED: 2, Kind.CHANGED: 2, Kind.CORRECTED: 3}


class Remembered(NamedTuple):
    """Every standing by rule and place, and the happenings that may not have been told."""

    standings: dict[str, dict[str, Standing]]
    untold: list[Happening]


class Silence(NamedTuple):
    """A rule (or its section) that is not to ring at a place; empty: everywhere."""

    rule: str
    scope: str

    def covers(self, rule: Rule, places: Collection[str]) -> bool:
        """Tell whether it is about a rule at a place, given with those that it lies in."""
        return self.rule in {rule.id, rule.runbook} and (not self.scope or self.scope in places)


class Memory:
    """The tables beside the views.

    Args:
        client: a writer whose database is that of the public views.
        names: what places are called.
    """

    def __init__(self, client: Client, names: Names) -> None:
        self._client = client
        self._names = names
        self._revision = 0

    def recall(self, rules: Sequence[Rule]) -> Remembered:
        """Read how everything stood; where no rule looks any more nothing is told."""
        by_id = {rule.id: rule for rule in rules}
        standings: dict[str, dict[str, Standing]] = {}
        untold = []
        rows = self._client.query(
            f"SELECT {', '.join(_STATE_COLUMNS)} FROM alert_states FINAL"
        ).named_results()
        for row in rows:
            standing = _standing(row)
            standings.setdefault(row["rule"], {})[row["scope"]] = standing
            self._revision = max(self._revision, row["revision"])
            rule = by_id.get(row["rule"])
            if rule is not None and rule.covers(row["scope"]) and not row["announced"]:
                untold.append(Happening(rule, row["scope"], Kind(row["happened"]), standing, row["before"]))
        return Remembered(standings, untold)

    def note(self, standings: Mapping[tuple[str, str], Standing]) -> None:
        """Write standings at which nothing happened."""
        self._write_states([(*key, standing, "", "", True) for key, standing in standings.items()])

    def decide(self, happenings: Iterable[Happening], *, announced: bool) -> None:
        """Write the standings at which something happened, before and after it is announced."""
        self._write_states(
            [(h.rule.id, h.scope, h.standing, h.kind, h.before, announced) for h in happenings]
        )

    def record(self, happenings: Sequence[Happening]) -> None:
        """Write the alerts that began or ended."""
        rows = [self._alert(happening) for happening in happenings]
        if rows:
            self._insert("alerts", rows)

    def withdraw(self, standings: Mapping[tuple[str, str], Standing], now: datetime) -> None:
        """Write that alerts are over that no rule looks at, or that are news, with the standings left."""
        if not standings:
            return
        over = (
            "INSERT INTO alerts SELECT * REPLACE (toNullable({now:DateTime64(3, 'UTC')}) AS ended_at,"
            " 'resolved' AS ending, 2 AS revision) FROM (SELECT * FROM alerts FINAL"
            " WHERE ended_at IS NULL AND has({ids:Array(String)}, alert_id))"
        )
        ids = [standing.alert_id for standing in standings.values()]
        self._client.command(over, {"now": now, "ids": ids})
        self.note(standings)

    def pulse(self, now: datetime) -> None:
        """Write that the rules were looked at, for whoever asks from outside whether they still are."""
        self._client.insert("alert_pulse", [[now]], column_names=["evaluated_at"])

    def pulsed(self) -> datetime | None:
        """Give when the rules were looked at last, as far as that was written; None: never."""
        rows = self._client.query("SELECT max(evaluated_at) FROM alert_pulse HAVING count() > 0").result_rows
        return moment_of(ms_of(rows[0][0])) if rows else None

    def silences(self, now: datetime) -> list[Silence]:
        """Give what is silenced at a moment; of a rule and a place what was said last counts."""
        query = (
            "SELECT rule, scope FROM alert_actions WHERE action = 'silence'"
            " GROUP BY rule, scope HAVING argMax(until, at) > {now:DateTime64(3, 'UTC')}"
        )
        return [Silence(*row) for row in self._client.query(query, {"now": now}).result_rows]

    def _write_states(self, states: Sequence[tuple[str, str, Standing, str, str, bool]]) -> None:
        if not states:
            return
        self._revision += 1
        rows = [
            {
                "rule": rule,
                "scope": scope,
                **standing._asdict(),
                **{name: moment_of(getattr(standing, name)) for name in ("since", "seen", "onset", "opened")},
                "phase": str(standing.phase),
                "happened": str(happened),
                "before": before,
                "announced": announced,
                "revision": self._revision,
            }
            for rule, scope, standing, happened, before, announced in states
        ]
        self._insert("alert_states", rows)

    def _alert(self, happening: Happening) -> dict[str, Any]:
        rule, scope, kind, standing, _ = happening
        is_over = kind in _ENDS
        fired_at, value = standing.opened, standing.value
        if kind is Kind.CHANGED:
            fired_at = standing.onset
        elif standing.seen != standing.opened:
            fired_at, value = self._beginning(standing)
        vi, en = (write_message(happening, self._names.wording(scope, lang)) for lang in ("vi", "en"))
        return {
            "alert_id": standing.alert_id,
            "rule": rule.id,
            "kpi": rule.kpi,
            "scope": scope,
            "place": self._names.place(scope, "vi"),
            "severity": rule.severity,
            "runbook": rule.runbook,
            "fired_at": moment_of(fired_at),
            "ended_at": moment_of(standing.since) if is_over else None,
            "ending": str(kind) if is_over else "",
            "value": value,
            "limit_value": rule.limit,
            "sample": standing.sample,
            "silent": standing.silent,
            "title_vi": rule.title.vi,
            "text_vi": vi.text,
            "title_en": rule.title.en,
            "text_en": en.text,
            "revision": _REVISIONS[kind],
        }

    def _beginning(self, standing: Standing) -> tuple[int, float | None]:
        """Give when an alert fired, and at which value."""
        # Also of one that has ended: its row keeps both, and a merge may have dropped the one before it.
        query = "SELECT fired_at, value FROM alerts FINAL WHERE alert_id = {id:String}"
        rows = self._client.query(query, {"id": standing.alert_id}).result_rows
        return (ms_of(rows[0][0]), rows[0][1]) if rows else (standing.since, standing.value)

    def _insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._client.insert(table, [list(row.values()) for row in rows], column_names=list(rows[0]))


def moment_of(ms: int) -> datetime:
    """Give a moment of milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def ms_of(moment: datetime) -> int:
    """Give milliseconds since 1970; what ClickHouse gives has no zone and is UTC."""
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)


def _standing(row: Mapping[str, Any]) -> Standing:
    fields = {name: row[name] for name in Standing._fields}
    times = {name: ms_of(row[name]) for name in ("since", "seen", "onset", "opened")}
    return Standing(**{**fields, **times, "phase": Phase(row["phase"])})
