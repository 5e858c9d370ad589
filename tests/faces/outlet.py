# SPDX-License-Identifier: Apache-2.0
"""A small site for the command line: every answer is written out, every request is kept."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

HTML = "text/html; charset=utf-8"
PAGE = (
    b'<!doctype html><html lang="en"><head><title>Harbour notes</title><meta property="og:site_name" content="The Quay">'
    b"</head><body><article><h1>Harbour notes</h1><p>The ferry left at noon and came back at dusk, as it always does.</p>"
    b"</article><footer>Copyright 2026 The Quay. All rights reserved.</footer></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    content: bytes = b""
    content_type: str = HTML
    code: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    hangs: bool = False
    """Whether nothing at all is answered until the site is left."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what some tests are about."""


class Outlet:
    """The running site; use it in a `with` block."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = {"/robots.txt": Answer(b"User-agent: *\nAllow: /\n", "text/plain"), **answers}
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Path and headers of every request, lower-case names."""
        self._leaving = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.place = f"127.0.0.1:{self._server.server_address[1]}"
        """As `--allow-private` takes it."""

    def url(self, path: str) -> str:
        """The URL of a page."""
        return f"http://{self.place}{path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outlet = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outlet.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                answer = outlet.answers.get(
                    self.path, Answer(b"<title>Not here</title>There is no such page.", code=404)
                )
                if answer.hangs:
                    outlet._leaving.wait(60)
                    self.close_connection = True
                    return
                self.send_response(answer.code)
                for name, value in (("Content-Type", answer.content_type), *answer.headers):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
                """The tests read `requests`."""

        return Handler


def numbered(count: int, size: int = 0) -> dict[str, Answer]:
    """Pages /1 to /count, each different and at least `size` octets long."""
    return {
        f"/{number}": Answer(PAGE.replace(b"Harbour notes", b"Harbour notes %d" % number) + b"." * size)
        for number in range(1, count + 1)
    }
