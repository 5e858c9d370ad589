# SPDX-License-Identifier: Apache-2.0
"""TLS hosts of the site, each with a fault of its own, on an address of its own.

No certificate is of an authority that anybody trusts: what is wrong beside that is what a person who accepts bad
certificates would see. Guarantees: leaving the context ends every connection and thread; nothing is served over a session
before its request came.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import trustme

from tests.site.case import REFUSED, Answer
from tests.site.host import UNAVAILABLE

_FIRST = "127.43.0."
_LIMIT = 3.0
_CERTIFICATE: Answer = (REFUSED, "tls-certificate")

Talk = Callable[[socket.socket], None]


def _served(address: str, *, names: tuple[str, ...] = (), days: tuple[int, int] = (-1, 30)) -> Talk:
    """A page over TLS, with a certificate for `names`, else for the address, valid from and to so many days from now."""
    now = datetime.now(UTC)
    first, last = (now + timedelta(days=one) for one in days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*(names or (address,)), not_before=first, not_after=last).configure_cert(context)

    def talk(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secure:
            secure.recv(65536)
            body = b"<!doctype html><title>Lamp</title>"
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    return talk


def _says(octets: bytes, *, hangs: bool = False) -> Talk:
    """What is no handshake, once the client has begun one."""

    def talk(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(octets)
        if hangs:
            peer.recv(65536)

    return talk


class SecureSite:
    """The hosts, from `__enter__` to `__exit__`."""

    def __init__(self) -> None:
        talks: dict[str, tuple[Callable[[str], Talk], Answer]] = {
            "tls-unknown-authority": (_served, _CERTIFICATE),
            "tls-expired": (lambda at: _served(at, days=(-30, -1)), _CERTIFICATE),
            "tls-not-yet-valid": (lambda at: _served(at, days=(1, 30)), _CERTIFICATE),
            "tls-wrong-host": (lambda at: _served(at, names=("harbour.example",)), _CERTIFICATE),
            "tls-hang": (lambda _: _says(b"", hangs=True), UNAVAILABLE),
            "tls-plaintext": (lambda _: _says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), UNAVAILABLE),
            "tls-alert": (lambda _: _says(b"\x15\x03\x03\x00\x02\x02\x70"), UNAVAILABLE),
            "tls-bad-record": (lambda _: _says(b"\x16\x03\x03\xff\xff" + b"\x00" * 40), UNAVAILABLE),
        }
        self._talks = {name: make(f"{_FIRST}{at}") for at, (name, (make, _)) in enumerate(talks.items(), 1)}
        self.becomes = {name: answer for name, (_, answer) in talks.items()}
        """What must become of the front page of each, in a crawl that obeys robots.txt."""
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listeners = {name: socket.create_server((f"{_FIRST}{at}", 0)) for at, name in enumerate(self._talks, 1)}
        self.urls = {
            name: "https://{}:{}/".format(*listener.getsockname()) for name, listener in self._listeners.items()
        }
        for name, listener in self._listeners.items():
            self._start(self._accept, listener, self._talks[name])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (*self._listeners.values(), *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for listener in self._listeners.values():
            listener.close()

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, name="secure-site", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, talk: Talk) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peer.settimeout(_LIMIT)
                self._open.add(peer)
                self._start(self._talk, peer, talk)

    def _talk(self, peer: socket.socket, talk: Talk) -> None:
        # A client that finds fault with the certificate leaves in the middle of the handshake.
        with peer, contextlib.suppress(OSError):
            talk(peer)
        self._open.discard(peer)
