"""Settings: environment variables `KPI_*`, a `.env` file, or the options of a command."""

import os
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import UsageError
from streams.resources import checkout, is_checkout

_WORKER_GROUP: Final = "kpi-worker"
_ALERTS_GROUP: Final = "kpi-alerts"
# Names the folder of secret files, one a setting, as containers get them.
SECRETS_DIR: Final = "KPI_SECRETS_DIR"

# A variable that is set to nothing is not set.
_File = Annotated[Path | None, BeforeValidator(lambda value: value or None)]


def default_home() -> Path:
    """Give the state folder: `.kpi/` in a checkout, else below the user's data folder."""
    if is_checkout():
        return checkout() / ".kpi"
    return Path.home() / ".local/share/laocai-gate-kpi"


class Settings(BaseSettings):
    """Every setting with its default and meaning; `kpi settings` prints them."""

    model_config = SettingsConfigDict(
        env_prefix="KPI_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    home: Path = Field(default_factory=default_home, description="state folder: data, logs, secrets")
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka's address, host:port[,host:port]")
    kafka_tls: Literal["on", "off"] = Field("off", description="whether Kafka is spoken to with TLS")
    kafka_ca: _File = Field(
        None, description="certificates (PEM) of who may vouch for Kafka; default: those of this machine"
    )
    kafka_user: str = Field("", description="this process's login at Kafka (SASL/SCRAM); empty: none")
    kafka_password: SecretStr = Field(SecretStr(""), description="its password")
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256"] = Field(
        "SCRAM-SHA-512", description="how Kafka checks the password"
    )
    clickhouse_url: str = Field(
        "http://127.0.0.1:8123", description="ClickHouse's HTTP address; https: with TLS"
    )
    clickhouse_ca: _File = Field(
        None, description="certificates (PEM) of who may vouch for ClickHouse; default: those of this machine"
    )
    clickhouse_user: str = Field("", description="who writes; empty: the local engine's writer")
    clickhouse_password: SecretStr = Field(
        SecretStr(""), description="the writer's password; empty: the secret that the local engine made"
    )
    clickhouse_reader_user: str = Field("", description="who reads for boards; empty: the reader role")
    clickhouse_reader_password: SecretStr = Field(SecretStr(""), description="the reader's password")
    clickhouse_timeout: int = Field(
        60, ge=1, description="seconds that a worker waits for ClickHouse's answer before it asks again"
    )
    clickhouse_cluster: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_]{0,40}$",
        description="name of the ClickHouse cluster whose servers hold the tables; empty: one server",
    )
    database: str = Field(
        "kpi", pattern=r"^[a-z][a-z0-9_]{0,40}$", description="database of the public views"
    )
    topic_prefix: str = Field(
        "",
        pattern=r"^[a-zA-Z0-9._-]{0,40}$",
        description="put before every topic and the workers' group",
    )
    partitions: int = Field(
        4, ge=1, le=1000, description="partitions of a topic with many keys when it is created"
    )
    registry: Path | None = Field(
        None, description="places, plants and products; default deploy/registry.toml"
    )
    wall_host: str = Field("127.0.0.1", description="address that the wall listens on")
    wall_port: int = Field(8080, ge=1, le=65535, description="port of the wall")
    grafana_token: SecretStr = Field(
        SecretStr(""), description="token of a service account of Grafana, for kpi boards --grafana"
    )
    metrics_host: str = Field(
        "127.0.0.1", description="address that /metrics, /live and /ready listen on; any other needs a token"
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="what a scraper of another machine sends: Authorization: Bearer TOKEN; empty: none may",
    )
    metrics_port: int = Field(9464, ge=0, le=65535, description="port of a worker's /metrics; 0: none")
    http_host: str = Field("127.0.0.1", description="address that the HTTP ingest listens on")
    alerts_metrics_port: int = Field(
        9470, ge=0, le=65535, description="port of the alerts' /metrics, /live and /ready; 0: none"
    )
    http_port: int = Field(8090, ge=1, le=65535, description="port of the HTTP ingest")
    http_tokens: _File = Field(
        None, description="who may post: names, hashes of tokens, sources; default KPI_HOME/http-tokens.toml"
    )
    http_rate: int = Field(
        1_000, ge=1, le=100_000, description="events a second that a token may post, where it has no own rate"
    )
    http_certificate: _File = Field(None, description="certificate (PEM) of the HTTP ingest; empty: no TLS")
    http_key: _File = Field(None, description="private key (PEM) of that certificate")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severity logged"
    )
    log_format: Literal["console", "json"] = Field("json", description="how log lines look")
    seed: int = Field(2026, ge=0, description="seed of the simulated world")
    batch_records: int = Field(
        10_000, ge=1, le=20_000, description="most records that a worker takes in one batch"
    )
    watchdog: int = Field(
        300,
        ge=0,
        description="seconds without progress, though records wait, after which a worker ends; 0: never",
    )
    dlq_breaker: Literal["on", "off"] = Field(
        "on", description="pause a partition whose last 1,000 records are nearly all bad"
    )

    subscribers: Path | None = Field(
        None, description="who is told of alerts, beside kpi subscribers; default deploy/subscribers.toml"
    )
    alert_rules: Path | None = Field(None, description="the alerts' rules; default deploy/alerts.toml")
    alert_hosts: str = Field(
        "127.0.0.1", description="hosts that a subscriber's address may name, with commas between"
    )

    alerts_token: SecretStr = Field(
        SecretStr(""),
        description="who knows it may acknowledge and silence alerts on the wall; empty: nobody",
    )
    alerts_token_file: _File = Field(
        None, description="a file with that token, in its place; it should be readable to the wall alone"
    )

    @field_validator("watchdog")
    @classmethod
    def _outlasts_an_answer(cls, value: int, info: ValidationInfo) -> int:
        if 0 < value <= info.data.get("clickhouse_timeout", 0):
            raise ValueError("must be longer than KPI_CLICKHOUSE_TIMEOUT, or 0")
        return value

    @property
    def writer_secret_file(self) -> Path:
        """Where the local engine keeps the writer's secret (made at first start)."""
        return self.home / "clickhouse" / "writer.secret"

    def writer_credentials(self) -> tuple[str, str]:
        """Give user and password of the writer; the local engine's where none are set."""
        if self.clickhouse_user:
            return self.clickhouse_user, self.clickhouse_password.get_secret_value()
        secret = self.clickhouse_password.get_secret_value()
        if not secret and self.writer_secret_file.is_file():
            secret = self.writer_secret_file.read_text().strip()
        return "kpi_writer", secret

    @property
    def http_tokens_file(self) -> Path:
        """Where the tokens of the HTTP ingest are."""
        return self.http_tokens or self.home / "http-tokens.toml"

    def topic(self, name: str) -> str:
        """Give the name of a catalogue topic on this Kafka."""
        return self.topic_prefix + name

    @property
    def worker_group(self) -> str:
        """The consumer group of the workers: those of other topics are none of ours."""
        return self.topic_prefix + _WORKER_GROUP

    @property
    def alerts_group(self) -> str:
        """The consumer group of those who could evaluate the alerts; its one owner does."""
        return self.topic_prefix + _ALERTS_GROUP


def load_settings(**overrides: object) -> Settings:
    """Read the settings; options given by the caller win over the environment.

    Where `KPI_SECRETS_DIR` names a folder, a file there such as `kpi_kafka_password` holds a setting's value.

    Raises:
        UsageError: a value is not one that the setting takes, or the folder does not exist.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    folder = os.environ.get(SECRETS_DIR) or None
    if folder and not Path(folder).is_dir():
        raise UsageError(f"{SECRETS_DIR}: {folder} is no folder")
    try:
        return Settings(_secrets_dir=folder, **given)  # type: ignore[arg-type] # pydantic checks the values
    except ValidationError as error:
        lines = (f"KPI_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise UsageError("\n".join(lines)) from None
