# SPDX-License-Identifier: Apache-2.0
"""One checked, connected socket for every outgoing connection to a place not configured by the operator.

Guarantees, in this order: a host that is none, a port of another protocol, an endpoint of our own, a reserved literal
and localhost are refused before anybody is asked; the name is resolved once; every address of the answer is checked,
and one that is neither public nor allowed refuses the whole; the connection is made to a checked address and to no
other; the peer of the connected socket is compared with it before the socket is handed over. So a name that changes its
answer between check and use gains nothing. Behind the operator's proxy a name is the proxy's to resolve: what needs no
answer is still judged here, the addresses behind other names are the proxy's to refuse.

The environment is never read: proxies named there are not used. Time is bounded by the limit given, once for resolving
and once for connecting (the proxy's handshake included); answers are bounded by 64 addresses.

Leaves to others: canonical hosts (`urls`), the rules (`addresses`), the protocols of proxies (`tunnel`), TLS and HTTP.
Every error is `Refused` or `FetchFailed` with a word of `exchange.REASONS`; want of descriptors is an `ArchiveFault`.
"""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

import certifi

from archiver.addresses import Address, Allowed, Guard, Target, endpoint, read_address, unmapped
from archiver.errors import ArchiveFault, FetchFailed
from archiver.tunnel import Proxy, Pump, ignored_proxy_advice, open_tunnel

__all__ = ["Allowed", "Dialed", "Dialer", "Proxy", "Resolver", "ignored_proxy_advice", "system_resolver"]

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Name and port to addresses as text, in order of preference. Raises `OSError` when there are none."""

_ADDRESSES = 64
_ATTEMPTS = 4
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


@dataclass(frozen=True, slots=True)
class Dialed:
    """A connection to the target, and how it came about."""

    socket: socket.socket
    """Connected and non-blocking, with TCP_NODELAY where it is TCP. The caller's to close."""
    resolver: str
    """What answered the name: `system`, `literal` or `proxy`."""
    addresses: tuple[str, ...]
    """Every address in the answer."""
    ip: str | None
    """The address connected to, confirmed on the connected socket; None behind a proxy."""
    port: int
    """The target's port."""


async def system_resolver(name: str, port: int) -> list[str]:
    """What the operating system answers, in its order (RFC 6724)."""
    answer = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in answer]


def interleaved(candidates: Sequence[Address]) -> list[Address]:
    """The same addresses, families alternating, the first one's family first (RFC 8305, section 4)."""
    first = [address for address in candidates if address.version == candidates[0].version]
    other = [address for address in candidates if address.version != candidates[0].version]
    return [address for address in chain.from_iterable(zip_longest(first, other)) if address is not None]


class Dialer:
    """Gives guarded connections. One may serve a whole process; calls may run concurrently in one event loop."""

    def __init__(
        self,
        *,
        allowed: Sequence[Allowed] = (),
        proxy: Proxy | None = None,
        resolver: Resolver | None = None,
        connect_timeout: float = 10.0,
        denied: Collection[str] = (),
        proxy_tls: ssl.SSLContext | None = None,
    ) -> None:
        """`denied` are endpoints of our own, `host:port`: refused even when public or allowed, by name or by address.

        `0.0.0.0:port` and `[::]:port` stand for every address of this machine. `proxy_tls` is how the certificate of an
        https proxy is checked; by default against the system's authorities and Mozilla's. Raises `BadInput`.
        """
        self._guard = Guard(allowed, denied)
        self._proxy = proxy
        self._resolver = resolver or system_resolver
        self._limit = connect_timeout
        self._pumps: set[Pump] = set()
        if proxy is not None and proxy.scheme == "https" and proxy_tls is None:
            proxy_tls = ssl.create_default_context()
            proxy_tls.load_verify_locations(certifi.where())
        self._proxy_tls = proxy_tls

    async def dial(self, host: str, port: int) -> Dialed:
        """Connects to `host`, a name in ASCII or an address without brackets. Raises `Refused` and `FetchFailed`."""
        target = self._guard.target(host, port)
        if self._proxy is not None:
            return Dialed(await self._by_proxy(self._proxy, target), "proxy", (), None, port)
        answer: Sequence[Address] = target.known
        if not answer:
            answer = await self._resolve(target.asked, port)
            self._guard.check(target, answer)
        candidates = list(dict.fromkeys(unmapped(address) for address in answer))
        sock, chosen = await self._connect(candidates, port, target.shown)
        try:
            self._guard.check_ends(target, chosen, *self._ends(sock))
        except OSError as fault:
            sock.close()
            raise _no_connection(target.shown, fault) from fault
        except BaseException:
            sock.close()
            raise
        resolver = "literal" if target.known else "system"
        return Dialed(sock, resolver, tuple(str(address) for address in answer), str(chosen), port)

    async def close(self) -> None:
        """Ends every tunnel through an https proxy that is still open. Other sockets belong to their callers."""
        pumps, self._pumps = self._pumps, set()
        for pump in pumps:
            await pump.close()

    def _ends(self, sock: socket.socket) -> tuple[tuple[str, int], str]:
        """The peer's address and port, and our own address, as the kernel has them."""
        peer = sock.getpeername()
        return (peer[0], peer[1]), sock.getsockname()[0]

    async def _resolve(self, name: str, port: int) -> list[Address]:
        try:
            async with asyncio.timeout(self._limit):
                texts = await self._resolver(name, port)
        except TimeoutError as fault:
            what = f"no answer for the name {name} within {self._limit:g} s"
            raise FetchFailed("dns-failed", what, "Try again later.", host=name) from fault
        except (OSError, UnicodeError) as fault:
            why = getattr(fault, "strerror", None) or fault
            passing = isinstance(fault, socket.gaierror) and fault.errno == socket.EAI_AGAIN
            advice = "Try again later." if passing else "Check the spelling of the name."
            raise FetchFailed("dns-failed", f"the name {name} was not resolved: {why}", advice, host=name) from fault
        answer = [read_address(text) for text in islice(dict.fromkeys(texts), _ADDRESSES)]
        found = [address for address in answer if address is not None]
        if not found or len(found) != len(answer):
            what = f"the answer for {name} holds something else than addresses" if answer else f"{name} has no address"
            raise FetchFailed("dns-failed", what, "Check the spelling of the name.", host=name)
        return found

    async def _connect(self, candidates: Sequence[Address], port: int, shown: str) -> tuple[socket.socket, Address]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limit
        chosen = interleaved(candidates)[:_ATTEMPTS]
        late = False
        refusal: OSError | None = None
        other: OSError | None = None
        for index, address in enumerate(chosen):
            share = max(deadline - loop.time(), 0.0) / (len(chosen) - index)
            try:
                async with asyncio.timeout(share):
                    return await self._attempt(address, port), address
            except TimeoutError:
                late = True
            except ConnectionError as fault:
                refusal = refusal or fault
            except OSError as fault:
                other = other or fault
        # A host that says no tells more than one that says nothing, and that more than a family without a route.
        if late and refusal is None:
            what = f"no connection to {shown} within {self._limit:g} s"
            raise FetchFailed("connect-timeout", what, "Try again later.", endpoint=shown)
        raise _no_connection(shown, refusal or other) from (refusal or other)

    async def _attempt(self, address: Address, port: int) -> socket.socket:
        try:
            sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        except OSError as fault:
            if fault.errno not in _EXHAUSTED:
                raise
            what = f"no descriptor for another connection: {fault.strerror}"
            raise ArchiveFault(what, "Raise `ulimit -n`, or fetch from fewer hosts at once.") from fault
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, (str(address), port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def _by_proxy(self, proxy: Proxy, target: Target) -> socket.socket:
        literal = read_address(proxy.host)
        where = endpoint(proxy.host, proxy.port)
        try:
            candidates = [literal] if literal is not None else await self._resolve(proxy.host, proxy.port)
            deadline = asyncio.get_running_loop().time() + self._limit
            sock, _ = await self._connect(candidates, proxy.port, where)
            async with asyncio.timeout_at(deadline):
                return await self._tunnel(sock, proxy, target)
        except TimeoutError as fault:
            what = f"the proxy {proxy.shown} made no connection within {self._limit:g} s"
            raise FetchFailed("proxy-failed", what, "Check that the proxy is up.", proxy=proxy.shown) from fault
        except FetchFailed as fault:
            if fault.reason == "proxy-failed":
                raise
            what = f"the proxy {proxy.shown} cannot be reached: {fault.what}"
            raise FetchFailed("proxy-failed", what, "Check that the proxy is up.", proxy=proxy.shown) from fault

    async def _tunnel(self, sock: socket.socket, proxy: Proxy, target: Target) -> socket.socket:
        pump: Pump | None = None
        if proxy.scheme == "https":
            assert self._proxy_tls is not None
            self._pumps = {pump for pump in self._pumps if not pump.ended}
            pump = Pump()
            sock = await pump.start(sock, proxy, self._proxy_tls)
            self._pumps.add(pump)
        try:
            await open_tunnel(sock, proxy, target.asked, target.port)
        except BaseException:
            sock.close()
            if pump is not None:
                await pump.close()
            raise
        return sock


def _no_connection(shown: str, fault: OSError | None) -> FetchFailed:
    # asyncio puts the address into `strerror`; the number alone gives words without it.
    why = os.strerror(fault.errno) if fault is not None and fault.errno is not None else "no route"
    return FetchFailed("connect-failed", f"no connection to {shown}: {why}", "Check host and port.", endpoint=shown)
