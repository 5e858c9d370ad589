# SPDX-License-Identifier: Apache-2.0
"""What of a job is due, and which crawl is to be worked on now.

`due` is pure. `Scheduler` decides with the rows of state, in transactions of which each due time sees one: of any number of
schedulers on one state, one begins the crawl that is due, or puts its refusal on record. The clock is an argument.

- Times missed are made up by one crawl, named by the last of them (`misfire: once`), or left out (`skip`).
- A job that no scheduler has met, or whose schedule was changed, does not make up the past: its first time is the next one.
- A crawl that has not ended is gone on with first when no process works on it, unless a person paused it. While it lasts a due
  run is refused, which its record tells.

Left to others: reading job files, processes, and how long to wait.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from archiver.crawling import running
from archiver.errors import BadInput
from archiver.jobs.effective import Job, Seed
from archiver.services.ingest import World
from archiver.state.crawls import Met, Window

GRACE = timedelta(minutes=15)
"""How late a run that is not made up may still begin."""
WRONG_CLOCK = timedelta(hours=2)
"""How far ahead due times may have been seen to before the clock of that time is taken for wrong."""


@dataclass(frozen=True, slots=True)
class Due:
    """One crawl that is due."""

    moment: datetime
    """The last of the times it is due for, UTC."""
    seeds: tuple[Seed, ...]
    sources: bool
    """Whether the job's sitemaps and feeds belong to it, which have the job's own schedule."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job as its file has it."""

    file: str
    job: Job
    text: str


@dataclass(frozen=True, slots=True)
class Work:
    """A crawl to be worked on."""

    job: str
    crawl_id: str
    resumed: bool = False
    stop: bool = False
    """Only its end is missing: it was stopped, or a kill came between its end and its report."""


def due(job: Job, considered_at: datetime, now: datetime) -> Due | None:
    """The crawl of the seeds whose times came after `considered_at`, up to and including `now`; all of them together."""
    moments: list[datetime] = []
    seeds: list[Seed] = []
    sources = False
    for schedule, some in job.schedules().items():
        moment = schedule.latest_until(now) if schedule is not None else None
        if schedule is None or moment is None or moment <= considered_at:
            continue
        if schedule.misfire == "skip" and now - moment > GRACE:
            continue
        named = bool(job.sources) and schedule == job.settings.schedule
        if some or named:
            moments.append(moment)
            seeds += some
            sources = sources or named
    return Due(max(moments), tuple(seeds), sources) if moments else None


def next_due(job: Job, moment: datetime) -> datetime | None:
    """When a job is due for the first time after `moment`; None for a job without a schedule."""
    every = [
        one.next_after(moment)
        for one, some in job.schedules().items()
        if one is not None and (some or (job.sources and one == job.settings.schedule))
    ]
    return min(every, default=None)


def part(job: Job, one: Due) -> Job:
    """The job with the seeds that are due."""
    return replace(job, seeds=one.seeds, sources=job.sources if one.sources else ())


def instant(moment: datetime) -> str:
    """A time as the rows of schedules have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Scheduler:
    """One scheduler on an archive's state."""

    def __init__(
        self,
        world: World,
        now: datetime,
        works_on: Callable[[str], bool],
        room: Callable[[], bool] = lambda: True,
    ) -> None:
        """`works_on` says whether a process works on a crawl; `room`, whether the disk has room to go on with one."""
        self._world = world
        self._crawls = world.state.crawls
        self._now = now
        self._works_on = works_on
        self._room = room
        self.refused: list[tuple[str, str, datetime]] = []
        """Job, the crawl that has not ended, and the time of each run that was refused."""

    def look(self, known: Scheduled) -> Work | None:
        """The crawl of a job that is to be worked on now. What is due is seen to: begun, or refused on record."""
        job = known.job
        left = self._crawls.unended(job.name)
        if left is not None and not self._works_on(left.crawl_id):
            left = self._crawls.get(left.crawl_id)  # its process may have ended it just before
            if left.stage != "ended" and (left.wanted == "stop" or left.how is not None):
                return Work(job.name, left.crawl_id, stop=True)
            if left.stage != "ended" and left.wanted == "run" and self._room():
                return Work(job.name, left.crawl_id, resumed=True)
        met = self._crawls.met(job.name)
        if met is None or self._begins_anew(met, known):
            self._crawls.consider(job.name, self._window(met, known))
            return None
        one = due(job, datetime.fromisoformat(met.considered_at), self._now)
        if one is None:
            self._freshen(met, known)
            return None
        window = self._window(met, known)
        if left is not None and left.stage != "ended":
            if self._crawls.refuse(left, window, f"the run due {instant(one.moment)}"):
                self.refused.append((job.name, left.crawl_id, one.moment))
            return None
        return self._begin(known, one, window)

    def cannot_read(self, job: str, file: str, mistakes: str) -> None:
        """Puts on record what is wrong in the file of a job, for whoever looks at its health."""
        met = self._crawls.met(job)
        seen = json.loads(met.seen) if met else {}
        if seen.get("mistakes") != mistakes:
            at = met.considered_at if met else instant(self._now)
            told = json.dumps({**seen, "mistakes": mistakes}, ensure_ascii=False)
            self._crawls.consider(job, Window(file, met.considered_at if met else None, at, told))

    def _begin(self, known: Scheduled, one: Due, window: Window) -> Work | None:
        try:
            crawl_id = running.begin(
                self._world, part(known.job, one), known.text, due=instant(one.moment), window=window
            )
        except BadInput as fault:
            if "crawl_id" not in fault.fields:
                raise
            return None  # a person began one since `unended` was asked; the next look sees it, and refuses
        return Work(known.job.name, crawl_id) if crawl_id is not None else None

    def _begins_anew(self, met: Met, known: Scheduled) -> bool:
        """Whether what is past is not to be made up."""
        ahead = datetime.fromisoformat(met.considered_at) - self._now
        return json.loads(met.seen).get("schedules") != _schedules(known.job) or ahead > WRONG_CLOCK

    def _window(self, met: Met | None, known: Scheduled) -> Window:
        return Window(known.file, met.considered_at if met else None, instant(self._now), _seen(known.job, self._now))

    def _freshen(self, met: Met, known: Scheduled) -> None:
        """The file was mended or moved, or a run was missed that is not made up."""
        seen, at = json.loads(met.seen), met.considered_at
        passed = seen["next_due"] is not None and datetime.fromisoformat(seen["next_due"]) <= self._now
        if passed or "mistakes" in seen or met.file != known.file:
            at = max(at, instant(self._now)) if passed else at
            window = Window(known.file, met.considered_at, at, _seen(known.job, self._now))
            self._crawls.consider(known.job.name, window)


def _seen(job: Job, now: datetime) -> str:
    following = next_due(job, now)
    return json.dumps({"schedules": _schedules(job), "next_due": instant(following) if following is not None else None})


def _schedules(job: Job) -> list[str]:
    """What is compared to know whether a schedule was changed."""
    return sorted(repr(one) for one, some in job.schedules().items() if one is not None and (some or job.sources))
