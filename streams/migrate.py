"""Bring the database to this version: numbered SQL files, applied once each, an edited one refused.

A file's statements are applied in order and then recorded; all of them can run again, so a crash in
between, or two migrations at once, do no harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import has_table, scalar, writer
from streams.core.record import PartitionId
from streams.core.revision import FOLD_REVISION
from streams.ddl import define, named, statements_for
from streams.errors import RefusedError
from streams.migrations import Migration, load_migrations, split_statements
from streams.references import record_references
from streams.registry import Registry
from streams.settings import Settings

# Not only `consumed`: a worker that died between two writes left rows above it.
_HIGHEST_POSITIONS: Final = """
    SELECT partition, max(position)
    FROM
    (
        SELECT partition, position FROM {generation:Identifier}.consumed WHERE topic = {topic:String}
        UNION ALL
        SELECT partition, position FROM {generation:Identifier}.events WHERE topic = {topic:String}
        UNION ALL
        SELECT partition, position FROM {generation:Identifier}.dead_letters WHERE topic = {topic:String}
        UNION ALL
        SELECT partition, version
        FROM merge({generation:String},
            '^(entities|findings|waiting|finished|holding|.+_(minute|hour|day)|gate_states|targets|declarations)$')
        WHERE topic = {topic:String}
    )
    GROUP BY partition
    ORDER BY partition
"""


_CREATE_DATABASE: Final = "CREATE DATABASE IF NOT EXISTS {database:Identifier} ENGINE = Atomic"
_CREATE_LIVE: Final = (
    "CREATE TABLE IF NOT EXISTS {public:Identifier}.live_generation"
    " (name String, promoted_at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY promoted_at"
)
_CREATE_APPLIED: Final = (
    "CREATE TABLE IF NOT EXISTS {generation:Identifier}.schema_migrations"
    " (number UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC'), app_version String)"
    " ENGINE = ReplacingMergeTree(applied_at) ORDER BY number"
)


@dataclass(frozen=True)
class Applied:
    """A migration as the database remembers it."""

    name: str
    checksum: str
    applied_at: str


def live_generation(client: Client, settings: Settings) -> str:
    """Name the database of the generation that the public views show."""
    promoted = ""
    if has_table(client, settings.database, "live_generation"):
        promoted = scalar(
            client,
            "SELECT argMax(name, promoted_at) FROM {public:Identifier}.live_generation",
            {"public": settings.database},
        )
    return promoted or f"{settings.database}_g1"


def migrate(settings: Settings, registry: Registry) -> list[Migration]:
    """Apply what the database lacks and give it; write down the fold revision and the references.

    Raises:
        RefusedError: an applied file was edited, or the database is newer than this version.
    """
    with writer(settings) as client:
        generation = _create_databases(client, settings)
    with writer(settings, generation) as client:
        pending = pending_migrations(applied_migrations(client))
        for migration in pending:
            _apply(client, settings, migration, {"generation": generation, "public": settings.database})
        _record_revision(client)
        record_references(client, registry)
        _record_live(client, settings, generation)
    return pending


def prepare_generation(settings: Settings, registry: Registry, name: str) -> None:
    """Create the tables of a generation that no view shows yet."""
    names = {"generation": name, "public": settings.database}
    with writer(settings) as client:
        define(client, settings, _CREATE_DATABASE, {"database": name})
    with writer(settings, name) as client:
        for migration in load_migrations():
            for statement in split_statements(migration.sql):
                if "{public:" not in statement and "{generation:" in statement:
                    define(client, settings, statement, names)
        record_references(client, registry)


def promote(settings: Settings, registry: Registry, name: str) -> None:
    """Make a prepared generation the live one and point the public views at it.

    It has no migrations recorded, so that all of them are applied anew: a crash amid the views is mended by
    the next `kpi migrate`.
    """
    with writer(settings) as client:
        _insert_live(client, settings, name)
    migrate(settings, registry)


def migration_status(settings: Settings) -> list[tuple[Migration, str]]:
    """Give every migration with the time at which it was applied, empty where it was not; changes nothing."""
    with writer(settings) as client:
        generation = live_generation(client, settings)
        known = has_table(client, generation, "schema_migrations")
    applied: dict[int, Applied] = {}
    if known:
        with writer(settings, generation) as client:
            applied = applied_migrations(client)
    pending_migrations(applied)
    return [(m, applied[m.number].applied_at if m.number in applied else "") for m in load_migrations()]


def applied_migrations(client: Client) -> dict[int, Applied]:
    """Read what is recorded in the generation of the connection."""
    rows = client.query(
        "SELECT number, name, checksum, toString(applied_at) FROM schema_migrations FINAL ORDER BY number"
    ).result_rows
    return {int(number): Applied(*fields) for number, *fields in rows}


def pending_migrations(applied: dict[int, Applied]) -> list[Migration]:
    """Give the files that are not applied yet.

    Raises:
        RefusedError: an applied file was edited, or the database is newer than this version.
    """
    files = load_migrations()
    for migration in files:
        known = applied.get(migration.number)
        if known is not None and known.checksum != migration.checksum:
            raise RefusedError(
                f"migration {migration.number:04d}_{migration.name} was edited after it was applied at"
                f" {known.applied_at}; restore the file and put the change into a new migration"
            )
    unknown = applied.keys() - {migration.number for migration in files}
    if unknown:
        raise RefusedError(f"the database has migration {max(unknown):04d}, of a newer version; update kpi")
    return [migration for migration in files if migration.number not in applied]


def check_migrated(client: Client, generation: str) -> None:
    """Refuse a generation that lacks tables or columns which this build writes.

    One that is ahead is taken: migrations only add, and a change of what is folded has its fold revision. So
    workers of two versions can be at work while one is replaced by the other.

    Raises:
        RefusedError: with the way out.
    """
    numbers = _applied_numbers(client, generation)
    pending = [migration.number for migration in load_migrations() if migration.number not in numbers]
    if pending:
        raise RefusedError(f"{generation} lacks migration {pending[0]:04d} of this build; run: kpi migrate")


def _applied_numbers(client: Client, generation: str) -> set[int]:
    if not has_table(client, generation, "schema_migrations"):
        return set()
    query = "SELECT DISTINCT number FROM {generation:Identifier}.schema_migrations"
    return {int(row[0]) for row in client.query(query, {"generation": generation}).result_rows}


def _create_databases(client: Client, settings: Settings) -> str:
    generation = live_generation(client, settings)
    for statement, names in _groundwork(settings, generation):
        define(client, settings, statement, names)
    return generation


def _groundwork(settings: Settings, generation: str) -> list[tuple[str, dict[str, str]]]:
    """Give what is there before any migration: the databases, and what is remembered of them."""
    databases = [(_CREATE_DATABASE, {"database": name}) for name in (settings.database, generation)]
    names = {"public": settings.database, "generation": generation}
    return [*databases, (_CREATE_LIVE, names), (_CREATE_APPLIED, names)]


def script(settings: Settings) -> list[str]:
    """Give all that `migrate` would send to an empty server, or cluster; no server is asked."""
    generation = f"{settings.database}_g1"
    names = {"public": settings.database, "generation": generation}
    parts = [(statement, names) for one in load_migrations() for statement in split_statements(one.sql)]
    texts = [
        text
        for statement, given in [*_groundwork(settings, generation), *parts]
        for text in statements_for(named(statement, given), settings.clickhouse_cluster)
    ]
    # Views name the tables of their generation without its name.
    return [*texts[:2], f"USE `{generation}`", *texts[2:]]


def _apply(client: Client, settings: Settings, migration: Migration, names: Mapping[str, str]) -> None:
    for statement in split_statements(migration.sql):
        define(client, settings, statement, names)
    row = [migration.number, migration.name, migration.checksum, clock.now(), version("laocai-gate-kpi")]
    columns = ["number", "name", "checksum", "applied_at", "app_version"]
    client.insert("schema_migrations", [row], column_names=columns)


def _record_revision(client: Client) -> None:
    if not scalar(client, "SELECT count() FROM generation WHERE name = 'fold_revision'"):
        row = ["fold_revision", str(FOLD_REVISION), clock.now()]
        client.insert("generation", [row], column_names=["name", "value", "recorded_at"])


def _record_live(client: Client, settings: Settings, generation: str) -> None:
    names = {"public": settings.database}
    if not scalar(client, "SELECT count() FROM {public:Identifier}.live_generation", names):
        _insert_live(client, settings, generation)


def _insert_live(client: Client, settings: Settings, generation: str) -> None:
    # Later than every other promotion, whatever this host's clock says: the latest one is live.
    client.command(
        "INSERT INTO {public:Identifier}.live_generation SELECT {name:String},"
        " greatest({now:DateTime64(3, 'UTC')}, max(promoted_at) + toIntervalMillisecond(1))"
        " FROM {public:Identifier}.live_generation",
        parameters={"public": settings.database, "name": generation, "now": clock.now()},
    )


def highest_positions(client: Client, generation: str, topic: str) -> dict[int, int]:
    """Give the highest position of each partition of a topic that anything stored bears."""
    parameters = {"generation": generation, "topic": topic}
    rows = client.query(_HIGHEST_POSITIONS, parameters=parameters).result_rows
    return {int(partition): int(highest) for partition, highest in rows}


def accept_new_logs(
    client: Client, generation: str, partitions: Sequence[PartitionId]
) -> dict[PartitionId, int]:
    """Set the base of partitions above everything stored of them, and give the bases.

    A position is `base + offset` from then on; also the base of one that nothing is stored of is above 0.
    """
    highest = {topic: highest_positions(client, generation, topic) for topic, _ in partitions}
    bases = {one: highest[one.topic].get(one.partition, 0) + 1 for one in partitions}
    rows = [[*partition, base, clock.now()] for partition, base in bases.items()]
    names = ["topic", "partition", "base", "accepted_at"]
    client.insert("log_bases", rows, database=generation, column_names=names)
    return bases
