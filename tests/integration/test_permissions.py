"""Kafka takes a permission from a worker: it ends in words that say what to grant, not as a bug does."""

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest

from streams.health import drained
from streams.local.kafka import LocalKafka
from streams.ports import free_port
from streams.settings import Settings
from tests.events import crossing
from tests.migrated import migrated_clickhouse
from tests.servers import start_kafka, stop
from tests.site import PATIENCE_S, Site

pytestmark = pytest.mark.integration
# Kafka's numbers for these.
_TOPIC, _GROUP, _LITERAL, _READ, _DENY = 2, 3, 3, 3, 2
_RULES: Final = (
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
    "allow.everyone.if.no.acl.found=true\n"
)


class GuardedKafka(LocalKafka):
    """A broker with access rules: everybody may do what no rule is about."""

    def prepare(self) -> None:
        """Write the settings as always, and those of the rules."""
        super().prepare()
        with (self.folder / "server.properties").open("a") as properties:
            properties.write(_RULES)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run a broker with access rules and an engine for all tests."""
    home, bootstrap = tmp_path_factory.mktemp("permissions"), f"127.0.0.1:{free_port()}"
    broker = start_kafka(home, bootstrap, GuardedKafka(home, bootstrap))
    try:
        with migrated_clickhouse(home) as engine:
            yield engine.model_copy(update={"kafka_bootstrap": bootstrap})
    finally:
        stop(broker)


@pytest.fixture
def site(servers: Settings, request: pytest.FixtureRequest) -> Site:
    """Give each test topics and a database of its own."""
    name = f"p{abs(hash(request.node.name)) % 10**9}"
    return Site(servers.model_copy(update={"database": name, "topic_prefix": f"{name}."}))


async def deny_reading(settings: Settings, kind: int, name: str) -> None:
    """Forbid everybody to read a topic, or as a group."""
    client = AIOKafkaClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.bootstrap()
    try:
        rule = CreateAclsRequest(kind, name, _LITERAL, "User:ANONYMOUS", "*", _READ, _DENY)
        answer = await client.send(client.get_random_node(), rule)
        assert [0] == [code for code, *_ in answer.creation_responses], answer
    finally:
        await client.close()


@pytest.mark.parametrize("kind", [_TOPIC, _GROUP], ids=["of the topic", "of the group"])
def test_a_worker_that_may_not_read_says_what_to_grant(site: Site, kind: int) -> None:
    """Before it starts or while it works: exit code 3, for a dependency refuses, and no stack trace."""
    name = site.settings.topic("gate.crossing") if kind == _TOPIC else site.settings.worker_group
    before = site.log()
    with site.worker() as worker:
        site.send([crossing(1, "V-1", "crossed", 0)])
        assert {} == asyncio.run(drained(site.settings, PATIENCE_S)), site.log()
        asyncio.run(deny_reading(site.settings, kind, name))
        assert 3 == worker.wait(PATIENCE_S), site.log()
    with site.worker() as worker:
        assert 3 == worker.wait(PATIENCE_S), site.log()
    said = site.log().removeprefix(before)
    assert 2 == said.count("kpi: Kafka answers, but does not permit this; grant READ on the event topics")
    assert "Traceback" not in said
