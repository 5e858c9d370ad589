# SPDX-License-Identifier: Apache-2.0
"""When a question on a connection ends: each by its own limits, whatever those before it took. On a clock that skips waiting."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.capture.wire import Asked, Limits, Wire
from archiver.formats.framing import ResponseFramer

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nebb"
LAST_ANSWER = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nebb"
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


class Skipping(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to what is due next."""

    skipped = 0.0

    def time(self) -> float:
        return self.skipped

    def _run_once(self) -> None:
        loop: Any = self
        if not loop._ready and loop._scheduled:
            self.skipped = max(self.skipped, loop._scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]  # the stubs leave it out


@dataclass
class Peer(asyncio.Transport):
    """The other end: it gives the next of its answers so many seconds after it was asked, or none."""

    wire: Wire
    answers: list[tuple[float, bytes] | None]
    ends: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.ends[0] if name == "socket" else default

    def write(self, data: Any) -> None:
        answer = self.answers.pop(0)
        if answer is not None:
            asyncio.get_running_loop().call_later(answer[0], self.wire.data_received, answer[1])

    def abort(self) -> None:
        for end in self.ends:
            end.close()
        asyncio.get_running_loop().call_soon(self.wire.connection_lost, None)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=Skipping) as one:
        yield one


async def _asked(*questions: tuple[Limits, tuple[float, bytes] | None]) -> list[tuple[str | None, float]]:
    """How each question ended, one asked after the other, and when."""
    wire = Wire()
    wire.connection_made(Peer(wire, [answer for _, answer in questions]))
    ended = []
    for limits, _ in questions:
        asked = Asked(ResponseFramer("GET"), limits, lambda: MOMENT)
        await wire.ask(asked, b"GET / HTTP/1.1\r\n\r\n")
        ended.append((asked.ended, round(asyncio.get_running_loop().time(), 2)))
        asked.tape.close()
    wire.abort()
    await wire.gone()
    return ended


def test_a_question_has_its_whole_time_whatever_the_one_before_took(runner: asyncio.Runner) -> None:
    limits = Limits(header=10)
    ended = runner.run(_asked((limits, (8, ANSWER)), (limits, (8, ANSWER)), (limits, None)))
    assert ended == [(None, 8), (None, 16), ("header-timeout", 26)]


def test_a_question_with_a_shorter_limit_than_the_one_before_ends_at_its_own(runner: asyncio.Runner) -> None:
    ended = runner.run(_asked((Limits(header=30), (1, ANSWER)), (Limits(header=30, total=5), None)))
    assert ended == [(None, 1), ("total-timeout", 6)]


def test_a_question_with_a_longer_limit_than_the_one_before_ends_at_its_own(runner: asyncio.Runner) -> None:
    ended = runner.run(_asked((Limits(header=3), (1, ANSWER)), (Limits(header=30), None)))
    assert ended == [(None, 1), ("header-timeout", 31)]


def test_what_a_closing_server_still_sends_is_waited_for_as_long_as_ever(runner: asyncio.Runner) -> None:
    ended = runner.run(_asked((Limits(header=1.1), (0.9, ANSWER)), (Limits(header=1.1), (0.1, LAST_ANSWER))))
    assert ended == [(None, 0.9), (None, 1.2)]


def test_a_body_that_stops_ends_when_nothing_more_came_for_as_long_as_allowed(runner: asyncio.Runner) -> None:
    limits = Limits(header=2, idle=3)
    ended = runner.run(_asked((limits, (1, ANSWER)), (limits, (1, ANSWER[:-1]))))
    assert ended == [(None, 1), ("idle-timeout", 5)]
