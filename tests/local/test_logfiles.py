"""What the terminal shows of a part's log."""

from pathlib import Path

import pytest

from streams.local.logfiles import last_words, trim


@pytest.mark.parametrize(
    ("log", "words"),
    [
        pytest.param("started\nkpi: the port is taken\n\n", "kpi: the port is taken", id="plain"),
        pytest.param('{"event": "stopped", "level": "info"}\n', "it said nothing", id="only good news"),
        pytest.param(
            '{"event": "failed", "level": "error", "exception": "Traceback\\nOSError: full"}\n'
            '{"event": "stopped", "level": "info"}\n',
            "failed OSError: full",
            id="the error before the goodbye",
        ),
    ],
)
def test_last_words_say_why(tmp_path: Path, log: str, words: str) -> None:
    """Errors and plain text count, routine events do not."""
    file = tmp_path / "part.log"
    file.write_text(log)

    assert words == last_words(file)


def test_a_large_log_is_moved_aside_and_goes_on(tmp_path: Path) -> None:
    """A process that appends keeps writing into the emptied file."""
    file = tmp_path / "part.log"
    with file.open("ab") as writer:
        writer.write(b"x" * (17 << 20))
        writer.flush()
        trim(file)
        writer.write(b"new")

    assert file.read_text() == "new"
    assert (17 << 20) == file.with_name("part.log.1").stat().st_size
