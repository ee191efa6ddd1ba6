"""`kpi topics`: the topics of the catalogue on this Kafka."""

import typer

from streams.kafka_admin import ensure_topics
from streams.settings import load_settings

app = typer.Typer()


@app.command()
def topics() -> None:
    """Create the topics that this Kafka lacks, with their partitions and retention; others are untouched.

    How many partitions: KPI_PARTITIONS, and one where keys are few. A worker that finds another number than
    its generation was made with refuses; `kpi migrate --rebuild` is the way out.

    `kpi up` does this by itself. Example: kpi topics
    """
    settings = load_settings()
    created = ensure_topics(settings)
    typer.echo(f"created {', '.join(created)}" if created else "every topic is there")
