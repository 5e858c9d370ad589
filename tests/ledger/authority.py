# SPDX-License-Identifier: Apache-2.0
"""A time-stamping authority on loopback, made with openssl: certificates of its own, HTTP, and misbehaviour by name.

    with LocalAuthority(tmp_path) as authority:
        Authority("local", authority.url, (authority.roots_pem,))

`authority.behaviour` may be set at any time to a word of `BEHAVIOURS`. Stamps are openssl's and state the machine's time,
for `openssl ts` takes no other. With `clock` they are made by hand and state its time, and the certificates are valid
around the time it gave first.
"""

import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from archiver.formats import der
from archiver.formats.timestamp import request
from tests.formats.forging import POLICY, Forged
from tests.ledger.certificates import DAY, Certified, right_now, root, stamper

OTHER_POLICY = "1.3.6.1.4.1.99999.2"
_CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = {policy}
other_policies = {other}
digests = {digests}
accuracy = secs:1, millisecs:500
clock_precision_digits = {precision}
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_SHA1_IMPRINT = der.sequence(
    der.sequence(der.oid("1.3.14.3.2.26"), der.element(der.NULL, b"")), der.element(4, bytes(20))
)


class LocalAuthority:
    """The authority; a context manager that serves while it is entered."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime] | None = None,
        behaviour: str = "granted",
        signer: Certified | None = None,
        top: Certified | None = None,
        chain: tuple[Certified, ...] = (),
        precision: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """In `folder` it makes one of its own for its files; `signer`, `top` and `chain` replace its own certificates.

        `precision` is how many digits follow the seconds of openssl's stamps; with `tls` it serves https, as localhost.
        """
        self._tls = tls
        now = (clock or right_now)()
        self.clock = clock
        self.top = top or root(valid=(now - 365 * DAY, now + 3650 * DAY))
        self.signer = signer or stamper(self.top, valid=(now - DAY, now + 365 * DAY))
        self.behaviour = behaviour
        self.asked: list[bytes] = []
        """The bodies of all requests."""
        self.folder = Path(tempfile.mkdtemp(prefix="authority-", dir=folder))
        self.roots_pem = self.top.pem
        self.ca_file = self._file("ca.pem", self.top.pem)
        self._held = chain
        self._signer = self._file("signer.pem", self.signer.pem)
        self._key = self._file("signer.key", self.signer.key_pem)
        self._chain = self._file("chain.pem", b"".join(one.pem for one in chain)) if chain else None
        self._file("serial", b"0A\n")
        for name, digests in (("usual", "sha1, sha256, sha384, sha512"), ("narrow", "sha512")):
            text = _CONFIGURATION.format(
                folder=self.folder, policy=POLICY, other=OTHER_POLICY, digests=digests, precision=precision
            )
            self._file(f"{name}.cnf", text.encode())
        self._signing = threading.Lock()
        self.ended = threading.Event()
        """Set when serving ends: what hangs goes on then."""

    def _file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def reply(self, query: bytes, configuration: str = "usual") -> bytes:
        """The TimeStampResp to a TimeStampReq."""
        if self.clock is not None and configuration == "usual":
            held = (self.signer, *self._held)
            return Forged(self.signer, self.clock(), digest=_imprint(query), nonce=_nonce(query), held=held).response
        with self._signing:
            path = self._file("query.tsq", query)
            command: list[str | Path] = ["openssl", "ts", "-reply", "-config", self.folder / f"{configuration}.cnf"]
            command += [
                "-queryfile",
                path,
                "-signer",
                self._signer,
                "-inkey",
                self._key,
                "-out",
                self.folder / "reply.tsr",
            ]
            command += ["-chain", self._chain] if self._chain else []
            done = subprocess.run(command, capture_output=True, check=False, timeout=30)
            assert done.returncode == 0, done.stderr.decode()
            return (self.folder / "reply.tsr").read_bytes()

    def __enter__(self) -> Self:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked.append(query)
                BEHAVIOURS[authority.behaviour](authority, self, query)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        origin = "http://127.0.0.1"
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
            origin = "https://localhost"
        self.url = f"{origin}:{self._server.server_port}/tsr"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


Handler = BaseHTTPRequestHandler


def _nonce(query: bytes) -> int | None:
    parts = der.elements(der.only(query, der.SEQUENCE).content)
    numbers = [der.number(part) for part in parts if part.tag == der.INTEGER]
    return numbers[1] if len(numbers) > 1 else None


def _imprint(query: bytes) -> bytes:
    return der.elements(der.elements(der.only(query, der.SEQUENCE).content)[1].content)[1].content


def _with_imprint(query: bytes, imprint: bytes) -> bytes:
    version, _, *rest = der.elements(der.only(query, der.SEQUENCE).content)
    return der.sequence(version.whole, imprint, *(one.whole for one in rest))


def _answer(
    handler: Handler, body: bytes, kind: str = "application/timestamp-reply", code: int = 200, **headers: str
) -> None:
    handler.send_response(code)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def _granted(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _answer(handler, authority.reply(query))


def _refused(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _answer(handler, authority.reply(query, "narrow"))


def _other_message(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _answer(handler, authority.reply(request(b"another message", _nonce(query))))


def _other_nonce(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    old = _nonce(query)
    assert old is not None
    _answer(handler, authority.reply(query.replace(der.integer(old), der.integer(old + 1))))


def _no_nonce(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    old = _nonce(query)
    assert old is not None
    whole = der.only(query, der.SEQUENCE).content.replace(der.integer(old), b"")
    _answer(handler, authority.reply(der.sequence(whole)))


def _sha1(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _answer(handler, authority.reply(_with_imprint(query, _SHA1_IMPRINT)))


def _html(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _answer(handler, b"<!doctype html><title>Welcome</title>", "text/html")


def _huge(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _sent(handler, b"HTTP/1.0 200 OK\r\n\r\n", [bytes(1 << 20)] * 10)


def _announced_huge(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _sent(handler, b"HTTP/1.0 200 OK\r\nContent-Length: 10485760\r\n\r\n", [])
    authority.ended.wait()


def _hanging(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    authority.ended.wait()


def _dripping(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _sent(handler, b"HTTP/1.1 200 OK\r\n\r\n", (b"0" for _ in iter(lambda: authority.ended.wait(0.02), True)))


def _dripping_header(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _sent(handler, b"HTTP/1.1 200 OK\r\nX: ", (b"0" for _ in iter(lambda: authority.ended.wait(0.02), True)))


def _cut(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    whole = authority.reply(query)
    _sent(handler, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole), [whole[:-10]])


def _silent(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    handler.close_connection = True


def _no_http(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _sent(handler, b"220 mail.example ESMTP\r\n", [])


def _redirect(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _answer(handler, b"", code=307, Location="http://10.0.0.1/tsr")


def _busy(authority: LocalAuthority, handler: Handler, query: bytes) -> None:
    _answer(handler, b"later", "text/plain", code=503)


def _sent(handler: Handler, head: bytes, parts: Any) -> None:
    """Writes until the other side has gone."""
    try:
        handler.wfile.write(head)
        for part in parts:
            handler.wfile.write(part)
    except OSError:
        handler.close_connection = True


BEHAVIOURS: dict[str, Callable[[LocalAuthority, Handler, bytes], None]] = {
    "granted": _granted,
    "refused": _refused,
    "other-message": _other_message,
    "other-nonce": _other_nonce,
    "no-nonce": _no_nonce,
    "sha1": _sha1,
    "html": _html,
    "huge": _huge,
    "announced-huge": _announced_huge,
    "hanging": _hanging,
    "dripping": _dripping,
    "dripping-header": _dripping_header,
    "cut": _cut,
    "silent": _silent,
    "no-http": _no_http,
    "redirect": _redirect,
    "busy": _busy,
}
