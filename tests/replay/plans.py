"""Plans of replays, for tests."""

from datetime import UTC, datetime, timedelta

from streams.registry import load_registry
from streams.replay.plan import ARCHIVE, Plan, Stage, digest
from streams.replay.selection import Selection
from streams.topics import DEFAULT_PARTITIONS

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


def plan_of(**update: object) -> Plan:
    """Give the plan of a replay of the whole archive that is done, with something else in it."""
    plan = Plan(
        name="a",
        source=ARCHIVE,
        live="kpi_g1",
        selection=Selection(),
        partitions=DEFAULT_PARTITIONS,
        registry=digest(load_registry()),
        build="1",
        who="me",
        began_at=BEGAN,
        expires_at=BEGAN + timedelta(days=7),
        stage=Stage(),
        state="done",
    )
    return plan.model_copy(update=update)
