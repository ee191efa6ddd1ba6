"""Events in any order, sent three times, hours late, from the future, or from a clock that is behind."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest

from streams import clock
from tests.events import correction, crossing
from tests.faults.stand import Stand
from tests.faults.stored import engine, generation, read_stored
from tests.faults.topics import LogRecord, Place
from tests.faults.traffic import Message, message_of
from tests.oracle import Rows, expected

pytestmark = pytest.mark.integration
_LATE, _BEHIND, _AHEAD = timedelta(hours=-2), timedelta(minutes=-5), timedelta(days=1)


def test_disorder_changes_no_number(line: Stand) -> None:
    """All windows are those of the same events, each once, in the order of their times."""
    chance = Random(line.seed)  # noqa: S311 - repeatable
    once = [*line.traffic.good(300), *_aged(1, 20, _LATE), *_aged(2, 20, _BEHIND)]
    future = [message._replace(dead="future_time") for message in _aged(3, 20, _AHEAD)]
    sent = [*once * 3, *future]
    chance.shuffle(sent)
    line.start_worker(batch_records=90)
    line.start_worker(batch_records=11)
    line.send(sent)
    line.assert_invariants()

    assert _in_order(once) == read_stored(line.settings).rows
    assert {"Z-1": True, "Z-2": False} == _late(line)


def _aged(kind: int, count: int, age: timedelta) -> list[Message]:
    """Give crossings of that age now, a fifth of them amended; subjects begin with `Z-` and the kind."""
    when = (clock.now() + age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    events = []
    for number in range(count):
        known = 10**9 + kind * 10**6 + 10 * number
        event = {**crossing(known, f"Z-{kind}-{number}", "crossed", 0), "time": when}
        events.append(event)
        if number % 5 == 0:
            amended = {**json.loads(json.dumps(event)), **correction("amend", known, 0), "correctstime": when}
            amended["data"]["goods"][0]["value_usd_minor"] = 7
            events.append({**amended, "id": crossing(known + 1, "", "crossed", 0)["id"]})
    return [message_of(event) for event in events]


def _in_order(messages: Sequence[Message]) -> Rows:
    """Compute the rows of messages, each once, by their times."""
    ordered: defaultdict[Place, list[LogRecord]] = defaultdict(list)
    for message in sorted(messages, key=lambda message: str(json.loads(message.value or b"")["time"])):
        # One partition of its own: which one it is says nothing about the rows.
        records = ordered[Place(message.topic, 0)]
        said = message.identity, "", clock.now_ms()
        records.append(LogRecord(len(records), message.key, message.value, *said))
    return expected(ordered)


def _late(line: Stand) -> dict[str, bool]:
    """Tell of the aged events whether they are marked as late."""
    events = f"{generation(line.settings)}.events"
    sql = f"""SELECT substring(subject, 1, 3), max(late), min(late) FROM {events} FINAL
              WHERE startsWith(subject, 'Z-') GROUP BY 1"""
    with engine(line.settings) as client:
        rows = client.query(sql).result_rows
    assert all(most == least for _, most, least in rows)
    return {kind: bool(most) for kind, most, _ in rows}
