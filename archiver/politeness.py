# SPDX-License-Identifier: Apache-2.0
"""How often one host is asked: a pace that slows down when the host struggles and recovers slowly.

A `Pace` belongs to one host and one worker. Between the end, or the start, of a request and the start of the next lies a
rest: the job's delay, or robots.txt's where that is longer, or the time the host takes, in part (`auto`). A sign of trouble
(429, 503, no answer, answers that come ever later) doubles the rest, asks for one thing at a time, and heeds Retry-After;
each good answer then takes a fixed share of what was added away again. Signs of requests that were under way when the pace was
slowed do not count: one burst is one sign. Answers that come late but come bring a rest of at most twice their time.

Times are seconds of whatever clock the caller has, never read here. Leaves to others: waiting, which URL comes next, the
limit over all hosts, how often a URL is tried.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from manifests.capture import Outcome

MAX_RETRY_AFTER = 3600.0
"""Seconds; what a host asks for beyond it is cut: no single answer may stop a crawl for days."""

_AUTO_SHARE = 0.5
_FIRST_REST = 1.0
"""Seconds of rest at the first sign of trouble, where there was less than half of it before."""
_STEPS_TO_RECOVER = 20
_SLOW = 1.0
"""Seconds: answers that come sooner are no sign of trouble, however much sooner they came before."""
_GROWTH = 3.0
_TROUBLE = (429, 503)
_RETRIED_CODES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_RETRIED_FAILURES = frozenset(
    {
        "connect-failed",
        "connect-timeout",
        "dns-failed",
        "header-cut",
        "header-timeout",
        "idle-timeout",
        "no-response",
        "proxy-failed",
        "tls-failed",
        "total-timeout",
    }
)
_RETRIED_TRUNCATIONS = frozenset({"body-short", "chunk-unterminated", "idle-timeout"})
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?", re.ASCII)
_MAX_VALUE = 64


@dataclass(frozen=True, slots=True)
class PaceRule:
    """What an operator wrote about one host's pace."""

    delay: float | Literal["auto"] = "auto"
    """Seconds of rest; `auto`: half the time the host takes to answer, within the two limits."""
    min_delay: float = 0.1
    """Seconds: the least rest of `auto`."""
    max_delay: float = 60.0
    """Seconds: the most rest that `auto`, robots.txt or trouble can bring; not of `delay` itself."""
    concurrency: int = 1
    """Requests to the host at a time."""


class Pace:
    """When the host may be asked again. Not for several threads."""

    __slots__ = (
        "_added", "_auto", "_floor", "_latency", "_most", "_places", "_rule", "_slowed_at", "_step", "_usual", "earliest",
        "running",
    )  # fmt: skip

    def __init__(self, rule: PaceRule, crawl_delay: float | None = None, earliest: float = -math.inf) -> None:
        """`crawl_delay` as robots.txt has it, if known yet; `earliest` where an earlier run left the host."""
        self._rule = rule
        self._auto = rule.delay == "auto"
        self._most = rule.max_delay
        self._places = rule.concurrency
        self._added = 0.0
        self._step = 0.0
        self._latency = -1.0
        """Smoothed over some four answers; below zero before the first."""
        self._usual = 0.0
        """Smoothed over some fifty."""
        self._slowed_at = -math.inf
        self.running = 0
        """Requests under way."""
        self.earliest = earliest
        """When the next request may start, if there is a place for it."""
        self._floor = 0.0
        self.heed(crawl_delay)

    @property
    def rest(self) -> float:
        """Seconds of rest now."""
        rest = self._floor
        if self._auto:
            rest = max(rest, min(max(_AUTO_SHARE * self._latency, self._rule.min_delay), self._most))
        return rest + self._added

    @property
    def places(self) -> int:
        """Requests at a time, when there is no trouble."""
        return self._places

    @property
    def slowed(self) -> bool:
        """Whether the host has not recovered from trouble."""
        return self._added > 0.0

    def heed(self, crawl_delay: float | None) -> None:
        """Takes over what robots.txt asks for, up to the rule's `max_delay`; None when it asks for nothing."""
        own = 0.0 if self._rule.delay == "auto" else self._rule.delay
        self._floor = max(own, min(crawl_delay or 0.0, self._most))

    def next_at(self, now: float) -> float:
        """When the next request may start: `now` or later; infinity while every place is taken."""
        if self.running >= (1 if self._added else self._places):
            return math.inf
        return self.earliest if self.earliest > now else now

    def started(self, now: float) -> None:
        """A request starts."""
        self.running += 1
        if self._added or self._auto or self._floor:
            self.earliest = max(self.earliest, now + self.rest)

    def finished(
        self, now: float, *, latency: float, code: int | None, failed: bool = False, retry_after: float | None = None
    ) -> None:
        """A request has ended: `latency` seconds after it was sent the first byte came, or nobody waited any longer.

        `failed` says that no answer came; `retry_after` is heeded with 429 and 503 only.
        """
        self.running -= 1
        if self._latency < 0.0:
            self._latency = self._usual = latency
        elif not failed:
            self._latency += 0.25 * (latency - self._latency)
            self._usual += 0.02 * (latency - self._usual)
        if failed or code in _TROUBLE:
            self._slow_down(now, now - latency, self._most)
        elif self._latency > _SLOW and self._latency > _GROWTH * self._usual:
            self._slow_down(now, now - latency, min(2 * self._latency, self._most))
        elif self._added:
            self._added = max(self._added - self._step, 0.0)
        if self._added or self._auto or self._floor:
            self.earliest = max(self.earliest, now + self.rest)
        if retry_after is not None and code in _TROUBLE:
            self.earliest = max(self.earliest, now + min(retry_after, MAX_RETRY_AFTER))

    def _slow_down(self, now: float, asked_at: float, most: float) -> None:
        """Doubles the rest, up to `most` seconds, unless that was done after the request was sent."""
        if asked_at < self._slowed_at:
            return
        rest = self.rest
        wanted = min(max(2 * rest, _FIRST_REST), most)
        if wanted > rest:
            self._slowed_at = now
            self._added += wanted - rest
            self._step = self._added / _STEPS_TO_RECOVER


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, in either form (RFC 9110 section 10.2.3), from 0 to `MAX_RETRY_AFTER`.

    `now` is aware. None when the value is neither form; a date that has passed is 0.
    """
    value = value.strip()[:_MAX_VALUE]
    if _SECONDS.fullmatch(value):
        return min(float(value), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(value)
        until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
        return min(max((until - now).total_seconds(), 0.0), MAX_RETRY_AFTER)
    except (ValueError, OverflowError):
        return None


def backoff(attempt: int, chance: float, *, first: float = 5.0, most: float = 900.0) -> float:
    """Seconds to wait before a URL is tried again: doubled with each failed `attempt` (from 1), half to one and a half of it.

    `chance` is from [0, 1): without it, all who failed together would come back together.
    """
    return float(min(first * 2.0 ** min(attempt - 1, 60), most) * (0.5 + chance))


def worth_a_retry(outcome: Outcome, reason: str | None, code: int | None) -> bool:
    """Whether another attempt may bring more: the fault lies with the network, or with the server for the moment."""
    match outcome:
        case Outcome.FAILED:
            return reason in _RETRIED_FAILURES
        case Outcome.CAPTURED_TRUNCATED:
            return reason in _RETRIED_TRUNCATIONS or code in _RETRIED_CODES
        case Outcome.CAPTURED_COMPLETE:
            return code in _RETRIED_CODES
    return False
