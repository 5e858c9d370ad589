# SPDX-License-Identifier: Apache-2.0
"""Counting a crawl: each URL of the frontier once, in one pass, with what is known of hosts in the end.

Memory is bounded by the number of hosts that were asked for something, not by that of URLs.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from heapq import nlargest
from typing import Any

from archiver.robots import Standing, standing
from archiver.services.crawl_report.report import Bucket, Code, Host, Listed, Named, Rate, Reason, RobotsHost, Sign
from archiver.services.outcomes import ASKED
from archiver.state.turn import OUTCOMES
from manifests.capture import Outcome
from manifests.crawl import CrawlTotals

MOST_LISTED = 100
MOST_HOSTS = 200
MOST_BUCKETS = 120
_FEW = 10
"""Captures of a host below which its pace is chance."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_FAILED, _TRUNCATED, _REFUSED, _SKIPPED = (
    OUTCOMES.index(one)
    for one in (Outcome.FAILED, Outcome.CAPTURED_TRUNCATED, Outcome.REFUSED, Outcome.SKIPPED)
)  # fmt: skip
_NEW, _UNCHANGED, _CHANGED = range(3)


class _Host:
    """What is counted of one host."""

    __slots__ = (
        "captures", "disallowed", "errors", "failed", "first", "last", "octets", "origin", "robots_asked", "robots_code",
        "signs", "suspected", "unavailable",
    )  # fmt: skip

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.captures = self.octets = self.failed = self.errors = self.suspected = 0
        self.disallowed = self.unavailable = 0
        self.first, self.last = 0.0, 0.0
        self.robots_asked = False
        self.robots_code: int | None = None
        self.signs: dict[str, int] | None = None


class _List:
    """The first of many URLs."""

    def __init__(self) -> None:
        self.urls = 0
        self._first: list[Named] = []

    def add(self, row: Mapping[str, Any], words: Callable[[], str]) -> None:
        self.urls += 1
        if len(self._first) < MOST_LISTED:
            self._first.append(Named(url=row["url"], words=words(), capture_id=row["capture_id"]))

    def told(self) -> Listed:
        return Listed(urls=self.urls, first=tuple(self._first))


class Account:
    """The numbers of one crawl that lasted from `began` to `ended`, seconds since 1970."""

    def __init__(self, began: float, ended: float) -> None:
        self.seconds = max(0, round(ended - began))
        self.urls = self.seeds = self.captures = self.prerequisites = self.truncated = self.octets = self.revisits = 0
        self.changes: Counter[int] = Counter()
        self.ends: Counter[tuple[int, str | None]] = Counter()
        self.codes: Counter[int] = Counter()
        self.signs: Counter[str] = Counter()
        self.failed, self.changed, self.notices_changed, self.suspected = _List(), _List(), _List(), _List()
        self._hosts: dict[int, _Host] = {}
        self._began = int(began)
        self._step = next((one for one in _STEPS if self.seconds < one * MOST_BUCKETS), 0) or _days(self.seconds)
        self._buckets = [[0, 0, 0] for _ in range(max(1, -(-(self.seconds + 1) // self._step)))]

    def add(self, row: Mapping[str, Any]) -> None:
        """One URL that has ended, as the frontier knows it."""
        outcome, reason = row["outcome"], row["reason"]
        self.urls += 1
        self.seeds += not row["path"]
        self.ends[outcome, reason] += 1
        if outcome in ASKED and row["capture_id"] is not None:
            self._add_capture(row, outcome)
        elif outcome == _REFUSED:
            host = self._host(row)
            host.disallowed += reason == "robots-disallowed"
            host.unavailable += reason == "robots-unavailable"
            if row["capture_id"] is not None:  # a certificate that does not verify
                self._add_capture(row, outcome)

    def _add_capture(self, row: Mapping[str, Any], outcome: int) -> None:
        octets, code, at = row["octets"] or 0, row["code"], row["ended_at"]
        host = self._host(row)
        self.captures += 1
        self.octets += octets
        host.captures += 1
        host.octets += octets
        host.first = min(at, host.first) if host.first else at
        host.last = max(at, host.last)
        bucket = self._buckets[min(max(int((at - self._began) // self._step), 0), len(self._buckets) - 1)]
        bucket[0] += 1
        bucket[1] += octets
        if code is not None:
            self.codes[code] += 1
            host.errors += code >= 400
        if outcome == _TRUNCATED:
            self.truncated += 1
        if outcome != _FAILED and row["path"].startswith("P"):
            self.prerequisites += row["rule"] == "site-file" or row["target"] == "/robots.txt"
        change = row["change"]
        if change is not None:
            self.changes[change] += 1
            if change == _CHANGED:
                self.changed.add(row, lambda: "changed")
        if row["path"] == "P" and row["target"] == "/robots.txt":
            host.robots_asked, host.robots_code = True, code
        facts = json.loads(row["facts"]) if row["facts"] else {}
        if outcome == _FAILED:
            host.failed += 1
            bucket[2] += 1
            self.failed.add(row, lambda: " ".join(filter(None, (row["reason"], facts.get("detail")))))
        if facts:
            self._add_facts(row, facts, host)

    def _add_facts(self, row: Mapping[str, Any], facts: dict[str, Any], host: _Host) -> None:
        self.revisits += bool(facts.get("revisit"))
        if facts.get("notices_changed"):
            self.notices_changed.add(row, lambda: "notices changed")
        signs = facts.get("suspected")
        if signs:
            self.suspected.add(row, lambda: ", ".join(signs))
            host.suspected += 1
            host.signs = host.signs or {}
            for sign in set(signs):
                self.signs[sign] += 1
                host.signs[sign] = host.signs.get(sign, 0) + 1

    def _host(self, row: Mapping[str, Any]) -> _Host:
        host = self._hosts.get(row["host"])
        if host is None:
            host = self._hosts[row["host"]] = _Host(row["url"].removesuffix(row["target"]))
        return host

    def _ended(self, wanted: int) -> int:
        return sum(urls for (outcome, _), urls in self.ends.items() if outcome == wanted)

    # --- what it comes to ---

    def totals(self, warc_octets: int) -> CrawlTotals:
        """The crawl in numbers."""
        return CrawlTotals(
            urls=self.urls,
            captures=self.captures,
            prerequisites=self.prerequisites,
            truncated=self.truncated,
            failed=self.failed.urls,
            refused=self._ended(_REFUSED),
            skipped=self._ended(_SKIPPED),
            octets=self.octets,
            revisits=self.revisits,
            revisits_per_mille=round(1000 * self.revisits / self.captures) if self.captures else 0,
            warc_octets=warc_octets,
            new=self.changes[_NEW],
            changed=self.changes[_CHANGED],
            unchanged=self.changes[_UNCHANGED],
            notices_changed=self.notices_changed.urls,
            suspected=self.suspected.urls,
            hosts=sum(one.captures > 0 for one in self._hosts.values()),
            seconds=self.seconds,
        )

    def reasons(self) -> tuple[Reason, ...]:
        """What became of the URLs, the most frequent first."""
        ordered = sorted(self.ends.items(), key=lambda one: (-one[1], one[0][0], one[0][1] or ""))
        return tuple(Reason(outcome=OUTCOMES[o].value, reason=reason, urls=n) for (o, reason), n in ordered)

    def codes_told(self) -> tuple[Code, ...]:
        """Status codes, the most frequent first."""
        ordered = sorted(self.codes.items(), key=lambda one: (-one[1], one[0]))[:MOST_LISTED]
        return tuple(Code(code=code, captures=n) for code, n in ordered)

    def signs_told(self) -> tuple[Sign, ...]:
        """Signs, the most frequent first."""
        return _signs(self.signs)

    def rate(self) -> Rate:
        """Captures over time."""
        buckets = tuple(Bucket(captures=c, octets=o, failed=f) for c, o, f in self._buckets)
        return Rate(begins_at=datetime.fromtimestamp(self._began, UTC), seconds=self._step, buckets=buckets)

    def robots_answers(self) -> tuple[int, int, int]:
        """Hosts with a robots.txt, hosts without one, and hosts of which no rules could be had."""
        found = absent = unavailable = 0
        for one in self._hosts.values():
            stands = standing(one.robots_code) if one.robots_asked else None
            if one.unavailable or stands is Standing.UNREACHABLE:
                unavailable += 1
            else:
                absent += stands is Standing.ABSENT
                found += stands in (Standing.FOUND, Standing.REDIRECTED)
        return found, absent, unavailable

    def most_captured(self) -> tuple[Host, ...]:
        """The hosts with most captures."""
        return self._picked(lambda one: one.captures)

    def slowest(self) -> tuple[Host, ...]:
        """The hosts that let most time pass between requests."""
        return self._picked(lambda one: _between(one) if one.captures >= _FEW else 0)

    def most_suspected(self) -> tuple[Host, ...]:
        """The hosts with most captures that show a sign of being another page."""
        return self._picked(lambda one: one.suspected)

    def _picked(self, key: Callable[[_Host], int]) -> tuple[Host, ...]:
        return tuple(_told(one) for one in _most((one for one in self._hosts.values() if key(one)), key))

    def robots_hosts(self) -> tuple[RobotsHost, ...]:
        """The hosts where most URLs were not asked for because of robots.txt."""
        kept_out = (one for one in self._hosts.values() if one.disallowed or one.unavailable)
        return tuple(
            RobotsHost(origin=one.origin, code=one.robots_code, disallowed=one.disallowed, unavailable=one.unavailable)
            for one in _most(kept_out, lambda one: one.disallowed + one.unavailable)
        )


def _most(hosts: Iterable[_Host], key: Callable[[_Host], int]) -> list[_Host]:
    """The first in this order; of equal ones those that were found first."""
    return nlargest(MOST_HOSTS, hosts, key=key)


def _between(host: _Host) -> int:
    """Milliseconds from one request to the next."""
    return round(1000 * (host.last - host.first) / (host.captures - 1))


def _told(host: _Host) -> Host:
    return Host(
        origin=host.origin,
        captures=host.captures,
        octets=host.octets,
        failed=host.failed,
        errors=host.errors,
        suspected=host.suspected,
        signs=_signs(host.signs or {}),
        milliseconds=_between(host) if host.captures > 1 else None,
    )


def _signs(counts: Mapping[str, int]) -> tuple[Sign, ...]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_LISTED]
    return tuple(Sign(sign=sign, captures=n) for sign, n in ordered)


def _days(seconds: int) -> int:
    """A step of whole days for a crawl of more than a hundred."""
    return 86400 * -(-(seconds + 1) // (86400 * MOST_BUCKETS))
