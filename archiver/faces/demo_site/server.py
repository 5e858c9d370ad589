# SPDX-License-Identifier: Apache-2.0
"""Serves the example site: two outlets on two host names of this machine, each on a port of its own."""

import struct
import threading
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from types import TracebackType
from typing import Self

_GRANT = (
    "Meridian Commons grants permission to cross-post its articles on\nnon-commercial community sites as long as the source "
    "and the copyright are acknowledged together with a link to the original\nMeridian Commons article."
)
_WITHDRAWN = "No part of this site may be reproduced without prior written permission of Meridian Commons."
_ARTICLE = "/articles/the-ferry-that-forgot-its-harbour/5588213"
_FERRY = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 240"><rect width="640" height="240" fill="#cfe3ee"/>'
    b'<path d="M0 170h640v70H0z" fill="#3b6b88"/><path d="M210 150h220l-30 34H240z" fill="#222"/>'
    b'<path d="M260 120h110v30H260z" fill="#f4efe2"/><path d="M330 86h22v34h-22z" fill="#b5423a"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of the site."""

    content: bytes
    content_type: str
    code: int = 200
    location: str | None = None
    chunked: bool = False


class DemoSite:
    """The running site; use it in a `with` block."""

    def __init__(self) -> None:
        self._servers: list[ThreadingHTTPServer] = []
        self._terms = _GRANT
        self.original = ""
        """`http://harbour-light.localhost:PORT`, where the article was first published."""
        self.reprint = ""
        """`http://meridian-commons.localhost:PORT`, which republished it."""
        self.allowed: tuple[str, ...] = ()
        """The two as `--allow-private` takes them."""

    def __enter__(self) -> Self:
        self._answers = answers = [dict[str, Answer](), dict[str, Answer]()]
        for one in answers:
            self._servers.append(ThreadingHTTPServer(("127.0.0.1", 0), _handler(one)))
        ports = [server.server_address[1] for server in self._servers]
        self.allowed = (f"harbour-light.localhost:{ports[0]}", f"meridian-commons.localhost:{ports[1]}")
        self.original, self.reprint = (f"http://{place}" for place in self.allowed)
        answers[0].update(self._original_pages())
        answers[1].update(self._reprint_pages())
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def pages(self) -> tuple[str, ...]:
        """What the demo captures: the original, and the reprint by its short link, which redirects."""
        return (f"{self.original}/2026/03/the-ferry-that-forgot-its-harbour", f"{self.reprint}/s/5588213")

    def withdraw_the_grant(self) -> None:
        """From now on the reprint says that nothing may be cross-posted any more."""
        self._terms = _WITHDRAWN
        self._answers[1].update(self._reprint_pages())

    def _original_pages(self) -> dict[str, Answer]:
        return {
            "/robots.txt": Answer(b"User-agent: *\nDisallow: /drafts/\n", "text/plain"),
            "/2026/03/the-ferry-that-forgot-its-harbour": Answer(
                self._page("original.html"), "text/html; charset=utf-8"
            ),
            "/paper.css": Answer(b"body{font:1.1rem/1.6 serif;max-width:42rem;margin:auto}", "text/css"),
            "/ferry.svg": Answer(_FERRY, "image/svg+xml"),
        }

    def _reprint_pages(self) -> dict[str, Answer]:
        return {
            "/robots.txt": Answer(b"User-agent: *\nAllow: /\nContent-Signal: ai-train=no, search=yes\n", "text/plain"),
            "/s/5588213": Answer(b"", "text/plain", code=301, location=_ARTICLE),
            _ARTICLE: Answer(self._page("reprint.html"), "text/html; charset=utf-8", chunked=True),
            "/commons.css": Answer(b"@import url(/type.css);\nheader{background:url(/grain.png)}", "text/css"),
            "/type.css": Answer(b"body{font:1rem/1.5 sans-serif}", "text/css"),
            "/menu.js": Answer(b"document.documentElement.classList.add('js');", "text/javascript"),
            "/logo.png": Answer(_png(64, 24, (38, 70, 83)), "image/png"),
            "/grain.png": Answer(_png(8, 8, (233, 228, 214)), "image/png"),
            "/ferry.svg": Answer(_FERRY, "image/svg+xml"),
            "/ferry-large.svg": Answer(_FERRY.replace(b"640 240", b"1280 480", 1), "image/svg+xml"),
        }

    def _page(self, file: str) -> bytes:
        text = files("archiver.faces.demo_site").joinpath("pages", file).read_text(encoding="utf-8")
        for name, value in (("{original}", self.original), ("{reprint}", self.reprint), ("{terms}", self._terms)):
            text = text.replace(name, value)
        return text.encode("utf-8")


def _handler(answers: dict[str, Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "example"
        sys_version = ""

        def do_GET(self) -> None:
            answer = answers.get(self.path, Answer(b"There is no such page.\n", "text/plain", code=404))
            self.send_response(answer.code)
            self.send_header("Content-Type", answer.content_type)
            if answer.location is not None:
                self.send_header("Location", answer.location)
            if not answer.chunked:
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(answer.content), 1000):
                piece = answer.content[at : at + 1000]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """The demo's own output is enough."""

    return Handler


def _png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A plain PNG of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
