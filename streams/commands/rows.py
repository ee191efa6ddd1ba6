"""Rows printed as a table, as JSON (one object a line) or as CSV; a table cannot steer the terminal."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], fmt: str) -> None:
    """Print rows; a table has a head even without rows."""
    if fmt == "json":
        for row in rows:
            typer.echo(json.dumps({name: row[name] for name in columns}, default=_plain))
    elif fmt == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows([[_plain(row[name]) for name in columns] for row in rows])
    else:
        Console().print(_table(rows, columns))


def printable(value: object) -> str:
    """Write a value so that it cannot steer a terminal."""
    text = "" if value is None else str(_plain(value))
    return "".join(char if char.isprintable() or char == "\n" else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    table = Table()
    for name in columns:
        is_number = bool(rows) and isinstance(rows[0][name], int)
        justify: Literal["left", "right"] = "right" if is_number else "left"
        # What names the row is copied by hand: it stays in one piece.
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name == columns[0])
    for row in rows:
        table.add_row(*(Text(printable(row[name])) for name in columns))
    return table


def _plain(value: object) -> object:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
