"""`kpi topics`: the topics of the catalogue on this Kafka."""

import typer

from streams.kafka_admin import ensure_topics
from streams.settings import load_settings

app = typer.Typer()


@app.command()
def topics() -> None:
    """Create the topics that this Kafka lacks, with their partitions and retention; others are untouched.

    `kpi up` does this by itself. Example: kpi topics
    """
    settings = load_settings()
    created = ensure_topics(settings)
    typer.echo(f"created {', '.join(created)}" if created else "every topic is there")
