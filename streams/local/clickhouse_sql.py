"""As much of SQL as the HTTP front must see: where an insert's data starts, which format, which settings.

Nothing here guards anything: what the reader may do is decided by the engine (see `clickhouse_roles`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_TOKEN: Final = re.compile(
    rb"""(?P<gap>\s+|--[^\n]*|\#[!\ ][^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.|'')*')
    |(?P<name>`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")
    |(?P<word>[A-Za-z_0-9][\w$]*(?:\.\d+)?)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_TAIL_FORMAT: Final = re.compile(rb"\sFORMAT\s+(\w+)\s*(?:SETTINGS\s[^;']*)?;?\s*$", re.IGNORECASE)
_TAIL: Final = 300
_END: Final = re.compile(rb"\sFORMAT\s+\w+\s*;?\s*$", re.IGNORECASE)
_OPENING: Final = (b"(", b"[", b"{")
_CLOSING: Final = (b")", b"]", b"}")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, string, quoted name or mark of a statement, and where it stands."""

    kind: str
    text: bytes
    start: int
    end: int

    def is_word(self, *words: bytes) -> bool:
        """Tell whether it is one of these keywords."""
        return self.kind == "word" and self.text.upper() in words


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert cut in two: the statement without its format, and the data."""

    head: str
    format: str
    data: memoryview


def tokens(statement: bytes) -> Iterator[Token]:
    """Go through a statement, lazily: what follows an insert's format is data and is never looked at."""
    for found in _TOKEN.finditer(statement):
        kind = found.lastgroup or "mark"
        if kind != "gap":
            yield Token(kind, found[0], found.start(), found.end())


def first_words(statement: bytes, count: int = 1) -> tuple[str, ...]:
    """Give the keywords that a statement starts with, in capitals, past its brackets and comments."""
    words: list[str] = []
    for token in tokens(statement):
        if token.kind != "word":
            if token.text == b"(" and not words:
                continue
            break
        words.append(token.text.decode("ascii", "replace").upper())
        if len(words) == count:
            break
    return tuple(words)


def split_insert(statement: bytes) -> Insert | None:
    """Cut an insert that brings its data along; None for anything else, `INSERT ... SELECT` among them."""
    if first_words(statement) != ("INSERT",):
        return None
    depth, wants_format = 0, False
    for token in tokens(statement):
        if wants_format:
            return _cut(statement, token.start, token.end, token.text.decode(), skip_line=True)
        depth += _step(token)
        if depth == 0 and token.is_word(b"SELECT", b"WITH", b"INFILE"):
            return None
        if depth == 0 and token.is_word(b"VALUES") and token.start > 0:
            return _cut(statement, token.start, token.end, "Values", skip_line=False)
        wants_format = depth == 0 and token.is_word(b"FORMAT")
    return None


def reads_input(statement: bytes) -> bool:
    """Tell whether an insert selects from the data that it brings, `FROM input('a UInt64')`."""
    if first_words(statement) != ("INSERT",):
        return False
    return any(a.is_word(b"INPUT") and b.text == b"(" for a, b in pairwise(tokens(statement)))


def _step(token: Token) -> int:
    return (token.text in _OPENING) - (token.text in _CLOSING)


def _cut(statement: bytes, start: int, end: int, fmt: str, *, skip_line: bool) -> Insert:
    head = statement[:start].decode()
    if skip_line:
        head = head[: head.upper().rindex("FORMAT")]
        gap = re.compile(rb"[ \t\f]*(?:\r?\n)?").match(statement, end)
        end = gap.end() if gap else end
    return Insert(head.rstrip(), fmt, memoryview(statement)[end:])


def output_format(statement: bytes) -> str:
    """Give the format that a query names at its end; empty: it names none."""
    found = _TAIL_FORMAT.search(statement, max(0, len(statement) - _TAIL))
    return found[1].decode("ascii", "replace") if found else ""


def without_format(statement: bytes) -> bytes:
    """Give a query without the format at its very end."""
    found = _END.search(statement, max(0, len(statement) - _TAIL))
    return statement[: found.start()] if found else statement


def literal(value: str) -> str:
    """Write a string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """Write a quoted name."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def take_settings(statement: bytes) -> tuple[bytes, dict[str, str]]:
    """Take the `SETTINGS` clauses out of a query: give what is left, and each setting with its literal."""
    if b"SETTINGS" not in statement.upper():
        return statement, {}
    found = list(tokens(statement))
    taken: dict[str, str] = {}
    left, kept_to = b"", 0
    for at, token in enumerate(found):
        end = _read_settings(found, at + 1, taken) if token.is_word(b"SETTINGS") else at
        if end > at + 1:
            left += statement[kept_to : token.start] + b" "
            kept_to = found[end - 1].end
    return left + statement[kept_to:], taken


def _read_settings(found: list[Token], at: int, taken: dict[str, str]) -> int:
    """Read `name = value, ...` from a token on; give the token after the last one."""
    while at + 2 < len(found) and found[at].kind == "word" and found[at + 1].text == b"=":
        end = _value_end(found, at + 2)
        taken[found[at].text.decode()] = b" ".join(token.text for token in found[at + 2 : end]).decode()
        at = end + 1
        if end == len(found) or found[end].text != b",":
            return end
    return at


def _value_end(found: list[Token], at: int) -> int:
    """Give the token after a value: one literal, or everything within its brackets."""
    depth = 0
    for end in range(at, len(found)):
        depth += _step(found[end])
        if depth == 0 and found[end].text != b"-":
            return end + 1
    return len(found)
