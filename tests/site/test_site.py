# SPDX-License-Identifier: Apache-2.0
"""The fixture site does what it says: its bytes, its words, its ends, its silence.

Judged from outside: a raw socket for the bytes, h11 for what is and is not faultless HTTP, zlib, brotli and zstandard
for the codings. No engine of ours is involved.
"""

import base64
import concurrent.futures
import gzip
import socket
import threading
import time
import typing
import zlib
from collections import Counter
from collections.abc import Iterator

import brotli
import h11
import pytest
import zstandard

from archiver.exchange import REASONS
from manifests.capture import Outcome, Truncation
from tests.site import bombs
from tests.site.case import Case, without_interim
from tests.site.cases import CASES
from tests.site.cases_coding import PLAIN
from tests.site.pages import PAGES, PASSWORD, USER
from tests.site.server import Site

_LEAST = {"http-framing": 82, "http-headers": 24, "content-coding": 25, "redirect-ssrf": 63, "content": 59}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as one:
        yield one


def _fetch(site: Site, name: str, *fields: str, limit: int | None = None) -> bytes:
    """What a raw client receives, to the end of the connection or to `limit` octets."""
    lines = (f"GET /{name} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", *fields)
    received = bytearray()
    with socket.create_connection(("127.0.0.1", site.port), timeout=4) as client:
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        try:
            while limit is None or len(received) < limit:
                piece = client.recv(1 << 18)
                if not piece:
                    break
                received += piece
        except ConnectionResetError:
            pass
    return bytes(received)


def _ask(site: Site, name: str, *fields: str, client: socket.socket | None = None) -> bytes:
    """What a raw client receives of an answer that leaves the connection open."""
    if client is None:
        with socket.create_connection(("127.0.0.1", site.port), timeout=4) as fresh:
            return _ask(site, name, *fields, client=fresh)
    earlier = len(site.requests(name))
    client.sendall("\r\n".join((f"GET /{name} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", *fields, "", "")).encode())
    received = client.recv(1 << 18)
    sent = site.sent(name)[earlier]
    while len(received) < len(sent):
        received += client.recv(1 << 18)
    assert received == sent
    return received


def _h11(sent: bytes) -> tuple[int, bytes]:
    """Code and content as h11 reads them; raises `h11.RemoteProtocolError` for what it does not take as HTTP."""
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(sent)
    client.receive_data(b"")
    code, content = 0, bytearray()
    while True:
        event = client.next_event()
        if isinstance(event, h11.Response):
            code = event.status_code
        elif isinstance(event, h11.Data):
            content += event.data
        elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            return code, bytes(content)


def _decoded_length(packed: bytes, wbits: int) -> int:
    unpacker, length = zlib.decompressobj(wbits), 0
    while packed and not unpacker.eof:
        length += len(unpacker.decompress(packed, 1 << 20))
        packed = unpacker.unconsumed_tail
    assert unpacker.eof, "the checksum was read and holds"
    return length


def _names(*, closes: bool) -> list[str]:
    return [name for name, case in CASES.items() if case.closes is closes]


@pytest.mark.parametrize("name", _names(closes=True))
def test_what_was_sent_is_what_a_raw_client_receives(name: str) -> None:
    with Site() as site:
        began = time.monotonic()
        received = _fetch(site, name)
        assert time.monotonic() - began < 1.5
        assert site.sent(name) == [received]
        (request,) = site.requests(name)
        assert request.startswith(f"GET /{name} HTTP/1.1\r\n".encode())
        assert request.endswith(b"\r\n\r\n")
        assert site.canary_connections == 0


def test_an_answer_that_lasts_is_a_beginning_of_what_was_sent() -> None:
    names = _names(closes=False)
    with Site() as site, concurrent.futures.ThreadPoolExecutor(len(names)) as clients:

        def start(name: str) -> bytes:
            return b"" if name == "hang-before-any-byte" else _fetch(site, name, limit=1)

        received = dict(zip(names, clients.map(start, names), strict=True))
        for name in names:
            (sent,) = site.sent(name) or [b""]
            assert sent.startswith(received[name])
            assert sent or name == "hang-before-any-byte"


def test_an_answer_without_end_stops_when_its_client_leaves() -> None:
    with Site() as site:
        received = _fetch(site, "endless-body", limit=2 << 20)
        (sent,) = site.sent("endless-body")
    assert sent.startswith(received)
    assert 2 << 20 <= len(received) <= len(sent) < 16 << 20


def test_every_case_speaks_the_closed_words() -> None:
    outcomes = {str(word) for word in Outcome}
    truncations = set(typing.get_args(Truncation.model_fields["warc_reason"].annotation))
    for case in CASES.values():
        answers = {(case.outcome, case.reason), *case.also_ok}
        fates = {(case.next_outcome, case.next_reason), *case.next_also_ok}
        assert {outcome for outcome, _ in answers} <= outcomes
        assert {outcome for outcome, _ in fates} <= outcomes | {None}
        assert {reason for _, reason in answers | fates} <= REASONS.keys() | {None}
        assert case.truncated is None or case.truncated in truncations
        assert (case.truncated is not None) == (case.outcome == Outcome.CAPTURED_TRUNCATED)
        assert case.expects_block == (case.outcome != Outcome.FAILED)
        assert case.accepts(case.outcome, case.reason)
        assert not case.accepts(Outcome.SKIPPED, "duplicate")


def test_each_family_is_large_enough_and_names_are_plain_and_apart() -> None:
    sizes = Counter(case.family for case in CASES.values())
    assert sizes.keys() == _LEAST.keys()
    assert all(sizes[family] >= least for family, least in _LEAST.items())
    assert all(name == case.name for name, case in CASES.items())
    assert all(name and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in CASES)
    assert not CASES.keys() & PAGES.keys()


_FAULTLESS = [
    case
    for case in CASES.values()
    if (case.outcome, case.reason) == ("captured-complete", None)
    and not any(reason == "framing-fault" for _, reason in case.also_ok)
]
_CUT = [case for case in CASES.values() if case.reason in ("body-short", "chunk-unterminated", "chunk-invalid")]


@pytest.mark.parametrize("case", [case for case in _FAULTLESS if case.closes], ids=lambda case: case.name)
def test_h11_reads_what_is_called_faultless(site: Site, case: Case) -> None:
    received = _fetch(site, case.name)
    code, _ = _h11(received)
    assert case.accepts_code(code)
    assert case.accepts_block(received, without_interim(received))


@pytest.mark.parametrize(
    "case", [case for case in _CUT if case.closes and not case.also_ok], ids=lambda case: case.name
)
def test_h11_refuses_what_is_called_cut_or_broken(site: Site, case: Case) -> None:
    received = _fetch(site, case.name)
    with pytest.raises(h11.RemoteProtocolError):
        _h11(received)
    assert case.accepts_block(received, received)


def test_a_block_is_judged_exactly_unless_the_case_allows_a_prefix() -> None:
    exact, loose = CASES["cl-exact"], CASES["endless-body"]
    hints = CASES["interim-early-hints"]
    assert exact.accepts_block(b"HTTP/1.1 200 OK\r\n\r\nab", b"HTTP/1.1 200 OK\r\n\r\nab")
    assert not exact.accepts_block(b"HTTP/1.1 200 OK\r\n\r\nab", b"HTTP/1.1 200 OK\r\n\r\na")
    assert not exact.accepts_block(b"HTTP/1.1 200 OK\r\n\r\nab", None)
    final = b"HTTP/1.1 200 OK\r\n\r\n"
    assert hints.accepts_block(b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + final, final)
    assert loose.accepts_block(loose.holds + b"more", loose.holds)
    assert not loose.accepts_block(loose.holds + b"more", loose.holds[:-1])
    assert not CASES["banana"].accepts_block(b"BANANA", b"BANANA")
    assert CASES["banana"].accepts_block(b"BANANA", None)


def _undo(coding: str, packed: bytes) -> bytes:
    """One content coding undone; errors of the codec, or `ValueError` for codings it does not know and cut streams."""
    match coding:
        case "gzip" | "x-gzip":
            return gzip.decompress(packed)
        case "deflate":
            return zlib.decompress(packed, 15 if packed[:1] == b"\x78" else -15)
        case "br":
            return bytes(brotli.decompress(packed))
        case "zstd":
            with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as reader:
                whole = reader.read()
            if packed[:4] == b"\x28\xb5\x2f\xfd" and not zstandard.ZstdDecompressor().decompress(packed):
                raise ValueError("no whole frame")
            return whole
        case "identity" | "":
            return packed
    raise ValueError(coding)


def _undo_all(codings: list[str], content: bytes) -> bytes:
    for coding in reversed(codings):
        content = _undo(coding, content)
    return content


@pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if case.family == "content-coding" and not case.also_ok],
    ids=lambda case: case.name,
)
def test_codings_called_right_can_be_undone_and_others_cannot(site: Site, case: Case) -> None:
    head, _, content = _fetch(site, case.name).partition(b"\r\n\r\n")
    fields = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.startswith(b"Content-Encoding:")]
    codings = [coding.strip().lower().decode() for coding in b",".join(fields).split(b",")]
    if case.reason == "coding-invalid":
        with pytest.raises((ValueError, OSError, EOFError, zlib.error, brotli.error, zstandard.ZstdError)):
            _undo_all(codings, content)
    else:
        content = _undo_all(codings, content)
        assert PLAIN in content or content in (b"", bombs.nested_gzip(1, PLAIN))


def test_the_bombs_decode_to_more_than_100_megabytes() -> None:
    assert len(bombs.gzip_bomb()) < 200_000
    assert _decoded_length(bombs.gzip_bomb(), 31) == 128 << 20
    assert len(bombs.deflate_bomb()) < 200_000
    assert _decoded_length(bombs.deflate_bomb(), 15) == 128 << 20
    assert len(bombs.brotli_bomb()) < 100_000
    unpacker = brotli.Decompressor()
    assert len(unpacker.process(bombs.brotli_bomb())) == 128 << 20
    assert unpacker.is_finished()
    assert len(bombs.zstd_bomb()) < 500_000
    assert len(zstandard.ZstdDecompressor().decompressobj().decompress(bombs.zstd_bomb(1000))) == 1000 * (128 << 10)
    with pytest.raises(zstandard.ZstdError):
        zstandard.ZstdDecompressor().decompressobj().decompress(bombs.zstd_two_tebibyte_window())


def test_pages_answer_on_one_connection_that_stays_open(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=4) as client:
        for name in ("article", "chunked-page", "article"):
            assert _h11(_ask(site, name, client=client))[0] == 200


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages_are_faultless_http(name: str) -> None:
    with Site() as site:
        sent = _ask(site, name)
    code, content = _h11(sent)
    assert code == {"moved": 301, "secret": 401}.get(name, 200)
    assert content


def test_pages_change_only_as_their_names_say() -> None:
    with Site() as site:
        bodies: dict[str, list[bytes]] = {}
        for name in ("changing", "steady", "notice-changes"):
            bodies[name] = [_h11(_ask(site, name))[1] for _ in range(4)]
    first, again, second, third = bodies["changing"]
    assert first == again != second == third
    assert len(set(bodies["steady"])) == 1
    notice, *later = bodies["notice-changes"]
    assert b"2024-2025" in notice
    assert all(b"2024-2026" in one and one == later[0] for one in later)


def test_pages_honour_conditions_cookies_and_credentials(site: Site) -> None:
    assert _ask(site, "steady", 'If-None-Match: "edition-1"').startswith(b"HTTP/1.1 304 ")
    assert b"Welcome back." in _ask(site, "cookie-page", "Cookie: visitor=42")
    assert _ask(site, "secret").startswith(b"HTTP/1.1 401 ")
    credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert b"spare key" in _ask(site, "secret", f"Authorization: Basic {credentials}")
    assert _ask(site, "no-such-page").startswith(b"HTTP/1.1 404 ")
    assert b"Content-Encoding: gzip" in _ask(site, "gzip-page", "Accept-Encoding: gzip")


def test_the_canary_counts_who_comes_and_127_0_0_1_refuses_on_its_port() -> None:
    with Site() as site:
        with socket.create_connection(("127.0.0.2", site.canary_port), timeout=4) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        assert site.canary_connections == 1
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", site.canary_port), timeout=4)


def test_leaving_the_site_wakes_every_case_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with Site() as site:
        clients = [socket.create_connection(("127.0.0.1", site.port), timeout=4) for _ in range(8)]
        names = ("hang-in-header", "slow-body", "endless-body", "event-stream", "article", "stall-in-body")
        for client, name in zip(clients, names, strict=False):
            client.sendall(f"GET /{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            client.recv(1)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    assert set(threading.enumerate()) <= before
    for client in clients:
        client.close()
