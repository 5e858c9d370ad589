# SPDX-License-Identifier: Apache-2.0
"""Crawls: executions of jobs, what is wanted of them, and what was changed about them while they ran."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from archiver.errors import Ambiguous, BadInput, NotFound
from archiver.sql import Database
from archiver.state.schema import crawls, events, hosts, runs, seeds
from archiver.state.turn import Found, Listed


@dataclass(frozen=True, slots=True)
class CrawlRow:
    """One crawl as state knows it."""

    row: int
    crawl_id: str
    job: str
    job_text: str
    """The job file as it was when the crawl began."""
    due: str | None
    """The time it was due (RFC 3339), for a scheduled crawl."""
    stage: str
    """`running` (or unfinished, when no process works on it), `paused` or `ended`."""
    wanted: str
    """`run`, `pause` or `stop`."""
    how: str | None
    """`finished`, `limit` or `stopped`, once it has ended; from then on nothing of it changes but that its report is stored."""
    created_at: str
    ended_at: str | None
    first_crawl_id: str | None
    """For a retry: the crawl whose URLs it takes again."""
    excluded: tuple[str, ...]
    """Patterns that were excluded since it began."""
    limits: dict[str, int | float]
    """Limits that were set since it began, by name."""
    report: str | None
    """JSON of its totals, once it has ended."""


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One seed of a crawl."""

    number: int
    url: str
    settings: str
    """JSON of what it has otherwise than its job."""


@dataclass(frozen=True, slots=True)
class Met:
    """A job that a scheduler has met."""

    job: str
    file: str
    """The job file it was read from."""
    considered_at: str
    """Due times up to here have been seen to (RFC 3339)."""
    seen: str
    """JSON: what the scheduler saw at that time."""


@dataclass(frozen=True, slots=True)
class Window:
    """The due times of a job that one scheduler sees to at a time; of two with the same `before`, the first one does."""

    file: str
    before: str | None
    """The job's `considered_at` as the scheduler knows it; None for a job that none has met."""
    at: str
    """The job's `considered_at` from now on."""
    seen: str
    """JSON: what the scheduler saw."""


class Crawls:
    """The crawls of one archive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        connection: sa.Connection,
        crawl_id: str,
        job: str,
        job_text: str,
        created_at: str,
        *,
        due: str | None = None,
        window: Window | None = None,
        first_crawl_id: str | None = None,
    ) -> int | None:
        """The row of a new crawl; None when another scheduler has begun the one that was due then, or has seen to `window`.

        Raises `BadInput` when a crawl of this job has not ended.
        """
        fresh = {
            "crawl_id": crawl_id,
            "job": job,
            "job_text": job_text,
            "due": f"{job} {due}" if due else None,
            "stage": "running",
            "wanted": "run",
            "created_at": created_at,
            "first_crawl_id": first_crawl_id,
            "excluded": "[]",
            "limits": "{}",
            "granted": 0,
        }
        if due and connection.execute(sa.select(crawls.c.id).where(crawls.c.due == fresh["due"])).first():
            return None
        if window is not None and not _consider(connection, job, window):
            return None
        left = connection.execute(_unended(job)).first()
        if left is not None:
            raise BadInput(
                f"crawl {left.crawl_id} of job {job} has not ended",
                "Go on with it (--resume), or end it and begin another (--new).",
                crawl_id=left.crawl_id,
            )
        made = connection.execute(sa.insert(crawls).values(fresh)).inserted_primary_key
        assert made is not None
        return int(made[0])

    def get(self, crawl_id: str) -> CrawlRow:
        """The crawl with this id, or the only one whose id begins with it. Raises `NotFound`, `Ambiguous`."""
        wanted = sa.select(crawls).where(crawls.c.crawl_id.between(crawl_id, crawl_id + "~")).limit(2)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        if not rows:
            raise NotFound(f"no crawl has an id that begins with {crawl_id}", "See them with: archiver crawls list")
        if len(rows) > 1:
            raise Ambiguous(f"several crawls have an id that begins with {crawl_id}", "Give more of the id.")
        return _row(rows[0])

    def all(self, job: str | None = None, most: int | None = None) -> list[CrawlRow]:
        """Every crawl, or those of one job, or the last so many; newest first."""
        wanted = sa.select(crawls).order_by(crawls.c.id.desc()).limit(most)
        if job is not None:
            wanted = wanted.where(crawls.c.job == job)
        with self._database.reading() as connection:
            return [_row(row) for row in connection.execute(wanted)]

    def unended(self, job: str) -> CrawlRow | None:
        """The crawl of a job that has not ended, if there is one."""
        with self._database.reading() as connection:
            row = connection.execute(_unended(job)).first()
        return None if row is None else _row(row)

    def names(self) -> list[str]:
        """The jobs that were crawled, by name."""
        with self._database.reading() as connection:
            return list(connection.execute(sa.select(crawls.c.job).distinct().order_by(crawls.c.job)).scalars())

    def wish(self, crawl: CrawlRow, wanted: str, at: str) -> None:
        """What is wanted of a crawl from now on: `run`, `pause` or `stop`; its workers see it within a second."""
        with self._database.writing() as connection:
            connection.execute(sa.update(crawls).where(crawls.c.id == crawl.row).values(wanted=wanted))
            _happened(connection, crawl.row, at, wanted, "")

    def exclude(self, crawl: CrawlRow, patterns: Sequence[str], at: str) -> None:
        """Excludes URLs from a running crawl; on record as an event."""
        with self._database.writing() as connection:
            now = json.loads(
                connection.execute(sa.select(crawls.c.excluded).where(crawls.c.id == crawl.row)).scalar_one()
            )
            connection.execute(
                sa.update(crawls).where(crawls.c.id == crawl.row).values(excluded=json.dumps([*now, *patterns]))
            )
            _happened(connection, crawl.row, at, "exclude", json.dumps(list(patterns)))

    def limit(self, crawl: CrawlRow, limits: dict[str, int | float], at: str) -> None:
        """Sets limits of a running crawl; on record as an event."""
        with self._database.writing() as connection:
            now = json.loads(
                connection.execute(sa.select(crawls.c.limits).where(crawls.c.id == crawl.row)).scalar_one()
            )
            connection.execute(
                sa.update(crawls).where(crawls.c.id == crawl.row).values(limits=json.dumps(now | limits))
            )
            _happened(connection, crawl.row, at, "limit", json.dumps(limits))

    def note(self, crawl: CrawlRow, at: str, kind: str, detail: str) -> None:
        """Something happened to a crawl that its report should tell."""
        with self._database.writing() as connection:
            _happened(connection, crawl.row, at, kind, detail)

    def note_within(self, connection: sa.Connection, crawl: CrawlRow, at: str, kind: str, detail: str) -> None:
        """As `note`, as part of the caller's transaction."""
        _happened(connection, crawl.row, at, kind, detail)

    def stage(self, crawl: CrawlRow, stage: str) -> None:
        """The crawl is `running` or `paused`."""
        with self._database.writing() as connection:
            connection.execute(sa.update(crawls).where(crawls.c.id == crawl.row).values(stage=stage))

    def ending(self, connection: sa.Connection, crawl: CrawlRow, how: str, ended_at: str) -> bool:
        """Puts on record how and when a crawl ended, before its report is stored; False when that is on record already."""
        first = sa.update(crawls).where(crawls.c.id == crawl.row, crawls.c.how.is_(None))
        return connection.execute(first.values(how=how, ended_at=ended_at)).rowcount == 1

    def end(self, crawl: CrawlRow, how: str, ended_at: str, report: str) -> None:
        """The crawl has ended and its report is stored."""
        done = {"stage": "ended", "how": how, "ended_at": ended_at, "report": report}
        with self._database.writing() as connection:
            connection.execute(sa.update(crawls).where(crawls.c.id == crawl.row).values(done))

    def grant(self, connection: sa.Connection, crawl: int, most: int, limit: int) -> int:
        """How many of the captures that a limit leaves a worker may take, at most `most`; unused ones are given back negative."""
        granted = connection.execute(sa.select(crawls.c.granted).where(crawls.c.id == crawl)).scalar_one()
        given: int = min(most, limit - granted)
        if given:
            connection.execute(sa.update(crawls).where(crawls.c.id == crawl).values(granted=granted + given))
        return given

    def unforgotten(self) -> list[int]:
        """Rows of ended crawls whose URLs are still in the frontier: a kill came before they were forgotten."""
        kept = sa.select(hosts.c.id).where(hosts.c.crawl == crawls.c.id).exists()
        with self._database.reading() as connection:
            return list(connection.execute(sa.select(crawls.c.id).where(crawls.c.stage == "ended", kept)).scalars())

    def settle_grants(self, crawl: CrawlRow) -> None:
        """What dead workers were granted and did not take may be granted again. Call it while no worker lives."""
        taken = sa.select(sa.func.coalesce(sa.func.sum(hosts.c.captures), 0)).where(hosts.c.crawl == crawl.row)
        with self._database.writing() as connection:
            connection.execute(
                sa.update(crawls).where(crawls.c.id == crawl.row).values(granted=taken.scalar_subquery())
            )

    def events(self, crawl: CrawlRow) -> list[tuple[str, str, str]]:
        """Time, kind and detail of what happened to a crawl, in order."""
        wanted = sa.select(events).where(events.c.crawl == crawl.row).order_by(events.c.id)
        with self._database.reading() as connection:
            return [(row.at, row.kind, row.detail) for row in connection.execute(wanted)]

    def add_seeds(self, connection: sa.Connection, crawl: int, given: Sequence[SeedRow]) -> None:
        """Seeds of a crawl."""
        if given:
            rows = [{"crawl": crawl, "number": s.number, "url": s.url, "settings": s.settings} for s in given]
            connection.execute(sa.insert(seeds), rows)

    def list_seeds(self, connection: sa.Connection, crawl: int, listed: Sequence[Listed]) -> list[Found]:
        """Seeds that sitemaps and feeds named, and what the frontier is to know of them."""
        if not listed:
            return []
        first = self.seeds_known(connection, crawl)
        numbered = list(enumerate(listed, start=first))
        self.add_seeds(connection, crawl, [SeedRow(number, one.url, one.settings) for number, one in numbered])
        return [replace(one.found, seed=number) for number, one in numbered]

    def seeds_known(self, connection: sa.Connection, crawl: int) -> int:
        """How many seeds a crawl has: the number of the next one."""
        return int(connection.execute(sa.select(sa.func.count()).where(seeds.c.crawl == crawl)).scalar_one())

    def seed(self, crawl: int, number: int) -> SeedRow:
        """One seed of a crawl."""
        wanted = sa.select(seeds).where(seeds.c.crawl == crawl, seeds.c.number == number)
        with self._database.reading() as connection:
            row = connection.execute(wanted).one()
        return SeedRow(row.number, row.url, row.settings)

    def seeds(self, crawl: int) -> Iterator[SeedRow]:
        """The seeds of a crawl, in order."""
        wanted = sa.select(seeds).where(seeds.c.crawl == crawl).order_by(seeds.c.number)
        with self._database.reading() as connection:
            for row in connection.execute(wanted):
                yield SeedRow(row.number, row.url, row.settings)

    def hosts(self, crawl: CrawlRow, most: int) -> list[tuple[str, int, int]]:
        """Origin, captures and octets of the hosts that gave most captures."""
        wanted = sa.select(hosts).where(hosts.c.crawl == crawl.row, hosts.c.captures > 0)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(hosts.c.captures.desc(), hosts.c.id).limit(most))
            return [(row.origin, row.captures, row.octets) for row in rows]

    # --- schedules ---

    def met(self, job: str) -> Met | None:
        """What schedulers know of a job; None when none has met it."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.job == job)).first()
        return None if row is None else Met(row.job, row.file, row.considered_at, row.seen)

    def all_met(self) -> list[Met]:
        """Every job that a scheduler has met, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(runs).order_by(runs.c.job))
            return [Met(row.job, row.file, row.considered_at, row.seen) for row in rows]

    def consider(self, job: str, window: Window) -> bool:
        """The due times of a window have been seen to; False when another scheduler did so before."""
        with self._database.writing() as connection:
            return _consider(connection, job, window)

    def refuse(self, crawl: CrawlRow, window: Window, detail: str) -> bool:
        """A due run is refused because of a crawl that has not ended, on whose record it stands; False as `consider`."""
        with self._database.writing() as connection:
            if not _consider(connection, crawl.job, window):
                return False
            _happened(connection, crawl.row, window.at, "due-refused", detail)
            return True


def _unended(job: str) -> sa.Select[Any]:
    return sa.select(crawls).where(crawls.c.job == job, crawls.c.stage != "ended").limit(1)


def _consider(connection: sa.Connection, job: str, window: Window) -> bool:
    known = connection.execute(sa.select(runs.c.considered_at).where(runs.c.job == job)).scalar()
    if known != window.before:
        return False
    told = {"file": window.file, "considered_at": window.at, "seen": window.seen}
    if known is None:
        connection.execute(sa.insert(runs).values(job=job, **told))
    else:
        connection.execute(sa.update(runs).where(runs.c.job == job).values(told))
    return True


def _happened(connection: sa.Connection, crawl: int, at: str, kind: str, detail: str) -> None:
    connection.execute(sa.insert(events).values(crawl=crawl, at=at, kind=kind, detail=detail))


def _row(row: sa.Row[tuple[object, ...]]) -> CrawlRow:
    named = row._mapping
    return CrawlRow(
        row=named["id"],
        crawl_id=named["crawl_id"],
        job=named["job"],
        job_text=named["job_text"],
        due=named["due"].partition(" ")[2] if named["due"] else None,
        stage=named["stage"],
        wanted=named["wanted"],
        how=named["how"],
        created_at=named["created_at"],
        ended_at=named["ended_at"],
        first_crawl_id=named["first_crawl_id"],
        excluded=tuple(json.loads(named["excluded"])),
        limits=json.loads(named["limits"]),
        report=named["report"],
    )
