# SPDX-License-Identifier: Apache-2.0
"""Measures the frontier with one, three and ten million URLs: how fast, how much memory, how large a file.

The frontier of one crawl is filled with URLs of 10,000 hosts, the largest with a tenth of them, the smallest with one in
100,000. At each mark are measured: adding new URLs; and turns as a worker makes them. A turn is one transaction that renews
the lease, ends 400 URLs, adds the 4,000 found on their pages, 95 % of them known, gives back the hosts they were of and
claims others; then 200 URLs of each new host are loaded. All pages of the file are as cold as they can be: every turn works
on other hosts, and one found URL in ten is of any other. Fetching, the spool and acknowledging captures are not measured.

`make prove-frontier` works for at most `--minutes` and is run again to go on from there. At the end one line of JSON is
appended to docs/evidence/frontier.jsonl, and the file that was filled is removed.
"""

import argparse
import itertools
import json
import random
import shutil
import sqlite3
import statistics
import sys
import time
from collections import deque
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archiver.state.state import State
from archiver.state.turn import Ended, Found, Left, Waiting
from infra.prove_catalog import circumstances
from manifests.capture import Outcome

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "frontier.jsonl"
FOLDER = ROOT / "build" / "prove-frontier"
MARKS = (1_000_000, 3_000_000, 10_000_000)
HOSTS, TURNS, ADDED = 10_000, 300, 100_000
HELD, LOADED, ENDED, FOUND = 100, 200, 400, 4_000
KNOWN, NEARBY = 0.95, 0.9
"""Shares of the URLs on a page that are known, and that are of the page's own host."""
_NOW = 1_800_000_000.0
_MASK = (1 << 64) - 1
_WORDS = ("harbour", "2026", "archive", "news", "tide-table", "north-mole", "winter", "council", "ferry", "letters")


class Web:
    """The URLs there are, and how many of each host the frontier knows."""

    def __init__(self, hosts: int) -> None:
        self.chosen = random.Random(7)
        self._shares = list(itertools.accumulate(1 / (number + 1) for number in range(hosts)))
        self.known = [0] * hosts
        self.size = 0

    def any_hosts(self, count: int) -> list[int]:
        """Hosts, each as often as its size has it."""
        return self.chosen.choices(range(len(self.known)), cum_weights=self._shares, k=count)

    def new(self, host: int) -> Found:
        """A URL of a host that was never found before."""
        self.known[host] += 1
        self.size += 1
        return self._found(host, self.known[host] - 1)

    def on_pages_of(self, hosts: list[int]) -> list[Found]:
        """What one turn finds on pages of these hosts."""
        chance, found = self.chosen.random, []
        for other in self.any_hosts(FOUND):
            host = hosts[int(chance() * len(hosts))] if chance() < NEARBY else other
            known = self.known[host]
            if known and chance() < KNOWN:
                found.append(self._found(host, int(chance() * known)))
            else:
                found.append(self.new(host))
        return found

    def _found(self, host: int, number: int) -> Found:
        mixed = (host << 32 | number) * 0x9E3779B97F4A7C15 & _MASK
        words = "/".join(_WORDS[mixed >> at & 15] for at in range(0, 4 * (1 + mixed % 12), 4) if mixed >> at & 15 < 10)
        via = 1 + int(self.chosen.random() * self.size)
        return Found(_origin(host), f"/story-{number:x}-{mixed:016x}/{words}", 3, 4, 0, "LLLL", 0, via, "host")


class Filled:
    """A frontier that grows."""

    def __init__(self, folder: Path, hosts: int) -> None:
        self.path = folder / "state.sqlite"
        self.web = Web(hosts)
        self.state = State(self.path)
        self.state.prepare("00000000-0000-4000-8000-000000000001")
        begun = self.state.crawls.all()
        if begun:
            self._remember()
            self._crawl = begun[0].row
        else:
            with self.state.writing() as connection:
                made = self.state.crawls.begin(connection, "frontier", "frontier", "", "2026-01-01T00:00:00+00:00")
                assert made is not None
                self._crawl = made
        self._token = 0
        self._now = _NOW
        self._waiting: deque[tuple[int, int, list[Waiting]]] = deque()

    def _remember(self) -> None:
        """How many URLs of each host an earlier piece has added."""
        counted = "SELECT origin, count(*) FROM url JOIN host ON host.id = url.host GROUP BY host.id"
        with closing(sqlite3.connect(self.path)) as held:
            for origin, count in held.execute(counted):
                self.web.known[_number(origin)] = count
                self.web.size += count

    def add(self, count: int) -> tuple[float, float]:
        """Adds so many new URLs; seconds by the wall clock and of this process that it took."""
        spent = worked = 0.0
        for at in range(0, count, FOUND):
            found = [self.web.new(host) for host in self.web.any_hosts(min(FOUND, count - at))]
            began, had_worked = time.perf_counter(), time.process_time()
            with self.state.writing() as connection:
                added = self.state.frontier.know(connection, self._crawl, found)
            spent, worked = spent + time.perf_counter() - began, worked + time.process_time() - had_worked
            assert added == len(found)
        return spent, worked

    def begin_turns(self) -> None:
        """A new worker, and hosts that come in any order: those found first are the largest."""
        self.state.leases.dismiss(self._crawl)
        self._waiting.clear()
        self._now += 1e5
        with self.state.writing() as connection:
            connection.execute(sa.text("UPDATE host SET ready = 1, next_at = id * 7919 % 10007"))
        self._token = self.state.leases.enlist(self._crawl, "worker", self._now + 1e9)
        self.turn()

    def turn(self) -> dict[str, float]:
        """One turn: milliseconds of it, of this process in it and of its claim, and how many URLs it ended."""
        frontier, leases = self.state.frontier, self.state.leases
        some: list[tuple[int, int, list[Waiting]]] = []
        while self._waiting and sum(len(urls) for _, _, urls in some) < ENDED:
            some.append(self._waiting.popleft())
        ended = [
            Ended(one.row, Outcome.CAPTURED_COMPLETE, self._now, None, None, 200, f"{one.row:036d}", 30_000, 0)
            for _, _, urls in some
            for one in urls
        ]
        found = self.web.on_pages_of([number for _, number, urls in some if urls]) if ended else []
        self._now += 1.0
        began, had_worked = time.perf_counter(), time.process_time()
        with self.state.writing() as connection:
            leases.renew(connection, self._token, self._now + 60.0, None)
            frontier.end(connection, ended)
            frontier.know(connection, self._crawl, found)
            frontier.count(connection, {host: (len(urls), 30_000 * len(urls)) for host, _, urls in some})
            for host, _, urls in some:
                leases.leave(connection, self._token, Left(host, self._now + 10.0, None, drained=not urls))
            held = len(self._waiting)
            asked = time.perf_counter()
            leased = leases.claim(connection, self._crawl, self._token, self._now, held, HELD - held)
            claimed = time.perf_counter() - asked
        for one in leased:
            self._waiting.append((one.host, _number(one.origin), frontier.load(one.host, self._now, LOADED, set())))
        spent, worked = time.perf_counter() - began, time.process_time() - had_worked
        return {"ms": 1e3 * spent, "cpu_ms": 1e3 * worked, "claim_ms": 1e3 * claimed, "urls": len(ended)}

    def measured(self, turns: int, added: int) -> dict[str, Any]:
        """What one mark shows."""
        spent, worked = self.add(added)
        self.begin_turns()
        seen = [self.turn() for _ in range(turns)]
        urls = sum(one["urls"] for one in seen)
        line: dict[str, Any] = {
            "urls": self.web.size,
            "added_per_s": round(added / spent),
            "added_per_cpu_s": round(added / worked),
            "ended_per_s": round(1e3 * urls / sum(one["ms"] for one in seen)),
            "ended_per_cpu_s": round(1e3 * urls / sum(one["cpu_ms"] for one in seen)),
            "rss_mb": _resident() >> 20,
            "file_mb": sum(one.stat().st_size for one in self.path.parent.glob("state.sqlite*")) >> 20,
        }
        for name in ("ms", "claim_ms"):
            parts = statistics.quantiles([one[name] for one in seen], n=100)
            line |= {
                f"{'turn' if name == 'ms' else 'claim'}_p{part}_ms": round(parts[part - 1], 2) for part in (50, 99)
            }
        return line


def main(arguments: list[str]) -> int:
    """Measures what time allows; 0 also when there is more to do."""
    parser = argparse.ArgumentParser(prog="prove-frontier", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument("--marks", type=int, nargs="+", default=MARKS, help="how many URLs [1, 3 and 10 million]")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--added", type=int, default=ADDED, help="URLs whose adding is measured at each mark")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the file grows; 4 GB at 10 million")
    parser.add_argument("--out", type=Path, default=EVIDENCE, help="the file to append to")
    given = parser.parse_args(arguments)
    ends = time.monotonic() + 60 * given.minutes
    around = circumstances()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "marks.json"
    marks: list[dict[str, Any]] = json.loads(kept.read_text("utf-8")) if kept.is_file() else []
    filled = Filled(given.folder, given.hosts)
    try:
        for mark in given.marks[len(marks) :]:
            while filled.web.size < mark:
                if time.monotonic() > ends:
                    sys.stdout.write(f"{filled.web.size:,} URLs so far; the same command goes on from here\n")
                    return 0
                filled.add(min(20 * FOUND, mark - filled.web.size))
            marks.append(filled.measured(given.turns, given.added))
            kept.write_text(json.dumps(marks), "utf-8")
            sys.stdout.write(json.dumps(marks[-1]) + "\n")
            sys.stdout.flush()
    finally:
        filled.state.close()
    line = {"hosts": given.hosts, "turns": given.turns, "marks": marks} | around
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with given.out.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
    shutil.rmtree(given.folder)
    return 0


def _origin(host: int) -> str:
    return f"https://www.gazette-{host:05d}.example"


def _number(origin: str) -> int:
    return int(origin[20:25])


def _resident() -> int:
    """Octets of memory that this process has just now."""
    with open("/proc/self/statm", encoding="ascii") as told:
        return int(told.read().split()[1]) * 4096


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
