"""`kpi alerts run` as a process, and a gate whose state is what it rings about."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

from streams import clock
from streams.settings import Settings
from tests.forked import Forked
from tests.line import environment
from tests.servers import stop
from tests.site import PATIENCE_S, Site

GATE: Final = "lao-cai-rail"


@contextmanager
def instance(settings: Settings, name: str) -> Iterator[Forked]:
    """Run an instance of the alerts."""
    process = Forked(("alerts", "run"), environment(settings), settings.home / f"{name}.log")
    try:
        yield process
    finally:
        stop(process)


def say(site: Site, state: str) -> float:
    """Let the railway's control room say how the gate stands; give the event's time (s since 1970)."""
    now = clock.now()
    data = {"gate_id": GATE, "state": state, "opens_at": "00:00", "closes_at": "24:00"}
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"/vn/laocai/{GATE}/control-room",
        "type": "vn.laocai.kpi.gate.state.v1",
        "subject": GATE,
        "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "simulated": True,
        "data": data,
    }
    site.send([event])
    return now.timestamp()


def until(found: Callable[[], bool], words: Callable[[], str]) -> None:
    """Wait until something is so."""
    deadline = clock.monotonic() + PATIENCE_S
    while not found():
        assert clock.monotonic() < deadline, words()
        time.sleep(0.05)


def standing(site: Site) -> list[tuple[Any, ...]]:
    """Give the word that the alerts remember of the gate."""
    return site.query(f"SELECT word FROM alert_states FINAL WHERE rule = 'gate-state' AND scope = '{GATE}'")
