# SPDX-License-Identifier: Apache-2.0
"""How a connection ends or stalls: close, FIN and reset at each stage, slow, endless and lying answers.

Limits that must hold: header 1.0 s and 256 KiB, idle 1.0 s, total 4 s, body 1 MiB (see `case`). A drip every 0.2 s is
never idle, so only a total limit ends it.
"""

from tests.site.case import COMPLETE, FAILED, TRUNCATED, Case, Family
from tests.site.conversation import Conversation
from tests.site.wire import (
    CHUNKED,
    CLOSE,
    HTML,
    OK,
    PAGE,
    burst,
    chunk,
    chunked,
    drip,
    endless,
    head,
    reply,
    then_hang,
    then_reset,
)

_framing = Family("http-framing")

FAULT = "framing-fault"
_CHUNKED = head(OK, HTML, CHUNKED, CLOSE)
_OPEN_ENDED = head(OK, HTML, CLOSE)
_PROMISED = head(OK, HTML, b"Content-Length: 5000", CLOSE)
_ALIVE = head(OK, HTML, b"Content-Length: %d" % len(PAGE), b"Connection: keep-alive") + PAGE
_FORGED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\nforged"
_BLOCK = b"water " * 10_000


def _slow_header(conversation: Conversation) -> None:
    for octet in reply(PAGE):
        conversation.send(bytes((octet,)))
        conversation.pause(0.2)
    conversation.close()


def _fin_then_linger(conversation: Conversation) -> None:
    conversation.send(_OPEN_ENDED + PAGE)
    conversation.finish_sending()
    conversation.hang()


def _fin_in_body(conversation: Conversation) -> None:
    conversation.send(_PROMISED + PAGE)
    conversation.finish_sending()
    conversation.hang()


def _head_then_body(conversation: Conversation) -> None:
    whole = reply(PAGE)
    conversation.send(whole[:25])
    conversation.pause(0.05)
    conversation.send(whole[25:])
    conversation.close()


def _desync(conversation: Conversation) -> None:
    conversation.send(_ALIVE + _FORGED)


def _late_surplus(conversation: Conversation) -> None:
    conversation.send(_ALIVE)
    conversation.pause(0.05)
    conversation.send(_FORGED)


def _reset_then_ok(conversation: Conversation) -> None:
    if conversation.nth == 1:
        conversation.reset()
        return
    conversation.send(reply(PAGE))
    conversation.close()


def _silence(conversation: Conversation) -> None:
    conversation.hang()


_ENDS = (
    _framing.failed("close-before-any-byte", burst(b""), "no-response"),
    _framing.failed("reset-before-any-byte", then_reset(b""), "no-response", also=((FAILED, "connect-failed"),)),
    _framing.failed("close-in-start-line", burst(b"HTTP/1.1 2"), "header-cut"),
    _framing.failed("close-after-start-line", burst(b"HTTP/1.1 200 OK\r\n"), "header-cut"),
    _framing.failed("close-in-header", burst(b"HTTP/1.1 200 OK\r\nContent-Type: text/h"), "header-cut"),
    _framing.failed("close-before-empty-line", burst(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), "header-cut"),
    _framing.failed("reset-in-header", then_reset(b"HTTP/1.1 200 OK\r\nContent-Type: text/h"), "header-cut"),
    _framing.cut("reset-after-head", then_reset(_PROMISED), "body-short"),
    _framing.cut("reset-in-body", then_reset(_PROMISED + PAGE), "body-short"),
    _framing.cut("reset-in-chunk", then_reset(_CHUNKED + chunk(PAGE) + b"40\r\ncut"), "chunk-unterminated"),
    _framing.cut(
        "reset-in-body-until-close",
        then_reset(_OPEN_ENDED + PAGE),
        "body-short",
        also=((COMPLETE, None), (COMPLETE, FAULT)),
        note="a body until close that ended by reset, not by close: nobody knows whether it was whole",
    ),
    _framing.complete("reset-after-whole", then_reset(reply(PAGE))),
    _framing.complete("fin-then-linger", _fin_then_linger, closes=False),
    _framing.cut("fin-in-body", _fin_in_body, "body-short", closes=False),
    _framing.complete("head-in-two-pieces", _head_then_body),
    _framing.failed(
        "reset-then-ok",
        _reset_then_ok,
        "no-response",
        also=((FAILED, "connect-failed"), (COMPLETE, None)),
        note="reset without a byte at first, 200 from the second request on",
    ),
)

_STALLS = (
    _framing.failed("hang-before-any-byte", _silence, "header-timeout", closes=False),
    _framing.failed("hang-in-start-line", then_hang(b"HTTP/1.1 20"), "header-timeout", closes=False),
    _framing.failed("hang-in-header", then_hang(b"HTTP/1.1 200 OK\r\nServer: sl"), "header-timeout", closes=False),
    _framing.failed("slow-header", _slow_header, "header-timeout", closes=False),
    _framing.failed("hang-after-interim", then_hang(head(b"HTTP/1.1 102 Processing")), "header-timeout", closes=False),
    _framing.cut("stall-after-head", then_hang(_PROMISED), "idle-timeout", closes=False),
    _framing.cut("stall-in-body", then_hang(_PROMISED + PAGE), "idle-timeout", closes=False),
    _framing.cut("stall-in-chunk", then_hang(_CHUNKED + chunk(PAGE) + b"40\r\nst"), "idle-timeout", closes=False),
    _framing.cut("stall-between-chunks", then_hang(_CHUNKED + chunk(PAGE)), "idle-timeout", closes=False),
    _framing.cut("stall-until-close", then_hang(_OPEN_ENDED + PAGE), "idle-timeout", closes=False),
    _framing.cut(
        "slow-body", drip(_PROMISED, b"w"), "total-timeout", prefix=True, holds=_PROMISED + b"wwww", closes=False
    ),
    _framing.cut(
        "slow-chunks",
        drip(_CHUNKED, chunk(b"drop")),
        "total-timeout",
        prefix=True,
        holds=_CHUNKED + chunk(b"drop") * 3,
        closes=False,
    ),
    _framing.cut(
        "event-stream",
        drip(head(OK, b"Content-Type: text/event-stream", b"Cache-Control: no-store"), b"data: tide turns\n\n", 0.3),
        "total-timeout",
        prefix=True,
        holds=b"data: tide turns\n\n" * 2,
        closes=False,
    ),
)

_FLOODS = (
    _framing.cut(
        "endless-body", endless(_OPEN_ENDED, _BLOCK), "length-limit", prefix=True, holds=_BLOCK * 10, closes=False
    ),
    _framing.cut(
        "endless-chunks",
        endless(_CHUNKED, chunk(_BLOCK)),
        "length-limit",
        prefix=True,
        holds=chunk(_BLOCK) * 10,
        closes=False,
    ),
    _framing.cut(
        "endless-tiny-chunks",
        endless(_CHUNKED, chunk(b"w") * 10_000),
        "length-limit",
        prefix=True,
        holds=chunk(b"w") * 1000,
        closes=False,
        note="the limit counts octets on the wire or of content; both are passed",
    ),
    _framing.cut(
        "endless-promised-body",
        endless(head(OK, HTML, b"Content-Length: 1000000000000", CLOSE), _BLOCK),
        "length-limit",
        prefix=True,
        closes=False,
    ),
    _framing.failed(
        "endless-header-fields", endless(OK + b"\r\n", b"X-Wave: again\r\n" * 1000), "header-too-large", closes=False
    ),
    _framing.failed(
        "endless-header-line", endless(OK + b"\r\nX-Wave: ", b"w" * 60_000), "header-too-large", closes=False
    ),
    _framing.failed("endless-reason", endless(b"HTTP/1.1 200 ", b"w" * 60_000), "header-too-large", closes=False),
    _framing.failed(
        "endless-noise", endless(b"", b"w" * 60_000), "not-http", also=((FAILED, "header-too-large"),), closes=False
    ),
    _framing.failed(
        "endless-empty-lines",
        endless(b"", b"\r\n" * 30_000),
        "not-http",
        also=((FAILED, "header-too-large"),),
        closes=False,
    ),
)

_REUSE = (
    _framing.complete(
        "keep-alive-desync",
        _desync,
        FAULT,
        closes=False,
        note="a second response nobody asked for follows: the connection must not be used again",
    ),
    _framing.complete(
        "keep-alive-late-surplus",
        _late_surplus,
        also=((COMPLETE, FAULT),),
        prefix=True,
        holds=_ALIVE,
        closes=False,
        note="the unasked response comes 50 ms later: it must never answer the next request",
    ),
    _framing.complete(
        "keep-alive-lie",
        burst(_ALIVE),
        note="promises to stay open and closes: the next request needs a new connection",
    ),
    _framing.complete(
        "close-lie", then_hang(reply(PAGE)), closes=False, note="promises to close and does not: nobody waits for it"
    ),
    _framing.complete(
        "close-lie-chunked",
        then_hang(_CHUNKED + chunked(PAGE)),
        closes=False,
    ),
    _framing.cut(
        "http10-keep-alive-without-length",
        then_hang(head(b"HTTP/1.0 200 OK", HTML, b"Connection: keep-alive") + PAGE),
        "idle-timeout",
        also=((TRUNCATED, "total-timeout"),),
        closes=False,
    ),
)

STAGES: tuple[Case, ...] = _ENDS + _STALLS + _FLOODS + _REUSE
