"""What a rule says: which KPI, where, beyond which limit and for how long, and in which words.

The file is TOML (`deploy/alerts.toml`). A rule with `levels` is one rule a level; they share one message
and one section of the runbook.
"""

import tomllib
from collections.abc import Mapping
from string import Formatter
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from streams.core.alerts.durations import Duration
from streams.core.alerts.lists import NameList
from streams.core.definitions import CATALOGUE
from streams.errors import UsageError
from streams.topics import EVENT_TOPICS

Severity = Literal["info", "warning", "critical"]
Baseline = Literal["value", "last_week", "median_28d"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,39}$")]
Text = Annotated[str, StringConstraints(min_length=5, max_length=300)]
#: From the least to the most urgent.
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")
#: What a message may name.
PLACEHOLDERS: Final = frozenset({"place", "value", "limit", "sample", "word", "before"})


class Words(BaseModel):
    """A text in both languages; `{place}`, `{value}` and others in braces are filled in, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    vi: Text
    en: Text

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        for text in (self.vi, self.en):
            named = [field[1:] for field in Formatter().parse(text) if field[1] is not None]
            unknown = sorted({str(name) for name, _, _ in named} - PLACEHOLDERS)
            if unknown:
                names = ", ".join(sorted(PLACEHOLDERS))
                raise ValueError(f"{{{', '.join(unknown)}}} is not known; there are {names}")
            # What is filled in is text already: its form is `decimals`.
            if any(form or conversion for _, form, conversion in named):
                raise ValueError("a name in braces stands alone: {value}, without : or !")
        return self


class Rule(BaseModel):
    """One rule, at one level. Durations are milliseconds, values have the unit of the measure."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False
    )

    #: Unique; that of a level is the rule's with the level's limit.
    id: Name
    #: The section of deploy/runbook.md.
    runbook: Name
    #: A name of the catalogue of definitions.
    kpi: str
    #: The query, a file of `sql/alerts`.
    measure: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
    #: Only these places; empty: all that the query gives.
    scopes: NameList = ()
    #: Whether the value has to pass a limit, or a word has to change.
    on: Literal["limit", "change"] = "limit"
    #: What the limits are for: the value itself, or its percentage of what was usual.
    against: Baseline = "value"
    above: float | None = None
    below: float | None = None
    #: Only from here on is a firing alert over: a value that trembles at the limit does not ring twice.
    clear: float | None = None
    hold: Duration = Field(0, alias="for")
    every: Duration = 60_000
    #: Looked at as soon as an event of this topic came in, too.
    after: str = ""
    #: The topics whose events change the value: history of others rings all the same; empty: all do.
    topics: NameList = ()
    #: Fewer than this say nothing.
    min_sample: int = Field(0, ge=0)
    #: How far back events change the value: history that comes in within this reach rings nobody.
    reach: Duration
    #: What becomes of a firing alert of which nothing is known for as long as `for`.
    no_data: Literal["keep", "resolve"] = "keep"
    #: Told once when the limit is passed, and over at once: no state that anybody ends.
    news: bool = False
    severity: Severity
    decimals: int = Field(0, ge=0, le=2)
    title: Words
    message: Words

    @property
    def limit(self) -> float | None:
        """The limit that the value has to pass."""
        return self.above if self.above is not None else self.below

    def covers(self, scope: str) -> bool:
        """Tell whether it is about a place."""
        return not self.scopes or scope in self.scopes

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kpi not in CATALOGUE:
            raise ValueError(f"kpi {self.kpi!r} has no definition; kpi definitions lists them")
        for field, topic in (("after", self.after), *(("topics", one) for one in self.topics)):
            if topic and topic not in EVENT_TOPICS:
                raise ValueError(f"{field} {topic!r} is no topic; there are {', '.join(EVENT_TOPICS)}")
        if self.on == "change":
            if (self.above, self.below, self.clear) != (None, None, None):
                raise ValueError("a rule on change has no above, below or clear")
            return self
        if (self.above is None) == (self.below is None):
            raise ValueError("say either above or below")
        if self.clear is None:
            raise ValueError("say clear: from which value on a firing alert is over")
        if self.above is not None and self.clear > self.above:
            raise ValueError(f"clear {self.clear:g} must not lie above the limit {self.above:g}")
        if self.below is not None and self.clear < self.below:
            raise ValueError(f"clear {self.clear:g} must not lie below the limit {self.below:g}")
        return self

    @model_validator(mode="after")
    def _is_news_or_a_state(self) -> Self:
        if self.news and (self.on == "change" or self.no_data == "resolve"):
            raise ValueError("news passes a limit and is over at once: no change, and nothing to resolve")
        return self


def parse_rules(text: str, origin: str) -> tuple[Rule, ...]:
    """Read a file of rules.

    Raises:
        UsageError: it is none; each line of the text names a rule, a field and what is wrong with it.
    """
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{origin}: {error}") from None
    if set(entries) != {"rules"} or not _is_list_of_tables(entries["rules"]):
        raise UsageError(f"{origin}: must hold [[rules]] and nothing else")
    rules, wrong = [], []
    for entry in entries["rules"]:
        if not _is_list_of_tables(entry.get("levels", [{}])):
            wrong.append(f"{entry.get('id', '?')}: levels must be a list of at least one, each in braces")
            continue
        for fields in _levels(entry):
            try:
                rules.append(Rule.model_validate(_floats(fields)))
            except ValidationError as error:
                wrong += [_in_words(fields, one) for one in error.errors()]
    ids = [rule.id for rule in rules]
    wrong += [
        f"{name}: two rules have this id" for name in sorted({one for one in ids if ids.count(one) > 1})
    ]
    if wrong:
        raise UsageError("\n".join(f"{origin}: {line}" for line in wrong))
    return tuple(rules)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _levels(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the rule of each level; the level's limit makes its id."""
    common = {name: value for name, value in entry.items() if name != "levels"}
    common.setdefault("runbook", common.get("id", ""))
    if "levels" not in entry:
        return [common]
    whole = [{**common, **level} for level in entry["levels"]]
    return [{**one, "id": f"{common.get('id', '')}-{_size(one)}"} for one in whole]


def _size(level: Mapping[str, Any]) -> str:
    limit = level.get("above", level.get("below", 0))
    return f"{abs(limit):g}" if isinstance(limit, int | float) else f"{limit}"


def _floats(fields: Mapping[str, Any]) -> dict[str, Any]:
    """TOML has whole numbers where the strict model has floats."""
    floats = {
        name: float(fields[name]) for name in ("above", "below", "clear") if type(fields.get(name)) is int
    }
    return {**fields, **floats}


def _in_words(fields: Mapping[str, Any], error: Mapping[str, Any]) -> str:
    where = ".".join(map(str, error["loc"]))
    what = str(error["msg"]).removeprefix("Value error, ")
    return f"{fields.get('id', '?')}: {where + ': ' if where else ''}{what}"
