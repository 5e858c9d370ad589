# SPDX-License-Identifier: Apache-2.0
"""The HTTP engine: asks for one URL over HTTP/1.1 and keeps every byte of the answer.

`fetch` never raises for what a server does: a fault of the remote becomes the exchange's outcome and reason. Each exchange
is bounded in time, header size and body size; what a limit cut off is flagged with the limit's name. A connection is used
again only after a faultless message with nothing behind it. Redirects, robots and requisites are the caller's concern.
"""

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from archiver.capture import tls
from archiver.dialer import Dialer
from archiver.errors import FetchFailed, Refused, RemoteFault
from archiver.exchange import Exchange, Response, Tape
from archiver.formats.framing import ResponseFramer
from archiver.urls import HttpUrl
from manifests.capture import Connection, Outcome, Truncation

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
HARD_MAX_BODY = 900 << 20
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


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for."""

    url: HttpUrl
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    """Sent in this order after Host; the engine adds only Connection and, for URLs with userinfo, Authorization."""
    body: bytes = b""
    secret_headers: frozenset[str] = frozenset()

    def head(self) -> bytes:
        """The request head as sent."""
        lines = [f"{self.method} {self.url.target} HTTP/1.1", f"Host: {self.url.authority}"]
        given = {name.lower() for name, _ in self.headers}
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.url.userinfo is not None and "authorization" not in given:
            lines.append(f"Authorization: Basic {b64encode(self.url.userinfo.encode('utf-8')).decode('ascii')}")
        if self.body and "content-length" not in given:
            lines.append(f"Content-Length: {len(self.body)}")
        lines.append("Connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


@dataclass(slots=True)
class _Line:
    """One open connection and what is known of it."""

    wire: "_Wire"
    transport: asyncio.Transport
    known: Connection


class HttpEngine:
    """Fetches over its own connections. Belongs to one event loop."""

    def __init__(
        self,
        dialer: Dialer,
        *,
        now: Callable[[], datetime],
        limits: Limits | None = None,
        accept_bad_certificate: bool = False,
        trust: ssl.SSLContext | None = None,
        idle_a_host: int = 6,
    ) -> None:
        self._dialer = dialer
        self._now = now
        self._limits = limits or Limits()
        self._accept_bad_certificate = accept_bad_certificate
        self._trust = trust
        self._idle: dict[str, list[_Line]] = {}
        self._idle_a_host = idle_a_host

    async def fetch(self, request: Request) -> Exchange:
        """One exchange; remote faults are in its outcome. Raises only `ArchiveFault` and cancellation."""
        requested_at = self._now()
        reused = self._take_idle(request.url.origin)
        try:
            if reused is not None:
                exchange = await self._ask(reused, request, requested_at)
                # The server closed an idle connection as we asked: nothing was answered, so nothing is lost by asking anew.
                if exchange.reason != "no-response":
                    return exchange
            line = await self._connect(request.url)
        except RemoteFault as fault:
            return _unanswered(request, requested_at, fault)
        return await self._ask(line, request, requested_at)

    async def close(self) -> None:
        """Drops every connection."""
        for lines in self._idle.values():
            for line in lines:
                line.transport.abort()
        self._idle.clear()
        await self._dialer.close()

    def _take_idle(self, origin: str) -> _Line | None:
        lines = self._idle.get(origin)
        while lines:
            line = lines.pop()
            if line.wire.usable:
                return _used_again(line)
            line.transport.abort()
        return None

    async def _connect(self, url: HttpUrl) -> _Line:
        dialed = await self._dialer.dial(url.host, url.port)
        known = Connection(resolver=dialed.resolver, addresses=dialed.addresses, ip=dialed.ip, port=dialed.port)
        if url.scheme == "http":
            return await self._wrap(dialed.socket, None, url, known)
        try:
            line = await self._wrap(dialed.socket, tls.client_context(verify=True, trust=self._trust), url, known)
            fault = None
        except ssl.SSLCertVerificationError as unverified:
            fault = unverified.verify_message
            line = await self._unverified(url, fault, known)
        except (ssl.SSLError, OSError, TimeoutError) as failed:
            raise FetchFailed("tls-failed", f"no TLS session with {url.host}: {failed}", connection=known) from failed
        described = tls.describe(line.transport.get_extra_info("ssl_object"), fault)
        line = replace(line, known=line.known.model_copy(update={"tls": described}))
        if fault is not None and not self._accept_bad_certificate:
            line.transport.abort()
            raise _bad_certificate(url, fault, line.known)
        return line

    async def _unverified(self, url: HttpUrl, why: str, known: Connection) -> _Line:
        """A second handshake that verifies nothing: to keep the chain as evidence, and to go on where that was asked for."""
        try:
            dialed = await self._dialer.dial(url.host, url.port)
            return await self._wrap(dialed.socket, tls.client_context(verify=False), url, known)
        except (RemoteFault, ssl.SSLError, OSError, TimeoutError) as failed:
            raise _bad_certificate(url, why, known) from failed

    async def _wrap(
        self, sock: socket.socket, context: ssl.SSLContext | None, url: HttpUrl, known: Connection
    ) -> _Line:
        loop = asyncio.get_running_loop()
        transport, wire = await loop.create_connection(
            _Wire,
            sock=sock,
            ssl=context,
            server_hostname=url.host if context else None,
            ssl_handshake_timeout=self._limits.connect if context else None,
        )
        return _Line(wire, transport, known)

    async def _ask(self, line: _Line, request: Request, requested_at: datetime) -> Exchange:
        head = request.head()
        framer = ResponseFramer(request.method, max_header=self._limits.max_header)
        asked = _Asked(framer, Tape(), self._limits, self._now)
        await line.wire.ask(asked, head + request.body)
        exchange = _concluded(asked, request, requested_at, head, line.known, self._limits)
        if (
            framer.reusable
            and asked.ended is None
            and exchange.outcome is Outcome.CAPTURED_COMPLETE
            and line.wire.usable
        ):
            lines = self._idle.setdefault(request.url.origin, [])
            if len(lines) < self._idle_a_host:
                lines.append(line)
                return exchange
        line.transport.abort()
        return exchange


def _bad_certificate(url: HttpUrl, why: str, known: Connection) -> Refused:
    return Refused(
        "tls-certificate",
        f"the certificate of {url.host} does not verify: {why}",
        "Add --accept-bad-certificate to capture it all the same; the fault is recorded.",
        connection=known,
    )


def _used_again(line: _Line) -> _Line:
    """The same connection, known to have been used before."""
    return _Line(line.wire, line.transport, line.known.model_copy(update={"reused": True}))


class _Asked:
    """One exchange in progress: the framer, the tape, and how it ended."""

    __slots__ = ("ended", "first_byte_at", "framer", "last_byte_at", "limits", "now", "tape")

    def __init__(self, framer: ResponseFramer, tape: Tape, limits: Limits, now: Callable[[], datetime]) -> None:
        self.framer = framer
        self.tape = tape
        self.limits = limits
        self.now = now
        self.first_byte_at: datetime | None = None
        self.last_byte_at: datetime | None = None
        self.ended: str | None = None
        """Why it ended when the message did not: a limit's reason, `eof`, or `reset`."""

    def take(self, content: bytes) -> bool:
        """Keeps what arrived; True when no more is wanted."""
        self.last_byte_at = self.now()
        if self.first_byte_at is None:
            self.first_byte_at = self.last_byte_at
        block = self.framer.feed(content)
        head = self.framer.head
        if block:
            room = (head.length if head else 0) + self.limits.max_body - self.tape.length
            if len(block) > room:
                self.tape.append(block[:room])
                self.ended = "length-limit"
                return True
            self.tape.append(block)
        if self.framer.failure is not None or self.framer.surplus > _MAX_SURPLUS:
            return True
        return self.framer.done and self.framer.reusable

    def close(self, *, reset: bool) -> None:
        """The peer closed."""
        if not self.framer.done and self.framer.failure is None:
            self.ended = "reset" if reset else "eof"
            block = self.framer.eof()
            if block:
                self.tape.append(block)


class _Wire(asyncio.Protocol):
    """The connection's protocol: hands bytes to the exchange in progress and watches its limits."""

    def __init__(self) -> None:
        self.usable = True
        self._transport: asyncio.Transport | None = None
        self._asked: _Asked | None = None
        self._finished: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0
        self._touched = 0.0

    async def ask(self, asked: _Asked, content: bytes) -> None:
        """Sends `content` and returns when the exchange has ended in whatever way."""
        loop = asyncio.get_running_loop()
        assert self._transport is not None
        self._asked = asked
        self._finished = loop.create_future()
        self._began = self._touched = loop.time()
        if not self.usable:
            asked.close(reset=False)
            return
        self._timer = loop.call_later(min(asked.limits.header, asked.limits.idle, asked.limits.total), self._watch)
        try:
            self._transport.write(content)
            await self._finished
        finally:
            self._timer.cancel()
            self._asked = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, content: bytes) -> None:
        asked = self._asked
        if asked is None or self._finished is None or self._finished.done():
            self.usable = False  # nobody asked: whatever this is, it must not become the next answer
            return
        was_done = asked.framer.done
        self._touched = asyncio.get_running_loop().time()
        if asked.take(content):
            self._finish()
        elif asked.framer.done and not was_done:
            # The message is whole and the server will close: what it still sends belongs to the evidence.
            self._rearm(_LINGER)

    def eof_received(self) -> bool:
        self._ended(reset=False)
        return False

    def connection_lost(self, fault: Exception | None) -> None:
        self._ended(reset=fault is not None)

    def _ended(self, *, reset: bool) -> None:
        self.usable = False
        if self._asked is not None and self._finished is not None and not self._finished.done():
            self._asked.close(reset=reset)
            self._finish()

    def _finish(self) -> None:
        if self._finished is not None and not self._finished.done():
            self._finished.set_result(None)

    def _rearm(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(max(delay, 0.001), self._watch)

    def _watch(self) -> None:
        asked = self._asked
        if asked is None or self._finished is None or self._finished.done():
            return
        now, limits = asyncio.get_running_loop().time(), asked.limits
        if asked.framer.done:
            self._finish()
            return
        deadlines = [(self._began + limits.total, "total-timeout")]
        if asked.framer.head is None:
            deadlines.append((self._began + limits.header, "header-timeout"))
        else:
            deadlines.append((self._touched + limits.idle, "idle-timeout"))
        at, reason = min(deadlines)
        if at > now:
            self._rearm(at - now)
            return
        self.usable = False
        asked.ended = reason
        self._finish()


def _unanswered(request: Request, requested_at: datetime, fault: RemoteFault) -> Exchange:
    connection = fault.fields.get("connection")
    return Exchange(
        url=request.url.url,
        method=request.method,
        request=b"",
        requested_at=requested_at,
        outcome=Outcome.REFUSED if isinstance(fault, Refused) else Outcome.FAILED,
        reason=fault.reason,
        detail=str(fault),
        connection=connection if isinstance(connection, Connection) else None,
        userinfo=request.url.userinfo,
    )


_CUT_BY_LIMIT = {
    "length-limit": "max_body",
    "idle-timeout": "idle",
    "total-timeout": "total",
    "header-timeout": "header",
}


def _concluded(
    asked: _Asked, request: Request, requested_at: datetime, head: bytes, known: Connection, limits: Limits
) -> Exchange:
    """The exchange that an ended conversation makes: outcome, reason and what was kept."""
    framer = asked.framer
    outcome, reason, truncation = _judged(asked, limits)
    response, remains = None, b""
    if framer.head is not None and outcome is not Outcome.FAILED:
        response = Response(
            head=framer.head,
            tape=asked.tape,
            message_length=min(framer.message_length, asked.tape.length),
            chunked=framer.chunked,
            interim=tuple(framer.interim),
            faults=tuple(framer.faults),
        )
    else:
        remains = b"".join(raw for _, raw in framer.interim) + asked.tape.read() + framer.held
    return Exchange(
        url=request.url.url,
        method=request.method,
        request=head,
        requested_at=requested_at,
        outcome=outcome,
        reason=reason,
        response=response,
        remains=remains,
        first_byte_at=asked.first_byte_at,
        last_byte_at=asked.last_byte_at,
        connection=known,
        truncation=truncation,
        request_body_length=len(request.body),
        secret_headers=request.secret_headers,
        userinfo=request.url.userinfo,
    )


def _judged(asked: _Asked, limits: Limits) -> tuple[Outcome, str | None, Truncation | None]:
    framer, ended = asked.framer, asked.ended
    if framer.failure == "chunk-invalid":
        return Outcome.CAPTURED_TRUNCATED, framer.failure, Truncation(warc_reason="unspecified")
    if framer.failure is not None:
        return Outcome.FAILED, framer.failure, None
    if ended in _CUT_BY_LIMIT:
        setting = _CUT_BY_LIMIT[ended]
        if framer.head is None:
            return Outcome.FAILED, ended, None
        cap = f"{setting}={getattr(limits, setting):g}"
        return (
            Outcome.CAPTURED_TRUNCATED,
            ended,
            Truncation(warc_reason="length" if setting == "max_body" else "time", cap=cap),
        )
    if framer.shortfall in ("no-response", "header-cut"):
        return Outcome.FAILED, framer.shortfall, None
    if framer.shortfall is not None:
        return Outcome.CAPTURED_TRUNCATED, framer.shortfall, Truncation(warc_reason="disconnect")
    if ended == "reset":
        # A body that only the close delimits is not known to be whole when the close was a reset.
        return Outcome.CAPTURED_TRUNCATED, "body-short", Truncation(warc_reason="disconnect")
    return Outcome.CAPTURED_COMPLETE, "framing-fault" if framer.faults else None, None
