# SPDX-License-Identifier: Apache-2.0
"""Random kills of a crawl: `kill -9` of its parent, of a worker or of all of it, at any instant, and `--resume` until it ends.

A site is crawled once undisturbed; that says what its archive has to hold, and how long to wait before a kill. Then it is
crawled again and again, each crawl killed several times, and what is in the archive at its end is compared: the same URLs
with the same payloads, each once, and every capture that state had acknowledged when a kill came. What a crawl's frontier
says at that moment is read from the database itself, as whoever resumes it will.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from archiver.catalog.catalog import Catalog
from infra.crash import runs
from infra.crash.invariants import after_recovery
from tests.end_to_end.crawl_runs import Crawls, eventually, kill_group, refused_by
from tests.faces.command import ended

WORKERS = 2
LEASE = "1s"
_PATIENCE = 120.0
_SHARE_OF_BEGINNINGS = 0.15
_LOADING = 1.5
"""Seconds in which a command loads, recovers and begins its workers."""
_SETTLED = 4
"""Exit code of a command whose workers have all been killed: a fault of the archive's, to be gone on with."""
_FINE = 0
_ROBOTS = "/robots.txt"
"""Is no URL of the crawl's own: whoever goes on with a host asks for it again."""

Held = dict[str, str]
"""Payload digest of each URL."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site that is being served."""

    urls: frozenset[str]
    job: str
    """The text of a job that finds all of it."""


@dataclass
class Tally:
    """What came of the kills."""

    kills: int = 0
    crawls: int = 0
    captures: int = 0
    acknowledged: int = 0
    """Captures that a kill found acknowledged, each once a crawl."""
    ended_before: int = 0
    """Runs that were done before their kill came; they do not count."""
    checked_files: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    fell_on: Counter[str] = field(default_factory=Counter)
    """Tenths of the site that were acknowledged when a kill came."""
    wrong: list[str] = field(default_factory=list)


class CrawlKills:
    """A campaign of kills of crawls of one site below `folder`."""

    def __init__(self, folder: Path, place: Place, seed: int, kills_a_crawl: int = 12) -> None:
        self.tally = Tally()
        self._folder = folder
        self._place = place
        self._chance = random.Random(seed)
        self._kills_a_crawl = kills_a_crawl
        self._whole = 0.0
        self._wanted: Held = {}

    def go_on(self, kills: int, more: Callable[[], bool] = lambda: True) -> Tally:
        """Kills until there were `kills`, or `more` says no; each crawl is judged before the next is begun."""
        if not self._undisturbed():
            return self.tally
        while self.tally.kills < kills and more() and not self.tally.wrong:
            self._one(min(self._kills_a_crawl, kills - self.tally.kills))
        return self.tally

    def once_more(self) -> None:
        """One more crawl that nobody kills, judged as the others are."""
        self._one(0)

    def _undisturbed(self) -> bool:
        crawls = self._new("undisturbed")
        process = crawls.begin("--workers", str(WORKERS))
        self._works(crawls, process)
        began = time.monotonic()
        ran = ended(process, timeout=_PATIENCE)
        self._whole = time.monotonic() - began
        if ran.code != _FINE:
            self.tally.wrong.append(f"an undisturbed crawl ended with {ran.code}: {ran.err[-2000:]}")
            return False
        self._wanted = self._judge(crawls, ())
        missing = self._place.urls - self._wanted.keys()
        self.tally.wrong += [f"an undisturbed crawl did not find {one}" for one in sorted(missing)[:20]]
        return not self.tally.wrong

    def _new(self, name: str) -> Crawls:
        folder = self._folder / name
        folder.mkdir()
        crawls = Crawls(folder)
        crawls.write(self._place.job)
        return crawls

    def _one(self, most: int) -> None:
        """One crawl from its beginning to its end, killed at most so often."""
        crawls = self._new(f"crawl-{self.tally.crawls}")
        acknowledged: set[str] = set()
        kills = 0
        try:
            process = crawls.begin("--workers", str(WORKERS), "--lease", LEASE)
            while True:
                if kills < most and self._lives_on(crawls, process, most):
                    kills += self._kill(crawls, process, acknowledged)
                    continue
                ran = ended(process, timeout=_PATIENCE)
                if kills < most and ran.code == _FINE:
                    self.tally.ended_before += 1
                if ran.code == _FINE:
                    break
                if ran.code not in (_SETTLED, -signal.SIGKILL):
                    self.tally.wrong.append(f"a crawl ended with {ran.code}: {ran.err[-2000:]}")
                    return
                resumed = self._resumed(crawls)
                if resumed is None:
                    break
                process = resumed
        except (TimeoutError, subprocess.TimeoutExpired) as fault:
            self.tally.wrong.append(f"crawl-{self.tally.crawls} does not end: {fault}")
            return
        except AssertionError as fault:  # a traceback on stderr
            self.tally.wrong.append(f"crawl-{self.tally.crawls} broke: {str(fault)[-2000:]}")
            return
        finally:
            crawls.clear()
            self.tally.kills += kills
        held = self._judge(crawls, acknowledged)
        self.tally.acknowledged += len(acknowledged)
        self._compare(held)

    def _lives_on(self, crawls: Crawls, process: "subprocess.Popen[bytes]", most: int) -> bool:
        """Waits for the instant of the next kill; whether there still is something to be killed.

        Most of them count from the moment at which workers are there: a command that loads has nothing to lose.
        """
        if self._chance.random() < _SHARE_OF_BEGINNINGS:
            instant = self._chance.uniform(0, _LOADING)
        elif self._works(crawls, process):
            instant = self._chance.uniform(0, self._whole * min(0.9, 3 / most))
        else:
            return False
        try:
            process.wait(instant)
        except subprocess.TimeoutExpired:
            return True
        return False

    @staticmethod
    def _works(crawls: Crawls, process: "subprocess.Popen[bytes]") -> bool:
        """Whether a command has workers, once it has or has ended."""
        eventually(lambda: process.poll() is not None or crawls.workers_of(process.pid), _PATIENCE)
        return process.poll() is None

    def _kill(self, crawls: Crawls, process: "subprocess.Popen[bytes]", acknowledged: set[str]) -> int:
        target = self._chance.choice(("parent", "worker", "all"))
        # Before the kill: what is acknowledged by then must be there ever after, whatever the dying still do.
        acknowledged |= crawls.promised()
        if target == "all":
            kill_group(process)
        elif target == "parent":
            process.kill()
        else:
            workers = crawls.workers_of(process.pid)
            if not workers:
                return 0
            os.kill(self._chance.choice(workers), signal.SIGKILL)
        acknowledged |= crawls.promised()
        self.tally.killed[target] += 1
        self.tally.fell_on[f"{min(9, 10 * len(acknowledged) // len(self._place.urls))}"] += 1
        return 1

    @staticmethod
    def _resumed(crawls: Crawls) -> "subprocess.Popen[bytes] | None":
        """The command that goes on with a crawl, once nobody else works on it; None when the kill came after its end."""
        crawls.wait_until_nobody_works(_PATIENCE)
        unended = crawls.unended()
        if not unended and crawls.begun():
            return None
        words = ("--resume",) if unended else ()  # the kill may have come before the crawl had begun
        return crawls.begin("--workers", str(WORKERS), "--lease", LEASE, *words)

    def _judge(self, crawls: Crawls, acknowledged: Collection[str]) -> Held:
        """Notes what is wrong with an archive whose crawl has ended; returns what it holds."""
        name = crawls.folder.name
        world = runs.open_world(crawls.root)
        said = after_recovery(world, acknowledged)
        # A kill between the two asks for the rules of a host again.
        wrong = [one for one in said if not (one.startswith("URL ") and f"{_ROBOTS} is visible" in one)]
        held = _held(world.generations.current())
        wrong += [f"{one.job} has not ended" for one in world.state.crawls.all() if one.stage != "ended"]
        runs.close(world)
        files = crawls.warcs()
        sample = self._chance.sample(files, min(2, len(files)))
        wrong += refused_by(sample)
        self.tally.checked_files += len(sample)
        self.tally.crawls += 1
        self.tally.captures += len(held)
        self.tally.wrong += [f"{name}: {one}" for one in wrong]
        if not wrong:
            crawls.remove()
        return held

    def _compare(self, held: Held) -> None:
        name = f"crawl {self.tally.crawls}"
        lost, extra = self._wanted.keys() - held.keys(), held.keys() - self._wanted.keys()
        self.tally.wrong += [f"{name}: {one} is missing" for one in sorted(lost)[:20]]
        self.tally.wrong += [f"{name}: {one} should not be there" for one in sorted(extra)[:20]]
        other = [one for one in held.keys() & self._wanted.keys() if held[one] != self._wanted[one]]
        self.tally.wrong += [f"{name}: {one} has another payload" for one in sorted(other)[:20]]


def _held(catalog: Catalog) -> Held:
    found = (one for segment in catalog.all_segments() for one in catalog.captures_in(segment.segment_id))
    return {one.url: str(one.payload_sha256) for one in found if not one.url.endswith(_ROBOTS)}
