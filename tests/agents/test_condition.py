"""What a worker answers under `/live` and `/ready`."""

from collections.abc import Callable
from typing import cast

import httpx
import pytest

from streams.condition import Condition
from streams.dependency import Dependency
from streams.endpoints import for_those_who_know, serve
from streams.errors import UsageError
from streams.ports import free_port, is_loopback
from streams.pulse import Pulse
from streams.settings import Settings
from streams.troubles import clickhouse_trouble, kafka_trouble
from streams.watchdog import Signs, Watch, Watchdog

TOKEN = "a-token-of-the-scraper"  # noqa: S105 - of no service


class StandingPulse:
    """A pulse whose parts a test sets."""

    def __init__(self) -> None:
        self.group = "4 partitions"
        self.kafka = Dependency("Kafka", kafka_trouble)
        self.clickhouse = Dependency("ClickHouse", clickhouse_trouble)
        self.letters = Dependency("Kafka (dead letters)", kafka_trouble)


async def answered(server: Dependency) -> None:
    """Let a server answer."""

    async def work() -> None: ...

    await server.call(work)


async def working() -> tuple[Condition, StandingPulse, Watchdog]:
    """Give a worker with which all is well."""
    pulse, watchdog, condition = StandingPulse(), Watchdog(Signs, 300), Condition()
    await answered(pulse.kafka)
    await answered(pulse.clickhouse)
    condition.follow("kpi_g1", cast("Pulse", pulse), watchdog)
    return condition, pulse, watchdog


def test_a_worker_that_starts_lives_but_is_not_ready() -> None:
    """Before its parts are there, nothing is stored."""
    condition = Condition()

    assert not condition.live().wrong
    assert condition.ready().wrong


async def test_a_worker_with_partitions_and_servers_is_ready() -> None:
    """Each part is told."""
    condition, _, _ = await working()

    assert not condition.live().wrong
    parts, wrong = condition.ready()
    assert not wrong
    assert {
        "worker": "lives",
        "group": "4 partitions",
        "generation": "kpi_g1",
        "Kafka": "answers",
        "ClickHouse": "answers",
    } == parts


async def test_without_partitions_or_an_answer_it_is_not_ready_but_lives() -> None:
    """Starting it again would not help."""
    condition, pulse, _ = await working()
    pulse.group = ""
    assert condition.ready().wrong == ["the group has given it no partitions yet"]
    pulse.group, pulse.kafka = "4 partitions", Dependency("Kafka", kafka_trouble)
    assert condition.ready().wrong == [condition.ready().parts["Kafka"]] == ["Kafka has not answered lately"]
    assert not condition.live().wrong


async def test_a_blocked_loop_is_no_life() -> None:
    """The words are those of the watchdog."""
    condition, _, watchdog = await working()
    watchdog.watch = Watch(Signs(), 0.0, blocked_s=20.0)

    assert "has not turned for 20 s" in condition.live().wrong[0]
    assert condition.live().wrong == condition.ready().wrong


async def test_pages_stand_beside_the_metrics() -> None:
    """Over HTTP: a status for machines, JSON for people, and the metrics where they were."""
    port, starting = free_port(), Condition()
    condition, _, _ = await working()
    serve(Settings(_env_file=None, metrics_port=port), {"/starting": starting.ready, **condition.pages()})

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        starts, ready = await client.get("/starting"), await client.get("/ready")
        metrics = await client.get("/metrics")

    assert (503, {"wrong": ["it starts"], "worker": "starts"}) == (starts.status_code, starts.json())
    assert (200, {"wrong": [], **condition.ready().parts}) == (ready.status_code, ready.json())
    assert "kpi_dependency_trouble" in metrics.text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        pytest.param("10.0.0.7", {}, "401 Unauthorized", id="a stranger"),
        pytest.param("10.0.0.7", {"Authorization": "Bearer guessed"}, "401 Unauthorized", id="a guess"),
        pytest.param("10.0.0.7", {"Authorization": f"Bearer {TOKEN}"}, "200 OK", id="the scraper"),
        pytest.param("127.0.0.1", {}, "200 OK", id="a probe of this machine"),
    ],
)
def test_only_who_knows_the_token_sees_the_metrics(
    address: str, headers: dict[str, str], status: str
) -> None:
    """From another machine; without a token nobody there does."""
    assert status == asked(TOKEN, address, headers)
    assert asked("", address, headers | {"Authorization": "Bearer "}) == (
        "200 OK" if address == "127.0.0.1" else "401 Unauthorized"
    )


def asked(token: str, address: str, headers: dict[str, str]) -> str:
    """Give the status that a caller gets."""
    given: list[str] = []
    environ = {f"HTTP_{name.upper()}": value for name, value in headers.items()} | {"REMOTE_ADDR": address}

    def start(status: str, *_: object) -> Callable[[bytes], object]:
        given.append(status)
        return bytes

    guarded = for_those_who_know(token, lambda _, start: (start("200 OK", []), [b"metrics"])[1])
    list(guarded(environ, start))
    return given[0]


@pytest.mark.parametrize(
    ("host", "token"),
    [
        pytest.param("0.0.0.0", "", id="none"),  # noqa: S104 - it is refused
        pytest.param("0.0.0.0", "short", id="one that can be guessed"),  # noqa: S104
        pytest.param("127.0.0.1", "short", id="one that can be guessed on the loopback"),
    ],
)
def test_metrics_for_other_machines_need_a_token(host: str, token: str) -> None:
    """The process ends and says which setting is missing."""
    settings = Settings(_env_file=None, metrics_host=host, metrics_token=token, metrics_port=free_port())

    with pytest.raises(UsageError, match="KPI_METRICS_TOKEN needs 16 characters or more"):
        serve(settings, {})


@pytest.mark.parametrize(
    ("host", "is_own"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True), ("10.0.0.7", False),
     ("::", False), ("::ffff:10.0.0.7", False), ("kpi.example", False)],
)  # fmt: skip
def test_who_comes_from_this_machine_is_known(host: str, *, is_own: bool) -> None:
    """Also by IPv4 at a socket of both families, where probes of `KPI_METRICS_HOST=::` come from."""
    assert is_own == is_loopback(host)
