"""A TCP proxy between a client and one server of this machine, whose faults can be switched while it runs."""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Self, TypeVar

_CHUNK: Final = 64 * 1024
# The head of a request tells what it is; the rest need not be kept.
_HEAD: Final = 4096
_JOIN_S: Final = 10
T = TypeVar("T")


class Mode(Enum):
    """What happens to the bytes."""

    PASS = "pass"  # noqa: S105 - a mode, no password
    DELAY = "delay"
    CUT = "cut"
    BLACK_HOLE = "black hole"
    HALF_OPEN = "half open"
    DROP_REPLY = "drop reply"
    RESET = "reset"
    STALL = "stall"


@dataclass(frozen=True)
class Fault:
    """A mode and what it needs.

    `delay_s` holds back each chunk of DELAY. `match` narrows DROP_REPLY, RESET and STALL to requests whose
    first bytes hold it; RESET and STALL strike once `after_bytes` of such a request have passed. `times`
    bounds how often they strike; then everything passes again. None: until it is switched. HALF_OPEN makes
    the connections of this moment dead for ever, without a word to either side; new ones pass.
    """

    mode: Mode = Mode.PASS
    delay_s: float = 0.0
    match: bytes = b""
    after_bytes: int = 0
    times: int | None = None


@dataclass(eq=False)
class _Connection:
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    head: bytearray = field(default_factory=bytearray)
    sent: int = 0
    replying: bool = False
    dead: bool = False

    def note_request(self, chunk: bytes) -> None:
        """Count the bytes of the request; what follows a reply is a new one."""
        if self.replying:
            self.head.clear()
            self.sent, self.replying = 0, False
        self.head += chunk[: _HEAD - len(self.head)]
        self.sent += len(chunk)

    def abort(self) -> None:
        """End both sides with a reset."""
        for _, writer in (self.client, self.server):
            _reset(writer)


class Proxy:
    """Listens on a port of its own, in a thread of its own, and forwards to `target` on the loopback.

    With `tls` it is spoken to with TLS, and speaks without to the target.
    """

    def __init__(self, target: int, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.target = target
        self.port = 0
        self.hits = 0
        self._fault = Fault()
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name=f"proxy-{target}")

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_JOIN_S)
        self._loop.close()

    def switch(self, fault: Fault) -> None:
        """Put a fault in force, for live connections too; `hits` counts from 0 again."""
        self._call(self._switch(fault))

    def heal(self) -> None:
        """Let everything pass; what a black hole or a stall held back goes on its way."""
        self.switch(Fault())

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_JOIN_S)

    async def _listen(self) -> None:
        self._changed = asyncio.Condition()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _switch(self, fault: Fault) -> None:
        async with self._changed:
            self._fault, self.hits = fault, 0
            self._changed.notify_all()
        if fault.mode is Mode.CUT:
            self.hits = len(self._connections)
            for connection in list(self._connections):
                connection.abort()
        if fault.mode is Mode.HALF_OPEN:
            self.hits = len(self._connections)
            for connection in self._connections:
                connection.dead = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._open(reader, writer)
        except asyncio.CancelledError:
            # Only `_close` cancels; the server's own callback would report it as a failure.
            _reset(writer)
        finally:
            self._tasks.discard(task)

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault.mode is Mode.CUT:
            _reset(writer)
            return
        try:
            server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            return
        connection = _Connection((reader, writer), server)
        self._connections.add(connection)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(reader, server[1], connection, self._request))
                pumps.create_task(self._pump(server[0], writer, connection, self._reply))
        except* OSError:
            pass
        finally:
            self._connections.discard(connection)
            connection.abort()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        connection: _Connection,
        treat: Callable[[_Connection, bytes], Awaitable[bytes]],
    ) -> None:
        while chunk := await reader.read(_CHUNK):
            passed = await treat(connection, chunk)
            await self._through(connection)
            writer.write(passed)
            await writer.drain()
        await self._through(connection)
        with suppress(OSError, RuntimeError):
            writer.write_eof()

    async def _through(self, connection: _Connection) -> None:
        """Wait while nothing may pass."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._fault.mode is not Mode.BLACK_HOLE and not connection.dead
            )
        if self._fault.mode is Mode.DELAY:
            await asyncio.sleep(self._fault.delay_s)

    async def _request(self, connection: _Connection, chunk: bytes) -> bytes:
        connection.note_request(chunk)
        fault = self._fault
        if fault.mode not in (Mode.RESET, Mode.STALL) or connection.sent <= fault.after_bytes:
            return chunk
        if not self._strikes(connection):
            return chunk
        room = max(0, fault.after_bytes - (connection.sent - len(chunk)))
        connection.server[1].write(chunk[:room])
        await connection.server[1].drain()
        if fault.mode is Mode.RESET:
            raise ConnectionResetError
        async with self._changed:
            await self._changed.wait_for(lambda: self._fault.mode is not Mode.STALL)
        return chunk[room:]

    async def _reply(self, connection: _Connection, chunk: bytes) -> bytes:
        connection.replying = True
        # The server answers once it is done: the work is kept, the word of it is lost.
        if self._fault.mode is Mode.DROP_REPLY and self._strikes(connection):
            raise ConnectionResetError
        return chunk

    def _strikes(self, connection: _Connection) -> bool:
        fault = self._fault
        if fault.match not in connection.head or (fault.times is not None and self.hits >= fault.times):
            return False
        self.hits += 1
        return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a machine does that knows the connection no longer."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
