"""`kpi settings`: each setting with its value, where it comes from, its default and its meaning."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

import typer
from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from streams.settings import SECRETS_DIR, Settings, load_settings

app = typer.Typer()


@app.command("settings")
def show() -> None:
    """Print each setting with its value, source, default and meaning; secrets are masked.

    A value comes from the environment, else from `.env` in this folder, else from a file of the folder that
    KPI_SECRETS_DIR names, else it is the default.

    Example: KPI_WALL_PORT=8081 kpi settings
    """
    values = load_settings()
    dotenv = dotenv_values(str(Settings.model_config["env_file"]))
    files = secret_files(os.environ)
    table = Table("setting", "value", "source", "default", "meaning", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        source = source_of(f"KPI_{name.upper()}", os.environ, dotenv, files)
        table.add_row(
            f"KPI_{name.upper()}", _shown(getattr(values, name)), source, _default(field), field.description
        )
    Console(width=None if Console().is_terminal else 200).print(table)


def secret_files(environ: Mapping[str, str]) -> list[str]:
    """Name the files that hold settings."""
    folder = environ.get(SECRETS_DIR)
    return [path.name for path in Path(folder).iterdir()] if folder else []


def source_of(
    variable: str,
    environ: Mapping[str, str],
    dotenv: Mapping[str, str | None],
    files: Collection[str] = (),
) -> str:
    """Tell where the value of a variable comes from: environment, .env, a secret's file or default."""
    sources = {"environment": environ, ".env": dotenv, "secret file": files}
    return next((name for name, names in sources.items() if _has(names, variable)), "default")


def _has(names: Collection[str], variable: str) -> bool:
    # As the settings read them: in upper or lower case.
    return any(name.upper() == variable for name in names)


def _default(field: FieldInfo) -> str:
    return _shown(field.get_default(call_default_factory=True))


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    return "" if value is None else str(value)
