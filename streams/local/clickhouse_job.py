"""A query and its answer, as the HTTP front and the engine hand them to each other."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from streams.local.clickhouse_roles import Role


@dataclass(slots=True)
class Job:
    """One query with all that decides its answer; `token` is how it is found to be cancelled."""

    statement: bytes
    role: Role
    readonly: bool = False
    format: str = "TabSeparated"
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    session: tuple[bytes, ...] = ()
    token: str = field(default_factory=lambda: uuid4().hex)
    cancelled: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Result:
    """An answer, and what the query read and wrote."""

    body: bytes = b""
    format: str = "TabSeparated"
    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    written_rows: int = 0
    written_bytes: int = 0
