"""The files of the alerts: rules, and the query of each measure."""

from functools import cache
from pathlib import Path

from streams.core.alerts.rules import Rule, parse_rules
from streams.errors import UsageError
from streams.resources import resource


def load_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """Read the rules, each with a query that there is.

    Raises:
        UsageError: the file cannot be read or does not hold; the text says where.
    """
    path = path or resource("deploy/alerts.toml")
    return rules_of(read_rules(path), path.name)


def read_rules(path: Path) -> str:
    """Read the text of a file of rules.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None


def rules_of(text: str, origin: str) -> tuple[Rule, ...]:
    """Give the rules of a text, each with a query that there is.

    Raises:
        UsageError: it does not hold; the text says where in `origin`.
    """
    rules = parse_rules(text, origin)
    for rule in rules:
        if not resource(f"sql/alerts/{rule.measure}.sql").is_file():
            raise UsageError(f"{origin}: {rule.id}: there is no query sql/alerts/{rule.measure}.sql")
    return rules


@cache
def measure_sql(name: str) -> str:
    """Read the query of a measure."""
    return resource(f"sql/alerts/{name}.sql").read_text(encoding="utf-8").strip()
