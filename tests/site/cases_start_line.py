# SPDX-License-Identifier: Apache-2.0
"""How a response begins: other protocols, odd versions, codes and reasons, interim responses, bodiless codes.

RFC 9112 sections 2.2 and 4, RFC 9110 section 15. What no browser reads as HTTP is not-http; what browsers forgive is
captured and flagged; 1xx responses come before the block and are never part of it.
"""

from tests.site.case import COMPLETE, FAILED, Case, Family
from tests.site.conversation import Conversation
from tests.site.wire import CHUNKED, CLOSE, HTML, OK, PAGE, burst, chunked, endless, head, reply

_framing = Family("http-framing")

FAULT = "framing-fault"
_FLAGGED = ((COMPLETE, FAULT),)
_UNFLAGGED = ((COMPLETE, None),)
_NOT_HTTP = ((FAILED, "not-http"),)

_H2_FRAMES = bytes.fromhex("000012040000000000000300000064000400100000000600010000") + b"\0\0\4\10\0\0\0\0\0\0\17\0\1"
_HINTS = head(b"HTTP/1.1 103 Early Hints", b"Link: </style.css>; rel=preload; as=style")
_CONTINUE = head(b"HTTP/1.1 100 Continue")


def _line(line: bytes) -> bytes:
    return reply(PAGE, line=line)


def _flaky(conversation: Conversation) -> None:
    busy = reply(b"come back later", b"Retry-After: 1", line=b"HTTP/1.1 503 Service Unavailable")
    conversation.send(busy if conversation.nth == 1 else reply(PAGE))
    conversation.close()


_PROTOCOLS = (
    _framing.complete("http09-page", burst(PAGE), FAULT, code=None, note="HTTP/0.9: no head at all"),
    _framing.complete("http10-until-close", burst(head(b"HTTP/1.0 200 OK", HTML) + PAGE)),
    _framing.complete("http11-until-close", burst(head(OK, HTML) + PAGE)),
    _framing.complete(
        "http10-keep-alive",
        burst(head(b"HTTP/1.0 200 OK", HTML, b"Content-Length: %d" % len(PAGE), b"Connection: keep-alive") + PAGE),
    ),
    _framing.failed("h2-frames", burst(_H2_FRAMES), "not-http"),
    _framing.failed("ssh-banner", burst(b"SSH-2.0-OpenSSH_9.6\r\n"), "not-http"),
    _framing.failed("smtp-banner", burst(b"220 mail.example.test ESMTP ready\r\n"), "not-http"),
    _framing.failed("rtsp-response", burst(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"), "not-http"),
    _framing.failed("banana", burst(b"BANANA\r\n\r\nyellow"), "not-http"),
    _framing.failed("tls-alert", burst(bytes.fromhex("15030300020250")), "not-http"),
    _framing.failed("request-echo", burst(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), "not-http"),
    _framing.failed("icy-line", burst(head(b"ICY 200 OK", HTML) + PAGE), "not-http", also=_FLAGGED),
    _framing.failed("byte-order-mark-first", burst(b"\xef\xbb\xbf" + reply(PAGE)), "not-http", also=_FLAGGED),
    _framing.complete("crlf-first", burst(b"\r\n" + reply(PAGE)), FAULT),
    _framing.complete("version-overflow", burst(_line(b"HTTP/99999999999.1 200 OK")), FAULT, also=_NOT_HTTP),
    _framing.complete("version-two-as-text", burst(_line(b"HTTP/2 200 OK")), FAULT, also=_NOT_HTTP),
    _framing.complete("version-missing", burst(_line(b"HTTP 200 OK")), FAULT, also=_NOT_HTTP),
    _framing.complete("version-lower-case", burst(_line(b"http/1.1 200 ok")), FAULT, also=_NOT_HTTP),
    _framing.complete(
        "lf-only-everywhere", burst(b"\n".join((OK, HTML, CLOSE, b"", PAGE))), FAULT, note="RFC 9112 section 2.2"
    ),
)

_CODES = (
    _framing.complete("code-999", burst(_line(b"HTTP/1.1 999 Request Denied")), code=999, also=_FLAGGED),
    _framing.complete("code-600", burst(_line(b"HTTP/1.1 600 Beyond")), code=600, also=_FLAGGED),
    _framing.complete(
        "code-two-digits", burst(_line(b"HTTP/1.1 20 OK")), FAULT, code=20, also=_NOT_HTTP, also_code=(None,)
    ),
    _framing.complete(
        "code-four-digits", burst(_line(b"HTTP/1.1 2000 OK")), FAULT, code=2000, also=_NOT_HTTP, also_code=(None, 200)
    ),
    _framing.complete(
        "code-zeros",
        burst(_line(b"HTTP/1.1 000 Nothing")),
        FAULT,
        code=0,
        also=(*_NOT_HTTP, *_UNFLAGGED),
        also_code=(None,),
    ),
    _framing.complete("code-absent", burst(_line(b"HTTP/1.1 OK")), FAULT, code=None, also=_NOT_HTTP, also_code=(200,)),
    _framing.complete("code-double-space", burst(_line(b"HTTP/1.1  200  OK")), FAULT, also=_NOT_HTTP),
    _framing.complete("reason-absent", burst(_line(b"HTTP/1.1 200 "))),
    _framing.complete("reason-absent-no-space", burst(_line(b"HTTP/1.1 200")), also=_FLAGGED),
    _framing.complete(
        "reason-hostile", burst(_line(b"HTTP/1.1 200 \x1b[2J\xff<script>alert(1)</script>%0d%0a")), also=_FLAGGED
    ),
    _framing.complete("reason-64kb", burst(_line(b"HTTP/1.1 200 " + b"so " * 21_845)), also=_FLAGGED),
    _framing.complete("no-content-with-body", burst(_line(b"HTTP/1.1 204 No Content")), FAULT, code=204),
    _framing.complete(
        "not-modified-unasked",
        burst(head(b"HTTP/1.1 304 Not Modified", b'ETag: "a"', b"Content-Length: 1000", CLOSE)),
        code=304,
        note="its Content-Length speaks of another response: no body follows",
    ),
    _framing.complete(
        "partial-unasked",
        burst(reply(PAGE[:10], b"Content-Range: bytes 0-9/%d" % len(PAGE), line=b"HTTP/1.1 206 Partial Content")),
        code=206,
    ),
    _framing.complete(
        "partial-multipart",
        burst(
            reply(
                b"--cut\r\nContent-Type: text/html\r\nContent-Range: bytes 0-1/9\r\n\r\n<!\r\n--cut--\r\n",
                line=b"HTTP/1.1 206 Partial Content",
                kind=b"Content-Type: multipart/byteranges; boundary=cut",
            )
        ),
        code=206,
    ),
    _framing.complete(
        "unauthorized",
        burst(
            reply(b"who is there?", b'WWW-Authenticate: Basic realm="\\"tide\\""', line=b"HTTP/1.1 401 Unauthorized")
        ),
        code=401,
    ),
    _framing.complete(
        "proxy-auth-from-origin",
        burst(
            reply(
                b"pay the ferryman",
                b"Proxy-Authenticate: Basic realm=x",
                line=b"HTTP/1.1 407 Proxy Authentication Required",
            )
        ),
        code=407,
    ),
    _framing.complete("not-found", burst(reply(b"nothing here", line=b"HTTP/1.1 404 Not Found")), code=404),
    _framing.complete(
        "gone-for-legal-reasons",
        burst(
            reply(
                b"withdrawn",
                b'Link: <https://example.test/order>; rel="blocked-by"',
                line=b"HTTP/1.1 451 Unavailable For Legal Reasons",
            )
        ),
        code=451,
    ),
    _framing.complete(
        "too-many-requests-huge",
        burst(
            lambda: reply(b"slow down. " * 20_000, b"Retry-After: 999999999999", line=b"HTTP/1.1 429 Too Many Requests")
        ),
        code=429,
    ),
    _framing.complete(
        "unavailable-bad-date",
        burst(
            reply(
                b"later", b"Retry-After: Frosday, 99 Foo 20206 25:61:61 GMT", line=b"HTTP/1.1 503 Service Unavailable"
            )
        ),
        code=503,
    ),
    _framing.complete("server-error", burst(reply(b"oops", line=b"HTTP/1.1 500 Internal Server Error")), code=500),
    _framing.complete(
        "flaky-unavailable-then-ok",
        _flaky,
        code=503,
        also_code=(200,),
        note="503 at first, 200 from the second request on",
    ),
)

_INTERIMS = (
    _framing.complete("interim-early-hints", burst(_HINTS + reply(PAGE))),
    _framing.complete("interim-continue", burst(_CONTINUE + reply(PAGE))),
    _framing.complete(
        "interim-three-kinds",
        burst(_CONTINUE + head(b"HTTP/1.1 102 Processing") + _HINTS + head(OK, HTML, CHUNKED, CLOSE) + chunked(PAGE)),
    ),
    _framing.complete("interim-twenty", burst(_CONTINUE * 20 + reply(PAGE)), note="twenty are still borne"),
    _framing.failed("interim-1000", burst(_CONTINUE * 1000 + reply(PAGE)), "interim-flood"),
    _framing.failed("interim-endless", endless(_HINTS, _HINTS * 500, 1 << 20), "interim-flood", closes=False),
    _framing.failed("interim-then-close", burst(_HINTS), "no-response", also=((FAILED, "header-cut"),)),
    _framing.failed(
        "switching-unasked",
        burst(head(b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade") + b"\x81\x02hi"),
        "switching-protocols",
    ),
)

START_LINES: tuple[Case, ...] = _PROTOCOLS + _CODES + _INTERIMS
