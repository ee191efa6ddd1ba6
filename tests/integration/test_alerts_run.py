"""`kpi alerts run` as processes, beside a real broker, engine and worker: once, in time, whoever dies."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from streams import clock
from tests.alerts.doubles import Receiver, receiver
from tests.alerts.running import instance, say, standing, until
from tests.migrated import migrated_clickhouse
from tests.servers import local_kafka
from tests.site import Site

pytestmark = pytest.mark.integration

#: From the event's own time to its arrival at the webhook.
_IN_TIME_S: Final = 15.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a broker, an engine and a worker."""
    home = tmp_path_factory.mktemp("alerts")
    with local_kafka(home) as bootstrap, migrated_clickhouse(home) as engine:
        site = Site(engine.model_copy(update={"kafka_bootstrap": bootstrap, "database": "kpi"}))
        with site.worker():
            yield site


@pytest.fixture(scope="module")
def web() -> Iterator[Receiver]:
    """Run a receiver of webhooks."""
    with receiver() as kept:
        yield kept


def told(site: Site) -> int:
    """Count the changes of the gate that are recorded as told."""
    [[count]] = site.query("SELECT countIf(told = 1) FROM alerts_recent WHERE rule = 'gate-state'")
    return int(count)


def test_each_change_rings_once_and_in_time_whoever_dies(site: Site, web: Receiver) -> None:
    """Of two instances one tells; it is killed, the other goes on; a subscriber is added meanwhile."""
    took: list[float] = []

    def logs() -> str:
        return "\n".join(path.read_text()[-2000:] for path in site.settings.home.glob("*.log"))

    def change(state: str) -> None:
        before, said = len(web.posted), say(site, state)
        until(lambda: len(web.posted) > before, logs)
        took.append(clock.now().timestamp() - said)

    with ExitStack() as running:
        first = running.enter_context(instance(site.settings, "first"))
        say(site, "open")
        until(lambda: standing(site) == [("open",)], logs)
        running.enter_context(instance(site.settings, "second"))
        site.kpi("subscribers", "add", "web", "--url", web.url())
        for state in ("closed", "open", "restricted", "open"):
            change(state)
        # Killed between sending and recording it may ring again: deploy/guarantees.md says so.
        until(lambda: told(site) == len(web.posted), logs)
        first.kill()
        before, _ = len(web.posted), say(site, "closed")
        until(lambda: len(web.posted) > before, logs)
        for state in ("open", "closed"):
            change(state)

    keys = web.keys()
    assert 7 == len(keys) == len(set(keys))
    assert all(seconds < _IN_TIME_S for seconds in took), took
    assert "từ hạn chế sang mở" in "".join(posted["message"] for _, posted in web.posted)
    until(lambda: told(site) == len(keys), logs)
    assert [(7,)] == site.query("SELECT count() FROM alerts_recent WHERE rule = 'gate-state'")


def test_the_commands_an_operator_uses(site: Site, web: Receiver, tmp_path: Path) -> None:
    """A subscriber is added, listed, tried, muted and removed; what is wrong is said in words."""
    mine = Site.__new__(Site)
    mine.settings = site.settings.model_copy(update={"home": tmp_path})
    (tmp_path / "clickhouse").mkdir()
    (tmp_path / "clickhouse" / "writer.secret").write_text(site.settings.writer_secret_file.read_text())

    mine.kpi(
        "subscribers",
        "add",
        "shift",
        "--url",
        web.url("shift"),
        "--scope",
        "kim-thanh",
        "--severity",
        "warning",
    )
    assert "taken, with the key test-" in mine.kpi("subscribers", "test", "shift")
    assert "shift hears nothing until" in mine.kpi("subscribers", "mute", "shift", "--for", "6h")
    listed = mine.kpi("subscribers", "list", "--format", "json")
    assert '"name": "shift"' in listed
    assert "127.0.0.1" not in listed
    assert 0o600 == (tmp_path / "subscribers.json").stat().st_mode & 0o777
    assert "rings nobody at kim-thanh until" in mine.kpi(
        "alerts", "silence", "yard-full", "--scope", "kim-thanh", "--for", "2h"
    )
    assert "is no longer subscribed" in mine.kpi("subscribers", "remove", "shift")
    assert mine.kpi("alerts", "list")
