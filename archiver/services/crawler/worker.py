# SPDX-License-Identifier: Apache-2.0
"""One worker of a crawl: it takes hosts and their URLs from the frontier, visits them, and gives account in turns.

A turn is one trip to state, in a thread of its own while fetching goes on: the spool is synced, then one transaction renews
the lease, acknowledges the captures, writes down what became of their URLs and what was found on them, gives back drained
hosts and takes new ones. So captures and frontier cannot disagree, and durability costs one sync and one commit for
hundreds of URLs. What a kill leaves unacknowledged still waits in the frontier and is asked for again.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from archiver.capture.http import HttpEngine
from archiver.catalog.catalog import LastSeen
from archiver.errors import Damaged
from archiver.exchange import Exchange
from archiver.politeness import Pace
from archiver.scope import Patterns
from archiver.services import read
from archiver.services.crawler.gathered import Gathered
from archiver.services.crawler.hosts import HostWork
from archiver.services.crawler.leads import Page
from archiver.services.crawler.plan import CrawlPlan
from archiver.services.crawler.rules import RulesOfHosts
from archiver.services.crawler.seed_limits import SeedLimits
from archiver.services.crawler.site_files import SiteFilesOfHosts
from archiver.services.crawler.turns import Account, Answer, Turns
from archiver.services.crawler.visits import Visits
from archiver.services.ingest import Ingest, World, publish, read_page
from archiver.services.spool import SpoolSegment
from archiver.state.turn import Leased, Left, Waiting
from archiver.urls import HttpUrl
from manifests.capture import Outcome, RobotsDecision

GROUP = 400
"""URLs after which a turn is due."""
GROUP_SECONDS = 0.5
"""Seconds after which a turn is due when there is anything to tell."""
DRY_SECONDS = 0.01
"""The same when a host has run dry, and what was found may be of it."""
IDLE_SECONDS = 0.25
"""Seconds after which it is asked whether others have found anything."""
CONTROL_SECONDS = 1.0
"""Seconds after which it is asked what is wanted of the crawl."""
ALLOWANCE = 50
"""Captures that a worker is granted of a crawl's limit at a time."""
SEED_SECONDS = 0.05
"""Seconds after which a URL looks again whether its seed may take more."""
MOST_SHOWN = 20
"""Hosts whose state is shown while the crawl runs."""


class Worker:
    """One worker; `run` it once, in an event loop."""

    def __init__(
        self, world: World, plan: CrawlPlan, engine: HttpEngine, token: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._world = world
        self._plan = plan
        self._clock = clock
        self._ingest = Ingest(world, plan.job, plan.seal, in_frontier=True, alone=plan.self_contained)
        self._stirred = asyncio.Event()
        self._seed_limits = SeedLimits(plan.began_at, lambda: world.now().timestamp())
        self._visits = Visits(
            engine,
            self._ingest,
            plan,
            world.now,
            lambda: world.chance(1)[0] / 256,
            self._earlier,
            self._stirred,
            self._seed_limits,
        )
        self._rules = RulesOfHosts(engine, self._visits, plan, world.now, clock)
        self._site_files = SiteFilesOfHosts(engine, self._visits, self._rules, plan, clock, self._known)
        self._turns = Turns(world, plan, token)
        self._hosts: dict[int, HostWork] = {}
        self._seen: dict[str, LastSeen] = {}
        """What the archive holds of URLs that wait in memory."""
        self._lanes: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(plan.overall)
        self._stopping: str | None = None
        self._exclude: Patterns | None = None
        self._excluded: tuple[str, ...] = ()
        self._limit = plan.captures
        self._allowance = 0
        """Captures granted of the limit."""
        self._under_way = 0
        """URLs that are asked for, or about to be."""
        self._most_octets = math.inf if plan.octets is None else plan.octets
        """Octets this worker may have received when the crawl's limit is reached, as the others last told of theirs."""
        self._told_at = clock()
        self._controlled_at = 0.0
        self._fault: BaseException | None = None
        self._publishing: asyncio.Future[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turn")
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publish")

    def stop(self, how: str = "stop") -> None:
        """Ends the run: what is recorded is acknowledged and sealed, what is under way is left to the frontier."""
        self._stopping = self._stopping or how
        self._stirred.set()

    async def run(self) -> str:
        """Works until the crawl is over, or is to pause or stop: `over`, `pause`, `stop`, `limit` or `disk`."""
        try:
            while self._stopping is None:
                await self._rest()
                if self._fault is not None:
                    raise self._fault
                if self._stopping is None:
                    await self._turn()
            await self._visits.whole()
            for lane in self._lanes:
                lane.cancel()
            await asyncio.gather(*self._lanes, return_exceptions=True)
            await self._site_files.close()
            await self._rules.close()
            await self._turn(last=True)
        except BaseException:
            for lane in self._lanes:
                lane.cancel()
            await asyncio.gather(*self._lanes, return_exceptions=True)
            await self._site_files.close()
            await self._rules.close()
            self._ingest.abandon()
            raise
        finally:
            self._thread.shutdown(wait=True)
            self._background.shutdown(wait=True)
        return self._stopping

    # --- lanes: exchanges with one host, one after the other ---

    def _start_lanes(self, host: HostWork) -> None:
        for _ in range(min(self._places_of(host) - host.lanes, len(host.waiting))):
            host.lanes += 1
            lane = asyncio.create_task(self._lane(host))
            self._lanes.add(lane)
            lane.add_done_callback(self._lane_ended)

    def _places_of(self, host: HostWork) -> int:
        """Lanes that a host may have now; no more than captures are left of its limit, which each may bring one of."""
        places = 1 if host.pace.slowed else host.pace.places
        most = self._plan.seed(host.waiting[0].seed).captures_per_host if host.waiting else None
        return places if most is None else max(1, min(places, most - host.captures))

    def _lane_ended(self, lane: asyncio.Task[None]) -> None:
        self._lanes.discard(lane)
        if not lane.cancelled() and lane.exception() is not None:
            self._fault = self._fault or lane.exception()
        self._stirred.set()

    async def _lane(self, host: HostWork) -> None:
        try:
            while host.waiting and self._stopping is None and host.pace.next_at(0.0) < math.inf:
                if host.lanes > self._places_of(host):
                    return
                await self._one(host, host.waiting.popleft())
        finally:
            host.lanes -= 1

    async def _one(self, host: HostWork, waiting: Waiting) -> None:
        visits = self._visits
        if self._over_a_limit(host, waiting):
            return
        await self._rules.of(host, waiting)
        if waiting.target == "/robots.txt" and host.robots_capture is not None:
            host.under_way.discard(waiting.row)  # asked for as a prerequisite; its row has ended with that
            return
        seed = self._plan.seed(waiting.seed)
        decision, line = self._rules.decision(host, waiting.target, seed)
        if decision.obeyed and decision.decision != "allowed":
            reason = "robots-disallowed" if decision.decision == "disallowed" else host.refused or "robots-unavailable"
            visits.refuse(host, waiting, Outcome.REFUSED, reason, f"robots: {line}" if line else "robots")
            return
        await self._site_files.of(host, waiting)
        if waiting.target in host.prerequisites:
            host.under_way.discard(waiting.row)
            return
        if self._limit is not None and self._used >= self._allowance:
            host.waiting.appendleft(waiting)
            self._stirred.set()
            await asyncio.sleep(IDLE_SECONDS)  # until the next turn grants more
            return
        if seed.limits is not None and not self._seed_limits.take_place(waiting.seed, seed.limits):
            host.waiting.append(waiting)  # others of the host may come first
            self._stirred.set()
            await asyncio.sleep(SEED_SECONDS)
            return
        self._under_way += 1
        try:
            await self._ask(host, waiting, decision)
        finally:
            self._under_way -= 1
            if seed.limits is not None:
                self._seed_limits.give_place(waiting.seed)
        if visits.tally.octets >= self._most_octets:
            self.stop("limit")

    async def _ask(self, host: HostWork, waiting: Waiting, decision: RobotsDecision) -> None:
        """Asks for a URL when its host's turn has come."""
        visits, pace = self._visits, host.pace
        while (begins := pace.next_at(now := self._clock())) > now:
            if begins == math.inf:
                # Slowed down to one exchange at a time, and another lane has it.
                host.waiting.appendleft(waiting)
                return
            await asyncio.sleep(begins - now)
        pace.started(now)
        async with self._places:
            seen = self._seen.pop(self._url_of(host, waiting), None) if self._seen else None
            exchange = await visits.visit(host, waiting, decision, seen)
        ended = self._clock()
        pace.finished(
            ended,
            latency=_latency(exchange, ended - now),
            code=exchange.response.head.code if exchange.response else None,
            failed=exchange.outcome is Outcome.FAILED,
            retry_after=visits.asked_to_wait(exchange, self._plan.seed(waiting.seed)),
        )
        if host.lanes < pace.places:
            self._start_lanes(host)
        if visits.gathered.size >= GROUP:
            self._stirred.set()

    @property
    def _used(self) -> int:
        """Captures taken, and those that may come of what is under way."""
        return self._visits.taken + self._under_way

    def _over_a_limit(self, host: HostWork, waiting: Waiting) -> bool:
        """Whether this URL is not asked for; then it has ended with the reason."""
        seed = self._plan.seed(waiting.seed)
        if self._exclude is not None and (pattern := self._exclude.first(self._url_of(host, waiting))) is not None:
            self._visits.refuse(host, waiting, Outcome.SKIPPED, "out-of-scope", f"exclude:{pattern}")
            return True
        if seed.limits is not None and (rule := self._seed_limits.spent(waiting.seed, seed.limits)) is not None:
            self._visits.refuse(host, waiting, Outcome.SKIPPED, "limit-reached", rule)
            return True
        for name, most, taken in (
            ("captures_per_host", seed.captures_per_host, host.captures),
            ("bytes_per_host", seed.octets_per_host, host.octets),
        ):
            if most is not None and taken >= most:
                host.full = True
                self._visits.refuse(host, waiting, Outcome.SKIPPED, "host-limit", f"{name}={most}")
                return True
        return False

    def _url_of(self, host: HostWork, waiting: Waiting) -> str:
        return host.origin.origin + waiting.target

    def _known(self, url: HttpUrl) -> dict[str, Any] | None:
        """What the frontier knows of a URL; in a thread."""
        return next(self._world.state.frontier.known(self._plan.crawl, (url.origin, url.target)), None)

    def _earlier(self, seen: LastSeen, url: str) -> Page:
        """What the archive holds of a URL, read again for where it leads; in a thread."""
        catalog = self._world.generations.current()
        held = catalog.by_id(seen.capture_id)
        if held is None:
            raise Damaged(
                f"the catalog no longer knows capture {seen.capture_id}", "Run `archiver rebuild`, then --resume."
            )
        headers, entity = read.headers_and_entity(self._world.store, catalog, held)
        reading, listing = read_page(url, headers, entity, claims=False)
        return Page(reading, headers, listing)

    # --- turns ---

    async def _rest(self) -> None:
        """Returns when a turn is due: a group is full or old, a host has run dry, or others may have found something."""
        while self._stopping is None and self._fault is None:
            gathered = self._visits.gathered
            dry = not self._hosts or any(not one.waiting and not one.lanes for one in self._hosts.values())
            pause = GROUP_SECONDS
            if dry:
                pause = DRY_SECONDS if gathered.turn else IDLE_SECONDS
            left = self._told_at + pause - self._clock()
            if left <= 0 or gathered.size >= GROUP:
                return
            self._stirred.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._stirred.wait()

    async def _turn(self, *, last: bool = False) -> None:
        await self._visits.whole()
        visits, gathered = self._visits, self._visits.gathered
        group = self._ingest.take()
        # All of it is in this group: what comes next opens another segment.
        closed = self._ingest.close_segment() if last or (self._ingest.due() and self._publishing is None) else None
        visits.gathered = Gathered()
        for host, rows in gathered.rows.items():
            if host in self._hosts:
                self._hosts[host].under_way.difference_update(rows)
        left = self._to_leave(last=last)
        gathered.turn.left += left
        gathered.turn.seeds = self._seed_limits.tell(last=last)
        hungry = {host: set(one.under_way) for host, one in self._hosts.items() if one.hungry and not last}
        begging = self._limit is not None and self._used >= self._allowance
        told = visits.tally.octets
        control = last or self._clock() - self._controlled_at >= CONTROL_SECONDS
        wanted = 0
        if self._limit is not None:
            wanted = self._used - self._allowance if last else ALLOWANCE - (self._allowance - self._used)
        account = Account(
            turn=gathered.turn,
            group=group,
            hungry=hungry,
            full={host for host in hungry if self._hosts[host].full},
            held=len(self._hosts),
            tally=self._tally(control or begging),
            allowance=wanted,
            limit=self._limit,
            last=last,
        )
        answer = await asyncio.get_running_loop().run_in_executor(self._thread, self._turns.take, account)
        visits.tally.known += answer.known
        visits.tally.sync_seconds += answer.seconds
        self._told_at = self._clock()
        if control or begging:
            self._controlled_at = self._told_at
            self._obey(answer, told)
        self._allowance += answer.allowance
        if begging and not answer.allowance and not self._under_way:
            self.stop("limit")
        self._seed_limits.learn(answer.seeds)
        self._seen |= answer.seen
        for leased in answer.leased:
            self._hosts[leased.host] = self._host_work(leased, answer.loaded.get(leased.host, []))
        for host, loaded in answer.loaded.items():
            one = self._hosts[host]
            one.add(loaded)
            self._start_lanes(one)
        if answer.over and not self._hosts:
            self._stopping = self._stopping or "over"
        await self._publish(closed, wait=last)

    def _tally(self, wanted: bool) -> str | None:
        """What this worker has done, for whoever looks on."""
        if not wanted:
            return None
        busiest = sorted(self._hosts.values(), key=lambda one: -one.captures)[:MOST_SHOWN]
        self._visits.tally.hosts = {
            one.origin.origin: {
                "captures": one.captures,
                "waiting": len(one.waiting),
                "under_way": one.lanes,
                "rest": round(one.pace.rest, 3),
                "slowed": one.pace.slowed,
            }
            for one in busiest
        }
        return self._visits.tally.to_json()

    def _host_work(self, leased: Leased, loaded: list[Waiting]) -> HostWork:
        seed = self._plan.seed(loaded[0].seed if loaded else 0)
        rest = max(0.0, leased.next_at - self._world.now().timestamp())
        return HostWork(leased, Pace(seed.pace, earliest=self._clock() + rest))

    def _to_leave(self, *, last: bool) -> list[Left]:
        """Hosts to give back: all at the end, otherwise those that are drained with nothing under way."""
        leaving = [one for one in self._hosts.values() if last or (one.idle and one.drained)]
        now, since = self._clock(), self._world.now().timestamp()
        for one in leaving:
            del self._hosts[one.host]
        # Not `next_at`: what was under way and is given up would make it infinite.
        return [one.left(since + max(0.0, one.pace.earliest - now)) for one in leaving]

    def _obey(self, answer: Answer, told: int) -> None:
        """What was wanted of the crawl from outside, and the limits that all its workers share; `told`: own octets."""
        plan = self._plan
        if answer.excluded != self._excluded:
            self._excluded, self._exclude = answer.excluded, Patterns(answer.excluded)
        if answer.wanted != "run":
            self.stop(answer.wanted)
        elif answer.free < plan.free_octets:
            self.stop("disk")
        limits = {"bytes": plan.octets, "time": plan.seconds, **answer.limits}
        captures = limits.get("captures")
        self._limit = plan.captures if captures is None else int(captures)
        elapsed = self._world.now().timestamp() - plan.began_at
        octets = limits.get("bytes")
        self._most_octets = math.inf if octets is None else told + octets - answer.octets
        for name, taken in (("bytes", answer.octets), ("time", elapsed)):
            most = limits.get(name)
            if most is not None and taken >= most:
                self.stop("limit")

    async def _publish(self, closed: SpoolSegment | None, *, wait: bool) -> None:
        """Has a closed segment sealed, stored and catalogued in the background, one after the other."""
        if self._publishing is not None and (wait or self._publishing.done()):
            publishing, self._publishing = self._publishing, None
            await publishing
        if closed is not None:
            loop = asyncio.get_running_loop()
            self._publishing = loop.run_in_executor(self._background, publish, self._world, closed)
            if wait:
                await self._publishing


def _latency(exchange: Exchange, whole: float) -> float:
    """Seconds to the first byte; all that was waited when none came."""
    if exchange.first_byte_at is None:
        return whole
    return (exchange.first_byte_at - exchange.requested_at).total_seconds()
