"""What the lines of a plant do, by hand: bits of minutes, the leading product, what a stop is."""

from typing import Any

import pytest

from streams.core.contribution import Measures
from streams.core.facts import Fact
from streams.core.outputs import output_body, output_contribution
from streams.events import OutputBody
from tests.events import START_MS, output

LINE = ("tang-loong", "phosphorus-group-tang-loong", "furnace-1")


def states(*events: dict[str, Any]) -> dict[tuple[object, ...], Measures]:
    """Fold reports of one window and give the rows of states."""
    facts = [
        Fact(n, event["id"], START_MS + 300_000, None, None, 0, output_body(OutputBody(**event["data"])))
        for n, event in enumerate(events)
    ]
    rows = output_contribution(facts).rows
    return {key.dimensions: measures for key, measures in rows.items() if key.table == "line_state_hour"}


def of_product(product: str, event: dict[str, Any]) -> dict[str, Any]:
    """Report another product of the same line."""
    return {**event, "data": {**event["data"], "product": product}}


def test_a_window_is_a_bit_of_its_hour() -> None:
    """The window from 00:20 to 00:25 sets bit 20."""
    event = output(1, 4)
    fact = Fact(0, event["id"], START_MS + 1_500_000, None, None, 0, output_body(OutputBody(**event["data"])))

    ((key, measures),) = [
        item for item in output_contribution([fact]).rows.items() if item[0].table == "line_state_hour"
    ]

    assert (START_MS // 1000, (*LINE, "execute", "", False, 5)) == key[1:]
    assert {"starts": 1_048_576} == measures


@pytest.mark.parametrize(
    ("state", "quantity", "stopped"),
    [
        ("stopped", "0", True),
        ("aborted", "0.000", True),
        ("held", "0", True),
        ("suspended", "0", True),
        ("stopped", "0.000001", False),
        ("idle", "0", False),
        ("execute", "0", False),
    ],
)
def test_a_stop_is_a_standing_line_that_made_nothing(state: str, quantity: str, stopped: bool) -> None:
    """Idle is ready to run, and a window in which something was made is no stop yet."""
    event = output(1, 0, state=state, quantity=quantity, stop_reason="power")

    assert {(*LINE, state, "power", stopped, 5): {"starts": 1}} == states(event)


def test_a_line_that_makes_another_product_runs() -> None:
    """Of several products the one nearest to running says what the line does; ties go by its name."""
    slag = of_product("slag", output(2, 0, state="held", quantity="0", stop_reason="market"))
    ore = of_product("ore", output(3, 0, state="held", quantity="0", stop_reason="power"))

    running = output(1, 0, state="execute", stop_reason=None)

    assert {(*LINE, "execute", "", False, 5): {"starts": 1}} == states(slag, running, ore)
    assert {(*LINE, "held", "power", True, 5): {"starts": 1}} == states(slag, ore)


def test_another_report_of_the_same_product_does_not_speak() -> None:
    """The smallest id counts, for the state as for the amount."""
    rows = states(output(2, 0, state="execute"), output(1, 0, state="idle", quantity="0"))

    assert {(*LINE, "idle", "", False, 5): {"starts": 1}} == rows


def test_lines_of_one_plant_are_apart() -> None:
    """One entity holds all lines of a window."""
    rows = states(output(1, 0), output(2, 0, line="furnace-2", state="aborted", quantity="0"))

    assert {("furnace-1", "execute"), ("furnace-2", "aborted")} == {key[2:4] for key in rows}
