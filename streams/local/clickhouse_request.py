"""An HTTP request to ClickHouse, read: who asks, the statement with its data, settings and parameters."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from streams.local.clickhouse_codec import BODY_LIMIT, UNPACKED_LIMIT, unpack
from streams.local.clickhouse_errors import BAD_ARGUMENTS, NOT_IMPLEMENTED, QUERY_IS_TOO_LARGE, refuse
from streams.local.clickhouse_job import Job
from streams.local.clickhouse_roles import Role, credentials, role_of

_PARAMETER: Final = "param_"
# Named by clients and meant for the transport: none of them changes an answer here.
_TRANSPORT: Final = frozenset(
    """
    query database default_format user password query_id quota_key role wait_end_of_query buffer_size
    session_id session_timeout session_check close_session client_protocol_version compress decompress
    enable_http_compression http_zlib_compression_level add_http_cors_header
    send_progress_in_http_headers http_headers_progress_interval_ms http_write_exception_in_output_format
    cancel_http_readonly_queries_on_client_close
    """.split()  # noqa: SIM905 - names read better without quotes
)
# As sent and unpacked. Readers need no secret, and a longer text can keep the parser busy for minutes: they
# get ClickHouse's own `max_query_size`.
_LIMITS: Final = {Role.WRITER: (BODY_LIMIT, UNPACKED_LIMIT), Role.READER: (256 << 10, 256 << 10)}
# Bodies above this are unpacked beside the event loop.
_SMALL: Final = 1 << 16
_LONGEST_REVISION: Final = 9


@dataclass(frozen=True, slots=True)
class Request:
    """A query and how its answer shall travel."""

    job: Job
    query_id: str
    session: str
    revision: int
    accepts: str


async def read_request(request: web.Request, secret: str) -> Request:
    """Read a request; who asks is settled before a byte of the body is read.

    Raises:
        EngineError: wrong credentials, a broken body, or something that this front does not speak.
    """
    params = dict(request.query)
    _check_text(request.headers.values())
    role = role_of(credentials(request.headers, params), secret)
    if params.get("compress") == "1" or params.get("decompress") == "1":
        raise refuse(NOT_IMPLEMENTED, "Blocks compressed ClickHouse's own way: use Content-Encoding instead.")
    body, fields = await _body(request, *_LIMITS[role])
    _check_text((*fields, *fields.values()))
    params |= fields
    job = Job(
        statement=_statement(params.get("query", ""), body),
        role=role,
        readonly=request.method != "POST",
        format=_named(request.headers, params, "X-ClickHouse-Format", "default_format") or "TabSeparated",
        database=_named(request.headers, params, "X-ClickHouse-Database", "database"),
        settings={k: v for k, v in params.items() if k not in _TRANSPORT and not k.startswith(_PARAMETER)},
        parameters={k.removeprefix(_PARAMETER): v for k, v in params.items() if k.startswith(_PARAMETER)},
    )
    return Request(
        job=job,
        query_id=params.get("query_id") or job.token,
        session=params.get("session_id", ""),
        revision=_revision(params.get("client_protocol_version", "")),
        accepts=_accepts(request.headers, params),
    )


def _accepts(headers: Mapping[str, str], params: Mapping[str, str]) -> str:
    return "" if params.get("enable_http_compression") == "0" else headers.get("Accept-Encoding", "")


def _named(headers: Mapping[str, str], params: Mapping[str, str], header: str, param: str) -> str:
    return params.get(param) or headers.get(header, "")


def _check_text(values: Iterable[str]) -> None:
    """Refuse what is no UTF-8: of a header such bytes arrive as surrogates, which nothing can write again."""
    try:
        for value in values:
            value.encode()
    except UnicodeEncodeError:
        raise refuse(BAD_ARGUMENTS, "A header or field of the request is not UTF-8.") from None


def _revision(text: str) -> int:
    if not text.isdecimal():
        return 0
    if len(text) > _LONGEST_REVISION:
        raise refuse(BAD_ARGUMENTS, "client_protocol_version: there is no such revision.")
    return int(text)


def _statement(query: str, body: bytes) -> bytes:
    text = query.encode()
    return text + b"\n" + body if text and body else text or body


async def _body(request: web.Request, limit: int, unpacked: int) -> tuple[bytes, dict[str, str]]:
    """Read the body: statement or data, or the fields of a form that holds them."""
    if request.content_type == "multipart/form-data":
        return b"", await _form(request, limit)
    sent = bytearray()
    async for chunk in request.content.iter_any():
        sent += chunk
        if len(sent) > limit:
            raise refuse(QUERY_IS_TOO_LARGE, f"The body is larger than {limit} bytes.")
    encoding = request.headers.get("Content-Encoding", "")
    if len(sent) < _SMALL or not encoding:
        return unpack(bytes(sent), encoding, unpacked), {}
    return await asyncio.to_thread(unpack, bytes(sent), encoding, unpacked), {}


async def _form(request: web.Request, limit: int) -> dict[str, str]:
    try:
        form = await request.clone(client_max_size=limit).post()
    except web.HTTPRequestEntityTooLarge:
        raise refuse(QUERY_IS_TOO_LARGE, f"The form is larger than {limit} bytes.") from None
    except (HttpProcessingError, ValueError, LookupError, RuntimeError) as error:
        # What aiohttp's reader of forms raises for broken ones.
        raise refuse(BAD_ARGUMENTS, f"The form cannot be read: {error}") from None
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if len(fields) < len(form):
        raise refuse(NOT_IMPLEMENTED, "External data: put it into a table instead.")
    return fields
