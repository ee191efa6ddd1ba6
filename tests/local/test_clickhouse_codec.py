"""Bodies are unpacked to their last frame, or refused."""

import gzip
import zlib
from collections.abc import Callable

import lz4.frame
import pytest
import zstandard

from streams.local.clickhouse_codec import choose, pack, unpack
from streams.local.clickhouse_errors import CANNOT_DECOMPRESS, QUERY_IS_TOO_LARGE, EngineError

_PACK: dict[str, Callable[[bytes], bytes]] = {
    "lz4": lz4.frame.compress,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "deflate": zlib.compress,
}
_PARTS = [b"a" * 70_000, b"", bytes(range(256)) * 40, b"z"]


@pytest.mark.parametrize("method", _PACK)
def test_every_frame_is_read(method: str) -> None:
    """A body of several frames or members gives all that they hold."""
    body = b"".join(_PACK[method](part) for part in _PARTS)

    assert b"".join(_PARTS) == unpack(body, method)


@pytest.mark.parametrize("method", _PACK)
@pytest.mark.parametrize("tail", [b"x", b"INTERNAL EXCEPTION WHILE SERIALIZING"])
def test_what_follows_the_last_frame_is_refused(method: str, tail: bytes) -> None:
    """Bytes that belong to no frame fail the body."""
    with pytest.raises(EngineError) as raised:
        unpack(_PACK[method](b"rows") + tail, method)

    assert raised.value.code == CANNOT_DECOMPRESS


@pytest.mark.parametrize("method", _PACK)
def test_a_body_that_ends_within_a_frame_is_refused(method: str) -> None:
    """A cut body is an error, never fewer rows."""
    body = _PACK[method](_PARTS[0]) + _PACK[method](bytes(range(256)) * 9)

    with pytest.raises(EngineError) as raised:
        unpack(body[:-3], method)

    assert raised.value.code == CANNOT_DECOMPRESS


@pytest.mark.parametrize("method", _PACK)
def test_a_bomb_stops_at_the_limit(method: str) -> None:
    """A small body that unpacks to too much is refused."""
    with pytest.raises(EngineError) as raised:
        unpack(_PACK[method](bytes(3_000_000)), method, limit=1_000_000)

    assert raised.value.code == QUERY_IS_TOO_LARGE


def test_an_unknown_method_is_refused() -> None:
    """A body in a method that nobody here speaks is an error and not taken as it is."""
    with pytest.raises(EngineError, match="Unknown compression method"):
        unpack(b"rows", "snappy")


@pytest.mark.parametrize(
    ("accepted", "method"),
    [
        ("lz4,zstd,br,gzip,deflate", "lz4"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip", "gzip"),
        ("lz4;q=0, gzip;q=0.5", "gzip"),
        ("br", ""),
        ("", ""),
    ],
)
def test_the_reply_uses_what_the_client_takes(accepted: str, method: str) -> None:
    """Of the methods that a client takes the cheapest is chosen, and none that it refuses."""
    assert method == choose(accepted)


@pytest.mark.parametrize("method", ["lz4", "zstd", "gzip"])
def test_a_packed_reply_unpacks_to_itself(method: str) -> None:
    """A long reply is packed and names its method; a short one goes as it is."""
    body, encoding = pack(b"row" * 1000, method)

    assert method == encoding
    assert b"row" * 1000 == unpack(body, encoding)
    assert (b"row", "") == pack(b"row", method)
