# SPDX-License-Identifier: Apache-2.0
"""One trip of a worker to state: everything it has to say and to ask, in one transaction and the reads after it.

Runs in a thread of its own while fetching goes on: it touches nothing of the worker's but what it is given. When it returns, what
was told is durable; when it raises, nothing of it was.
"""

import json
import shutil
import time
from dataclasses import dataclass, field

from archiver.catalog.catalog import LastSeen
from archiver.services.crawler.plan import CrawlPlan
from archiver.services.ingest import Group, World
from archiver.state import seed_limits
from archiver.state.turn import Leased, SeedStanding, Turn, Waiting

MOST_HOSTS = 2_000
"""Hosts of a worker at a time."""
LOADED = 200
"""URLs of a host that are taken from the frontier at a time; fewer where a worker has many hosts."""
LOADED_IN_ALL = 40_000
LOADED_TO_REFUSE = 5_000
"""The same of a host that has reached its limit."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a worker tells and asks at one time."""

    turn: Turn
    group: Group | None
    hungry: dict[int, set[int]]
    """Hosts that have nothing left to ask for, with the rows of theirs that are under way."""
    full: set[int]
    """Those of them that have reached their limit: what waits of them is only to be refused."""
    held: int
    """Hosts it has."""
    tally: str | None
    """What it has done so far, JSON; with it, what is wanted of the crawl is asked for."""
    allowance: int = 0
    """Captures it wants of the crawl's limit; below zero to give back."""
    limit: int | None = None
    last: bool = False
    """It takes no further hosts."""


@dataclass(slots=True)
class Answer:
    """What a turn brought back."""

    leased: list[Leased] = field(default_factory=list)
    loaded: dict[int, list[Waiting]] = field(default_factory=dict)
    seen: dict[str, LastSeen] = field(default_factory=dict)
    wanted: str = "run"
    excluded: tuple[str, ...] = ()
    limits: dict[str, int | float] = field(default_factory=dict)
    octets: int = 0
    """Taken by all workers that the crawl ever had, as they last told."""
    free: int = 0
    allowance: int = 0
    over: bool = False
    seeds: dict[int, SeedStanding] = field(default_factory=dict)
    """How the seeds stand that the turn told of."""
    known: int = 0
    """URLs that nobody had found before."""
    seconds: float = 0.0
    """In which the disk and the database were waited for."""


class Turns:
    """The trips of one worker."""

    def __init__(self, world: World, plan: CrawlPlan, token: int) -> None:
        self._world = world
        self._state = world.state
        self._plan = plan
        self._token = token
        self._origins: dict[int, str] = {}

    def take(self, account: Account) -> Answer:
        """One trip. Raises `LeaseLost` when another worker has taken over, `DiskFault`, `StateFault`, `StoreUnavailable`."""
        answer, plan, state = Answer(), self._plan, self._state
        began = time.monotonic()
        if account.group is not None:
            account.group.segment.sync()
        now = self._world.now().timestamp()
        if account.group is not None or account.turn or account.tally or not account.held:
            self._tell(account, answer, now)
        answer.seconds = time.monotonic() - began
        self._origins |= {one.host: one.origin for one in answer.leased}
        most = min(LOADED, max(10, LOADED_IN_ALL // max(1, account.held + len(answer.leased))))
        for host, under_way in (*account.hungry.items(), *((one.host, set[int]()) for one in answer.leased)):
            wanted = LOADED_TO_REFUSE if host in account.full else most
            answer.loaded[host] = state.frontier.load(host, now, wanted, under_way)
        if plan.conditional:
            catalog = self._world.generations.current()
            for host, loaded in answer.loaded.items():
                if loaded and host not in account.full:
                    answer.seen |= catalog.last_seen([self._origins[host] + one.target for one in loaded])
        if account.tally:
            row = state.crawls.get(plan.crawl_id)
            answer.wanted, answer.excluded, answer.limits = row.wanted, row.excluded, row.limits
            answer.octets = sum(json.loads(one[3]).get("octets", 0) for one in state.leases.tallies(plan.crawl))
            answer.free = shutil.disk_usage(self._world.spool.root).free
        if not account.last and account.held + len(answer.leased) == 0:
            answer.over = state.frontier.over(plan.crawl)
        return answer

    def _tell(self, account: Account, answer: Answer, now: float) -> None:
        plan, state, turn = self._plan, self._state, account.turn
        with state.writing() as connection:
            # First of all: whoever was taken over must not change anything.
            state.leases.renew(connection, self._token, now + plan.lease, account.tally)
            if account.group is not None:
                state.acknowledge_within(connection, account.group.segment.segment_id, account.group.captures)
            state.frontier.end(connection, turn.ended)
            state.frontier.put_off(connection, turn.again)
            listed = state.crawls.list_seeds(connection, plan.crawl, turn.listed)
            answer.known = state.frontier.know(connection, plan.crawl, turn.found + listed)
            state.frontier.visit(connection, plan.crawl, turn.visited)
            state.frontier.count(connection, turn.counted)
            if turn.seeds:
                answer.seeds = seed_limits.settle(connection, plan.crawl, self._token, turn.seeds)
            for one in turn.left:
                state.leases.leave(connection, self._token, one)
            if not account.last:
                answer.leased = state.leases.claim(
                    connection, plan.crawl, self._token, now, account.held, MOST_HOSTS - account.held
                )
            if account.limit is not None and account.allowance:
                answer.allowance = state.crawls.grant(connection, plan.crawl, account.allowance, account.limit)
