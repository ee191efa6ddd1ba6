"""The few Native blocks that the engine does not write itself.

clickhouse-go (Grafana's plugin) decodes its first reply at the revision that it asked for, and every later
one at the revision that this reply names. chDB writes revision 0 while it reports a high one, so the first
reply is made here, and names 0.
"""

from collections.abc import Iterable
from typing import Final

# From this revision on a block carries one byte after each column's type.
_CUSTOM_SERIALIZATION: Final = 54454
_HELLO: Final = "selectdisplayname(),version(),revision(),timezone()"
_BLOCK_INFO: Final = bytes.fromhex("010002ffffffff00")


def is_hello(statement: bytes, revision: int) -> bool:
    """Tell whether this is clickhouse-go's first question on a connection."""
    if revision < _CUSTOM_SERIALIZATION or len(statement) > len(_HELLO) * 2:
        return False
    text = "".join(statement.decode("utf-8", "replace").lower().split())
    return text.rstrip(";") == _HELLO


def hello(name: str, version: str, timezone: str) -> bytes:
    """Answer it: the engine's names, and revision 0 for all that follows."""
    columns = (
        ("displayName()", "String", _text(name)),
        ("version()", "String", _text(version)),
        ("revision()", "UInt32", (0).to_bytes(4, "little")),
        ("timezone()", "String", _text(timezone)),
    )
    head = _BLOCK_INFO + _number(len(columns)) + _number(1)
    return head + b"".join(_text(title) + _text(kind) + b"\x00" + value for title, kind, value in columns)


def header(columns: Iterable[tuple[str, str]]) -> bytes:
    """Give the block of no rows that names a result's columns (chDB sends nothing at all)."""
    described = [_text(title) + _text(kind) for title, kind in columns]
    return _number(len(described)) + _number(0) + b"".join(described)


def _text(value: str) -> bytes:
    data = value.encode()
    return _number(len(data)) + data


def _number(value: int) -> bytes:
    """Write an unsigned LEB128 number."""
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
