# SPDX-License-Identifier: Apache-2.0
"""The seal of a crawl: what became of its URLs, in five files, and the segments that hold its captures.

It is written last, when the crawl has ended; files beside it that it does not name are of an attempt that was cut off, and
count for nothing. The captures themselves are in segments, which are sealed by themselves and do not need this document.
"""

from typing import Literal

from pydantic import Field

from manifests.agents import Fetcher
from manifests.canonical import Instant, Model
from manifests.segment import SegmentFile

CRAWL_FORMAT = "crawl-manifest/0"


class CrawlTotals(Model):
    """A crawl in numbers."""

    urls: int
    """URLs it ever accepted or judged: lines of the outcomes."""
    captures: int
    """URLs with a capture, prerequisites included."""
    prerequisites: int | None = None
    """Those of them with a response that were asked for before others: robots.txt and the files that speak for a site; absent
    where they were not counted."""
    truncated: int
    """Those of them of which less came than was announced, or a limit cut it."""
    failed: int
    """Those of them without an HTTP response."""
    refused: int
    """URLs that were not asked for, or not gone on with; those with a certificate that does not verify have a capture too."""
    skipped: int
    """URLs that need not be asked for: out of scope, beyond a limit, traps."""
    octets: int
    """Octets received, heads included."""
    revisits: int
    """Captures whose payload the archive held already."""
    revisits_per_mille: int
    """The same in thousandths of the captures."""
    warc_octets: int
    """Octets of the WARC files of its segments."""
    new: int
    """Captures of URLs that the archive did not hold."""
    changed: int
    """Captures whose payload differs from what the archive held of the URL."""
    unchanged: int
    """Captures whose payload is the one that the archive held of the URL."""
    notices_changed: int
    """Captures whose notices differ from those that the same version of the extractor read before."""
    suspected: int
    """Captures with a sign that they are not the page that was meant."""
    hosts: int
    """Hosts that were asked for something."""
    seconds: int
    """From the beginning to the end, pauses included."""


class CrawlManifest(Model):
    """The seal of one crawl."""

    format: Literal["crawl-manifest/0"] = Field(default=CRAWL_FORMAT, validate_default=True)
    archive_id: str
    """The archive it belongs to."""
    crawl_id: str
    """Its id: 26 letters and digits of time and chance."""
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
    job_file: SegmentFile
    """The job file as it was when the crawl began."""
    outcomes: SegmentFile
    """What became of every URL."""
    log: SegmentFile
    """What was asked for, in the columns of Heritrix's crawl.log."""
    report: SegmentFile
    """The report, for programs."""
    page: SegmentFile
    """The report, for people."""
    totals: CrawlTotals
    """The crawl in numbers."""
    segments: tuple[str, ...] = ()
    """Ids of the segments that hold its captures, in order."""
    software: Fetcher
    """The program that wrote it."""
