# SPDX-License-Identifier: Apache-2.0
"""What the tests of recording sessions share: a server that keeps what it is sent, and options that reach it."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from archiver.archive import Archive
from archiver.capture.http import Limits
from archiver.capture.recorded import Recorded, RecordedResponse
from archiver.options import CaptureOptions
from manifests.capture import CaptureManifest
from tests.site.server import Site

LIMITS = Limits(connect=2.0, header=1.0, idle=1.0, total=4.0, max_header=256 << 10, max_body=1 << 20)
SECONDS = 10


class Echo(ThreadingHTTPServer):
    """Keeps what it is sent, as it came; answers with what the path names."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.received: list[tuple[str, list[tuple[str, str]], bytes]] = []
        self.redirects: dict[str, str] = {}
        """Where paths redirect to."""
        self.asked = threading.Event()
        self.release = threading.Event()
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Echo":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.release.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gives up is part of the tests."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Echo

    def _serve(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while not body.endswith(b"0\r\n\r\n"):
                body += self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.received.append((self.requestline, self.headers.items(), body))
        if self.path == "/wait":
            self.server.asked.set()
            self.server.release.wait(SECONDS)
        if self.path == "/digest" and "Authorization" not in self.headers:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Digest realm="harbour", nonce="7", qop="auth"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path.startswith("/see/") or self.path in self.server.redirects:
            code = self.path.rpartition("/")[2]
            self.send_response(int(code) if code.isdigit() else 302)
            self.send_header("Location", self.server.redirects.get(self.path, "/seen"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        answer = b"flotsam " * 400_000 if self.path == "/large" else b"heard"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _serve

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Silent."""


def options_for(*servers: Site | Echo, **settings: Any) -> CaptureOptions:
    ports = [one.port if isinstance(one, Site) else one.server_port for one in servers]
    return CaptureOptions(allow_private=tuple(f"127.0.0.1:{port}" for port in ports), **{"limits": LIMITS, **settings})


def capture_of(response: requests.Response) -> Recorded:
    """The capture that a response was recorded as."""
    assert isinstance(response, RecordedResponse)
    return response.capture


def manifest_of(archive: Archive, response: requests.Response) -> CaptureManifest:
    """The manifest of the capture that a response was recorded as."""
    return archive.manifest(capture_of(response).capture_id)
