# SPDX-License-Identifier: Apache-2.0
"""One crawl from its beginning to its end, or to a pause: worker processes, looked after by their parent.

A crawl has one parent on a machine, by a kernel lock that its workers inherit: when the lock is free, all of them are gone,
and what they had in hand is taken up by whoever resumes.
"""

import contextlib
import gc
import json
import multiprocessing
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from archiver import wiring
from archiver.crawling.planning import first_found, seeds_of
from archiver.crawling.working import Errand, work
from archiver.errors import ArchiveFault, BadInput, StateFault
from archiver.jobs.effective import Job
from archiver.lock import Lock
from archiver.services import layout
from archiver.services.crawl_report.sealing import store_report
from archiver.services.ingest import World, recover
from archiver.state.crawls import CrawlRow, Window
from manifests.canonical import canonical_bytes

LOOK_SECONDS = 0.5
_SEEDS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How a crawl is run, whatever its job."""

    workers: int
    lease: float = 60.0
    """Seconds after which a silent worker is taken over."""
    first_retry: float = 5.0
    """Seconds before a URL's second attempt."""
    free_octets: int = 512 << 20
    """Free room of the spool's disk below which a crawl pauses."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a crawl has come to so far."""

    seconds: float
    captures: int = 0
    octets: int = 0
    revisits: int = 0
    fetches: int = 0
    known: int = 0
    """URLs found, those out of scope included, seeds not."""
    sync_seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    hosts: dict[str, dict[str, float]] = field(default_factory=dict)
    workers: int = 0
    """Workers that live."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run over a crawl ended: `over`, `limit`, `stop`, `pause`, `disk` or `interrupted`."""

    how: str
    progress: Progress


def begin(world: World, job: Job, job_text: str, *, due: str | None = None, window: Window | None = None) -> str | None:
    """A new crawl of a job, its seeds in the frontier; its id, None when the crawl due then was begun by another scheduler.

    Raises `BadInput` when a crawl of this job has not ended.
    """
    now = world.now()
    crawl_id = layout.segment_id(now, world.chance(10))
    seeds = list(seeds_of(job))
    with world.state.writing() as connection:
        row = world.state.crawls.begin(
            connection, crawl_id, job.name, job_text, now.isoformat(), due=due, window=window
        )
        if row is None:
            return None
        for at in range(0, len(seeds), _SEEDS_AT_ONCE):
            some = seeds[at : at + _SEEDS_AT_ONCE]
            world.state.crawls.add_seeds(connection, row, some)
            world.state.frontier.know(connection, row, first_found(some))
    return crawl_id


@contextlib.contextmanager
def having(folder: Path, crawl_id: str) -> Iterator[None]:
    """No other process works on the crawl, or concludes it, within. Raises `BadInput` when one does."""
    lock = Lock(lock_file(folder, crawl_id))
    try:
        if not lock.take(wait=False):
            raise BadInput(
                f"another process works on crawl {crawl_id}",
                f"See it with: archiver crawls show {crawl_id}",
                elsewhere=True,
            )
        yield
    finally:
        lock.release()


def lock_file(folder: Path, crawl_id: str) -> Path:
    """What `having` locks. Remove it only within, and of a crawl that has ended: nobody works on that again."""
    return folder / f"crawl-{crawl_id}.lock"


def run(where: str, folder: Path, crawl_id: str, settings: Settings) -> Generator[Progress, None, Ended]:
    """Works on a crawl with so many processes, yielding what it has come to about twice a second; returns how it ended.

    Call it within `having`, in a process without threads and with state and catalog closed: workers are forked. Closing the
    generator stops the workers as SIGTERM does. Raises a fault of a worker when all of them ended by faults.
    """
    workers = _Workers(where, folder, crawl_id, settings)
    try:
        return (yield from workers.look_on())
    finally:
        workers.stop()


class _Workers:
    """The processes, and what they told."""

    def __init__(self, where: str, folder: Path, crawl_id: str, settings: Settings) -> None:
        self._where, self._folder, self._crawl_id = where, folder, crawl_id
        self._began = time.monotonic()
        place = wiring.place(where)
        described = wiring.describe(place)
        first = wiring.world(place, described, folder)
        # Whoever had this crawl before is gone, for the lock was free: their hosts are, and what they spooled is settled.
        row = first.state.crawls.get(crawl_id)
        if row.stage == "ended":
            raise BadInput(
                f"crawl {crawl_id} has ended", f"See it with: archiver crawls show {crawl_id}", elsewhere=True
            )
        first.state.leases.dismiss(row.row)
        first.state.crawls.settle_grants(row)
        recover(first)
        first.state.crawls.wish(row, "run", first.now().isoformat())
        first.state.crawls.stage(row, "running")
        first.state.close()
        first.generations.close()
        errand = Errand(
            where=where, folder=folder, crawl_id=crawl_id, workers=settings.workers, lease=settings.lease,
            first_retry=settings.first_retry, free_octets=settings.free_octets, parent=os.getpid(),
        )  # fmt: skip
        context = multiprocessing.get_context("fork")
        self._lease = settings.lease
        self._silent_since: dict[str, float] = {}
        self._told: list[Connection] = []
        self._processes = []
        # What is there now stays to the end: no worker's collection need look at it, nor copy its pages for that.
        gc.freeze()
        for number in range(settings.workers):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(errand, theirs), name=f"worker {number}")
            process.start()
            theirs.close()
            self._told.append(ours)
            self._processes.append(process)
        gc.unfreeze()
        self.world = wiring.world(wiring.place(where), described, folder)
        self.row = row

    def look_on(self) -> Generator[Progress, None, Ended]:
        """Yields progress until every worker has ended."""
        while any(one.is_alive() for one in self._processes):
            until = time.monotonic() + LOOK_SECONDS
            for one in self._processes:
                one.join(max(0.0, until - time.monotonic()))
            self._end_silent()
            yield self._progress()
        said = [self._last_words(told, process) for told, process in zip(self._told, self._processes, strict=True)]
        ways = {how for how, _, _ in said}
        faults = [one for one in said if one[0] == "fault"]
        early = [one for one in ("stop", "pause", "limit", "disk", "interrupted") if one in ways]
        if early:
            how = str(early[0])
        elif "over" in ways and self.world.state.frontier.over(self.row.row):
            how = "over"
        elif faults:
            raise ArchiveFault(faults[0][1], faults[0][2] or "Go on with: archiver crawl JOB --resume")
        else:
            how = "interrupted"
        recover(self.world)
        return Ended(how, self._progress())

    def _end_silent(self) -> None:
        """Kills a worker that stays silent for another lease after its own: stopped or stuck, it may hold what others need."""
        now, ends = self.world.now().timestamp(), self.world.state.leases.ends(self.row.row)
        for one in self._processes:
            if one.is_alive() and ends.get(f"{socket.gethostname()}:{one.pid}", now) < now:
                # By a clock that stands still while the machine sleeps, when nobody could renew a lease.
                first_seen = self._silent_since.setdefault(one.name, time.monotonic())
                if time.monotonic() - first_seen > self._lease:
                    one.kill()
            else:
                self._silent_since.pop(one.name, None)

    def stop(self) -> None:
        """Has every worker that lives acknowledge and seal what it has, and waits for it."""
        for one in self._processes:
            if one.is_alive() and one.pid is not None:
                one.terminate()
                os.kill(one.pid, signal.SIGCONT)  # one that is stopped would not hear it
        for one in self._processes:
            one.join()
        self.world.state.close()
        self.world.generations.close()

    def _progress(self) -> Progress:
        return progress_of(self.world, self.row, time.monotonic() - self._began)

    @staticmethod
    def _last_words(told: Connection, process: multiprocessing.process.BaseProcess) -> tuple[str, str, str]:
        try:
            how, what, advice = told.recv()
        except EOFError:
            return "fault", f"a worker ended by itself (exit code {process.exitcode})", ""
        return how, what, advice


def progress_of(world: World, row: CrawlRow, seconds: float) -> Progress:
    """What a crawl has come to, as its workers last told, those of earlier runs too."""
    tallies = [(alive, json.loads(tally)) for _, _, alive, tally in world.state.leases.tallies(row.row)]
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    hosts: dict[str, dict[str, float]] = {}
    for alive, one in tallies:
        outcomes.update(one.get("outcomes", {}))
        reasons.update(one.get("reasons", {}))
        hosts |= one.get("hosts", {}) if alive else {}
    added = {
        name: sum(one.get(name, 0) for _, one in tallies)
        for name in ("captures", "octets", "revisits", "fetches", "known", "sync_seconds")
    }
    return Progress(
        seconds=seconds,
        outcomes=outcomes,
        reasons=reasons,
        hosts=hosts,
        workers=sum(alive for alive, _ in tallies),
        **added,
    )


def conclude(world: World, row: CrawlRow, ended: Ended) -> None:
    """Ends a crawl for good, unless it is only paused or interrupted: what still waits is skipped, with the reason.

    How and when it ended is put on record first, so that a call after a kill ends it in the same way, whatever it is told:
    then its report is stored, then the crawl is `ended`, then the frontier forgets it. Raises `StateFault` when a crawl is
    said to be finished and is not.
    """
    now = world.now()
    state = world.state
    if row.how is None and ended.how in ("pause", "disk"):
        state.crawls.stage(row, "paused")
        state.crawls.note(row, now.isoformat(), "paused", "low disk" if ended.how == "disk" else "")
    elif row.how is not None or ended.how != "interrupted":
        if row.stage != "ended":
            put_end_on_record(world, row, ended, now)
            row = state.crawls.get(row.crawl_id)
            seal = store_report(world, row)
            state.crawls.end(row, seal.how, row.ended_at or "", canonical_bytes(seal.totals).decode("utf-8"))
        for one in state.crawls.unforgotten():
            state.frontier.forget(one)


def ended_before(world: World, row: CrawlRow) -> Ended | None:
    """How a crawl ended whose end is on record, and whose report may not be stored yet."""
    if row.how is None or row.ended_at is None:
        return None
    took = datetime.fromisoformat(row.ended_at) - datetime.fromisoformat(row.created_at)
    ways = {"finished": "over", "limit": "limit", "stopped": "stop"}
    return Ended(ways[row.how], progress_of(world, row, took.total_seconds()))


def put_end_on_record(world: World, row: CrawlRow, ended: Ended, now: datetime) -> None:
    """How and when a crawl ended, and with it that what still waits is skipped; once this is done nothing changes it."""
    how = {"over": "finished", "limit": "limit", "stop": "stopped"}.get(ended.how, ended.how)
    reasons = {"limit": ("limit-reached", "limits"), "stopped": ("crawl-stopped", "stop")}
    with world.state.writing() as connection:
        if not world.state.crawls.ending(connection, row, how, now.isoformat()):
            return
        if how in reasons:
            world.state.frontier.skip_rest(connection, row.row, *reasons[how], now.timestamp())
        left = world.state.frontier.waiting(connection, row.row)
        if left is not None:
            raise StateFault(
                f"crawl {row.crawl_id} is said to be finished, and {left} still waits",
                "Go on with: archiver crawl JOB --resume; should that not help, this is a fault of the program.",
            )
