"""Who is subscribed, as the files say it."""

from datetime import timedelta
from pathlib import Path

import pytest

from streams import clock
from streams.alerts.subscribers import Subscribers
from streams.errors import UsageError
from streams.settings import Settings

_WHOLE = '[[subscribers]]\nname = "gate"\nurl = "json://127.0.0.1/"\n'


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Give the operators' file, with one subscriber."""
    path = tmp_path / "subscribers.toml"
    path.write_text(_WHOLE)
    return path


@pytest.fixture
def subscribers(shared: Path, tmp_path: Path) -> Subscribers:
    """Give what reads that file and an empty home folder."""
    return Subscribers(Settings(_env_file=None, home=tmp_path), shared)


def test_a_file_amid_being_written_takes_nobody_away(shared: Path, subscribers: Subscribers) -> None:
    """Whoever was subscribed hears on, what is muted stays so, and the next whole file is in force."""
    now = clock.now()
    assert ["gate"] == list(subscribers.hearing(now))
    shared.write_text(_WHOLE[:-9])
    assert ["gate"] == list(subscribers.hearing(now))
    shared.write_text(_WHOLE.replace("gate", "desk"))
    subscribers.mute("desk", now + timedelta(hours=1))
    assert [] == list(subscribers.hearing(now))
    shared.write_text(_WHOLE[:-9])
    assert [] == list(subscribers.hearing(now))
    assert ["desk"] == list(subscribers.hearing(now + timedelta(hours=2)))


def test_a_file_that_never_held_is_refused(shared: Path, subscribers: Subscribers) -> None:
    """At the start, so that nobody believes to be subscribed."""
    shared.write_text(_WHOLE[:-9])
    with pytest.raises(UsageError, match=r"subscribers\.toml"):
        subscribers.hearing(clock.now())


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        ('["kim-than"]', "gate: there is no place 'kim-than' in the registry"),
        ('["kim-thanh/customs-x"]', "gate: there is no place 'kim-thanh/customs-x' in the registry"),
        ('"kim-thanh"', 'gate: scopes: Value error, must be a list: write ["kim-thanh"]'),
    ],
)
def test_a_place_that_nobody_knows_is_refused(
    shared: Path, subscribers: Subscribers, scopes: str, words: str
) -> None:
    """Nothing would ever be heard of it; a gate, a zone or a system at a gate is one."""
    shared.write_text(f'{_WHOLE}scopes = ["kim-thanh", "tang-loong", "ho-kieu/vnaccs-vcis"]\n')
    assert 1 == len(subscribers.all())
    shared.write_text(f"{_WHOLE}scopes = {scopes}\n")
    with pytest.raises(UsageError) as refused:
        subscribers.all()

    assert words in str(refused.value)


def test_a_subscriber_whose_place_is_gone_can_be_removed(subscribers: Subscribers, tmp_path: Path) -> None:
    """The registry has taken a gate away: what names it is refused, but for its removal."""
    kept = '{"subscribers": [{"name": "old", "url": "json://127.0.0.1/", "scopes": ["gone"]}]}'
    (tmp_path / "subscribers.json").write_text(kept)
    with pytest.raises(UsageError, match="there is no place 'gone'"):
        subscribers.all()

    subscribers.remove("old")
    assert ["gate"] == [one.name for one in subscribers.all()]
