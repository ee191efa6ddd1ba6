"""Days of which nothing is known are told: in a view, and as nobody's silence on a report."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.alerts.files import measure_sql
from streams.clickhouse_client import reader
from streams.registry import load_registry
from streams.report.ask import ask
from streams.report.parts import PARTS
from streams.report.periods import Kind, span_of
from streams.settings import Settings
from tests import mornings as rows
from tests.explaining import FIRST
from tests.folding import fold
from tests.plants import report
from tests.seeded import seed

pytestmark = pytest.mark.integration

OF_THIS_YEAR = {
    "scope": "lao-cai", "effective_from": date(2020, 1, 1), "source": "owner", "removed": False,
    "id": UUID(int=9),
}  # fmt: skip
PLANTS = ("dap-2-tang-loong", "dcp-tang-loong", "concrete-tang-loong")


def put(client: Client, table: str, day: date, measure: str) -> None:
    """Add a row of a day."""
    client.insert(table, [[day, 1, 1]], column_names=["day", measure, "version"])


def test_whole_days_without_a_word_are_missing(client: Client) -> None:
    """Vehicles five and two days ago, a report yesterday: three days of gates are missing."""
    today = clock.now().astimezone(clock.HANOI).date()
    ago = [today - timedelta(days=number) for number in range(6)]
    put(client, "crossings_day", ago[5], "vehicles")
    put(client, "crossings_day", ago[2], "vehicles")
    put(client, "output_day", ago[1], "reports")

    rows = client.query("SELECT * FROM kpi.missing_days ORDER BY first_day").result_rows

    assert [("gate.crossing", ago[4], ago[3], 2), ("gate.crossing", ago[1], ago[1], 1)] == rows


def test_what_nobody_told_is_no_plants_silence(client: Client, settings: Settings) -> None:
    """All were silent from the third hour to the tenth, one alone from the twelfth to the fifteenth."""
    hours = {plant: [0, 1, 10, 11, 12, 13, 14, 15] for plant in PLANTS} | {PLANTS[0]: [0, 1, 10, 11, 15]}
    told = [(plant, hour) for plant, known in hours.items() for hour in known]
    fold(client, [report(n, plant, at(hour)) for n, (plant, hour) in enumerate(told, 1)])
    span = span_of(Kind.DAY, FIRST, clock.now(), load_registry().shifts)

    with reader(settings) as asked:
        asked.database = settings.database
        rows = ask(asked, span, [part for part in PARTS if part.name == "silences"])["silences"]

    assert [("", at(16), None), ("", at(2), at(10)), (PLANTS[0], at(12), at(15))] == [
        (row["subject"], row["started_at"], row["ended_at"]) for row in rows
    ]


def at(hour: int) -> datetime:
    """Give the moment so many hours after the first."""
    return FIRST + timedelta(hours=hour)


def test_a_year_with_weeks_missing_has_no_pace(client: Client, settings: Settings) -> None:
    """While history is filled in nobody is behind: what is missing would count as nothing."""
    seed(settings)
    today = clock.now().astimezone(clock.HANOI).date()

    def places(measure: str) -> set[str]:
        with reader(settings) as asked:
            asked.database = settings.database
            return {row[0].partition("/")[0] for row in asked.query(measure_sql(measure)).result_rows}

    first = {"day": date(today.year, 1, 1), "gate_id": "kim-thanh", "direction": "inbound"}
    rows.put(client, "revenue_day", {**first, "duty_vnd": 10**12, "fee_vnd": 0, "payments": 1})
    wanted = {"indicator": "budget_revenue", "value_minor": 2 * 10**12, "currency": "VND", "qualifier": "gte"}
    rows.put(client, "targets", {**wanted, **OF_THIS_YEAR, "year": today.year, "time": clock.now()})
    all_three = {"trade_value", "industrial_output", "budget_revenue"}
    assert {"pace": all_three, "projection": all_three} == {
        name: places(name) for name in ("pace", "projection")
    }
    for ago in (0, 20):
        put(client, "crossings_day", today - timedelta(days=ago), "vehicles")

    # What is missing of the year before is nothing to this one.
    missing = min(19, (today - date(today.year, 1, 1)).days)
    rest = {"industrial_output"} if missing else all_three
    assert {"pace": rest, "projection": rest} == {name: places(name) for name in ("pace", "projection")}


def test_a_day_that_is_missing_in_autumn_takes_no_pace_away(client: Client, settings: Settings) -> None:
    """Two in a hundred may be: a site whose feed was dead for a day is told when it falls behind."""
    seed(settings)
    today = clock.now().astimezone(clock.HANOI).date()
    for ago in (0, 2):
        put(client, "crossings_day", today - timedelta(days=ago), "vehicles")

    with reader(settings) as asked:
        asked.database = settings.database
        told = {row[0].partition("/")[0] for row in asked.query(measure_sql("pace")).result_rows}

    day_of_year = (today - date(today.year, 1, 1)).days + 1
    # Yesterday is missing: of a day of the year, or of none of this one.
    assert ("trade_value" in told) == (day_of_year >= 50 or day_of_year == 1)
