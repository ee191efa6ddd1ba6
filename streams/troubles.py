"""What is wrong with ClickHouse or Kafka, in words: which errors pass, or are for an operator to mend."""

import ssl
from typing import Final, NamedTuple

import urllib3
from aiokafka import errors
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from streams.tls import tls_words
from streams.topics import TOPIC_MAX_MESSAGE_BYTES


class Trouble(NamedTuple):
    """Why a dependency cannot be used now: a name for metrics, words for people, the error's own name."""

    kind: str
    words: str
    error: str = ""


class ShortWriteError(OperationalError):
    """ClickHouse confirmed fewer rows than were sent; the same rows are sent again."""


_WORDS: Final = {
    "unreachable": "does not answer; start it, or look at the network between",
    "overloaded": "is overloaded and ran into a limit of time, memory or queries",
    "stopping": "is stopping, or has lost its own servers beside it",
    "read_only": "takes no writes: its disk, the table or the user is read-only",
    "disk_full": "takes no writes: its disk is full; make room on it",
    "no_permission": "answers, but does not permit this; grant the worker's user SELECT and INSERT on the"
    " generation's database, or mend its login",
    "too_many_parts": "takes no writes for now: its merges do not keep up with the inserts",
    "short_write": "confirmed fewer rows than were sent",
}
# Codes that pass, or that an operator mends; 1000 is what the network made of an exception.
_CODES: Final = {
    "overloaded": (159, 160, 201, 202, 203, 209, 210, 241, 425, 439, 473),
    "stopping": (198, 225, 236, 279, 285, 286, 289, 319, 394, 999),
    "read_only": (164, 242),
    "disk_full": (243,),
    "no_permission": (192, 193, 194, 497, 516),
    "too_many_parts": (252,),
    "unreachable": (1000,),
}
_KIND_OF: Final = {code: kind for kind, codes in _CODES.items() for code in codes}
# What the system says wherever it comes up; the code is then only where it came up.
_MARKS: Final = {"No space left on device": "disk_full", "Read-only file system": "read_only"}


def clickhouse_trouble(error: Exception) -> Trouble | None:
    """Tell what an error of ClickHouse's client means; None: waiting does not help, it is a bug."""
    kind = _kind(error)
    return None if kind is None else Trouble(kind, f"ClickHouse {_WORDS[kind]}", _name(error))


# What Kafka's errors mean and what to do; the first kind that has an error's class is its kind.
_KAFKA_WORDS: Final = {
    "no_permission": "answers, but does not permit this; grant READ on the event topics and on the"
    " workers' group, and WRITE on dead.letters, in its ACLs",
    "no_login": "answers, but refuses the login; set KPI_KAFKA_USER, KPI_KAFKA_PASSWORD and"
    " KPI_KAFKA_MECHANISM to a user that it knows, and KPI_KAFKA_TLS to what its listener speaks",
    "no_topic": "answers, but lacks a topic; create it with: kpi topics",
    "too_large": f"answers, but a topic is too narrow; set its max.message.bytes={TOPIC_MAX_MESSAGE_BYTES}",
    "few_replicas": "answers, but has too few replicas in sync to take writes; start its other brokers",
    "broken_disk": "answers, but cannot use its disk; look at its log, and make room",
    "too_old": "answers, but its version or message format is too old for this client; update it",
    "electing": "answers, but is choosing which broker serves this; it passes by itself",
    "unreachable": _WORDS["unreachable"],
    "refused": "answers with an error; its log says more",
}
_KAFKA_ERRORS: Final[dict[str, tuple[type[KafkaError], ...]]] = {
    "no_permission": (
        errors.ClusterAuthorizationFailedError,
        errors.GroupAuthorizationFailedError,
        errors.TopicAuthorizationFailedError,
        errors.TransactionalIdAuthorizationFailed,
    ),
    "no_login": (
        errors.AuthenticationFailedError,
        errors.AuthenticationMethodNotSupported,
        errors.IllegalSaslStateError,
        errors.SaslAuthenticationFailed,
        errors.UnsupportedSaslMechanismError,
    ),
    "no_topic": (errors.InvalidTopicError, errors.UnknownTopicOrPartitionError),
    "too_large": (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError),
    "few_replicas": (errors.NotEnoughReplicasAfterAppendError, errors.NotEnoughReplicasError),
    "broken_disk": (errors.KafkaStorageError, errors.LogDirNotFound),
    "too_old": (
        errors.IncompatibleBrokerVersion,
        errors.UnrecognizedBrokerVersion,
        errors.UnsupportedForMessageFormatError,
        errors.UnsupportedVersionError,
    ),
    "electing": (
        errors.CoordinatorLoadInProgressError,
        errors.CoordinatorNotAvailableError,
        errors.LeaderNotAvailableError,
        errors.NotControllerError,
        errors.NotCoordinatorError,
        errors.NotLeaderForPartitionError,
    ),
    # An answer that was late is none.
    "unreachable": (
        errors.BrokerNotAvailableError,
        errors.ReplicaNotAvailableError,
        errors.RequestTimedOutError,
    ),
    "refused": (errors.BrokerResponseError,),
}


def kafka_trouble(error: Exception) -> Trouble | None:
    """Tell what an error of Kafka's client means; None: it is not Kafka's."""
    if isinstance(error, ssl.SSLError):
        return Trouble("no_trust", f"Kafka {tls_words(error, 'KPI_KAFKA_CA')}", _name(error))
    if not isinstance(error, KafkaError | OSError):
        return None
    kinds = (kind for kind, classes in _KAFKA_ERRORS.items() if isinstance(error, classes))
    kind = next(kinds, "unreachable")
    return Trouble(kind, f"Kafka {_KAFKA_WORDS[kind]}", _name(error))


def _kind(error: Exception) -> str | None:
    if isinstance(error, ShortWriteError):
        return "short_write"
    if isinstance(error, DatabaseError):
        marked = next((kind for mark, kind in _MARKS.items() if mark in str(error)), None)
        if marked or error.code is not None:
            return marked or _KIND_OF.get(error.code or 0)
        # Without a code it is no answer of ClickHouse's but a proxy's (429, 502, ...) or a cut one.
        return "unreachable" if type(error) in (DatabaseError, OperationalError) else None
    return "unreachable" if isinstance(error, OSError | urllib3.exceptions.HTTPError) else None


def _name(error: Exception) -> str:
    """Name an error without its text: that can hold rows."""
    code, name = getattr(error, "code", None), getattr(error, "name", None)
    return f"{code} {name or ''}".strip() if code is not None else type(error).__name__
