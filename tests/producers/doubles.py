"""Hand-written doubles of what producers talk to."""

from collections.abc import Iterable

from producers.publisher import Message


class MemorySender:
    """Keeps what is published; `fail_after` messages in, it raises once, as a process that dies."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.sent: list[Message] = []
        self.fail_after = fail_after

    async def publish(self, messages: Iterable[Message]) -> None:
        """Take the messages, or some of them and raise."""
        for message in messages:
            if self.fail_after is not None and len(self.sent) >= self.fail_after:
                self.fail_after = None
                raise ConnectionError
            self.sent.append(message)

    @property
    def values(self) -> list[bytes]:
        """Give the bytes that arrived, in order."""
        return [message.value for message in self.sent]


class IdleWorkers:
    """Workers that are never behind; they count how often somebody asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def wait_below(self, limit: int) -> None:
        """Return at once."""
        assert limit > 0
        self.asked += 1
