# SPDX-License-Identifier: Apache-2.0
"""Exchanges made by hand, and a whole archive in memory and one folder: what the tests of the services work on.

No network, no system clock, no chance: every value is the same in every run.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archiver.catalog.generations import Generations
from archiver.disk import OsDisk
from archiver.exchange import Exchange, Response, Tape
from archiver.formats.framing import ResponseFramer
from archiver.formats.warc import Density
from archiver.services.ingest import Captured, Ingest, World
from archiver.services.observations import Context
from archiver.services.redaction import Redactor
from archiver.services.spool import Spool
from archiver.state.state import State
from archiver.store.memory import MemoryStore
from archiver.url_keys import url_key
from manifests.agents import Agent
from manifests.capture import Connection, FetchSettings, Outcome, RobotsDecision, Truncation

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
URL = "http://gazette.example/tides"
ARCHIVE_ID = "00000000-0000-4000-8000-00000000abcd"


@dataclass
class Clock:
    """A clock that goes on by one second with each look at it."""

    at: datetime = AT
    step: timedelta = timedelta(seconds=1)

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


def page(body: str | bytes = "<p>High water at noon.</p>", title: str = "Tide table") -> bytes:
    """A small page."""
    words = body.encode() if isinstance(body, str) else body
    return b"<!doctype html><html lang=en><head><title>%b</title></head><body>%b</body></html>" % (
        title.encode(),
        words,
    )


def plain(body: bytes, *fields: bytes, code: bytes = b"200 OK", kind: bytes = b"text/html; charset=utf-8") -> bytes:
    """The octets of a response with a length."""
    lines = [b"HTTP/1.1 " + code, b"Content-Type: " + kind, b"Content-Length: %d" % len(body), *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body: bytes, *fields: bytes, size: int = 20) -> bytes:
    """The octets of a response in chunks."""
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: text/html; charset=utf-8", b"Transfer-Encoding: chunked", *fields]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def response_of(raw: bytes) -> Response:
    """What an engine makes of these octets."""
    framer, tape = ResponseFramer(), Tape()
    tape.append(framer.feed(raw))
    framer.eof()
    assert framer.head is not None
    interim = tuple(framer.interim)
    return Response(framer.head, tape, framer.message_length, framer.chunked, interim, tuple(framer.faults))


def request_of(url: str, *fields: bytes) -> bytes:
    """The head of a request for `url`."""
    _, _, host, path = url.split("/", 3)
    return b"\r\n".join([b"GET /%b HTTP/1.1" % path.encode(), b"Host: " + host.encode(), *fields]) + b"\r\n\r\n"


def exchange(
    raw: bytes | None,
    url: str = URL,
    *,
    at: datetime = AT,
    outcome: Outcome = Outcome.CAPTURED_COMPLETE,
    reason: str | None = None,
    truncated: bool = False,
    remains: bytes = b"",
    sent: bool = True,
    request_fields: tuple[bytes, ...] = (),
    secret_headers: frozenset[str] = frozenset(),
    userinfo: str | None = None,
) -> Exchange:
    """One request and what came of it; `raw` is what the server sent, None when that made no response."""
    return Exchange(
        url=url,
        method="GET",
        request=request_of(url, *request_fields) if sent else b"",
        requested_at=at,
        outcome=Outcome.CAPTURED_TRUNCATED if truncated else outcome,
        reason="body-short" if truncated else reason,
        response=response_of(raw) if raw is not None else None,
        remains=remains,
        first_byte_at=at + timedelta(milliseconds=20) if raw else None,
        last_byte_at=at + timedelta(milliseconds=30) if raw else None,
        connection=Connection(resolver="literal", addresses=("192.0.2.7",), ip="192.0.2.7", port=80) if sent else None,
        truncation=Truncation(warc_reason="disconnect") if truncated else None,
        secret_headers=secret_headers,
        userinfo=userinfo,
    )


def context(url: str = URL) -> Context:
    """A context in which only the URL matters."""
    return Context(
        job="adhoc",
        crawl_id="crawl",
        seed=url,
        discovery_path="",
        url_key=url_key(url),
        settings=FetchSettings(user_agent="tests", robots="off"),
        robots=RobotsDecision(decision="not-asked", obeyed=False),
    )


@dataclass
class Archive:
    """One archive: a store in memory, everything else in a folder."""

    folder: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    density: Density = "fast"
    clock: Clock = field(default_factory=Clock)
    chance: Callable[[int], bytes] = field(default_factory=lambda: random.Random(7).randbytes)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        state = State(self.folder / "state.sqlite")
        state.prepare(ARCHIVE_ID)
        generations = Generations(self.folder / "catalog.sqlite")
        generations.prepare()
        self.world = World(
            archive_id=ARCHIVE_ID,
            operator=Agent(name="The tests", contact="tests@gazette.example"),
            spool=Spool(self.folder / "spool", OsDisk()),
            state=state,
            store=self.store,
            generations=generations,
            redactor=Redactor(b"key"),
            now=self.clock,
            chance=self.chance,
            density=self.density,
        )

    def ingest(self, job: str = "adhoc") -> Ingest:
        """A writer."""
        return Ingest(self.world, job)

    def keep(self, *exchanges: Exchange) -> list[Captured]:
        """One sealed and stored segment with these captures."""
        ingest = self.ingest()
        kept = [ingest.record(one, context(one.url)) for one in exchanges]
        ingest.finish()
        return kept

    def folders(self) -> list[str]:
        """The key prefix of each stored segment."""
        return [
            key.removesuffix("segment.json") for key in self.store.list("segments/") if key.endswith("segment.json")
        ]

    def close(self) -> None:
        """Closes state and catalog."""
        self.world.state.close()
        self.world.generations.close()
