"""deploy/kafka/acls.tsv: a broker takes every line, and it names users and topics that are there."""

from streams.settings import Settings
from streams.topics import CATALOGUE
from tests.secured import OPERATIONS, USERS, rules


def test_every_line_is_one_that_a_broker_takes() -> None:
    """Operations are Kafka's, users have a login, and names are those of our topics and groups."""
    settings = Settings(_env_file=None)
    groups = {settings.worker_group, settings.alerts_group}
    names = {"topic": {topic.name for topic in CATALOGUE} | {"*"}, "group": groups}

    for user, kind, name, operations in rules():
        assert user in USERS
        assert set(operations) <= set(OPERATIONS)
        assert name in names[kind] | {"run-*"}


def test_who_drops_a_database_may_see_the_workers() -> None:
    """Else kpi restore --replace and kpi migrate --rebuild could not tell whether one is at work."""
    assert ("kpi-setup", "group", "kpi-worker", ["Describe"]) in rules()
