"""Messages to real servers: SMTP and HTTP, and what must not be reached."""

from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from streams.alerts.channel import AppriseChannel, allowed_hosts
from streams.core.alerts.subscriptions import Subscription
from streams.errors import UsageError
from streams.ports import free_port
from tests.alerts.doubles import Receiver, receiver

CHANNEL = AppriseChannel(allowed_hosts("127.0.0.1"))


class _Mailbox:
    """Keeps what is mailed to it."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        self.mails.append(bytes(envelope.original_content or b""))
        return "250 taken"


@pytest.fixture
def web() -> Iterator[Receiver]:
    """Give a receiver of webhooks."""
    with receiver() as kept:
        yield kept


def subscription(url: str, **fields: Any) -> Subscription:
    """Give a subscriber with an address."""
    return Subscription.model_validate({"name": "somebody", "url": url, **fields})


def test_a_mail_arrives_with_its_words_and_its_key() -> None:
    """By SMTP, in Vietnamese, with the key at its end."""
    box = _Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        url = f"mailto://127.0.0.1:{server.port}/?from=kpi@example.vn&to=ca@example.vn&mode=insecure&format=text"
        taken = CHANNEL.send(subscription(url), "◆ Nhiều xe đang chờ: Kim Thành", "320 xe đang chờ.", "k-1")
    finally:
        server.stop()

    assert taken
    (mail,) = [message_from_bytes(raw) for raw in box.mails]
    assert "Nhiều xe đang chờ: Kim Thành" in str(make_header(decode_header(mail["Subject"])))
    parts = [part for part in mail.walk() if not part.is_multipart()]
    text = "".join(part.get_payload(decode=True).decode() for part in parts)  # type: ignore[union-attr]
    assert "320 xe đang chờ." in text
    assert "ID k-1" in text


def test_a_webhook_gets_the_key_as_a_header(web: Receiver) -> None:
    """The same key each time that the message is sent."""
    one = subscription(web.url())

    assert [True, True] == [CHANNEL.send(one, "Tiêu đề", "Nội dung", "k-2") for _ in range(2)]
    assert ["k-2", "k-2"] == web.keys()
    assert "Nội dung" in web.posted[0][1]["message"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_not_sent(web: Receiver, status: int) -> None:
    """A refusal, and a redirect that could lead anywhere, are no success."""
    web.status = status

    assert not CHANNEL.send(subscription(web.url()), "Tiêu đề", "Nội dung", "k-3")
    assert [] == web.posted


@pytest.mark.parametrize("query", ["", "?redirect=yes"])
def test_no_address_lets_redirects_be_followed(web: Receiver, query: str) -> None:
    """They could lead to hosts that are not allowed, whatever the address asks for."""
    assert not CHANNEL.service(subscription(web.url() + query)).redirects


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("json://192.0.2.1/hook", "the host 192.0.2.1 is not allowed; add it to KPI_ALERT_HOSTS"),
        ("jsons://metadata.internal/hook", "the host metadata.internal is not allowed"),
        ("ntfy://192.0.2.1/topic", "the host 192.0.2.1 is not allowed"),
        ("nonsense", "is no address that Apprise knows"),
        ("env:NO_SUCH_VARIABLE_HERE", "the environment has no NO_SUCH_VARIABLE_HERE"),
        ("file:/no/such/file", "its url is kept in /no/such/file"),
    ],
)
def test_where_nothing_may_go_nothing_goes(url: str, words: str) -> None:
    """A host that is not allowed, or no address at all: the text says what to do, and not the address."""
    with pytest.raises(UsageError) as refused:
        CHANNEL.send(subscription(url), "Tiêu đề", "Nội dung", "k-4")

    assert words in str(refused.value)


def test_an_address_is_kept_in_the_environment_or_a_file(
    web: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no secret stands in the file of subscribers."""
    (tmp_path / "url").write_text(web.url("from-file") + "\n")
    monkeypatch.setenv("SOMEBODYS_URL", web.url("from-env"))

    assert CHANNEL.send(subscription(f"file:{tmp_path / 'url'}"), "Tiêu đề", "Nội dung", "a")
    assert CHANNEL.send(subscription("env:SOMEBODYS_URL"), "Tiêu đề", "Nội dung", "b")
    assert ["a", "b"] == web.keys()


def test_allowed_hosts_are_those_of_the_setting() -> None:
    """Loopback has three names and is allowed only if it is listed."""
    assert {"localhost", "127.0.0.1", "::1", "hooks.example.vn"} == allowed_hosts(
        "127.0.0.1, Hooks.example.vn"
    )
    assert {"hooks.example.vn"} == allowed_hosts("hooks.example.vn")
    assert allowed_hosts("") == frozenset()
