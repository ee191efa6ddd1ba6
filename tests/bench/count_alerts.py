"""Plays stretches of scenarios and prints what rings, as their files list it: up to a minute each.

python -m tests.bench.count_alerts tests/alerts/scenarios/normal.toml ...

For tuning; tests/integration/test_alert_scenarios.py holds the lists, `count_year` counts days of a year.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.migrated import migrated_clickhouse
from tests.programme import Programme, perform
from tests.theatre import pretend


def main(*files: str) -> None:
    """Play each, and print its lines."""
    with TemporaryDirectory() as home, migrated_clickhouse(Path(home)) as settings:
        pretend(settings)
        for file in files:
            rang = perform(settings, Programme.read(Path(file)))
            sys.stdout.write(f"# {file}: {len(rang)}\n")
            sys.stdout.writelines(f'    "{line}",\n' for line in rang)
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
