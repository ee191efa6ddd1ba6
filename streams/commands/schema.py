"""`kpi schema`: the JSON Schema of each event, for those who send us events."""

import json
from typing import Annotated

import typer

from streams.errors import UsageError
from streams.events import TYPE_PREFIX, json_schemas

app = typer.Typer()


@app.command()
def schema(
    event: Annotated[str, typer.Argument(help="One event, such as gate.crossing; all without it.")] = "",
) -> None:
    """Print the JSON Schema of each event.

    Example: kpi schema gate.crossing > gate.crossing.schema.json
    """
    schemas = json_schemas()
    if not event:
        typer.echo(json.dumps(schemas, indent=2, ensure_ascii=False))
        return
    full = event if event in schemas else f"{TYPE_PREFIX}{event}.v1"
    if full not in schemas:
        names = ", ".join(name.removeprefix(TYPE_PREFIX).removesuffix(".v1") for name in schemas)
        raise UsageError(f"there is no event {event!r}; there are: {names}")
    typer.echo(json.dumps(schemas[full], indent=2, ensure_ascii=False))
