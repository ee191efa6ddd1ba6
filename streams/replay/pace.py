"""History at the pace of its own clock: what had come by then is folded when its moment comes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from threading import Event
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import writer
from streams.core.record import PartitionId, Record
from streams.events import epoch_ms
from streams.replay.archive import Part, record_of_row
from streams.replay.course import Course, set_views
from streams.replay.plan import Plan, by_partition, generation_of, run_settings, write_plan
from streams.replay.run import consumed
from streams.settings import Settings

_TICK_S: Final = 1.0


class Paced:
    """The events of an archive in the order in which they came.

    Args:
        client: a connection as the writer.
        plan: what is read.
        course: the clock.

    Attributes:
        reached: the moment before which all that came was given.
    """

    def __init__(self, client: Client, plan: Plan, course: Course) -> None:
        self._client = client
        self._plan = plan
        self._course = course
        self.reached = course.start
        part = Part(before=by_partition(plan.stage.before))
        self._where, self._parameters = part.where(plan.live)

    async def pages(self, ends: Mapping[PartitionId, int]) -> AsyncGenerator[list[Record], None]:
        """Give what comes, tick by tick, until the course is over; positions count on from `ends`."""
        counts = dict(ends)
        while self.reached < self._course.end:
            await asyncio.sleep(_TICK_S)
            upto = self._course.at(clock.now())
            rows = await asyncio.to_thread(self._rows, epoch_ms(self.reached), epoch_ms(upto))
            self.reached = upto
            yield [record_of_row(topic, row, self._plan.partitions[topic], counts) for topic, *row in rows]

    def _rows(self, first_ms: int, last_ms: int) -> Sequence[Sequence[Any]]:
        return self._client.query(
            "SELECT topic, toUnixTimestamp64Milli(time), toString(id), partition, offset,"
            " toUnixTimestamp64Milli(received_at), subject, payload, redriven"
            f" FROM {{generation:Identifier}}.events FINAL WHERE {self._where} AND ("
            "NOT late AND time >= fromUnixTimestamp64Milli({first:Int64})"
            " AND time < fromUnixTimestamp64Milli({last:Int64})"
            " OR late AND received_at >= fromUnixTimestamp64Milli({first:Int64})"
            " AND received_at < fromUnixTimestamp64Milli({last:Int64}))"
            " ORDER BY if(late, received_at, time), type, id, partition"
            " SETTINGS do_not_merge_across_partitions_select_final = 1",
            parameters={**self._parameters, "first": first_ms, "last": last_ms},
            column_formats={"payload": "bytes"},
        ).result_rows


# Takes pages, telling how many records each had, until it is told to stop.
Take = Callable[[AsyncGenerator[list[Record], None], Callable[[int], bool]], Awaitable[object]]


def set_course(settings: Settings, plan: Plan) -> Plan:
    """Start the clock of a replay, where it stood if it was stopped, and let its views read it."""
    assert plan.selection.start is not None  # noqa: S101 - only a stretch of time has a pace
    assert plan.selection.end is not None  # noqa: S101 - the same
    start = plan.reached or plan.selection.start
    course = Course(start=start, end=plan.selection.end, began=clock.now(), speed=plan.speed)
    names = {
        "generation": generation_of(settings, plan.name),
        "public": run_settings(settings, plan.name).database,
    }
    with writer(settings, names["generation"]) as client:
        # It shall not be dropped while it runs.
        expires_at = max(plan.expires_at, course.over_at)
        plan = plan.model_copy(update={"course": course, "state": "folding", "expires_at": expires_at})
        write_plan(client, settings, plan)
        set_views(client, settings, names, course)
    return plan


async def follow(
    settings: Settings, plan: Plan, take: Take, look: Callable[[datetime], object], stopped: Event
) -> Plan:
    """Take what came while the clock of a replay runs, until it ends or is stopped.

    `look` is called after each page with the clock's moment.
    """
    course = plan.course
    assert course is not None  # noqa: S101 - it was set
    with writer(settings, generation_of(settings, plan.name)) as client:
        ends = {at: position + 1 for at, position in consumed(client, str(client.database)).items()}
        paced = Paced(client, plan, course)

        def advance(count: int) -> bool:
            nonlocal plan
            plan = plan.model_copy(update={"events": plan.events + count, "reached": paced.reached})
            write_plan(client, settings, plan)
            look(paced.reached)
            return not stopped.is_set()

        await take(paced.pages(ends), advance)
    return plan
