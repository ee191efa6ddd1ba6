"""Who is subscribed: the operators' file, and what `kpi subscribers` keeps in the home folder.

Both are read anew each time, so that a change is in force at once. The second holds addresses and is readable
to its owner alone.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.alerts.names import Names
from streams.core.alerts.subscriptions import Subscription, in_force
from streams.errors import UsageError
from streams.logs import get_logger
from streams.registry import load_registry
from streams.resources import resource
from streams.settings import Settings

_log = get_logger("alerts")


class _Kept(BaseModel):
    """What the commands keep."""

    model_config = ConfigDict(extra="forbid")

    subscribers: list[dict[str, Any]] = []
    #: name -> until when
    muted: dict[str, datetime] = Field(default_factory=dict)


class Subscribers:
    """All subscriptions.

    Args:
        settings: where the home folder is.
        shared: the operators' file; default `deploy/subscribers.toml`.
    """

    def __init__(self, settings: Settings, shared: Path | None = None) -> None:
        self._file = settings.home / "subscribers.json"
        self._shared = shared or settings.subscribers or resource("deploy/subscribers.toml")
        self._registry = settings.registry
        self._last: tuple[list[Subscription], dict[str, datetime]] | None = None

    def all(self) -> list[Subscription]:
        """Read both files.

        Raises:
            UsageError: one of them does not hold; the text says where.
        """
        entries = [(self._shared.name, entry) for entry in self._read_shared()]
        entries += [(self._file.name, entry) for entry in self._kept().subscribers]
        known = Names(load_registry(self._registry))
        found = [_subscription(origin, entry, known) for origin, entry in entries]
        names = [one.name for one in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"two subscribers have the name {twice[0]!r}: remove one of them")
        return found

    def hearing(self, now: datetime) -> dict[str, Subscription]:
        """Give those who are not muted at a moment, by name.

        Of a file that somebody is amid writing what it said before goes on, and the log says so.

        Raises:
            UsageError: one of the files does not hold, and never did.
        """
        try:
            self._last = self.all(), self._kept().muted
        except UsageError as error:
            if self._last is None:
                raise
            _log.error("subscribers_unreadable", error=str(error))
        subscriptions, muted = self._last
        return {one.name: one for one in in_force(subscriptions, _still(muted, now))}

    def muted(self, now: datetime) -> dict[str, datetime]:
        """Give who is muted, and until when."""
        return _still(self._kept().muted, now)

    def add(self, fields: Mapping[str, Any]) -> Subscription:
        """Keep another subscriber.

        Raises:
            UsageError: a field is wrong, or the name is taken.
        """
        one = _subscription("kpi subscribers add", fields, Names(load_registry(self._registry)))
        if any(known.name == one.name for known in self.all()):
            raise UsageError(f"there is a subscriber {one.name!r} already; kpi subscribers remove {one.name}")
        kept = self._kept()
        kept.subscribers.append(dict(fields))
        self._keep(kept)
        return one

    def remove(self, name: str) -> None:
        """Forget a subscriber of the home folder.

        Raises:
            UsageError: there is none, or it stands in the operators' file.
        """
        kept = self._kept()
        # One that does not hold any more, for want of its place, goes like any other.
        left = [entry for entry in kept.subscribers if entry["name"] != name]
        if len(left) == len(kept.subscribers):
            self.find(name)
            raise UsageError(f"{name!r} stands in {self._shared}; take it out there")
        kept.muted.pop(name, None)
        self._keep(kept.model_copy(update={"subscribers": left}))

    def mute(self, name: str, until: datetime) -> None:
        """Send a subscriber nothing until a time.

        Raises:
            UsageError: there is none of that name.
        """
        self.find(name)
        kept = self._kept()
        kept.muted[name] = until
        self._keep(kept)

    def find(self, name: str) -> Subscription:
        """Give a subscriber.

        Raises:
            UsageError: there is none of that name; the text lists those that there are.
        """
        known = {one.name: one for one in self.all()}
        if name not in known:
            there = ", ".join(known) or "nobody; kpi subscribers add NAME --url URL"
            raise UsageError(f"there is no subscriber {name!r}; there is {there}")
        return known[name]

    def _read_shared(self) -> list[dict[str, Any]]:
        try:
            read = tomllib.loads(self._shared.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{self._shared}: {error}") from None
        entries = read.get("subscribers", [])
        if set(read) - {"subscribers"} or not isinstance(entries, list):
            raise UsageError(f"{self._shared}: must hold [[subscribers]] and nothing else")
        return entries

    def _kept(self) -> _Kept:
        try:
            return _Kept.model_validate_json(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return _Kept()
        except (OSError, ValidationError) as error:
            raise UsageError(f"{self._file}: {error}") from None

    def _keep(self, kept: _Kept) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(kept.model_dump_json(indent=1))
        fresh.rename(self._file)


def _still(muted: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    return {name: until for name, until in muted.items() if until > now}


def _subscription(origin: str, entry: Mapping[str, Any], known: Names) -> Subscription:
    try:
        one = Subscription.model_validate(entry)
    except ValidationError as error:
        # Values stay out of it: one of them is an address.
        lines = (
            f"{entry.get('name', '?')}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
        )
        raise UsageError("\n".join(f"{origin}: {line}" for line in lines)) from None
    unknown = [scope for scope in one.scopes if not known.knows(scope)]
    if unknown:
        raise UsageError(f"{origin}: {one.name}: there is no place {unknown[0]!r} in the registry")
    return one
