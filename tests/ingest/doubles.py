"""An ingest without Kafka: tokens in a file, events of now, a sender that keeps what it gets."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from producers.ingest.app import Limits, make_app
from producers.ingest.judge import Judge
from producers.ingest.tokens import Tokens, add_token
from producers.publisher import Message, Sender
from streams.commands.contract import contract_of
from streams.events import time_to_text
from streams.registry import load_registry
from tests.events import crossing
from tests.producers.doubles import MemorySender

REGISTRY = load_registry()
JUDGE = Judge(contract_of(REGISTRY), REGISTRY)
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def passing(number: int = 1, **extra: Any) -> dict[str, Any]:
    """Give a crossing of a vehicle at Kim Thành."""
    return crossing(number, extra.pop("visit", f"V-{number}"), extra.pop("point", "arrived"), 0, **extra)


def encoded(*events: dict[str, Any]) -> bytes:
    """Write events as a batch."""
    return json.dumps(list(events)).encode()


def ingest(
    folder: Path, sender: Any = None, limits: Limits | None = None, **fields: Any
) -> tuple[FastAPI, dict[str, str]]:
    """Build an ingest with one token for Kim Thành; give it with the headers that the token goes in."""
    tokens = folder / "tokens.toml"
    secret = add_token(tokens, "kim-thanh", ["/vn/laocai/kim-thanh/*"], fields.get("topics", []))
    kept = sender if sender is not None else MemorySender()
    app = make_app(Tokens(tokens), JUDGE, _Open(kept), limits or Limits(), tls=fields.get("tls", False))
    return app, {"Authorization": f"Bearer {secret}"}


class _Open(nullcontext[Sender]):
    """A connection that is there already."""


class AbsentKafka:
    """A Kafka that never acknowledges."""

    async def publish(self, messages: Iterable[Message]) -> None:
        """Raise, as it does where it cannot be waited for."""
        raise ConnectionError(len(list(messages)))


class SlowKafka:
    """Acknowledges when it is told to, and keeps what came together."""

    def __init__(self) -> None:
        self.gone: list[list[bytes]] = []
        self.may_answer = asyncio.Event()

    async def publish(self, messages: Iterable[Message]) -> None:
        """Wait for permission."""
        self.gone.append([message.value for message in messages])
        await self.may_answer.wait()


def future() -> str:
    """Give a time that nobody can have seen."""
    return time_to_text(datetime(2099, 1, 1, tzinfo=UTC))
