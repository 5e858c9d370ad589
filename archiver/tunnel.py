# SPDX-License-Identifier: Apache-2.0
"""The way through an operator's proxy: its URL, and the handshakes that make of a socket to it a socket to the target.

Guarantees: exactly the octets of the proxy's answer are consumed, so the first octet the caller reads is the target's;
an answer is bounded (64 KiB of HTTP head; SOCKS replies are short by construction); credentials appear in no message
and no representation. HTTP CONNECT: RFC 9110 9.3.6. SOCKS 5: RFC 1928, user and password by RFC 1929; always with the
name, never with an address we looked up ("socks5h"). A proxy spoken to in TLS is hidden behind a `Pump`.

Leaves to others: time limits and connecting (`dialer`). Every fault is `FetchFailed("proxy-failed")`.
"""

import asyncio
import base64
import contextlib
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from urllib.parse import unquote_to_bytes, urlsplit

from archiver.addresses import endpoint, read_address, read_name
from archiver.errors import BadInput, FetchFailed

HEAD_LIMIT = 64 * 1024
"""Octets of all heads a proxy may answer CONNECT with."""

_PORTS = {"http": 80, "https": 443, "socks5h": 1080}
_FORMS = "Write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT, with USER:PASSWORD@ before HOST if needed."
_PIECE = 1 << 16
_SHUTDOWN_SECONDS = 5.0
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
# RFC 1928, section 6.
_SOCKS_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """The operator's own proxy. The guard does not apply to its address."""

    scheme: str
    """`http`, `https` (TLS to the proxy) or `socks5h`."""
    host: str
    """Name or address, without brackets."""
    port: int
    """From the URL, else 80, 443 or 1080."""
    user: bytes | None = field(default=None, repr=False)
    """Percent-decoded; None when the URL has no userinfo."""
    password: bytes = field(default=b"", repr=False)
    """Percent-decoded."""

    @classmethod
    def parse(cls, text: str) -> "Proxy":
        """Reads a proxy URL. Raises `BadInput`, which never repeats the text: it may hold a password."""
        try:
            # urlsplit drops tabs and line ends silently; a setting that has them is damaged.
            if not text.isascii() or not text.isprintable() or " " in text:
                raise ValueError
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError as fault:
            raise BadInput("the proxy URL cannot be read", _FORMS) from fault
        if parts.scheme == "socks5":
            raise BadInput("a socks5 proxy would be given addresses, not names", "Write socks5h:// instead.")
        if parts.scheme not in _PORTS:
            raise BadInput("the proxy URL does not begin with http://, https:// or socks5h://", _FORMS)
        if (read_address(host) is None and read_name(host) is None) or port == 0:
            raise BadInput("the proxy URL names no host or no usable port", _FORMS)
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise BadInput("the proxy URL has a path", _FORMS)
        user = None if parts.username is None else unquote_to_bytes(parts.username)
        password = unquote_to_bytes(parts.password or "")
        # RFC 1929 gives each a length octet; RFC 7617 ends the user at the first colon.
        if parts.scheme == "socks5h":
            if user is not None and (not 0 < len(user) < 256 or not 0 < len(password) < 256):
                raise BadInput("SOCKS needs a user and a password of 1 to 255 octets", _FORMS)
        elif user is not None and b":" in user:
            raise BadInput("the user of an HTTP proxy cannot contain a colon", _FORMS)
        return cls(parts.scheme, host, port or _PORTS[parts.scheme], user, password)

    @property
    def shown(self) -> str:
        """The URL without credentials, for manifests and messages."""
        return f"{self.scheme}://{endpoint(self.host, self.port)}"


def ignored_proxy_advice(environ: Mapping[str, str]) -> str | None:
    """The sentence for a person whose environment names a proxy that we do not use, or None; never with its value."""
    known = ("https_proxy", "http_proxy", "all_proxy")
    found = sorted((known.index(key.lower()), key) for key, value in environ.items() if value and key.lower() in known)
    if not found:
        return None
    return f"{found[0][1]} is set but not used; if the way out leads through a proxy, name it with `--proxy URL`."


async def open_tunnel(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """Asks the proxy behind the non-blocking `sock` for a connection; afterwards `sock` carries the target's octets."""
    try:
        if proxy.scheme == "socks5h":
            await _socks(sock, proxy, host, port)
        else:
            await _connect(sock, proxy, host, port)
    except OSError as fault:
        raise _failed(proxy, "ended the connection", "Check that the proxy is up.") from fault


def _failed(proxy: Proxy, what: str, advice: str, **fields: object) -> FetchFailed:
    return FetchFailed("proxy-failed", f"the proxy {proxy.shown} {what}", advice, proxy=proxy.shown, **fields)


def _cut(proxy: Proxy) -> FetchFailed:
    return _failed(proxy, "closed the connection before its answer was complete", "Check what the proxy permits.")


async def _connect(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    target = endpoint(host, port).encode("ascii")
    request = b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n" % (target, target)
    if proxy.user is not None:
        request += b"Proxy-Authorization: Basic %b\r\n" % base64.b64encode(proxy.user + b":" + proxy.password)
    await asyncio.get_running_loop().sock_sendall(sock, request + b"\r\n")
    left = HEAD_LIMIT
    code = 100
    while 100 <= code < 200 and code != 101:
        head = await _head(sock, proxy, left)
        left -= len(head)
        status = _STATUS.match(head)
        if status is None:
            raise _failed(proxy, "did not answer in HTTP", "Check the scheme and port of the proxy URL.")
        code = int(status[1])
    if code == 407:
        raise _failed(proxy, "wants a user and password", "Put them into the proxy URL: USER:PASSWORD@HOST.", code=code)
    if not 200 <= code < 300:
        raise _failed(proxy, f"refused the connection with {code}", "Check what the proxy permits.", code=code)


async def _head(sock: socket.socket, proxy: Proxy, limit: int) -> bytes:
    """One HTTP head with its empty line. Octet by octet: a longer read could take the target's first octets."""
    loop = asyncio.get_running_loop()
    head = bytearray()
    while not head.endswith((b"\n\r\n", b"\n\n")):
        if len(head) >= limit:
            raise _failed(proxy, "sent a head over 64 KiB", "Check the scheme and port of the proxy URL.")
        octet = await loop.sock_recv(sock, 1)
        if not octet:
            raise _failed(
                proxy, "closed the connection before its answer was complete", "Check what the proxy permits."
            )
        head += octet
    return bytes(head)


async def _socks(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, b"\x05\x01\x00" if proxy.user is None else b"\x05\x02\x00\x02")
    version, method = await _exactly(sock, proxy, 2)
    if version != 5:
        raise _failed(proxy, "did not answer in SOCKS 5", "Check the scheme and port of the proxy URL.")
    if method == 2 and proxy.user is not None:
        user, password = proxy.user, proxy.password
        await loop.sock_sendall(sock, bytes([1, len(user)]) + user + bytes([len(password)]) + password)
        if (await _exactly(sock, proxy, 2))[1] != 0:
            raise _failed(proxy, "did not accept user and password", "Correct them in the proxy URL.")
    elif method != 0:
        raise _failed(proxy, "wants a user and password", "Put them into the proxy URL: USER:PASSWORD@HOST.")
    address = read_address(host)
    if address is None:
        destination = bytes([3, len(host)]) + host.encode("ascii")
    else:
        destination = (b"\x01" if isinstance(address, IPv4Address) else b"\x04") + address.packed
    await loop.sock_sendall(sock, b"\x05\x01\x00" + destination + port.to_bytes(2, "big"))
    version, reply, _, kind = await _exactly(sock, proxy, 4)
    if version != 5:
        raise _failed(proxy, "did not answer in SOCKS 5", "Check the scheme and port of the proxy URL.")
    if reply != 0:
        what = f"refused the connection: {_SOCKS_REPLIES.get(reply, f'reply {reply}')}"
        raise _failed(proxy, what, "Check what the proxy permits.", code=reply)
    lengths = {1: 4, 4: 16}
    length = (await _exactly(sock, proxy, 1))[0] if kind == 3 else lengths.get(kind)
    if length is None:
        raise _failed(proxy, f"answered with an unknown address type {kind}", "Check the scheme and port of its URL.")
    await _exactly(sock, proxy, length + 2)


async def _exactly(sock: socket.socket, proxy: Proxy, length: int) -> bytes:
    content = b""
    while len(content) < length:
        piece = await asyncio.get_running_loop().sock_recv(sock, length - len(content))
        if not piece:
            raise _failed(
                proxy, "closed the connection before its answer was complete", "Check what the proxy permits."
            )
        content += piece
    return content


class Pump:
    """Carries octets between a TLS connection to a proxy and one end of a socket pair; the caller holds the other end.

    So the caller has a plain socket whatever the proxy speaks, and may start its own TLS on it. It ends by itself when
    either side closes, after delivering what that side had sent; `close` ends it at once. A half-close ends
    both ways. A reset by the proxy comes out as a plain end: a socket pair cannot show one.
    """

    def __init__(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self, sock: socket.socket, proxy: Proxy, tls: ssl.SSLContext) -> socket.socket:
        """Makes the TLS handshake on `sock`, which is the pump's from here on, and returns the caller's end."""
        try:
            far_reader, far = await asyncio.open_connection(
                sock=sock, ssl=tls, server_hostname=proxy.host, ssl_shutdown_timeout=_SHUTDOWN_SECONDS
            )
        except ssl.SSLCertVerificationError as fault:
            what = f"has a certificate that does not verify: {fault.verify_message}"
            raise _failed(
                proxy, what, "Add the authority that signed it to the system's trusted certificates."
            ) from fault
        except (ssl.SSLError, ConnectionError) as fault:
            raise _failed(proxy, "did not complete a TLS handshake", "Check the scheme and port of its URL.") from fault
        self._writers.append(far)
        inner, outer = socket.socketpair()
        try:
            inner.setblocking(False)
            near_reader, near = await asyncio.open_unix_connection(sock=outer)
        except BaseException:
            inner.close()
            outer.close()
            await self.close()
            raise
        self._writers.append(near)
        self._task = asyncio.create_task(self._run((near_reader, far), (far_reader, near)))
        return inner

    @property
    def ended(self) -> bool:
        """Whether nothing is carried any more and every descriptor is closed."""
        return self._task is None or self._task.done()

    async def _run(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        copies = [asyncio.create_task(_copy(reader, writer)) for reader, writer in ways]
        try:
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
            for copy in copies:
                copy.cancel()
            await asyncio.wait(copies)
            await self._closed()
        finally:
            for copy in copies:
                copy.cancel()
            self._abort()

    async def _closed(self) -> None:
        for writer in self._writers:
            writer.close()
        for writer in self._writers:
            # What a side had not taken when it went is lost in any case; the caller's own framing tells.
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        """Ends the pump at once and waits until its descriptors are closed. Safe to call twice."""
        # Aborting ends both copies. Cancelling the task instead would cancel what `wait_closed` waits for, for good.
        self._abort()
        if self._task is not None:
            await asyncio.wait([self._task])
        else:
            await self._closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # An error on either side means the same as its end: the pump stops and closes the other.
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
