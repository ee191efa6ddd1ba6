"""What is tried again and for how long: a broken dependency is waited for, anything else is a bug."""

from typing import Any, Final

import stamina
import urllib3
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

# Codes that pass, or that an operator mends: time-outs and overload (159, 160, 202, 203, 209, 210, 241, 252,
# 425, 439, 473), a server that stops or loses its peers (198, 225, 236, 279, 285, 319, 394, 999), a disk that
# is read-only or full (242, 243), and what the network made of an exception (1000).
_TRANSIENT_CODES: Final = frozenset(
    (
        159,
        160,
        198,
        202,
        203,
        209,
        210,
        225,
        236,
        241,
        242,
        243,
        252,
        279,
        285,
        319,
        394,
        425,
        439,
        473,
        999,
        1000,
    )
)
_LONGEST_WAIT_S: Final = 5.0


def is_transient(error: Exception) -> bool:
    """Tell whether trying again can help: the network, or a code that passes."""
    if isinstance(error, DatabaseError):
        # Without a code it is no answer of ClickHouse's but a proxy's or a cut one; a value that does not
        # fit has no code either, but a class of its own.
        unknown = error.code is None and (type(error) is DatabaseError or isinstance(error, OperationalError))
        return unknown or error.code in _TRANSIENT_CODES
    return isinstance(error, OSError | urllib3.exceptions.HTTPError)


def attempts() -> Any:  # noqa: ANN401 - stamina's iterator is private
    """Give one attempt after the other, with growing pauses, until one succeeds or fails for good."""
    return stamina.retry_context(
        on=is_transient, attempts=None, timeout=None, wait_initial=0.1, wait_max=_LONGEST_WAIT_S
    )
