# SPDX-License-Identifier: Apache-2.0
"""A small proxy on loopback in front of an S3 server that misbehaves by script.

Each fault is queued for a method (`PUT`, `GET`, `HEAD`; a list is a `LIST`) and met by the next request of it;
requests without a fault pass. One PUT is forwarded at a time: moto's create-only PUT looks first and writes later,
and two that come together would both win; that real stores do not is proven on a real one. With `checks` set the
proxy plays a store that enforces `x-amz-checksum-sha256` and gives it back on HEAD, which moto does not.
"""

import base64
import hashlib
import http.client
import queue
import re
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to one request and its answer."""

    status: int | None = None
    """Answer with this code instead of the server's."""
    code: str = ""
    """The S3 error code beside `status`."""
    headers: tuple[tuple[str, str], ...] = ()
    forward: bool = True
    """Whether the server gets the request at all."""
    cut: bool = False
    """Close the connection instead of answering."""
    stall: bool = False
    """Answer only when the test has let go."""
    late: bool = False
    """Close the connection, and let the server have the request only when the test has let go."""
    drop: tuple[str, ...] = ()
    """Lower-case names of request headers that are lost on the way."""
    sent: Callable[[bytes], bytes] | None = None
    """Changes the bytes on their way in."""
    given: Callable[[bytes], bytes] | None = None
    """Changes the bytes on their way out, and their length with them."""
    told: tuple[tuple[str, str], ...] = ()
    """Headers of the answer that are put in the place of the server's; an empty one is left out."""
    torn: int | None = None
    """Close the connection after so many octets of the announced body."""


def says(status: int, code: str, *, forward: bool = False, headers: tuple[tuple[str, str], ...] = ()) -> Fault:
    """An error answer: instead of the server's, or over it when the server did its work (`forward`)."""
    return Fault(status=status, code=code, forward=forward, headers=headers)


def flip(content: bytes) -> bytes:
    """The bytes with one bit turned in their middle."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]


CUT_BEFORE = Fault(cut=True, forward=False)
CUT_AFTER = Fault(cut=True)
STALL = Fault(stall=True)
LATE = Fault(late=True)
EXPIRED = says(400, "ExpiredToken")


@dataclass
class Script:
    """The faults to come, and what was seen."""

    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    seen: list[tuple[str, int]] = field(default_factory=list)
    """Method and code of each answer; 0 for none."""
    checks: bool = False
    """Play a store that enforces the sha256 and gives it back."""
    echoes: bool = False
    """Play a store that gives back whatever sha256 it was told."""
    checksums: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Access keys whose session has ended."""
    signed: list[str] = field(default_factory=list)
    """The access key of each request."""
    released: threading.Event = field(default_factory=threading.Event)
    late: "queue.Queue[int]" = field(default_factory=queue.Queue)
    """The code of each request that reached the server late."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, method: str, *faults: Fault) -> None:
        """Queues `faults` for the next requests with `method`."""
        self.faults[method].extend(faults)

    def count(self, method: str) -> int:
        """How many requests with `method` came."""
        return sum(1 for one, _ in self.seen if one == method)

    def next(self, method: str) -> Fault:
        """The fault for a request that just came."""
        with self.lock:
            return self.faults[method].popleft() if self.faults[method] else Fault()


class Proxy(ThreadingHTTPServer):
    """The proxy; `script` is replaced for each test."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, behind: tuple[str, int], *, checksums: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.left_out = _OURS if checksums else (*_OURS, "x-amz-checksum-sha256")
        self.script = Script()
        self.one_put = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing of clients that hang up, which the tests make them do; anything else is a fault of the proxy."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """The endpoint for clients."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def proxy(behind: tuple[str, int], *, checksums: bool = False) -> Iterator[Proxy]:
    """A running proxy in front of the server at `behind`, whose `checksums` are let through or kept back."""
    server = Proxy(behind, checksums=checksums)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_GET(self) -> None:
        self._serve("LIST" if "list-type=2" in self.path else "GET")

    def do_HEAD(self) -> None:
        self._serve("HEAD")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Says nothing."""

    def _serve(self, method: str) -> None:
        script = cast(Proxy, self.server).script
        signed = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        script.signed.append(signed[1] if signed else "")
        fault = EXPIRED if script.signed[-1] in script.refused else script.next(method)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, content = 0, [("Content-Type", "application/xml")], b""
        if fault.late:
            threading.Thread(target=self._later, args=(script, fault, method, body), daemon=True).start()
        elif fault.forward:
            status, headers, content = self._forward(script, fault, method, body)
        script.seen.append((method, 0 if fault.cut else fault.status or status))
        if fault.stall:
            script.released.wait(10)
        if fault.cut or fault.stall or fault.late:
            self.close_connection = True
            return
        if fault.status is not None:
            status, headers = fault.status, [("Content-Type", "application/xml"), *fault.headers]
            content = f"<Error><Code>{fault.code}</Code><Message>so it is</Message></Error>".encode()
        if fault.given is not None:
            content = fault.given(content)
        changed = dict(fault.told)
        headers = [one for one in headers if one[0].lower() not in changed]
        headers += [(name, value) for name, value in fault.told if value]
        # RFC 9110 section 15.4.5: a 304 has no content; what was sent would be read as the next answer
        self._answer(method, fault, status, headers, b"" if status == 304 else content)

    def _later(self, script: Script, fault: Fault, method: str, body: bytes) -> None:
        script.released.wait(10)
        script.late.put(self._forward(script, fault, method, body)[0])

    def _forward(
        self, script: Script, fault: Fault, method: str, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        body = body if fault.sent is None else fault.sent(body)
        proxy = cast(Proxy, self.server)
        told = self.headers.get("x-amz-checksum-sha256")
        if script.checks and told and base64.b64decode(told) != hashlib.sha256(body).digest():
            return 400, [], b"<Error><Code>BadDigest</Code></Error>"
        # the name of the host is signed: a server that checks must see the one the client meant
        left_out = {"content-length", "expect", "connection", *fault.drop}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        server = http.client.HTTPConnection(*proxy.behind, timeout=20)
        try:
            if method == "PUT":
                with proxy.one_put:
                    server.request(self.command, self.path, body, headers)
                    answer = server.getresponse()
                    content = answer.read()
            else:
                server.request(self.command, self.path, body or None, headers)
                answer = server.getresponse()
                content = answer.read()
            given = [(name, value) for name, value in answer.getheaders() if name.lower() not in proxy.left_out]
            if method == "HEAD":
                given.append(("Content-Length", answer.headers.get("Content-Length", "0")))
        finally:
            server.close()
        if (script.checks or script.echoes) and answer.status == 200:
            if method == "PUT" and told:
                script.checksums[self.path] = told
            elif method == "HEAD" and self.path in script.checksums:
                given.append(("x-amz-checksum-sha256", script.checksums[self.path]))
        return answer.status, given, content

    def _answer(self, method: str, fault: Fault, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if method != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        elif fault.status is not None:
            self.send_header("Content-Length", "0")
        self.end_headers()
        if fault.torn is not None:
            content = content[: fault.torn]
            self.close_connection = True
        if method != "HEAD":
            self.wfile.write(content)


_OURS = ("content-length", "connection", "transfer-encoding", "date", "server")
