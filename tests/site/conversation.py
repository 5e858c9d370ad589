# SPDX-License-Identifier: Apache-2.0
"""One request and what a case writes back, on a real socket.

Guarantees: `written` holds exactly the bytes the kernel accepted for this answer; a conversation ends when its peer
closes, when the site closes, or after `LIMIT` seconds, whichever is first, so no case can hold a test up. A peer that
half-closes counts as gone. What is written, and when, is the case's business.
"""

import contextlib
import fcntl
import select
import socket
import struct
import termios
import threading
import time
from dataclasses import dataclass

LIMIT = 5.0
"""Seconds a conversation may last."""

_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL


class Ended(Exception):
    """The peer is gone, the site is closing, or the time of the conversation is over."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the site and its canary listen."""

    port: int
    """The site, on 127.0.0.1."""
    canary_port: int
    """The canary, on 127.0.0.2 and, where there is IPv6, on ::1; on 127.0.0.1 the port is held but refuses."""

    @property
    def base(self) -> str:
        """The site's origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def canary(self) -> str:
        """The canary's origin: an address no engine may reach unless a test lets it."""
        return f"http://127.0.0.2:{self.canary_port}"


class Conversation:
    """What a case sees of one request."""

    def __init__(self, peer: socket.socket, waker: socket.socket, request: bytes, nth: int, places: Places) -> None:
        self.request = request
        """The request head as received, to its empty line."""
        self.nth = nth
        """1 for the first request of this path, 2 for the second."""
        self.places = places
        self.written = bytearray()
        """Every byte the kernel took for this answer."""
        self.over = threading.Event()
        """Set when the case has returned: from then on `written` does not change."""
        self.open = True
        """Whether another request may follow on this connection."""
        self._peer = peer
        self._waker = waker
        self._deadline = time.monotonic() + LIMIT

    @property
    def target(self) -> str:
        """The request target, query included."""
        parts = self.request.split(b"\r\n", 1)[0].split(b" ")
        return parts[1].decode("latin-1") if len(parts) > 1 else ""

    @property
    def query(self) -> str:
        """What follows the first question mark of the target."""
        return self.target.partition("?")[2]

    def field(self, name: str) -> str | None:
        """The first value of a request header, or None."""
        for line in self.request.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode("latin-1").strip().lower() == name.lower():
                return value.decode("latin-1").strip()
        return None

    def send(self, octets: bytes) -> None:
        """Writes all of `octets`, at once when the peer has room. Raises `Ended`."""
        left = memoryview(octets)
        while left:
            self._wait(LIMIT, until_writable=True)
            try:
                taken = self._peer.send(left)
            except BlockingIOError:
                continue
            except OSError as fault:
                raise Ended from fault
            self.written += left[:taken]
            left = left[taken:]

    def pause(self, seconds: float) -> None:
        """Waits, less when the conversation ends meanwhile. Raises `Ended`."""
        self._wait(seconds)

    def hang(self) -> None:
        """Says nothing more until the peer closes or the time is over, then closes."""
        with contextlib.suppress(Ended):
            self._wait(LIMIT)
        self.close()

    def finish_sending(self) -> None:
        """Half-closes: the peer reads an end, and the connection still stands. Raises `Ended`."""
        try:
            self._peer.shutdown(socket.SHUT_WR)
        except OSError as fault:
            raise Ended from fault
        self.open = False

    def close(self) -> None:
        """Closes in order; what was written arrives first."""
        self.open = False
        # An unread request would turn the close into a reset, which can destroy what the peer has not read yet.
        with contextlib.suppress(OSError):
            while self._peer.recv(65536):
                pass
        self._peer.close()

    def reset(self) -> None:
        """Ends with a TCP reset, after the peer's kernel has acknowledged everything written. Raises `Ended`."""
        while struct.unpack("i", fcntl.ioctl(self._peer, termios.TIOCOUTQ, b"\0" * 4))[0]:
            self._wait(0.002)
        self.open = False
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._peer.close()

    def _wait(self, seconds: float, *, until_writable: bool = False) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Ended
        poll = select.poll()
        poll.register(self._peer, select.POLLRDHUP | (select.POLLOUT if until_writable else 0))
        poll.register(self._waker, select.POLLIN)
        for descriptor, event in poll.poll(min(seconds, left) * 1000):
            if descriptor == self._waker.fileno() or event & _GONE:
                raise Ended
