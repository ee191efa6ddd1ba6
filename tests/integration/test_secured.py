"""Kafka with TLS, logins and rules, ClickHouse behind TLS: what works, and what is said where it does not."""

import asyncio
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from pydantic import SecretStr

from producers.ingest.tokens import add_token
from producers.publisher import Message, Publisher
from producers.topic_reader import read_topic
from streams.clickhouse import connect_reader, connect_writer
from streams.errors import DependencyDownError
from streams.health import members
from streams.kafka import kafka_options
from streams.kafka_admin import create_topics, missing_topics, partition_counts
from streams.ports import free_port
from streams.resources import checkout
from streams.settings import Settings
from tests.events import envelope
from tests.faults.proxy import Proxy
from tests.ingest.doubles import STRUCTURED
from tests.line import KPI
from tests.migrated import migrated_clickhouse
from tests.secured import PASSWORD, Authority, SecuredKafka, apply_rules, rules
from tests.servers import local_clickhouse, start_kafka, stop, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.long]
# Of a topic with one partition, which is read whole.
_MESSAGE: Final = Message("gate.state", b"kim-thanh", b'"sent"')


class Secured:
    """A broker that asks, and the settings that get in as each user."""

    def __init__(self, home: Path) -> None:
        bootstrap = f"127.0.0.1:{free_port()}"
        self.authority = Authority(home / "certificates")
        self.kafka = SecuredKafka(home, bootstrap, self.authority)
        self.admin = Settings(_env_file=None, home=home, kafka_bootstrap=bootstrap)

    def as_user(self, user: str, **update: object) -> Settings:
        """Give the settings of a process that logs in."""
        given = {
            "kafka_bootstrap": self.kafka.secure,
            "kafka_tls": "on",
            "kafka_ca": self.authority.certificate,
            "kafka_user": user,
            "kafka_password": PASSWORD,
        }
        return Settings(_env_file=None, home=self.admin.home, **{**given, **update})  # type: ignore[arg-type] # as is


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Run the broker, with its topics and with the rules of deploy/."""
    secured = Secured(tmp_path_factory.mktemp("secured"))
    broker = start_kafka(secured.admin.home, secured.admin.kafka_bootstrap, secured.kafka)
    try:
        asyncio.run(apply_rules(secured.admin))
        yield secured
    finally:
        stop(broker)


async def test_each_process_may_do_its_own_work(secured: Secured) -> None:
    """The rules of deploy/kafka/acls.tsv: one makes the topics, one sends, one reads, one leads."""
    assert await create_topics(secured.as_user("kpi-setup"))
    assert [] == await missing_topics(secured.as_user("kpi-ingest"))
    async with Publisher(secured.as_user("kpi-ingest")) as publisher:
        await publisher.publish([_MESSAGE])
    assert 4 == (await partition_counts(secured.as_user("kpi-worker")))["gate.crossing"]
    async with Publisher(secured.as_user("kpi-worker")) as publisher:
        await publisher.publish([Message("dead.letters", b"k", b'"dead"')])
    assert _MESSAGE.value in await read_topic(secured.as_user("kpi-worker"), "gate.state")
    operator = secured.as_user("kpi-operator")
    assert b'"dead"' in await read_topic(operator, "dead.letters")
    assert 0 == await members(operator, operator.alerts_group)
    replayed = operator.model_copy(update={"topic_prefix": "run-a."})
    assert await create_topics(replayed)
    assert [] == await missing_topics(replayed)
    setup = secured.as_user("kpi-setup")
    assert 0 == await members(setup, setup.worker_group)
    async with Publisher(setup) as publisher:
        await publisher.publish([Message("target", b"t", b"{}")])
    assert [b"{}"] == await read_topic(setup, "target")


async def test_a_right_that_is_missing_is_said_at_once(secured: Secured) -> None:
    """Who may not send is not left waiting: the words say what to grant."""
    await create_topics(secured.admin)
    with pytest.raises(DependencyDownError, match="does not permit this user to write to any topic"):
        async with Publisher(secured.as_user("kpi-alerts")):
            pass
    async with Publisher(secured.as_user("kpi-setup")) as publisher:
        with pytest.raises(DependencyDownError, match=r"does not permit this user to write to gate\.state"):
            await publisher.publish([_MESSAGE])


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        pytest.param("kpi-ingest", "gate.state", id="who sends reads nothing"),
        pytest.param("kpi-alerts", "gate.state", id="who leads reads no events"),
        pytest.param("kpi-worker", "dead.letters", id="who writes dead letters does not read them"),
    ],
)
async def test_nobody_reads_what_is_not_for_him(secured: Secured, user: str, topic: str) -> None:
    """The broker refuses."""
    await create_topics(secured.admin)
    async with Publisher(secured.admin) as publisher:
        await publisher.publish([Message(topic, b"kim-thanh", b"{}")])
    with pytest.raises((DependencyDownError, TopicAuthorizationFailedError)):
        await read_topic(secured.as_user(user), topic)


async def test_who_may_not_see_a_group_is_not_told_that_it_is_empty(secured: Secured) -> None:
    """Else a database would be dropped under workers."""
    settings = secured.as_user("kpi-ingest")
    with pytest.raises(DependencyDownError, match="does not permit"):
        await members(settings, settings.worker_group)


async def test_nobody_joins_a_group_that_is_not_his(secured: Secured) -> None:
    """Else anybody could take the workers' partitions away."""
    await create_topics(secured.admin)
    settings = secured.as_user("kpi-alerts")
    consumer = AIOKafkaConsumer("target", **kafka_options(settings), group_id="kpi-worker")
    try:
        with pytest.raises(GroupAuthorizationFailedError):
            await consumer.start()
    finally:
        await consumer.stop()


@pytest.mark.parametrize(
    ("update", "words"),
    [
        pytest.param({"kafka_password": "wrong"}, "refuses the login", id="wrong password"),
        pytest.param({"kafka_user": "nobody"}, "refuses the login", id="unknown user"),
        pytest.param({"kafka_ca": None}, "set KPI_KAFKA_CA to that of its authority", id="unknown authority"),
        pytest.param({"kafka_bootstrap": "expired"}, "its certificate has expired", id="expired"),
    ],
)
async def test_what_keeps_us_out_of_kafka_is_said_in_words(
    secured: Secured, update: dict[str, object], words: str
) -> None:
    """With what to set, and without the password."""
    if "kafka_bootstrap" in update:
        update = {"kafka_bootstrap": secured.kafka.expired}

    with pytest.raises(DependencyDownError) as refused:
        await missing_topics(secured.as_user("kpi-worker", **update))

    assert words in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_the_script_brings_every_line_of_the_rules(tmp_path: Path) -> None:
    """As arguments of Kafka's own tool, which here writes down what it is told."""
    told, tool = tmp_path / "told", tmp_path / "kafka-acls.sh"
    tool.write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    tool.chmod(0o755)
    told_to = {"KAFKA_ACLS": str(tool), "ADMIN": "admin.properties", "KPI_TOPIC_PREFIX": "lc."}
    script = str(checkout() / "deploy/kafka/acls.sh")

    subprocess.run(["sh", script, "kafka:9093"], env=os.environ | told_to, check=True)  # noqa: S607

    lines = told.read_text().splitlines()
    assert len(rules()) == len(lines)
    for line, (user, kind, name, operations) in zip(lines, rules(), strict=True):
        assert f"--allow-principal User:{user} --{kind} lc.{name.rstrip('*')} " in line
        assert f"--resource-pattern-type {'prefixed' if name.endswith('*') else 'literal'}" in line
        assert all(f"--operation {operation}" in line for operation in operations)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine."""
    with local_clickhouse(tmp_path_factory.mktemp("engine")) as settings:
        yield settings


def test_clickhouse_is_spoken_to_with_tls(engine: Settings, tmp_path: Path) -> None:
    """As writer, as reader and by `kpi query`, if an authority vouches for it; else it is said who must."""
    port = urlsplit(engine.clickhouse_url).port or 0
    authority = Authority(tmp_path)
    with Proxy(port, authority.context()) as good, Proxy(port, authority.context(expired=True)) as old:
        secure = engine.model_copy(
            update={
                "clickhouse_url": f"https://127.0.0.1:{good.port}",
                "clickhouse_ca": authority.certificate,
            }
        )
        for connect in (connect_writer, connect_reader):
            client = connect(secure)
            assert 1 == client.command("SELECT 1")
            client.close()
        assert (0, "2") == _query(secure, "SELECT 1 + 1")
        strange = secure.model_copy(update={"clickhouse_ca": None})
        expired = secure.model_copy(update={"clickhouse_url": f"https://127.0.0.1:{old.port}"})
        plain = secure.model_copy(update={"clickhouse_url": f"https://127.0.0.1:{port}"})
        for settings, words in (
            (strange, "set KPI_CLICKHOUSE_CA to that of its authority"),
            (expired, "its certificate has expired"),
            (plain, "no TLS can be agreed"),
        ):
            with pytest.raises(DependencyDownError, match=words):
                connect_reader(settings)
            code, said = _query(settings, "SELECT 1")
            assert 3 == code
            assert words in " ".join(said.split())


def test_an_event_posted_with_tls_is_with_kafka_when_the_sender_is_told(
    secured: Secured, tmp_path: Path
) -> None:
    """The real process, as its own user; a stop ends it in order, and no secret is in what it says."""
    asyncio.run(create_topics(secured.admin))
    environment, url, token = _ingest(secured, tmp_path)
    state = {"gate_id": "kim-thanh", "state": "open"}
    event = json.dumps(envelope("gate.state", 77, "kim-thanh", 0, state)).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": STRUCTURED}
    trust = ssl.create_default_context(cafile=secured.authority.certificate)
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(_command("produce", "http"), env=environment, stdout=log, stderr=log)
        try:
            port = environment["KPI_HTTP_PORT"]
            wait_until(server, lambda: _is_open(port), tmp_path / "log")
            answer = httpx.post(f"{url}/v1/events", content=event, headers=headers, verify=trust, timeout=30)
            refused = httpx.post(f"{url}/v1/events", headers={"Authorization": "Bearer x"}, verify=trust)
            metrics = httpx.get(f"http://127.0.0.1:{environment['KPI_METRICS_PORT']}/metrics").text
        finally:
            server.terminate()
            code = server.wait(60)

    assert (202, {"accepted": 1}) == (answer.status_code, answer.json())
    assert event in asyncio.run(read_topic(secured.as_user("kpi-worker"), "gate.state"))
    assert (401, 0) == (refused.status_code, code)
    assert 'kpi_ingest_events_total{token="gate"} 1.0' in metrics
    said = (tmp_path / "log").read_text() + metrics + answer.text + refused.text
    assert "ingest_stopped" in said
    assert token not in said
    assert PASSWORD not in said
    assert "Traceback" not in said


def _ingest(secured: Secured, folder: Path) -> tuple[dict[str, str], str, str]:
    """Give the environment of an ingest with a certificate, its address, and a token that it knows."""
    certificate, key, tokens = folder / "http.pem", folder / "http.key", folder / "tokens.toml"
    leaf = secured.authority.leaf()
    leaf.private_key_pem.write_to_path(key)
    for blob in leaf.cert_chain_pems:
        blob.write_to_path(certificate, append=True)
    environment = _login(secured, "kpi-ingest") | {
        "KPI_HOME": str(folder),
        "KPI_HTTP_PORT": str(free_port()),
        "KPI_HTTP_TOKENS": str(tokens),
        "KPI_HTTP_CERTIFICATE": str(certificate),
        "KPI_HTTP_KEY": str(key),
        "KPI_METRICS_PORT": str(free_port()),
        "KPI_LOG_LEVEL": "DEBUG",
    }
    token = add_token(tokens, "gate", ["/vn/laocai/kim-thanh/*"], [])
    return environment, f"https://127.0.0.1:{environment['KPI_HTTP_PORT']}", token


def _login(secured: Secured, user: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "KPI_KAFKA_BOOTSTRAP": secured.kafka.secure,
        "KPI_KAFKA_TLS": "on",
        "KPI_KAFKA_CA": str(secured.authority.certificate),
        "KPI_KAFKA_USER": user,
        "KPI_KAFKA_PASSWORD": PASSWORD,
    }


def _is_open(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["settings"], 0, id="settings"),
        pytest.param(["check"], 3, id="check"),
        pytest.param(["worker"], 3, id="worker"),
        pytest.param(["query", "SELECT 1"], 1, id="query"),
        pytest.param(["boards", "check", "--grafana", "http://127.0.0.1:9"], 3, id="grafana"),
    ],
)
def test_no_secret_is_in_what_a_command_says(
    secured: Secured, engine: Settings, tmp_path: Path, arguments: list[str], code: int
) -> None:
    """Each secret of the settings from a file of its own; none opens anything, and none is repeated."""
    secrets = {
        f"kpi_{name}": f"canary-{name.replace('_', '-')}"
        for name, field in Settings.model_fields.items()
        if field.annotation is SecretStr
    }
    for name, value in secrets.items():
        (tmp_path / name).write_text(value + "\n")
    environment = _login(secured, "kpi-worker") | {
        "KPI_HOME": str(tmp_path),
        "KPI_SECRETS_DIR": str(tmp_path),
        "KPI_CLICKHOUSE_URL": engine.clickhouse_url,
        "KPI_CLICKHOUSE_READER_USER": "reader",
        "KPI_LOG_LEVEL": "DEBUG",
        "KPI_METRICS_PORT": "0",
    }
    del environment["KPI_KAFKA_PASSWORD"]

    done = _kpi(environment, *arguments)

    said = done.stdout + done.stderr
    assert len(secrets) >= 4
    assert code == done.returncode, said
    assert said
    assert [] == [value for value in secrets.values() if value in said]
    assert "Traceback" not in said


def test_no_secret_is_in_what_a_run_says(secured: Secured, tmp_path: Path) -> None:
    """Where all goes well: an event is sent, folded and found, each by its own user."""
    asyncio.run(create_topics(secured.admin))
    state = {"gate_id": "kim-thanh", "state": "open"}
    (tmp_path / "events.ndjson").write_text(json.dumps(envelope("gate.state", 78, "kim-thanh", 0, state)))
    with migrated_clickhouse(tmp_path) as engine, (tmp_path / "log").open("wb") as log:
        secrets = _secrets_of_a_run(engine, tmp_path / "secrets")

        def knowing(user: str, **more: str) -> dict[str, str]:
            given = _login(secured, user) | {"KPI_HOME": str(tmp_path / user), "KPI_LOG_LEVEL": "DEBUG"}
            del given["KPI_KAFKA_PASSWORD"]
            where = {
                "KPI_SECRETS_DIR": str(tmp_path / "secrets"),
                "KPI_CLICKHOUSE_URL": engine.clickhouse_url,
            }
            return _without_ours() | given | where | more

        port = str(free_port())
        worker = subprocess.Popen(
            _command("worker"), env=knowing("kpi-worker", KPI_METRICS_PORT=port), stdout=log, stderr=log
        )
        try:
            sent = _kpi(knowing("kpi-ingest"), "produce", "file", str(tmp_path / "events.ndjson"))
            found = _kpi(knowing("kpi-operator"), "check", "--drained", "--timeout", "120")
            metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        finally:
            code = stop(worker)

    said = "".join([(tmp_path / "log").read_text(), sent.stdout, sent.stderr, found.stdout, found.stderr])
    assert (0, 0, 0) == (sent.returncode, found.returncode, code), said
    assert "kpi_" in metrics
    assert [] == [value for value in secrets if value in said + metrics]
    assert "Traceback" not in said


def _secrets_of_a_run(engine: Settings, folder: Path) -> list[str]:
    """Write each secret into a file of its own: those that open something, and marks for the others."""
    folder.mkdir()
    marks = {"kafka_password": PASSWORD, "clickhouse_password": engine.writer_credentials()[1]}
    for name in ("alerts_token", "grafana_token", "metrics_token"):
        marks[name] = f"canary-of-a-run-{name.replace('_', '-')}"
    for name, value in marks.items():
        (folder / f"kpi_{name}").write_text(value + "\n")
    return list(marks.values())


def _query(settings: Settings, sql: str) -> tuple[int, str]:
    environment = {
        "KPI_HOME": str(settings.home),
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url,
        "KPI_CLICKHOUSE_CA": str(settings.clickhouse_ca or ""),
        "KPI_DATABASE": "default",
    }
    done = _kpi(environment, "query", sql, "--format", "csv")
    return done.returncode, (done.stdout.splitlines()[-1] if done.returncode == 0 else done.stderr)


def _kpi(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*arguments),
        env=_without_ours() | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def _without_ours() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KPI_")}


def _command(*arguments: str) -> list[str]:
    return [*KPI, *arguments]
