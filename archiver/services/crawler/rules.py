# SPDX-License-Identifier: Apache-2.0
"""Getting the rules of a host before its first URL is asked for (RFC 9309), each attempt that ends the matter a capture.

A server that gives no robots.txt for the moment is asked again with patience; after that nothing of it may be asked for when
obedience was wanted. Rules are used for a day, and passed on with the host.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from archiver.capture.http import HttpEngine
from archiver.errors import BadInput
from archiver.exchange import Exchange
from archiver.formats.coding import decode
from archiver.politeness import backoff
from archiver.robots import MAX_AGE, MAX_OCTETS, MAX_REDIRECTS, Standing, robots_url, standing
from archiver.services.crawler.hosts import HostWork
from archiver.services.crawler.plan import CrawlPlan, SeedPlan
from archiver.services.crawler.prerequisites import Step, keep
from archiver.services.crawler.visits import Visits
from archiver.services.payloads import payload_pieces
from archiver.state.turn import Waiting
from archiver.urls import parse
from manifests.capture import Outcome, RobotsDecision

UNREACHABLE_AGE = 600.0
"""Seconds before a host whose rules could not be had is asked for them again."""
_NOT_ASKED = RobotsDecision(decision="not-asked", obeyed=False)


class RulesOfHosts:
    """Asks for robots.txt, once a host and day. Belongs to the event loop."""

    def __init__(
        self,
        engine: HttpEngine,
        visits: Visits,
        plan: CrawlPlan,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._visits = visits
        self._plan = plan
        self._now = now
        self._clock = clock
        self._asking: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Leaves off asking: what is under way is not recorded."""
        for one in self._asking:
            one.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def of(self, host: HostWork, waiting: Waiting) -> None:
        """Returns when the rules of a host are known, or it is known that there are none to be had."""
        age = MAX_AGE if host.rules is not None else UNREACHABLE_AGE
        if host.robots_at and self._now().timestamp() - host.robots_at < age:
            return
        if host.rules_task is None:
            host.rules_task = asyncio.create_task(self._get(host, waiting))
            self._asking.add(host.rules_task)
            host.rules_task.add_done_callback(self._asking.discard)
        await asyncio.shield(host.rules_task)
        host.rules_task = None

    def decision(self, host: HostWork, target: str, seed: SeedPlan) -> tuple[RobotsDecision, str | None]:
        """What the rules say of a target, whether the seed it was found from has them obeyed, and the line that decided."""
        obeyed = seed.obey_robots
        if host.rules is None:
            return RobotsDecision(decision="unavailable", obeyed=obeyed, capture_id=host.robots_capture), None
        ruling = host.rules.allowed(target)
        if ruling.allowed and obeyed in host.robots_decisions:
            return host.robots_decisions[obeyed], ruling.line
        said = RobotsDecision(
            decision="allowed" if ruling.allowed else "disallowed", obeyed=obeyed, capture_id=host.robots_capture
        )
        if ruling.allowed:
            host.robots_decisions[obeyed] = said
        return said, ruling.line

    async def _get(self, host: HostWork, waiting: Waiting) -> None:
        seed = self._plan.seed(waiting.seed)
        for attempt in range(1, self._plan.attempts + 1):
            last = attempt == self._plan.attempts
            host.pace.started(self._clock())
            began = self._clock()
            stands, content, refused = await self._ask(host, waiting, seed, record_failure=last)
            ended = self._clock()
            host.pace.finished(ended, latency=ended - began, code=None, failed=stands is Standing.UNREACHABLE)
            if stands is not Standing.UNREACHABLE:
                host.learn(content, self._now().timestamp())
                return
            if refused is not None:
                # By our own guard, not by the server: another attempt would end alike.
                host.unreachable(self._now().timestamp(), refused)
                return
            if not last:
                await asyncio.sleep(backoff(attempt, 0.5, first=self._plan.first_retry))
        host.unreachable(self._now().timestamp())

    async def _ask(
        self, host: HostWork, waiting: Waiting, seed: SeedPlan, *, record_failure: bool
    ) -> tuple[Standing, bytes, str | None]:
        """One attempt, through the redirects to the file; and why the guard of connections did not let us ask, if so."""
        step = Step(parse(robots_url(host.origin)), "P", "prerequisite")
        for _ in range(MAX_REDIRECTS + 1):
            exchange = await self._engine.fetch(self._visits.request(seed, step.url))
            self._visits.tally.fetches += 1
            code = exchange.response.head.code if exchange.response else None
            stands = standing(code)
            content = _content(exchange) if stands is Standing.FOUND else b""
            if content is None:
                stands, content = Standing.UNREACHABLE, b""  # what is missing may forbid
            refused = exchange.outcome is Outcome.REFUSED
            if stands is Standing.UNREACHABLE and not record_failure and not refused:
                if exchange.response is not None:
                    exchange.response.tape.close()
                return stands, b"", None
            kept = keep(self._visits, host, step, exchange, waiting, seed, _NOT_ASKED)
            if kept.captured is not None:
                host.robots_capture = kept.captured.manifest.observation.capture_id
            if refused:
                # What another host's address says is nothing against this host: its rules are only out of reach.
                return stands, b"", exchange.reason if step.path == "P" else "robots-unavailable"
            if stands is not Standing.REDIRECTED or kept.redirect is None:
                return (Standing.ABSENT if stands is Standing.REDIRECTED else stands), content, None
            text, links = kept.redirect
            try:
                step = step._replace(url=parse(text, step.url), path=step.path + "R", links=links)
            except BadInput:
                return Standing.ABSENT, b"", None
        return Standing.ABSENT, b"", None


def _content(exchange: Exchange) -> bytes | None:
    """The file as far as it is read, None when it broke off before. Recording closes the tape, so this comes first."""
    response = exchange.response
    if response is None:
        return None
    coding = ", ".join(response.head.get_all("content-encoding")) or None
    decoded = decode(payload_pieces(response), coding, limit=MAX_OCTETS + 1)
    whole = exchange.outcome is Outcome.CAPTURED_COMPLETE and decoded.complete
    return decoded.content if whole or decoded.limited else None
