"""Who may do what: the writer proves itself with a secret, everybody else may only read."""

import hmac
import os
import secrets
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from streams.local.clickhouse_errors import AUTHENTICATION_FAILED, refuse

WRITER: Final = "kpi_writer"
_READERS: Final = frozenset({"", "default", "reader"})


class Role(Enum):
    """The two kinds of callers."""

    READER = "reader"
    WRITER = "writer"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says about who sends it."""

    user: str = ""
    password: str = ""


def credentials(headers: Mapping[str, str], params: Mapping[str, str]) -> Credentials:
    """Read the caller from X-ClickHouse-User and -Key, HTTP basic, or the URL, in this order."""
    if "X-ClickHouse-User" in headers:
        return Credentials(headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key", ""))
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _basic(value)
    return Credentials(params.get("user", ""), params.get("password", ""))


def _basic(value: str) -> Credentials:
    try:
        user, _, password = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        raise refuse(AUTHENTICATION_FAILED, "Invalid HTTP basic credentials") from None
    return Credentials(user, password)


def role_of(caller: Credentials, secret: str) -> Role:
    """Tell the caller's role.

    Raises:
        EngineError: no such user, or not its password.
    """
    if caller.user in _READERS and not caller.password:
        return Role.READER
    # Compared for every name, so that the time taken says nothing about either.
    right = hmac.compare_digest(caller.password.encode(), secret.encode())
    if right and caller.user == WRITER:
        return Role.WRITER
    raise refuse(
        AUTHENTICATION_FAILED,
        f"{caller.user[:40]}: Authentication failed: password is incorrect, or there is no such user",
    )


def writer_secret(path: Path) -> str:
    """Read the writer's secret; make it, readable to its owner alone, where there is none."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        fresh.rename(path)
    path.chmod(0o600)
    return path.read_text().strip()
