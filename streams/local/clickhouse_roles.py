"""Who may do what: the writer proves itself with a secret, everybody else may only read.

chDB has one user and no rights, so the reader's statements go through three gates. The engine's own parser
says that it is one statement that reads; no function that reaches out of the database is named in its syntax
tree; and it runs in the engine's read-only mode with bounds on time, memory and result that it cannot raise.
"""

import hmac
import os
import re
import secrets
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from streams.local.clickhouse_errors import ACCESS_DENIED, AUTHENTICATION_FAILED, READONLY, refuse
from streams.local.clickhouse_sql import first_words

WRITER: Final = "kpi_writer"
_READERS: Final = frozenset({"", "default", "reader"})
_READING: Final = frozenset({"SELECT", "WITH", "SHOW", "DESC", "DESCRIBE", "EXISTS", "EXPLAIN"})

# Read a file, the network or this process although the engine is in read-only mode.
_REACHING_OUT: Final = frozenset({"file", "python", "eval", "cluster", "clusterallreplicas", "input"})
# Table functions that the engine does not count as harmless, and that are.
_HARMLESS: Final = frozenset({"format", "zeros", "zeros_mt", "dictionary"})
# Calls a function that it names without brackets, and the tree does not say which.
_APPLY: Final = "ColumnsApplyTransformer"

_BOUNDS: Final = {"max_execution_time": 30, "max_memory_usage": 300_000_000, "max_threads": 2}
_READER_SETTINGS: Final = {
    **{name: str(bound) for name, bound in _BOUNDS.items()},
    "max_result_bytes": "200000000",
    "result_overflow_mode": "'throw'",
}
# What a reader may set for its own query. Nothing here names a file, a host or a way around the bounds.
_SETTABLE: Final = re.compile(
    r"(max_(execution_time|memory_usage|threads|block_size|query_size|ast_\w+|expanded_ast_elements"
    r"|result_rows|rows_to_read|bytes_to_read|rows_to_group_by|rows_in_set)"
    r"|(result|read|timeout|group_by|set)_overflow_mode|final|limit|offset|extremes|join_\w+|optimize_\w+|enable_\w+"
    r"|do_not_merge_across_partitions_select_final|additional_(table_filters|result_filter)|session_timezone"
    r"|allow_experimental_analyzer|date_time_(in|out)put_format|output_format_(json|native|csv|tsv|pretty)_\w+"
    r"|use_\w*cache|prefer_\w+|log_comment|readonly)"
)
_STRING: Final = r"'(?:[^'\\]|\\.)*'"
_LITERAL: Final = re.compile(rf"-?\s?[\w.]+|{_STRING}|[{{\[(](?:[\w\s.:,{{}}\[\]()-]|{_STRING})*[}}\])]")


class Role(Enum):
    """The two kinds of callers."""

    READER = "reader"
    WRITER = "writer"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says about who sends it."""

    user: str = ""
    password: str = ""


def credentials(headers: Mapping[str, str], params: Mapping[str, str]) -> Credentials:
    """Read the caller from X-ClickHouse-User and -Key, HTTP basic, or the URL, in this order."""
    if "X-ClickHouse-User" in headers:
        return Credentials(headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key", ""))
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _basic(value)
    return Credentials(params.get("user", ""), params.get("password", ""))


def _basic(value: str) -> Credentials:
    try:
        user, _, password = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        raise refuse(AUTHENTICATION_FAILED, "Invalid HTTP basic credentials") from None
    return Credentials(user, password)


def role_of(caller: Credentials, secret: str) -> Role:
    """Tell the caller's role.

    Raises:
        EngineError: no such user, or not its password.
    """
    if caller.user in _READERS and not caller.password:
        return Role.READER
    # Compared for every name, so that the time taken says nothing about either.
    right = hmac.compare_digest(caller.password.encode(), secret.encode())
    if right and caller.user == WRITER:
        return Role.WRITER
    raise refuse(
        AUTHENTICATION_FAILED,
        f"{caller.user[:40]}: Authentication failed: password is incorrect, or there is no such user",
    )


def writer_secret(path: Path) -> str:
    """Read the writer's secret; make it, readable to its owner alone, where there is none."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        fresh.rename(path)
    path.chmod(0o600)
    return path.read_text().strip()


def check_reads(statement: bytes, *, reads: bool, count: int) -> None:
    """Let one statement pass that only reads; `reads` and `count` are the engine's verdict on it."""
    words = first_words(statement)
    if count == 1 and reads and words and words[0] in _READING:
        return
    raise refuse(
        ACCESS_DENIED,
        "reader: Not enough privileges. The reader may SELECT, SHOW, DESCRIBE, EXISTS and EXPLAIN, one "
        f"statement at a time; {WRITER} with its secret may do the rest",
    )


class Outward:
    """The functions that a reader may not name: those that reach files, hosts or this process."""

    def __init__(self, table_functions: Iterable[str], functions: Iterable[str]) -> None:
        """Take the engine's table functions that its read-only mode does not allow, and all its functions."""
        models = {name for name in map(str.lower, functions) if name.startswith("ai")}
        self._names = (set(map(str.lower, table_functions)) - _HARMLESS) | _REACHING_OUT | models
        words = "|".join(sorted(map(re.escape, self._names)))
        # A backslash may spell a name in another way; APPLY and an unusual quote hide one.
        self._maybe = re.compile(rf"(?<![\w$])(?:{words}|apply)(?![\w$])|\\".encode(), re.IGNORECASE)

    def suspects(self, statement: bytes) -> bool:
        """Tell whether the statement has to be parsed to know; most need not."""
        return self._maybe.search(statement) is not None

    def check(self, tree: str) -> None:
        """Refuse a syntax tree (`EXPLAIN AST`) that names one, be it as another function's argument."""
        for line in tree.splitlines():
            kind, _, name = line.strip().partition(" ")
            name = name.split(" ", 1)[0].lower()
            if kind.startswith(_APPLY) or (kind in ("Function", "Identifier") and name in self._names):
                shown = "APPLY" if kind.startswith(_APPLY) else name
                raise refuse(
                    ACCESS_DENIED, f"reader: Not enough privileges. {shown} reaches out of the database"
                )


def reader_settings(asked: Mapping[str, str]) -> dict[str, str]:
    """Give name -> SQL literal for a reader's query: what it asked for, within the bounds.

    Raises:
        EngineError: it asked for a setting that is not the reader's to change.
    """
    chosen = dict(_READER_SETTINGS)
    for name, text in asked.items():
        if not _SETTABLE.fullmatch(name) or not _LITERAL.fullmatch(text):
            raise refuse(READONLY, f"Cannot modify '{name[:60]}' setting in readonly mode.")
        chosen[name] = _bounded(name, text)
    # The reader's read-only mode is stronger than any that it may ask for.
    chosen.pop("readonly", None)
    return chosen


def _bounded(name: str, text: str) -> str:
    bound = _BOUNDS.get(name)
    if bound is None:
        return text
    asked = text.strip("'")
    # Zero stands for no bound at all.
    return str(min(int(asked), bound) if asked.isdecimal() and int(asked) > 0 else bound)
