"""The parts of the ingest: cutting a batch, whose data it is, tokens, rates, and sending together."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.ingest.held import Held
from producers.ingest.personal import personal_field
from producers.ingest.rate import Bucket
from producers.ingest.requests import UnreadableError, read_events
from producers.ingest.together import NotAcknowledgedError, Together
from producers.ingest.tokens import Token, Tokens, add_token, hash_of, read_tokens
from producers.publisher import Message
from producers.simulate.world import World
from streams import clock
from streams.cli import main
from streams.errors import EXIT_USAGE, UsageError
from tests.events import START_MS
from tests.ingest.doubles import BATCH, JUDGE, REGISTRY, SlowKafka, passing
from tests.producers.doubles import MemorySender

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(_JSON, min_size=1, max_size=5), st.sampled_from([None, 1]), st.booleans())
def test_a_batch_is_cut_into_the_very_bytes_of_its_items(
    items: list[Any], indent: int | None, ascii_only: bool
) -> None:
    """Whatever is in them, blanks around them do not matter, and none is lost."""
    written = [json.dumps(item, ensure_ascii=ascii_only).encode(errors="replace") for item in items]
    joiner = b",\n " if indent else b","
    posted = read_events({"content-type": BATCH}, b" [ " + joiner.join(written) + b" ]\n")

    assert written == list(posted.values)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_are_refused(body: bytes) -> None:
    """Nothing else comes out of them."""
    with suppress(UnreadableError):
        posted = read_events({"content-type": BATCH}, body)
        assert json.loads(body) == [json.loads(value) for value in posted.values]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"plate": "x"}, "plate: send no plates", id="a field for a plate"),
        pytest.param({"data": {"driverName": "x"}}, "data.driverName: send no", id="a driver's name"),
        pytest.param({"data": {"ho_ten": "x"}}, "data.ho_ten: send no", id="a name, in Vietnamese"),
        pytest.param({"data": {"ma-so-thue": "x"}}, "data.ma-so-thue", id="a tax number, in Vietnamese"),
        pytest.param({"data": {"trailer": {"plate_no": 1}}}, "data.trailer.plate_no", id="deep below"),
        pytest.param({"data": {"goods": [{"consignee": "x"}]}}, "data.goods.consignee", id="in the goods"),
        pytest.param({"subject": "24C-123.45"}, "subject: looks like a plate", id="a plate as the visit"),
        pytest.param(
            {"data": {"visit_id": "29LD12345"}}, "data.visit_id: looks like a plate", id="of a company"
        ),
        pytest.param(
            {"data": {"reason": "xe 24c-123.45 hỏng"}}, "data.reason: looks like a plate", id="in a text"
        ),
        pytest.param({"data": {"note": "云G·12345"}}, "data.note: looks like a plate", id="of China"),
        pytest.param(
            {"correlationid": "5300123456-001"}, "correlationid: looks like a tax", id="a tax number"
        ),
        pytest.param({"a\nb": {"plate": 1}}, "a?b.plate", id="a name that must not be printed"),
    ],
)
def test_data_of_people_is_named_and_not_repeated(change: dict[str, Any], words: str) -> None:
    """The field and what to do instead are said, its value never is."""
    found = personal_field(passing(1) | change)

    assert found is not None
    assert found.startswith(words)
    assert not {"24C", "29LD", "5300123456"} & set(found.replace("-", " ").split())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            {"subject": "0123456789", "data": {"visit_id": "1767225600"}}, id="a visit of ten digits"
        ),
        pytest.param({"subject": "12C34567-1111-2222-3333-444444444444"}, id="a visit that is a UUID"),
        pytest.param(
            {"data": {"container_no": "MSKU1234565", "declaration_no": "100000000001"}}, id="numbers"
        ),
        pytest.param({"weighed_by": "scale 2", "sent_at": 1_767_225_600}, id="other fields"),
        pytest.param({"data": {"reason": "Lũ trên sông Hồng, mở lại 2026-06-01 lúc 06:00"}}, id="a reason"),
    ],
)
def test_what_is_nobodys_passes(change: dict[str, Any]) -> None:
    """Numbers of visits, containers and declarations, times and words."""
    assert personal_field(passing(1) | change) is None


def test_the_simulated_world_may_post_all_of_itself() -> None:
    """No event of four hours is refused, whichever device sends it, with a token for all places."""
    places = [*REGISTRY.gate_by_slug, *(zone.slug for zone in REGISTRY.zones)]
    sources = tuple(f"/vn/laocai/{place}/*" for place in places)
    token = Token(name="all", sha256="0" * 64, sources=sources)
    values = [
        event.value for event in World(REGISTRY, 5).events(START_MS + 14_400_000, START_MS + 28_800_000)
    ]
    judged = JUDGE.judge(token, values)

    assert len(values) > 1_000
    assert [] == judged.refused
    assert values == [message.value for message in judged.good]


def test_only_the_hash_of_a_token_is_kept_and_the_file_is_its_owners(tmp_path: Path) -> None:
    """The token itself is nowhere, and it is found again by its hash."""
    path = tmp_path / "home" / "tokens.toml"
    secret = add_token(path, "kim-thanh", ["/vn/laocai/kim-thanh/*"], ["gate.crossing"])
    add_token(path, "smelter", ["/vn/laocai/tang-loong/scada"], [])
    text = path.read_text()

    assert secret not in text
    assert hash_of(secret) in text
    assert 0o600 == path.stat().st_mode & 0o777
    found = Tokens(path).find(f"Bearer {secret}")
    assert found is not None
    assert ("kim-thanh", ("gate.crossing",)) == (found.name, found.topics)
    assert "target" not in read_tokens(path)[1].topics
    assert Tokens(path).find(f"Bearer {secret}x") is None


def test_a_token_goes_behind_whatever_a_hand_left_in_the_file(tmp_path: Path) -> None:
    """A last line without an end is not the new token's; a place that nobody registered is nobody's."""
    path = tmp_path / "tokens.toml"
    add_token(path, "a", ["/vn/laocai/kim-thanh/*"], [])
    path.write_text(path.read_text().rstrip())
    add_token(path, "b", ["/vn/laocai/tang-long/*"], [])
    mistyped = read_tokens(path)[1]
    value = json.dumps(passing(1) | {"source": "/vn/laocai/tang-long/booth-1"}).encode()

    [refused] = JUDGE.judge(mistyped, [value]).refused
    assert ("not_permitted", "gate_id: the source speaks for tang-long alone") == (
        refused.reason,
        refused.detail,
    )


def test_a_token_speaks_for_a_device_or_for_a_whole_place(tmp_path: Path) -> None:
    """A star is everything of one place, and of no other whose name begins alike."""
    path = tmp_path / "tokens.toml"
    add_token(path, "a", ["/vn/laocai/kim-thanh/*", "/vn/laocai/ho-kieu/booth-1"], [])
    (token,) = read_tokens(path)

    assert token.speaks_for("/vn/laocai/kim-thanh/booth-9")
    assert token.speaks_for("/vn/laocai/ho-kieu/booth-1")
    assert not token.speaks_for("/vn/laocai/ho-kieu/booth-2")
    assert not token.speaks_for("/vn/laocai/kim-thanh-area/x")


def test_a_token_taken_out_of_the_file_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that does not hold changes nothing."""
    path, now = tmp_path / "tokens.toml", [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    secret = add_token(path, "a", ["/vn/laocai/kim-thanh/*"], [])
    tokens = Tokens(path)

    path.write_text("[[tokens]]\nname = 5\n")
    now[0] += 10
    assert tokens.find(f"Bearer {secret}") is not None
    path.write_text("")
    now[0] += 10
    assert tokens.find(f"Bearer {secret}") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[tokens", "is not valid TOML", id="no TOML"),
        pytest.param(
            '[[tokens]]\nname = "a"\ntoken = "canary"\nsources = ["/vn/laocai/a/*"]', "token", id="a raw one"
        ),
        pytest.param(
            f'[[tokens]]\nname="a"\nsha256="{"0" * 64}"\nsources=["/vn/*"]', "sources", id="too wide"
        ),
    ],
)
def test_a_file_that_does_not_hold_is_said_without_its_values(tmp_path: Path, text: str, words: str) -> None:
    """Where it is wrong, never what stands there."""
    path = tmp_path / "tokens.toml"
    path.write_text(text)

    with pytest.raises(UsageError, match=words) as refused:
        Tokens(path)
    assert "canary" not in str(refused.value)


def test_the_command_prints_a_token_once_and_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard output is the token alone; a name that is taken, or a source too wide, is usage."""
    path = tmp_path / "tokens.toml"
    monkeypatch.setenv("KPI_HTTP_TOKENS", str(path))
    source = ["--source", "/vn/laocai/kim-thanh/*"]

    with pytest.raises(SystemExit) as done:
        main(["produce", "token", "kim-thanh", *source])
    out, err = capsys.readouterr()

    assert (0, 1) == (done.value.code or 0, len(out.split()))
    assert Tokens(path).find(f"Bearer {out.strip()}") is not None
    assert out.strip() not in err
    for arguments, words in (
        (["kim-thanh", *source], "a name stands there twice"),
        (["other", "--source", "/vn/laocai/*"], "sources"),
        (["other", *source, "--topic", "gates"], "there is no gates"),
    ):
        with pytest.raises(SystemExit) as refused:
            main(["produce", "token", *arguments])
        assert EXIT_USAGE == refused.value.code
        assert words in capsys.readouterr().err


def test_a_bucket_gives_what_has_flowed_into_it() -> None:
    """All at once at first, then as fast as it fills; what is too much takes nothing."""
    bucket = Bucket(10, 100)

    assert 0 == bucket.take(100, 0.0)
    assert 1 == bucket.take(1, 0.0)
    assert 0 == bucket.take(10, 1.0)
    assert 5 == bucket.take(50, 1.0)
    assert 0 == bucket.take(100, 1000.0)


def _message(value: bytes) -> Message:
    return Message("gate.crossing", b"V", value)


def test_room_is_shared_between_tokens_and_given_back() -> None:
    """One token has a quarter; whoever comes when all is taken waits until somebody is answered."""
    held = Held(400)
    with ExitStack() as under_way:
        first, *others = [under_way.enter_context(held.request(f"gate-{n}")) for n in range(5)]

        assert [True, False, True] == [first(60), first(41), first(40)]
        assert [True, True, True, False] == [take(100) for take in others]
        with held.request("gate-0") as second:
            assert not second(1)

    with held.request("gate-4") as take:
        assert take(100)


async def test_what_comes_meanwhile_goes_together() -> None:
    """The first alone, the two that came while it was on its way in one go; each is told of its own."""
    kafka = SlowKafka()
    async with Together(kafka, 5.0) as together:
        first = asyncio.create_task(together.send([_message(b"1")]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        others = [asyncio.create_task(together.send([_message(value)])) for value in (b"2", b"3")]
        await asyncio.sleep(0)
        assert not first.done()
        kafka.may_answer.set()
        await asyncio.gather(first, *others)

    assert [[b"1"], [b"2", b"3"]] == kafka.gone


async def test_who_waited_too_long_is_told_and_the_next_ones_at_once() -> None:
    """What nobody waits for any more is not sent later."""
    kafka = SlowKafka()
    async with Together(kafka, 0.05) as together:
        for value in (b"1", b"2", b"3"):
            with pytest.raises(NotAcknowledgedError):
                await together.send([_message(value)])
        assert together.stuck_s > 0.05
        kafka.may_answer.set()
        await together.send([])
        await asyncio.sleep(0.01)
        await together.send([_message(b"4")])

    assert [[b"1"], [b"4"]] == kafka.gone


class _PartlyBroken(MemorySender):
    """A Kafka that never answers for one topic, and fails for another in a way that nobody foresaw."""

    async def publish(self, messages: Iterable[Message]) -> None:
        """Take what is of neither topic."""
        pending = list(messages)
        topics = {message.topic for message in pending}
        if "declaration" in topics:
            await asyncio.Event().wait()
        if "gate.state" in topics:
            raise ZeroDivisionError
        await super().publish(pending)


async def test_a_topic_that_kafka_does_not_take_stops_no_other() -> None:
    """Who sends to it comes again; the others are served, and all is said to be well."""
    kafka = _PartlyBroken()
    async with Together(kafka, 0.05) as together:
        for topic in ("declaration", "gate.state", "declaration", "gate.state"):
            with pytest.raises(NotAcknowledgedError):
                await together.send([Message(topic, b"V", b"{}"), _message(b"1")])
        await together.send([_message(b"2")])
        assert together.stuck_s > 0.05
        await asyncio.sleep(3 * 0.05)
        assert 0.0 == together.stuck_s

    assert b"2" in kafka.values
