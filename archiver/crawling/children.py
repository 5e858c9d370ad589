# SPDX-License-Identifier: Apache-2.0
"""Crawls in processes of their own, so that a long one does not hold up the others.

A child is forked; so whoever begins one has no threads and no open database. SIGTERM and SIGINT interrupt a child's crawl: its
workers acknowledge and seal what they have, and the crawl can be resumed. A child outlives a parent that is killed.
"""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import NoReturn

from archiver.crawling.scheduling import Work

INTERRUPTED = 130


class Interrupted(BaseException):
    """The process was told to end; what is under way is brought to a safe end on the way out."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A child that has ended."""

    work: Work
    code: int
    """Its exit code; negative for a signal."""


class Children:
    """At most so many crawls at a time."""

    def __init__(self, run: Callable[[Work], int], most: int) -> None:
        """`run` works on a crawl and returns the exit code, in the child."""
        self._run = run
        self.most = most
        self._working: dict[str, tuple[Work, BaseProcess]] = {}
        self._context = multiprocessing.get_context("fork")

    def begin(self, work: Work) -> None:
        """Forks a child for a crawl."""
        process = self._context.Process(target=_child, args=(self._run, work), name=f"crawl {work.job}")
        process.start()
        self._working[work.crawl_id] = (work, process)

    def finished(self) -> Iterator[Finished]:
        """Children that have ended since it was last asked."""
        for crawl_id, (work, process) in list(self._working.items()):
            if process.exitcode is not None:
                process.join()
                del self._working[crawl_id]
                yield Finished(work, process.exitcode)

    def of(self, job: str) -> Work | None:
        """What a child of ours does for a job just now."""
        return next((work for work, _ in self._working.values() if work.job == job), None)

    def __len__(self) -> int:
        return len(self._working)

    def stop(self) -> Iterator[Finished]:
        """Interrupts every child and waits for its end."""
        for _, process in self._working.values():
            process.terminate()
        for _, process in self._working.values():
            process.join()
        yield from self.finished()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within, SIGTERM and SIGINT raise `Interrupted`, once, in this process; a forked one they end at once."""
    owner = os.getpid()

    def told(number: int, _frame: FrameType | None) -> NoReturn:
        if os.getpid() != owner:
            os._exit(128 + number)  # a worker that has not begun
        for one in before:
            signal.signal(one, signal.SIG_IGN)
        raise Interrupted

    before = {one: signal.signal(one, told) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _child(run: Callable[[Work], int], work: Work) -> None:
    try:
        with interruptible():
            code = run(work)
    except Interrupted:
        code = INTERRUPTED
    # Nothing of the parent's that was inherited is run down here: buffers, exit handlers, terminals.
    os._exit(code)
