"""Servers that ask who calls: certificates made on the spot, a broker with TLS, logins and access rules."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from trustme import CA, LeafCert

from streams.local.kafka import LocalKafka
from streams.ports import free_port
from streams.resources import checkout
from streams.settings import Settings

PASSWORD: Final = "canary-of-kafka"  # noqa: S105 - what the tests look for in every output
USERS: Final = ("kpi-setup", "kpi-worker", "kpi-ingest", "kpi-alerts", "kpi-operator")
_LONG_AGO: Final = datetime(2001, 1, 1, tzinfo=UTC)
# Kafka's numbers for these.
_KINDS: Final = {"topic": 2, "group": 3}
_LITERAL, _PREFIXED, _ALLOW = 3, 4, 3
OPERATIONS: Final = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8, "DescribeConfigs": 10}


class Authority:
    """An authority of certificates, and what it vouches for on the loopback."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._authority = CA()
        self.certificate = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(self.certificate)

    def leaf(self, *, expired: bool = False) -> LeafCert:
        """Make a certificate for 127.0.0.1."""
        return self._authority.issue_cert("127.0.0.1", not_after=_LONG_AGO if expired else None)

    def context(self, *, expired: bool = False) -> ssl.SSLContext:
        """Give what a server of Python's needs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.leaf(expired=expired).configure_cert(context)
        return context


def keystore(leaf: LeafCert, path: Path) -> Path:
    """Write key and certificates in the form that Kafka reads."""
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + chain)
    return path


class SecuredKafka(LocalKafka):
    """A broker whose listeners ask for TLS and SCRAM; who comes by the plain one is its administrator.

    Attributes:
        secure: the address with a certificate that holds.
        expired: the address with one that has expired.
    """

    format_options = tuple(
        part for user in USERS for part in ("--add-scram", f"SCRAM-SHA-512=[name={user},password={PASSWORD}]")
    )

    def __init__(self, home: Path, bootstrap: str, authority: Authority) -> None:
        super().__init__(home, bootstrap)
        self._authority = authority
        self.secure, self.expired = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"

    def prepare(self) -> None:
        """Write the settings as always, and over them those of the listeners and rules."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "controller.port").write_text(str(self._controller_port()))
        super().prepare()

    def _write_properties(self) -> None:
        super()._write_properties()
        good = keystore(self._authority.leaf(), self.folder / "good.pem")
        old = keystore(self._authority.leaf(expired=True), self.folder / "old.pem")
        addresses = f"SECURE://{self.secure},EXPIRED://{self.expired}"
        plain = f"BROKER://127.0.0.1:{self.port}"
        module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        more = {
            "listeners": f"{plain},CONTROLLER://127.0.0.1:{self._controller_port()},{addresses}",
            "advertised.listeners": f"{plain},{addresses}",
            "listener.security.protocol.map":
                "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,EXPIRED:SASL_SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "ssl.keystore.type": "PEM",
            "listener.name.secure.ssl.keystore.location": str(good),
            "listener.name.expired.ssl.keystore.location": str(old),
            "listener.name.secure.scram-sha-512.sasl.jaas.config": module,
            "listener.name.expired.scram-sha-512.sasl.jaas.config": module,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }  # fmt: skip
        with self._properties.open("a") as properties:
            properties.writelines(f"{name}={value}\n" for name, value in more.items())


async def apply_rules(settings: Settings) -> None:
    """Bring the lines of deploy/kafka/acls.tsv to the broker, as deploy/kafka/acls.sh does."""
    client = AIOKafkaClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.bootstrap()
    try:
        for user, kind, name, operations in rules():
            for operation in operations:
                rule = CreateAclsRequest(
                    _KINDS[kind], *_pattern(name), f"User:{user}", "*", OPERATIONS[operation], _ALLOW
                )
                answer = await client.send(client.get_random_node(), rule)
                assert [0] == [code for code, *_ in answer.creation_responses], answer
    finally:
        await client.close()


def _pattern(name: str) -> tuple[str, int]:
    """Tell what a name covers: a lone * is Kafka's own word for everything, any other one ends a prefix."""
    prefixed = name.endswith("*") and name != "*"
    return (name.removesuffix("*"), _PREFIXED) if prefixed else (name, _LITERAL)


def rules() -> list[tuple[str, str, str, list[str]]]:
    """Read the table: user, kind, name, operations."""
    lines = (checkout() / "deploy/kafka/acls.tsv").read_text().splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(user, kind, name, operations.split(",")) for user, kind, name, operations in cells]
