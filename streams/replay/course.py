"""The course of a replay that the wall watches: a clock of its own, which its views read."""

import re
from datetime import datetime
from typing import Final

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from streams.ddl import define
from streams.events import epoch_ms
from streams.migrations import load_migrations, split_statements
from streams.settings import Settings

# As the views and the boards write the present moment.
_NOW: Final = re.compile(r"\bnow(?P<milliseconds>64)?\((?:3, )?(?P<zone>'[^']*')?\)")


class Course(BaseModel):
    """Time as a replay has it: from `start` to `end`, `speed` times as fast, since `began`."""

    model_config = ConfigDict(frozen=True)

    start: datetime
    end: datetime
    began: datetime
    speed: float

    def at(self, moment: datetime) -> datetime:
        """Give the replay's time at a real moment; it stands still at the end."""
        return min(self.end, self.start + (moment - self.began) * self.speed)

    @property
    def over_at(self) -> datetime:
        """Give the real moment at which it comes to its end."""
        return self.began + (self.end - self.start) / self.speed

    def rewrite(self, sql: str) -> str:
        """Let a statement read this clock."""
        gone = f"(toUnixTimestamp64Milli(now64(3)) - {epoch_ms(self.began)})"
        since = f"{epoch_ms(self.start)} + intDiv({gone} * {round(self.speed * 1000)}, 1000)"
        ms = f"toInt64(least({epoch_ms(self.end)}, {since}))"

        def moment(match: re.Match[str]) -> str:
            zone = f", {match['zone']}" if match["zone"] else ""
            if match["milliseconds"]:
                return f"fromUnixTimestamp64Milli({ms}{zone})"
            return f"toDateTime(intDiv({ms}, 1000){zone})"

        return _NOW.sub(moment, sql)


def set_views(client: Client, settings: Settings, names: dict[str, str], course: Course) -> None:
    """Make the views of a site anew, so that they read the clock of a course."""
    for migration in load_migrations():
        for statement in split_statements(migration.sql):
            if " VIEW " in statement.partition("\n")[0]:
                define(client, settings, course.rewrite(statement), names)
