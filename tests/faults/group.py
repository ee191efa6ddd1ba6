"""The group of the workers as Kafka tells of it."""

import asyncio

from streams.kafka_admin import admin_client
from streams.settings import Settings


def member_ids(settings: Settings) -> set[str]:
    """Give the ids of the members; one that has left and come back has another."""
    return asyncio.run(_ids(settings))


async def _ids(settings: Settings) -> set[str]:
    async with admin_client(settings) as admin:
        answers = await admin.describe_consumer_groups([settings.worker_group])
        return {member[0] for answer in answers for group in answer.groups for member in group[5]}
