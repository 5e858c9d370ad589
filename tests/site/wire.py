# SPDX-License-Identifier: Apache-2.0
"""Building blocks of answers: heads, whole replies, chunks, and the commonest ways to serve them.

Everything is joined exactly as given; nothing is checked, for the cases exist to break the rules.
"""

from collections.abc import Callable

from tests.site.conversation import Conversation

HTML = b"Content-Type: text/html; charset=utf-8"
CLOSE = b"Connection: close"
OK = b"HTTP/1.1 200 OK"
CHUNKED = b"Transfer-Encoding: chunked"
PAGE = b"<!doctype html><title>Tide tables</title><p>High water at noon, low water at six."

ENDLESS_CAP = 16 << 20
"""Octets after which an endless answer falls silent, so that the site's own record of it stays bounded."""

Octets = bytes | Callable[[], bytes]


def head(*lines: bytes) -> bytes:
    """Lines, each ended by CRLF, and the empty line."""
    return b"\r\n".join(lines) + b"\r\n\r\n"


def reply(body: bytes, *fields: bytes, line: bytes = OK, kind: bytes = HTML) -> bytes:
    """A whole response with an exact Content-Length that announces its close."""
    return head(line, kind, b"Content-Length: %d" % len(body), CLOSE, *fields) + body


def chunk(piece: bytes) -> bytes:
    """One chunk (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def chunked(*pieces: bytes) -> bytes:
    """A chunked body, last chunk and empty trailer section included."""
    return b"".join(chunk(piece) for piece in pieces) + b"0\r\n\r\n"


def burst(octets: Octets) -> Callable[[Conversation], None]:
    """Sends everything at once and closes; `octets` as a function is built when asked for."""

    def serve(conversation: Conversation) -> None:
        conversation.send(octets if isinstance(octets, bytes) else octets())
        conversation.close()

    return serve


def then_reset(octets: bytes) -> Callable[[Conversation], None]:
    """Sends everything at once and ends with a TCP reset."""

    def serve(conversation: Conversation) -> None:
        conversation.send(octets)
        conversation.reset()

    return serve


def then_hang(octets: bytes) -> Callable[[Conversation], None]:
    """Sends everything at once and says nothing more, without closing."""

    def serve(conversation: Conversation) -> None:
        conversation.send(octets)
        conversation.hang()

    return serve


def drip(first: bytes, piece: bytes, every: float = 0.2) -> Callable[[Conversation], None]:
    """Sends `first`, then `piece` again and again with a pause before each, until the conversation ends."""

    def serve(conversation: Conversation) -> None:
        conversation.send(first)
        while True:
            conversation.pause(every)
            conversation.send(piece)

    return serve


def endless(first: bytes, piece: bytes, cap: int = ENDLESS_CAP) -> Callable[[Conversation], None]:
    """Sends `first`, then `piece` again and again without pause, up to `cap` octets, then says nothing more."""

    def serve(conversation: Conversation) -> None:
        conversation.send(first)
        while len(conversation.written) < cap:
            conversation.send(piece)
        conversation.hang()

    return serve
