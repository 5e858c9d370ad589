# SPDX-License-Identifier: Apache-2.0
"""A well-behaved site of several hosts for crawls, which counts what it is asked for and misbehaves where it is told to.

    with CrawlSite(Shape(hosts=2, pages=50, embeds=1, redirects=2, copies=2)) as site:
        site.fails(site.url(0, "/page/3"), times=2, retry_after="1")
        ...  # a crawler in this process or another one, let through to `site.allowed`, with `site.seeds`
        assert site.not_once() == {}

Guarantees: all hosts share one port, on 127.0.0.21 and the addresses after it; every request is counted when its head is
whole, before it is answered; a conditional request is answered as RFC 9110 section 13.2.2 says. The server runs in a
thread of its own, HTTP/1.1 with keep-alive; leaving the context ends its connections and its thread. What the pages
are is left to `crawl_pages`, broken HTTP to `tests.site`.
"""

import asyncio
import errno
import functools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

from tests.end_to_end.crawl_pages import Answer, Shape, imf_date

_FIRST_ADDRESS = 21
ALLOW_ALL = "User-agent: *\nAllow: /\n"


@dataclass(slots=True)
class Asked:
    """One request."""

    url: str
    headers: dict[str, str]
    """Lower-case names."""
    at: float
    """When its head was whole, by `time.monotonic`."""
    code: int | None = None
    """What was answered; None before that, and when the connection was dropped instead."""


@dataclass(slots=True)
class _Conduct:
    """What was told of a URL."""

    answer: Answer | None = None
    edition: int = 0
    first: list[Answer | None] = field(default_factory=list)
    """What the next requests get instead, None a dropped connection."""
    delay_s: float = 0.0
    held: bool = False
    waiting: list[Callable[[], None]] = field(default_factory=list)


class CrawlSite:
    """The running site; use it in a `with` block. Every method may be called from any thread."""

    def __init__(self, shape: Shape | None = None) -> None:
        self.shape = shape or Shape()
        self._changed = threading.Condition()
        self._asked: list[Asked] = []
        self._conduct: dict[str, _Conduct] = {}
        self._under_way: Counter[int] = Counter()
        self._most: Counter[int] = Counter()
        self._connections: set[_Connection] = set()
        self._listeners = _listeners(self.shape.hosts)
        self.port: int = self._listeners[0].getsockname()[1]
        self.allowed = tuple(f"{one.getsockname()[0]}:{self.port}" for one in self._listeners)
        """Each host as `--allow-private` and `network.allow_private` take it."""
        self.origins = [f"http://{one}" for one in self.allowed]
        self.seeds = [f"{origin}/" for origin in self.origins]
        """The front page of each host."""
        self.urls = tuple(origin + path for origin in self.origins for path in self.shape.paths())
        """Every URL that a crawl over links has to find, without `/robots.txt`."""
        self._paths = frozenset(self.shape.paths())

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(started)), name="crawl-site", daemon=True
        )
        self._thread.start()
        started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._leaving.set)
        self._thread.join()

    def url(self, host: int, path: str) -> str:
        """The URL of a path on a host, counted from 0."""
        return self.origins[host] + path

    # --- what it was asked -------------------------------------------------------------------------------------------

    def asked(self, url: str | None = None) -> list[Asked]:
        """Every request in order, or those of one URL."""
        with self._changed:
            return [one for one in self._asked if url is None or one.url == url]

    def counts(self) -> Counter[str]:
        """How often each URL was asked for; `/robots.txt` is left out."""
        return Counter(one.url for one in self.asked() if not one.url.endswith("/robots.txt"))

    def not_once(self) -> dict[str, int]:
        """How often each URL was asked for that should have been asked for exactly once and was not; {} is the proof."""
        counts, wanted = self.counts(), dict.fromkeys(self.urls, 1)
        return {url: counts[url] for url in wanted | counts if counts[url] != wanted.get(url, 0)}

    def most_at_once(self, host: int) -> int:
        """The largest number of requests to a host that waited for their answers at one time."""
        with self._changed:
            return self._most[host]

    def wait_until_asked(self, number: int, url: str | None = None, timeout: float = 30.0) -> None:
        """Returns once so many requests came, in all or of one URL; raises `TimeoutError`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._came(url) >= number, timeout):
                raise TimeoutError(f"{self._came(url)} of {number} requests came")

    # --- what it does ------------------------------------------------------------------------------------------------

    def says(self, url: str, answer: Answer) -> None:
        """From now on this is answered, also where there was nothing."""
        with self._changed:
            self._of(url).answer = answer

    def robots(self, host: int, content: str | Answer) -> None:
        """What `/robots.txt` of a host answers from now on; before that it allows everything."""
        answer = Answer(content.encode(), "text/plain") if isinstance(content, str) else content
        self.says(self.url(host, "/robots.txt"), answer)

    def fails(self, url: str, times: int, code: int = 503, retry_after: str | None = None) -> None:
        """The next requests are answered with this code, before all is well again."""
        headers = (("Retry-After", retry_after),) if retry_after is not None else ()
        with self._changed:
            self._of(url).first += [Answer(b"<title>Out of order</title>", code=code, headers=headers)] * times

    def drops(self, url: str, times: int) -> None:
        """The next requests find their connection closed without an answer."""
        with self._changed:
            self._of(url).first += [None] * times

    def recovers(self, url: str) -> None:
        """Nothing of what was still to fail or to be dropped is."""
        with self._changed:
            self._of(url).first.clear()

    def delays(self, url: str, seconds: float) -> None:
        """From now on each answer waits so long; the host's other answers do not."""
        with self._changed:
            self._of(url).delay_s = seconds

    def holds(self, url: str) -> None:
        """From now on no answer comes until `releases`."""
        with self._changed:
            self._of(url).held = True

    def releases(self, url: str) -> None:
        """Answers what waits, and what comes."""
        with self._changed:
            conduct = self._of(url)
            conduct.held = False
            waiting, conduct.waiting = conduct.waiting, []
        for answer in waiting:
            self._loop.call_soon_threadsafe(answer)

    def changes(self, url: str) -> None:
        """A new edition of a page or embed: other octets, another ETag, a later Last-Modified."""
        with self._changed:
            self._of(url).edition += 1

    # --- the thread --------------------------------------------------------------------------------------------------

    def _came(self, url: str | None) -> int:
        return len(self._asked) if url is None else sum(one.url == url for one in self._asked)

    def _of(self, url: str) -> _Conduct:
        return self._conduct.setdefault(url, _Conduct())

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._leaving = asyncio.get_running_loop(), asyncio.Event()
        servers = [
            await self._loop.create_server(functools.partial(_Connection, self, host), sock=one)
            for host, one in enumerate(self._listeners)
        ]
        started.set()
        await self._leaving.wait()
        for server in servers:
            server.close()
        for connection in list(self._connections):
            connection.transport.abort()
        # What was aborted is told so in the next turn of the loop.
        while self._connections:
            await asyncio.sleep(0)

    def _take(self, connection: "_Connection", path: str, headers: dict[str, str]) -> None:
        """A request whose head is whole."""
        url = self.url(connection.host, path)
        one = Asked(url, headers, time.monotonic())
        with self._changed:
            self._asked.append(one)
            self._under_way[connection.host] += 1
            self._most[connection.host] = max(self._most[connection.host], self._under_way[connection.host])
            conduct = self._conduct.get(url, _Conduct())
            give = functools.partial(self._give, connection, one, path)
            held, delay_s = conduct.held, conduct.delay_s
            if held:
                conduct.waiting.append(give)
            self._changed.notify_all()
        if delay_s and not held:
            self._loop.call_later(delay_s, give)
        elif not held:
            give()

    def _give(self, connection: "_Connection", one: Asked, path: str) -> None:
        """Answers a request."""
        with self._changed:
            conduct = self._conduct.get(one.url, _Conduct())
            answer = conduct.first.pop(0) if conduct.first else self._answer(connection.host, path, conduct)
            self._under_way[connection.host] -= 1
            if answer is not None:
                code = 304 if _is_held(answer, one.headers) else answer.code
                one.code = code
        if answer is None:
            connection.transport.close()
        else:
            connection.reply(_written(answer, code))

    def _answer(self, host: int, path: str, conduct: _Conduct) -> Answer:
        if conduct.answer is not None:
            return conduct.answer
        if path == "/robots.txt":
            return Answer(ALLOW_ALL.encode(), "text/plain")
        if path in self._paths:
            return self.shape.answer(self.origins, host, path, conduct.edition)
        return Answer(b"<title>Not here</title>There is no such page.", code=404)


class _Connection(asyncio.Protocol):
    """One client: its requests one after the other."""

    transport: asyncio.Transport

    def __init__(self, site: CrawlSite, host: int) -> None:
        self.host = host
        self._site = site
        self._unread = b""
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._site._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._site._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._next()

    def reply(self, octets: bytes) -> None:
        """Sends an answer and goes on; a client that left in the meantime gets nothing."""
        self._busy = False
        if not self.transport.is_closing():
            self.transport.write(octets)
            self._next()

    def _next(self) -> None:
        if self._busy or b"\r\n\r\n" not in self._unread:
            return
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        named = (line.partition(":") for line in lines)
        self._busy = True
        self._site._take(self, first.split(" ")[1], {name.strip().lower(): value.strip() for name, _, value in named})


def _is_held(answer: Answer, headers: dict[str, str]) -> bool:
    """Whether the client has this answer already: RFC 9110 sections 13.1.2 and 13.1.3."""
    tags = headers.get("if-none-match")
    if answer.code != 200:
        return False
    if tags is not None:
        return answer.etag is not None and answer.etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = headers.get("if-modified-since")
    return since is not None and answer.modified_at is not None and answer.modified_at <= parsedate_to_datetime(since)


def _written(answer: Answer, code: int) -> bytes:
    fields = [("Date", imf_date(datetime.now(UTC))), *answer.headers]
    if answer.etag is not None:
        fields.append(("ETag", answer.etag))
    if answer.modified_at is not None:
        fields.append(("Last-Modified", imf_date(answer.modified_at)))
    content = b""
    if code != 304:  # which has no content, whatever its fields say (RFC 9110 section 15.4.5)
        content = answer.content
        fields += [("Content-Type", answer.content_type), ("Content-Length", str(len(content)))]
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {code} {_WORDS.get(code, 'Otherwise')}\r\n{lines}\r\n".encode("latin-1") + content


_WORDS = {200: "OK", 301: "Moved Permanently", 304: "Not Modified", 404: "Not Found", 503: "Service Unavailable"}


def _listeners(hosts: int) -> list[socket.socket]:
    """A socket on each address, all with one port."""
    for _ in range(20):
        taken = [socket.create_server((f"127.0.0.{_FIRST_ADDRESS}", 0), backlog=256)]
        port = taken[0].getsockname()[1]
        try:
            for more in range(1, hosts):
                taken.append(socket.create_server((f"127.0.0.{_FIRST_ADDRESS + more}", port), backlog=256))
        except OSError:
            for one in taken:
                one.close()
            continue
        return taken
    raise OSError(errno.EADDRINUSE, "no port is free on every address")
