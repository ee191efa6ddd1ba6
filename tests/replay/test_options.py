"""What is typed after `kpi replay run`: offsets, and what if the simulated world had gone otherwise."""

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from streams.commands import replay_what_if
from streams.commands.replay_what_if import with_scenario
from streams.commands.selection_options import selection_of
from streams.errors import UsageError
from streams.registry import load_registry
from streams.replay.begin import Request
from streams.replay.plan import ARCHIVE, KAFKA
from streams.replay.selection import Offsets, Selection
from streams.settings import Settings

REGISTRY = load_registry()
EVENING = Selection(
    start=datetime(2026, 4, 10, 11, tzinfo=UTC), end=datetime(2026, 4, 10, 11, 10, tzinfo=UTC)
)


def read(text: str) -> tuple[Offsets, ...]:
    """Read one stretch of offsets."""
    return selection_of(REGISTRY, None, "", "", "", "", "", [text]).offsets


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("gate.crossing/3:100-200", 100, 200, id="both ends are in it"),
        pytest.param("gate.crossing/3:100-", 100, None, id="to the end"),
        pytest.param("gate.crossing/3:0-0", 0, 0, id="one record"),
    ],
)
def test_a_stretch_of_offsets_is_read(text: str, first: int, last: int | None) -> None:
    """Topic, partition, the first and the last offset."""
    assert (Offsets(topic="gate.crossing", partition=3, first=first, last=last),) == read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("gate.crossing", "is no stretch, such as gate.crossing/0:100-200", id="no partition"),
        pytest.param("gate.crossing/0:-5", "is no stretch", id="no first one"),
        pytest.param("gates/0:1-2", "there is no 'gates'; there are: gate.crossing", id="no such topic"),
        pytest.param("target/0:9-8", "ends before it begins", id="the wrong way round"),
    ],
)
def test_what_is_no_stretch_is_refused_in_words(text: str, words: str) -> None:
    """The words say how one looks."""
    with pytest.raises(UsageError, match=words):
        read(text)


def test_a_scenario_is_a_source_of_its_own(tmp_path: Path) -> None:
    """In a power cut the furnaces stand still in the evening, from three days before on all is there."""
    settings = Settings(_env_file=None, home=tmp_path)
    asked = Request(source=ARCHIVE, who="", selection=EVENING)
    request = with_scenario(settings, REGISTRY, asked, "power-cut")
    events = list(map(json.loads, Path(request.source).read_text().splitlines()))
    stopped = {e["data"]["plant_id"] for e in events if e["data"].get("stop_reason") == "power"}

    assert asked.selection == request.selection
    assert "2026-04-07T11:" in events[0]["time"] <= events[-1]["time"] <= "2026-04-10T11:10"
    assert "phosphorus-group-tang-loong" in stopped


def test_a_scenario_that_is_read_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another stretch has another file; the same one appears once it is whole, beside what is read."""
    settings = Settings(_env_file=None, home=tmp_path)
    numbers = count(1)
    monkeypatch.setattr(
        replay_what_if, "write_range", lambda *stretch: stretch[-1].write_text(str(next(numbers)))
    )

    def source(**update: datetime) -> Path:
        selection = EVENING.model_copy(update=update)
        asked = Request(source=ARCHIVE, who="", selection=selection)
        return Path(with_scenario(settings, REGISTRY, asked, "power-cut").source)

    first = source()
    with first.open() as reading:
        assert first == source()
        assert "1" == reading.read()
    assert first != source(end=datetime(2026, 4, 10, 11, 10, 30, tzinfo=UTC))
    assert 2 == len(list(first.parent.iterdir()))


@pytest.mark.parametrize(
    ("update", "words"),
    [
        pytest.param({"selection": Selection()}, "say from when to when", id="no time"),
        pytest.param({"source": KAFKA}, "without --source", id="another source"),
    ],
)
def test_a_scenario_needs_its_time_and_no_source(
    tmp_path: Path, update: dict[str, object], words: str
) -> None:
    """The words say what is missing or too much."""
    request = Request(source=ARCHIVE, who="", selection=EVENING).model_copy(update=update)
    with pytest.raises(UsageError, match=words):
        with_scenario(Settings(_env_file=None, home=tmp_path), REGISTRY, request, "power-cut")
