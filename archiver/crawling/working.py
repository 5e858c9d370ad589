# SPDX-License-Identifier: Apache-2.0
"""A worker process: it opens the archive for itself, works on one crawl until that ends, and says how it ended."""

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from archiver import wiring
from archiver.capture.http import HttpEngine
from archiver.capturing import loop_factory
from archiver.crawling.planning import job_of, options_of, plan_of
from archiver.errors import ArchiverError
from archiver.services.crawler.worker import Worker

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_NEW_VALUES = 10_000
"""Values made since the last collection after which the next one looks for cycles."""
_MMAP_THRESHOLD, _TRIM_THRESHOLD, _ARENA_MAX = -3, -1, -8  # of mallopt(3); other libraries than glibc have none


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker process is told."""

    where: str
    """The archive, as a person names it."""
    folder: Path
    """Where state, catalog and spool are."""
    crawl_id: str
    workers: int
    lease: float
    first_retry: float
    free_octets: int
    parent: int
    """The process that began it: without it, it stops."""


def work(errand: Errand, told: Connection) -> None:
    """The whole life of a worker process. What it tells is `(how, what, advice)`."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)  # until the loop takes them over: nothing is to be lost yet
    _settle_in(errand.parent)
    try:
        told.send((asyncio.Runner(loop_factory=loop_factory()).run(_work(errand)), "", ""))
    except ArchiverError as fault:
        told.send(("fault", fault.what, fault.advice))
    except OSError as fault:
        told.send(("fault", f"the operating system says: {fault}", "Check disk space, rights and limits."))
    finally:
        told.close()
    # Nothing of the parent's that was inherited is to be run down here: buffers, exit handlers, terminals.
    sys.stdout.flush()
    os._exit(0)


async def _work(errand: Errand) -> str:
    place = wiring.place(errand.where)
    described = wiring.describe(place)
    world = wiring.world(place, described, errand.folder)
    row = world.state.crawls.get(errand.crawl_id)
    job = job_of(row)
    options = options_of(job, os.environ)
    if options.dense:
        world = replace(world, density="dense")
    plan = replace(
        plan_of(job, row, options, lambda n: world.state.crawls.seed(row.row, n), errand.workers, world.operator),
        lease=errand.lease,
        first_retry=errand.first_retry,
        free_octets=errand.free_octets,
    )
    now = world.now().timestamp()
    token = world.state.leases.enlist(row.row, f"{socket.gethostname()}:{os.getpid()}", now + plan.lease)
    engine = HttpEngine(
        options.dialer(),
        now=world.now,
        limits=options.limits,
        accept_bad_certificate=options.accept_bad_certificate,
        at_once=plan.overall,
    )
    worker = Worker(world, plan, engine, token)
    # The same of what the worker itself is made of.
    gc.collect()
    gc.freeze()
    # A page is read into tens of thousands of values that all go with it: looking for cycles among them finds none.
    gc.set_threshold(_NEW_VALUES, 20, 20)
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, worker.stop, "interrupted")
    try:
        how = await worker.run()
        world.state.leases.dismiss(row.row, token)
        return how
    finally:
        await engine.close()
        world.state.close()
        world.generations.close()


def _settle_in(parent: int) -> None:
    """Has the kernel end this process when its parent dies; where that cannot be asked, the lease ends it.

    And has the C library keep the room of a response for the next one: given back and taken again, its pages would be faulted
    in and cleared for every one of them. One room for all threads: what fetching has freed is then there for sealing too.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            library.prctl(_DEATH_SIGNAL, signal.SIGTERM)
            library.mallopt(_MMAP_THRESHOLD, 1 << 20)
            library.mallopt(_TRIM_THRESHOLD, 8 << 20)
            library.mallopt(_ARENA_MAX, 1)
    if os.getppid() != parent:
        os._exit(0)
