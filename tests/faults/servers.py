"""The servers that the faults strike: one broker and one engine, each behind a proxy, shared by all tests."""

import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.local.kafka import LocalKafka
from streams.ports import free_port
from streams.settings import Settings
from tests.faults.proxy import Proxy
from tests.migrated import copy_migrated
from tests.servers import start_clickhouse, start_kafka, stop

# Kafka's own least is 6 s; a fault test would wait for little else.
SESSION_TIMEOUT_MS: Final = 2_000


class _ProxiedKafka(LocalKafka):
    """A broker with a second listener, which names the proxy as its address: clients stay behind it."""

    def __init__(self, home: Path, bootstrap: str, listener: int, advertised: int) -> None:
        super().__init__(home, bootstrap)
        self._listener, self._advertised = listener, advertised

    def prepare(self) -> None:
        """Write the settings as always; of a name that comes twice Kafka takes the last."""
        super().prepare()
        file = self.folder / "server.properties"
        known = dict(line.split("=", 1) for line in file.read_text().splitlines())
        protocols = known["listener.security.protocol.map"]
        extra = {
            "listeners": f"{known['listeners']},PROXIED://127.0.0.1:{self._listener}",
            "advertised.listeners": f"{known['advertised.listeners']},PROXIED://127.0.0.1:{self._advertised}",
            "listener.security.protocol.map": f"{protocols},PROXIED:PLAINTEXT",
            "group.min.session.timeout.ms": str(SESSION_TIMEOUT_MS),
        }
        with file.open("a") as properties:
            properties.writelines(f"{name}={value}\n" for name, value in extra.items())


class Servers:
    """A broker and an engine that a test can kill, freeze and start again, and the proxies before them.

    `direct` reaches them without the proxies, `proxied` through them.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._bootstrap, self._listener = f"127.0.0.1:{free_port()}", free_port()
        url = f"http://127.0.0.1:{free_port()}"
        self.direct = Settings(_env_file=None, home=home, kafka_bootstrap=self._bootstrap, clickhouse_url=url)
        self.kafka_proxy = Proxy(self._listener)
        self.engine_proxy = Proxy(int(url.rpartition(":")[2]))
        self.kafka: subprocess.Popen[bytes] | None = None
        self.engine: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.kafka_proxy.__enter__()
        self.engine_proxy.__enter__()
        copy_migrated(self.home)
        self.heal()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self.kafka, self.engine):
            if process is not None:
                process.send_signal(signal.SIGCONT)
                stop(process)
        self.engine_proxy.__exit__()
        self.kafka_proxy.__exit__()

    @property
    def proxied(self) -> Settings:
        """The addresses that a worker gets."""
        return self.direct.model_copy(
            update={
                "kafka_bootstrap": f"127.0.0.1:{self.kafka_proxy.port}",
                "clickhouse_url": f"http://127.0.0.1:{self.engine_proxy.port}",
            }
        )

    def heal(self) -> None:
        """Start what is dead, wake what is frozen, let everything pass."""
        for process in (self.kafka, self.engine):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
        self.kafka_proxy.heal()
        self.engine_proxy.heal()
        if self.kafka is None or self.kafka.poll() is not None:
            self.kafka = self._start_kafka()
        if self.engine is None or self.engine.poll() is not None:
            self.engine = start_clickhouse(self.home, self.direct.clickhouse_url)

    def kill_kafka(self) -> None:
        """Kill -9 the broker; `heal` starts it again on the same storage and ports."""
        assert self.kafka is not None
        self.kafka.kill()
        self.kafka.wait()

    def kill_engine(self) -> None:
        """Kill -9 the engine; `heal` starts it again on the same storage and port."""
        assert self.engine is not None
        self.engine.kill()
        self.engine.wait()

    def freeze_kafka(self) -> None:
        """SIGSTOP the broker; `heal` wakes it."""
        assert self.kafka is not None
        self.kafka.send_signal(signal.SIGSTOP)

    def freeze_engine(self) -> None:
        """SIGSTOP the engine; `heal` wakes it."""
        assert self.engine is not None
        self.engine.send_signal(signal.SIGSTOP)

    def _start_kafka(self) -> subprocess.Popen[bytes]:
        kafka = _ProxiedKafka(self.home, self._bootstrap, self._listener, self.kafka_proxy.port)
        return start_kafka(self.home, self._bootstrap, kafka)
