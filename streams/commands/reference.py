"""`kpi reference`: the reference pages, generated and committed as boards are."""

from typing import Annotated

import typer

from streams.commands.reference_pages import pages
from streams.errors import EXIT_NO
from streams.generated_files import outdated, write
from streams.resources import resource

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Generate the reference pages in deploy/reference: commands, settings, topics, tables, definitions."""


@app.command()
def build(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="write nothing; exit 1 if the pages are not up to date")
    ] = False,
) -> None:
    """Write deploy/reference/*.md from the code.

    Example: kpi reference build --check
    """
    folder, files = resource("deploy") / "reference", pages(context.find_root())
    if check:
        wrong = outdated(folder, files)
        typer.echo(f"not up to date: {', '.join(wrong)}; run: kpi reference build" if wrong else "up to date")
        raise typer.Exit(EXIT_NO if wrong else 0)
    write(folder, files)
    typer.echo(f"{len(files)} pages in {folder}")
