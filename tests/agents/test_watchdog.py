"""The watchdog: ends a worker that hangs, and none that waits for something that is broken."""

import pytest

from streams.watchdog import Signs, Watch, Watchdog, observe, verdict

LIMIT_S = 10.0
QUIET = Signs(turn=1, stored=5, waiting=0, retrying=False)
BUSY = QUIET._replace(waiting=3)


def watched(signs: list[Signs], seconds: float = 1.0) -> Watch:
    """Look at signs, one after the other, at equal distances."""
    watch = Watch(signs[0], 0.0)
    for n, sign in enumerate(signs[1:], 1):
        watch = observe(watch, sign, n * seconds)
    return watch


def turning(signs: Signs, times: int) -> list[Signs]:
    """Repeat signs while the loop turns."""
    return [signs._replace(turn=turn) for turn in range(times)]


@pytest.mark.parametrize(
    "signs",
    [
        pytest.param(turning(QUIET, 100), id="nothing to do"),
        pytest.param(turning(BUSY._replace(retrying=True), 100), id="a dependency is tried again"),
        pytest.param([BUSY._replace(turn=n, stored=n // 5) for n in range(100)], id="slow"),
        pytest.param(turning(BUSY, 10), id="not for long"),
        pytest.param([*turning(BUSY, 9), *turning(QUIET, 5), *turning(BUSY, 9)], id="in between"),
    ],
)
def test_a_worker_that_gets_on_or_cannot_is_left_alone(signs: list[Signs]) -> None:
    """Slow work, no work, and a broken dependency are no reasons to end."""
    assert verdict(watched(signs), LIMIT_S) is None


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        pytest.param(turning(BUSY, 12), "3 records or partitions wait", id="stuck"),
        pytest.param([QUIET] * 12, "the event loop has not turned for 11 s", id="blocked"),
        pytest.param([*turning(BUSY, 5), *[BUSY] * 7], "the event loop", id="blocked after it waited"),
        pytest.param([BUSY._replace(retrying=True)] * 12, "the event loop", id="blocked while it retried"),
    ],
)
def test_a_worker_that_hangs_is_ended_in_words(signs: list[Signs], words: str) -> None:
    """What waits and is not stored though nothing is wrong, or a loop that stands still, is a hang."""
    assert words in (verdict(watched(signs), LIMIT_S) or "")


def test_a_process_that_was_stopped_itself_is_no_hang() -> None:
    """After an hour asleep the signs are old, but nobody could have changed them."""
    watch = observe(Watch(BUSY, 0.0), BUSY, 3600.0)

    assert verdict(watch, LIMIT_S) is None


def test_a_limit_of_zero_is_no_limit() -> None:
    """Switched off, it never ends a worker."""
    assert verdict(watched([BUSY] * 1000), 0.0) is None


def test_the_thread_ends_the_process_once() -> None:
    """The thread looks by itself, says why, and is done."""
    ended: list[str] = []
    watchdog = Watchdog(lambda: BUSY, 2.0, ended.append)
    watchdog.start()
    watchdog.join(30)

    assert not watchdog.is_alive()
    [words] = ended
    assert words.startswith("the event loop has not turned")
