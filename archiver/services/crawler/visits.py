# SPDX-License-Identifier: Apache-2.0
"""Visiting one URL: the request, the capture, what became of the URL, and where it leads.

Every visit ends in the frontier's words: an `Ended`, or an `Again` when it is worth another attempt. Nothing is acknowledged
here; what is gathered goes into the transaction that acknowledges the captures.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from archiver.capture.http import HttpEngine, Request
from archiver.catalog.catalog import LastSeen
from archiver.catalog.entries import KeptNotice, notices_digest
from archiver.exchange import Exchange
from archiver.formats.coding import decode
from archiver.politeness import backoff, retry_after, worth_a_retry
from archiver.services.crawler import listings
from archiver.services.crawler.gathered import CHANGED, NEW, UNCHANGED, Gathered, Tally
from archiver.services.crawler.hosts import HostWork
from archiver.services.crawler.leads import AT_ONCE, Leads, Page
from archiver.services.crawler.plan import CrawlPlan, SeedPlan
from archiver.services.crawler.seed_limits import SeedLimits
from archiver.services.ingest import MAX_DECODED, Captured, Ingest, may_list, read_page
from archiver.services.observations import Context
from archiver.services.payloads import not_modified, payload_pieces
from archiver.services.redaction import ALWAYS_SECRET
from archiver.state.turn import Again, Ended, Visited, Waiting
from archiver.url_keys import url_key
from archiver.urls import HttpUrl, same_site
from manifests.canonical import unchecked
from manifests.capture import BackLink, Claims, Outcome, Revisited, RobotsDecision

_link_of = unchecked(BackLink)
"""For what state gave back as it was given."""

_RELATIONS: dict[str, Literal["linked-from", "embedded-by", "redirected-from", "listed-by"]] = {
    "L": "linked-from",
    "E": "embedded-by",
    "R": "redirected-from",
    "M": "listed-by",
    "P": "listed-by",
}

REVISIT = '{"revisit": true}'
"""The facts of a capture whose payload was held already, where there is nothing else to tell."""


LONG_LIST = 256 << 10
"""Octets of a sitemap or feed from which on it is told of before it is recorded."""
_GZIP = b"\x1f\x8b"
_MAY_BE_LONG = 2 << 10
"""Octets of a body, which may be compressed, that may be such a list."""
MOST_FOUND = 5_000
"""URLs of such a list that wait for one turn."""


class Visits:
    """Visits of one worker. Belongs to the event loop."""

    def __init__(
        self,
        engine: HttpEngine,
        ingest: Ingest,
        plan: CrawlPlan,
        now: Callable[[], datetime],
        chance: Callable[[], float],
        earlier: Callable[[LastSeen, str], Page],
        stirred: asyncio.Event,
        seed_limits: SeedLimits,
    ) -> None:
        """`earlier` reads again what the archive holds of a URL, for a page that the server says is unchanged.

        `stirred` is set when a turn is wanted.
        """
        self._engine = engine
        self._ingest = ingest
        self._plan = plan
        self.now = now
        self._chance = chance
        secret = {name.decode("ascii") for name in ALWAYS_SECRET} | {name.lower() for name in plan.secret_headers}
        self._open_headers = tuple(one for one in plan.headers if one[0].lower() not in secret)
        """What other hosts than the seed's are sent: a page may not lead the operator's secrets to its friends."""
        self._earlier = earlier
        self._stirred = stirred
        self._seed_limits = seed_limits
        self._settings = {
            obeyed: plan.settings.model_copy(update={"robots": "obey" if obeyed else "record"})
            for obeyed in (True, False)
        }
        """By whether robots.txt is obeyed."""
        self._leads = Leads()
        self._telling = 0
        """Captures that are recorded and have not told yet where they lead."""
        self._told = asyncio.Event()
        self._one_long = asyncio.Lock()
        """One long list at a time: each may take 64 MiB."""
        self._may_record = asyncio.Event()
        self._may_record.set()
        self.gathered = Gathered()
        self.tally = Tally()
        self.taken = 0
        """Captures that count for a limit: robots.txt and other prerequisites do not."""

    async def visit(
        self, host: HostWork, waiting: Waiting, decision: RobotsDecision, seen: LastSeen | None
    ) -> Exchange:
        """Asks for one URL and records what came."""
        seed = self._plan.seed(waiting.seed)
        url = _at(host.origin, waiting.target)
        conditions = _conditions(seen) if seen is not None else ()
        exchange = await self._engine.fetch(self.request(seed, url, conditions))
        self.tally.fetches += 1
        page = None
        if seen is not None and conditions and not_modified(exchange):
            page = await asyncio.to_thread(self._earlier, seen, url.url)
        told = False
        if (page is not None and len(page.listing) > LONG_LIST) or _may_be_long(exchange):
            async with self._one_long:
                told = await self._tell_long(page, exchange, waiting, seed, url)
        await self._may_record.wait()
        self._telling += 1
        try:
            await self._conclude(host, waiting, seed, url, exchange, decision, seen, page, told=told)
        finally:
            self._telling -= 1
            self._told.set()
        return exchange

    def request(self, seed: SeedPlan, url: HttpUrl, more: tuple[tuple[str, str], ...] = ()) -> Request:
        """What is sent: the operator's secrets only where they may go."""
        headers = self._plan.headers if _trusted(seed.url, url) else self._open_headers
        return Request(url, headers=headers + more, secret_headers=self._plan.secret_headers)

    def refuse(self, host: HostWork, waiting: Waiting, outcome: Outcome, reason: str, rule: str) -> None:
        """A URL that is not asked for."""
        ended = Ended(waiting.row, outcome, self.now().timestamp(), reason, rule)
        self._end(host, ended)

    async def whole(self) -> None:
        """Returns once every capture that was recorded has told where it leads; so it stays until the caller pauses."""
        while self._telling:
            self._may_record.clear()
            self._told.clear()
            await self._told.wait()
        self._may_record.set()

    async def _conclude(
        self,
        host: HostWork,
        waiting: Waiting,
        seed: SeedPlan,
        url: HttpUrl,
        exchange: Exchange,
        decision: RobotsDecision,
        seen: LastSeen | None,
        page: Page | None,
        *,
        told: bool,
    ) -> None:
        # Captures, what became of their URLs and what was found on them go into one turn, which waits for `whole`.
        code = exchange.response.head.code if exchange.response else None
        if waiting.attempts + 1 < self._plan.attempts and worth_a_retry(exchange.outcome, exchange.reason, code):
            self._again(host, waiting, exchange)
            return
        if exchange.outcome is Outcome.REFUSED and (exchange.connection is None or exchange.connection.tls is None):
            reason, facts = exchange.reason, _facts(detail=exchange.detail)
            self._end(
                host, Ended(waiting.row, exchange.outcome, exchange.requested_at.timestamp(), reason, facts=facts)
            )
            return
        context = self.context(waiting, seed, url, decision, site=host.site_files or ())
        captured = self.record(exchange, context, seen if page else None)
        observed = captured.manifest.observation
        octets = observed.lengths.block or 0
        host.captures += 1
        self.taken += 1
        host.octets += octets
        if seed.limits is not None:
            self._seed_limits.took(waiting.seed, octets)
        ended = Ended(
            row=waiting.row,
            outcome=observed.outcome,
            ended_at=observed.requested_at.timestamp(),
            reason=observed.reason,
            code=code,
            capture_id=observed.capture_id,
            octets=octets,
            change=_change(captured, seen),
            facts=_facts_of(captured, waiting, seen),
        )
        self._end(host, ended)
        before = self.gathered.turn.counted.get(host.host, (0, 0))
        self.gathered.turn.counted[host.host] = (before[0] + 1, before[1] + octets)
        if page is None and captured.reading is not None:
            page = Page(captured.reading, captured.headers, captured.listing)
        if told:
            page = None
        elif seed.source is not None and page is not None and page.listing:
            listed, further = listings.read(page.listing, url, waiting, seed, self._plan.began_at)
            self.gathered.turn.listed += listed
            self.gathered.turn.found += further
            page = None
        found = await self._leads.of(captured, page, waiting, seed, url)
        self.gathered.turn.found += found

    async def _tell_long(
        self, page: Page | None, exchange: Exchange, waiting: Waiting, seed: SeedPlan, url: HttpUrl
    ) -> bool:
        """Tells of what a long list names before its capture is recorded; whether it was one.

        So turns can take it some at a time, and memory stays flat. Whoever dies meanwhile asks for the list again.
        """
        if page is None:
            page = await asyncio.to_thread(_read_early, exchange)
        if len(page.listing) <= LONG_LIST and not page.listing.startswith(_GZIP):
            return False
        if seed.source is not None:
            began_at = self._plan.began_at
            listed, further = await asyncio.to_thread(listings.read, page.listing, url, waiting, seed, began_at)
            self.gathered.turn.found += further
            for at in range(0, len(listed), AT_ONCE):
                self.gathered.turn.listed += listed[at : at + AT_ONCE]
                await self._room()
            return True
        async for found in self._leads.of_long(page, waiting, seed, url):
            self.gathered.turn.found += found
            await self._room()
        return True

    async def _room(self) -> None:
        """Lets others run, and waits for a turn when much was found since the last."""
        await asyncio.sleep(0)
        while len(self.gathered.turn.found) + len(self.gathered.turn.listed) > MOST_FOUND:
            self.gathered.size += MOST_FOUND  # a turn is due
            self._stirred.set()
            await asyncio.sleep(0.01)

    def record(self, exchange: Exchange, context: Context, unmodified_since: LastSeen | None = None) -> Captured:
        """Appends one capture; `unmodified_since` is what the server says still stands."""
        unmodified = None
        if unmodified_since is not None:
            unmodified = Revisited(
                relation="server-not-modified",
                capture_id=unmodified_since.capture_id,
                url=unmodified_since.url,
                fetched_at=unmodified_since.fetched_at,
                payload=unmodified_since.payload_sha1,
            )
        captured = self._ingest.record(exchange, context, unmodified=unmodified)
        self.tally.captures += 1
        self.tally.octets += captured.manifest.observation.lengths.block or 0
        self.tally.revisits += captured.manifest.observation.revisits is not None
        return captured

    def visited(self, one: Visited) -> None:
        """A URL that was asked for without waiting in the frontier."""
        self.gathered.turn.visited.append(one)
        self.gathered.size += 1
        self.tally.ended(one.ended.outcome, one.ended.reason)

    def asked_to_wait(self, exchange: Exchange, seed: SeedPlan) -> float | None:
        """Seconds that the answer asks for before the next request, as far as the operator lets a host hold up a crawl."""
        told = exchange.response.head.get("retry-after") if exchange.response else None
        asked = retry_after(told, self.now()) if told else None
        return None if asked is None else min(asked, seed.pace.max_delay)

    def context(
        self,
        waiting: Waiting,
        seed: SeedPlan,
        url: HttpUrl,
        decision: RobotsDecision,
        links: tuple[BackLink, ...] = (),
        site: tuple[BackLink, ...] = (),
    ) -> Context:
        """Why this URL is asked for; `site` are the files that speak for its site."""
        plan = self._plan
        if waiting.via_capture and waiting.via_url and waiting.path[-1:] in _RELATIONS:
            relation = _RELATIONS[waiting.path[-1]]
            links = (_link_of(relation=relation, capture_id=waiting.via_capture, url=waiting.via_url),)
        earlier = json.loads(waiting.facts) if waiting.facts else {}
        if "retry_of" in earlier:
            links += (BackLink(relation="retry-of", capture_id=earlier["retry_of"], url=earlier["retry_url"]),)
        return Context(
            job=plan.job,
            crawl_id=plan.crawl_id,
            seed=seed.url.url,
            discovery_path=waiting.path,
            url_key=url_key(url.url),
            settings=self._settings[seed.obey_robots],
            robots=decision,
            links=links + site,
            operator=plan.operator,
            purpose=plan.purpose,
            labels=seed.labels,
        )

    def _again(self, host: HostWork, waiting: Waiting, exchange: Exchange) -> None:
        moment, asked = self.now(), self.asked_to_wait(exchange, self._plan.seed(waiting.seed))
        attempts = waiting.attempts + 1
        wait = max(backoff(attempts, self._chance(), first=self._plan.first_retry), asked or 0.0)
        if exchange.response is not None:
            exchange.response.tape.close()
        self.gathered.turn.again.append(
            Again(waiting.row, attempts, moment.timestamp() + wait, exchange.reason or "server-busy")
        )
        self.gathered.mark(host.host, waiting.row)

    def _end(self, host: HostWork, ended: Ended) -> None:
        self.gathered.turn.ended.append(ended)
        self.gathered.mark(host.host, ended.row)
        self.tally.ended(ended.outcome, ended.reason)


def _may_be_long(exchange: Exchange) -> bool:
    response = exchange.response
    if response is None or response.message_length - response.head.length < _MAY_BE_LONG:
        return False
    return may_list((response.head.get("content-type") or "").partition(";")[0].strip().lower())


def _read_early(exchange: Exchange) -> Page:
    """What recording will read again."""
    response = exchange.response
    assert response is not None
    coding = ", ".join(response.head.get_all("content-encoding")) or None
    entity = decode(payload_pieces(response), coding, limit=MAX_DECODED).content
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.head.fields)
    reading, listing = read_page(exchange.url, headers, entity, response.head.code, claims=False)
    return Page(reading, headers, listing)


def _at(origin: HttpUrl, target: str) -> HttpUrl:
    return HttpUrl(origin.scheme, origin.host, origin.port, target)


def _trusted(seed: HttpUrl, url: HttpUrl) -> bool:
    """Whether the operator's secrets may go there: to the seed's own host, and not in the clear when it has TLS."""
    return same_site(seed, url) and (url.scheme == "https" or seed.scheme == "http")


def _conditions(seen: LastSeen) -> tuple[tuple[str, str], ...]:
    """RFC 9110 section 13.1: the entity tag where there is one, and the date beside it for servers that know only dates."""
    named = []
    if seen.etag:
        named.append(("If-None-Match", seen.etag))
    if seen.last_modified:
        named.append(("If-Modified-Since", seen.last_modified))
    return tuple(named)


def _change(captured: Captured, seen: LastSeen | None) -> int:
    if seen is None:
        return NEW
    observed = captured.manifest.observation
    if observed.revisits is not None and observed.revisits.relation == "server-not-modified":
        return UNCHANGED
    return UNCHANGED if seen.payload_sha256 in observed.digests.payload else CHANGED


def _facts_of(captured: Captured, waiting: Waiting, seen: LastSeen | None) -> str | None:
    claims, observed = captured.manifest.claims, captured.manifest.observation
    revisit = observed.revisits is not None
    notices_changed = seen is not None and claims is not None and _other_notices(claims, seen)
    if not (notices_changed or waiting.facts or observed.detail or (claims and claims.suspected)):
        return REVISIT if revisit else None  # nearly all
    signs = [one.sign for one in claims.suspected] if claims else []
    earlier = json.loads(waiting.facts) if waiting.facts else {}
    told = {"detail": observed.detail, "suspected": signs, "revisit": revisit, "notices_changed": notices_changed}
    return _facts(**(earlier | told))


def _other_notices(claims: Claims, seen: LastSeen) -> bool:
    """Whether a page's notices differ from those that the same version of the extractor read before."""
    if seen.notices_digest is None or seen.extractor != f"{claims.extractor.name}/{claims.extractor.version}":
        return False
    kept = (msgspec.convert(one, KeptNotice, from_attributes=True) for one in claims.notices)
    return notices_digest(kept) != seen.notices_digest


def _facts(**named: object) -> str | None:
    kept = {name: value for name, value in named.items() if value}
    return json.dumps(kept, ensure_ascii=False) if kept else None
