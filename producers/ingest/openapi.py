"""The OpenAPI document of the ingest: what FastAPI makes of its addresses, with the contract's events."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from producers.ingest.answers import PROBLEM, STATUSES, Problem
from producers.ingest.requests import BATCH, BINARY, MAX_BATCH, STRUCTURED
from streams.events import json_schemas

_COMPONENTS: Final = "#/components/schemas/"
_RETRIED: Final = (408, 429, 503)
_DESCRIPTION: Final = f"""\
Gate systems and plants post their events here as CloudEvents 1.0: one in structured mode (`{STRUCTURED}`),
one in binary mode (`{BINARY}` with `ce-` headers; `ce-simulated` and `ce-backfill` are `true` or `false`), or
up to {MAX_BATCH} in a batch (`{BATCH}`), each with `Authorization: Bearer TOKEN`.

**202 means that Kafka has acknowledged every event of the request.** At any other answer look at `errors`:
the events named there were refused, and will be again until they are mended. With status 408, 429 or 503, and
without any answer, send the same request again, after `Retry-After` seconds.

**Sending an event again is harmless**, as often as you like: its `id` is given where it is born, and of
several events with one id the first one counts, whatever else differs.

A token speaks for its own sources alone. Plates, names and tax numbers never leave a site as they are: an
event that holds one is refused. A vehicle is its `vehicle_hash`, a keyed hash.
"""


def responses() -> dict[int | str, dict[str, Any]]:
    """Give the answers other than 202."""
    schema = {"$ref": f"{_COMPONENTS}Problem"}
    found: dict[int | str, dict[str, Any]] = {}
    for status, text in STATUSES.items():
        found[status] = {"description": text, "content": {PROBLEM: {"schema": schema}}}
        if status in _RETRIED:
            seconds = {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
            found[status]["headers"] = {"Retry-After": seconds}
    return found


def request_body() -> dict[str, Any]:
    """Give the three forms of a request."""
    event = {"$ref": f"{_COMPONENTS}Event"}
    batch = {"type": "array", "items": event, "minItems": 1, "maxItems": MAX_BATCH}
    data = {"description": "binary mode: the event's data; its attributes are the ce- headers"}
    forms = {STRUCTURED: event, BATCH: batch, BINARY: data}
    return {"required": True, "content": {kind: {"schema": schema} for kind, schema in forms.items()}}


def document_of(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Give what makes the document of an application."""

    @cache
    def document() -> dict[str, Any]:
        made: dict[str, Any] = get_openapi(
            title="Events of gates and plants",
            version=app.version,
            description=_DESCRIPTION,
            routes=app.routes,
        )
        made["components"]["schemas"] |= _event_schemas() | _problem_schemas()
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        return made

    return document


def _event_schemas() -> dict[str, Any]:
    """Give the schemas of the events and of what lies in them."""
    components: dict[str, Any] = {}
    tops = {}
    for kind, schema in json_schemas().items():
        tops[kind] = schema["$ref"].replace("#/$defs/", _COMPONENTS)
        components |= _moved(schema["$defs"])
        # The models have it as a default, for those who build events; those who send them must say it.
        components[tops[kind].removeprefix(_COMPONENTS)]["required"].append("type")
    one_of = [{"$ref": ref} for ref in tops.values()]
    return components | {
        "Event": {"oneOf": one_of, "discriminator": {"propertyName": "type", "mapping": tops}}
    }


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template=_COMPONENTS + "{model}")
    return {**schema.pop("$defs"), Problem.__name__: schema}


def _moved(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Let references point to where the schemas are in this document."""
    if isinstance(schema, dict):
        return {
            name: value.replace("#/$defs/", _COMPONENTS) if name == "$ref" else _moved(value)
            for name, value in schema.items()
        }
    return [_moved(item) for item in schema] if isinstance(schema, list) else schema
