"""What a message says by the words of JSON, beside what the worker took from it."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from streams.core.decode import Accepted


class AmbiguousError(Exception):
    """A message names a field twice, so that readers differ on what it says."""


_READERS = (UUID, datetime.fromisoformat)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise AmbiguousError(pairs)
    return content


def says_the_same(item: Accepted) -> bool:
    """Tell whether a plain JSON reader finds every field as the worker decoded it.

    Raises:
        AmbiguousError: a field is there twice.
    """
    content = json.loads(item.record.value or b"", object_pairs_hook=_once)
    return _same(content, item.event.model_dump(mode="json", exclude_unset=True))


def _same(said: Any, taken: Any) -> bool:
    if isinstance(taken, dict):
        return isinstance(said, dict) and all(
            name in said and _same(said[name], taken[name]) for name in taken
        )
    if isinstance(taken, list):
        return isinstance(said, list) and len(said) == len(taken) and all(map(_same, said, taken))
    if isinstance(taken, str) and said != taken:
        return isinstance(said, str) and any(
            _reads_as(read, said, taken) for read in (UUID, datetime.fromisoformat)
        )
    return type(said) is type(taken) and said == taken


def _reads_as(read: Any, said: str, taken: str) -> bool:
    try:
        return bool(read(said) == read(taken))
    except ValueError:
        return False
