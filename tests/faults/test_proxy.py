"""The proxy does what its modes say: a fault that does not strike would prove nothing."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from streams import clock
from tests.faults.proxy import Fault, Mode, Proxy

_SHORT_S = 0.3
_PATIENCE_S = 5.0


class Echo:
    """A server that answers each line with `ok ` and the line, and keeps all that reached it."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines, suppress(OSError):
            for line in lines:
                self.heard.append(line)
                client.sendall(b"ok " + line)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    """Run a server."""
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    """Run a proxy before it."""
    with Proxy(echo.port) as running:
        yield running


class Client:
    """A connection through the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self._socket = socket.socket()
        self._address = "127.0.0.1", proxy.port
        self._is_open = False

    def ask(self, text: bytes, seconds: float = _PATIENCE_S) -> bytes | None:
        """Send a line; give the answer, empty if the connection ends, None if nothing comes."""
        try:
            self._connect()
            self._socket.sendall(text + b"\n")
            return self.listen(seconds)
        except ConnectionError:
            return b""

    def _connect(self) -> None:
        if not self._is_open:
            self._socket.connect(self._address)
            self._is_open = True

    def listen(self, seconds: float) -> bytes | None:
        """Wait for what comes."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(100)
        except TimeoutError:
            return None
        except ConnectionError:
            return b""


def test_everything_passes(proxy: Proxy) -> None:
    """Both ways, on the same connection, again and again."""
    client = Client(proxy)
    assert [b"ok a\n", b"ok b\n"] == [client.ask(b"a"), client.ask(b"b")]


def test_delay_holds_back_each_way(proxy: Proxy) -> None:
    """An answer takes twice the delay."""
    client = Client(proxy)
    proxy.switch(Fault(Mode.DELAY, delay_s=0.1))
    began = clock.monotonic()
    assert b"ok a\n" == client.ask(b"a")
    assert clock.monotonic() - began >= 0.2


def test_cut_ends_live_connections_and_refuses_new_ones(proxy: Proxy) -> None:
    """Until it heals."""
    client = Client(proxy)
    client.ask(b"a")
    proxy.switch(Fault(Mode.CUT))
    assert 1 == proxy.hits
    assert b"" == client.ask(b"b")
    assert b"" == Client(proxy).ask(b"c")
    proxy.heal()
    assert b"ok d\n" == Client(proxy).ask(b"d")


def test_a_black_hole_holds_both_ways_and_lets_go(proxy: Proxy) -> None:
    """Nothing ends, nothing comes; once it heals, what was held arrives."""
    client = Client(proxy)
    client.ask(b"a")
    proxy.switch(Fault(Mode.BLACK_HOLE))
    assert client.ask(b"b", _SHORT_S) is None
    assert Client(proxy).ask(b"c", _SHORT_S) is None
    proxy.heal()
    assert b"ok b\n" == client.listen(_PATIENCE_S)


def test_half_open_kills_only_what_was_there_and_tells_nobody(proxy: Proxy) -> None:
    """The old connection is silent for ever, also once it heals; a new one passes."""
    client = Client(proxy)
    client.ask(b"a")
    proxy.switch(Fault(Mode.HALF_OPEN))
    assert client.ask(b"b", _SHORT_S) is None
    assert b"ok c\n" == Client(proxy).ask(b"c")
    proxy.heal()
    assert client.listen(_SHORT_S) is None


def test_a_dropped_reply_is_of_work_that_was_done(proxy: Proxy, echo: Echo) -> None:
    """The server heard it, the client hears nothing; only what matches, and only so often."""
    proxy.switch(Fault(Mode.DROP_REPLY, match=b"insert", times=1))
    client = Client(proxy)
    assert b"ok select\n" == client.ask(b"select")
    assert b"" == client.ask(b"insert")
    assert b"insert\n" in echo.heard
    assert b"ok insert\n" == Client(proxy).ask(b"insert")
    assert 1 == proxy.hits


def test_a_reset_strikes_after_so_many_bytes(proxy: Proxy, echo: Echo) -> None:
    """What is beyond never reaches the server; a request's bytes are counted, not the connection's."""
    proxy.switch(Fault(Mode.RESET, after_bytes=8, times=1))
    client = Client(proxy)
    assert b"ok short\n" == client.ask(b"short")
    assert b"ok short\n" == client.ask(b"short")
    assert b"" == client.ask(b"much longer")
    assert [b"short\n", b"short\n"] == echo.heard[:2]
    assert b"much longer\n" not in echo.heard


def test_a_stall_holds_the_rest_of_a_request(proxy: Proxy, echo: Echo) -> None:
    """The first bytes are there, the rest comes when it heals."""
    proxy.switch(Fault(Mode.STALL, after_bytes=4))
    client = Client(proxy)
    assert client.ask(b"much longer", _SHORT_S) is None
    assert 1 == proxy.hits
    assert [] == echo.heard
    proxy.heal()
    assert b"ok much longer\n" == client.listen(_PATIENCE_S)
