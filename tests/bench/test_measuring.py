"""The bench's own arithmetic: pairs, marks, ages, and the page that shows them."""

import json

import pytest

from tests.bench import jvm, page
from tests.bench.marks import Mark, Reading, marks_of, sample_of
from tests.bench.measure import Freshness, Sample, Samples, Spread
from tests.bench.visibility import Seen, Sent, ages_ms

PLACE = ("gate.crossing", 0)


def test_a_ratio_is_the_median_of_pairs_of_one_round() -> None:
    """A round that one of the two missed pairs with nothing, and shifts no other pair."""
    samples = Samples()
    for number, events in ((0, 100), (1, 300), (2, 800)):
        samples.add("ours", number, Sample(events, 1.0, 0, 0))
    for number, events in ((0, 50), (2, 100)):
        samples.add("theirs", number, Sample(events, 1.0, 0, 0))

    assert Spread(5.0, 2.0, 8.0) == samples.ratio("ours", "theirs")
    assert samples.ratio("ours", "nobody") is None


def test_marks_are_the_batches_that_a_log_tells_of() -> None:
    """Other lines, and one that is not whole yet, are none; what a terminal is told before is no matter."""
    lines = [
        "Traceback (most recent call last): batch_stored",
        "\x1b[?25h" + _line("batch_stored", 0, records=7),
        _line("worker_started", 1),
        _line("partitions_assigned", 2),
        _line("batch_stored", 3, records=5, offsets={"target/0": [0, 4]}),
        '{"event": "batch_stored", "rec',
    ]

    every = marks_of(lines)

    assert [(7, {}), (5, {"target/0": [0, 4]})] == [(mark.records, mark.offsets) for mark in every]
    assert pytest.approx(3.0) == every[1].at - every[0].at
    assert every[1:] == marks_of(lines, settled=True)


def _line(event: str, second: int, **fields: object) -> str:
    return json.dumps({**fields, "event": event, "timestamp": f"2026-03-02T00:00:0{second}.000000Z"})


def test_a_sample_begins_when_every_process_has_stored_a_batch() -> None:
    """What one process stored alone does not count, nor each one's last batch, nor the CPU of starting."""
    logs = [
        [Mark(10.0, 100, {}), Mark(11.0, 100, {}), Mark(13.0, 60, {}), Mark(15.0, 1, {})],
        [Mark(12.0, 40, {}), Mark(14.0, 40, {}), Mark(19.0, 1, {})],
    ]
    readings = [Reading(10.0, 5.0, 1.0), Reading(14.0, 9.0, 3.0), Reading(20.0, 9.0, 3.0)]

    sample = sample_of(logs, readings)

    assert Sample(events=100, seconds=2.0, own_cpu_s=2.0, engine_cpu_s=1.0) == sample
    assert 50.0 == sample.rate


def test_too_few_batches_are_no_sample() -> None:
    """One batch tells when a process began, and no speed; nor does a process that stored nothing."""
    for logs in ([[Mark(10.0, 100, {})]], [[], [Mark(1.0, 1, {}), Mark(2.0, 1, {}), Mark(3.0, 1, {})]]):
        with pytest.raises(AssertionError, match="too few batches"):
            sample_of(logs, [Reading(9.0, 0, 0)])


def test_an_event_is_as_old_as_the_first_answer_that_shows_it() -> None:
    """Answers that do not reach its offset, and those of other partitions, show nothing of it."""
    sent = [Sent(PLACE, 0, 1.0), Sent(PLACE, 3, 1.5)]
    seen = [Seen(1.2, {PLACE: 2}), Seen(1.7, {PLACE: 2, ("target", 0): 9}), Seen(2.0, {PLACE: 3})]

    assert pytest.approx([200.0, 500.0]) == ages_ms(sent, seen)
    with pytest.raises(LookupError):
        ages_ms([Sent(PLACE, 4, 1.0)], seen)


def test_percentiles_are_of_all_events() -> None:
    """One in a hundred that is slow shows in the 99th percentile and in no lower one."""
    found = Freshness.of([*range(1, 100), 5_000.0], 0.1, 0.2)

    assert (100, 51, 96, 5_000.0) == (found.events, found.p50_ms, found.p95_ms, found.p99_ms)


def test_the_jvm_is_compared_in_the_tables_that_it_folds() -> None:
    """A row is named as it names it; the oracle's other tables are not asked of it."""
    vehicle = ("kim-thanh", "outbound", "container", True)
    rows = {
        ("crossings_day", 20_500, vehicle): {"vehicles": 2},
        ("latency_day", 20_500, ("gate_dwell",)): {"vehicles": 2},
    }

    assert {"crossings_day|20500|kim-thanh|outbound|container|true": [2, 0]} == jvm.as_sums(rows)


def test_the_page_shows_what_was_measured_and_says_what_was_not() -> None:
    """Figures come from the file of the bench alone; a goal without one says so."""
    text = f"before\n{page.BEGIN}\nlast time\n{page.END}\nafter\n"
    machine = {"cores": 2, "processor": "one", "load_average": [0.0, 0.1, 0.2]}
    found = {
        "commit": "abc", "measured_at": "2026-11-30T13:00:00", "command": "make bench", "machine": machine,
        "ratios": {"to_quix": 2.5}, "ratio_spreads": {"to_quix": {"low": 2.0, "high": 2.6}}, "notes": [],
    }  # fmt: skip

    filled = page.fill(text, found)

    assert filled.startswith("before\n")
    assert filled.endswith("\nafter\n")
    assert "last time" not in filled
    assert "Commit abc, 2026-11-30T13:00, 2 cores (one), load 0.1: `make bench`." in filled
    assert "Not measured yet." in page.fill(text, {})
    assert "| to_quix | 2.50 (2.00 - 2.60) |" in filled
    assert "| to_bytewax | not measured |" in filled


def test_the_plan_is_arithmetic_on_what_was_measured() -> None:
    """A worker is planned at 60 % of its speed in the busiest second, disk by the bytes of an event."""
    speed = {
        "events_per_second": {"median": 20_000.0},
        "own_cpu_us": {"median": 1},
        "engine_cpu_us": {"median": 1},
    }
    stored = {"bytes_by_table": {"events": 1 << 30}, "events": 1 << 22}

    filled = page.fill(
        f"{page.PLAN_BEGIN}\n{page.PLAN_END}", {"benches": {"worker": speed}, "storage": stored}
    )

    assert "| 10,000 | 1,273.1 | 12,731 | 2 | 9,572.5 |" in filled
    assert "| 100 | 12.7 | 127 | 1 | 95.7 |" in filled
