"""Who may post: tokens, kept as hashes in a file, each bound to the sources that it speaks for."""

import hmac
import re
import secrets
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from streams import clock
from streams.errors import UsageError
from streams.events import Slug
from streams.logs import get_logger
from streams.topics import EVENT_TOPICS

_log = get_logger("ingest")

# A device, or everything of one place.
SOURCE_PATTERN: Final = r"^/vn/laocai/[a-z0-9-]{1,64}/(?:[A-Za-z0-9._-]{1,64}|\*)$"
# Targets are loaded by operators, with `kpi targets`; a token says so where it may do that too.
_USUAL_TOPICS: Final = tuple(name for name in EVENT_TOPICS if name != "target")
_LOOK_EVERY_S: Final = 2.0
_TOKEN_BYTES: Final = 32

SourcePattern = Annotated[str, StringConstraints(pattern=SOURCE_PATTERN)]


class Token(BaseModel):
    """One sender: its name, the hash of its token, what it may send, and how fast (events a second)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Slug
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    sources: Annotated[tuple[SourcePattern, ...], Field(min_length=1)]
    topics: tuple[str, ...] = _USUAL_TOPICS
    rate: Annotated[int, Field(ge=1, le=100_000)] | None = None

    @model_validator(mode="after")
    def _topics_exist(self) -> "Token":
        for name in self.topics:
            if name not in EVENT_TOPICS:
                raise ValueError(f"topics: there is no {name}; there are: {', '.join(EVENT_TOPICS)}")
        return self

    def speaks_for(self, source: str) -> bool:
        """Tell whether an event of this source may come with this token."""
        place = source.rpartition("/")[0]
        return any(allowed in (source, f"{place}/*") for allowed in self.sources)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tokens: tuple[Token, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> "_File":
        if len({token.name for token in self.tokens}) != len(self.tokens):
            raise ValueError("a name stands there twice")
        return self


def hash_of(secret: str) -> str:
    """Give what is stored of a token: it has 256 random bits, so a plain SHA-256 cannot be guessed back."""
    return sha256(secret.encode()).hexdigest()


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Read a file of `[[tokens]]`.

    Raises:
        UsageError: it is missing, is no TOML or breaks the model; the text says where, and repeats no value.
    """
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).tokens
    except FileNotFoundError:
        raise UsageError(
            f"{path} does not exist; make the first token with: kpi produce token NAME --source SOURCE"
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise UsageError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def add_token(path: Path, name: str, sources: list[str], topics: list[str]) -> str:
    """Make a token, add its hash to the file (readable to its owner alone) and give it: nothing keeps it.

    Raises:
        UsageError: the file, the name, a source or a topic does not hold, or the name is taken.
    """
    known = read_tokens(path) if path.exists() else ()
    secret = f"kpi_{secrets.token_urlsafe(_TOKEN_BYTES)}"
    fields = {"name": name, "sha256": hash_of(secret), "sources": sources}
    try:
        token = Token.model_validate(fields | ({"topics": topics} if topics else {}))
        _File(tokens=(*known, token))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"] if part != "tokens")
        raise UsageError(f"{place}: {first['msg']}".removeprefix(": ")) from None
    _append(path, token, with_topics=bool(topics))
    return secret


def _append(path: Path, token: Token, *, with_topics: bool) -> None:
    lines = [f'name = "{token.name}"', f'sha256 = "{token.sha256}"', f"sources = {_toml(token.sources)}"]
    if with_topics:
        lines.append(f"topics = {_toml(token.topics)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            # Whoever edited the file by hand may have left its last line without an end.
            file.write("\n".join(["", "[[tokens]]", *lines, ""]))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _toml(values: tuple[str, ...]) -> str:
    # The patterns of the model let no sign through that TOML would have escaped.
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


class Tokens:
    """The tokens of a file, read again when it changes: one that is taken out is refused at once.

    Raises:
        UsageError: the file does not hold when it is read first; later, what was read before goes on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._looked = 0.0
        self._tokens: tuple[Token, ...] = ()
        self._look(clock.monotonic())

    def find(self, authorization: str) -> Token | None:
        """Give the token of an `Authorization: Bearer ...` header; None: it is none of ours."""
        now = clock.monotonic()
        if now - self._looked > _LOOK_EVERY_S:
            self._look_again(now)
        match = re.fullmatch(r"bearer ([\x21-\x7e]{1,200})", authorization, re.IGNORECASE)
        presented = hash_of(match[1] if match else "")
        found = None
        # All of them, each in constant time: how long it takes says nothing about any.
        for token in self._tokens:
            if hmac.compare_digest(presented, token.sha256):
                found = token
        return found

    def _look_again(self, now: float) -> None:
        try:
            self._look(now)
        except UsageError as error:
            _log.warning("tokens_not_read", hint="those read before stay in force", problem=str(error))

    def _look(self, now: float) -> None:
        self._looked = now
        stamp = _stamp_of(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._tokens = read_tokens(self._path)
        _log.info("tokens_read", tokens=len(self._tokens))


def _stamp_of(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
