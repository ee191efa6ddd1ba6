"""Reducers: one value out of a field, by Grafana's names."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from streams.wall.frames import Value

_Numbers = Sequence[float]


def reduce(values: Sequence[Value], reducer: str) -> Value:
    """Reduce a field; None where there is nothing to reduce.

    Raises:
        ValueError: no such reducer.
    """
    if (by_place := _BY_PLACE.get(reducer)) is not None:
        return by_place(values) if values else None
    if (by_number := _BY_NUMBER.get(reducer)) is None:
        raise ValueError(f"the board asks for a reducer that the wall does not know: {reducer}")
    numbers = [value for value in values if isinstance(value, int | float)]
    return by_number(numbers) if numbers else None


def _present(values: Sequence[Value]) -> list[Value]:
    return [value for value in values if value is not None]


_BY_PLACE: Final[dict[str, Callable[[Sequence[Value]], Value]]] = {
    "last": lambda values: values[-1],
    "first": lambda values: values[0],
    "lastNotNull": lambda values: next((value for value in reversed(values) if value is not None), None),
    "firstNotNull": lambda values: next((value for value in values if value is not None), None),
    "count": len,
    "distinctCount": lambda values: len(set(_present(values))),
    "allIsNull": lambda values: not _present(values),
    "allIsZero": lambda values: all(value == 0 for value in values),
}
_BY_NUMBER: Final[dict[str, Callable[[_Numbers], Value]]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "mean": lambda numbers: sum(numbers) / len(numbers),
    "median": median,
    "range": lambda numbers: max(numbers) - min(numbers),
    "diff": lambda numbers: numbers[-1] - numbers[0],
    "diffperc": lambda numbers: (numbers[-1] - numbers[0]) / numbers[0] if numbers[0] else None,
    "delta": lambda numbers: sum(max(after - before, 0) for before, after in pairwise(numbers)),
}
