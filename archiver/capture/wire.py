# SPDX-License-Identifier: Apache-2.0
"""One connection in use: hands what arrives to the question in progress and ends it when a limit says so.

Guarantees: a question ends once, by its message, a limit, the peer or a fault of our own disk, and the caller learns
which; octets that nobody asked for end the connection; nothing that the peer does raises. Leaves to others: opening the
connection, what the answer means, and whether it may be asked again (`http`).
"""

import asyncio
import math
import select
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from archiver.errors import DiskFault
from archiver.exchange import Tape
from archiver.formats.framing import ResponseFramer

_LINGER = 0.2
_MAX_SURPLUS = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange: seconds and octets."""

    connect: float = 10.0
    header: float = 30.0
    idle: float = 30.0
    total: float = 600.0
    max_header: int = 2 << 20
    max_body: int = 512 << 20


class Asked:
    """One question in progress: the framer, the tape, and how it ended."""

    __slots__ = ("ended", "first_byte_at", "framer", "last_byte_at", "limits", "now", "tape")

    def __init__(self, framer: ResponseFramer, limits: Limits, now: Callable[[], datetime]) -> None:
        self.framer = framer
        self.tape = Tape()
        self.limits = limits
        self.now = now
        self.first_byte_at: datetime | None = None
        self.last_byte_at: datetime | None = None
        self.ended: str | None = None
        """Why it ended when the message did not: a limit's reason, `eof`, or `reset`."""

    def take(self, content: bytes) -> bool:
        """Keeps what arrived; True when no more is wanted. Raises `OSError` when the tape cannot grow."""
        self.last_byte_at = self.now()
        if self.first_byte_at is None:
            self.first_byte_at = self.last_byte_at
        framer = self.framer
        block = framer.feed(content)
        if block and framer.head is not None:
            most = framer.head.length + self.limits.max_body
            if framer.message_length > most:
                self.ended = "length-limit"
            elif framer.done or framer.failure is not None:
                # The message itself is within its limit; what follows it is kept as evidence, within another.
                most = framer.message_length + _MAX_SURPLUS
            room = most - self.tape.length
            self.tape.append(block if len(block) <= room else block[:room])
        if self.ended is not None or framer.failure is not None or framer.surplus >= _MAX_SURPLUS:
            return True
        return framer.done and framer.reusable

    def close(self, *, reset: bool) -> None:
        """The peer closed."""
        if not self.framer.done and self.framer.failure is None:
            self.ended = "reset" if reset else "eof"
            self.framer.eof()


class Wire(asyncio.Protocol):
    """One connection's protocol. Questions are asked one after the other."""

    def __init__(self) -> None:
        self.usable = True
        """Nothing has spoken against asking another question."""
        self._transport: asyncio.Transport | None = None
        self._asked: Asked | None = None
        self._finished: asyncio.Future[None] | None = None
        self._lost = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        """Kept from one question to the next: few last until it is due, and making one costs more than looking again."""
        self._due = math.inf
        self._unread = select.poll()
        self._began = 0.0
        self._touched = 0.0
        self._lingers_until = 0.0

    async def ask(self, asked: Asked, content: bytes) -> None:
        """Sends `content` and returns when the question has ended in whatever way. Raises `DiskFault`."""
        loop = asyncio.get_running_loop()
        if not self.usable or self._transport is None:
            asked.close(reset=False)
            return
        self._asked = asked
        self._finished = loop.create_future()
        self._began = self._touched = loop.time()
        self._watch_by(self._began + min(asked.limits.header, asked.limits.total))
        try:
            self._transport.write(content)
            await self._finished
        finally:
            self._asked = None

    def quiet(self) -> bool:
        """Whether an idle connection may be used: open, and without a waiting octet that nobody asked for.

        The event loop may not have read yet what the kernel already holds, so the kernel is asked.
        """
        return self.usable and self._transport is not None and not self._unread.poll(0)

    def abort(self) -> None:
        """Drops the connection at once."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    async def gone(self) -> None:
        """Returns when the socket is closed. Call after `abort`."""
        await self._lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance
        self._unread.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, content: bytes) -> None:
        asked, finished = self._asked, self._finished
        if asked is None or finished is None or finished.done():
            # Nobody asked: whatever this is, it must not become the next answer, and nothing more of it is wanted.
            self.abort()
            return
        was_done = asked.framer.done
        self._touched = asyncio.get_running_loop().time()
        try:
            enough = asked.take(content)
        except OSError as fault:
            # Our own fault must not be written down as the server's.
            finished.set_exception(
                DiskFault(
                    f"a response cannot be kept in a temporary file: {fault.strerror or fault}",
                    "Make room where TMPDIR points to, then run the command again.",
                )
            )
            self.abort()
            return
        if enough:
            self._finish()
        elif asked.framer.done and not was_done:
            # The message is whole and the server will close: what it still sends belongs to the evidence.
            self._lingers_until = self._touched + _LINGER
            self._watch_by(self._lingers_until)

    def eof_received(self) -> bool:
        self._ended(reset=False)
        return False

    def connection_lost(self, fault: Exception | None) -> None:
        self._ended(reset=fault is not None)
        if self._timer is not None:
            self._timer.cancel()
        if not self._lost.done():
            self._lost.set_result(None)

    def _ended(self, *, reset: bool) -> None:
        self.usable = False
        if self._asked is not None and self._finished is not None and not self._finished.done():
            self._asked.close(reset=reset)
            self._finish()

    def _finish(self) -> None:
        if self._finished is not None and not self._finished.done():
            self._finished.set_result(None)

    def _watch_by(self, due: float) -> None:
        """Has `_watch` called at that time of the loop, or before."""
        if due >= self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._due = due
        self._timer = loop.call_later(max(due - loop.time(), 0.001), self._watch)

    def _watch(self) -> None:
        self._due, self._timer = math.inf, None
        asked = self._asked
        if asked is None or self._finished is None or self._finished.done():
            return
        now, limits = asyncio.get_running_loop().time(), asked.limits
        if asked.framer.done:
            if now >= self._lingers_until:
                self._finish()
            else:
                self._watch_by(self._lingers_until)
            return
        deadlines = [(self._began + limits.total, "total-timeout")]
        if asked.framer.head is None:
            deadlines.append((self._began + limits.header, "header-timeout"))
        else:
            deadlines.append((self._touched + limits.idle, "idle-timeout"))
        at, reason = min(deadlines)
        if at > now:
            self._watch_by(at)
            return
        self.usable = False
        asked.ended = reason
        self._finish()
