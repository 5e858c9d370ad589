# SPDX-License-Identifier: Apache-2.0
"""Getting the files in which a host speaks for all its pages, before its first page: once a crawl, on the hosts of seeds.

They come after robots.txt, obey it as pages do, and wait for their turn at the host as pages do. Each is asked for once, whatever
is killed meanwhile; a failure is on record, and the rest is then left out. What is captured of the host afterwards links back to
those that spoke.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from archiver.capture.http import HttpEngine
from archiver.errors import BadInput
from archiver.exchange import Exchange
from archiver.robots import MAX_REDIRECTS
from archiver.services import site_files
from archiver.services.crawler.hosts import HostWork
from archiver.services.crawler.plan import CrawlPlan, SeedPlan
from archiver.services.crawler.prerequisites import SITE_FILE, Step, keep, leave_out
from archiver.services.crawler.rules import RulesOfHosts
from archiver.services.crawler.visits import Visits
from archiver.state.turn import Waiting
from archiver.urls import HttpUrl, parse
from manifests.capture import BackLink, Outcome

_PAUSE = 0.1
"""Seconds after which is asked again whether another exchange with a slowed host has ended."""


class SiteFilesOfHosts:
    """Asks for the files of a site. Belongs to the event loop."""

    def __init__(
        self,
        engine: HttpEngine,
        visits: Visits,
        rules: RulesOfHosts,
        plan: CrawlPlan,
        clock: Callable[[], float],
        known: Callable[[HttpUrl], Mapping[str, Any] | None],
    ) -> None:
        """`known` asks the frontier what became of a URL; it is called in a thread."""
        self._engine = engine
        self._visits = visits
        self._rules = rules
        self._plan = plan
        self._clock = clock
        self._known = known
        self._asking: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Leaves off asking: what is under way is not recorded."""
        for one in self._asking:
            one.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def of(self, host: HostWork, waiting: Waiting) -> None:
        """Returns when the files of a host are on record, where they are to be."""
        if not self._plan.site_files or host.site_files is not None:
            return
        seed = self._plan.seed(waiting.seed)
        # The host of a seed is also where its redirects lead to.
        if waiting.path.strip("R") and seed.url.origin != host.origin.origin:
            return
        if host.site_task is None:
            host.site_task = asyncio.create_task(self._get(host, waiting, seed))
            self._asking.add(host.site_task)
            host.site_task.add_done_callback(self._asking.discard)
        await asyncio.shield(host.site_task)

    async def _get(self, host: HostWork, waiting: Waiting, seed: SeedPlan) -> None:
        links: list[BackLink] = []
        for urls in site_files.places(host.origin, host.rules):
            for url in urls:
                answers, link = await self._ask(host, url, waiting, seed)
                if link is not None:
                    links.append(link)
                    break
                if not answers:
                    host.site_files = tuple(links)
                    return
        host.site_files = tuple(links)

    async def _ask(
        self, host: HostWork, url: HttpUrl, waiting: Waiting, seed: SeedPlan
    ) -> tuple[bool, BackLink | None]:
        """Whether the host answers, and the link to one file of its, through redirects on the host, if it spoke there."""
        before = await asyncio.to_thread(self._known, url)
        if before is not None and before["capture_id"] is not None:
            return True, _spoke_before(before)
        step = Step(url, "P", SITE_FILE)
        for _ in range(MAX_REDIRECTS + 1):
            decision, line = self._rules.decision(host, step.url.target, seed)
            if decision.obeyed and decision.decision != "allowed":
                rule = f"robots: {line}" if line else "robots"
                leave_out(self._visits, step, waiting, "robots-disallowed", rule)
                return True, None
            exchange = await self._fetch(host, step.url, seed)
            kept = keep(self._visits, host, step, exchange, waiting, seed, decision)
            if kept.captured is None or exchange.outcome is Outcome.FAILED:
                return False, None
            host.prerequisites.add(step.url.target)
            if kept.redirect is None:
                return True, kept.spoke
            text, links = kept.redirect
            try:
                target = parse(text, step.url)
            except BadInput:
                return True, None
            if not site_files.same_file(step.url, target):
                return True, None
            step = step._replace(url=target, path=step.path + "R", links=links)
        return True, None

    async def _fetch(self, host: HostWork, url: HttpUrl, seed: SeedPlan) -> Exchange:
        """One request, when the host's turn has come."""
        pace = host.pace
        while (begins := pace.next_at(now := self._clock())) > now:
            await asyncio.sleep(min(begins - now, _PAUSE))
        pace.started(now)
        exchange = await self._engine.fetch(self._visits.request(seed, url))
        ended = self._clock()
        self._visits.tally.fetches += 1
        pace.finished(
            ended,
            latency=ended - now,
            code=exchange.response.head.code if exchange.response else None,
            failed=exchange.outcome is Outcome.FAILED,
            retry_after=self._visits.asked_to_wait(exchange, seed),
        )
        return exchange


def _spoke_before(row: Mapping[str, Any]) -> BackLink | None:
    """The link to what was captured before, by a worker that is gone or as a page, when it is known that the site spoke there."""
    if not row["facts"] or not json.loads(row["facts"]).get("spoke"):
        return None
    return BackLink(relation="site-file", capture_id=row["capture_id"], url=row["url"])
