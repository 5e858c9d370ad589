# SPDX-License-Identifier: Apache-2.0
"""A running recording: our engine in an event loop of its own thread, asked by any number of other threads.

Guarantees: an exchange is handed back only after it was kept, which means acknowledged; one that the guard refused before
anything was sent is not kept. `end` lets exchanges in progress finish, or cuts them off when it is abrupt, and returns when
everything was sealed and stored. Leaves to others: what keeping is (the keeper), and what requests makes of it (`session`).
"""

import asyncio
import io
import ssl
import tempfile
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import IO, Any, Protocol, cast

from archiver.capture.http import HttpEngine, Limits, Request
from archiver.capture.recorded import Recorded, Step
from archiver.errors import BadInput
from archiver.exchange import Exchange, Response
from archiver.formats.framing import payload as without_framing
from manifests.capture import FetchSettings, Outcome

ENGINES = 16
"""Engines kept at a time: a script rarely has more than one or two different timeouts."""

_IN_MEMORY = 1 << 20


@dataclass(frozen=True, slots=True)
class Terms:
    """What distinguishes one engine from another: requests lets every call choose these."""

    limits: Limits
    accept_bad_certificate: bool
    trust: ssl.SSLContext | None
    """The authorities a call named, or None for those of the recording."""


class Keeper(Protocol):
    """Where exchanges go. Every method is called in the recording's event loop."""

    async def keep(self, exchange: Exchange, step: Step, settings: FetchSettings) -> Recorded:
        """Records one exchange; acknowledged when it returns. Raises `ArchiveFault`."""
        ...

    async def finish(self) -> None:
        """Seals and stores what was recorded. Called once, last. Raises `ArchiveFault`."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """One exchange as it went, and what it was recorded as."""

    exchange: Exchange
    payload: IO[bytes]
    """A copy of the response's body without chunk framing, at its start; the tape itself ends with the recording of it."""
    recorded: Recorded | None
    """None for what was refused before anything was sent."""


class _Pooled:
    """An engine and how many exchanges it has in progress."""

    def __init__(self, engine: HttpEngine) -> None:
        self.engine = engine
        self.busy = 0


class Recording:
    """From the first exchange to the seal. `exchange` may be called from several threads at once."""

    def __init__(self, engine: Callable[[Terms], HttpEngine], keeper: Keeper) -> None:
        self._engine = engine
        self._keeper = keeper
        self._engines: dict[Terms, _Pooled] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._gate = threading.Lock()
        self._ended = False
        self._abrupt = False
        self._outcome: Future[None] = Future()
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        threading.Thread(target=self._run, args=(self._serve(started),), name="recording", daemon=True).start()
        self._loop, self._stopping = started.result()

    def exchange(self, request: Request, terms: Terms, step: Step, settings: FetchSettings) -> Kept:
        """One exchange, kept. Raises `ArchiveFault`, `BadInput` after the end, `CancelledError` when it was cut off."""
        with self._gate:  # what was let in before the end is seen by it
            if self._ended:
                raise BadInput("the recording has ended", "Make requests inside its `with` block.")
            asked = asyncio.run_coroutine_threadsafe(self._exchange(request, terms, step, settings), self._loop)
        try:
            return asked.result()
        except BaseException:
            asked.cancel()
            raise

    def end(self, *, abrupt: bool = False) -> None:
        """Everything is sealed, stored and findable when this returns; safe to call again. Raises `ArchiveFault`."""
        with self._gate:
            if not self._ended:
                self._ended, self._abrupt = True, abrupt
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._outcome.result()

    def _run(self, serving: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run(serving)
        except BaseException as fault:  # noqa: BLE001 - it is raised again in the thread that ends the recording
            self._outcome.set_exception(fault)
        else:
            self._outcome.set_result(None)

    async def _serve(self, started: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]") -> None:
        stopping = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stopping))
        await stopping.wait()
        try:
            for task in self._running if self._abrupt else ():
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            for pooled in self._engines.values():
                await pooled.engine.close()
        finally:
            await self._keeper.finish()

    async def _exchange(self, request: Request, terms: Terms, step: Step, settings: FetchSettings) -> Kept:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._running.add(task)
        try:
            pooled = await self._pooled(terms)
            try:
                exchange = await pooled.engine.fetch(request)
            finally:
                pooled.busy -= 1
            payload = await _payload(exchange.response)
            if exchange.outcome is Outcome.REFUSED and (exchange.connection is None or exchange.connection.tls is None):
                return Kept(exchange, payload, None)
            return Kept(exchange, payload, await self._keeper.keep(exchange, step, settings))
        finally:
            self._running.discard(task)

    async def _pooled(self, terms: Terms) -> _Pooled:
        """The engine for these terms, counted as busy; the longest unused one is closed when there are too many."""
        pooled = self._engines.pop(terms, None) or _Pooled(self._engine(terms))
        self._engines[terms] = pooled
        pooled.busy += 1
        idle = [one for one, other in self._engines.items() if not other.busy]
        if len(self._engines) > ENGINES and idle:
            await self._engines.pop(idle[0]).engine.close()
        return pooled


async def _payload(response: Response | None) -> IO[bytes]:
    """A copy of the body without chunk framing."""
    if response is None or response.tape.length <= _IN_MEMORY:
        return _copied(response, io.BytesIO())
    return await asyncio.to_thread(_copied, response, tempfile.TemporaryFile(prefix="archiver-body-"))


def _copied(response: Response | None, copy: IO[bytes]) -> IO[bytes]:
    if response is not None:
        pieces = response.tape.pieces(response.head.length, response.message_length)
        for piece in without_framing(pieces) if response.chunked else pieces:
            copy.write(piece)
        copy.seek(0)
    return copy
