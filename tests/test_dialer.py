# SPDX-License-Identifier: Apache-2.0
"""The dialer against servers and proxies on loopback; every test also shows that no descriptor is left open."""

import ast
import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme

from archiver.addresses import Address, reserved
from archiver.dialer import Allowed, Dialed, Dialer, Proxy, Resolver, ignored_proxy_advice, interleaved, system_resolver
from archiver.errors import ArchiveFault, ArchiverError, BadInput, FetchFailed, Refused
from archiver.exchange import REASONS

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Fault = TypeVar("Fault", bound=ArchiverError)
LOOPBACK = [Allowed.parse("127.0.0.0/8"), Allowed.parse("::1")]


@pytest.fixture(autouse=True)
def _no_descriptor_leaks() -> Iterator[None]:
    before = sorted(os.listdir("/proc/self/fd"))
    yield
    assert sorted(os.listdir("/proc/self/fd")) == before


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 5))


def answers(*addresses: str, asked: list[tuple[str, int]] | None = None) -> Resolver:
    async def resolve(name: str, port: int) -> list[str]:
        if asked is not None:
            asked.append((name, port))
        return list(addresses)

    return resolve


async def never(name: str, port: int) -> list[str]:
    await asyncio.Event().wait()
    return []


class Server:
    """A listener on loopback that counts its connections and holds one conversation on each."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def listening(
    talk: Conversation, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    server = Server(talk)
    serving: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(server.serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    listener = await asyncio.start_server(accept, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
        await asyncio.gather(*serving)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1 << 16):
        writer.write(piece)
        await writer.drain()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def exchange(dialed: Dialed, content: bytes) -> bytes:
    """Sends `content` and returns as many octets as come back for it."""
    loop = asyncio.get_running_loop()
    sending = loop.create_task(loop.sock_sendall(dialed.socket, content))
    came = b""
    while len(came) < len(content):
        piece = await loop.sock_recv(dialed.socket, 1 << 16)
        assert piece, "the connection ended early"
        came += piece
    await sending
    return came


async def rest(sock: socket.socket) -> bytes:
    came = b""
    while piece := await asyncio.get_running_loop().sock_recv(sock, 1 << 16):
        came += piece
    return came


async def fault_of(kind: type[Fault], dialing: Awaitable[Dialed]) -> Fault:
    with pytest.raises(kind) as caught:
        (await dialing).socket.close()
    assert caught.value.advice
    if isinstance(caught.value, Refused | FetchFailed):
        assert caught.value.reason in REASONS
    return caught.value


class Recording(Dialer):
    """Notes the addresses it would connect to, and connects to none."""

    def __init__(self, resolver: Resolver, **settings: Any) -> None:
        super().__init__(resolver=resolver, **settings)
        self.attempts: list[str] = []

    async def _attempt(self, address: Address, port: int) -> socket.socket:
        self.attempts.append(str(address))
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")


def test_ss01_a_name_that_changes_its_answer_is_resolved_once_and_never_reaches_the_second() -> None:
    asked: list[str] = []

    async def flipping(name: str, port: int) -> list[str]:
        asked.append(name)
        return ["1.1.1.1"] if len(asked) == 1 else ["127.0.0.1"]

    async def test() -> None:
        dialer = Recording(flipping)
        assert (await fault_of(FetchFailed, dialer.dial("news.example", 80))).reason == "connect-failed"
        assert dialer.attempts == ["1.1.1.1"]
        assert asked == ["news.example"]
        # The next connection is judged by its own answer.
        assert (await fault_of(Refused, dialer.dial("news.example", 80))).reason == "address-refused"
        assert dialer.attempts == ["1.1.1.1"]

    run(test())


def test_ss02_a_mixed_answer_is_refused_before_any_connection() -> None:
    async def test() -> None:
        async with listening(echo) as server:
            dialer = Recording(answers("1.1.1.1", "127.0.0.1"))
            assert (await fault_of(Refused, dialer.dial("news.example", server.port))).reason == "address-refused"
            assert dialer.attempts == []
            assert server.connections == 0

    run(test())


@pytest.mark.parametrize(
    "address", ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::1", "0.0.0.0", "fe80::1%lo"]
)
def test_ss03_an_answer_that_leads_home_reaches_no_server(address: str) -> None:
    assert reserved(ip_address(address)) is not None

    async def test() -> None:
        async with listening(echo) as server:
            dialer = Dialer(resolver=answers(address))
            assert (await fault_of(Refused, dialer.dial("news.example", server.port))).reason == "address-refused"
            assert (await fault_of(Refused, Dialer().dial(address, server.port))).reason == "address-refused"
            assert server.connections == 0

    run(test())


def test_ss05_a_peer_other_than_the_checked_address_is_refused_and_closed() -> None:
    class Diverted(Dialer):
        def _ends(self, sock: socket.socket) -> tuple[tuple[str, int], str]:
            peer, own = super()._ends(sock)
            return ("127.0.0.9", peer[1]), own

    async def test() -> None:
        async with listening(silent) as server:
            fault = await fault_of(Refused, Diverted(allowed=LOOPBACK).dial("127.0.0.1", server.port))
            assert fault.reason == "address-refused"
            assert "another address" in fault.what

    run(test())


def test_ss05_a_connection_that_lands_elsewhere_is_seen_on_the_socket() -> None:
    class Astray(Dialer):
        async def _attempt(self, address: Address, port: int) -> socket.socket:
            return await super()._attempt(ip_address("127.0.0.1"), port)

    async def test() -> None:
        async with listening(silent) as server:
            dialer = Astray(allowed=LOOPBACK, resolver=answers("127.0.0.2"))
            assert "another address" in (await fault_of(Refused, dialer.dial("news.example", server.port))).what

    run(test())


def test_ss06_proxies_of_the_environment_get_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with listening(silent) as decoy, listening(echo) as server:
            for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{decoy.port}")
            dialed = await Dialer(allowed=LOOPBACK).dial("127.0.0.1", server.port)
            assert await exchange(dialed, b"hello") == b"hello"
            dialed.socket.close()
            assert (server.connections, decoy.connections) == (1, 0)

    run(test())


def test_ss06_advice_names_the_variable_and_the_flag_but_not_the_value() -> None:
    advice = ignored_proxy_advice({"HTTPS_PROXY": "http://user:secret@proxy:1", "all_proxy": "x", "PATH": "/bin"})
    assert advice is not None
    assert advice.startswith("HTTPS_PROXY ")
    assert "--proxy URL" in advice
    assert "secret" not in advice
    assert ignored_proxy_advice({"http_proxy": "", "no_proxy": "x", "PATH": "/bin"}) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_allowed_loopback_server_is_connected_to(host: str) -> None:
    async def test() -> None:
        async with listening(echo, host) as server:
            shown = f"[{host}]" if ":" in host else host
            dialed = await Dialer(allowed=[Allowed.parse(f"{shown}:{server.port}")]).dial(host, server.port)
            assert (dialed.resolver, dialed.addresses, dialed.ip) == ("literal", (host,), host)
            assert dialed.port == server.port
            assert dialed.socket.gettimeout() == 0.0
            assert dialed.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            assert await exchange(dialed, b"hello") == b"hello"
            dialed.socket.close()

    run(test())


def test_an_allowed_name_is_resolved_and_connected_to() -> None:
    async def test() -> None:
        async with listening(echo) as server:
            asked: list[tuple[str, int]] = []
            dialer = Dialer(
                allowed=[Allowed.parse(f"news.example:{server.port}")],
                resolver=answers("127.0.0.1", "127.0.0.1", asked=asked),
            )
            dialed = await dialer.dial("news.example", server.port)
            dialed.socket.close()
            assert (dialed.resolver, dialed.addresses, dialed.ip) == ("system", ("127.0.0.1",), "127.0.0.1")
            assert asked == [("news.example", server.port)]

    run(test())


def test_localhost_is_connected_to_without_a_resolver_when_allowed() -> None:
    async def test() -> None:
        async with listening(echo) as server:
            asked: list[tuple[str, int]] = []
            dialer = Dialer(
                allowed=[Allowed.parse(f"localhost:{server.port}")], resolver=answers("1.1.1.1", asked=asked)
            )
            dialed = await dialer.dial("localhost", server.port)
            dialed.socket.close()
            assert dialed.ip == "127.0.0.1"
            assert (await fault_of(Refused, dialer.dial("x.localhost", server.port))).reason == "address-refused"
            assert asked == []

    run(test())


def test_the_system_resolver_is_asked_by_default_and_its_answer_is_judged() -> None:
    async def test() -> None:
        assert await system_resolver("127.0.0.1", 80) == ["127.0.0.1"]
        # A label that no resolver can be asked for: the fault comes from the system's own, without a query.
        fault = await fault_of(FetchFailed, Dialer().dial(f"{'a' * 64}.example", 80))
        assert fault.reason == "dns-failed"

    run(test())


def test_ss08_denied_beats_allowed_by_address_by_name_and_by_machine() -> None:
    async def test() -> None:
        async with listening(silent) as server:
            for denied in (f"127.0.0.1:{server.port}", f"news.example:{server.port}", f"0.0.0.0:{server.port}"):
                dialer = Dialer(allowed=LOOPBACK, denied=[denied], resolver=answers("127.0.0.1"))
                fault = await fault_of(Refused, dialer.dial("news.example", server.port))
                assert "own services" in fault.what

    run(test())


def test_a_blocked_port_is_refused_before_resolving() -> None:
    async def test() -> None:
        asked: list[tuple[str, int]] = []
        fault = await fault_of(Refused, Dialer(resolver=answers("1.1.1.1", asked=asked)).dial("news.example", 22))
        assert fault.reason == "blocked-port"
        assert "--allow-private news.example:22" in fault.advice
        assert asked == []

    run(test())


def test_ss07_a_resolver_that_never_answers_is_a_dns_failure_within_the_limit() -> None:
    async def test() -> None:
        fault = await fault_of(FetchFailed, Dialer(resolver=never, connect_timeout=0.1).dial("news.example", 80))
        assert (fault.reason, fault.what) == ("dns-failed", "no answer for the name news.example within 0.1 s")

    run(test())


@pytest.mark.parametrize(
    "fault",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure"),
        UnicodeError("label too long"),
        OSError(errno.EIO, "broken"),
        TimeoutError(),
    ],
)
def test_ss07_a_resolver_that_fails_is_a_dns_failure(fault: Exception) -> None:
    async def failing(name: str, port: int) -> list[str]:
        raise fault

    async def test() -> None:
        assert (await fault_of(FetchFailed, Dialer(resolver=failing).dial("news.example", 80))).reason == "dns-failed"

    run(test())


@pytest.mark.parametrize("answer", [[], ["banana"], ["1.1.1.1", "127.1"], [""]])
def test_ss07_an_answer_without_addresses_is_a_dns_failure(answer: list[str]) -> None:
    async def test() -> None:
        dialer = Recording(answers(*answer))
        assert (await fault_of(FetchFailed, dialer.dial("news.example", 80))).reason == "dns-failed"
        assert dialer.attempts == []

    run(test())


def test_ss07_a_name_that_has_no_address_yet_is_asked_for_anew_by_the_next_dial() -> None:
    said: list[OSError | list[str]] = [OSError(errno.ENOENT, "no such name"), ["127.0.0.1"], ["10.0.0.1"]]

    async def changing(name: str, port: int) -> list[str]:
        answer = said.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    async def test() -> None:
        async with listening(silent) as server:
            dialer = Dialer(resolver=changing, allowed=LOOPBACK)
            assert (await fault_of(FetchFailed, dialer.dial("news.example", server.port))).reason == "dns-failed"
            (await dialer.dial("news.example", server.port)).socket.close()
            assert (await fault_of(Refused, dialer.dial("news.example", server.port))).reason == "address-refused"
        assert said == []

    run(test())


def test_ss11_nothing_but_the_dialer_resolves_names_or_connects() -> None:
    opening = {
        "sock_connect", "create_connection", "open_connection", "connect_ex", "urlopen", "getaddrinfo", "gethostbyname",
        "create_datagram_endpoint", "SMTP_SSL",
    }  # fmt: skip
    found = set()
    for path in (Path(__file__).parents[1] / "archiver").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or any(given.arg == "sock" for given in node.keywords):
                continue  # over a socket that is connected already
            if isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                found |= {(path.name, name)} & {(path.name, one) for one in opening}
    # Authorities, witnesses and ledgers to watch are named by the operator, like the store; no page leads there.
    named_by_the_operator = {("posting.py", "create_connection")}
    assert found == {("dialer.py", "getaddrinfo"), ("dialer.py", "sock_connect"), *named_by_the_operator}


def test_ss07_of_a_huge_answer_sixty_four_addresses_count_and_four_are_tried() -> None:
    async def test() -> None:
        async with listening(silent) as server:
            huge = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(100_000)]
            recording = Recording(answers(*huge), allowed=LOOPBACK)
            await fault_of(FetchFailed, recording.dial("news.example", server.port))
            assert recording.attempts == huge[:4]
            dialer = Dialer(resolver=answers("127.0.0.1", *huge), allowed=LOOPBACK)
            dialed = await dialer.dial("news.example", server.port)
            dialed.socket.close()
            assert dialed.addresses == ("127.0.0.1", *huge[:63])

    run(test())


def test_the_next_address_is_tried_when_one_refuses() -> None:
    async def test() -> None:
        async with listening(echo) as server:
            dialer = Dialer(allowed=LOOPBACK, resolver=answers("127.0.0.2", "::1", "127.0.0.1"))
            dialed = await dialer.dial("news.example", server.port)
            dialed.socket.close()
            assert dialed.ip == "127.0.0.1"
            assert dialed.addresses == ("127.0.0.2", "::1", "127.0.0.1")

    run(test())


def test_a_mapped_address_is_connected_to_as_the_ipv4_address_it_is() -> None:
    async def test() -> None:
        async with listening(silent) as server:
            dialer = Dialer(allowed=LOOPBACK, resolver=answers("::ffff:127.0.0.1"))
            dialed = await dialer.dial("news.example", server.port)
            dialed.socket.close()
            assert dialed.ip == "127.0.0.1"
            assert [ip_address(text) for text in dialed.addresses] == [ip_address("::ffff:127.0.0.1")]

    run(test())


def test_a_port_where_nobody_listens_is_a_failed_connection() -> None:
    async def test() -> None:
        async with listening(silent) as server:
            fault = await fault_of(FetchFailed, Dialer(allowed=LOOPBACK).dial("127.0.0.2", server.port))
            assert fault.reason == "connect-failed"
            assert fault.what.endswith(": Connection refused")

    run(test())


def test_addresses_that_do_not_answer_share_the_limit() -> None:
    begun: list[float] = []

    class Silent(Dialer):
        async def _attempt(self, address: Address, port: int) -> socket.socket:
            begun.append(asyncio.get_running_loop().time())
            await asyncio.Event().wait()
            raise AssertionError

    async def test() -> None:
        dialer = Silent(resolver=answers("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9"), connect_timeout=0.4)
        assert (await fault_of(FetchFailed, dialer.dial("news.example", 80))).reason == "connect-timeout"
        assert len(begun) == 4
        assert begun[1] - begun[0] < 0.3
        assert asyncio.get_running_loop().time() - begun[0] < 2

    run(test())


def test_a_refusal_tells_more_than_silence() -> None:
    class Mixed(Dialer):
        async def _attempt(self, address: Address, port: int) -> socket.socket:
            if address.version == 4:
                await asyncio.Event().wait()
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    async def test() -> None:
        dialer = Mixed(resolver=answers("1.1.1.1", "2606:4700::1111"), connect_timeout=0.1)
        assert (await fault_of(FetchFailed, dialer.dial("news.example", 80))).reason == "connect-failed"

    run(test())


def test_families_alternate_and_the_first_one_stays_first() -> None:
    given = [ip_address(text) for text in ("2606::1", "2606::2", "2606::3", "1.1.1.1", "1.0.0.1")]
    assert [str(a) for a in interleaved(given)] == ["2606::1", "1.1.1.1", "2606::2", "1.0.0.1", "2606::3"]
    assert [str(a) for a in interleaved(given[3:])] == ["1.1.1.1", "1.0.0.1"]
    assert interleaved([]) == []


def test_want_of_descriptors_is_not_the_fault_of_the_remote() -> None:
    async def test() -> None:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = len(os.listdir("/proc/self/fd"))
        taken: list[int] = []
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 8, hard))
        try:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.dup(0))
            await fault_of(ArchiveFault, Dialer(allowed=LOOPBACK).dial("127.0.0.1", 8080))
        finally:
            for descriptor in taken:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    run(test())


def test_a_cancelled_dial_leaves_nothing_open() -> None:
    async def test() -> None:
        async with listening(silent) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"http://127.0.0.1:{proxy.port}"))
            dialing = asyncio.create_task(dialer.dial("news.example", 80))
            while proxy.connections == 0:
                await asyncio.sleep(0)
            dialing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await dialing

    run(test())


def connects(seen: list[bytes], answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Conversation:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await echo(reader, writer)

    return talk


@pytest.mark.parametrize(
    ("host", "written"),
    [("news.example", b"news.example"), ("8.8.8.8", b"8.8.8.8"), ("2606:4700::1", b"[2606:4700::1]")],
)
def test_connect_is_asked_for_in_the_smallest_request(host: str, written: bytes) -> None:
    async def test() -> None:
        seen: list[bytes] = []
        async with listening(connects(seen)) as proxy:
            asked: list[tuple[str, int]] = []
            dialer = Dialer(
                proxy=Proxy.parse(f"http://127.0.0.1:{proxy.port}"), resolver=answers("10.0.0.1", asked=asked)
            )
            dialed = await dialer.dial(host, 443)
            assert (dialed.resolver, dialed.addresses, dialed.ip, dialed.port) == ("proxy", (), None, 443)
            assert seen == [b"CONNECT %b:443 HTTP/1.1\r\nHost: %b:443\r\n\r\n" % (written, written)]
            assert await exchange(dialed, b"hello") == b"hello"
            dialed.socket.close()
            assert asked == []

    run(test())


def test_connect_sends_credentials_and_keeps_the_octets_after_the_head() -> None:
    async def test() -> None:
        seen: list[bytes] = []
        answer = b"HTTP/1.0 103 Early Hints\r\n\r\nHTTP/1.0 200 Connected\r\nContent-Length: 3\r\n\r\nearly"
        async with listening(connects(seen, answer)) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"http://us%65r:p%40ss@127.0.0.1:{proxy.port}/"))
            dialed = await dialer.dial("news.example", 80)
            assert b"\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n" in seen[0]
            dialed.socket.shutdown(socket.SHUT_WR)
            assert await rest(dialed.socket) == b"early"
            dialed.socket.close()

    run(test())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "user and password"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "302"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "101"),
        (b"banana\r\n\r\n", "HTTP"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "HTTP"),
        (b"SSH-2.0-OpenSSH_9\r\n\n", "HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * (70 << 10), "64 KiB"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3000, "64 KiB"),
    ],
)
def test_a_proxy_that_does_not_connect_is_a_proxy_failure(answer: bytes, said: str) -> None:
    async def test() -> None:
        async with listening(connects([], answer)) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"http://user:secret@127.0.0.1:{proxy.port}"))
            fault = await fault_of(FetchFailed, dialer.dial("news.example", 80))
            assert fault.reason == "proxy-failed"
            assert said in fault.what
            assert "secret" not in f"{fault}{fault.fields}"

    run(test())


@pytest.mark.parametrize("cut", [0, 10])
@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_proxy_that_hangs_up_is_a_proxy_failure(scheme: str, cut: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write((b"HTTP/1.1 200" if scheme == "http" else b"\x05\x00\x05\x00\x00\x03\xff123")[:cut])

    async def test() -> None:
        async with listening(talk) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"{scheme}://127.0.0.1:{proxy.port}"))
            assert (await fault_of(FetchFailed, dialer.dial("news.example", 80))).reason == "proxy-failed"

    run(test())


@pytest.mark.parametrize("scheme", ["http", "https", "socks5h"])
def test_a_silent_proxy_is_a_proxy_failure_within_the_limit(scheme: str) -> None:
    async def test() -> None:
        async with listening(silent) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"{scheme}://127.0.0.1:{proxy.port}"), connect_timeout=0.2)
            fault = await fault_of(FetchFailed, dialer.dial("news.example", 80))
            assert fault.reason == "proxy-failed"
            assert "within 0.2 s" in fault.what

    run(test())


@pytest.mark.parametrize("proxied", ["127.0.0.1", "proxy.example"])
def test_a_proxy_that_is_not_there_is_a_proxy_failure(proxied: str) -> None:
    async def test() -> None:
        async with listening(silent, "127.0.0.2") as taken:
            dialer = Dialer(proxy=Proxy.parse(f"http://{proxied}:{taken.port}"), resolver=answers("127.0.0.1"))
            fault = await fault_of(FetchFailed, dialer.dial("news.example", 80))
            assert fault.reason == "proxy-failed"
            assert "cannot be reached" in fault.what

    run(test())


def test_behind_a_proxy_private_literals_localhost_ports_and_our_own_are_still_refused() -> None:
    async def test() -> None:
        async with listening(silent) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"http://127.0.0.1:{proxy.port}"), denied=["s3.example:9000"])
            for host, port, reason in [
                ("127.0.0.1", 80, "address-refused"),
                ("::ffff:10.0.0.1", 80, "address-refused"),
                ("169.254.169.254", 80, "address-refused"),
                ("localhost", 80, "address-refused"),
                ("x.localhost.", 80, "address-refused"),
                ("127.0.0.1", proxy.port, "address-refused"),
                ("s3.example", 9000, "address-refused"),
                ("2130706433", 80, "bad-url"),
                ("news.example\r\nX: y", 80, "bad-url"),
                ("news.example", 25, "blocked-port"),
            ]:
                assert (await fault_of(Refused, dialer.dial(host, port))).reason == reason
            assert proxy.connections == 0

    run(test())


def test_behind_a_proxy_what_is_allowed_is_asked_for() -> None:
    async def test() -> None:
        seen: list[bytes] = []
        async with listening(connects(seen)) as proxy:
            dialer = Dialer(allowed=[Allowed.parse("10.0.0.0/8")], proxy=Proxy.parse(f"http://127.0.0.1:{proxy.port}"))
            (await dialer.dial("::ffff:10.0.0.1", 80)).socket.close()
            assert seen[0].startswith(b"CONNECT 10.0.0.1:80 ")

    run(test())


SOCKS_OK = b"\x05\x00\x00\x03\x04host\x00\x50"


def socks(seen: list[bytes], *, method: int = 0, accepted: int = 0, reply: bytes = SOCKS_OK) -> Conversation:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting = await reader.readexactly(2)
        seen.append(greeting + await reader.readexactly(greeting[1]))
        writer.write(bytes([5, method]))
        if method == 2:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            seen.append(user + b":" + await reader.readexactly((await reader.readexactly(1))[0]))
            writer.write(bytes([1, accepted]))
        head = await reader.readexactly(5)
        length = {1: 3, 4: 15}.get(head[3], head[4])
        seen.append(head + await reader.readexactly(length + 2))
        writer.write(reply)
        await echo(reader, writer)

    return talk


@pytest.mark.parametrize(
    ("host", "destination"),
    [
        ("news.example", b"\x03\x0cnews.example"),
        ("8.8.8.8", b"\x01\x08\x08\x08\x08"),
        ("2606:4700::1", b"\x04\x26\x06\x47" + b"\x00" * 12 + b"\x01"),
    ],
)
def test_socks_is_given_the_name(host: str, destination: bytes) -> None:
    async def test() -> None:
        seen: list[bytes] = []
        async with listening(socks(seen)) as proxy:
            dialed = await Dialer(proxy=Proxy.parse(f"socks5h://127.0.0.1:{proxy.port}")).dial(host, 443)
            assert (dialed.resolver, dialed.addresses, dialed.ip) == ("proxy", (), None)
            assert seen == [b"\x05\x01\x00", b"\x05\x01\x00" + destination + b"\x01\xbb"]
            assert await exchange(dialed, b"hello") == b"hello"
            dialed.socket.close()

    run(test())


def test_socks_credentials_are_given_when_asked_for_and_early_octets_are_kept() -> None:
    async def test() -> None:
        seen: list[bytes] = []
        reply = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x50early"
        async with listening(socks(seen, method=2, reply=reply)) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"socks5h://us%65r:p%40ss@127.0.0.1:{proxy.port}"))
            dialed = await dialer.dial("news.example", 80)
            assert seen[:2] == [b"\x05\x02\x00\x02", b"user:p@ss"]
            dialed.socket.shutdown(socket.SHUT_WR)
            assert await rest(dialed.socket) == b"early"
            dialed.socket.close()

    run(test())


@pytest.mark.parametrize(
    ("userinfo", "talk", "said"),
    [
        ("", socks([], method=0xFF), "user and password"),
        ("", socks([], method=2), "user and password"),
        ("user:secret@", socks([], method=2, accepted=1), "did not accept"),
        ("", socks([], reply=b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"), "not allowed by its rules"),
        ("", socks([], reply=b"\x05\x63\x00\x01\x00\x00\x00\x00\x00\x00"), "reply 99"),
        ("", socks([], reply=b"\x05\x00\x00\x09\x00\x00\x00\x00\x00\x00"), "address type"),
        ("", socks([], reply=b"HTTP/1.1 400 Bad Request"), "SOCKS 5"),
        ("", connects([], b""), "within 0.2 s"),
    ],
)
def test_a_socks_proxy_that_does_not_connect_is_a_proxy_failure(userinfo: str, talk: Conversation, said: str) -> None:
    async def test() -> None:
        async with listening(talk) as proxy:
            proxied = Proxy.parse(f"socks5h://{userinfo}127.0.0.1:{proxy.port}")
            fault = await fault_of(FetchFailed, Dialer(proxy=proxied, connect_timeout=0.2).dial("news.example", 80))
            assert fault.reason == "proxy-failed"
            assert said in fault.what
            assert "secret" not in f"{fault}{fault.fields}"

    run(test())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def contexts(authority: trustme.CA, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return serving, trusting


def test_through_an_https_proxy_the_caller_has_a_plain_socket(authority: trustme.CA) -> None:
    async def test() -> None:
        serving, trusting = contexts(authority)
        seen: list[bytes] = []
        async with listening(connects(seen, b"HTTP/1.1 200 OK\r\n\r\nearly"), tls=serving) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusting)
            dialed = await dialer.dial("news.example", 443)
            assert not isinstance(dialed.socket, ssl.SSLSocket)
            assert seen == [b"CONNECT news.example:443 HTTP/1.1\r\nHost: news.example:443\r\n\r\n"]
            assert await asyncio.get_running_loop().sock_recv(dialed.socket, 5) == b"early"
            content = os.urandom(3 << 20)
            assert await exchange(dialed, content) == content
            dialed.socket.close()
            await dialer.close()

    run(test())


def test_a_caller_may_start_tls_of_its_own_inside_an_https_proxy(authority: trustme.CA) -> None:
    async def test() -> None:
        serving, trusting = contexts(authority)
        inner_serving, _ = contexts(authority, "news.example")

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", target.port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

            async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
                while piece := await source.read(1 << 16):
                    sink.write(piece)
                sink.close()

            with contextlib.suppress(ConnectionError):
                await asyncio.gather(copy(reader, upstream), copy(upstream_reader, writer))
            upstream.close()

        async with listening(echo, tls=inner_serving) as target, listening(talk, tls=serving) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusting)
            dialed = await dialer.dial("news.example", 443)
            reader, writer = await asyncio.open_connection(
                sock=dialed.socket, ssl=trusting, server_hostname="news.example"
            )
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.close()
            await writer.wait_closed()
            await dialer.close()

    run(test())


def test_the_end_of_an_https_proxys_connection_comes_after_all_it_sent(authority: trustme.CA) -> None:
    content = os.urandom(1 << 20)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + content)
        await writer.drain()

    async def test() -> None:
        serving, trusting = contexts(authority)
        async with listening(talk, tls=serving) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusting)
            dialed = await dialer.dial("news.example", 80)
            assert await rest(dialed.socket) == content
            dialed.socket.close()
            await dialer.close()

    run(test())


def test_a_slow_reader_gets_all_that_an_https_proxy_sent_before_it_closed(authority: trustme.CA) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(sizes[-1]))

    sizes: list[int] = []

    async def test() -> None:
        serving, trusting = contexts(authority)
        async with listening(talk, tls=serving) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusting)
            # Around what the kernel holds between two sockets, so that some of it waits in the pump.
            for size in range(128 << 10, 512 << 10, 40 << 10):
                sizes.append(size)
                dialed = await dialer.dial("news.example", 80)
                for _ in range(200):
                    await asyncio.sleep(0)
                assert len(await rest(dialed.socket)) == size
                dialed.socket.close()
            await dialer.close()

    run(test())


def test_an_https_tunnel_ends_when_its_caller_closes(authority: trustme.CA) -> None:
    async def test() -> None:
        serving, trusting = contexts(authority)
        ended = asyncio.Event()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await connects([])(reader, writer)
            ended.set()

        async with listening(talk, tls=serving) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusting)
            dialed = await dialer.dial("news.example", 80)
            await asyncio.get_running_loop().sock_sendall(dialed.socket, b"bye")
            dialed.socket.close()
            await ended.wait()
            await dialer.close()
            await dialer.close()

    run(test())


def test_closing_the_dialer_ends_its_open_https_tunnels(authority: trustme.CA) -> None:
    async def test() -> None:
        serving, trusting = contexts(authority)
        async with listening(connects([]), tls=serving) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusting)
            one, two = await dialer.dial("news.example", 80), await dialer.dial("news.example", 81)
            assert await exchange(one, b"hello") == b"hello"
            await dialer.close()
            assert await rest(one.socket) == b""
            assert await rest(two.socket) == b""
            one.socket.close()
            two.socket.close()

    run(test())


def test_an_https_proxy_whose_certificate_does_not_verify_is_a_proxy_failure(authority: trustme.CA) -> None:
    async def test() -> None:
        serving, _ = contexts(authority, "other.example")
        async with listening(silent, tls=serving) as proxy:
            for trusted in (contexts(authority)[1], None):
                dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusted)
                fault = await fault_of(FetchFailed, dialer.dial("news.example", 80))
                assert fault.reason == "proxy-failed"
                assert "certificate" in fault.what

    run(test())


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_an_https_proxy_without_tls_is_a_proxy_failure(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)

    async def test() -> None:
        async with listening(talk) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"))
            fault = await fault_of(FetchFailed, dialer.dial("news.example", 80))
            assert (fault.reason, "TLS handshake" in fault.what) == ("proxy-failed", True)

    run(test())


def test_a_refusal_inside_an_https_tunnel_is_a_proxy_failure(authority: trustme.CA) -> None:
    async def test() -> None:
        serving, trusting = contexts(authority)
        async with listening(connects([], b"HTTP/1.1 403 No\r\n\r\n"), tls=serving) as proxy:
            dialer = Dialer(proxy=Proxy.parse(f"https://127.0.0.1:{proxy.port}"), proxy_tls=trusting)
            assert "403" in (await fault_of(FetchFailed, dialer.dial("news.example", 80))).what

    run(test())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:pw@Proxy.example:3128", "http://proxy.example:3128"),
        ("https://proxy.example", "https://proxy.example:443"),
        ("http://proxy.example/", "http://proxy.example:80"),
        ("socks5h://user:pw@[::1]", "socks5h://[::1]:1080"),
    ],
)
def test_a_proxy_is_shown_without_its_credentials(text: str, shown: str) -> None:
    assert Proxy.parse(text).shown == shown
    assert "pw" not in repr(Proxy.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "proxy.example:3128",
        "user:secret@proxy.example:3128",
        "socks5://user:secret@proxy.example",
        "socks4://user:secret@proxy.example",
        "ftp://user:secret@proxy.example",
        "http://user:secret@",
        "http://user:secret@proxy.example:0",
        "http://user:secret@proxy.example:99999",
        "http://user:secret@proxy.example:x",
        "http://user:secret@proxy.example/path",
        "http://user:secret@proxy.example?x",
        "http://user:secret@pro xy.example",
        "http://user:secret@proxy.example\n",
        "http://user:secret@[::1",
        "http://us%3aer:secret@proxy.example",
        "socks5h://user@proxy.example",
        "socks5h://secret:" + "x" * 256 + "@proxy.example",
    ],
)
def test_an_unusable_proxy_url_is_bad_input_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Proxy.parse(text)
    assert caught.value.advice
    assert "secret" not in str(caught.value)


def test_a_denied_endpoint_that_cannot_be_read_is_bad_input() -> None:
    with pytest.raises(BadInput):
        Dialer(denied=["8080"])
