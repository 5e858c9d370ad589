# SPDX-License-Identifier: Apache-2.0
"""The ordinary pages of the fixture site: a small local paper that behaves well.

Connections stay open, lengths are exact, the Date is constant, and the only change from one request to the next is
the one a page is named for. Guarantees of each are in its docstring.
"""

import base64
import gzip
import struct
import zlib
from collections.abc import Callable

from tests.site.conversation import Conversation

DATE = b"Date: Tue, 03 Mar 2026 10:00:00 GMT"
USER, PASSWORD = "keeper", "of-the-light"
"""What `secret` asks for."""

Page = Callable[[Conversation], None]


def answer(
    conversation: Conversation, body: bytes, *fields: bytes, line: bytes = b"200 OK", kind: bytes = b"text/html"
) -> None:
    """Sends a whole response with an exact length and keeps the connection; a HEAD request gets no body."""
    if kind.startswith(b"text/"):
        kind += b"; charset=utf-8"
    lines = (b"HTTP/1.1 " + line, DATE, b"Content-Type: " + kind, b"Content-Length: %d" % len(body), *fields)
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    conversation.send(head if conversation.request.startswith(b"HEAD ") else head + body)


def missing(conversation: Conversation) -> None:
    """What every unknown path gets."""
    answer(conversation, b"<!doctype html><title>Not found</title><p>No such page.", line=b"404 Not Found")


def canary(conversation: Conversation) -> None:
    """What the canary says, for an engine that reached it."""
    answer(conversation, b"the canary was reached", b"Connection: close", kind=b"text/plain")
    conversation.close()


def _page(title: str, body: str, extra: str = "") -> bytes:
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n{extra}</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _png(red: int, green: int, blue: int) -> bytes:
    """A PNG of one point."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    row = zlib.compress(bytes((0, red, green, blue)))
    header = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + part(b"IDAT", row) + part(b"IEND", b"")


def _fixed(body: bytes, *fields: bytes, kind: bytes = b"text/html") -> Page:
    return lambda conversation: answer(conversation, body, *fields, kind=kind)


_ARTICLE = _page(
    "The lighthouse is lit again",
    """<header><a href="/index">The Harbour Gazette</a></header>
<article>
<h1>The lighthouse is lit again</h1>
<p class="byline">By <a rel="author" href="/people/ada">Ada Quill</a>,
<time datetime="2026-02-27T08:30:00Z">27 February 2026</time></p>
<p>After two dark winters the lamp on the north mole turned once more on Friday evening.</p>
<img src="/photo.png" srcset="/photo-2x.png 2x, /photo-3x.png 3x" alt="The lamp">
<picture><source srcset="/wide.png 1200w, /narrow.png 400w"><img src="/narrow.png" alt="The mole"></picture>
<iframe src="/frame" title="Tide table"></iframe>
<p>Read on: <a href="/steady">the keeper's log</a>, <a href="/moved">last year's story</a>.</p>
</article>
<footer>&copy; 2026 The Harbour Gazette. Text under
<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</footer>
<script src="/app.js"></script>""",
    '<link rel="canonical" href="/article">\n<link rel="stylesheet" href="/style.css">\n'
    '<link rel="icon" href="/icon.png">\n<meta name="author" content="Ada Quill">\n',
)
_LONG_READ = _page("The long ebb", "<p>" + "The water went out and the boats lay on the sand. " * 60 + "</p>")


def _moved(conversation: Conversation) -> None:
    """301 to `article`."""
    answer(conversation, b"<p>It moved.", b"Location: /article", line=b"301 Moved Permanently")


def _gzip_page(conversation: Conversation) -> None:
    """gzip for those who accept it, plain for others; Vary says so."""
    if "gzip" in (conversation.field("Accept-Encoding") or ""):
        packed = gzip.compress(_LONG_READ, mtime=0)
        answer(conversation, packed, b"Content-Encoding: gzip", b"Vary: Accept-Encoding")
    else:
        answer(conversation, _LONG_READ, b"Vary: Accept-Encoding")


def _chunked_page(conversation: Conversation) -> None:
    """The same words as `gzip-page`, in chunks of 700 octets."""
    pieces = [_LONG_READ[at : at + 700] for at in range(0, len(_LONG_READ), 700)]
    head = (b"HTTP/1.1 200 OK", DATE, b"Content-Type: text/html; charset=utf-8", b"Transfer-Encoding: chunked")
    conversation.send(b"\r\n".join(head) + b"\r\n\r\n")
    for piece in pieces:
        conversation.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    conversation.send(b"0\r\n\r\n")


def _tagged(conversation: Conversation, edition: int, body: bytes) -> None:
    """With an ETag, and 304 to who names it (RFC 9110 section 13.1.2)."""
    etag = f'"edition-{edition}"'
    if etag in (conversation.field("If-None-Match") or ""):
        conversation.send(b"HTTP/1.1 304 Not Modified\r\n%b\r\nETag: %b\r\n\r\n" % (DATE, etag.encode()))
    else:
        answer(conversation, body, b"ETag: " + etag.encode())


def _changing(conversation: Conversation) -> None:
    """A new edition with every second request: 1, 1, 2, 2, 3, 3."""
    edition = (conversation.nth + 1) // 2
    _tagged(
        conversation, edition, _page("Tide table", f"<p>Edition {edition}. High water at {edition + 5} o'clock.</p>")
    )


def _steady(conversation: Conversation) -> None:
    """The same bytes and the same ETag for ever."""
    _tagged(conversation, 1, _page("The keeper's log", "<p>Wind south, glass steady, nothing to report.</p>"))


def _notice_changes(conversation: Conversation) -> None:
    """The first request reads 2024-2025, all later ones 2024-2026 and another holder; the rest is equal."""
    notice = "2024-2025 Ada Quill" if conversation.nth == 1 else "2024-2026 The Harbour Gazette"
    answer(conversation, _page("On ropes", f"<p>Ropes want drying.</p>\n<footer>&copy; {notice}</footer>"))


def _cookie_page(conversation: Conversation) -> None:
    """Sets two cookies and says how often it was named one of them."""
    known = "visitor=42" in (conversation.field("Cookie") or "")
    body = _page("Welcome", "<p>Welcome back.</p>" if known else "<p>Welcome.</p>")
    answer(conversation, body, b"Set-Cookie: visitor=42; Path=/; HttpOnly", b"Set-Cookie: shade=teal; Path=/")


def _secret(conversation: Conversation) -> None:
    """401 without `USER` and `PASSWORD` in Basic form (RFC 7617), the page with them."""
    wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    if conversation.field("Authorization") == wanted:
        answer(conversation, _page("Keepers only", "<p>The spare key is under the third stone.</p>"))
    else:
        challenge = b'WWW-Authenticate: Basic realm="keepers"'
        answer(conversation, b"<p>Who is there?", challenge, line=b"401 Unauthorized")


_ROBOTS = b"User-agent: *\nDisallow: /hidden\nAllow: /\nCrawl-delay: 0\n"
_INDEX = _page(
    "The Harbour Gazette",
    "<ul>\n"
    + "\n".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("article", "changing", "steady", "hidden"))
    + "\n</ul>\n<footer>&copy; 2026 The Harbour Gazette. All rights reserved.</footer>",
)

PAGES: dict[str, Page] = {
    "index": _fixed(_INDEX),
    "article": _fixed(_ARTICLE, b'ETag: "lamp-1"', b"Last-Modified: Fri, 27 Feb 2026 08:30:00 GMT"),
    "frame": _fixed(_page("Tides", "<table><tr><td>High</td><td>12:04</td></tr></table>")),
    "hidden": _fixed(_page("Hidden", "<p>robots.txt asks not to come here.</p>")),
    "style.css": _fixed(
        b'@import "/print.css";\nbody { background: url("/paper.png"); font: 1rem/1.5 serif }\n', kind=b"text/css"
    ),
    "print.css": _fixed(b"@media print { iframe { display: none } }\n", kind=b"text/css"),
    "app.js": _fixed(b"document.body.dataset.lamp = 'lit';\n", kind=b"text/javascript"),
    "photo.png": _fixed(_png(250, 220, 90), kind=b"image/png"),
    "photo-2x.png": _fixed(_png(250, 220, 91), kind=b"image/png"),
    "photo-3x.png": _fixed(_png(250, 220, 92), kind=b"image/png"),
    "wide.png": _fixed(_png(30, 60, 90), kind=b"image/png"),
    "narrow.png": _fixed(_png(30, 60, 91), kind=b"image/png"),
    "paper.png": _fixed(_png(240, 235, 220), kind=b"image/png"),
    "icon.png": _fixed(_png(200, 20, 20), kind=b"image/png"),
    "robots.txt": _fixed(_ROBOTS, kind=b"text/plain"),
    "moved": _moved,
    "gzip-page": _gzip_page,
    "chunked-page": _chunked_page,
    "changing": _changing,
    "steady": _steady,
    "notice-changes": _notice_changes,
    "cookie-page": _cookie_page,
    "secret": _secret,
}
