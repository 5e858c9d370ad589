# SPDX-License-Identifier: Apache-2.0
"""The HTTP engine: asks for one URL over HTTP/1.1 and keeps every byte of the answer.

`fetch` never raises for what a server does: a fault of the remote becomes the exchange's outcome and reason. Each exchange
is bounded in time, header size and body size; what a limit cut off is flagged with the limit's name. Connections are
bounded in number, in use and idle. One is used again only after a faultless message with nothing behind it, only for
requests that may be repeated (RFC 9110 section 9.2.2), and when it was stale or gave more than one answer the request
is made once more on a new one. Redirects, robots and requisites are the caller's concern.
"""

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from archiver.capture import tls
from archiver.capture.wire import Asked, Limits, Wire
from archiver.dialer import Dialer
from archiver.errors import FetchFailed, Refused, RemoteFault
from archiver.exchange import Exchange, Response
from archiver.formats.framing import ResponseFramer
from archiver.urls import HttpUrl
from manifests.capture import Connection, Outcome, Truncation

__all__ = ["ACCEPT", "ACCEPT_ENCODING", "HARD_MAX_BODY", "HttpEngine", "Limits", "Request"]

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
HARD_MAX_BODY = 900 << 20
MAX_TRAILER = 2 << 20
"""Octets of a trailer section; no setting, because the end of the body must be found again from the block alone."""
AT_ONCE = 100
IDLE_A_HOST = 6
IDLE_IN_ALL = 100
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for."""

    url: HttpUrl
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    """Sent in this order after Host; the engine adds only what the message needs, Connection, and Authorization for userinfo."""
    body: bytes = b""
    secret_headers: frozenset[str] = frozenset()

    def head(self) -> bytes:
        """The request head as sent."""
        lines = [f"{self.method} {self.url.target} HTTP/1.1", f"Host: {self.url.authority}"]
        given = {name.lower() for name, _ in self.headers}
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.url.userinfo is not None and "authorization" not in given:
            lines.append(f"Authorization: Basic {b64encode(self.url.userinfo.encode('utf-8')).decode('ascii')}")
        if (self.body or self.method in _WITH_BODY) and not given & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        lines.append("Connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


@dataclass(slots=True)
class _Line:
    """One open connection and what is known of it."""

    origin: str
    wire: Wire
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
        at_once: int = AT_ONCE,
        idle_a_host: int = IDLE_A_HOST,
        idle_in_all: int = IDLE_IN_ALL,
    ) -> None:
        """`at_once` exchanges run at a time, others wait their turn; so many idle connections are kept."""
        self._dialer = dialer
        self._now = now
        self._limits = limits or Limits()
        self._accept_bad_certificate = accept_bad_certificate
        self._contexts = tls.Contexts(trust)
        self._places = asyncio.Semaphore(at_once)
        self._idle: list[_Line] = []
        """Longest idle first."""
        self._idle_a_host = idle_a_host
        self._idle_in_all = idle_in_all

    async def fetch(self, request: Request) -> Exchange:
        """One exchange; remote faults are in its outcome. Raises only `ArchiveFault` and cancellation."""
        async with self._places:
            if request.method in _REPEATABLE and (idle := self._take_idle(request.url.origin)) is not None:
                exchange = await self._ask(idle, request)
                if not _is_in_doubt(exchange):
                    return exchange
            tried_at = self._now()
            try:
                line = await self._connect(request.url)
            except RemoteFault as fault:
                return _unanswered(request, tried_at, fault)
            return await self._ask(line, request)

    async def close(self) -> None:
        """Drops every idle connection; they are closed when this returns."""
        lines, self._idle = self._idle, []
        for line in lines:
            line.wire.abort()
        for line in lines:
            await line.wire.gone()
        await self._dialer.close()

    def _take_idle(self, origin: str) -> _Line | None:
        # The one used last is the least likely to have been closed meanwhile.
        for at in range(len(self._idle) - 1, -1, -1):
            line = self._idle[at]
            if line.origin == origin:
                del self._idle[at]
                if line.wire.quiet():
                    return line
                line.wire.abort()
        return None

    def _keep(self, line: _Line) -> None:
        """Keeps a connection for the next request to its origin, within the bounds."""
        if not line.wire.usable or sum(one.origin == line.origin for one in self._idle) >= self._idle_a_host:
            line.wire.abort()
            return
        if len(self._idle) >= self._idle_in_all:
            self._idle.pop(0).wire.abort()
        if not line.known.reused:
            line.known = line.known.model_copy(update={"reused": True})
        self._idle.append(line)

    async def _connect(self, url: HttpUrl) -> _Line:
        dialed = await self._dialer.dial(url.host, url.port)
        known = Connection(resolver=dialed.resolver, addresses=dialed.addresses, ip=dialed.ip, port=dialed.port)
        if url.scheme == "http":
            return await self._wrap(dialed.socket, None, url, known)
        fault = None
        try:
            line = await self._wrap(dialed.socket, self._contexts.verifying(), url, known)
        except ssl.SSLCertVerificationError as unverified:
            fault = unverified.verify_message
            line = await self._unverified(url, fault, known)
        except (OSError, ValueError) as failed:
            raise FetchFailed("tls-failed", f"no TLS session with {url.host}: {failed}", connection=known) from failed
        if fault is not None and not self._accept_bad_certificate:
            line.wire.abort()
            raise _bad_certificate(url, fault, line.known)
        return line

    async def _unverified(self, url: HttpUrl, why: str, known: Connection) -> _Line:
        """A second handshake that verifies nothing: to keep the chain as evidence, and to go on where that was asked for."""
        try:
            dialed = await self._dialer.dial(url.host, url.port)
            return await self._wrap(dialed.socket, self._contexts.unverifying(), url, known, why)
        except (RemoteFault, OSError, ValueError) as failed:
            raise _bad_certificate(url, why, known) from failed

    async def _wrap(
        self,
        sock: socket.socket,
        context: ssl.SSLContext | None,
        url: HttpUrl,
        known: Connection,
        fault: str | None = None,
    ) -> _Line:
        """Takes over a connected socket; it is closed when this raises."""
        try:
            transport, wire = await asyncio.get_running_loop().create_connection(
                Wire,
                sock=sock,
                ssl=context,
                server_hostname=tls.server_name(url.host) if context else None,
                ssl_handshake_timeout=self._limits.connect if context else None,
            )
        except BaseException:
            sock.close()
            raise
        if context is not None:
            described = tls.describe(transport.get_extra_info("ssl_object"), fault)
            known = known.model_copy(update={"tls": described})
        return _Line(url.origin, wire, known)

    async def _ask(self, line: _Line, request: Request) -> Exchange:
        head = request.head()
        framer = ResponseFramer(request.method, max_header=self._limits.max_header, max_trailer=MAX_TRAILER)
        asked = Asked(framer, self._limits, self._now)
        requested_at = self._now()
        try:
            await line.wire.ask(asked, head + request.body)
        except BaseException:
            line.wire.abort()
            asked.tape.close()
            raise
        exchange = _concluded(asked, request, requested_at, head, line.known, self._limits)
        if framer.reusable and asked.ended is None:
            self._keep(line)
        else:
            line.wire.abort()
        return exchange


def _is_in_doubt(exchange: Exchange) -> bool:
    """Whether what came over a used connection says nothing of the request, so that a new one is asked.

    Either the server closed it just as we asked, and nothing came; or more than one answer came, and the first may have
    been on its way before we asked. One that came alone cannot be told from the true one: the server answers for it.
    """
    response = exchange.response
    if response is None:
        return exchange.reason == "no-response" and exchange.first_byte_at is None
    surplus = response.tape.length > response.message_length and exchange.reason == "framing-fault"
    if surplus:
        response.tape.close()
    return surplus


def _bad_certificate(url: HttpUrl, why: str, known: Connection) -> Refused:
    return Refused(
        "tls-certificate",
        f"the certificate of {url.host} does not verify: {why}",
        "Add --accept-bad-certificate to capture it all the same; the fault is recorded.",
        connection=known,
    )


def _unanswered(request: Request, tried_at: datetime, fault: RemoteFault) -> Exchange:
    connection = fault.fields.get("connection")
    return Exchange(
        url=request.url.url,
        method=request.method,
        request=b"",
        requested_at=tried_at,
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
    asked: Asked, request: Request, requested_at: datetime, head: bytes, known: Connection, limits: Limits
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


def _judged(asked: Asked, limits: Limits) -> tuple[Outcome, str | None, Truncation | None]:
    framer, ended = asked.framer, asked.ended
    if framer.failure == "chunk-invalid" and ended is None:
        return Outcome.CAPTURED_TRUNCATED, framer.failure, Truncation(warc_reason="unspecified")
    if framer.failure is not None and ended is None:
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
