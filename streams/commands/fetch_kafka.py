"""`kpi fetch-kafka`: Apache Kafka's jars, once; `make install` runs it."""

from typing import Annotated

import typer

from streams.local.jars import fetch_jars, write_lock

app = typer.Typer()


@app.command()
def fetch_kafka(
    relock: Annotated[
        bool, typer.Option("--relock", help="resolve deploy/kafka/jgo.toml anew and write its lock first")
    ] = False,
) -> None:
    """Download Apache Kafka's jars and check each one's SHA-256; nothing to do when they are there.

    Example: kpi fetch-kafka
    """
    if relock:
        typer.echo(f"wrote {write_lock()}")
    typer.echo(f"Apache Kafka is in {fetch_jars()}")
