"""Counts what the default rules ring in days of a simulated year, and what their questions cost at their end.

python -m tests.bench.count_year normal 2026-04-01 10    # a minute a day of two busy cores; Ctrl-C counts

All events are folded. Rules on a gate's minutes (booths, queues, yards, states, sources) look every 15 min on
every 5th day, all others every day: plants every 2 hours, what is about days and years every 6. Beside the
default rules those of domain.md are counted where ours are looser (`domain-...`).
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from clickhouse_connect.driver.client import Client

from streams.alerts.files import load_rules, measure_sql
from streams.clickhouse_client import reader, writer
from streams.clock import HANOI
from streams.core.alerts.evaluate import Happening
from streams.core.alerts.machine import Kind
from streams.core.alerts.rules import Rule
from streams.ports import free_port
from streams.settings import Settings
from tests.migrated import copy_migrated
from tests.programme import lines
from tests.servers import start_clickhouse, stop
from tests.theatre import EPOCH, MS, Theatre, local, pretend, pretended

_TICK: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)
_YEAR: Final = 365
_SAMPLED_EVERY: Final = 5
_WARM: Final = timedelta(days=28)
_PLANTS: Final = {"plant-stop", "plant-silent", "crossings-fell", "match-rate", "value-mismatch"}
_DAYS: Final = {"pace-behind", "projection-below", "milestone", "output-day", "trade-unusual"}
# What domain.md says where deploy/alerts.toml says otherwise.
_DOMAIN: Final[Mapping[str, Mapping[str, float]]] = {
    "booth-share": {"below": 80.0, "clear": 80.0},
    "waiting-oldest-120": {"min_sample": 0},
    "waiting-oldest-480": {"min_sample": 0},
    "match-rate": {"below": 95.0, "clear": 96.0, "min_sample": 0},
    "value-mismatch": {"min_sample": 0},
    "yard-full-85": {"min_sample": 0},
    "output-day": {"below": 100.0, "clear": 100.0},
}
_ASKED: Final = 10


class Sampling(Theatre):
    """Looks at the rules on a gate's minutes on some days only, each as if it were the first."""

    last = EPOCH

    def _due(self, moment: datetime) -> list[Rule]:
        local = moment.astimezone(HANOI)
        sampled = local.timetuple().tm_yday % _SAMPLED_EVERY == 1
        if not sampled:
            for rule in self.rules:
                if rule.every == _TICK // MS:
                    self._standings.pop(rule.id, None)
        return [rule for rule in super()._due(moment) if sampled or rule.every > _TICK // MS]

    def _look(self, moment: datetime, rules: Iterable[Rule]) -> Iterator[Happening]:
        """Say it as it happens: it takes long."""
        self.last = moment
        for happening in super()._look(moment, rules):
            sys.stdout.writelines(f"{line}\n" for line in lines([(moment, happening)]))
            sys.stdout.flush()
            yield happening


def main(scenario: str, first: str, days: str) -> None:
    """Play days from a first one on; print what rang, the counts, and what each measure costs."""
    start = local(first)
    with TemporaryDirectory() as folder:
        home, url = Path(folder), f"http://127.0.0.1:{free_port()}"
        copy_migrated(home)
        engine = start_clickhouse(home, url)
        try:
            settings = Settings(_env_file=None, home=home, clickhouse_url=url)
            pretend(settings)
            with writer(settings, "kpi_g1") as client, reader(settings) as asked:
                asked.database = settings.database
                _count(client, asked, scenario, (start, start + int(days) * _DAY))
                _weigh(asked, psutil.Process(engine.pid))
        finally:
            stop(engine)


def _count(client: Client, asked: Client, scenario: str, span: tuple[datetime, datetime]) -> None:
    theatre = Sampling(client, asked, list(_rules()))
    with suppress(KeyboardInterrupt):
        theatre.play(scenario, span[0] - _WARM, span, _TICK)
    days = (theatre.last - span[0]) / _DAY
    scale = {rule.id: _SAMPLED_EVERY if rule.every == _TICK // MS else 1 for rule in theatre.rules}
    fired = Counter(one.rule.id for _, one in theatre.heard if one.kind in {Kind.FIRED, Kind.CHANGED})
    for name, times in scale.items():
        a_year = fired[name] * times * _YEAR / days
        sys.stdout.write(f"{name:24} {fired[name]:4} counted, {a_year:6.0f} a year\n")
    ours = sum(count * scale[name] for name, count in fired.items() if not name.startswith("domain-"))
    played = f"{scenario} from {span[0].astimezone(HANOI):%Y-%m-%d}, {days:.0f} days"
    sys.stdout.write(f"{played}: {ours * _YEAR / days:.0f} alerts a year\n")


def _rules() -> Iterator[Rule]:
    for listed in load_rules():
        every = 8 if listed.runbook in _PLANTS else 24 if listed.runbook in _DAYS else 1
        rule = listed.model_copy(update={"every": every * _TICK // MS})
        yield rule
        if rule.id in _DOMAIN:
            yield rule.model_copy(update={"id": f"domain-{rule.id}", **_DOMAIN[rule.id]})


def _weigh(asked: Client, engine: psutil.Process) -> None:
    """Say what each question costs the engine, and which share of a core that is at the rules' rate."""
    rules = defaultdict(list)
    for rule in load_rules():
        rules[rule.measure].append(rule.every)
    total = 0.0
    for measure, every in rules.items():
        before = _cpu(engine)
        for _ in range(_ASKED):
            asked.query(pretended(measure_sql(measure)))
        seconds = (_cpu(engine) - before) / _ASKED
        share = seconds * 1000 / min(every)
        total += share
        sys.stdout.write(
            f"{measure:20} {seconds * 1000:7.1f} ms CPU every {min(every) / 1000:4.0f} s {share:6.2%}\n"
        )
    sys.stdout.write(f"all measures: {total:.2%} of a core\n")


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main(*sys.argv[1:])
