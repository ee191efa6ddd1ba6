"""How every client of ours reaches Kafka: plain on the loopback, or with TLS and a login."""

import asyncio
from typing import Any, Final

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.settings import Settings
from streams.tls import trusting

_LOOK_S: Final = 5.0


def kafka_options(settings: Settings) -> dict[str, Any]:
    """Give what each client of Kafka needs to connect.

    Raises:
        UsageError: the file of `KPI_KAFKA_CA` holds no certificates.
    """
    return {"bootstrap_servers": settings.kafka_bootstrap, **_security(settings)}


def _security(settings: Settings) -> dict[str, Any]:
    tls, login = settings.kafka_tls == "on", bool(settings.kafka_user)
    protocol = ("SASL_" if login else "") + ("SSL" if tls else "PLAINTEXT")
    options: dict[str, Any] = {"security_protocol": protocol}
    if tls:
        options["ssl_context"] = trusting(settings.kafka_ca, "KPI_KAFKA_CA")
    if login:
        options |= {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


async def real_cause(settings: Settings, error: Exception) -> Exception:
    """Give what lies behind a failure to connect, of which the driver says only that it failed."""
    options = _security(settings)
    if not isinstance(error, KafkaConnectionError) or options["security_protocol"] == "PLAINTEXT":
        return error
    host, _, port = settings.kafka_bootstrap.partition(",")[0].rpartition(":")
    try:
        async with asyncio.timeout(_LOOK_S):
            (await create_conn(host.strip("[]"), int(port), **options)).close()
    except (KafkaError, OSError, ValueError) as cause:
        error = cause
    return error
