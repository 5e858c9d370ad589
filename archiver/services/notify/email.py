# SPDX-License-Identifier: Apache-2.0
"""A notification sent by e-mail (RFC 5321, RFC 5322), through the guarded dialer.

The server is a setting of the operator's: `smtp://user@host:port` (STARTTLS, RFC 3207), `smtps://` (TLS from the start,
RFC 8314) or `smtp+plain://` (no TLS: for a server on the same machine). Without TLS no password is sent, and a server that
offers no STARTTLS gets no message. `Server.allowed` is what its dialer must allow: mail ports are otherwise refused, and a
mail server may well have a private address.

Message-ID comes from the message's id, so that a mail program shows a repeated delivery once. Header injection is
not possible: addresses and subject go through `email.message`, which refuses line ends.
"""

import asyncio
import re
import smtplib
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal
from urllib.parse import unquote, urlsplit

import certifi

from archiver.addresses import Allowed, endpoint, read_address, read_name
from archiver.dialer import Dialer
from archiver.errors import BadInput, RemoteFault
from archiver.politeness import backoff
from archiver.services.notify.message import Message, to_html, to_text
from archiver.services.notify.webhook import RETRIES, Delivery

_LIMIT = 30.0
"""Seconds that the server may take for one reply."""
_ADVICE = "Write smtp://user@host:587, and the password into its own variable."
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_ADDRESS = re.compile(r"[!-;=?A-~]{1,64}@[!-;=?A-~]{1,253}")


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that takes our messages."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, password: str | None = None) -> "Server":
        """The server that a setting names. Raises `BadInput`, which never quotes it: it may hold a password."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as fault:
            raise BadInput("the mail server's URL cannot be read", _ADVICE) from fault
        host = parts.hostname or ""
        literal = read_address(host)
        named = str(literal) if literal is not None else read_name(host)
        if parts.scheme not in _PORTS or named is None or parts.path not in ("", "/") or parts.query:
            raise BadInput("the mail server's URL names no mail server", _ADVICE)
        user = unquote(parts.username) if parts.username else None
        password = password or (unquote(parts.password) if parts.password else None)
        security: Literal["starttls", "tls", "none"] = "starttls"
        if parts.scheme != "smtp":
            security = "tls" if parts.scheme == "smtps" else "none"
        if user is not None and password is None:
            raise BadInput("the mail server's user has no password", "Set the password's variable too.")
        if security == "none" and user is not None:
            raise BadInput("a password is not sent without TLS", "Use smtp:// or smtps://, or leave out the user.")
        return cls(named, port or _PORTS[parts.scheme], security, user, password)

    @property
    def allowed(self) -> Allowed:
        """What a dialer to it must allow beyond public web servers."""
        return Allowed.parse(endpoint(self.host, self.port))


def mail(message: Message, *, sender: str, recipient: str) -> EmailMessage:
    """The message as an e-mail: plain text, and HTML beside it. Raises `BadInput` for an address that is none."""
    for address in (sender, recipient):
        if not _ADDRESS.fullmatch(address):
            raise BadInput(f"{address!r} is no e-mail address", "Write it as name@host.example.")
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = recipient
    made["Subject"] = message.subject
    made["Date"] = message.made_at.astimezone(UTC)
    made["Message-ID"] = f"<{message.message_id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(to_text(message))
    made.add_alternative(to_html(message), subtype="html")
    return made


async def deliver(
    message: Message,
    recipient: str,
    *,
    server: Server,
    sender: str,
    dialer: Dialer,
    pause: Callable[[float], Awaitable[None]],
    chance: Callable[[], float],
    trust: ssl.SSLContext | None = None,
) -> Delivery:
    """Sends the message to one address and says what became of it; raises `BadInput` for an address that is none.

    Temporary refusals (4xx) and faults of the network are tried again `RETRIES` times; a refusal for good (5xx) is not.
    `trust` is how the server's certificate is checked; by default against the system's authorities and Mozilla's.
    """
    content = mail(message, sender=sender, recipient=recipient)
    shown = endpoint(server.host, server.port)
    attempt = 0
    while True:
        attempt += 1
        try:
            dialed = await dialer.dial(server.host, server.port)
            await asyncio.to_thread(_send, dialed.socket, server, content, trust or _trust())
        except RemoteFault as fault:
            failure, again = str(fault), fault.reason not in ("address-refused", "bad-url", "blocked-port")
        except smtplib.SMTPResponseException as fault:
            failure, again = f"{shown} answered {fault.smtp_code}: {_reply(fault.smtp_error)}", fault.smtp_code < 500
        except smtplib.SMTPRecipientsRefused as fault:
            code, reply = next(iter(fault.recipients.values()))
            failure, again = f"{shown} answered {code}: {_reply(reply)}", code < 500
        except smtplib.SMTPNotSupportedError:
            failure, again = f"{shown} offers no STARTTLS or login; use smtps:// or another server", False
        except ssl.SSLCertVerificationError as fault:
            failure, again = f"the certificate of {shown} does not verify: {fault.verify_message}", False
        except (smtplib.SMTPException, OSError) as fault:
            failure, again = f"{shown}: {fault or type(fault).__name__}", True
        else:
            return Delivery(True, attempt, f"{shown} took the message")
        if not again or attempt > RETRIES:
            return Delivery(False, attempt, failure)
        await pause(backoff(attempt, chance()))


class _Client(smtplib.SMTP):
    """A client over a socket that is already connected; it opens none itself."""

    def __init__(self, connected: socket.socket, server: Server, trust: ssl.SSLContext) -> None:
        self._connected = connected
        self._server = server
        self._trust = trust
        # Its own default asks a resolver for this machine's name; an address literal (RFC 5321 section 4.1.4) does not.
        own = connected.getsockname()[0]
        literal = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        super().__init__(server.host, server.port, local_hostname=literal, timeout=_LIMIT)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - its signature
        # The library's hook for other kinds of connections, as its own SMTP_SSL uses it.
        self._connected.settimeout(timeout)
        if self._server.security == "tls":
            self._connected = self._trust.wrap_socket(self._connected, server_hostname=host)
        return self._connected

    def release(self) -> None:
        """Closes the socket, also where the library never took it over."""
        self.close()
        self._connected.close()


def _send(connected: socket.socket, server: Server, content: EmailMessage, trust: ssl.SSLContext) -> None:
    try:
        client = _Client(connected, server, trust)
    except BaseException:
        connected.close()
        raise
    try:
        if server.security == "starttls":
            client.starttls(context=trust)
        if server.user is not None and server.password is not None:
            client.login(server.user, server.password)
        client.send_message(content)
        try:
            client.quit()
        except (smtplib.SMTPException, OSError):
            return  # the message was taken; how the server says goodbye changes nothing
    finally:
        client.release()


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _reply(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:300]
