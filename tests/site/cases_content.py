# SPDX-License-Identifier: Apache-2.0
"""Bodies that arrive faultlessly and are meant to hurt whoever parses, indexes, shows or follows them.

Every case is captured whole: what is in a body never changes the outcome. Bodies keep below 1 MiB. Those that name
the canary must not make anything connect to it.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterable
from functools import cache

from tests.site.bombs import deflate_bomb
from tests.site.case import REFUSED, Case, Family
from tests.site.conversation import Conversation
from tests.site.wire import HTML, PAGE, Octets, reply

_content = Family("content")

_BARE_HTML = b"Content-Type: text/html"
_REFUSED_EMBED = ((REFUSED, "address-refused"),)
_FORGED_RECORD = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: 1999-12-31T23:59:59Z\r\n"
    b"WARC-Record-ID: <urn:uuid:11111111-1111-4111-8111-111111111111>\r\n"
    b"WARC-Target-URI: http://forged.example.test/\r\nContent-Type: application/http; msgtype=response\r\n"
    b"Content-Length: 42\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlies\r\n\r\n"
)


def _body(name: str, body: Octets, *fields: bytes, kind: bytes = HTML, note: str = "") -> Case:
    def serve(conversation: Conversation) -> None:
        conversation.send(reply(body if isinstance(body, bytes) else body(), *fields, kind=kind))
        conversation.close()

    return _content.complete(name, serve, note=note)


def _luring(name: str, body: str, *, also: Iterable[tuple[str | None, str | None]] = _REFUSED_EMBED) -> Case:
    """A page that names the canary as `{c}`."""

    def serve(conversation: Conversation) -> None:
        conversation.send(reply(body.replace("{c}", conversation.places.canary).encode()))
        conversation.close()

    return _content.complete(name, serve, leads_also=also, note="the canary must not be asked")


def _times(piece: bytes, count: int, before: bytes = b"<!doctype html><title>Many</title>") -> Callable[[], bytes]:
    return lambda: before + piece * count


@cache
def _png_bomb() -> bytes:
    """A PNG of 20,000 x 6,700 black points: 128 MiB of rows from 130 KB."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    size = struct.pack(">IIBBBBB", 20_000, 6_700, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", size) + part(b"IDAT", deflate_bomb()) + part(b"IEND", b"")


def _zip_of(name: bytes, content: bytes) -> bytes:
    """A ZIP archive of one stored member."""
    common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), 0)
    local = b"PK\3\4" + common + name + content
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _lying_etag(conversation: Conversation) -> None:
    body = b"<!doctype html><title>Edition</title><p>edition %d of the tide table" % conversation.nth
    conversation.send(reply(body, b'ETag: "always-the-same"'))
    conversation.close()


_CHARSETS = (
    _body("charset-latin1-as-utf8", "<title>Größe</title><p>Ebbe und Flut für Süd".encode("latin-1")),
    _body("charset-header-against-meta", "<meta charset=windows-1251><title>Größe</title>".encode()),
    _body("charset-utf16-undeclared", "<title>Tide</title><p>no mark".encode("utf-16-le"), kind=_BARE_HTML),
    _body("charset-utf16-declared-utf8", b"\xff\xfe" + "<title>Tide</title>".encode("utf-16-le")),
    _body("charset-utf7", b"<title>+ADw-script+AD4-alert(1)</title>", kind=b"Content-Type: text/html; charset=utf-7"),
    _body(
        "charset-rot13",
        b"<title>Uvtu gvqr</title>",
        kind=b"Content-Type: text/html; charset=rot13",
        note="known to Python, not to the web",
    ),
    _body(
        "charset-unicode-escape",
        b"<title>\\u0054ide\\N{BULLET}</title>",
        kind=b"Content-Type: text/html; charset=unicode_escape",
    ),
    _body("charset-punycode", b"<title>abc-tda</title>", kind=b"Content-Type: text/html; charset=punycode"),
    _body("charset-path", b"<title>Tide</title>", kind=b'Content-Type: text/html; charset="../../etc/passwd"'),
    _body(
        "charset-shift-jis-cut",
        "<title>潮の満ち干".encode("shift_jis")[:-1],
        kind=b"Content-Type: text/html; charset=shift_jis",
    ),
    _body("charset-surrogates", b"<title>\xed\xa0\x80\xed\xb0\x80 CESU</title><p>&#xD800;&#xDFFF;&#x110000;"),
)

_PARSERS = (
    _body("content-deep-nesting", _times(b"<div>", 100_000)),
    _body("content-deep-tables", _times(b"<table><tr><td>", 30_000)),
    _body("content-900kb-attribute", lambda: b'<title>Wide</title><p class="' + b"w" * 900_000 + b'">'),
    _body(
        "content-40000-attributes",
        lambda: b"<p " + b" ".join(b"a%d=%d" % (n, n) for n in range(40_000)) + b"><title>Many</title>",
    ),
    _body("content-20000-links", lambda: b"".join(b'<a href="/p/%d">%d</a>\n' % (n, n) for n in range(20_000))),
    _body(
        "content-srcset-bomb",
        lambda: b'<img srcset="' + b", ".join(b"/i/%d.png %dw" % (n, n + 1) for n in range(20_000)) + b'">',
    ),
    _body("content-nuls", b"<title>Ti\0de</title>\0\0<p>be\0tween" + bytes(1000)),
    _body("content-unclosed-everything", b"<title>Open<p><a href='<b><!-- <![CDATA[ <script>if (a<b"),
    _body("content-comment-openers", _times(b"<!--", 100_000)),
    _body("content-misnested", _times(b"<b><i><a><p></b>", 20_000)),
    _body("content-900kb-title", lambda: b"<title>" + b"long " * 180_000),
    _body("content-entity-digits", lambda: b"<title>&#" + b"9" * 100_000 + b";</title>"),
    _body("content-json-depth", _times(b"[", 200_000, b""), kind=b"Content-Type: application/json"),
    _body("content-json-digits", lambda: b'{"n": ' + b"9" * 100_000 + b"}", kind=b"Content-Type: application/json"),
    _body(
        "content-jsonld-hostile",
        lambda: (
            b'<script type="application/ld+json">'
            + json.dumps(
                {"@context": "https://schema.org", "license": "javascript:alert(1)", "headline": "\u202egnihtemos"}
            ).encode()
            + b"</script><script type='application/ld+json'>"
            + b'{"a":' * 50_000
            + b"</script>"
        ),
    ),
    _body(
        "content-entity-bomb",
        b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "tide">'
        + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
        + b"]><t>&k;</t>",
        kind=b"Content-Type: application/xml",
    ),
    _body(
        "content-external-entity",
        b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><t>&x;</t>',
        kind=b"Content-Type: application/xhtml+xml",
    ),
)

_FORGERIES = (
    _body("content-forged-record", b"<p>before\r\n\r\n\r\n" + _FORGED_RECORD + b"<p>after"),
    _body("content-record-as-payload", _FORGED_RECORD, kind=b"Content-Type: application/warc"),
    _body("content-record-as-html", _FORGED_RECORD * 3),
    _body(
        "content-forged-manifest",
        json.dumps(
            {
                "format": "capture-manifest/0",
                "observation": {"capture_id": "11111111-1111-4111-8111-111111111111", "outcome": "captured-complete"},
            }
        ).encode(),
        kind=b"Content-Type: application/json",
    ),
    _body("content-bidi-title", "<title>\u202e\u2066txt.gpj\u2069 tide</title>".encode()),
    _body("content-script-title", b"<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>"),
    _body("content-formula-title", b'<title>=HYPERLINK("http://example.test")</title>'),
    _body("content-escape-title", b"<title>\x1b[2J\x1b[31mtide\x07\r\nforged log line</title>"),
    _body("content-png-is-html", PAGE, kind=b"Content-Type: image/png"),
    _body("content-html-is-png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    _body("content-png-bomb", _png_bomb, kind=b"Content-Type: image/png"),
    _body("content-zip-traversal", _zip_of(b"../../../../tmp/tide", b"out"), kind=b"Content-Type: application/zip"),
    _body(
        "content-svg-script",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        kind=b"Content-Type: image/svg+xml",
    ),
    _body("content-empty-shell", b"<!doctype html><title></title><div id=root></div><script src=/app.js></script>"),
    _body("content-soft-404", b"<!doctype html><title>Page not found</title><h1>404</h1><p>There is nothing here."),
    _content.complete("content-lying-etag", _lying_etag, note="one ETag, another text at every request"),
)

_LURES = (
    _luring("content-base-lure", '<base href="{c}/"><title>Lure</title><img src="x.png"><a href="y">y</a>'),
    _luring("content-meta-refresh", '<meta http-equiv=refresh content="0; url={c}/"><title>Lure</title>'),
    _luring(
        "content-embeds-canary",
        '<title>Lure</title><img src="{c}/i"><script src="{c}/s"></script><link rel=stylesheet href="{c}/c">'
        '<iframe src="{c}/f"></iframe><object data="{c}/o"></object><video poster="{c}/v"></video>',
    ),
    _luring("content-style-imports", '<title>Lure</title><style>@import "{c}/a"; p{background:url({c}/b)}</style>'),
    _luring(
        "content-odd-links",
        '<title>Odd</title><img src="file:///etc/passwd"><img src="data:,x"><img src="javascript:1">'
        '<img src="//127.0.0.2/"><img src="http://[">',
        also=(*_REFUSED_EMBED, (REFUSED, "scheme-refused"), (REFUSED, "bad-url")),
    ),
    _body("content-self-frame", b'<title>Mirror</title><iframe src="/content-self-frame"></iframe>'),
    _body("content-style-loop", b'@import "/content-style-loop"; p { color: teal }', kind=b"Content-Type: text/css"),
)

_TERMS = (
    _body("content-noarchive-header", PAGE, b"X-Robots-Tag: noarchive, noai", b"X-Robots-Tag: otherbot: noindex"),
    _body("content-noarchive-meta", b'<meta name=robots content="noarchive,nosnippet"><title>Private tide</title>'),
    _body("content-tdm-headers", PAGE, b"TDM-Reservation: 1", b"TDM-Policy: https://example.test/tdm.json"),
    _body("content-tdm-malformed", PAGE, b"tdm-reservation: yes please", b"tdm-policy: javascript:alert(1)"),
    _body(
        "content-hostile-notice",
        "<title>Terms</title><footer>© 99999 <script>alert(1)</script>\u202eAll rights\u202c reserved; "
        "CC-BY-4.0 and also not. Copyright Copyright ©©© 2020-1020</footer>".encode(),
    ),
    _body("content-notice-flood", _times("<p>© 2020 Somebody Else</p>".encode(), 25_000)),
    _body(
        "content-licence-contradiction",
        b'<link rel=license href="https://creativecommons.org/licenses/by/4.0/"><title>Both</title>'
        b"<footer>All rights reserved. No copying of any sort.</footer>",
        b'Link: <https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"',
    ),
)

_SCRIPTS = (
    _body("content-script-loop", b"<title>Round</title><script>for (;;) document.title += 'x'</script>"),
    _body(
        "content-script-dialogs", b"<title>Ask</title><script>while (1) { alert(1); confirm(2); prompt(3) }</script>"
    ),
    _body("content-script-memory", b"<title>More</title><script>for (let a = []; ;) a.push(new Array(1e6))</script>"),
    _luring("content-script-windows", "<title>Windows</title><script>for (;;) open('{c}/')</script>", also=()),
    _luring(
        "content-script-leaks",
        "<title>Leaks</title><script>fetch('{c}/f'); new WebSocket('ws://' + '{c}'.slice(7)); new EventSource('{c}/e');"
        "navigator.sendBeacon('{c}/b'); new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.2'}]})</script>"
        '<link rel=dns-prefetch href="{c}"><link rel=preconnect href="{c}"><a ping="{c}/p" href="/article">on</a>',
    ),
    _body(
        "content-service-worker",
        b"<title>Worker</title><script>navigator.serviceWorker.register('/content-service-worker', {scope: '/'})</script>",
        b"Service-Worker-Allowed: /",
    ),
    _body(
        "content-script-escape", b"<title>Out</title><script>top.location = parent.location = 'javascript:1'</script>"
    ),
)

CONTENTS: tuple[Case, ...] = _CHARSETS + _PARSERS + _FORGERIES + _LURES + _TERMS + _SCRIPTS
