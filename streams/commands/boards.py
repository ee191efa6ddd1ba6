"""`kpi boards`: generate the Grafana boards, and check that they are what the generator makes."""

from pathlib import Path
from typing import Annotated

import typer

from streams.boards.build import outdated, render, write
from streams.errors import KpiError, UsageError
from streams.registry import load_registry
from streams.resources import checkout, is_checkout
from streams.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Generate and check the Grafana boards.")


@app.callback()
def _root() -> None:
    """Generate and check the Grafana boards."""


@app.command()
def build(
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit 1 when a file differs")] = False,
    folder: Annotated[Path | None, typer.Option(help="default grafana/boards of the checkout")] = None,
) -> None:
    """Write grafana/boards/*.json from the generators, sql/queries/ and the registry.

    Example: kpi boards build --check
    """
    if folder is None and not is_checkout():
        raise UsageError("this is no checkout: say where to write with --folder")
    folder = folder or checkout() / "grafana" / "boards"
    files = render(load_registry(load_settings().registry))
    changed = outdated(folder, files)
    if check and changed:
        raise KpiError(f"not what the generator makes: {', '.join(changed)}; run: kpi boards build")
    if not check:
        write(folder, files)
    typer.echo(f"{folder}: {len(files)} boards, {0 if check else len(changed)} written")
