"""The topic catalogue: names, partitions, retention, and which event type travels where."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

_DAY_MS: Final = 24 * 3600 * 1000
FOREVER: Final = -1
# Larger than what decode takes, so that an oversized message arrives and becomes a dead letter.
TOPIC_MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True)
class Topic:
    """One topic of the catalogue; `event_type` is None where other bytes travel."""

    name: str
    event_type: str | None
    partitions: int
    retention_ms: int

    @property
    def config(self) -> dict[str, str]:
        """Give the settings that the broker needs when the topic is created."""
        return {
            "retention.ms": str(self.retention_ms),
            "cleanup.policy": "delete",
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(TOPIC_MAX_MESSAGE_BYTES),
        }


_EVENT_TOPICS: Final = (
    Topic("gate.crossing", "vn.laocai.kpi.gate.crossing.v1", 4, 30 * _DAY_MS),
    Topic("clearance.stage", "vn.laocai.kpi.clearance.stage.v1", 4, 30 * _DAY_MS),
    Topic("factory.output", "vn.laocai.kpi.factory.output.v1", 4, 30 * _DAY_MS),
    Topic("declaration", "vn.laocai.kpi.declaration.v1", 4, 30 * _DAY_MS),
    Topic("gate.state", "vn.laocai.kpi.gate.state.v1", 1, FOREVER),
    Topic("target", "vn.laocai.kpi.target.v1", 1, FOREVER),
)
DEAD_LETTERS: Final = Topic("dead.letters", None, 1, FOREVER)
EVENT_TOPICS: Final = {topic.name: topic for topic in _EVENT_TOPICS}
DEFAULT_PARTITIONS: Final = {topic.name: topic.partitions for topic in _EVENT_TOPICS}
CATALOGUE: Final = (*_EVENT_TOPICS, DEAD_LETTERS)
TOPIC_OF_TYPE: Final = {str(topic.event_type): topic.name for topic in _EVENT_TOPICS}


# Ten days of visits: the keys of a batch come again within hours, and each that is kept takes 300 bytes.
@lru_cache(maxsize=4_096)
def partition_of(key: bytes, partitions: int) -> int:
    """Give the partition that Kafka's default partitioner (murmur2) puts a key into."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
