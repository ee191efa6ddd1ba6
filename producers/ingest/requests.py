"""What a request carries: one CloudEvent (structured or binary mode) or a batch, as each event's bytes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from pydantic_core import from_json, to_json

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
BINARY: Final = "application/json"
MAX_BATCH: Final = 1_000
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_EMPTY: Final = re.compile(r"[ \t\r\n]*\[[ \t\r\n]*\][ \t\r\n]*")
_PREFIX: Final = "ce-"
# Extensions of the contract that are no strings; headers are.
_WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    name: {"true": True, "false": False} for name in ("simulated", "backfill")
}
_NUMBERS: Final = frozenset({"correctionno"})
# Only where each event ends is of interest: no number is made of its digits, however many.
_SCANNER: Final = json.JSONDecoder(parse_int=str, parse_float=str)


class UnreadableError(Exception):
    """No events can be told apart in a request: which status to answer, the reason and the details."""

    def __init__(self, status: int, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.reason = status, reason


class Posted(NamedTuple):
    """The events of a request, each as the sender wrote it."""

    values: Sequence[bytes]
    is_batch: bool = False


def read_events(headers: Mapping[str, str], body: bytes) -> Posted:
    """Tell the events of a request apart; whether each is right is not looked at here.

    Raises:
        UnreadableError: the content type is none of the three, or the body is not what it says.
    """
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnreadableError(415, "not_cloudevent", "content-encoding: send the body as it is, uncompressed")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters)
    if charset and charset[1] not in ("utf-8", "utf8"):
        raise UnreadableError(415, "not_json", "content-type: the charset must be UTF-8")
    match kind.strip():
        case "application/cloudevents+json":
            return Posted([body])
        case "application/cloudevents-batch+json":
            return Posted(_batch(body), is_batch=True)
        case "application/json" if any(name.startswith(_PREFIX) for name in headers):
            return Posted([_binary(headers, body)])
    raise UnreadableError(
        415, "not_cloudevent", f"content-type: send {STRUCTURED}, {BATCH}, or {BINARY} with ce- headers"
    )


def _batch(body: bytes) -> list[bytes]:
    """Cut an array into its items, byte for byte: they are archived as they came."""
    try:
        values = list(_items(body.decode()))
    except RecursionError:
        raise UnreadableError(400, "not_json", "nested too deeply") from None
    except UnicodeDecodeError:
        raise UnreadableError(400, "not_json", "the body is no UTF-8") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(400, "not_json", f"{error.msg} at character {error.pos}") from None
    if not values:
        raise UnreadableError(400, "not_cloudevent", "the batch holds no event")
    return values


def _items(text: str) -> Iterator[bytes]:
    position = _after_space(text, 0)
    if text[position : position + 1] != "[":
        raise UnreadableError(400, "not_cloudevent", "a batch must be a JSON array of events")
    count, sign = 0, "" if _EMPTY.fullmatch(text) else ","
    while sign == ",":
        count += 1
        if count > MAX_BATCH:
            raise UnreadableError(413, "too_large", f"a batch holds at most {MAX_BATCH} events")
        start = _after_space(text, position + 1)
        _, end = _SCANNER.raw_decode(text, start)
        yield text[start:end].encode()
        position = _after_space(text, end)
        sign = text[position : position + 1]
        if sign not in (",", "]"):
            raise json.JSONDecodeError("Expecting ',' or ']'", text, position)
    if count and _after_space(text, position + 1) != len(text):
        raise json.JSONDecodeError("Extra data", text, position + 1)


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _binary(headers: Mapping[str, str], body: bytes) -> bytes:
    """Put the attributes of the headers and the body into one event, as it travels on Kafka."""
    attributes = {
        name.removeprefix(_PREFIX): _value(name.removeprefix(_PREFIX), text)
        for name, text in headers.items()
        if name.startswith(_PREFIX)
    }
    if "data" in attributes or "datacontenttype" in attributes:
        raise UnreadableError(400, "not_cloudevent", "ce-data and ce-datacontenttype are no attributes")
    try:
        from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableError(400, "not_json", str(error)) from None
    # A whole JSON value cannot end the object that it is put into.
    envelope = to_json(attributes | {"datacontenttype": BINARY})
    return envelope[:-1] + b',"data":' + body.strip() + b"}"


def _value(name: str, text: str) -> object:
    plain = unquote(text, errors="replace").strip('"')
    if name in _NUMBERS and plain.isdecimal() and plain.isascii():
        return int(plain[:20])
    return _WORDS.get(name, {}).get(plain, plain)
