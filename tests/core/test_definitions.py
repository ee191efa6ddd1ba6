"""The catalogue of definitions: complete words, one name each, found by their columns."""

import pytest
from typer.testing import CliRunner

from streams.commands.definitions import app
from streams.core.definitions import CATALOGUE, DIMENSIONS, Definition, defining
from streams.core.definitions.agencies import AGENCIES
from streams.core.definitions.alerting import ALERTING
from streams.core.definitions.arrivals import ARRIVALS
from streams.core.definitions.clearing import CLEARING
from streams.core.definitions.gates import GATES
from streams.core.definitions.goods import GOODS
from streams.core.definitions.lanes import LANES
from streams.core.definitions.latency import LATENCY
from streams.core.definitions.output import OUTPUT
from streams.core.definitions.places import PLACES
from streams.core.definitions.plants import PLANTS
from streams.core.definitions.progress import PROGRESS
from streams.core.definitions.quality import QUALITY
from streams.core.definitions.reconciliation import RECONCILIATION
from streams.core.definitions.reliability import RELIABILITY
from streams.core.definitions.restatement import RESTATEMENT
from streams.core.definitions.revenue import REVENUE
from streams.core.definitions.trade import TRADE
from streams.core.definitions.vietnamese import MEANINGS
from streams.core.definitions.yards import YARDS
from streams.errors import UsageError
from streams.report.parts import PARTS


def test_a_name_is_given_once() -> None:
    """No definition hides another one of its name."""
    parts = (
        *(PROGRESS, TRADE, LATENCY, RELIABILITY, AGENCIES, CLEARING),
        *(OUTPUT, PLANTS, PLACES, GATES, LANES, YARDS, ARRIVALS, QUALITY, RESTATEMENT),
        *(GOODS, REVENUE, RECONCILIATION, ALERTING),
    )

    assert sum(map(len, parts)) == len(CATALOGUE)
    assert len({one.title_vi for one in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("one", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_a_definition_is_complete(one: Definition) -> None:
    """It names at least one column that is a measure, and nothing twice."""
    assert one.columns
    assert len(set(one.columns)) == len(one.columns)
    assert one.columns[0].partition(".")[2] not in DIMENSIONS or one.columns[0].startswith("dead_letters.")


def test_what_rests_on_the_season_says_so() -> None:
    """Plan, pace and projection rest on assumed months; value and percent do not."""
    assumed = {name for name, one in CATALOGUE.items() if one.assumption}

    assert {"planned", "pace", "projection", "reached_on", "needed_per_open_day", "last_year"} <= assumed
    assert not assumed & {"trade_value", "percent_of_target", "planned_straight", "booth_service"}


def test_what_is_said_in_vietnamese_is_of_the_catalogue() -> None:
    """Whatever a report shows has its meaning; what rests on an assumption says so in both languages."""
    shown = {measure.definition for part in PARTS for measure in part.measures} - {""}

    assert shown <= MEANINGS.keys() <= CATALOGUE.keys()
    assert [] == [
        name for name, one in MEANINGS.items() if bool(one.assumption) != bool(CATALOGUE[name].assumption)
    ]


def test_a_column_finds_its_definitions() -> None:
    """A tile knows its view and column; three intervals share the columns of percentiles."""
    assert ["pace"] == [one.name for one in defining("progress", "pace")]
    shared = [one.name for one in defining("latency_by_day", "p90_ms")]
    assert ["booth_service", "gate_dwell", "clearance"] == shared


def test_the_command_lists_and_explains() -> None:
    """All by name, one as a card with its formula, an unknown one with what is near."""
    runner = CliRunner(env={"COLUMNS": "200"})

    assert "Giá trị hàng hóa qua cửa khẩu" in runner.invoke(app, []).output
    card = runner.invoke(app, ["needed_per_open_day"]).output
    assert "gap / open days left, rounded up" in card
    assert "progress_by_target.needed_per_open_day" in card
    with pytest.raises(UsageError, match="did you mean projection"):
        runner.invoke(app, ["projektion"], catch_exceptions=False)
