# SPDX-License-Identifier: Apache-2.0
"""The witness over HTTP: one route, `POST /add-checkpoint` (c2sp.org/tlog-witness), for whoever can reach it.

Guarantees: a request has at most 64 KiB and 15 seconds, however slowly it drips, and at most 32 are open at once; further
connections are closed unread. Nobody is told more than the witness says. Leaves TLS to a proxy in front.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from archiver.errors import ArchiveFault
from archiver.services.witness import Reply

ROUTE = "/add-checkpoint"
MOST = 64 << 10
"""Octets of a body: the largest request of the specification, with 63 hashes and 64 signatures, has some 16 KiB."""
TOTAL = 15.0
"""Seconds for one connection."""
AT_ONCE = 32

Answering = Callable[[bytes], Reply]
Telling = Callable[[str], None]


class WitnessServer(ThreadingHTTPServer):
    """Listens at an address and answers; `tell` gets a line for each answer."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], answer: Answering, tell: Telling, *, total: float = TOTAL) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.answer = answer
        self.tell = tell
        self._total = total
        self._free = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Answers in a thread of its own, where one is free."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # the system gives no more threads
            self._free.release()
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """One connection, from its first octet to its end."""
        assert isinstance(request, socket.socket)
        watch = threading.Timer(self._total, _shut, [request])
        watch.daemon = True
        watch.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            watch.cancel()
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    timeout = TOTAL
    server_version = "colophon"
    sys_version = ""
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(message)s\n"

    def do_POST(self) -> None:
        if self.path != ROUTE:
            return self._refuse(404, f"there is only {ROUTE} here")
        announced = self.headers.get("Content-Length", "")
        if not (announced.isascii() and announced.isdigit()) or "Transfer-Encoding" in self.headers:
            return self._refuse(411, "the length of the body is not told")
        if len(announced) > 9 or int(announced) > MOST:
            return self._refuse(413, f"a body has at most {MOST} octets")
        body = self.rfile.read(int(announced))
        if len(body) < int(announced):
            return self._refuse(400, "the body is cut short")
        try:
            reply = self.server.answer(body)
        except ArchiveFault as fault:
            self.server.tell(str(fault))
            return self._refuse(503, "the record cannot be written now")
        return self._send(reply)

    def do_GET(self) -> None:
        self._refuse(405 if self.path == ROUTE else 404, f"there is only POST {ROUTE} here")

    def _refuse(self, status: int, why: str) -> None:
        self._send(Reply(status, "text/plain; charset=utf-8", f"{why}\n".encode()))

    def _send(self, reply: Reply) -> None:
        self.close_connection = True
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)
        self.server.tell(f"{reply.status} to {self.client_address[0]}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the library gives it
        """Answers are told by `_send`."""


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
