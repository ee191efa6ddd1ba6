"""A worker folds only into the generation that was made for it, and says what to do about another one."""

import asyncio

import pytest

from streams.errors import RefusedError
from streams.generation import CLOSED_BY, REBUILT_INTO, GenerationWatch, check_generation, generation_facts
from streams.topics import DEFAULT_PARTITIONS

KNOWN = generation_facts(DEFAULT_PARTITIONS)


def test_the_own_generation_is_taken() -> None:
    """A new generation, one that this worker made, and one of other counts than the default are fine."""
    check_generation({}, DEFAULT_PARTITIONS)
    check_generation(KNOWN, DEFAULT_PARTITIONS)
    eight = dict.fromkeys(DEFAULT_PARTITIONS, 8)
    check_generation(generation_facts(eight), eight)


@pytest.mark.parametrize(
    ("known", "counts", "words"),
    [
        pytest.param({"fold_revision": "0"}, {}, "revision 0.*the build that wrote it", id="another fold"),
        pytest.param({}, {"gate.crossing": 9}, "gate.crossing has 9 partitions.*made with 4", id="raised"),
        pytest.param({REBUILT_INTO: "kpi_g2"}, {}, "gives way to kpi_g2", id="closed by an older build"),
    ],
)
def test_another_generation_is_refused_with_the_way_out(
    known: dict[str, str], counts: dict[str, int], words: str
) -> None:
    """The text says what differs, and names the command."""
    with pytest.raises(RefusedError, match=rf"{words}.*kpi migrate --rebuild"):
        check_generation(KNOWN | known, DEFAULT_PARTITIONS | counts)


def test_what_closed_a_generation_is_named_alone() -> None:
    """Another command could destroy what this one has kept."""
    closed = {REBUILT_INTO: "kpi_g1", CLOSED_BY: "kpi replay undo a"}
    with pytest.raises(RefusedError, match=r"run again what closed it: kpi replay undo a$"):
        check_generation(KNOWN | closed, DEFAULT_PARTITIONS)


class ClosingStore:
    """Records of a generation that is closed after it was looked at once."""

    def __init__(self) -> None:
        self.looked = 0

    async def facts_about_generation(self) -> dict[str, str]:
        self.looked += 1
        return KNOWN if self.looked == 1 else {REBUILT_INTO: "kpi_g2"}


async def test_a_worker_ends_when_its_generation_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch hands the refusal to whoever ends the process."""
    monkeypatch.setattr("streams.generation._LOOK_EVERY_S", 0.01)
    ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def fail(error: Exception) -> None:
        ended.set_result(error)

    watch = GenerationWatch(ClosingStore(), fail)
    await watch.start()
    try:
        assert isinstance(await asyncio.wait_for(ended, 5), RefusedError)
    finally:
        await watch.stop()
