# SPDX-License-Identifier: Apache-2.0
"""Servers of a few lines on loopback, in the event loop of the test, for what lies between two requests.

The fixture site answers one request a case; a `Peer` sees connections: how many there were, how many at once, what came
on each, and when the other side left.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType

from archiver.capture.http import HttpEngine
from archiver.dialer import Allowed, Dialer
from tests.capture.conftest import LIMITS, utc_now

PAGE = b"<!doctype html><title>Tide tables</title><p>High water at noon."
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(PAGE), PAGE)


@dataclass(eq=False)
class Line:
    """One connection as the peer sees it."""

    nth: int
    """1 for the first connection."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: list[bytes] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the other side closed."""

    async def request(self) -> bytes:
        """The next request, its body included when it has a length; `EOFError` when there is none."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as fault:
            self.left.set()
            raise EOFError from fault
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                head += await self.reader.readexactly(int(line.split(b":")[1]))
        self.requests.append(head)
        return head

    def send(self, content: bytes) -> None:
        """Writes at once."""
        self.writer.write(content)

    def drop(self) -> None:
        """Ends the connection at once."""
        self.writer.transport.abort()


Talk = Callable[[Line], Awaitable[None]]


async def answers(line: Line) -> None:
    """Answers every request with one page."""
    while True:
        await line.request()
        line.send(ANSWER)


def once(answer: bytes, then: bytes = ANSWER) -> Talk:
    """Answers the first request of all with `answer`, every later one with `then`, and never closes."""
    asked = 0

    async def talk(line: Line) -> None:
        nonlocal asked
        while True:
            await line.request()
            asked += 1
            line.send(answer if asked == 1 else then)

    return talk


class Peer:
    """A server of one behaviour."""

    def __init__(self, talk: Talk = answers, context: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self.lines: list[Line] = []
        self.port = 0

    async def __aenter__(self) -> "Peer":
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in self.lines:
            line.drop()
            with contextlib.suppress(OSError):
                await line.writer.wait_closed()
        await self._server.wait_closed()

    def url(self, path: str = "page", scheme: str = "http", host: str = "127.0.0.1") -> str:
        """A URL of this peer."""
        return f"{scheme}://{host}:{self.port}/{path}"

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(len(self.lines) + 1, reader, writer)
        self.lines.append(line)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        # A cancelled callback of the stream server would be reported as an unhandled fault.
        with contextlib.suppress(EOFError, ConnectionError, asyncio.CancelledError):
            await self._talk(line)


async def _loopback(name: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def engine_to(*peers: Peer, **settings: object) -> HttpEngine:
    """An engine for which every name leads to loopback, where it may reach these peers."""
    allowed = [Allowed.parse(f"127.0.0.1:{peer.port}") for peer in peers]
    dialer = Dialer(allowed=allowed, resolver=_loopback, connect_timeout=LIMITS.connect)
    return HttpEngine(dialer, **{"now": utc_now, "limits": LIMITS, **settings})  # type: ignore[arg-type]
