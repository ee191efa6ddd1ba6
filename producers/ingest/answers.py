"""What the ingest answers, and the words for each status."""

from collections.abc import Sequence
from typing import Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from producers.ingest.judge import Refused

PROBLEM: Final = "application/problem+json"
STATUSES: Final = {
    400: "The body holds no events that can be told apart.",
    401: "There is no token, or none that is known.",
    403: "The event is not one that this token may send.",
    408: "The body did not come in time.",
    413: "The body, an event or the batch is too large.",
    415: "The content type is none of the three.",
    422: "Events are refused; `accepted` others of the batch are with Kafka.",
    429: "The token sends too fast.",
    503: "Kafka does not acknowledge for now, or too much is under way; some events may arrive nevertheless.",
}
UNAUTHORIZED: Final = 401
TIMEOUT: Final = 408
# After how many seconds the same request makes sense again; for 429 the token's rate says it.
_RETRY_AFTER_S: Final = {TIMEOUT: 1, 503: 5}


class Acknowledged(BaseModel):
    """All events are with Kafka."""

    accepted: int = Field(description="how many events Kafka has acknowledged")


class ItemError(BaseModel):
    """An event that was refused, and why."""

    index: int = Field(description="its place in the batch, from 0")
    id: str | None = Field(description="its id, if it has one that is a UUID")
    reason: str = Field(
        description="as dead letters have it (`not_json`, `not_cloudevent`, `unknown_type`, `unknown_entity`,"
        " `invalid`, `too_large`, `future_time`), or `not_permitted`, `personal_data`"
    )
    detail: str = Field(description="what is wrong, field by field, in words")


class Problem(BaseModel):
    """Not everything of a request is with Kafka (RFC 9457)."""

    title: str = Field(description="what is wrong, in words")
    status: int = Field(description="the HTTP status")
    reason: str = Field(description="what is wrong, for programs")
    accepted: int = Field(description="how many events of the request Kafka has acknowledged nevertheless")
    errors: list[ItemError] = Field(description="the events that were refused")


def problem(
    status: int, reason: str, title: str, *, refused: Sequence[Refused] = (), accepted: int = 0
) -> JSONResponse:
    """Make an answer for a request of which not everything is with Kafka."""
    errors = [ItemError(index=e.place, id=e.id, reason=e.reason, detail=e.detail) for e in refused]
    content = Problem(title=title, status=status, reason=reason, accepted=accepted, errors=errors)
    answer = JSONResponse(content.model_dump(), status, media_type=PROBLEM)
    if status in _RETRY_AFTER_S:
        answer.headers["Retry-After"] = str(_RETRY_AFTER_S[status])
    if status == UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="kpi"'
    return answer
