# SPDX-License-Identifier: Apache-2.0
"""Header fields: too many, too long, malformed, and well-formed but hostile to whoever stores or replays them.

RFC 9112 section 5 and RFC 9110 section 5. The header limit the cases assume is 256 KiB.
"""

from tests.site.case import COMPLETE, Case, Family
from tests.site.conversation import Conversation
from tests.site.wire import CLOSE, HTML, OK, PAGE, burst, head, reply

_headers = Family("http-headers")

FAULT = "framing-fault"
_UNFLAGGED = ((COMPLETE, None),)
_FLAGGED = ((COMPLETE, FAULT),)
_FORGED_RECORD = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://forged.example.test/\r\n"
    b"WARC-Date: 2001-01-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>\r\n"
    b"Content-Type: application/http; msgtype=response\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n"
)


def _with(*lines: bytes) -> bytes:
    return reply(PAGE, *lines)


def _kind(*lines: bytes) -> bytes:
    return head(OK, *lines, b"Content-Length: %d" % len(PAGE), CLOSE) + PAGE


def _redirecting_headers(conversation: Conversation) -> None:
    away = conversation.places.canary.encode()
    conversation.send(
        _with(
            b"X-Accel-Redirect: /etc/passwd",
            b"X-Sendfile: /etc/passwd",
            b"Content-Location: " + away,
            b"SourceMap: " + away + b"/map",
            b"Link: <" + away + b"/preload.js>; rel=preload; as=script",
        )
    )
    conversation.close()


_SIZES = (
    _headers.complete("header-70kb-value", burst(_with(b"X-Long: " + b"v" * 70_000))),
    _headers.complete("header-10000-fields", burst(lambda: _with(*(b"X-%d: %d" % (n, n) for n in range(10_000))))),
    _headers.complete("header-just-below-limit", burst(lambda: _with(b"X-Long: " + b"v" * (250 << 10)))),
    _headers.failed("header-1mb-value", burst(lambda: _with(b"X-Long: " + b"v" * (1 << 20))), "header-too-large"),
    _headers.failed(
        "header-300-large-cookies",
        burst(lambda: _with(*(b"Set-Cookie: c%d=%b" % (n, b"k" * 4080) for n in range(300)))),
        "header-too-large",
    ),
    _headers.complete(
        "header-40-large-cookies",
        burst(lambda: _with(*(b"Set-Cookie: c%d=%b" % (n, b"k" * 4080) for n in range(40)))),
    ),
    _headers.complete("header-60kb-etag", burst(_with(b'ETag: "' + b"e" * 60_000 + b'"'))),
    _headers.complete(
        "header-3000-link-targets",
        burst(lambda: _with(b"Link: " + b", ".join(b"</page/%d>; rel=next" % n for n in range(3000)))),
    ),
)

_MALFORMED = (
    _headers.complete("header-folded", burst(_with(b"X-Fold: first", b"\tsecond", b" third")), FAULT, also=_UNFLAGGED),
    _headers.complete(
        "header-folded-first",
        burst(head(OK, b" X-Odd: before any name", HTML, b"Content-Length: %d" % len(PAGE), CLOSE) + PAGE),
        FAULT,
    ),
    _headers.complete("header-nul", burst(_with(b"X-Nul: a\0b")), FAULT),
    _headers.complete("header-bare-cr", burst(_with(b"X-Cr: a\rX-Forged: b")), FAULT),
    _headers.complete("header-one-lf-only", burst(_with(b"X-Lf: a\nX-Next: b")), FAULT),
    _headers.complete("header-no-colon", burst(_with(b"this line is no field")), FAULT),
    _headers.complete("header-empty-name", burst(_with(b": nameless")), FAULT),
    _headers.complete("header-name-with-space", burst(_with(b"X Name: spaced")), FAULT),
    _headers.complete("header-non-ascii-name", burst(_with("X-Größe: 1".encode())), FAULT),
    _headers.complete(
        "header-non-ascii-value", burst(_with("X-Utf: Größe 漢字".encode(), b"X-Latin: Gr\xf6\xdfe")), also=_FLAGGED
    ),
    _headers.complete(
        "header-terminal-escapes",
        burst(_with(b"Server: \x1b[2J\x1b]0;owned\x07", b"X-Log: fine%0a1999-01-01 root logged in")),
        FAULT,
        also=_UNFLAGGED,
    ),
    _headers.failed(
        "header-only-a-blank-line", burst(b"HTTP/1.1 200 OK\r\n \r\n"), "header-cut", also=((COMPLETE, FAULT),)
    ),
)

_HOSTILE = (
    _headers.complete(
        "header-warc-fields",
        burst(
            _with(
                b"WARC-Type: response",
                b"WARC-Target-URI: http://forged.example.test/",
                b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>",
                b"WARC-Truncated: length",
            )
        ),
        note="fields of a record inside the block are content, never the record's own",
    ),
    _headers.complete(
        "header-forged-record-after",
        burst(_with(b"X-Next: WARC/1.1").replace(PAGE, b"") + _FORGED_RECORD),
        FAULT,
        note="bytes shaped like a record, running past the announced length",
    ),
    _headers.complete(
        "header-forged-record-in-body",
        burst(reply(b"\r\n\r\n" + _FORGED_RECORD, b"X-Next: WARC/1.1")),
    ),
    _headers.complete("content-kind-missing", burst(_kind(b"Server: shy"))),
    _headers.complete("content-kind-garbage", burst(_kind(b'Content-Type: ;;;/="charset=\x80')), also=_FLAGGED),
    _headers.complete(
        "content-kind-twice", burst(_kind(b"Content-Type: text/html", b"Content-Type: application/json"))
    ),
    _headers.complete(
        "disposition-traversal",
        burst(
            _with(
                b"Content-Disposition: attachment; filename=\"../../../etc/cron.d/tide\"; filename*=UTF-8''%2e%2e%2fx"
            )
        ),
    ),
    _headers.complete(
        "memento-spoof",
        burst(
            _with(
                b"Memento-Datetime: Mon, 01 Jan 1990 00:00:00 GMT",
                b'Link: <http://example.test/>; rel="original", <http://example.test/m>; rel="memento"',
                b"X-Archive-Orig-Server: forged",
            )
        ),
    ),
    _headers.complete(
        "replay-attack-headers",
        burst(
            _with(
                b'Clear-Site-Data: "*"',
                b"Service-Worker-Allowed: /",
                b"Strict-Transport-Security: max-age=63072000; includeSubDomains; preload",
                b"Content-Security-Policy: default-src *",
                b"Access-Control-Allow-Origin: *",
                b"Set-Cookie: session=taken; Path=/; Domain=127.0.0.1",
                b"Public-Key-Pins: max-age=9999",
            )
        ),
    ),
    _headers.complete(
        "internal-redirect-headers", _redirecting_headers, note="none of these addresses may be asked for"
    ),
    _headers.complete(
        "absurd-dates",
        burst(
            _with(
                b"Date: Sat, 31 Dec 99999 25:61:61 GMT",
                b"Last-Modified: Mon, 01 Jan 1601 00:00:00 GMT",
                b"Expires: -1",
                b"Age: -99999999999999999999",
            )
        ),
    ),
    _headers.complete(
        "two-dates", burst(_with(b"Date: Tue, 03 Mar 2026 10:00:00 GMT", b"Date: Wed, 04 Mar 2026 10:00:00 GMT"))
    ),
)

HEADERS: tuple[Case, ...] = _SIZES + _MALFORMED + _HOSTILE
