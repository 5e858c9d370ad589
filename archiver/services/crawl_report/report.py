# SPDX-License-Identifier: Apache-2.0
"""The report of an ended crawl as a value: what `report.json` holds, and what `page` draws.

Every list is bounded; a number beside it says how many there are in all, and `outcomes.jsonl.gz` has each of them.
"""

from typing import Literal

from pydantic import Field

from manifests.agents import Fetcher
from manifests.canonical import Instant, Model
from manifests.crawl import CrawlTotals

REPORT_FORMAT = "crawl-report/0"


class Reason(Model):
    """URLs of one outcome and reason."""

    outcome: str
    """A word of the outcomes."""
    reason: str | None = None
    """A word of the reasons; absent where nothing is to be explained."""
    urls: int
    """How many URLs ended so."""


class Code(Model):
    """Captures with one status code."""

    code: int
    """The status code of the response."""
    captures: int
    """How many captures came with it."""


class Bucket(Model):
    """What came within one stretch of time."""

    captures: int
    """Captures whose request was sent then."""
    octets: int
    """Octets they brought, heads included."""
    failed: int
    """Those of them without an HTTP response."""


class Rate(Model):
    """Captures over time."""

    begins_at: Instant
    """When the first stretch begins."""
    seconds: int
    """The length of each stretch."""
    buckets: tuple[Bucket, ...] = ()
    """One stretch after the other, empty ones included."""


class Sign(Model):
    """Captures with one sign that they are not the page that was meant."""

    sign: str
    """The sign, such as bot-check or login."""
    captures: int
    """How many captures show it."""


class Host(Model):
    """One host that was asked for something."""

    origin: str
    """Scheme, host and port."""
    captures: int
    """Its captures, robots.txt included."""
    octets: int
    """Octets received from it, heads included."""
    failed: int
    """Captures without an HTTP response."""
    errors: int
    """Captures with a status code of 400 or more."""
    suspected: int
    """Captures with a sign that they are not the page that was meant."""
    signs: tuple[Sign, ...] = ()
    """Those by sign, the most frequent first."""
    milliseconds: int | None = None
    """From one request to the next, on average, the pauses that were kept included; absent for a single capture."""


class RobotsHost(Model):
    """What robots.txt of one host meant for the crawl."""

    origin: str
    """Scheme, host and port."""
    code: int | None = None
    """The status code robots.txt came with; absent without a response."""
    disallowed: int
    """URLs that were not asked for because its rules disallow them."""
    unavailable: int
    """URLs that were not asked for because no rules could be had."""


class Robots(Model):
    """The robots decisions of the crawl."""

    policy: str
    """`obey`, or `record`: the rules are kept and not followed."""
    policy_reason: str | None = None
    """Why they are not followed, as the operator states."""
    seeds_otherwise: int | None = None
    """Seeds that have another policy than the job, as its file says; absent where there are none."""
    found: int
    """Hosts with a robots.txt, or that redirect to one."""
    absent: int
    """Hosts that answered that they have none."""
    unavailable: int
    """Hosts of which no rules could be had."""
    disallowed_urls: int
    """URLs that were not asked for because rules disallow them."""
    unavailable_urls: int
    """URLs that were not asked for because no rules could be had."""
    hosts: tuple[RobotsHost, ...] = ()
    """The hosts where most URLs were not asked for."""


class Event(Model):
    """Something that was done to the crawl while it ran."""

    at: Instant
    """When."""
    kind: str
    """`run`, `pause`, `paused`, `stop`, `exclude` or `limit`."""
    detail: str = ""
    """What was excluded or limited, as JSON, or why it paused."""


class Named(Model):
    """One URL of a list."""

    url: str
    """The URL."""
    words: str
    """Why it is in the list: its reason and detail, or its signs."""
    capture_id: str | None = None
    """Its capture."""


class Listed(Model):
    """The first URLs of a kind."""

    urls: int
    """How many there are in all."""
    first: tuple[Named, ...] = ()
    """The first of them, in the order in which they were found."""


class CrawlReport(Model):
    """The report of one crawl."""

    format: Literal["crawl-report/0"] = Field(default=REPORT_FORMAT, validate_default=True)
    archive_id: str
    """The archive it belongs to."""
    crawl_id: str
    """The crawl."""
    job: str
    """The job that was executed."""
    due: Instant | None = None
    """When it was due, for a scheduled crawl."""
    created_at: Instant
    """When it began."""
    ended_at: Instant
    """When it ended."""
    how: str
    """How it ended: `finished`, `limit` or `stopped`."""
    first_crawl_id: str | None = None
    """For a retry: the crawl whose URLs it took again."""
    seeds: int
    """How many seeds it had."""
    totals: CrawlTotals
    """The crawl in numbers."""
    reasons: tuple[Reason, ...]
    """What became of its URLs, the most frequent first."""
    codes: tuple[Code, ...]
    """Status codes, the most frequent first."""
    signs: tuple[Sign, ...]
    """Signs of pages that are not what was meant, the most frequent first."""
    rate: Rate
    """Captures over time."""
    hosts: tuple[Host, ...]
    """The hosts with most captures."""
    slowest: tuple[Host, ...]
    """The hosts that let most time pass between requests, of those with ten captures or more."""
    suspected_hosts: tuple[Host, ...]
    """The hosts with most captures that are not what was meant."""
    robots: Robots
    """The robots decisions."""
    events: tuple[Event, ...]
    """The last things that were done to it while it ran, in order."""
    events_in_all: int
    """How many events there were."""
    failed: Listed
    """URLs without an HTTP response."""
    changed: Listed
    """URLs whose payload differs from what the archive held."""
    notices_changed: Listed
    """URLs whose notices differ from what was read before."""
    suspected: Listed
    """URLs whose captures are not what was meant, by a sign."""
    segments: tuple[str, ...] = ()
    """Ids of the segments that hold its captures."""
    software: Fetcher
    """The program that wrote it."""
