"""Events of a seed: few ids, few times, few visits, because what matters happens when they meet."""

import json
import random
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from streams.topics import partition_of
from tests.events import START_MS, correction, crossing, output, stage, uuid

Event = dict[str, Any]
PARTITIONS: Final = {
    "gate.crossing": 2,
    "clearance.stage": 1,
    "factory.output": 1,
    "declaration": 1,
    "gate.state": 1,
    "target": 1,
}
RECEIVED_MS: Final = START_MS + 12 * 86_400_000
# What the store does not take, though it keeps the contract.
UNFIT: Final = b"unfit"
_UNFIT_SHARE: Final = 0.03
_UNFIT_IDS: Final = 1_000_000
# So many records a visit that they meet, and none comes near the 64 that one may hold.
_RECORDS_A_VISIT: Final = 12
_POINTS: Final = ("arrived", "booth_start", "booth_end", "crossed", "turned_back")
_STAGES: Final = ("lodged", "channel_assigned", "released")
_LANES: Final = (None, "kim-thanh-out-1", "kim-thanh-out-2")
# Minutes of one hour, other hours, and days before: the last come very late.
_TIMES: Final = (0, 41_000, 82_000, 164_000, 7_200_000, 14_400_000, 5 * 86_400_000)


class Sent(NamedTuple):
    """A record as it is produced, and whether it breaks the contract."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    is_dead: bool


def traffic(rng: random.Random, size: int) -> list[Sent]:
    """Draw records in the order in which they are produced; about a third are corrections or sent again."""
    events = [_event(rng, number, size) for number in range(1, size + 1)]
    for number, event in enumerate(events):
        if rng.random() < _UNFIT_SHARE:
            # An id of its own: none that is dead here and good elsewhere.
            event["id"] = uuid(_UNFIT_IDS + number)
            event["source"] = f"/vn/laocai/kim-thanh/{UNFIT.decode()}"
    again = [rng.choice(events) for _ in range(size // 6)]
    # An id that another event bears already: elsewhere, at another time, of another visit.
    stolen = [_event(rng, rng.randint(1, size), size) for _ in range(size // 20)]
    sent = [_sent(event) for event in [*events, *again, *stolen]]
    sent += [_bad(rng, rng.choice(events)) for _ in range(size // 12)]
    rng.shuffle(sent)
    return sent


def _event(rng: random.Random, number: int, size: int) -> Event:
    ms, visit = rng.choice(_TIMES), f"V-{rng.randint(0, 2 + size // _RECORDS_A_VISIT)}"
    extra: Event = {}
    if rng.random() < 0.3:
        other = rng.choice([n for n in range(1, size + 1) if n != number])
        extra = correction(rng.choice(("amend", "cancel")), other, ms, rng.randint(1, 2))
    shape = rng.random()
    if shape < 0.2:
        return stage(number, visit, rng.choice(_STAGES), ms, rng.choice((None, "green", "red")), **extra)
    if shape < 0.4:
        window = rng.randint(0, 1 + size // _RECORDS_A_VISIT)
        extra.update({"correctstime": output(0, window)["time"]} if extra else {})
        return output(number, window, rng.randint(0, 3), **extra)
    return crossing(number, visit, rng.choice(_POINTS), ms, lane_id=rng.choice(_LANES), **extra)


def _sent(event: Event) -> Sent:
    topic = event["type"].removeprefix("vn.laocai.kpi.").removesuffix(".v1")
    key = event["subject"].encode()
    value = json.dumps(event).encode()
    return Sent(topic, partition_of(key, PARTITIONS[topic]), key, value, is_dead=UNFIT in value)


def _bad(rng: random.Random, event: Event) -> Sent:
    """Break the contract in one of the ways that a record can; the id may be one that is good elsewhere."""
    ways: tuple[Callable[[Sent], Sent], ...] = (
        lambda sent: sent._replace(value=b"\xff\x00"),
        lambda sent: sent._replace(value=None),
        lambda sent: sent._replace(key=b"another"),
        lambda sent: sent._replace(value=(sent.value or b"").replace(b"2026-01-", b"2027-01-")),
        lambda sent: sent._replace(value=(sent.value or b"").replace(b"kpi.", b"kpi.no-")),
    )
    return rng.choice(ways)(_sent(event))._replace(is_dead=True)
