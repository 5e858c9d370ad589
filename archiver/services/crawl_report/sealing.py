# SPDX-License-Identifier: Apache-2.0
"""Storing what an ended crawl came to, in the one order that never shows half of it: five files, then the seal.

Each file is created once and follows from the job, the frontier and the events alone, all of which stand still once the
crawl's end is on record; so after a kill the same files are made again, and storing equal bytes is a success. A file that an
attempt by another version of the program left is let be, and stored under the next free name; the seal says which one counts.
"""

import json
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

from archiver.errors import Damaged, StateFault, StoreConflict
from archiver.services import layout
from archiver.services.crawl_report.account import MOST_LISTED, Account
from archiver.services.crawl_report.files import Packed
from archiver.services.crawl_report.judging import job_of
from archiver.services.crawl_report.log import log_line
from archiver.services.crawl_report.page import page
from archiver.services.crawl_report.report import CrawlReport, Event, Robots
from archiver.services.crawl_report.sealed import SEAL, folder, sealed
from archiver.services.ingest import World
from archiver.services.observations import SOFTWARE
from archiver.services.outcomes import described, encoded
from archiver.state.crawls import CrawlRow
from manifests.canonical import canonical_bytes
from manifests.crawl import CrawlManifest
from manifests.digest import Digest, canonical_digest
from manifests.segment import SegmentFile

_MOST_NAMES = 9


def store_report(world: World, crawl: CrawlRow) -> CrawlManifest:
    """Stores the report of a crawl whose end is on record (`how`, `ended_at`) and whose URLs have all ended; its seal.

    May be called again, whatever an earlier call came to, as long as the frontier knows the crawl's URLs or the seal is
    stored. Memory is bounded whatever the number of URLs. Raises `StateFault` when a URL still waits.
    """
    seal = sealed(world.store, crawl.crawl_id)
    if seal is not None:
        if seal.archive_id != world.archive_id:
            raise Damaged(f"crawl {crawl.crawl_id} is sealed for another archive", "Find out who wrote the seal.")
        _await_ledger(world, seal)
        return seal
    began, ended = _instant(crawl.created_at), _instant(crawl.ended_at or "")
    job_file = _keep_bytes(world, crawl, "job.yaml", crawl.job_text.encode("utf-8"))
    segments, warc_octets = _segments(world, crawl, ended)
    account = Account(began.timestamp(), ended.timestamp())
    world.spool.disk.make_folder(world.spool.root)
    with Packed(world.spool.root) as outcomes, Packed(world.spool.root) as log:
        _count(world, crawl, account, outcomes, log)
        outcomes_file = _keep(world, crawl, "outcomes.jsonl.gz", *outcomes.finish())
        log_file = _keep(world, crawl, "crawl.log.gz", *log.finish())
    report = _report(world, crawl, account, segments, warc_octets)
    report_file = _keep_bytes(world, crawl, "report.json", canonical_bytes(report))
    page_file = _keep_bytes(world, crawl, "report.html", page(report))
    seal = CrawlManifest(
        archive_id=world.archive_id,
        crawl_id=crawl.crawl_id,
        job=crawl.job,
        due=report.due,
        created_at=began,
        ended_at=ended,
        how=report.how,
        first_crawl_id=crawl.first_crawl_id,
        totals=report.totals,
        segments=report.segments,
        job_file=job_file,
        outcomes=outcomes_file,
        log=log_file,
        report=report_file,
        page=page_file,
        software=SOFTWARE,
    )
    content = canonical_bytes(seal)
    world.store.put(folder(crawl.crawl_id) + SEAL, content, sha256=Digest.of(content), size=len(content))
    _await_ledger(world, seal)
    return seal


def _await_ledger(world: World, seal: CrawlManifest) -> None:
    world.state.backlog.add(folder(seal.crawl_id) + SEAL, canonical_digest(seal), seal.ended_at)


def _count(world: World, crawl: CrawlRow, account: Account, outcomes: Packed, log: Packed) -> None:
    @lru_cache(maxsize=4096)
    def seed_url(number: int) -> str:
        return world.state.crawls.seed(crawl.row, number).url

    for row in world.state.frontier.known(crawl.row):
        if row["outcome"] is None:
            raise StateFault(
                f"{row['url']} still waits in crawl {crawl.crawl_id}, which has ended",
                "This is a fault of the program: keep the state folder and report it.",
            )
        account.add(row)
        told = described(row, seed_url)
        outcomes.line(encoded(told))
        logged = log_line(told)
        if logged is not None:
            log.line(logged)


def _report(
    world: World, crawl: CrawlRow, account: Account, segments: tuple[str, ...], warc_octets: int
) -> CrawlReport:
    ended_at = _instant(crawl.ended_at or "")
    politeness = job_of(crawl).settings.politeness
    # What is asked of a crawl between its end and its seal comes too late to be part of it.
    events = [one for one in world.state.crawls.events(crawl) if _instant(one[0]) <= ended_at]
    robots_found, robots_absent, robots_unavailable = account.robots_answers()
    refusals = {one.reason: one.urls for one in account.reasons()}
    return CrawlReport(
        archive_id=world.archive_id,
        crawl_id=crawl.crawl_id,
        job=crawl.job,
        due=_instant(crawl.due) if crawl.due else None,
        created_at=_instant(crawl.created_at),
        ended_at=ended_at,
        how=crawl.how or "",
        first_crawl_id=crawl.first_crawl_id,
        seeds=account.seeds,
        totals=account.totals(warc_octets),
        reasons=account.reasons(),
        codes=account.codes_told(),
        signs=account.signs_told(),
        rate=account.rate(),
        hosts=account.most_captured(),
        slowest=account.slowest(),
        suspected_hosts=account.most_suspected(),
        robots=Robots(
            policy=politeness.robots,
            policy_reason=politeness.robots_reason,
            seeds_otherwise=_seeds_otherwise(world, crawl, politeness.robots) or None,
            found=robots_found,
            absent=robots_absent,
            unavailable=robots_unavailable,
            disallowed_urls=refusals.get("robots-disallowed", 0),
            unavailable_urls=refusals.get("robots-unavailable", 0),
            hosts=account.robots_hosts(),
        ),
        events=tuple(Event(at=_instant(at), kind=kind, detail=detail) for at, kind, detail in events[-MOST_LISTED:]),
        events_in_all=len(events),
        failed=account.failed.told(),
        changed=account.changed.told(),
        notices_changed=account.notices_changed.told(),
        suspected=account.suspected.told(),
        segments=segments,
        software=SOFTWARE,
    )


def _seeds_otherwise(world: World, crawl: CrawlRow, policy: str) -> int:
    """How many seeds have another robots policy than their job."""
    own = (
        json.loads(one.settings).get("own") for one in world.state.crawls.seeds(crawl.row) if '"robots"' in one.settings
    )
    return sum((one or {}).get("politeness", {}).get("robots", policy) != policy for one in own)


def _segments(world: World, crawl: CrawlRow, ended_at: datetime) -> tuple[tuple[str, ...], int]:
    """The segments of a crawl, and the octets of their WARC files.

    A job has one crawl at a time and a crawl's segments hold nothing else, so they are those of the job that were opened
    between its beginning and its end; both ids begin with the time.
    """
    first, last = crawl.crawl_id[:10], layout.segment_id(ended_at, bytes(10))[:10]
    ids, octets = [], 0
    for one in world.generations.current().all_segments():
        if one.folder.startswith(f"{layout.SEGMENTS}{crawl.job}/") and first <= one.segment_id[:10] <= last:
            held = world.store.head(one.folder + one.warc)
            if held is None:
                raise Damaged(f"{one.folder}{one.warc} is missing", "Run `archiver verify` to see what is missing.")
            ids.append(one.segment_id)
            octets += held.size
    return tuple(sorted(ids)), octets


def _keep_bytes(world: World, crawl: CrawlRow, name: str, content: bytes) -> SegmentFile:
    return _keep(world, crawl, name, content, Digest.of(content), len(content))


def _keep(
    world: World, crawl: CrawlRow, name: str, content: bytes | BinaryIO, sha256: Digest, size: int
) -> SegmentFile:
    """Stores one file, under the first of its names that holds nothing else."""
    stem, dot, ending = name.partition(".")
    for number in range(1, _MOST_NAMES + 1):
        tried = name if number == 1 else f"{stem}-{number}{dot}{ending}"
        try:
            world.store.put(folder(crawl.crawl_id) + tried, content, sha256=sha256, size=size)
        except StoreConflict:
            if number == _MOST_NAMES:
                raise
            if not isinstance(content, bytes):
                content.seek(0)
        else:
            return SegmentFile(name=tried, sha256=sha256, size=size)
    raise AssertionError("not reached")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
