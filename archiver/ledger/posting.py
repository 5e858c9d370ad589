# SPDX-License-Identifier: Apache-2.0
"""One request to a place that the operator named, bounded in time and size (RFC 9110).

Time-stamping authorities, witnesses and ledgers to watch are named by the operator, like the store, and one of an institution
may well have a private address; no page decides where a request goes. So this does not use the guarded dialer. Redirects are
not followed, for an answer must not choose the place either. The environment is not asked for proxies.

Guarantees: at most `most` octets of a body are read; connecting takes `connect` seconds an address, and everything after
it `total` together, however slowly an answer drips, because the socket is shut when they are over. Certificates are
checked against the system's roots and certifi's. Every failure is `FetchFailed` with advice; URLs are named by their origin only.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import certifi

from archiver.errors import FetchFailed
from archiver.urls import HttpUrl, parse
from archiver.version import VERSION

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
CONNECT, TOTAL = 10.0, 30.0
"""Seconds."""
MOST = 256 << 10
"""Octets of an answer: a stamp with a long chain of certificates has some 10 KiB."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer that is no redirect."""

    status: int
    media_type: str
    """The Content-Type without its parameters, in lower case; empty when there is none."""
    body: bytes


def post(url: str, query: bytes, *, connect: float = CONNECT, total: float = TOTAL, most: int = MOST) -> bytes:
    """Posts a TimeStampReq and returns the body of a 200 answer, which may be anything.

    Raises `FetchFailed` for every other end, and `BadInput` for a `url` that is not http or https.
    """
    headers = {"Content-Type": QUERY, "Accept": REPLY}
    answer = ask(url, "POST", query, headers, connect=connect, total=total, most=most)
    if answer.status != 200:
        raise refusal(url, answer.status)
    return answer.body


def ask(
    url: str,
    method: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    connect: float = CONNECT,
    total: float = TOTAL,
    most: int = MOST,
) -> Answer:
    """Sends one request and returns its answer, whatever its status but a redirect.

    Raises `FetchFailed` for every other end, and `BadInput` for a `url` that is not http or https.
    """
    where = parse(url)
    with _connected(where, connect) as plain, _ended_after(total, plain, where) as channel:
        return _exchange(channel, where, (method, body, headers), most)


def refusal(url: str, status: int, advice: str = "Check its URL, or try again later.") -> FetchFailed:
    """What an answer is called whose status says that nothing came of it."""
    origin = parse(url).origin
    return FetchFailed("http-status", f"{origin} answered {status}", advice, url=origin, status=status)


@contextmanager
def _connected(where: HttpUrl, connect: float) -> Iterator[socket.socket]:
    origin = where.origin
    try:
        plain = socket.create_connection((where.host, where.port), connect)
    except socket.gaierror as fault:
        what = f"the name {where.host} was not resolved: {fault.strerror}"
        raise FetchFailed("dns-failed", what, "Check the spelling, or try again later.", url=origin) from fault
    except TimeoutError as fault:
        what = f"no connection to {origin} within {connect:g} s"
        raise FetchFailed("connect-timeout", what, "Try again later.", url=origin) from fault
    except OSError as fault:
        what = f"no connection to {origin}: {fault.strerror or fault}"
        raise FetchFailed("connect-failed", what, "Check host and port, or try again later.", url=origin) from fault
    with plain:
        yield plain


@contextmanager
def _ended_after(total: float, plain: socket.socket, where: HttpUrl) -> Iterator[socket.socket]:
    """The socket, with TLS about it for https, which is shut when `total` seconds are over; says what went wrong on it."""
    over = threading.Event()
    try:
        channel = _secured(plain, where.host) if where.scheme == "https" else plain
    except (OSError, ValueError) as fault:
        raise _failure(fault, where) from fault

    def shut() -> None:
        over.set()
        # Of the plain kind, also under TLS: whoever reads is woken, and the TLS state is left to that thread.
        with suppress(OSError):
            socket.socket.shutdown(channel, socket.SHUT_RDWR)

    watch = threading.Timer(total, shut)
    watch.daemon = True
    with channel:
        watch.start()
        try:
            channel.settimeout(total)
            if isinstance(channel, ssl.SSLSocket):
                channel.do_handshake()
            yield channel
            ended = over.is_set()
        except (OSError, ValueError, http.client.HTTPException, FetchFailed) as fault:
            if not over.is_set():
                raise _failure(fault, where) from fault
            ended = True
        finally:
            watch.cancel()
    if ended:
        what = f"{where.origin} gave no whole answer within {total:g} s"
        raise FetchFailed("total-timeout", what, "Try again later.", url=where.origin)


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    # Without the root's dot, which neither SNI nor certificates have (RFC 6066 section 3).
    return context.wrap_socket(plain, server_hostname=host.removesuffix("."), do_handshake_on_connect=False)


def _exchange(
    channel: socket.socket, where: HttpUrl, request: tuple[str, bytes | None, Mapping[str, str]], most: int
) -> Answer:
    method, body, more = request
    connection = http.client.HTTPConnection(where.host, where.port)
    connection.auto_open = 0
    connection.sock = channel
    headers = {
        "Host": where.authority,
        "User-Agent": f"colophon/{VERSION}",
        "Connection": "close",
        **more,
    }
    connection.request(method, where.target, body, headers)
    with connection.getresponse() as answer:
        media_type = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(answer.status, media_type, _body(answer, where.origin, most))


def _body(answer: http.client.HTTPResponse, origin: str, most: int) -> bytes:
    if 300 <= answer.status < 400:
        what = f"{origin} answered {answer.status}: redirects are not followed"
        raise FetchFailed("http-status", what, "Name the URL it leads to.", url=origin, status=answer.status)
    announced = answer.length
    body = answer.read(most + 1) if announced is None or announced <= most else b""
    if len(body) > most or (announced is not None and announced > most):
        what = f"{origin} sent more than {most} octets, and what was asked for is smaller"
        raise FetchFailed("length-limit", what, "Check its URL.", url=origin)
    if announced is not None and len(body) < announced:
        what = f"{origin} closed the connection within its answer"
        raise FetchFailed("body-short", what, "Try again later.", url=origin)
    return body


def _failure(fault: Exception, where: HttpUrl) -> FetchFailed:
    """What a fault of a connection that was made is called."""
    if isinstance(fault, FetchFailed):
        return fault
    origin = where.origin
    if isinstance(fault, ssl.SSLCertVerificationError):
        what = f"the certificate of {origin} does not verify: {fault.verify_message}"
        return FetchFailed("tls-certificate", what, "Check the name in its URL, and the machine's clock.", url=origin)
    if isinstance(fault, ssl.SSLError):
        what = f"no TLS session with {origin}: {fault.reason or fault}"
        return FetchFailed("tls-failed", what, "Check its port.", url=origin)
    if isinstance(fault, http.client.RemoteDisconnected | ConnectionError):
        what = f"{origin} closed the connection without an answer"
        return FetchFailed("no-response", what, "Try again later.", url=origin)
    if isinstance(fault, TimeoutError):
        return FetchFailed("total-timeout", f"{origin} was silent for too long", "Try again later.", url=origin)
    if isinstance(fault, http.client.IncompleteRead):
        what = f"{origin} closed the connection within its answer"
        return FetchFailed("body-short", what, "Try again later.", url=origin)
    what = f"what came from {origin} is no HTTP response"
    return FetchFailed("not-http", what, "Check its URL.", url=origin)
