# SPDX-License-Identifier: Apache-2.0
"""One run over given pages, in an event loop of its own thread, seen from ordinary code as an iterator.

Results come as they are acknowledged. When the iterator is exhausted, everything is sealed, stored and findable; closing it
earlier cuts off what is under way and seals what was acknowledged. A fault of the archive is raised where it is iterated.
"""

import asyncio
import importlib.util
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import replace

from archiver.capture.http import HttpEngine
from archiver.options import CaptureOptions
from archiver.services.crawl import Crawl, Recorder
from archiver.services.ingest import Ingest, World
from archiver.services.seed_results import Seed, SeedResult

_WAITING = 64
"""Results that may wait for the one who iterates before fetching pauses."""


def capturing(
    world: World, job: str, crawl_id: str, seeds: Iterable[Seed], options: CaptureOptions
) -> Generator[SeedResult, None, None]:
    """Captures `seeds` for `job`; see the module."""
    run = _Run(world, job, crawl_id, seeds, options)
    run.start()
    try:
        while (one := run.ready.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one
    finally:
        run.stop()


class _Run:
    """The thread, its loop, and what passes between it and the one who iterates."""

    def __init__(self, world: World, job: str, crawl_id: str, seeds: Iterable[Seed], options: CaptureOptions) -> None:
        self.ready: queue.Queue[SeedResult | BaseException | None] = queue.Queue(maxsize=_WAITING)
        self._world, self._options, self._seeds = world, options, seeds
        self._ingest = Ingest(replace(world, density="dense") if options.dense else world, job)
        self._plan = options.plan(job, crawl_id, world.operator)
        self._stopped = threading.Event()
        self._emitting: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None
        self._thread = threading.Thread(target=self._work, name="capture", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Returns when the thread has ended; what was acknowledged is sealed, or left to recovery after a fault."""
        self._stopped.set()
        if self._emitting is not None:
            loop, emitting = self._emitting
            with suppress(RuntimeError):  # the loop has closed by itself
                loop.call_soon_threadsafe(emitting.cancel)
        while self._thread.is_alive():
            with suppress(queue.Empty):
                self.ready.get(timeout=0.05)
        self._ingest.abandon()

    def _work(self) -> None:
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self._fetch())
        except BaseException as fault:  # noqa: BLE001 - it is raised again where the results are awaited
            self.ready.put(fault)
        else:
            self.ready.put(None)

    async def _fetch(self) -> None:
        options = self._options
        engine = HttpEngine(
            options.dialer(),
            now=self._world.now,
            limits=options.limits,
            accept_bad_certificate=options.accept_bad_certificate,
            trust=options.trust,
        )
        recorder = Recorder(self._ingest)
        try:
            emitting = asyncio.create_task(self._emit(Crawl(engine, recorder, self._plan)))
            self._emitting = (asyncio.get_running_loop(), emitting)
            if self._stopped.is_set():
                emitting.cancel()  # whoever asked has gone: a server that never answers must not hold him
            with suppress(asyncio.CancelledError):
                await emitting
            await recorder.finish()
        finally:
            await engine.close()
            recorder.close()

    async def _emit(self, crawl: Crawl) -> None:
        async for result in crawl.run(self._seeds):
            await asyncio.to_thread(self.ready.put, result)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed (the extra `fast`), else asyncio's own."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
