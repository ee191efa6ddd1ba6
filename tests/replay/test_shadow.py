"""What a replay sends to its own topics: the same bytes, keys and times of arrival."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from streams.core.record import REPLAY_OF, PartitionId, Record
from streams.dead_letters.sending import Outgoing
from streams.replay.plan import ARCHIVE, Into, Plan, Stage, shadow_settings
from streams.replay.selection import Selection
from streams.replay.shadow import send
from streams.settings import Settings
from streams.topics import DEFAULT_PARTITIONS

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PLAN = Plan(
    name="jam",
    source=ARCHIVE,
    live="kpi_g1",
    selection=Selection(),
    partitions=DEFAULT_PARTITIONS,
    registry="",
    build="1",
    who="me",
    began_at=NOW,
    expires_at=NOW,
    stage=Stage(),
    into=Into.TOPICS,
)
RECORDS = [
    Record(PartitionId("target", 0), 7, 7, 1_000, b"K", b"{}"),
    Record(PartitionId("gate.crossing", 2), 8, 8, 2_000, None, b"\xff", ((REPLAY_OF, None),)),
    Record(PartitionId("gate.crossing", 2), 9, 9, 3_000, b"V", None),
]


@dataclass
class ListSender:
    """Keeps what is sent."""

    sent: list[Outgoing] = field(default_factory=list)

    async def send(self, records: Sequence[Outgoing]) -> None:
        self.sent += records

    async def close(self) -> None:
        pass


async def pages() -> AsyncGenerator[list[Record], None]:
    """Give two pages."""
    yield RECORDS[:2]
    yield RECORDS[2:]


def test_a_record_travels_as_it_came() -> None:
    """Key, bytes, headers and time are its own; one header more names the replay."""
    sender = ListSender()
    asyncio.run(send(sender, PLAN, pages(), lambda count: count > 0))

    assert sender.sent == [
        Outgoing("target", 0, b"K", b"{}", (("replayid", b"jam"),), 1_000),
        Outgoing("gate.crossing", 2, None, b"\xff", ((REPLAY_OF, None), ("replayid", b"jam")), 2_000),
        Outgoing("gate.crossing", 2, b"V", None, (("replayid", b"jam"),), 3_000),
    ]


def test_it_stops_after_a_page() -> None:
    """What was sent by then stays."""
    sender = ListSender()
    asyncio.run(send(sender, PLAN, pages(), lambda _: False))

    assert 2 == len(sender.sent)


def test_no_topic_of_a_replay_is_a_live_one() -> None:
    """Nor is the group of its worker, nor what it writes to; and it cannot be promoted."""
    live = Settings(_env_file=None, topic_prefix="site-")
    own = shadow_settings(live, "jam")

    assert "site-run-jam.target" == own.topic("target")
    assert live.worker_group != own.worker_group == "site-run-jam.kpi-worker"
    assert live.database != own.database
    assert not PLAN.is_whole
    assert PLAN.model_copy(update={"into": Into.GENERATION}).is_whole
