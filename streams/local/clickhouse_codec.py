"""Compression of request and response bodies: every frame is read, and nothing may follow the last one."""

import gzip
import zlib
from collections.abc import Callable
from typing import Final, Protocol

import lz4.frame
import zstandard

from streams.local.clickhouse_errors import (
    CANNOT_DECOMPRESS,
    QUERY_IS_TOO_LARGE,
    UNKNOWN_COMPRESSION_METHOD,
    refuse,
)

_MIB: Final = 1 << 20
# What one request may bring as sent, and what it may become: both lie in memory beside the engine.
BODY_LIMIT: Final = 64 * _MIB
UNPACKED_LIMIT: Final = 256 * _MIB
# Four bytes of zstd can stand for 128 KiB: in steps so small a bomb is noticed soon after the limit.
_STEPS: Final = 1 << 16
_SHORTEST_STEP: Final = 64
# Below this a loopback reply gains nothing by being packed.
_WORTH_PACKING: Final = 1400
# In the order in which a client that takes several gets them: cheapest for two shared cores first.
_PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "lz4": lz4.frame.compress,
    "zstd": lambda data: zstandard.ZstdCompressor(level=1).compress(data),
    "gzip": lambda data: gzip.compress(data, compresslevel=1, mtime=0),
}


class _Decompressor(Protocol):
    """What lz4, zlib and zstandard have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


_UNPACKERS: Final[dict[str, Callable[[], _Decompressor]]] = {
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "x-gzip": lambda: zlib.decompressobj(wbits=31),
    "deflate": zlib.decompressobj,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}


def unpack(data: bytes, encoding: str, limit: int = UNPACKED_LIMIT) -> bytes:
    """Undo a body's `Content-Encoding`: all frames or members of it, however many.

    Raises:
        EngineError: an unknown method, a damaged or cut body, bytes after the last frame, or too much.
    """
    method = encoding.strip().lower()
    if method in ("", "identity"):
        return data
    if method not in _UNPACKERS:
        raise refuse(UNKNOWN_COMPRESSION_METHOD, f"Unknown compression method: {method[:20]}")
    try:
        return _all_frames(memoryview(data), _UNPACKERS[method], limit)
    except (RuntimeError, zlib.error, zstandard.ZstdError, ValueError) as error:
        raise refuse(CANNOT_DECOMPRESS, f"Cannot decompress the {method} body: {error}") from error


def _all_frames(data: memoryview, make: Callable[[], _Decompressor], limit: int) -> bytes:
    unpacked = bytearray()
    frame: _Decompressor | None = None
    step = max(limit // _STEPS, _SHORTEST_STEP)
    for start in range(0, len(data), step):
        rest = bytes(data[start : start + step])
        while rest:
            frame = frame if frame is not None and not frame.eof else make()
            unpacked += frame.decompress(rest)
            rest = frame.unused_data or b"" if frame.eof else b""
            if len(unpacked) > limit:
                raise refuse(QUERY_IS_TOO_LARGE, f"The body unpacks to more than {limit} bytes")
    if frame is None or not frame.eof:
        raise refuse(CANNOT_DECOMPRESS, "The body ends within a frame")
    return bytes(unpacked)


def choose(accepted: str) -> str:
    """Give the method for a reply from `Accept-Encoding`; empty: as it is."""
    wanted = {_method(part) for part in accepted.lower().split(",")}
    return next((method for method in _PACKERS if method in wanted or "*" in wanted), "")


def _method(part: str) -> str:
    name, _, weight = part.partition(";")
    refused = weight.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return "" if refused else name.strip()


def pack(data: bytes, method: str) -> tuple[bytes, str]:
    """Pack a reply; give it with its `Content-Encoding`, empty where it goes as it is."""
    if not method or len(data) < _WORTH_PACKING:
        return data, ""
    return _PACKERS[method](data), method
