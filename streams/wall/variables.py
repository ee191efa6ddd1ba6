"""Template variables: what can be chosen, what is, and how a query says it; pure, as Grafana does it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from streams.wall.board import Variable
from streams.wall.frames import Frame
from streams.wall.macros import MacroError, arguments_at

_CONDITION: Final = "$__conditionalAll"
_NAME: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_QUOTED: Final = re.compile(r"\$\{(\w+):singlequote\}")


@dataclass(frozen=True)
class Chosen:
    """A variable, its options as (value, text), and the values chosen of them; none means all."""

    variable: Variable
    options: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()

    @property
    def in_query(self) -> tuple[str, ...]:
        """Give the values that a query gets."""
        return self.values or tuple(value for value, _ in self.options)


def choose(variable: Variable, frame: Frame, wanted: Sequence[str]) -> Chosen:
    """Give what is chosen of a query's rows; a wanted value that is none of them is left out."""
    columns = [tuple(map(str, column.values)) for column in frame.columns[:2]]
    options = tuple(dict.fromkeys(zip(columns[0], columns[-1], strict=True))) if columns else ()
    known = [value for value, _ in options]
    values = [value for value in wanted if value in known]
    if not values and not variable.include_all:
        values = known
    return Chosen(variable, options, tuple(values if variable.multi else values[:1]))


def interpolate(sql: str, chosen: Mapping[str, Chosen]) -> str:
    """Put what is chosen into a query.

    Only options reach it, for the reader's own words never pass `choose`, and they are quoted.

    Raises:
        MacroError: `$__conditionalAll` has other arguments than a condition and a variable.
    """
    while (at := sql.rfind(_CONDITION)) >= 0:
        arguments, end = arguments_at(sql, at + len(_CONDITION))
        name = _NAME.fullmatch(arguments[-1]) if len(arguments) == 2 else None  # noqa: PLR2004 - a pair
        if name is None:
            raise MacroError(f"{_CONDITION}: expected a condition and a variable")
        one = chosen.get(name[1] or name[2])
        sql = sql[:at] + (arguments[0] if one is not None and one.values else "1=1") + sql[end:]
    return _QUOTED.sub(lambda match: _quoted(chosen, match), sql)


def _quoted(chosen: Mapping[str, Chosen], match: re.Match[str]) -> str:
    one = chosen.get(match[1])
    return match[0] if one is None else ",".join(map(_literal, one.in_query)) or "''"


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
