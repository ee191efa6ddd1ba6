"""Targets: from an operator's file to events that stand."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from producers.targets import (
    amount_of,
    body_of,
    decode_targets,
    never_applied,
    new_targets,
    read_targets,
    standing,
)
from streams.commands.targets import app
from streams.errors import UsageError
from streams.events import Target, event_to_json
from streams.ports import free_port
from streams.registry import TargetRecord, load_registry

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _record(**changes: object) -> TargetRecord:
    base = {
        "indicator": "trade_value",
        "scope": "lao-cai",
        "year": 2026,
        "value": "5000000000",
        "currency": "USD",
        "qualifier": "eq",
        "source": "owner",
    }
    return TargetRecord.model_validate(base | changes)


def _apply(log: list[Target], *records: TargetRecord, now: datetime = NOW) -> list[Target]:
    return log + new_targets([body_of(record) for record in records], standing(log), now)


def _load(log: list[Target], *registry: TargetRecord, now: datetime = NOW) -> list[Target]:
    """Apply records as those of the registry."""
    wanted = never_applied([body_of(record) for record in registry], log)
    return log + new_targets(wanted, standing(log), now)


def test_the_registrys_targets_are_events_in_minor_units() -> None:
    """Dollars become cents, dong stay dong; each starts at Hanoi's new year."""
    log = _apply([], *load_registry().targets)

    values = {event.key: event.data.value_minor for event in log}
    assert len(log) == len(values) == 8
    assert values["trade_value/lao-cai/2026"] == 500_000_000_000
    assert values["industrial_output/lao-cai/2026"] == 51_100_000_000_000
    assert values["budget_revenue/lao-cai/2022"] == 1_896_600_000_000
    assert {event.time for event in log if event.data.year == 2026} == {
        datetime(2025, 12, 31, 17, tzinfo=UTC)
    }


def test_applying_twice_changes_nothing() -> None:
    """The second time no event is made; another home makes the same ids."""
    log = _apply([], _record())

    assert log == _apply(log, _record(), now=LATER)
    assert log == _apply([], _record(), now=LATER)


def test_a_changed_value_stands_from_now_on_and_can_be_changed_back() -> None:
    """Each change is a new event, later than the one that it replaces."""
    log = _apply([], _record())
    log = _apply(log, _record(value="4500000000"))
    log = _apply(log, _record(), now=LATER)

    (stands,) = standing(log)
    assert len({event.id for event in log}) == 3
    assert stands.data.value_minor == 500_000_000_000
    assert [event.time for event in log[1:]] == [NOW, LATER]


def test_the_registry_never_undoes_what_an_operator_applied() -> None:
    """Loaded again it sends nothing; only a record that it did not have before."""
    log = _load([], _record())
    log = _apply(log, _record(value="4500000000"))

    assert log == _load(log, _record(), now=LATER)
    assert [450_000_000_000] == [event.data.value_minor for event in standing(log)]
    (extra,) = _load(log, _record(), _record(year=2027), now=LATER)[len(log) :]
    assert extra.data.year == 2027


def test_an_edited_record_of_the_registry_stands() -> None:
    """A figure that never travelled replaces the earlier one."""
    log = _load(_load([], _record()), _record(value="4500000000"), now=LATER)

    assert [450_000_000_000] == [event.data.value_minor for event in standing(log)]


def test_only_targets_of_the_topic_are_read() -> None:
    """Other messages, and what is no event, are passed over."""
    log = _apply([], _record())

    assert log == decode_targets([b"{nonsense", *map(event_to_json, log), b'{"type": "x"}'])


def test_an_unknown_scope_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text names the record and lists the known scopes; Kafka is not asked."""
    monkeypatch.setenv("KPI_KAFKA_BOOTSTRAP", f"127.0.0.1:{free_port()}")
    path = tmp_path / "targets.toml"
    record = _record(scope="lao-kai").model_dump(exclude_none=True)
    path.write_text("[[targets]]\n" + "".join(f"{name} = {value!r}\n" for name, value in record.items()))

    refused = CliRunner().invoke(app, ["apply", str(path)]).exception

    assert isinstance(refused, UsageError)
    assert "trade_value/lao-kai/2026" in str(refused)
    assert all(scope in str(refused) for scope in ("lao-cai", "parks", "kim-thanh", "tang-loong"))


def test_a_target_of_next_year_is_decided_now() -> None:
    """Its time is not in the future, its first day is."""
    (event,) = _apply([], _record(year=2027))

    assert NOW == event.time
    assert str(event.data.effective_from) == "2027-01-01"


def test_two_first_days_of_one_year_stand_side_by_side() -> None:
    """A target that moves in July leaves the one of January as it was."""
    log = _apply([], _record(), _record(value="4500000000", effective_from="2026-07-01"))

    assert len(standing(log)) == 2
    assert log == _apply(log, _record())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": "1.5", "currency": "VND"}, "more decimals than VND"),
        ({"currency": "XAU"}, "XAU is not known"),
        ({"value": "0"}, "value_minor"),
    ],
)
def test_a_value_that_cannot_be_is_refused(changes: dict[str, object], words: str) -> None:
    """The text names the record and what is wrong."""
    with pytest.raises(UsageError, match=f"trade_value/lao-cai/2026.*{words}"):
        body_of(_record(**changes))


def test_a_goal_for_booth_service_is_in_milliseconds() -> None:
    """It has no currency."""
    body = body_of(_record(indicator="booth_service_time", value="120000", currency=None, qualifier="lte"))

    assert body.value_minor == 120_000
    assert amount_of(body) == "120,000 ms"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Missing, no TOML, or without the records."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_targets(tmp_path / "missing.toml")
    path = tmp_path / "targets.toml"
    path.write_text("[[targets")
    with pytest.raises(UsageError, match="not valid TOML"):
        read_targets(path)
    path.write_text("[[targets]]\nindicator = 'x'\n")
    with pytest.raises(UsageError, match=r"targets\.0"):
        read_targets(path)
