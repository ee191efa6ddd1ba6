"""What is asked: a view, a moment and columns, checked against what there is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final

from streams.core.definitions.behind import BEHIND, UNOPENED, Behind
from streams.errors import UsageError

# What is said of a declaration is said whenever; the other windows end now.
_NOW: Final = ("waiting", "last_hour", "today", "state", "standing", "declaration", "newest")
VIEWS: Final = tuple(dict.fromkeys(behind.view for behind in BEHIND))


@dataclass(frozen=True)
class Request:
    """A number to open: the row (or the sum of the rows) of a view at a moment; without a moment, now.

    `limit` events are listed; of a window with more than `most_events` only the newest days are read.
    """

    view: str
    at: datetime | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    limit: int = 50
    most_events: int = 50_000


def behind_of(request: Request) -> list[Behind]:
    """Give what is behind the rows that are asked for.

    Raises:
        UsageError: there is no such view or column, nothing is behind it, or it is not of the past.
    """
    found = [behind for behind in BEHIND if behind.view == request.view]
    if not found:
        raise UsageError(_no_view(request.view))
    _check_columns(request, found[0])
    return [behind for behind in found if _fits(behind, request.where)]


def moment_of(request: Request, behind: Behind, now: datetime) -> datetime:
    """Give the moment that is asked about.

    Raises:
        UsageError: the view shows only what is now, or the moment has not come.
    """
    at = (request.at or now).astimezone(UTC)
    if at > now:
        raise UsageError(f"--at: {at:%Y-%m-%d %H:%M} UTC has not come yet")
    if request.at and behind.window in _NOW:
        raise UsageError(f"{behind.view} shows how it is now, nothing of the past; leave --at out")
    return at


def _no_view(view: str) -> str:
    if view in UNOPENED:
        return f"{view} {UNOPENED[view]}"
    return f"there is no view {view!r}; {_hint(view, VIEWS)}"


def _check_columns(request: Request, behind: Behind) -> None:
    for column in request.where:
        if column not in behind.columns:
            hint = _hint(column, behind.columns)
            raise UsageError(f"--where: {request.view} is not chosen by {column!r}; {hint}")
    if behind.window == "declaration" and not request.where:
        raise UsageError(f"{request.view} has a row for each declaration: --where declaration_no=...")


def _hint(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, known := list(known), n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(known)}"


def _fits(behind: Behind, where: Mapping[str, str]) -> bool:
    return all(where.get(column, values[0]) in values for column, values in behind.when.items())
