"""The alerts of a replay that has a clock: evaluated as it runs, kept beside its numbers, sent to nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from streams.alerts.announcer import Announcer, Nobody
from streams.alerts.evaluator import Evaluator
from streams.alerts.files import load_rules, rules_of
from streams.alerts.memory import Memory
from streams.alerts.names import Names
from streams.alerts.outbox import Outbox
from streams.clickhouse_client import reader, scalar, writer
from streams.registry import Registry
from streams.replay.plan import Plan, run_settings
from streams.settings import Settings


@contextmanager
def looking(settings: Settings, registry: Registry, plan: Plan) -> Iterator[Callable[[datetime], object]]:
    """Give what looks at every rule whose turn it is at a moment of the replay's clock."""
    assert plan.course is not None  # noqa: S101 - it was set
    own = run_settings(settings, plan.name)
    rules = (
        rules_of(plan.rules, f"rules of replay {plan.name}", registry)
        if plan.rules
        else load_rules(settings.alert_rules, registry)
    )
    with reader(own) as asking, writer(own, own.database) as client:
        asking.database = own.database
        names = Names(registry)
        memory = Memory(client, names)
        announcer = Announcer(memory, Outbox(client), names, Nobody())
        evaluator = Evaluator(asking, memory, rules, announcer, plan.course.rewrite)
        evaluator.take_over(plan.course.start)
        yield evaluator.look


def count_alerts(settings: Settings, plan: Plan) -> int:
    """Count the alerts that fired in a replay."""
    own = run_settings(settings, plan.name)
    with reader(own) as client:
        names = {"public": own.database}
        return int(scalar(client, "SELECT count() FROM {public:Identifier}.alerts FINAL", names))
