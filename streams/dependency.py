"""A dependency: tried for as long as it takes, while what is wrong with it is said in words."""

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import stamina

from streams import clock
from streams.logs import get_logger
from streams.metrics import TROUBLE
from streams.troubles import Trouble

T = TypeVar("T")

_log = get_logger("dependency")

LONGEST_WAIT_S: Final = 5.0
_FIRST_WAIT_S: Final = 0.1
# What goes on being wrong is said again after this long, then after twice as long each time.
_SAY_AGAIN_S: Final = 10.0
_SAY_AT_LEAST_EVERY_S: Final = 600.0


class Dependency:
    """One server that the worker needs.

    Args:
        name: as people call it.
        judge: tells what an error means; None: trying again does not help.
    """

    def __init__(self, name: str, judge: Callable[[Exception], Trouble | None]) -> None:
        self.name = name
        self._judge = judge
        self._failing: dict[object, Trouble] = {}
        self._answered_at: float | None = None
        self._wrong_since = self._failed_at = -math.inf
        self._say_at = 0.0
        self._said: set[str] = set()

    @property
    def trouble(self) -> Trouble | None:
        """Tell what is wrong now; None: nothing that is known of."""
        # A copy first: another thread asks.
        return next(iter(self._failing.copy().values()), None)

    def is_waited_for(self) -> bool:
        """Tell whether something was tried again just now."""
        return self.trouble is not None or clock.monotonic() - self._failed_at < 2 * LONGEST_WAIT_S

    def answered_within(self, seconds: float) -> bool:
        """Tell whether it answered lately."""
        return self._answered_at is not None and clock.monotonic() - self._answered_at <= seconds

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run work until it is answered, with growing pauses.

        Raises:
            Exception: what trying again does not mend.
        """
        call = object()
        try:
            async for attempt in stamina.retry_context(
                on=partial(self._failed, call),
                attempts=None,
                timeout=None,
                wait_initial=_FIRST_WAIT_S,
                wait_max=LONGEST_WAIT_S,
            ):
                with attempt:
                    answer = await work()
                    self._answered(call)
                    return answer
        finally:
            self._note(call, None)
        raise AssertionError("stamina either returns or raises")

    def _failed(self, call: object, error: Exception) -> bool:
        """Note a failed attempt; tell whether another one makes sense."""
        trouble = self._judge(error)
        if trouble is None:
            return False
        now = clock.monotonic()
        # What comes back at once was not over.
        if self.trouble is None and now - self._failed_at > _SAY_AGAIN_S:
            self._wrong_since = now
            self._said.clear()
        if trouble.kind not in self._said:
            self._say_at = now
        self._failed_at = now
        self._note(call, trouble)
        self._say(trouble, now)
        return True

    def _answered(self, call: object) -> None:
        self._answered_at = clock.monotonic()
        if self.trouble is None:
            return
        self._note(call, None)
        if self.trouble is None:
            seconds = round(self._answered_at - self._wrong_since, 1)
            _log.info("dependency_answers_again", dependency=self.name, seconds=seconds)

    def _note(self, call: object, trouble: Trouble | None) -> None:
        before = self._failing.pop(call, None)
        if trouble is not None:
            self._failing[call] = trouble
        for kind in {known.kind for known in (before, trouble) if known is not None}:
            calls = sum(failing.kind == kind for failing in self._failing.values())
            TROUBLE.labels(self.name, kind).set(calls)

    def _say(self, trouble: Trouble, now: float) -> None:
        if now < self._say_at:
            return
        wrong_for = now - self._wrong_since
        self._said.add(trouble.kind)
        self._say_at = now + min(max(_SAY_AGAIN_S, wrong_for), _SAY_AT_LEAST_EVERY_S)
        _log.warning(
            "waiting_for_dependency",
            dependency=self.name,
            words=trouble.words,
            error=trouble.error,
            seconds=round(wrong_for, 1),
        )
