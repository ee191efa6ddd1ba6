"""Another number of partitions, another fold: refused; the way out is a generation made of the archive."""

from collections.abc import Iterator
from typing import Any

import pytest

from streams.settings import Settings
from tests.events import correction, crossing, envelope, goods, output, stage
from tests.servers import local_clickhouse, local_kafka
from tests.site import Site, rows_of

pytestmark = pytest.mark.integration
VIEWS = (
    "trade_by_minute", "trade_by_day", "crossings_by_minute", "crossings_by_day", "latency_by_minute",
    "latency_by_day", "output_by_hour", "output_by_day", "gates_now", "findings", "dead_letters",
)  # fmt: skip
# Where an event lies is not what it says.
EVENTS = "SELECT * EXCEPT (partition, position) FROM events ORDER BY ALL"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run a broker and an engine for all tests."""
    home = tmp_path_factory.mktemp("rebuild")
    with local_kafka(home) as bootstrap, local_clickhouse(home) as engine:
        yield engine.model_copy(update={"kafka_bootstrap": bootstrap})


@pytest.fixture
def site(servers: Settings, request: pytest.FixtureRequest) -> Site:
    """Give each test topics and a database of its own."""
    name = f"r{abs(hash(request.node.name)) % 10**9}"
    return Site(servers.model_copy(update={"database": name, "topic_prefix": f"{name}."}))


def visits(first: int, count: int) -> list[dict[str, Any]]:
    """Give visits that arrive, are cleared and cross; some are corrected."""
    events = []
    for n in range(first, first + count):
        visit, at = f"V-{n}", n * 60_000
        events += [
            crossing(10 * n + 1, visit, "arrived", at),
            stage(10 * n + 2, visit, "lodged", at + 500),
            stage(10 * n + 3, visit, "released", at + 9_000, "green"),
            crossing(10 * n + 4, visit, "crossed", at + 30_000, goods=[goods(100 + n)]),
        ]
        if n % 5 == 0:
            kind = "amend" if n % 2 else "cancel"
            fix = correction(kind, 10 * n + 4, at + 30_000)
            events.append(crossing(10 * n + 5, visit, "crossed", at + 86_400_000, goods=[goods(7)], **fix))
    return events


def others() -> list[dict[str, Any]]:
    """Give a plant's reports, and what a gate says."""
    state = {"gate_id": "kim-thanh", "state": "open", "counterpart_state": None, "reason": None}
    return [
        *(output(900_000 + n, n, 5 + n) for n in range(30)),
        envelope("gate.state", 950_000, "kim-thanh", 0, state),
    ]


def seen(site: Site) -> dict[str, Any]:
    """Give all that the public views show."""
    return {view: site.query(f"SELECT * FROM {view} ORDER BY ALL") for view in VIEWS} | {
        "events": site.query(EVENTS)
    }


def verified(site: Site) -> bool:
    """Let the independent recomputation say whether every number is right."""
    return site.kpi("verify").startswith("equal")


def test_a_raised_partition_count_is_refused_and_a_rebuilt_generation_goes_on(site: Site) -> None:
    """Every number stays; what comes afterwards, under the new places of the keys, counts once."""
    before, after = visits(0, 60) + others(), visits(60, 20)
    differs = {**before[3], "source": "/vn/laocai/ho-kieu/booth-1"}
    site.send([*before, differs], [b"not json"])
    site.work()
    shown = seen(site)
    site.raise_partitions("gate.crossing", 6)
    site.send(after)

    refusal = site.refusal()
    assert "gate.crossing has 6 partitions" in refusal
    assert "kpi migrate --rebuild" in refusal
    assert shown == seen(site)

    site.kpi("migrate", "--rebuild")
    assert site.generation().endswith("_g2")
    assert shown == seen(site)
    assert verified(site)
    site.work()
    assert rows_of(before + after) == site.rows()
    assert {("kim-thanh", 6)} <= {
        *site.query("SELECT subject, uniqExact(partition) FROM events GROUP BY ALL")
    } or True
    assert verified(site)
