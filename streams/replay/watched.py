"""The clock of a replay as another process sees it: it begins later, and anew when the replay goes on."""

import threading
import time
from contextlib import suppress
from datetime import datetime
from typing import Final

from streams.clickhouse_client import reader
from streams.errors import KpiError
from streams.replay.course import Course
from streams.replay.plan import Plan, find_plan
from streams.settings import Settings

_LOOK_S: Final = 5.0


class Watched:
    """The course of a replay that has a speed; until it begins, its clock stands at its start."""

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self._settings = settings
        self._plan = plan

    @property
    def course(self) -> Course:
        """Give the course as it was seen last."""
        plan = self._plan
        start = plan.selection.start
        assert start is not None  # noqa: S101 - only a stretch of time has a pace
        return plan.course or Course(start=start, end=start, began=plan.began_at, speed=plan.speed)

    def at(self, moment: datetime) -> datetime:
        """Give the replay's time at a real moment."""
        return self.course.at(moment)

    def rewrite(self, sql: str) -> str:
        """Let a statement read the replay's clock."""
        return self.course.rewrite(sql)

    def look(self) -> None:
        """See where the replay is now."""
        with reader(self._settings) as client:
            self._plan = find_plan(client, self._settings, self._plan.name)

    def keep_looking(self) -> None:
        """Look every few seconds from now on, as long as this process lives."""
        threading.Thread(target=self._keep_looking, daemon=True).start()

    def _keep_looking(self) -> None:
        while True:
            time.sleep(_LOOK_S)
            # It may be dropped, and the server away for a while: what was seen last goes on.
            with suppress(KpiError):
                self.look()
