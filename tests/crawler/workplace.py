# SPDX-License-Identifier: Apache-2.0
"""Crawls in this process: a real archive and real workers of one event loop, against the crawl site."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archiver import Archive
from archiver.capture.http import HttpEngine
from archiver.catalog.catalog import Found
from archiver.crawling import running
from archiver.crawling.planning import job_of, options_of, plan_of
from archiver.crawling.running import Ended, Progress
from archiver.jobs.reading import read_job
from archiver.services import read
from archiver.services.crawler.worker import Worker
from archiver.services.ingest import recover
from archiver.settings import read as settings
from archiver.state.leases import LeaseLost
from archiver.urls import parse
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest
from tests.end_to_end.crawl_runs import job_text
from tests.end_to_end.crawl_site import CrawlSite

During = Callable[[list[Worker]], Coroutine[Any, Any, None]]


@dataclass
class Workplace:
    """One archive, and the crawls of one job over one site."""

    folder: Path
    site: CrawlSite
    ways: list[str] = field(default_factory=list)
    """How the workers of the last crawl ended."""
    crawl_id: str = ""
    kept: dict[str, dict[str, Any]] | None = None
    """Every URL of the crawl that ended last."""

    def __post_init__(self) -> None:
        self.archive = Archive.init(self.folder / "archive", settings=settings({"HOME": str(self.folder)}))

    def close(self) -> None:
        """Closes the archive."""
        self.archive.close()

    def crawl(self, workers: int = 1, *, plan: dict[str, Any] | None = None, **sections: Any) -> str:
        """A whole crawl with so many workers; how it ended. `sections` are the job's, `plan` replaces parts of the plan."""
        self.begin(**sections)
        return self.work(workers, plan=plan)

    def begin(self, **sections: Any) -> None:
        """A new crawl, of which nothing is done yet."""
        text = job_text(self.site, **sections)
        job = read_job(text, where="job.yaml", seed_files=lambda name: "")
        crawl_id = running.begin(self.archive.world(), job, text)
        assert crawl_id is not None
        self.crawl_id, self.kept = crawl_id, None

    def work(
        self,
        workers: int = 1,
        *,
        plan: dict[str, Any] | None = None,
        during: During | None = None,
        conclude: bool = True,
    ) -> str:
        """Workers go on with the crawl until each has ended; `during` is begun with them."""
        world = self.archive.world()
        row = world.state.crawls.get(self.crawl_id)
        world.state.leases.dismiss(row.row)
        world.state.crawls.settle_grants(row)
        recover(world)
        self.ways = asyncio.run(self._work(workers, {"first_retry": 0.05, "free_octets": 0, **(plan or {})}, during))
        recover(world)
        early = [one for one in self.ways if one not in ("over", "lost")]
        how = early[0] if early else "over"
        if not conclude:
            return how
        ended = Ended(how, Progress(0.0))
        if how in ("over", "limit", "stop"):
            # The frontier forgets a crawl that has ended: its URLs are looked at just before.
            running.put_end_on_record(world, world.state.crawls.get(self.crawl_id), ended, world.now())
            self.kept = self._in_frontier()
        running.conclude(world, world.state.crawls.get(self.crawl_id), ended)
        return how

    async def _work(self, workers: int, changed: dict[str, Any], during: During | None) -> list[str]:
        async with contextlib.AsyncExitStack() as closing:
            several = [await self._worker(workers, changed, closing) for _ in range(workers)]
            also = asyncio.create_task(during(several)) if during else None
            ways = await asyncio.gather(*(_way(one) for one in several))
            if also is not None:
                await also
            return ways

    async def _worker(self, workers: int, changed: dict[str, Any], closing: contextlib.AsyncExitStack) -> Worker:
        another = Archive.open(self.folder / "archive", settings=settings({"HOME": str(self.folder)}))
        closing.callback(another.close)
        world = another.world()
        row = world.state.crawls.get(self.crawl_id)
        job = job_of(row)
        options = options_of(job, {})
        plan = replace(
            plan_of(job, row, options, lambda n: world.state.crawls.seed(row.row, n), workers, world.operator),
            **changed,
        )
        token = world.state.leases.enlist(row.row, "here:1", world.now().timestamp() + plan.lease)
        engine = HttpEngine(options.dialer(), now=world.now, limits=options.limits, at_once=plan.overall)
        closing.push_async_callback(engine.close)
        return Worker(world, plan, engine, token)

    def known(self) -> dict[str, dict[str, Any]]:
        """Every URL of the crawl as state knows it, or knew it when it ended."""
        return self.kept if self.kept is not None else self._in_frontier()

    def _in_frontier(self) -> dict[str, dict[str, Any]]:
        world = self.archive.world()
        return {one["url"]: one for one in world.state.frontier.known(world.state.crawls.get(self.crawl_id).row)}

    def reasons(self) -> Counter[str]:
        """How many URLs ended with which reason."""
        return Counter(one["reason"] for one in self.known().values() if one["reason"])

    def all_captures(self) -> list[Found]:
        """Every capture in the archive, in the order of the files."""
        catalog = self.archive.catalog()
        return [one for segment in catalog.all_segments() for one in catalog.captures_in(segment.segment_id)]

    def captures(self) -> list[Found]:
        """Those of this crawl that are no robots.txt."""
        kept = {one["capture_id"] for one in self.known().values()}
        return [one for one in self.all_captures() if one.capture_id in kept and not one.url.endswith("/robots.txt")]

    def counts(self) -> Counter[str]:
        """How often each URL was captured in this crawl."""
        return Counter(one.url for one in self.captures())

    def manifest(self, found: Found) -> CaptureManifest:
        """The manifest of a capture."""
        return from_canonical(CaptureManifest, read.manifest_bytes(self.archive.place.store, found))

    def url_known(self, url: str) -> dict[str, Any]:
        """One URL as state knows it."""
        return self.known()[parse(url).url]

    def facts(self, url: str) -> dict[str, Any]:
        """What else state keeps of one URL."""
        kept = self.url_known(url)["facts"]
        return json.loads(kept) if kept else {}


async def _way(worker: Worker) -> str:
    """How a worker ended; `lost` when another has taken over."""
    try:
        return await worker.run()
    except LeaseLost:
        return "lost"
