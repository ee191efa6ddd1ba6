"""Rules tried on series: a file says what is seen minute by minute, and all that is to be heard of it.

    rule = "waiting-vehicles-300"
    [[cases]]
    name = "a queue that lasts five minutes"
    value = "100 x3, 310 x10, 240"
    events = ["8 fired", "13 resolved"]

A series is written as `value xTIMES` with commas between; `-` is no data, `!` a question without an answer.
A series of one entry lasts as long as the longest. Minutes count from 0; `step` gives another length. Beside
`word`, `at` says in which of them began what the word says.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from streams.core.alerts.durations import Duration
from streams.core.alerts.machine import Look, Observation, Standing, fail, step
from streams.core.alerts.rules import Rule
from streams.errors import UsageError

NO_DATA: Final = "-"
NO_ANSWER: Final = "!"
_ENTRY: Final = re.compile(r"([^\s,]+)(?:\s+x(\d{1,5}))?")
_START_MS: Final = 1_800_000_000_000
_SERIES: Final = ("value", "sample", "baseline", "window", "word", "at")


class Case(BaseModel):
    """One series of observations, and everything that happens."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(min_length=3)]
    step: Duration = 60_000
    value: str = ""
    sample: str = "1000"
    baseline: str = ""
    window: str = ""
    word: str = ""
    at: str = ""
    events: list[str] = Field(strict=False)


class Trial(BaseModel):
    """A file: cases of one rule."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rule: str
    cases: list[Case]


@dataclass(frozen=True)
class Outcome:
    """What came of a case."""

    rule: str
    case: str
    expected: Sequence[str]
    happened: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether exactly that happened which the file says."""
        return list(self.expected) == list(self.happened)


def parse_trial(text: str, origin: str) -> Trial:
    """Read a file of cases.

    Raises:
        UsageError: it is none; the text says what is wrong with it.
    """
    try:
        return Trial.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{origin}: {error}") from None
    except ValidationError as error:
        lines = (f"{origin}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UsageError("\n".join(lines)) from None


def run_trial(trial: Trial, rules: Sequence[Rule], origin: str) -> list[Outcome]:
    """Try a rule on each case.

    Raises:
        UsageError: there is no such rule, or a series cannot be read.
    """
    rule = next((rule for rule in rules if rule.id == trial.rule), None)
    if rule is None:
        raise UsageError(
            f"{origin}: there is no rule {trial.rule!r}; there are {', '.join(r.id for r in rules)}"
        )
    try:
        return [Outcome(rule.id, case.name, case.events, _happens(rule, case)) for case in trial.cases]
    except ValueError as error:
        raise UsageError(f"{origin}: {error}") from None


def _happens(rule: Rule, case: Case) -> list[str]:
    series = _series(case)
    standing, happened = Standing(), []
    for number in range(max(map(len, series.values()))):
        row = {name: entries[min(number, len(entries) - 1)] for name, entries in series.items()}
        now = _START_MS + number * case.step
        if NO_ANSWER in row.values():
            standing = fail(standing, now)
            continue
        standing, kind = step(rule, "place", standing, _observation(row, case.step), Look(now))
        if kind is not None:
            happened.append(f"{number} {kind}")
    return happened


def _series(case: Case) -> dict[str, list[str]]:
    written = {name: getattr(case, name) for name in _SERIES}
    series = {name: _expand(text, name) for name, text in written.items() if text}
    lengths = {len(entries) for entries in series.values()} - {1}
    if len(lengths) > 1:
        raise ValueError(f"{case.name!r}: its series have different lengths: {sorted(lengths)}")
    return series


def _expand(text: str, name: str) -> list[str]:
    entries: list[str] = []
    for part in text.split(","):
        match = _ENTRY.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{name}: {part.strip()!r} is no entry; write 310 x10, or - for no data")
        entries += [match[1]] * int(match[2] or 1)
    return entries


def _observation(row: Mapping[str, str], step_ms: int) -> Observation:
    known = {name: entry for name, entry in row.items() if entry != NO_DATA}
    return Observation(
        value=float(known["value"]) if "value" in known else None,
        sample=int(known.get("sample", "0")),
        baseline=float(known["baseline"]) if "baseline" in known else None,
        window=known.get("window", ""),
        word=known.get("word", ""),
        at=_START_MS + int(known["at"]) * step_ms if "at" in known else None,
    )
