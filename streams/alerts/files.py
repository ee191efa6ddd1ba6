"""The files of the alerts: rules, and the query of each measure."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from streams.alerts.names import Names
from streams.core.alerts.rules import Rule, parse_rules
from streams.errors import UsageError
from streams.registry import Registry, load_registry
from streams.resources import resource


def load_rules(path: Path | None = None, registry: Registry | None = None) -> tuple[Rule, ...]:
    """Read the rules, each with a query and places that there are; without a registry, in the shipped one.

    Raises:
        UsageError: the file cannot be read or does not hold; the text says where.
    """
    path = path or resource("deploy/alerts.toml")
    return rules_of(read_rules(path), path.name, registry or load_registry())


def read_rules(path: Path) -> str:
    """Read the text of a file of rules.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None


def rules_of(text: str, origin: str, registry: Registry) -> tuple[Rule, ...]:
    """Give the rules of a text, each with a query and places that there are.

    Raises:
        UsageError: it does not hold; the text says where in `origin`.
    """
    rules = parse_rules(text, origin)
    names = Names(registry)
    wrong = [f"{origin}: {rule.id}: {words}" for rule in rules for words in _lacks(rule, names)]
    if wrong:
        raise UsageError("\n".join(wrong))
    return rules


def _lacks(rule: Rule, names: Names) -> Iterator[str]:
    """Say what a rule names that is not there."""
    for scope in rule.scopes:
        if not names.knows(scope):
            yield f"there is no place {scope!r} in the registry"
    file = f"sql/alerts/{rule.measure}.sql"
    if not resource(file).is_file():
        yield f"there is no query {file}"
        return
    column = "word" if rule.on == "change" else rule.against
    query = re.sub(r"--.*", "", measure_sql(rule.measure))
    if not re.search(rf"\b{column}\b", query):
        yield f"{file} gives no {column}"


@cache
def measure_sql(name: str) -> str:
    """Read the query of a measure."""
    return resource(f"sql/alerts/{name}.sql").read_text(encoding="utf-8").strip()
