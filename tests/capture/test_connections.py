# SPDX-License-Identifier: Apache-2.0
"""When a connection is used again and when never, how many there are, and that none is left behind."""

import asyncio
import contextlib
import gc
import os
import tempfile
import warnings
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest

from archiver.capture.http import HttpEngine, Request
from archiver.errors import DiskFault
from archiver.exchange import Exchange
from archiver.urls import parse
from tests.capture.conftest import LIMITS, Run
from tests.capture.peers import ANSWER, PAGE, Line, Peer, Talk, answers, engine_to, once

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def _asking(url: str, method: str = "GET", body: bytes = b"") -> Request:
    return Request(parse(url), method=method, body=body)


async def _twice(talk: Talk, first: str = "GET", second: str = "GET") -> tuple[Exchange, Exchange, int]:
    """Two requests one after the other, and how many connections they took."""
    async with Peer(talk) as peer:
        engine = engine_to(peer)
        try:
            one = await engine.fetch(_asking(peer.url("one"), first))
            two = await engine.fetch(_asking(peer.url("two"), second))
        finally:
            await engine.close()
        return one, two, len(peer.lines)


def _payload(exchange: Exchange) -> bytes:
    assert exchange.response is not None
    return exchange.response.tape.read(exchange.response.head.length)


def _close(exchange: Exchange) -> None:
    """Frees a long tape, as ingest does."""
    assert exchange.response is not None
    exchange.response.tape.close()


def _reused(exchange: Exchange) -> bool:
    assert exchange.connection is not None
    return exchange.connection.reused


def test_a_connection_is_used_again_after_a_faultless_message() -> None:
    one, two, connections = asyncio.run(_twice(answers))
    assert (connections, _reused(one), _reused(two)) == (1, False, True)
    assert _payload(one) == _payload(two) == PAGE
    assert (one.outcome.value, one.reason) == (two.outcome.value, two.reason) == ("captured-complete", None)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", _HEAD + b"Content-Length: 5000\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 5000\r\n\r\n'),
        ("GET", _HEAD + b"Content-Length: 0\r\n\r\n"),
        ("GET", _HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nebb\r\n0\r\nTide: low\r\n\r\n"),
        ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ANSWER),
    ],
    ids=["HEAD", "204", "304", "empty", "chunked", "interim"],
)
def test_a_message_that_ends_by_itself_leaves_the_connection_usable(method: str, answer: bytes) -> None:
    one, two, connections = asyncio.run(_twice(once(answer), method))
    assert one.reason is None
    assert (connections, _payload(two)) == (1, PAGE)


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
        ANSWER + b"\r\n",
        _HEAD + b"Connection: close\r\nContent-Length: 3\r\n\r\nebb",
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nebb",
        _HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nebb\r\n0\r\n\r\n",
        _HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nebb",
        _HEAD + b"X-Fold: a\r\n b\r\nContent-Length: 3\r\n\r\nebb",
        b"\r\n" + ANSWER,
        b"HTTP/1.1 204 No Content\r\n\r\nbody",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nebb\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + ANSWER,
        b"SSH-2.0-OpenSSH\r\n",
    ],
    ids=[
        "second response", "stray line end", "close announced", "HTTP/1.0", "length beside chunks", "two lengths", "fold",
        "leading line end", "body after 204", "broken chunk", "other protocol", "no HTTP",
    ],
)  # fmt: skip
def test_a_connection_is_never_used_again_after_a_fault_or_surplus(answer: bytes) -> None:
    _, two, connections = asyncio.run(_twice(once(answer)))
    assert (connections, _reused(two), _payload(two), two.reason) == (2, False, PAGE, None)


def test_a_connection_whose_body_was_cut_by_a_limit_is_never_used_again() -> None:
    body = b"w" * (LIMITS.max_body + 1)
    one, two, connections = asyncio.run(_twice(once(_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)))
    _close(one)
    assert one.reason == "length-limit"
    assert (connections, _payload(two)) == (2, PAGE)


def test_surplus_beyond_the_body_limit_does_not_make_a_whole_body_truncated() -> None:
    body = b"w" * LIMITS.max_body
    answer = _HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body + b"surplus" * 1000
    one, _, _ = asyncio.run(_twice(once(answer)))
    _close(one)
    assert (one.outcome.value, one.reason, one.truncation) == ("captured-complete", "framing-fault", None)
    assert one.response is not None
    assert one.response.tape.length == len(answer)
    assert one.response.message_length == len(answer) - 7000


@pytest.mark.parametrize(
    "coding", [b"Content-Length: 3\r\n\r\nebb", b"Transfer-Encoding: chunked\r\n\r\n3\r\nebb\r\n0\r\n\r\n"]
)
def test_what_follows_a_message_that_announced_its_close_is_kept_although_it_comes_later(coding: bytes) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.send(_HEAD + b"Connection: close\r\n" + coding)
        # The engine runs in the same loop and has read the message by then.
        for _ in range(20):
            await asyncio.sleep(0)
        line.send(b"and more")
        line.writer.close()

    one, _, _ = asyncio.run(_twice(talk))
    assert (one.outcome.value, one.reason) == ("captured-complete", "framing-fault")
    assert one.response is not None
    assert one.response.faults == ("surplus-bytes",)
    assert one.response.tape.read(one.response.message_length) == b"and more"


def test_a_surplus_without_end_is_bounded() -> None:
    async def pours(line: Line) -> None:
        await line.request()
        line.send(ANSWER)
        with contextlib.suppress(ConnectionError):
            while not line.left.is_set():
                line.send(b"w" * (1 << 16))
                await line.writer.drain()

    one, two, _ = asyncio.run(_twice(pours))
    _close(one)
    _close(two)
    assert (one.outcome.value, one.reason) == ("captured-complete", "framing-fault")
    assert one.response is not None
    assert one.response.tape.length - one.response.message_length <= 1 << 20


def _closing_on(nth: int, before: bytes = b"") -> Talk:
    """Drops the first connection at its `nth` request, after `before`; every other connection answers."""

    async def talk(line: Line) -> None:
        while True:
            await line.request()
            if line.nth == 1 and len(line.requests) == nth:
                line.send(before)
                await line.writer.drain()
                line.writer.close()
                return
            line.send(ANSWER)

    return talk


def test_a_stale_connection_is_replaced_once_and_the_request_made_again() -> None:
    one, two, connections = asyncio.run(_twice(_closing_on(2)))
    assert (one.reason, two.reason, connections) == (None, None, 2)
    assert (_reused(two), _payload(two)) == (False, PAGE)


def test_a_stale_connection_is_replaced_no_second_time() -> None:
    async def talk(line: Line) -> None:
        await line.request()
        if line.nth == 1:
            line.send(ANSWER)
            await line.request()
        line.writer.close()

    one, two, connections = asyncio.run(_twice(talk))
    assert (one.reason, two.outcome.value, two.reason, connections) == (None, "failed-recorded", "no-response", 2)


def test_a_new_connection_that_ends_without_an_answer_is_not_asked_again() -> None:
    one, two, connections = asyncio.run(_twice(_closing_on(1)))
    assert (one.reason, two.reason, connections) == ("no-response", None, 2)


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 20"], ids=["interim", "part of a head"]
)
def test_a_used_connection_that_answered_anything_is_not_asked_again(before: bytes) -> None:
    _, two, connections = asyncio.run(_twice(_closing_on(2, before)))
    assert (two.outcome.value, connections, two.remains) == ("failed-recorded", 1, before)


def test_two_answers_on_a_used_connection_are_in_doubt_and_a_new_one_is_asked() -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.send(ANSWER)
        await line.request()
        # As if the first had been on its way when the request came.
        forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged" if line.nth == 1 else b""
        line.send(forged + ANSWER)

    one, two, connections = asyncio.run(_twice(talk))
    assert (connections, _reused(two)) == (2, False)
    assert (two.reason, _payload(two)) == (None, PAGE)
    assert one.reason is None


def test_two_answers_on_a_new_connection_are_kept_as_they_came() -> None:
    one, _, _ = asyncio.run(_twice(once(ANSWER + ANSWER)))
    assert (one.reason, _payload(one)) == ("framing-fault", PAGE + ANSWER)


def test_a_request_that_may_not_be_repeated_is_never_sent_on_a_used_connection() -> None:
    _, two, connections = asyncio.run(_twice(answers, "GET", "POST"))
    assert (connections, _payload(two)) == (2, PAGE)
    assert b"\r\nContent-Length: 0\r\n" in two.request


@pytest.mark.parametrize("read_first", [False, True], ids=["still in the kernel", "read by the loop"])
def test_octets_that_nobody_asked_for_end_an_idle_connection(read_first: bool) -> None:
    async def main() -> None:
        async with Peer() as peer:
            engine = engine_to(peer)
            await engine.fetch(_asking(peer.url("one")))
            peer.lines[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
            if read_first:
                await asyncio.wait_for(_any_left(peer.lines, 1), 2)
            two = await engine.fetch(_asking(peer.url("two")))
            assert (len(peer.lines), _payload(two)) == (2, PAGE)
            await engine.close()

    asyncio.run(main())


def test_connections_are_not_shared_between_origins() -> None:
    async def main() -> None:
        async with Peer() as one, Peer() as other:
            engine = engine_to(one, other)
            for peer in (one, other, one, other):
                await engine.fetch(_asking(peer.url()))
            assert (len(one.lines), len(other.lines)) == (1, 1)
            assert [len(peer.lines[0].requests) for peer in (one, other)] == [2, 2]
            await engine.fetch(_asking(one.url(host="harbour.example")))
            assert len(one.lines) == 2
            await engine.close()

    asyncio.run(main())


def test_no_more_exchanges_run_at_once_than_asked_for() -> None:
    async def main() -> None:
        gate, full = asyncio.Event(), asyncio.Event()
        most = now = 0

        async def talk(line: Line) -> None:
            nonlocal most, now
            while True:
                await line.request()
                now += 1
                most = max(most, now)
                if now == 3:
                    full.set()
                await gate.wait()
                now -= 1
                line.send(ANSWER)

        async with Peer(talk) as peer:
            engine = engine_to(peer, at_once=3)
            tasks = [asyncio.create_task(engine.fetch(_asking(peer.url(str(n))))) for n in range(12)]
            await full.wait()
            for _ in range(50):
                await asyncio.sleep(0)
            gate.set()
            assert [one.reason for one in await asyncio.gather(*tasks)] == [None] * 12
            assert most == 3
            assert len(peer.lines) == 3
            await engine.close()

    asyncio.run(main())


def test_idle_connections_are_bounded_a_host() -> None:
    async def main() -> None:
        async with Peer() as peer:
            engine = engine_to(peer, idle_a_host=2)
            await asyncio.gather(*(engine.fetch(_asking(peer.url(str(n)))) for n in range(5)))
            assert len(peer.lines) == 5
            await asyncio.wait_for(_any_left(peer.lines, 3), 2)
            await asyncio.gather(*(engine.fetch(_asking(peer.url(str(n)))) for n in range(2)))
            assert len(peer.lines) == 5
            await engine.close()

    asyncio.run(main())


def test_idle_connections_are_bounded_in_all_and_the_longest_idle_goes_first() -> None:
    async def main() -> None:
        async with Peer() as one, Peer() as two, Peer() as three:
            engine = engine_to(one, two, three, idle_in_all=2)
            for peer in (one, two, three):
                await engine.fetch(_asking(peer.url()))
            await asyncio.wait_for(_any_left(one.lines, 1), 2)
            assert not two.lines[0].left.is_set()
            assert not three.lines[0].left.is_set()
            await engine.close()

    asyncio.run(main())


async def _any_left(lines: list[Line], wanted: int) -> None:
    """Returns when so many of these connections were closed by the other side."""
    while sum(line.left.is_set() for line in lines) < wanted:
        await asyncio.sleep(0.001)


def test_a_slow_answer_ends_at_the_total_limit_however_steadily_it_drips(run: Run) -> None:
    for name in ("slow-body", "slow-chunks", "event-stream"):
        exchange = run.asked[name].exchange
        assert exchange.last_byte_at is not None
        assert (exchange.last_byte_at - exchange.requested_at).total_seconds() < LIMITS.total + 0.5


def test_a_head_that_drips_ends_at_the_header_limit(run: Run) -> None:
    exchange = run.asked["slow-header"].exchange
    assert exchange.last_byte_at is not None
    assert (exchange.last_byte_at - exchange.requested_at).total_seconds() < LIMITS.header + 0.5


def test_a_full_disk_is_our_fault_and_never_written_down_as_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    large = b"w" * (3 << 20)
    with pytest.raises(DiskFault, match="temporary file"):
        asyncio.run(_fetched(once(_HEAD + b"Content-Length: %d\r\n\r\n" % len(large) + large)))


async def _fetched(talk: Talk) -> Exchange:
    async with Peer(talk) as peer:
        engine = engine_to(peer, limits=replace(LIMITS, max_body=8 << 20))
        try:
            return await engine.fetch(_asking(peer.url()))
        finally:
            await engine.close()


@contextlib.contextmanager
def _nothing_left_open() -> Iterator[None]:
    """Fails when a socket or file outlives its use, closed by the collector or not at all."""
    gc.collect()
    before = set(os.listdir("/proc/self/fd"))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        yield
        gc.collect()
    assert [str(one.message) for one in seen] == []
    assert set(os.listdir("/proc/self/fd")) == before


async def _waits(line: Line) -> None:
    await asyncio.Event().wait()


async def _stops_in_body(line: Line) -> None:
    await line.request()
    line.send(_HEAD + b"Content-Length: 3000000\r\n\r\n" + b"w" * 2_000_000)
    await _waits(line)


async def _cancelled(talk: Talk, scheme: str, reached: Callable[[Peer], Awaitable[object]]) -> None:
    async with Peer(talk) as peer:
        engine = engine_to(peer, limits=replace(LIMITS, connect=5, header=5, idle=5, total=5, max_body=8 << 20))
        task = asyncio.create_task(engine.fetch(_asking(peer.url(scheme=scheme))))
        await asyncio.wait_for(reached(peer), 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await engine.close()


async def _connected(peer: Peer) -> None:
    while not peer.lines:
        await asyncio.sleep(0)


async def _asked(peer: Peer) -> None:
    while not (peer.lines and peer.lines[0].requests):
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("talk", "scheme", "reached"),
    [
        (_waits, "https", _connected),
        (_waits, "http", _connected),
        (_stops_in_body, "http", _asked),
    ],
    ids=["in the handshake", "before the answer", "in a long body"],
)
def test_a_cancelled_fetch_leaves_nothing_open(
    talk: Talk, scheme: str, reached: Callable[[Peer], Awaitable[object]]
) -> None:
    with _nothing_left_open():
        asyncio.run(_cancelled(talk, scheme, reached))


def test_an_engine_that_is_closed_leaves_nothing_open() -> None:
    with _nothing_left_open():
        asyncio.run(_twice(answers))
        asyncio.run(_twice(once(ANSWER + b"surplus")))


def test_an_engine_keeps_working_after_its_connections_were_closed() -> None:
    async def main() -> None:
        async with Peer() as peer:
            engine: HttpEngine = engine_to(peer)
            await engine.fetch(_asking(peer.url()))
            await engine.close()
            assert (await engine.fetch(_asking(peer.url()))).reason is None
            await engine.close()

    asyncio.run(main())
