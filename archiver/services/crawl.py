# SPDX-License-Identifier: Apache-2.0
"""Capturing pages: each seed with its redirects, its site's robots.txt and, unless left out, what it embeds.

Every URL ends in exactly one outcome. What was fetched, or failed on the way, becomes a capture through ingest; what was
refused or skipped is reported without one. Results of a seed are emitted together, the seed first, when all of them are
acknowledged: on stable storage and known to state.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

from archiver.capture.http import HttpEngine, Request
from archiver.errors import BadInput
from archiver.exchange import Exchange
from archiver.services import robots
from archiver.services.ingest import Captured, Ingest
from archiver.services.observations import Context
from archiver.services.redaction import ALWAYS_SECRET
from archiver.url_keys import url_key
from archiver.urls import HttpUrl, parse, same_site
from manifests.agents import Agent
from manifests.capture import BackLink, FetchSettings, Outcome, RobotsDecision

MAX_REDIRECTS = 20
MAX_REQUISITES = 2000
MAX_EMBED_DEPTH = 3
PAGES_AT_ONCE = 8
FETCHES_A_HOST = 6


@dataclass(frozen=True, slots=True)
class Seed:
    """One URL given by a person."""

    url: str
    labels: dict[str, str] = field(default_factory=dict)


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
    operator: Agent | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one URL."""

    url: str
    discovery_path: str
    outcome: Outcome
    reason: str | None = None
    detail: str | None = None
    embedded_by: str | None = None
    """The URL of the page that embeds it."""
    final_url: str | None = None
    captured: Captured | None = None
    """None for what was refused or skipped."""

    @property
    def response_code(self) -> int | None:
        """The status code of its response."""
        seen = self.captured.manifest.observation.response if self.captured else None
        return seen.code if seen else None

    @property
    def suspected(self) -> tuple[str, ...]:
        """Signs that this is not what was meant to be captured."""
        claims = self.captured.manifest.claims if self.captured else None
        return tuple(one.sign for one in claims.suspected) if claims else ()


@dataclass(frozen=True, slots=True)
class SeedResult:
    """A seed with everything captured for it; `results[0]` is the seed itself."""

    seed: Seed
    results: tuple[Result, ...]

    @property
    def page(self) -> Result:
        """The page the seed led to: the last of its redirects, the seed itself when there were none."""
        return [one for one in self.results if set(one.discovery_path) <= {"R"}][-1]


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
            left = (*done, *running, *self._rules.values())
            for one in left:
                one.cancel()
            # The first fault is on its way up; those of the others would only repeat it.
            await asyncio.gather(*left, return_exceptions=True)

    async def _seed(self, seed: Seed) -> SeedResult:
        gathered = _Gathered(seed)
        await self._chain(gathered)
        if self._plan.requisites:
            await self._embedded(gathered, gathered.chain[-1], 1)
        await self._recorder.acknowledge()
        return gathered.result()

    async def _chain(self, gathered: "_Gathered") -> None:
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
            target = _location(chain[-1])
            if target is None:
                return
            if target == "":
                said = "the redirect names no single place to go to"
                chain.append(Result(url.url, path + "R", Outcome.REFUSED, "redirect-unusable", said))
                return
            links = (_back(chain[-1], "redirected-from"),)
            text, base = target, url

    async def _one(
        self,
        url: HttpUrl,
        gathered: "_Gathered",
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
        exchange = await self._fetch(url, gathered)
        if exchange.outcome is Outcome.REFUSED and (exchange.connection is None or exchange.connection.tls is None):
            return Result(url.url, path, exchange.outcome, exchange.reason, exchange.detail, embedded_by)
        captured = await self._recorder.record(exchange, self._context(url, gathered, path, links, decision))
        return _result(captured, path, embedded_by)

    def _context(
        self, url: HttpUrl, gathered: "_Gathered", path: str, links: tuple[BackLink, ...], decision: RobotsDecision
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

    async def _fetch(self, url: HttpUrl, gathered: "_Gathered") -> Exchange:
        headers = self._plan.headers if gathered.trusts(url) else self._open_headers
        places = self._hosts.setdefault(url.origin, asyncio.Semaphore(FETCHES_A_HOST))
        async with places:
            return await self._engine.fetch(Request(url, headers=headers, secret_headers=self._plan.secret_headers))

    async def _rules_of(self, url: HttpUrl, gathered: "_Gathered") -> robots.SiteRules:
        task = self._rules.get(url.origin)
        if task is None:
            task = asyncio.create_task(self._fetch_rules(parse(robots.robots_url(url)), gathered))
            self._rules[url.origin] = task
        return await asyncio.shield(task)

    async def _fetch_rules(self, where: HttpUrl, gathered: "_Gathered") -> robots.SiteRules:
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
            result = _result(
                await self._recorder.record(exchange, self._context(where, gathered, path, links, decision)), path, None
            )
            gathered.others.append(result)
            links = (_back(result, "redirected-from"),)
            capture_id = links[0].capture_id
            target = _location(result)
            if not target:
                return robots.SiteRules(capture_id, rules)
            try:
                where, path = parse(target, where), path + "R"
            except BadInput:
                break  # it leads to no robots.txt; the capture says where it leads
        return robots.SiteRules(capture_id, None)

    async def _embedded(self, gathered: "_Gathered", page: Result, depth: int) -> None:
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

    async def _requisite(self, url: HttpUrl, gathered: "_Gathered", page: Result, depth: int) -> None:
        """One embedded URL with its redirects, then what it embeds itself."""
        path, links = page.discovery_path + "E", (_back(page, "embedded-by"),)
        passed = {url.url}
        for _ in range(MAX_REDIRECTS):
            result = await self._one(url, gathered, path, links, embedded_by=page.url)
            gathered.others.append(result)
            target = _location(result)
            if not target:
                await self._embedded(gathered, result, depth + 1)
                return
            path, links = path + "R", (_back(result, "redirected-from"),)
            try:
                url = parse(target, url)
            except BadInput as fault:
                gathered.others.append(Result(target, path, Outcome.REFUSED, _unusable(fault), str(fault), page.url))
                return
            if url.url in passed:
                said = f"{url.url} was already asked for in this chain"
                gathered.others.append(Result(url.url, path, Outcome.REFUSED, "redirect-loop", said, page.url))
                return
            passed.add(url.url)
        said = f"more than {MAX_REDIRECTS} redirects"
        gathered.others.append(Result(url.url, path, Outcome.REFUSED, "redirect-limit", said, page.url))


class _Gathered:
    """What has been found for one seed so far."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.chain: list[Result] = []
        self.others: list[Result] = []

    @property
    def shown(self) -> str:
        """The seed's URL without userinfo; as given when it is no URL."""
        try:
            return parse(self.seed.url).url
        except BadInput:
            return self.seed.url

    def trusts(self, url: HttpUrl) -> bool:
        """Whether the operator's secrets may go there: to the seed's own host, and not in the clear when it has TLS."""
        try:
            seed = parse(self.seed.url)
        except BadInput:
            return False
        return same_site(seed, url) and (url.scheme == "https" or seed.scheme == "http")

    def result(self) -> SeedResult:
        """The seed first, each of its chain with the URL the chain led to."""
        final = self.chain[-1].url
        chain = [_told(one, final) for one in self.chain]
        others = [_told(one, one.url) for one in self.others]
        return SeedResult(self.seed, (*chain, *others))


def _told(result: Result, final_url: str) -> Result:
    """The result without the page's text and links, which the manifest does without and a long run would pile up."""
    captured = replace(result.captured, reading=None) if result.captured else None
    return replace(result, final_url=final_url, captured=captured)


def _result(captured: Captured, path: str, embedded_by: str | None) -> Result:
    seen = captured.manifest.observation
    return Result(seen.url, path, seen.outcome, seen.reason, seen.detail, embedded_by, None, captured)


def _back(result: Result, relation: Literal["embedded-by", "redirected-from"]) -> BackLink:
    assert result.captured is not None
    seen = result.captured.manifest.observation
    return BackLink(relation=relation, capture_id=seen.capture_id, url=seen.url)


def _unusable(fault: BadInput) -> str:
    reason = str(fault.fields.get("reason", "bad-url"))
    return reason if reason == "scheme-refused" else "redirect-unusable"


def _location(result: Result) -> str | None:
    """Where a response leads: a URL reference, `""` when it should but does not, None when it does not lead anywhere."""
    seen = result.captured.manifest.observation.response if result.captured else None
    if seen is None or seen.code not in (301, 302, 303, 307, 308):
        return None
    named = {value.strip() for value in result.captured.values("location")} if result.captured else set()
    if len(named) != 1:
        return ""
    # Header bytes were read as Latin-1; servers that send other bytes mean UTF-8, as browsers take it.
    return named.pop().encode("latin-1").decode("utf-8", "replace")
