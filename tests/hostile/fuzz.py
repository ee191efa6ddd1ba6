"""Runs a fuzzing target: with atheris, guided by coverage, or for a moment with seeded mutations.

`python -m tests.hostile.fuzz decode -max_total_time=60` fuzzes (`make fuzz`); what follows the name goes to
libFuzzer, and a file named there is run once, which replays a finding. `... decode --smoke 2000 7` runs the
corpus and 2,000 changes of it with seed 7, without atheris.
"""

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final, Protocol, cast

from streams.logs import configure_logs

CORPUS: Final = Path(__file__).parent / "corpus"
TARGETS: Final = ("decode", "front", "reader")
_FINDINGS: Final = Path(".fuzz")
_LONGEST: Final = 8192


class Target(Protocol):
    """A module `fuzz_NAME`: runs one input, and raises where a promise is broken."""

    CORPUS: str
    TOKENS: tuple[bytes, ...]

    def run(self, data: bytes) -> bool:
        """Run one input; tell whether it was good."""


def target(name: str) -> Target:
    """Load a target."""
    return cast("Target", importlib.import_module(f"tests.hostile.fuzz_{name}"))


def seeds(what: Target) -> list[bytes]:
    """Read the committed corpus of a target."""
    return [path.read_bytes() for path in sorted((CORPUS / what.CORPUS).iterdir())]


def mutants(what: Target, count: int, chance: Random) -> Iterator[bytes]:
    """Give the corpus, then so many random changes of it."""
    corpus = seeds(what)
    yield from corpus
    for _ in range(count):
        data = chance.choice(corpus)
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = _CHANGES[chance.randrange(len(_CHANGES))](data, chance, what.TOKENS)
        yield data[:_LONGEST]


def _insert(data: bytes, chance: Random, tokens: tuple[bytes, ...]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(tokens) + data[at:]


def _replace(data: bytes, chance: Random, tokens: tuple[bytes, ...]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(tokens) + data[at + chance.randrange(12) :]


def _flip(data: bytes, chance: Random, _: tuple[bytes, ...]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, chance: Random, _: tuple[bytes, ...]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(20) :]


def _double(data: bytes, chance: Random, _: tuple[bytes, ...]) -> bytes:
    one, other = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return data[:other] + data[one:other] + data[other:]


_CHANGES: Final[tuple[Callable[[bytes, Random, tuple[bytes, ...]], bytes], ...]] = (
    _insert, _replace, _flip, _cut, _double,
)  # fmt: skip


def smoke(name: str, count: int, seed: int) -> int:
    """Run the corpus and so many changes of it; give how many were good.

    Raises:
        AssertionError: an input broke a promise; the text says which, and how to run it again.
    """
    what, good = target(name), 0
    for data in mutants(what, count, Random(seed)):  # noqa: S311 - a repeatable world
        try:
            good += what.run(data)
        except Exception as error:
            raise AssertionError(f"{name}, seed {seed}, input {data!r}") from error
    return good


def fuzz(name: str, options: list[str]) -> None:
    """Fuzz until the options say that it is enough, or replay a finding."""
    import atheris  # noqa: PLC0415 - only here: nothing else needs the fuzzer

    with atheris.instrument_imports(include=["streams", "tests.hostile"]):
        what = target(name)
    found = _FINDINGS / name
    found.mkdir(parents=True, exist_ok=True)
    words = found.with_suffix(".dict")
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in what.TOKENS))
    replays = any(Path(option).is_file() for option in options)
    folders = [] if replays else [str(found), str(CORPUS / what.CORPUS)]
    limits = [f"-dict={words}", f"-max_len={_LONGEST}", f"-artifact_prefix={found}-", "-rss_limit_mb=4096"]
    atheris.Setup([sys.argv[0], *limits, *options, *folders], lambda data: what.run(data) and None)
    atheris.Fuzz()


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


def main(name: str, *options: str) -> None:
    """Fuzz, or smoke, one target."""
    # A reader's failed queries and odd forms are what is wanted here, and no news.
    configure_logs("ERROR", "json")
    warnings.simplefilter("ignore")
    if options[:1] == ("--smoke",):
        sys.stdout.write(f"{smoke(name, int(options[1]), int(options[2]))}\n")
    else:
        fuzz(name, list(options))


if __name__ == "__main__":
    main(*sys.argv[1:])
