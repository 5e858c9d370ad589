# SPDX-License-Identifier: Apache-2.0
"""Capturing pages: each seed with its redirects, its site's robots.txt and other files that speak for the site and, unless left
out, what it embeds.

Every URL ends in exactly one outcome. What was fetched, or failed on the way, becomes a capture through ingest; what was
refused or skipped is reported without one. Results of a seed are emitted together, the seed first, when all of them are
acknowledged: on stable storage and known to state.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from archiver.capture.http import HttpEngine, Request
from archiver.errors import BadInput
from archiver.exchange import Exchange
from archiver.services import robots, site_files
from archiver.services.ingest import Captured, Ingest
from archiver.services.observations import Context
from archiver.services.redaction import ALWAYS_SECRET
from archiver.services.seed_results import Gathered, Result, Seed, SeedResult, back, location, result_of
from archiver.url_keys import url_key
from archiver.urls import HttpUrl, parse
from manifests.agents import Agent
from manifests.capture import BackLink, FetchSettings, Outcome, RobotsDecision

MAX_REDIRECTS = 20
MAX_REQUISITES = 2000
MAX_EMBED_DEPTH = 3
PAGES_AT_ONCE = 8
FETCHES_A_HOST = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """How pages are captured: everything that changes what is fetched, and what is said of it."""

    job: str
    crawl_id: str
    headers: tuple[tuple[str, str], ...]
    """Request headers in order: User-Agent, Accept, Accept-Language, Accept-Encoding and the operator's own."""
    settings: FetchSettings
    secret_headers: frozenset[str] = frozenset()
    requisites: bool = True
    site_files: bool = True
    """Whether the files in which a page's site speaks are captured too; not when robots.txt is not asked for."""
    with_original: bool = False
    """Whether the work that a page says it republishes is captured too."""
    operator: Agent | None = None
    purpose: str | None = None


class Recorder:
    """Ingest behind one thread: the event loop never waits for a disk."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest")

    async def record(self, exchange: Exchange, context: Context) -> Captured:
        """Appends one capture."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ingest.record, exchange, context)

    async def acknowledge(self) -> None:
        """Everything recorded so far is acknowledged when this returns; one sync serves all who wait."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._acknowledge)

    def _acknowledge(self) -> None:
        self._ingest.acknowledge()
        if self._ingest.due():
            self._ingest.finish()

    async def finish(self) -> str | None:
        """Seals and stores what is open."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ingest.finish)

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown(wait=True)


class Crawl:
    """One run over given seeds."""

    def __init__(self, engine: HttpEngine, recorder: Recorder, plan: Plan) -> None:
        self._engine = engine
        self._recorder = recorder
        self._plan = plan
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._rules: dict[str, asyncio.Task[robots.SiteRules]] = {}
        self._sites: dict[str, asyncio.Task[tuple[BackLink, ...]]] = {}
        secret = {name.decode("ascii") for name in ALWAYS_SECRET} | {name.lower() for name in plan.secret_headers}
        self._open_headers = tuple(one for one in plan.headers if one[0].lower() not in secret)
        """What other hosts than the seed's are sent: a page may not lead the operator's secrets to its friends."""
        self._requested: set[str] = set()
        """URLs of requisites asked for in this run."""

    async def run(self, seeds: Iterable[Seed]) -> AsyncIterator[SeedResult]:
        """Captures each seed, several at once, and yields it when it is acknowledged; in order of completion."""
        waiting: Iterator[Seed] = iter(seeds)
        running: set[asyncio.Task[SeedResult]] = set()
        done: set[asyncio.Task[SeedResult]] = set()
        try:
            while True:
                while len(running) < PAGES_AT_ONCE and (seed := next(waiting, None)) is not None:
                    running.add(asyncio.create_task(self._seed(seed)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            left = (*done, *running, *self._rules.values(), *self._sites.values())
            for one in left:
                one.cancel()
            # The first fault is on its way up; those of the others would only repeat it.
            await asyncio.gather(*left, return_exceptions=True)

    async def _seed(self, seed: Seed) -> SeedResult:
        gathered = Gathered(seed)
        await self._chain(gathered)
        if self._plan.requisites:
            await self._embedded(gathered, gathered.chain[-1], 1)
        if self._plan.with_original:
            await self._original(gathered, gathered.chain[-1])
        await self._recorder.acknowledge()
        return gathered.result()

    async def _chain(self, gathered: Gathered) -> None:
        """The seed and its redirects, each a capture of its own, linked to the one that sent it."""
        chain = gathered.chain
        text = gathered.seed.url
        base: HttpUrl | None = None
        links: tuple[BackLink, ...] = ()
        passed: set[str] = set()
        while True:
            path = "R" * len(chain)
            try:
                url = parse(text, base)
            except BadInput as fault:
                reason = _unusable(fault) if chain else str(fault.fields.get("reason", "bad-url"))
                chain.append(Result(text, path, Outcome.REFUSED, reason, str(fault)))
                return
            if url.url in passed:
                said = f"{url.url} was already asked for in this chain"
                chain.append(Result(url.url, path, Outcome.REFUSED, "redirect-loop", said))
                return
            if len(chain) > MAX_REDIRECTS:
                chain.append(
                    Result(url.url, path, Outcome.REFUSED, "redirect-limit", f"more than {MAX_REDIRECTS} redirects")
                )
                return
            passed.add(url.url)
            chain.append(await self._one(url, gathered, path, links))
            target = location(chain[-1])
            if target is None:
                return
            if target == "":
                said = "the redirect names no single place to go to"
                chain.append(Result(url.url, path + "R", Outcome.REFUSED, "redirect-unusable", said))
                return
            links = (back(chain[-1], "redirected-from"),)
            text, base = target, url

    async def _one(
        self,
        url: HttpUrl,
        gathered: Gathered,
        path: str,
        links: tuple[BackLink, ...],
        embedded_by: str | None = None,
    ) -> Result:
        robots_policy = self._plan.settings.robots
        decision = RobotsDecision(decision="not-asked", obeyed=robots_policy == "obey")
        if robots_policy != "off":
            rules = await self._rules_of(url, gathered)
            decision = RobotsDecision(
                decision=rules.decision(url), obeyed=robots_policy == "obey", capture_id=rules.capture_id
            )
            if decision.obeyed and decision.decision == "disallowed":
                said = f"robots.txt of {url.origin} disallows it; leave out --robots obey to capture it all the same"
                return Result(url.url, path, Outcome.REFUSED, "robots-disallowed", said, embedded_by)
            links += await self._site_of(url, gathered, path, rules)
        exchange = await self._fetch(url, gathered)
        if exchange.outcome is Outcome.REFUSED and (exchange.connection is None or exchange.connection.tls is None):
            return Result(url.url, path, exchange.outcome, exchange.reason, exchange.detail, embedded_by)
        captured = await self._recorder.record(exchange, self._context(url, gathered, path, links, decision))
        return result_of(captured, path, embedded_by)

    def _context(
        self, url: HttpUrl, gathered: Gathered, path: str, links: tuple[BackLink, ...], decision: RobotsDecision
    ) -> Context:
        plan = self._plan
        return Context(
            job=plan.job,
            crawl_id=plan.crawl_id,
            seed=gathered.shown,
            discovery_path=path,
            url_key=url_key(url.url),
            settings=plan.settings,
            robots=decision,
            links=links,
            operator=plan.operator,
            purpose=plan.purpose,
            labels=gathered.seed.labels,
        )

    async def _fetch(self, url: HttpUrl, gathered: Gathered) -> Exchange:
        headers = self._plan.headers if gathered.trusts(url) else self._open_headers
        places = self._hosts.setdefault(url.origin, asyncio.Semaphore(FETCHES_A_HOST))
        async with places:
            return await self._engine.fetch(Request(url, headers=headers, secret_headers=self._plan.secret_headers))

    async def _rules_of(self, url: HttpUrl, gathered: Gathered) -> robots.SiteRules:
        task = self._rules.get(url.origin)
        if task is None:
            task = asyncio.create_task(self._fetch_rules(parse(robots.robots_url(url)), gathered))
            self._rules[url.origin] = task
        return await asyncio.shield(task)

    async def _fetch_rules(self, where: HttpUrl, gathered: Gathered) -> robots.SiteRules:
        """The rules of one origin, through the redirects to them, each a capture of its own."""
        path = "P"
        links: tuple[BackLink, ...] = ()
        decision = RobotsDecision(decision="not-asked", obeyed=False)
        capture_id: str | None = None
        for _ in range(robots.MAX_REDIRECTS + 1):
            exchange = await self._fetch(where, gathered)
            rules = robots.read_rules(exchange)
            if exchange.outcome is Outcome.REFUSED:
                return robots.SiteRules(capture_id, None)
            result = result_of(
                await self._recorder.record(exchange, self._context(where, gathered, path, links, decision)), path, None
            )
            gathered.others.append(result)
            links = (back(result, "redirected-from"),)
            capture_id = links[0].capture_id
            target = location(result)
            if not target:
                return robots.SiteRules(capture_id, rules)
            try:
                where, path = parse(target, where), path + "R"
            except BadInput:
                break  # it leads to no robots.txt; the capture says where it leads
        return robots.SiteRules(capture_id, None)

    async def _site_of(
        self, url: HttpUrl, gathered: Gathered, path: str, rules: robots.SiteRules
    ) -> tuple[BackLink, ...]:
        """The files that speak for the site of a URL: asked for with a seed and where it redirects to, once a run."""
        task = self._sites.get(url.origin)
        if task is None:
            if not self._plan.site_files or path.strip("R"):
                return ()
            task = self._sites[url.origin] = asyncio.create_task(self._fetch_site(url, gathered, rules))
        return await asyncio.shield(task)

    async def _fetch_site(self, origin: HttpUrl, gathered: Gathered, rules: robots.SiteRules) -> tuple[BackLink, ...]:
        """One file after the other; when one fails, the rest is left out."""
        found: list[BackLink] = []
        for urls in site_files.places(origin, rules.rules):
            for url in urls:
                answers, link = await self._fetch_site_file(url, gathered, rules)
                if link is not None:
                    found.append(link)
                    break
                if not answers:
                    return tuple(found)
        return tuple(found)

    async def _fetch_site_file(
        self, url: HttpUrl, gathered: Gathered, rules: robots.SiteRules
    ) -> tuple[bool, BackLink | None]:
        """Whether the host answers, and the link to the file when the site spoke there; redirects on the host are followed."""
        path, obeyed = "P", self._plan.settings.robots == "obey"
        links: tuple[BackLink, ...] = ()
        for _ in range(robots.MAX_REDIRECTS + 1):
            decision = RobotsDecision(decision=rules.decision(url), obeyed=obeyed, capture_id=rules.capture_id)
            if obeyed and decision.decision == "disallowed":
                gathered.others.append(Result(url.url, path, Outcome.REFUSED, "robots-disallowed"))
                return True, None
            exchange = await self._fetch(url, gathered)
            if exchange.outcome is Outcome.REFUSED:
                return False, None
            captured = await self._recorder.record(exchange, self._context(url, gathered, path, links, decision))
            result = result_of(captured, path, None)
            gathered.others.append(result)
            if exchange.outcome is Outcome.FAILED:
                return False, None
            target = location(result)
            if not target:
                return True, site_files.spoke(captured)
            links = (back(result, "redirected-from"),)
            try:
                following = parse(target, url)
            except BadInput:
                return True, None
            if not site_files.same_file(url, following):
                return True, None
            url, path = following, path + "R"
        return True, None

    async def _embedded(self, gathered: Gathered, page: Result, depth: int) -> None:
        """What a page embeds, each URL once a run; style sheets and frames are followed to a small depth."""
        if page.captured is None or page.captured.reading is None or depth > MAX_EMBED_DEPTH:
            return
        tasks: list[asyncio.Task[None]] = []
        for address in page.captured.reading.requisites[:MAX_REQUISITES]:
            try:
                url = parse(address)
            except BadInput:
                continue  # a reference that is no http URL is not a requisite; the page's bytes still hold it
            if url.url not in self._requested:
                self._requested.add(url.url)
                tasks.append(asyncio.create_task(self._requisite(url, gathered, page, depth)))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _requisite(self, url: HttpUrl, gathered: Gathered, page: Result, depth: int) -> None:
        """One embedded URL with its redirects, then what it embeds itself."""
        path = page.discovery_path + "E"
        last = await self._followed(url, gathered, path, (back(page, "embedded-by"),), page.url)
        if last is not None:
            await self._embedded(gathered, last, depth + 1)

    async def _followed(
        self, url: HttpUrl, gathered: Gathered, path: str, links: tuple[BackLink, ...], embedded_by: str | None
    ) -> Result | None:
        """A URL with its redirects; what the last of them led to, or None when they lead nowhere."""
        passed = {url.url}
        for _ in range(MAX_REDIRECTS):
            result = await self._one(url, gathered, path, links, embedded_by)
            gathered.others.append(result)
            target = location(result)
            if not target:
                return result
            path, links = path + "R", (back(result, "redirected-from"),)
            try:
                url = parse(target, url)
            except BadInput as fault:
                gathered.others.append(Result(target, path, Outcome.REFUSED, _unusable(fault), str(fault), embedded_by))
                return None
            if url.url in passed:
                said = f"{url.url} was already asked for in this chain"
                gathered.others.append(Result(url.url, path, Outcome.REFUSED, "redirect-loop", said, embedded_by))
                return None
            passed.add(url.url)
        said = f"more than {MAX_REDIRECTS} redirects"
        gathered.others.append(Result(url.url, path, Outcome.REFUSED, "redirect-limit", said, embedded_by))
        return None

    async def _original(self, gathered: Gathered, page: Result) -> None:
        """The work that a page says it republishes, as a page of its own; what that one republishes is left alone."""
        claims = page.captured.manifest.claims if page.captured else None
        original = claims.reprint.original if claims and claims.reprint else None
        if original is None:
            return
        path = page.discovery_path + "L"
        url = _article(original.url)
        if url is None:
            named = original.name or original.url or "another work"
            said = f"{page.url} names {named} as its original, but not the address of the article"
            gathered.others.append(Result(page.url, path, Outcome.REFUSED, "original-without-url", said))
            return
        last = await self._followed(url, gathered, path, (back(page, "linked-from"),), None)
        if last is not None and self._plan.requisites:
            await self._embedded(gathered, last, 1)


def _article(address: str | None) -> HttpUrl | None:
    """The URL of an article; None for no URL, and for the front page of a site, which is not the article."""
    try:
        url = parse(address or "")
    except BadInput:
        return None
    return url if url.target not in ("", "/") else None


def _unusable(fault: BadInput) -> str:
    reason = str(fault.fields.get("reason", "bad-url"))
    return reason if reason == "scheme-refused" else "redirect-unusable"
