"""The switch of the public views to a replay, and back; workers pause for it, and nothing gets lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import writer
from streams.core.breaker import WINDOW
from streams.core.record import PartitionId
from streams.core.revision import FOLD_REVISION
from streams.ddl import define
from streams.errors import RefusedError
from streams.migrate import live_generation, migrate, prepare_generation, promote
from streams.registry import Registry
from streams.replay.begin import check_build, check_source, next_stage
from streams.replay.handover import (
    close_generation,
    open_generation,
    predecessor_of,
    refuse_other_successor,
    stands_of,
    successor_of,
    take_over,
    take_over_decisions,
)
from streams.replay.plan import Plan, Positions, by_partition, generation_of, run_settings, spelt, write_plan
from streams.replay.run import consumed, ends_in
from streams.settings import Settings


class Promotion:
    """Makes a replay live, or goes back; whoever is killed amid it does the same again.

    Attributes:
        plan: the replay, as far as it is.
        before: the generation that is live now.
    """

    def __init__(self, settings: Settings, registry: Registry, plan: Plan, who: str) -> None:
        self._settings = settings
        self._registry = registry
        self._who = who
        self.plan = plan
        self.generation = generation_of(settings, plan.name)
        with writer(settings) as client:
            self.before = live_generation(client, settings)

    def check(self, partitions: dict[str, int]) -> None:
        """Refuse what would lose events or mix rules.

        Raises:
            RefusedError: with the way out.
        """
        plan = self.plan
        if self.before == self.generation:
            # Whatever this build counts by: it is live already, and shall be open.
            self._check_cut_short()
            return
        if not plan.is_whole:
            raise RefusedError(
                f"replay {plan.name} holds a part of history only, or other targets: only one of the whole"
                " archive can be promoted: kpi replay run --source archive"
            )
        if plan.state == "folding" and not plan.ends:
            raise RefusedError(
                f"replay {plan.name} is not complete; it goes on with: kpi replay run --name {plan.name}"
            )
        check_build(plan, self._registry)
        if partitions != plan.partitions:
            raise RefusedError("topics have other partitions now: kpi migrate --rebuild")
        if plan.state != "promoted":
            check_source(plan, self.before)
        self._check_stood_still()

    def _check_cut_short(self) -> None:
        """Refuse one that is live, unless the end of its switch is missing, or that of a way back."""
        with writer(self._settings) as client:
            if self.plan.state == "promoted" and not successor_of(client, self.generation):
                raise RefusedError(f"replay {self.plan.name} is live already")
            predecessor = predecessor_of(client, self._settings.database, self.generation)
            refuse_other_successor(client, self.generation, predecessor)

    def _check_stood_still(self) -> None:
        """Refuse what took over from a generation that went on since, and has passed over what came there."""
        plan = self.plan
        if plan.handed_over is None or plan.state == "promoted":
            return
        with writer(self._settings) as client:
            if self._stored(client) != plan.known:
                raise RefusedError(
                    f"{self.before} went on since replay {plan.name} took over: drop it with kpi replay drop"
                    f" {plan.name}, and run it anew"
                )

    def _stored(self, client: Client) -> Positions:
        return spelt({at: position + 1 for at, position in consumed(client, self.before).items()})

    def prepare(self) -> None:
        """Bring the live site to this build: who switches is written down beside its views."""
        migrate(self._settings, self._registry)

    def conclude(self) -> bool:
        """Tell whether it is live already: who switched to it, or back from it, was killed; workers go on."""
        if self.before != self.generation:
            return False
        with writer(self._settings) as client:
            open_generation(client, self.before)
            self._write(client, state="promoted")
        return True

    @contextmanager
    def paused(self, successor: str, command: str) -> Iterator[None]:
        """Let no worker write to the live generation; unless another is live, it is open again at the end.

        Raises:
            RefusedError: it gives way to another one than the successor: nothing was changed.
        """
        with writer(self._settings) as client:
            refuse_other_successor(client, self.before, successor)
            close_generation(client, self.before, successor, command)
        try:
            yield
        finally:
            with writer(self._settings) as client:
                is_live = live_generation(client, self._settings) == self.before
                if is_live and not (self.plan.handed_over and self.plan.state != "promoted"):
                    open_generation(client, self.before)

    def next_stage(self) -> Plan | None:
        """Give the plan with what came since it was folded; None: it holds everything."""
        # An older build made it: it may lack a table.
        migrate(run_settings(self._settings, self.plan.name), self._registry)
        if self.plan.state == "folding":
            return self.plan
        with writer(self._settings) as client:
            if self._stored(client) == self.plan.known:
                return None
            plan = next_stage(client, self._settings, self._registry, self.plan)
            write_plan(client, self._settings, plan)
        return plan

    def hand_over(self, differing: int | None, *, accepted: bool) -> None:
        """Let the replay go on where the live generation stands: its letters, bases, and what is consumed.

        How many rows differ, and that it was accepted, is remembered: whoever is killed from here on can no
        longer compare.

        Raises:
            RefusedError: it did already, and the live generation went on since.
        """
        # A worker may have gone on between the check and the pause.
        self._check_stood_still()
        with writer(self._settings, self.generation) as client:
            if self.plan.handed_over is None:
                handed_over = spelt(self._ends(client))
                self._write(client, handed_over=handed_over, differing=differing, accepted=accepted)
            stands = asyncio.run(stands_of(client, self.before, self.plan.partitions))
            ends = by_partition(self.plan.handed_over or {})
            take_over(client, self.before, stands, ends, self.plan.partitions)

    def _ends(self, client: Client) -> dict[PartitionId, int]:
        """Give the position after all that is held; letters so far below that no breaker counts them."""
        ends = by_partition(self.plan.ends)
        held = ends_in(client, self.generation, self.plan.partitions)
        return ends | {at: end + WINDOW for at, end in held.items() if end > ends.get(at, 0)}

    def take_over_decisions(self, target: str) -> None:
        """Let a generation that was live before know what operators decided about dead letters since."""
        # An older build made it: it may lack a column.
        prepare_generation(self._settings, self._registry, target)
        with writer(self._settings, target) as client:
            asyncio.run(take_over_decisions(client, self.before, self.plan.partitions))

    def switch(self, action: str, target: str, differing: int | None, *, accepted: bool) -> None:
        """Write down who does what, and point the public views at a generation that is open."""
        with writer(self._settings) as client:
            open_generation(client, target)
            # All migrations are applied anew: they point the views at it, also when this is cut short.
            forget = "TRUNCATE TABLE {target:Identifier}.schema_migrations"
            define(client, self._settings, forget, {"target": target})
            row = [
                clock.now(), self._who, action, self.plan.name, version("laocai-gate-kpi"), FOLD_REVISION,
                self.before, target, differing, accepted,
            ]  # fmt: skip
            client.insert("replay_actions", [row], database=self._settings.database)
        promote(self._settings, self._registry, target)
        with writer(self._settings) as client:
            self._write(client, state="promoted")

    def _write(self, client: Client, **update: object) -> None:
        self.plan = self.plan.model_copy(update=update)
        write_plan(client, self._settings, self.plan)

    def predecessor(self) -> str:
        """Name the generation that was live before the replay.

        Raises:
            RefusedError: the replay is not live, or what was live before is gone.
        """
        if self.before != self.generation:
            raise RefusedError(f"replay {self.plan.name} is not live; {self.before} is")
        with writer(self._settings) as client:
            predecessor = predecessor_of(client, self._settings.database, self.generation)
        if predecessor is None:
            raise RefusedError("the generation that was live before is gone: nothing to go back to")
        return predecessor
