"""ClickHouse's errors as its HTTP interface shows them: a code, a text, an HTTP status."""

import re
from typing import Final

READONLY: Final = 164
SYNTAX_ERROR: Final = 62
NOT_IMPLEMENTED: Final = 48
BAD_ARGUMENTS: Final = 36
QUERY_IS_TOO_LARGE: Final = 229
NOT_ENOUGH_SPACE: Final = 243
UNKNOWN_COMPRESSION_METHOD: Final = 89
CANNOT_DECOMPRESS: Final = 271
TOO_MANY_SIMULTANEOUS_QUERIES: Final = 202
QUERY_WAS_CANCELLED: Final = 394
UNKNOWN_EXCEPTION: Final = 1002
ACCESS_DENIED: Final = 497
AUTHENTICATION_FAILED: Final = 516

NAMES: Final = {
    READONLY: "READONLY",
    SYNTAX_ERROR: "SYNTAX_ERROR",
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    BAD_ARGUMENTS: "BAD_ARGUMENTS",
    QUERY_IS_TOO_LARGE: "QUERY_IS_TOO_LARGE",
    NOT_ENOUGH_SPACE: "NOT_ENOUGH_SPACE",
    UNKNOWN_COMPRESSION_METHOD: "UNKNOWN_COMPRESSION_METHOD",
    CANNOT_DECOMPRESS: "CANNOT_DECOMPRESS",
    TOO_MANY_SIMULTANEOUS_QUERIES: "TOO_MANY_SIMULTANEOUS_QUERIES",
    QUERY_WAS_CANCELLED: "QUERY_WAS_CANCELLED",
    UNKNOWN_EXCEPTION: "UNKNOWN_EXCEPTION",
    ACCESS_DENIED: "ACCESS_DENIED",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
}

# The server's own table of codes and statuses; every other code is a 500.
_STATUS_OF_CODES: Final = {
    400: (6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441),
    401: (194,),
    403: (192, 193, 497, 512, 516),
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511),
    408: (159,),
    411: (381,),
    413: (229,),
    415: (779,),
    501: (48,),
    503: (76, 209, 439),
}
_STATUS: Final = {code: status for status, codes in _STATUS_OF_CODES.items() for code in codes}

_CODE: Final = re.compile(r"Code: (\d+)\. DB::")
_WRAPPED: Final = re.compile(r"^(?:Code: \d+\. DB::\w+: )+(?=Code: \d+\. DB::)")
_VERSION: Final = re.compile(r"\(version [^()]*\)")


class EngineError(Exception):
    """A refused or failed query: `code` is ClickHouse's, `text` what the client reads."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def status(self) -> int:
        """Give the HTTP status that ClickHouse answers this code with."""
        return _STATUS.get(self.code, 500)

    def with_version(self, version: str) -> str:
        """Give the text as a server sends it: it ends with the server's version."""
        return self.text if _VERSION.search(self.text) else f"{self.text} (version {version})"


def refuse(code: int, message: str) -> EngineError:
    """Make an error of our own in ClickHouse's form."""
    return EngineError(code, f"Code: {code}. DB::Exception: {message} ({NAMES[code]})")


def from_engine(message: str) -> EngineError:
    """Read an error that chDB raised: find its code, take off what chDB wrapped around it."""
    found = _CODE.search(message)
    if found is None:
        return refuse(UNKNOWN_EXCEPTION, message)
    return EngineError(int(found[1]), _unwrap(message[found.start() :].strip()))


def _unwrap(text: str) -> str:
    inner = _WRAPPED.sub("", text)
    if inner == text:
        return text
    end = _VERSION.search(inner)
    return inner[: end.end()] if end else inner
