# SPDX-License-Identifier: Apache-2.0
"""What a crawl of a job would begin with: the answers of its seeds, their robots.txt, and the verdict on what they name.

Only seeds with their redirects, robots.txt, and the sitemaps and feeds that the job names are asked for, one request at a time,
with the job's rest between those to one host. Nothing is written anywhere. Robots rules are obeyed as the crawl would.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

from archiver.capture.http import HttpEngine, Request
from archiver.crawling.planning import options_of, plan_of, seeds_of
from archiver.discovery import candidates
from archiver.errors import BadInput
from archiver.exchange import Exchange
from archiver.formats.coding import decode
from archiver.jobs.effective import Job
from archiver.politeness import Pace, retry_after
from archiver.robots import MAX_OCTETS, MAX_REDIRECTS, Rules, Standing, robots_url, standing
from archiver.scope import MAX_REDIRECTS as MOST_REDIRECTS
from archiver.services.crawler import listings
from archiver.services.crawler.plan import CrawlPlan, SeedPlan
from archiver.services.ingest import MAX_DECODED, read_page
from archiver.services.payloads import payload_pieces
from archiver.state.crawls import CrawlRow
from archiver.state.turn import Waiting
from archiver.traps import drop_parameters
from archiver.urls import HttpUrl, parse, same_site

SHOWN = 20
"""URLs that are named of each kind."""
MOST_LISTS = 5
"""Sitemaps of an index that are asked for."""
_MAX_BODY = 64 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and its answer."""

    url: str
    code: int | None
    detail: str | None
    """Why there is no answer, or not a whole one."""


@dataclass(slots=True)
class Judged:
    """URLs of one verdict."""

    urls: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    first: list[tuple[str, str]] = field(default_factory=list)
    """URL and rule of the first of them."""

    def add(self, url: str, rule: str) -> None:
        """One more."""
        self.urls += 1
        self.rules[rule] += 1
        if len(self.first) < SHOWN:
            self.first.append((url, rule))


@dataclass(slots=True)
class SeedPreview:
    """One seed, sitemap or feed."""

    number: int
    url: str
    source: str | None
    """`sitemap` or `feed` when its entries are seeds."""
    asked: list[Asked] = field(default_factory=list)
    """The seed and where it redirects to, or the lists of an index."""
    robots: str = "allowed"
    """`allowed`, `disallowed`, or `unavailable` when no rules can be had."""
    robots_line: str | None = None
    """The line that decided."""
    sitemaps: tuple[str, ...] = ()
    """What robots.txt names; a job that wants them lists them under `seeds_from`."""
    taken: Judged = field(default_factory=Judged)
    left_out: Judged = field(default_factory=Judged)


async def preview(
    job: Job, environment: Mapping[str, str], numbers: Iterable[int] | None, now: Callable[[], datetime]
) -> AsyncIterator[SeedPreview]:
    """The seeds of a job with these numbers, or all, one after the other. Raises `BadInput` as `options_of` does."""
    options = options_of(job, environment)
    rows = list(seeds_of(job))
    row = CrawlRow(
        row=0, crawl_id="preview", job=job.name, job_text="", due=None, stage="running", wanted="run", how=None,
        created_at=now().isoformat(), ended_at=None, first_crawl_id=None, excluded=(), limits={}, report=None,
    )  # fmt: skip
    plan = plan_of(job, row, options, rows.__getitem__, 1, None)
    engine = HttpEngine(
        options.dialer(),
        now=now,
        limits=replace(options.limits, max_body=min(options.limits.max_body, _MAX_BODY)),
        accept_bad_certificate=options.accept_bad_certificate,
    )
    one = _Preview(plan, engine, now)
    try:
        for number in numbers if numbers is not None else range(len(rows)):
            yield await one.of(number)
    finally:
        await engine.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    code: int | None
    detail: str | None
    headers: tuple[tuple[str, str], ...]
    content: bytes
    whole: bool
    retry_after: str | None

    def location(self) -> str | None:
        if self.code not in (301, 302, 303, 307, 308):
            return None
        named = {value.strip() for name, value in self.headers if name.lower() == "location"}
        return named.pop().encode("latin-1").decode("utf-8", "replace") if len(named) == 1 else None


class _Preview:
    """The hosts asked so far, their rules and their pace."""

    def __init__(self, plan: CrawlPlan, engine: HttpEngine, now: Callable[[], datetime]) -> None:
        self._plan = plan
        self._engine = engine
        self._now = now
        self._paces: dict[str, Pace] = {}
        self._rules: dict[str, Rules | None] = {}

    async def of(self, number: int) -> SeedPreview:
        """One seed."""
        seed = self._plan.seed(number)
        shown = SeedPreview(number, seed.url.url, seed.source)
        url, path = seed.url, ""
        while True:
            if not await self._may_ask(url, seed, shown):
                return shown
            answer = await self._ask(url, seed)
            shown.asked.append(Asked(url.url, answer.code, answer.detail))
            target = answer.location()
            if target is None:
                break
            path += "R"
            try:
                url = parse(target, url)
            except BadInput:
                shown.left_out.add(target, "no http URL")
                return shown
            verdict = seed.scope.judge(url, path=path, depth=0, hops=0)
            (shown.taken if verdict.accepted else shown.left_out).add(url.url, verdict.rule)
            if not verdict.accepted or len(path) > MOST_REDIRECTS:
                return shown
        if answer.code is not None:
            if seed.source is not None:
                await self._listed(answer, url, seed, shown)
            else:
                self._named(answer, url, path, seed, shown)
        return shown

    def _named(self, answer: _Answer, url: HttpUrl, path: str, seed: SeedPlan, shown: SeedPreview) -> None:
        """What a page names, judged as the crawl does."""
        reading, listing = read_page(url.url, answer.headers, answer.content, answer.code)
        known = {url.url, seed.url.url}
        for one in candidates(reading, answer.headers, url, path, content=listing):
            try:
                found = parse(one.url_text, url)
            except BadInput:
                continue
            found = drop_parameters(found, seed.drop) if seed.drop else found
            if found.url in known:
                continue
            known.add(found.url)
            depth = int(one.letter == "L")
            verdict = seed.scope.judge(found, path=path + one.letter, depth=depth, hops=0)
            trap = seed.traps.judge(found) if verdict.accepted else None
            if trap is not None:
                shown.left_out.add(found.url, f"trap {trap}")
            elif verdict.accepted:
                self._add(found, verdict.rule, shown)
            else:
                shown.left_out.add(found.url, verdict.rule)

    def _add(self, url: HttpUrl, rule: str, shown: SeedPreview) -> None:
        """A URL in scope is taken unless rules that are known already forbid it."""
        rules = self._rules.get(url.origin)
        if rules is not None and self._plan.seed(shown.number).obey_robots:
            ruling = rules.allowed(url.target)
            if not ruling.allowed:
                shown.left_out.add(url.url, f"robots: {ruling.line}")
                return
        shown.taken.add(url.url, rule)

    async def _listed(self, answer: _Answer, url: HttpUrl, seed: SeedPlan, shown: SeedPreview) -> None:
        """The entries of a sitemap or feed, which are seeds; and of the first sitemaps that an index names."""
        began = self._now().timestamp()
        todo, asked = [(url, answer, "")], 0
        known: set[str] = set()
        while todo:
            where, one, path = todo.pop(0)
            _, listing = read_page(where.url, one.headers, one.content, one.code)
            waiting = Waiting(0, 0, where.target, 0, 0, 0, path, shown.number, 0, None, None, None)
            listed, further = listings.read(listing, where, waiting, seed, began)
            for entry in listed:
                if entry.url not in known:
                    known.add(entry.url)
                    self._add(parse(entry.url), entry.found.rule, shown)
            for found in further:
                named = parse(found.origin + found.target)
                if asked >= MOST_LISTS:
                    shown.left_out.add(named.url, f"not asked for by the preview, more than {MOST_LISTS}")
                    continue
                if not await self._may_ask(named, seed, shown):
                    shown.robots = "allowed"
                    shown.left_out.add(named.url, f"robots: {shown.robots_line}")
                    continue
                asked += 1
                next_one = await self._ask(named, seed)
                shown.asked.append(Asked(named.url, next_one.code, next_one.detail))
                todo.append((named, next_one, found.path))

    async def _may_ask(self, url: HttpUrl, seed: SeedPlan, shown: SeedPreview) -> bool:
        """Whether the rules of the host let us ask, which are asked for first where they are not known."""
        if url.origin not in self._rules:
            self._rules[url.origin] = await self._rules_of(url, seed)
        rules = self._rules[url.origin]
        if rules is None:
            shown.robots = "unavailable"
            return not seed.obey_robots
        if url.origin == seed.url.origin:
            shown.sitemaps = rules.sitemaps
        ruling = rules.allowed(url.target)
        shown.robots, shown.robots_line = "allowed" if ruling.allowed else "disallowed", ruling.line
        return ruling.allowed or not seed.obey_robots

    async def _rules_of(self, url: HttpUrl, seed: SeedPlan) -> Rules | None:
        where = parse(robots_url(url))
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._ask(where, seed)
            stands = standing(answer.code)
            if stands is Standing.UNREACHABLE or (stands is Standing.FOUND and not answer.whole):
                return None
            if stands is Standing.FOUND:
                rules = Rules.parse(answer.content[:MAX_OCTETS])
                self._paces[url.origin].heed(rules.crawl_delay())
                return rules
            target = answer.location()
            if stands is Standing.ABSENT or target is None:
                break
            try:
                where = parse(target, where)
            except BadInput:
                break
        return Rules.parse(b"")

    async def _ask(self, url: HttpUrl, seed: SeedPlan) -> _Answer:
        pace = self._paces.setdefault(url.origin, Pace(replace(seed.pace, concurrency=1)))
        while (begins := pace.next_at(now := monotonic())) > now:
            await asyncio.sleep(begins - now)
        pace.started(now)
        # A page may not lead the operator's secrets elsewhere: only the seed's own site gets them.
        own = same_site(seed.url, url) and (url.scheme == "https" or seed.url.scheme == "http")
        secret = self._plan.secret_headers | {"authorization", "cookie"}
        headers = tuple(one for one in self._plan.headers if own or one[0].lower() not in secret)
        answer = _answer(await self._engine.fetch(Request(url, headers=headers)))
        asked = retry_after(answer.retry_after, self._now()) if answer.retry_after else None
        pace.finished(
            monotonic(), latency=monotonic() - now, code=answer.code, failed=answer.code is None, retry_after=asked
        )
        return answer


def _answer(exchange: Exchange) -> _Answer:
    response = exchange.response
    detail = f"{exchange.reason}: {exchange.detail}" if exchange.detail else exchange.reason
    if response is None:
        return _Answer(None, detail or "no answer", (), b"", False, None)
    coding = ", ".join(response.head.get_all("content-encoding")) or None
    decoded = decode(payload_pieces(response), coding, limit=MAX_DECODED)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.head.fields)
    whole = exchange.reason is None and decoded.complete
    content, told = decoded.content, response.head.get("retry-after")
    response.tape.close()
    return _Answer(response.head.code, detail, headers, content, whole or decoded.limited, told)
