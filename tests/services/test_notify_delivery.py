# SPDX-License-Identifier: Apache-2.0
"""Webhooks and e-mails travel through the guarded dialer, are signed, and are tried again where that may help."""

import asyncio
import contextlib
import email
import hashlib
import hmac
import json
import socket
import ssl
import threading
from datetime import UTC, datetime
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from archiver.addresses import Allowed
from archiver.dialer import Dialer
from archiver.errors import BadInput
from archiver.services.notify import email as mailing
from archiver.services.notify import webhook
from archiver.services.notify.message import from_json
from archiver.services.notify.webhook import SIGNATURE, TOLERANCE, Delivery, signature, verified
from tests.services.notified import MESSAGE, URL, change, message

SECRET = b"quay key"
NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
TOLD = message(change())


class Receiver:
    """A web server that answers POSTs with the codes it was given, the last one for ever."""

    def __init__(self, *codes: int, drops: int = 0) -> None:
        self.codes, self.drops = list(codes), drops
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.place = f"127.0.0.1:{self.server.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                if len(receiver.received) <= receiver.drops:
                    return
                code = receiver.codes.pop(0) if len(receiver.codes) > 1 else receiver.codes[0]
                self.send_response(code)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
                """The tests read `received`."""

        return Handler

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class Pauses(list[float]):
    """Pauses that were asked for, not made."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def _post(url: str, *allowed: str, secret: bytes | None = SECRET) -> tuple[Delivery, list[float]]:
    pauses = Pauses()

    async def run() -> Delivery:
        return await webhook.deliver(
            TOLD, url, secret=secret, dialer=Dialer(allowed=[Allowed.parse(one) for one in allowed]), user_agent="tests/1",
            now=lambda: NOW, pause=pauses, chance=lambda: 0.5,
        )  # fmt: skip

    return asyncio.run(run()), pauses


def test_a_webhook_is_one_signed_post_of_the_json() -> None:
    with Receiver(204) as receiver:
        delivery, pauses = _post(f"http://{receiver.place}/hook?x=1", receiver.place)
    assert delivery == Delivery(True, 1, f"http://{receiver.place} answered 204")
    ((path, headers, body),) = receiver.received
    assert path == "/hook?x=1"
    assert (headers["content-type"], headers["user-agent"], headers["colophon-message"]) == (
        "application/json",
        "tests/1",
        MESSAGE,
    )
    assert from_json(body) == TOLD
    expected = hmac.new(SECRET, b"1772532000." + body, hashlib.sha256).hexdigest()
    assert headers["colophon-signature"] == f"t=1772532000,v1={expected}"
    assert pauses == []


def test_without_a_secret_nothing_is_signed() -> None:
    with Receiver(200) as receiver:
        _post(f"http://{receiver.place}/", receiver.place, secret=None)
    assert SIGNATURE.lower() not in receiver.received[0][1]


def test_a_signature_holds_for_its_body_secret_and_time_alone() -> None:
    header = signature(b"body", SECRET, 1000)
    assert verified(header, b"body", SECRET, 1000 + TOLERANCE)
    assert verified(header, b"body", SECRET, 1000 - TOLERANCE)
    assert not verified(header, b"bodY", SECRET, 1000)
    assert not verified(header, b"body", b"other", 1000)
    assert not verified(header, b"body", SECRET, 1001 + TOLERANCE)
    assert not verified(header.replace("t=1000", "t=1001"), b"body", SECRET, 1000)
    assert not verified("t=1000", b"body", SECRET, 1000)


def test_a_server_that_recovers_is_asked_again_after_growing_pauses() -> None:
    with Receiver(503, 429, 502, 200) as receiver:
        delivery, pauses = _post(f"http://{receiver.place}/", receiver.place)
    assert (delivery.delivered, delivery.attempts, pauses) == (True, 4, [5.0, 10.0, 20.0])
    assert len({body for _, _, body in receiver.received}) == 1


def test_a_server_that_does_not_recover_is_left_after_three_retries() -> None:
    with Receiver(500) as receiver:
        delivery, pauses = _post(f"http://{receiver.place}/s3cret", receiver.place)
    assert (delivery.delivered, delivery.attempts, len(pauses)) == (False, 4, 3)
    assert "s3cret" not in delivery.detail


def test_a_connection_that_drops_is_tried_again() -> None:
    with Receiver(200, drops=1) as receiver:
        delivery, _ = _post(f"http://{receiver.place}/", receiver.place)
    assert (delivery.delivered, delivery.attempts) == (True, 2)


@pytest.mark.parametrize("code", [400, 401, 404, 410])
def test_a_refusal_is_final(code: int) -> None:
    with Receiver(code) as receiver:
        delivery, _ = _post(f"http://{receiver.place}/", receiver.place)
    assert (delivery.delivered, delivery.attempts, len(receiver.received)) == (False, 1, 1)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(code: int) -> None:
    with Receiver(code) as receiver:
        delivery, _ = _post(f"http://{receiver.place}/", receiver.place)
    assert (delivery.delivered, len(receiver.received)) == (False, 1)
    assert "redirects are not followed" in delivery.detail


def test_a_private_address_is_not_posted_to_unless_allowed() -> None:
    with Receiver(200) as receiver:
        delivery, _ = _post(f"http://{receiver.place}/")
    assert (delivery.delivered, delivery.attempts, receiver.received) == (False, 1, [])
    assert "reserved address" in delivery.detail


def test_a_url_that_is_none_is_the_callers_mistake() -> None:
    with pytest.raises(BadInput):
        _post("file:///etc/passwd")


class MailHost:
    """An SMTP server: STARTTLS or TLS from the start where it has a certificate; replies may be replaced by verb, and an
    empty one hangs up."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, *, first: bool = False, replies: dict[str, list[bytes]] | None = None
    ) -> None:
        self.tls, self.first, self.replies = tls, first, replies or {}
        self.mails: list[bytes] = []
        self.commands: list[tuple[str, bool]] = []
        """Each line and whether it came under TLS."""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self) -> "MailHost":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                with contextlib.suppress(OSError, ConnectionError):
                    self._talk(connection)
                connection.close()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        secure = self.first
        if secure and self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True)
        connection.sendall(self.replies["first"].pop(0) if self.replies.get("first") else b"220 quay\r\n")
        file = connection.makefile("rb")
        while line := file.readline():
            verb = line.split()[0].decode().upper()
            self.commands.append((line.decode().strip(), secure))
            if self.replies.get(verb):
                reply = self.replies[verb].pop(0)
                if not reply:
                    break
                connection.sendall(reply)
            elif verb == "EHLO":
                offers = b"250-AUTH PLAIN\r\n" if secure else b"250-STARTTLS\r\n" if self.tls else b""
                connection.sendall(b"250-quay\r\n" + offers + b"250 8BITMIME\r\n")
            elif verb == "STARTTLS" and self.tls is not None:
                connection.sendall(b"220 go\r\n")
                file.close()
                connection = self.tls.wrap_socket(connection, server_side=True)
                file, secure = connection.makefile("rb"), True
            elif verb == "AUTH":
                connection.sendall(b"235 in\r\n")
            elif verb == "DATA":
                connection.sendall(b"354 go\r\n")
                content = b""
                while not content.endswith(b"\r\n.\r\n"):
                    content += file.readline()
                self.mails.append(content[:-3])
                connection.sendall(b"250 taken\r\n")
            elif verb == "QUIT":
                connection.sendall(b"221 bye\r\n")
                break
            else:
                connection.sendall(b"250 ok\r\n")
        file.close()
        connection.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def _mail(
    server: mailing.Server, trust: ssl.SSLContext | None = None, *, allowed: bool = True
) -> tuple[Delivery, list[float]]:
    pauses = Pauses()

    async def run() -> Delivery:
        dialer = Dialer(allowed=[server.allowed] if allowed else [])
        return await mailing.deliver(
            TOLD, "reader@gazette.example", server=server, sender="archive@quay.example", dialer=dialer, pause=pauses,
            chance=lambda: 0.5, trust=trust,
        )  # fmt: skip

    return asyncio.run(run()), pauses


def test_a_mail_goes_by_starttls_with_its_password(certificate: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    with MailHost(certificate) as host:
        server = mailing.Server.parse(f"smtp://us%40er@127.0.0.1:{host.port}", "pass")
        delivery, _ = _mail(server, trust)
    assert delivery == Delivery(True, 1, f"127.0.0.1:{host.port} took the message")
    assert [secure for line, secure in host.commands if line.upper().startswith(("AUTH", "MAIL", "RCPT"))] == [True] * 3
    mail = email.message_from_bytes(host.mails[0], policy=default)
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "archive@quay.example",
        "reader@gazette.example",
        "tides: 1 change",
    )
    assert mail["Message-ID"] == f"<{MESSAGE}@quay.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    text = mail.get_body(("plain",))
    assert text is not None
    assert URL in text.get_content()


def test_a_mail_goes_by_tls_from_the_start(certificate: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    with MailHost(certificate, first=True) as host:
        delivery, _ = _mail(mailing.Server.parse(f"smtps://127.0.0.1:{host.port}"), trust)
    assert delivery.delivered
    assert all(secure for _, secure in host.commands)


def test_a_mail_goes_without_tls_only_where_the_setting_says_so() -> None:
    with MailHost() as host:
        stripped, _ = _mail(mailing.Server.parse(f"smtp://127.0.0.1:{host.port}"))
        assert host.mails == []
        plain, _ = _mail(mailing.Server.parse(f"smtp+plain://127.0.0.1:{host.port}"))
    assert (stripped.delivered, stripped.attempts, plain.delivered) == (False, 1, True)
    assert "STARTTLS" in stripped.detail
    assert len(host.mails) == 1


def test_a_certificate_that_does_not_verify_gets_no_mail(certificate: ssl.SSLContext) -> None:
    with MailHost(certificate) as host:
        delivery, _ = _mail(mailing.Server.parse(f"smtp://127.0.0.1:{host.port}"))
    assert (delivery.delivered, delivery.attempts, host.mails) == (False, 1, [])
    assert "does not verify" in delivery.detail


def test_a_temporary_refusal_is_tried_again_and_a_final_one_is_not() -> None:
    with MailHost(replies={"RCPT": [b"451 later\r\n"], "MAIL": [b"421 busy\r\n"]}) as host:
        delivery, pauses = _mail(mailing.Server.parse(f"smtp+plain://127.0.0.1:{host.port}"))
    assert (delivery.delivered, delivery.attempts, pauses) == (True, 3, [5.0, 10.0])
    with MailHost(replies={"RCPT": [b"550 no \x1bsuch user\r\n"]}) as host:
        delivery, pauses = _mail(mailing.Server.parse(f"smtp+plain://127.0.0.1:{host.port}"))
    assert (delivery.delivered, delivery.attempts, pauses) == (False, 1, [])
    assert delivery.detail == f"127.0.0.1:{host.port} answered 550: no such user"


def test_a_server_that_hangs_up_or_is_not_ready_is_asked_again() -> None:
    with MailHost(replies={"MAIL": [b""], "first": [b"220 quay\r\n", b"554 not today\r\n"]}) as host:
        delivery, _ = _mail(mailing.Server.parse(f"smtp+plain://127.0.0.1:{host.port}"))
    assert (delivery.delivered, delivery.attempts) == (False, 2)
    assert delivery.detail.endswith("answered 554: not today")


def test_a_mail_that_was_taken_is_delivered_however_the_server_says_goodbye() -> None:
    with MailHost(replies={"QUIT": [b""]}) as host:
        delivery, _ = _mail(mailing.Server.parse(f"smtp+plain://127.0.0.1:{host.port}"))
    assert (delivery.delivered, len(host.mails)) == (True, 1)


def test_a_mail_server_is_reached_through_the_guard_alone() -> None:
    with MailHost() as host:
        delivery, _ = _mail(mailing.Server.parse(f"smtp+plain://127.0.0.1:{host.port}"), allowed=False)
    assert (delivery.delivered, delivery.attempts, host.commands) == (False, 1, [])


def test_a_mail_server_is_read_from_a_setting() -> None:
    parse = mailing.Server.parse
    assert parse("smtp://user@mail.example", "p") == mailing.Server("mail.example", 587, "starttls", "user", "p")
    assert parse("smtps://mail.example") == mailing.Server("mail.example", 465, "tls")
    assert parse("smtp+plain://[::1]:2525") == mailing.Server("::1", 2525, "none")
    assert "hush" not in repr(parse("smtp://user:hush@mail.example"))


@pytest.mark.parametrize(
    "text",
    ["mail.example:25", "http://mail.example", "smtp://", "smtp://user:hush@mail.example:x", "smtp://user@mail.example",
     "smtp+plain://user:hush@mail.example", "smtp://user:hush@mail.example/path", "smtp://user:hush@a b"],
)  # fmt: skip
def test_a_setting_that_names_no_mail_server_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        mailing.Server.parse(text)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("address", ["reader", "a@b\nBcc: c@d", "a b@c", "<a@b>", "a@b@c", "é@quay.example"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        mailing.mail(TOLD, sender="archive@quay.example", recipient=address)


def test_the_json_that_travels_is_what_the_format_says() -> None:
    with Receiver(200) as receiver:
        _post(f"http://{receiver.place}/", receiver.place)
    assert json.loads(receiver.received[0][2])["format"] == "notification/0"
