"""`kpi settings`: each setting with its value, where it comes from, its default and its meaning."""

import os
from collections.abc import Mapping
from typing import Any

import typer
from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from streams.settings import Settings, load_settings

app = typer.Typer()


@app.command("settings")
def show() -> None:
    """Print each setting with its value, source, default and meaning; secrets are masked.

    A value comes from the environment, else from `.env` in this folder, else it is the default.
    Example: KPI_WALL_PORT=8081 kpi settings
    """
    values = load_settings()
    dotenv = dotenv_values(str(Settings.model_config["env_file"]))
    table = Table("setting", "value", "source", "default", "meaning", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        source = source_of(f"KPI_{name.upper()}", os.environ, dotenv)
        table.add_row(
            f"KPI_{name.upper()}", _shown(getattr(values, name)), source, _default(field), field.description
        )
    Console(width=None if Console().is_terminal else 200).print(table)


def source_of(variable: str, environ: Mapping[str, str], dotenv: Mapping[str, str | None]) -> str:
    """Tell where the value of a variable comes from: environment, .env or default."""
    if _has(environ, variable):
        return "environment"
    return ".env" if _has(dotenv, variable) else "default"


def _has(names: Mapping[str, Any], variable: str) -> bool:
    # As the settings read them: in upper or lower case.
    return any(name.upper() == variable for name in names)


def _default(field: FieldInfo) -> str:
    return _shown(field.get_default(call_default_factory=True))


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    return "" if value is None else str(value)
