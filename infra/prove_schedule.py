# SPDX-License-Identifier: Apache-2.0
"""Proves that a daily job runs once on every wall-clock day: ten years, twenty time zones, two schedulers, real rows.

Each zone has an archive of its own and two schedulers, each with its own connections to the archive's state. A clock that
is passed in goes through all ten years in steps of a minute to fifteen hours. At each step one of them looks, or both do at
once from two threads, at two jobs: one due at half past two, where most zones change their clocks, and one at midnight, where
others do. A crawl that is begun goes on for up to six hours. In the end every local day must have been run for exactly once
by each job, whatever the clock did on it. Nothing is fetched; files are in memory where the machine has such a file system.

`make prove-schedule` works for at most `--minutes`, keeps its progress below build/, and is run again to go on; a new commit
begins anew. When all is done, or something was found wrong, one line of JSON is appended to docs/evidence/schedule.jsonl.
"""

import argparse
import json
import os
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from archiver.archive import Archive
from archiver.crawling.scheduling import Scheduled, Scheduler, Work, instant
from archiver.jobs.reading import read_job
from archiver.services.ingest import World
from infra.crash.scratch import scratch
from infra.prove_catalog import circumstances

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "schedule.jsonl"
PROGRESS = ROOT / "build" / "prove-schedule.json"
ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Atlantic/Azores", "America/New_York", "America/Santiago",
    "America/Asuncion", "America/Havana", "America/Nuuk", "America/Scoresbysund", "America/St_Johns", "Africa/Cairo",
    "Africa/Casablanca", "Asia/Beirut", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kolkata", "Australia/Lord_Howe",
    "Pacific/Apia",
)  # fmt: skip
FIRST, LAST = date(2026, 1, 2), date(2035, 12, 31)
CRONS = {"night": "30 2 * * *", "midnight": "0 0 * * *"}
"""By the name of the job."""
_DAY = timedelta(days=1)
_STEPS = (1, 59, 360, 900)
"""Minutes between two looks."""
_LONGEST = 360
"""Minutes that a crawl goes on for."""
_TOTALS = json.dumps({"captures": 3, "failed": 0, "hosts": 1})
Counts = dict[str, Any]


@dataclass
class Tally:
    """What came of one zone."""

    days: int = 0
    looks: int = 0
    at_once: int = 0
    """Looks of both schedulers at one instant, from two threads."""
    runs: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


class Walk:
    """Two schedulers on one archive, walked through the days of one zone."""

    def __init__(self, archives: tuple[Archive, Archive], zone: str, seed: int) -> None:
        self._worlds = tuple(one.world() for one in archives)
        self._zone = zone
        self._local = ZoneInfo(zone)
        self._chance = random.Random(f"{seed} {zone}")
        self._known = [_scheduled(name, cron, zone) for name, cron in CRONS.items()]
        self._working: dict[str, datetime] = {}
        """When each crawl that was begun ends."""
        self._ran = {name: Counter[date]() for name in CRONS}
        self.tally = Tally()

    def through(self, first: date, last: date) -> Tally:
        """Every local day from the first to the last one, and half a day before and after."""
        now = _noon(first - _DAY, self._local)
        until = _noon(last + _DAY, self._local)
        with ThreadPoolExecutor(max_workers=2) as both:
            while now < until:
                self._end(now)
                for known in self._known:
                    self._see(known, now, both)
                now += timedelta(minutes=self._chance.choice(_STEPS))
        wanted = [first + _DAY * number for number in range((last - first).days + 1)]
        self.tally.days = len(wanted)
        for name, ran in self._ran.items():
            self.tally.wrong += [f"{self._zone}: {name}: {one}" for one in not_once(ran, wanted)]
        return self.tally

    def _see(self, known: Scheduled, now: datetime, both: ThreadPoolExecutor) -> None:
        """One step of one job."""
        if self._chance.random() < 1 / 3:
            found = list(both.map(lambda world: self._look(world, known, now), self._worlds))
            self.tally.at_once += 1
        else:
            found = [self._look(self._chance.choice(self._worlds), known, now)]
        self.tally.looks += len(found)
        for work, refused in found:
            self.tally.refused += refused
            if work is not None:
                self._begun(work, now)

    def _look(self, world: World, known: Scheduled, now: datetime) -> tuple[Work | None, int]:
        scheduler = Scheduler(replace(world, now=lambda: now), now, self._working.__contains__)
        return scheduler.look(known), len(scheduler.refused)

    def _begun(self, work: Work, now: datetime) -> None:
        if work.resumed or work.stop:
            return  # both looked at one instant, and this one saw the crawl of the other before anyone worked on it
        row = self._worlds[0].state.crawls.get(work.crawl_id)
        moment = datetime.fromisoformat(str(row.due)).astimezone(self._local)
        self._ran[work.job][moment.date()] += 1
        self._working[work.crawl_id] = now + timedelta(minutes=self._chance.randrange(_LONGEST))
        self.tally.runs += 1

    def _end(self, now: datetime) -> None:
        """Ends the crawls whose time has come, by one of the schedulers' connections."""
        for crawl_id in [one for one, ends in self._working.items() if ends <= now]:
            del self._working[crawl_id]
            crawls = self._chance.choice(self._worlds).state.crawls
            crawls.end(crawls.get(crawl_id), "finished", instant(now), _TOTALS)


def not_once(ran: Counter[date], wanted: Sequence[date]) -> list[str]:
    """Sentences about days that were not run for exactly once; the days around the wanted ones may be, or not."""
    told = [f"{day} was run for {ran[day]} times" for day in wanted if ran[day] != 1]
    around = {wanted[0] - _DAY, wanted[-1] + _DAY}
    return told + [f"{day} was run for" for day in sorted(ran.keys() - set(wanted) - around)]


def walked(zone: str, seed: int, first: date, last: date) -> Counts:
    """One zone, in an archive of its own."""
    with scratch() as folder, Archive.init(folder / "archive") as one, Archive.open(folder / "archive") as other:
        return vars(Walk((one, other), zone, seed).through(first, last))


def main(arguments: list[str] | None = None) -> int:
    """One piece of the proof; 1 when something was found wrong."""
    given = _options().parse_args(arguments)
    last = FIRST + _DAY * (given.days - 1) if given.days else LAST
    progress = _progress(given)
    print(f"prove-schedule: seed {progress['seed']}, commit {progress['commit']}", flush=True)
    began = time.monotonic()
    left = [zone for zone in given.zones if zone not in progress["zones"]]
    _walk_all(left, progress, last, given.workers, began + 60 * given.minutes)
    progress["seconds"] += round(time.monotonic() - began)
    wrong = [one for held in progress["zones"].values() for one in held["wrong"]]
    if len(progress["zones"]) < len(given.zones) and not wrong:
        given.progress.parent.mkdir(parents=True, exist_ok=True)
        given.progress.write_text(json.dumps(progress), "utf-8")
        print("prove-schedule: time is up; the same command goes on from here")
        return 0
    given.progress.unlink(missing_ok=True)
    line = _evidence(progress, last, wrong)
    given.evidence.parent.mkdir(parents=True, exist_ok=True)
    with given.evidence.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line, indent=1))
    for one in wrong[:50]:
        print(f"WRONG {one}", file=sys.stderr)
    return 1 if wrong else 0


def _walk_all(zones: list[str], progress: Counts, last: date, workers: int, ends: float) -> None:
    """Zones side by side as long as there is time; one that was begun is walked to its end."""
    waiting = iter(zones)
    # Not forked: the schedulers of an earlier zone had threads, and a fork would keep their locks.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as processes:
        running: dict[Future[Counts], str] = {}
        while True:
            while len(running) < workers and time.monotonic() < ends and (zone := next(waiting, None)):
                running[processes.submit(walked, zone, progress["seed"], FIRST, last)] = zone
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                zone = running.pop(one)
                progress["zones"][zone] = one.result()
                told = {name: count for name, count in progress["zones"][zone].items() if name != "wrong"}
                print(f"{zone}: {told}, {len(progress['zones'][zone]['wrong'])} wrong", flush=True)


def _scheduled(name: str, cron: str, zone: str) -> Scheduled:
    text = f'name: {name}\nseeds: [https://example.org/]\nschedule: {{cron: "{cron}", zone: {zone}}}\n'
    job = read_job(text, where=f"{name}.yaml", seed_files=lambda _: "")
    return Scheduled(f"/seeds/{name}.yaml", job, text)


def _noon(day: date, local: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=local).astimezone(UTC)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prove-schedule", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--zones", nargs="+", default=ZONES, help="time zones [twenty]")
    parser.add_argument("--days", type=int, help=f"days from {FIRST} on [ten years]")
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument(
        "--workers", type=int, default=min(4, os.cpu_count() or 1), help="zones at a time [a core each]"
    )
    parser.add_argument("--seed", type=int, help="for the same choices again [random]")
    parser.add_argument("--progress", type=Path, default=PROGRESS, help="where progress is kept between pieces")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE, help="the file the line is appended to")
    return parser


def _progress(given: argparse.Namespace) -> Counts:
    around = circumstances()
    if given.progress.is_file():
        held: Counts = json.loads(given.progress.read_text("utf-8"))
        if (held["commit"], held["days"]) == (around["commit"], given.days) and given.seed in (None, held["seed"]):
            return held
        print("prove-schedule: another commit, seed or number of days; beginning anew")
    seed = secrets.randbits(32) if given.seed is None else given.seed
    return {"commit": around["commit"], "days": given.days, "seed": seed, "seconds": 0, "zones": {}}


def _evidence(progress: Counts, last: date, wrong: list[str]) -> Counts:
    zones = progress["zones"]
    return {
        "proof": "schedule",
        "result": "fail" if wrong else "pass",
        **circumstances(),
        "commit": progress["commit"],
        "seed": progress["seed"],
        "seconds": progress["seconds"],
        "from": str(FIRST),
        "to": str(last),
        "jobs": CRONS,
        **{name: sum(one[name] for one in zones.values()) for name in ("days", "looks", "at_once", "runs", "refused")},
        "zones": {zone: one["runs"] for zone, one in sorted(zones.items())},
        "wrong": wrong[:20],
    }


if __name__ == "__main__":
    sys.exit(main())
