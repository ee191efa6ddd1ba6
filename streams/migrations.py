"""The numbered SQL files of `sql/migrations` and the statements in them."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from streams.errors import KpiError
from streams.resources import resource

_FILE: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_TOKEN: Final = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<end>;)
    |'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`
    |[^-/;'"`]+|.""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Migration:
    """A numbered file of statements."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Give the SHA-256 of the text."""
        return sha256(self.sql.encode()).hexdigest()


def load_migrations() -> list[Migration]:
    """Read `sql/migrations`, in the order of their numbers.

    Raises:
        KpiError: two files have one number.
    """
    migrations: dict[int, Migration] = {}
    for path in sorted(resource("sql/migrations").iterdir()):
        match = _FILE.fullmatch(path.name)
        if match is None:
            continue
        migration = Migration(int(match[1]), match[2], path.read_text(encoding="utf-8"))
        if migration.number in migrations:
            raise KpiError(f"two migrations have the number {migration.number:04d}; give one of them another")
        migrations[migration.number] = migration
    return list(migrations.values())


def split_statements(sql: str) -> list[str]:
    """Split a script at its semicolons; those in strings and comments do not count."""
    statements = [""]
    for token in _TOKEN.finditer(sql):
        if token["end"]:
            statements.append("")
        elif not token["comment"]:
            statements[-1] += token[0]
    return [statement.strip() for statement in statements if statement.strip()]
