"""What the reader may run.

chDB has one user and no rights, so the reader's statements go through three gates. The engine's own parser
says that it is one statement that reads; no function that reaches out of the database is named in its syntax
tree; and it runs in the engine's read-only mode with bounds on time, memory and result that it cannot raise.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from streams.local.clickhouse_errors import ACCESS_DENIED, READONLY, EngineError, refuse
from streams.local.clickhouse_roles import WRITER
from streams.local.clickhouse_sql import first_words

_READING: Final = frozenset({"SELECT", "WITH", "SHOW", "DESC", "DESCRIBE", "EXISTS", "EXPLAIN"})

# Read a file, the network or this process although the engine is in read-only mode.
_REACHING_OUT: Final = frozenset({"file", "python", "eval", "cluster", "clusterallreplicas", "input"})
# Refused by read-only mode as table functions, harmless as functions and in DESCRIBE.
_HARMLESS: Final = frozenset({"format", "zeros", "zeros_mt", "dictionary"})
# Calls a function without brackets, and the tree does not say which.
_APPLY: Final = "ColumnsApplyTransformer"
_NODE: Final = re.compile(r" *[A-Z]\w*( |$)")

_BOUNDS: Final = {"max_execution_time": 30, "max_memory_usage": 300_000_000, "max_threads": 2}
_SETTINGS: Final = {
    **{name: str(bound) for name, bound in _BOUNDS.items()},
    "max_result_bytes": "200000000",
    "result_overflow_mode": "'throw'",
}
# What a reader may set for its own query. Nothing here names a file, a host or a way around the bounds.
_SETTABLE: Final = re.compile(
    r"(max_(execution_time|memory_usage|threads|block_size|query_size|ast_\w+|expanded_ast_elements"
    r"|result_rows|rows_to_read|bytes_to_read|rows_to_group_by|rows_in_set)"
    r"|(result|read|timeout|group_by|set)_overflow_mode|final|limit|offset|extremes|join_\w+|optimize_\w+"
    r"|do_not_merge_across_partitions_select_final|additional_(table_filters|result_filter)|session_timezone"
    r"|enable_\w+|allow_experimental_analyzer|date_time_(in|out)put_format"
    r"|output_format_(json|native|csv|tsv|pretty)_\w+|use_\w*cache|prefer_\w+|log_comment|readonly"
    r"|query_plan_merge_expressions)"
)
# Their values are SQL that no syntax tree shows.
_EXPRESSIONS: Final = ("additional_table_filters", "additional_result_filter")
_STRING: Final = r"'(?:[^'\\]|\\.|'')*'"
_LITERAL: Final = re.compile(
    rf"-?\s?[\w.]+|{_STRING}|[{{\[(](?:[\w\s.:,{{}}\[\]()-]|{_STRING})*[}}\])]", re.DOTALL
)


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
        self._calls = (set(map(str.lower, table_functions)) - _HARMLESS) | _REACHING_OUT | models
        # A function can be another one's argument by its bare name.
        self._values = {"file"} | models
        words = "|".join(sorted(map(re.escape, self._calls)))
        # A backslash may spell a name in another way, and APPLY hides one.
        self._maybe = re.compile(rf"(?<![\w$])(?:{words}|apply)(?![\w$])|\\".encode(), re.IGNORECASE)

    def suspects(self, statement: bytes) -> bool:
        """Tell whether the statement has to be parsed to know; most need not."""
        return self._maybe.search(statement) is not None

    def check(self, tree: str) -> None:
        """Refuse a syntax tree (`EXPLAIN AST`) that names one of them, or that cannot be read."""
        lines = tree.splitlines()
        if not lines or not all(map(_NODE.match, lines)):
            raise _reaches_out("What this query names")
        for line in lines:
            kind, _, rest = line.strip().partition(" ")
            name = rest.split(" ", 1)[0].lower()
            if kind.startswith(_APPLY):
                raise _reaches_out("APPLY")
            if name in {"Function": self._calls, "Identifier": self._values}.get(kind, ()):
                raise _reaches_out(name)

    def settings(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Give name -> SQL literal for a reader's query: what it asked for, within the bounds.

        Raises:
            EngineError: it asked for a setting that is not the reader's to change, or for more in it.
        """
        chosen = dict(_SETTINGS)
        for name, text in asked.items():
            if not _SETTABLE.fullmatch(name) or not _LITERAL.fullmatch(text):
                raise refuse(READONLY, f"Cannot modify '{name[:60]}' setting in readonly mode.")
            # A literal needs no escape but that of a quote; another one may spell a name.
            if name in _EXPRESSIONS and self.suspects(text.replace("\\'", "'").encode()):
                raise _reaches_out(name)
            chosen[name] = _bounded(name, text)
        # The reader's read-only mode is stronger than any that it may ask for.
        chosen.pop("readonly", None)
        return chosen


def _reaches_out(what: str) -> EngineError:
    return refuse(ACCESS_DENIED, f"reader: Not enough privileges. {what} reaches out of the database")


def _bounded(name: str, text: str) -> str:
    bound = _BOUNDS.get(name)
    if bound is None:
        return text
    asked = text.strip("'")
    # Zero stands for no bound at all.
    return str(min(int(asked), bound) if asked.isdecimal() and int(asked) > 0 else bound)
