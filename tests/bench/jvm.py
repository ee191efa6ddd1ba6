"""Kafka Streams on a JVM: built with Maven into `build/kafka-streams`, where both are there."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from streams.resources import checkout
from streams.settings import Settings

_SOURCE: Final = checkout() / "tests/bench/kafka_streams"
_BUILT: Final = checkout() / "build/kafka-streams"
#: What it folds; of the other events it only keeps the ids.
TABLES: Final = {
    "trade_minute": ("value_usd_minor", "net_mass_kg", "lines"),
    "trade_day": ("value_usd_minor", "net_mass_kg", "lines"),
    "commodity_day": ("value_usd_minor", "net_mass_kg", "lines"),
    "crossings_minute": ("vehicles", "gross_mass_kg"),
    "crossings_day": ("vehicles", "gross_mass_kg"),
    "output_hour": ("value_vnd", "quantity_micro", "reports"),
    "output_day": ("value_vnd", "quantity_micro", "reports"),
}


def missing() -> str | None:
    """Say what this machine lacks; None: nothing."""
    if all(map(shutil.which, ("java", "javac", "mvn"))):
        return None
    return "Kafka Streams is left out: it needs a JDK (17 or newer) and Maven on the path"


@cache
def command() -> list[str]:
    """Build it, once, and give the command line that runs it."""
    maven = ["mvn", "-q", "-B", "-f", str(_SOURCE / "pom.xml")]
    subprocess.run([*maven, "compile", "dependency:copy-dependencies"], check=True)
    return ["java", "-Xmx1g", "-cp", f"{_BUILT}/classes:{_BUILT}/dependency/*", "gates.Fold"]


def version() -> str:
    """Give the version of Kafka Streams that was built."""
    jar: Path = next((_BUILT / "dependency").glob("kafka-streams-*.jar"))
    return jar.stem.removeprefix("kafka-streams-")


def sums(settings: Settings) -> dict[str, list[int]]:
    """Give what it folded; it says so when it is ended."""
    found: dict[str, list[int]] = json.loads((settings.home / f"{settings.database}.sums.json").read_text())
    return {row: amounts for row, amounts in found.items() if any(amounts)}


def as_sums(rows: Mapping[Any, Mapping[Any, int]]) -> dict[str, list[int]]:
    """Write the oracle's rows of the tables that it folds as it does."""
    return {
        "|".join([table, str(window), *map(_text, dimensions)]): [
            measures.get(name, 0) for name in TABLES[table]
        ]
        for (table, window, dimensions), measures in rows.items()
        if table in TABLES
    }


def _text(dimension: object) -> str:
    return str(dimension).lower() if isinstance(dimension, bool) else str(dimension)
