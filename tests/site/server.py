# SPDX-License-Identifier: Apache-2.0
"""The sockets of the fixture site: one thread that accepts, one daemon thread a connection, no HTTP library.

Guarantees: bytes go out exactly as a case wrote them; `sent` and `requests` say exactly what went each way; leaving
the context wakes every waiting case and joins every thread. A second listener, the canary, counts who reached an
address that nobody was allowed to reach. Hosts that are cases as a whole have an address each, and the same port. What
the answers mean is left to `case` and `host`.
"""

import contextlib
import errno
import select
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType
from urllib.parse import unquote, urlsplit

from tests.site.cases import CASES
from tests.site.conversation import LIMIT, Conversation, Ended, Places
from tests.site.host import Host
from tests.site.pages import PAGES, canary, missing

Serve = Callable[[Conversation], None]

_LARGEST_REQUEST = 1 << 20
_FIRST_HOST = 40
"""Second octet of the first host's address."""
HOSTS_ALLOWED = "127.40.0.0/14"
"""Every address that a host may have; the canary has none of them."""


class Site:
    """The fixture site, from `__enter__` to `__exit__`.

    An engine under test is to be allowed 127.0.0.1 on `port` and nothing else; every other address a case leads to
    must be refused, and `canary_connections` must stay 0.
    """

    port: int
    base: str
    canary_port: int

    def __init__(self, hosts: Iterable[Host] = ()) -> None:
        """`hosts` are served beside 127.0.0.1; `HOSTS_ALLOWED` covers their addresses."""
        self._hosts = {f"127.{_FIRST_HOST + at // 250}.0.{at % 250 + 1}": host for at, host in enumerate(hosts)}
        self._asked: dict[str, Counter[str]] = {host.name: Counter() for host in self._hosts.values()}
        self._lock = threading.Lock()
        self._conversations: dict[str, list[Conversation]] = {}
        self._targets: list[str] = []
        self._threads: list[threading.Thread] = []
        self._canary_connections = 0

    def __enter__(self) -> "Site":
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._canaries, self._held = _canary_sockets()
        self.port = self._listener.getsockname()[1]
        self._others = {socket.create_server((one, self.port), backlog=64): host for one, host in self._hosts.items()}
        self.authorities = {host.name: f"{one}:{self.port}" for one, host in self._hosts.items()}
        self.canary_port = self._canaries[0].getsockname()[1]
        self._places = Places(self.port, self.canary_port)
        self.base = self._places.base
        self._waker, self._wake = socket.socketpair()
        self._accepting = threading.Thread(target=self._accept, name="site-accept", daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wake.send(b".")
        self._accepting.join()
        for thread in self._threads:
            thread.join()
        for one in (self._listener, *self._others, *self._canaries, self._held, self._waker, self._wake):
            one.close()

    def url(self, name: str) -> str:
        """The URL of a case or page."""
        return f"{self.base}/{name}"

    def sent(self, name: str) -> list[bytes]:
        """For each request of that path, in order: every byte written back, once its case has ended.

        Bytes count when the kernel took them; a peer that closed early may not have read the last of them.
        """
        conversations = self._of(name)
        for conversation in conversations:
            conversation.over.wait(LIMIT + 1)
        return [bytes(conversation.written) for conversation in conversations]

    def requests(self, name: str) -> list[bytes]:
        """Each request head of that path as received, in order."""
        return [conversation.request for conversation in self._of(name)]

    def targets(self) -> list[str]:
        """Every request target the site was asked for, in order."""
        with self._lock:
            return list(self._targets)

    def seeds(self, name: str) -> list[str]:
        """The URLs at which a crawl of a host begins."""
        host = self._hosts[self.authorities[name].partition(":")[0]]
        return [f"http://{self.authorities[name]}{target}" for target in host.seeds]

    def asked(self, name: str) -> Counter[str]:
        """How often a host was asked for each target."""
        with self._lock:
            return Counter(self._asked[name])

    @property
    def canary_connections(self) -> int:
        """How many connections the canary accepted."""
        with self._lock:
            return self._canary_connections

    def _of(self, name: str) -> list[Conversation]:
        with self._lock:
            return list(self._conversations.get(name, ()))

    def _accept(self) -> None:
        poll = select.poll()
        listeners = {one.fileno(): one for one in (self._listener, *self._others, *self._canaries)}
        hosts = {one.fileno(): host for one, host in self._others.items()}
        canaries = {one.fileno() for one in self._canaries}
        for one in (*listeners.values(), self._waker):
            poll.register(one, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._waker.fileno() in ready:
                return
            for descriptor in ready:
                # A peer that reset before it was accepted is gone already.
                with contextlib.suppress(ConnectionError):
                    peer, _ = listeners[descriptor].accept()
                    self._start(peer, hosts.get(descriptor), is_canary=descriptor in canaries)

    def _start(self, peer: socket.socket, host: Host | None, *, is_canary: bool) -> None:
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if is_canary:
            with self._lock:
                self._canary_connections += 1
        thread = threading.Thread(target=self._connection, args=(peer, host, is_canary), name="site-peer", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _connection(self, peer: socket.socket, host: Host | None, is_canary: bool) -> None:
        unread = b""
        with peer, contextlib.suppress(Ended):
            while True:
                request, unread = self._request(peer, unread)
                target = request.split(b"\r\n", 1)[0].split(b" ")[1:2]
                name = "canary" if is_canary else _name(target[0] if target else b"")
                serve = canary if is_canary else _serving(name, host)
                with self._lock:
                    if host is not None:
                        asked = self._asked[host.name]
                        spelled = target[0].decode("latin-1") if target else ""
                        asked[spelled] += 1
                        conversation = Conversation(peer, self._waker, request, asked[spelled], self._places)
                    else:
                        earlier = self._conversations.setdefault(name, [])
                        conversation = Conversation(peer, self._waker, request, len(earlier) + 1, self._places)
                        earlier.append(conversation)
                        if not is_canary:
                            self._targets.append(conversation.target)
                try:
                    serve(conversation)
                finally:
                    conversation.over.set()
                if not conversation.open:
                    return

    def _request(self, peer: socket.socket, unread: bytes) -> tuple[bytes, bytes]:
        """The next request head and what came after its body."""
        received = bytearray(unread)
        wanted: int | None = None
        while wanted is None or len(received) < wanted:
            if wanted is None and (end := received.find(b"\r\n\r\n")) >= 0:
                wanted = end + 4 + _body_length(bytes(received[:end]))
                continue
            poll = select.poll()
            poll.register(peer, select.POLLIN)
            poll.register(self._waker, select.POLLIN)
            ready = {descriptor for descriptor, _ in poll.poll(LIMIT * 1000)}
            if not ready or self._waker.fileno() in ready or len(received) > _LARGEST_REQUEST:
                raise Ended
            try:
                piece = peer.recv(65536)
            except OSError as fault:
                raise Ended from fault
            if not piece:
                raise Ended
            received += piece
        head = bytes(received[: received.index(b"\r\n\r\n") + 4])
        return head, bytes(received[wanted:])


def _body_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0


def _name(target: bytes) -> str:
    """The path without its slash and query; the absolute form is read like the origin form (RFC 9112 section 3.2)."""
    text = target.decode("latin-1")
    if text.lower().startswith(("http://", "https://")):
        text = urlsplit(text).path
    return unquote(text.partition("?")[0].removeprefix("/")) or "index"


def _serving(name: str, host: Host | None) -> Serve:
    if host is not None:
        named = host.serve.get("" if name == "index" else name, host.rest if name != "robots.txt" else None)
        if named is not None:
            return named
    case = CASES.get(name)
    return case.serve if case is not None else PAGES.get(name, missing)


def _canary_sockets() -> tuple[list[socket.socket], socket.socket]:
    """Listeners of one port on 127.0.0.2 and ::1, and the same port on 127.0.0.1 held so that it refuses."""
    for _ in range(20):
        first = socket.create_server(("127.0.0.2", 0))
        port = first.getsockname()[1]
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            first.close()
            held.close()
            continue
        canaries = [first]
        # A machine without IPv6, or with that port taken, has one canary fewer.
        with contextlib.suppress(OSError):
            canaries.append(socket.create_server(("::1", port), family=socket.AF_INET6))
        return canaries, held
    raise OSError(errno.EADDRINUSE, "no port is free on both 127.0.0.1 and 127.0.0.2")
