"""A producer that dies while it sends, and sends its file again: every event counts once."""

import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.faults.proxy import Fault, Mode
from tests.faults.stand import Stand
from tests.faults.traffic import Message
from tests.forked import Forked
from tests.line import environment

pytestmark = pytest.mark.integration
_EVENTS = 4_000
_KILLS = 2


def test_a_producer_is_killed_and_sends_its_file_again(line: Stand, tmp_path: Path) -> None:
    """Killed twice on the way, it begins its file anew each time; what arrived twice changes nothing."""
    messages = line.traffic.good(_EVENTS)
    file = _write(tmp_path / "events.ndjson", messages)
    line.start_worker()
    chance = Random(line.seed)  # noqa: S311 - repeatable
    line.servers.kafka_proxy.switch(Fault(Mode.DELAY, delay_s=0.6))
    for _ in range(_KILLS):
        before = _on_topics(line)
        producer = _produce(line, file)
        _wait_for(line, before + chance.randrange(1, _EVENTS // 4))
        producer.send_signal(signal.SIGKILL)
        assert producer.wait() == -signal.SIGKILL
        line.tally.faults += 1
        assert _on_topics(line) < before + _EVENTS
    line.servers.heal()
    assert _produce(line, file).wait(60) == 0

    sent = Counter(message.identity for message in messages)
    line.acked += sent
    line.tried += Counter({identity: (_KILLS + 1) * count for identity, count in sent.items()})
    line.tally.sent = _on_topics(line)
    assert line.tally.sent > _EVENTS
    expected = line.assert_invariants()
    assert sent.keys() == set(expected.accepted.values())
    assert line.stored_events() == _EVENTS


def _write(path: Path, messages: Sequence[Message]) -> Path:
    path.write_bytes(b"".join((message.value or b"") + b"\n" for message in messages))
    return path


def _wait_for(line: Stand, count: int) -> None:
    line.wait_until(lambda: _on_topics(line) >= count)


def _on_topics(line: Stand) -> int:
    return sum(line.ends().values())


def _produce(line: Stand, file: Path) -> Forked:
    """Run the command of the users, through the proxy."""
    reach = {"KPI_KAFKA_BOOTSTRAP": line.servers.proxied.kafka_bootstrap}
    return Forked(("produce", "file", str(file)), {**environment(line.settings), **reach}, line.log)
