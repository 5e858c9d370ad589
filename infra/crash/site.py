# SPDX-License-Identifier: Apache-2.0
"""A loopback site with a page for every number, for children that capture until they are killed.

Every third page is the same as its neighbours, so that captures repeat payloads; some are larger than a page of memory.
"""

import random
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Site:
    """The running site; use it in a `with` block."""

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def allowed(self) -> str:
        """The site as `--allow-private` takes it."""
        return f"127.0.0.1:{self.port}"

    def url(self, number: int) -> str:
        """The URL of the n-th page."""
        return f"http://127.0.0.1:{self.port}/{number}"


class _Server(ThreadingHTTPServer):
    # a killed child resets its connections; the base class prints a traceback for each
    handle_error: Callable[..., None] = lambda *_: None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "proof"
    sys_version = ""
    log_message: Callable[..., None] = lambda *_: None

    def do_GET(self) -> None:
        number = int(self.path.strip("/") or 0)
        content = b"<p>the same on every visit</p>" * 50
        if number % 3:
            content = f"<title>{number}</title><p>Copyright 2026 The Paper.</p>".encode()
        if number % 3 == 2:
            content += random.Random(number).randbytes(10_000).hex().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
