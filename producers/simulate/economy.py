"""Scenarios of plants and targets: what is made, what is asked for, and a year that reaches it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final

from producers.simulate.calendar import clock_ms
from producers.simulate.lane_plan import REBUILT
from producers.simulate.scenario import Scenario
from producers.simulate.stops import Stop
from streams.registry import Plant, Product, TargetRecord

_STEEL: Final = "viet-trung-steel"
_PHOSPHORUS: Final = "yellow-phosphorus"
_PROVINCE: Final = "lao-cai"
# How the targets moved from 2023 to 2024: times so much, and so much more.
_MOVES: Final = {"trade_value": (Decimal("0.9"), 0), "industrial_output": (Decimal(1), 1_100 * 10**9)}


def _with_runs(plant: Plant, run_of: Callable[[Product], float]) -> Plant:
    runs = ((product, round(run_of(product))) for product in plant.products)
    products = tuple(product.model_copy(update={"run_2023": run}) for product, run in runs)
    return plant.model_copy(update={"products": products})


class SteelRestart(Scenario):
    """The steel works, idle since May 2022, start again."""

    name: ClassVar[str] = "steel-restart"
    meaning: ClassVar[str] = (
        "the steel works start up on 1 March of the year and reach 350,000 t a year within 60 days"
    )
    _from: ClassVar[tuple[int, int]] = (3, 1)
    _run: ClassVar[int] = 350_000
    _ramp_days: ClassVar[int] = 60

    def plant_on(self, plant: Plant, day: date) -> Plant:
        """Run the steel works from the day of the restart."""
        days = (day - date(day.year, *self._from)).days + 1
        if plant.slug != _STEEL or days < 1:
            return plant
        run = self._run * min(1.0, days / self._ramp_days)
        return _with_runs(plant, lambda _: run).model_copy(update={"stopped_since": None})


class PowerCut(Scenario):
    """The phosphorus furnaces are cut off in the evenings of the dry season."""

    name: ClassVar[str] = "power-cut"
    meaning: ClassVar[str] = "from April to June the phosphorus furnaces have no power from 17:00 to 22:00"
    _months: ClassVar[range] = range(4, 7)

    def stops_on(self, plant: Plant, day: date) -> tuple[Stop, ...]:
        """Stop the furnaces in the evening; the report that ends at midnight is of the evening before."""
        if day.month not in self._months or all(product.slug != _PHOSPHORUS for product in plant.products):
            return ()
        return (Stop(clock_ms(day, "17:00"), clock_ms(day, "22:00"), "power"),)


class NewYear(Scenario):
    """The targets change on 1 January, as they did from 2023 to 2024."""

    name: ClassVar[str] = "new-year"
    meaning: ClassVar[str] = (
        "on 1 January new targets are decided: a tenth less trade, 1,100 bn VND more output "
        "(as from 2023 to 2024: 5.0 to 4.5 bn USD, 51,100 to 52,200 bn VND)"
    )

    def targets_on(self, stated: tuple[TargetRecord, ...], day: date) -> tuple[TargetRecord, ...]:
        """Decide the province's targets of the year that begins, from the last ones before it."""
        if (day.month, day.day) != (1, 1):
            return ()
        before = {
            record.indicator: record
            for record in sorted(stated, key=lambda record: record.year)
            if record.year < day.year and record.scope == _PROVINCE
        }
        return tuple(_moved(record, day.year) for record in before.values() if record.indicator in _MOVES)


def _moved(record: TargetRecord, year: int) -> TargetRecord:
    factor, more = _MOVES[record.indicator]
    value = str(int(Decimal(record.value) * factor) + more)
    return record.model_copy(update={"year": year, "value": value, "source": f"scenario {NewYear.name}"})


class OnTarget(Scenario):
    """A year that reaches 5 bn USD and more than 51,100 bn VND, at the gate as it is now."""

    name: ClassVar[str] = "on-target"
    meaning: ClassVar[str] = (
        "2.33 times the trade and 1.21 times the output of 2023: each year reaches 5 bn USD and 51,100 bn VND"
    )
    _trade: ClassVar[float] = 2.33
    _output: ClassVar[float] = 1.21

    def trade_factor(self, day: date) -> float:
        """Multiply the base year."""
        del day
        return self._trade

    def built_as_of(self, day: date) -> date:
        """Give the rebuilt gate to all years: one lane each way passes no such traffic."""
        return max(day, REBUILT)

    def plant_on(self, plant: Plant, day: date) -> Plant:
        """Multiply the run of each plant."""
        del day
        return _with_runs(plant, lambda product: product.run_2023 * self._output)
