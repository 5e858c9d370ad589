# SPDX-License-Identifier: Apache-2.0
"""A host while a worker has it: what waits in memory, what is under way, its rules and its pace."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections import deque
from typing import Any

from archiver.politeness import Pace
from archiver.robots import Rules
from archiver.state.turn import Leased, Left, Waiting
from archiver.urls import HttpUrl, parse
from manifests.capture import BackLink, RobotsDecision


class HostWork:
    """One host in a worker's hands. Belongs to the event loop."""

    __slots__ = (
        "captures", "drained", "full", "host", "lanes", "octets", "origin", "pace", "prerequisites", "refused", "robots_at",
        "robots_capture", "robots_content", "robots_decisions", "rules", "rules_task", "site_files", "site_task",
        "under_way", "waiting",
    )  # fmt: skip

    def __init__(self, leased: Leased, pace: Pace) -> None:
        self.host = leased.host
        self.origin: HttpUrl = parse(leased.origin)
        self.captures = leased.captures
        self.octets = leased.octets
        self.pace = pace
        self.waiting: deque[Waiting] = deque()
        self.under_way: set[int] = set()
        """Rows in `waiting`, being asked for, or not yet acknowledged."""
        self.lanes = 0
        self.drained = False
        """The frontier had nothing more to ask for now."""
        self.full = False
        """It has reached its limit, as far as was seen."""
        self.rules: Rules | None = None
        self.rules_task: asyncio.Task[None] | None = None
        self.robots_decisions: dict[bool, RobotsDecision] = {}
        """The decision on what is allowed, by whether it is obeyed: the same value for all of it."""
        self.robots_capture: str | None = None
        self.robots_content: bytes | None = None
        self.robots_at = 0.0
        self.site_files: tuple[BackLink, ...] | None = None
        """Links back to the files that speak for the site; None while they were not asked for."""
        self.site_task: asyncio.Task[None] | None = None
        self.prerequisites: set[str] = set()
        """Targets of such files that were asked for here."""
        self.refused: str | None = None
        """Why nothing of it may be asked for while its rules cannot be had."""
        if leased.memory:
            self._remember(json.loads(leased.memory))

    def _remember(self, memory: dict[str, Any]) -> None:
        self.robots_capture = memory["robots_capture"]
        spoke = memory.get("site_files")
        if spoke is not None:
            self.site_files = tuple(BackLink(relation="site-file", capture_id=one, url=url) for one, url in spoke)
        if memory["robots"] is None:
            self.unreachable(memory["robots_at"], memory["refused"])
        else:
            self.learn(b64decode(memory["robots"]), memory["robots_at"])

    def learn(self, content: bytes, at: float) -> None:
        """The rules of the host, from the content of its robots.txt; empty content allows everything."""
        self.rules, self.robots_content, self.robots_at = Rules.parse(content), content, at
        self.robots_decisions = {}
        self.pace.heed(self.rules.crawl_delay())

    def unreachable(self, at: float, why: str = "robots-unavailable") -> None:
        """No rules can be had of this host for now; `why` is a reason of `exchange.REASONS`."""
        self.rules, self.robots_content, self.robots_at, self.refused = None, None, at, why

    def add(self, loaded: list[Waiting]) -> None:
        """URLs to ask for."""
        self.waiting.extend(loaded)
        self.under_way.update(one.row for one in loaded)
        # What is under way may lead to more of this host, of which only this worker remembers what it looks like.
        self.drained = not loaded and not self.under_way

    def left(self, next_at: float) -> Left:
        """What the next worker of this host should know."""
        if not self.robots_at:
            return Left(self.host, next_at, None, self.drained)
        robots = None if self.robots_content is None else b64encode(self.robots_content).decode("ascii")
        spoke = self.site_files
        memory = {
            "robots": robots,
            "robots_at": self.robots_at,
            "robots_capture": self.robots_capture,
            "refused": self.refused,
            "site_files": None if spoke is None else [(one.capture_id, one.url) for one in spoke],
        }
        return Left(self.host, next_at, json.dumps(memory).encode("ascii"), self.drained)

    @property
    def hungry(self) -> bool:
        """Nothing waits in memory. While its rules or the files of its site are asked for, what was loaded is still to come."""
        preparing = self.rules_task is not None or (self.site_task is not None and self.site_files is None)
        return not self.waiting and not preparing

    @property
    def idle(self) -> bool:
        """Nothing waits in memory, is being asked for or waits for its acknowledgement."""
        return not self.waiting and not self.lanes and not self.under_way
