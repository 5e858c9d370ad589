# SPDX-License-Identifier: Apache-2.0
"""What a crawl does, resolved: its seeds' scopes and settings, its limits and its identity, as the worker uses them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from archiver.politeness import PaceRule
from archiver.scope import Scope
from archiver.services.ingest import SealLimits
from archiver.traps import Traps
from archiver.urls import HttpUrl
from manifests.agents import Agent
from manifests.capture import FetchSettings


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """Where a crawl stops taking what was found from one seed; None: no limit."""

    captures: int | None = None
    octets: int | None = None
    seconds: float | None = None
    """From the beginning of the crawl."""


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """How everything found from one seed is treated."""

    url: HttpUrl
    scope: Scope
    pace: PaceRule
    traps: Traps
    drop: tuple[str, ...] = ()
    """Names of query parameters that are left out."""
    captures_per_host: int | None = None
    octets_per_host: int | None = None
    limits: OwnLimits | None = None
    """What the seed has of its own, beside the limits of the crawl."""
    obey_robots: bool = True
    """Whether robots.txt is obeyed for what was found from it, or only recorded."""
    labels: dict[str, str] = field(default_factory=dict)
    """The collection among them."""
    source: str | None = None
    """`sitemap` or `feed` when its entries are seeds."""
    since: float | None = None
    """Only entries changed within so many seconds before the crawl, and those without a date."""


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One crawl, for its workers."""

    job: str
    crawl: int
    """Its row in state."""
    crawl_id: str
    headers: tuple[tuple[str, str], ...]
    secret_headers: frozenset[str]
    settings: FetchSettings
    """Those of seeds that have none of their own."""
    overall: int
    """Exchanges at a time of one worker."""
    seed: Callable[[int], SeedPlan]
    """The plan of the seed with this number."""
    seal: SealLimits = field(default_factory=SealLimits)
    self_contained: bool = False
    captures: int | None = None
    octets: int | None = None
    seconds: float | None = None
    began_at: float = 0.0
    """Seconds since 1970, for the limit of time."""
    operator: Agent | None = None
    purpose: str | None = None
    site_files: bool = False
    """Whether the files in which sites speak for their pages are asked for, on the hosts of seeds."""
    conditional: bool = True
    """Whether what the archive holds already is asked for with If-None-Match and If-Modified-Since."""
    attempts: int = 4
    """How often a URL is tried before its failure is what became of it."""
    first_retry: float = 5.0
    """Seconds before the second attempt, doubled with each further one."""
    lease: float = 60.0
    """Seconds after which a silent worker is taken over."""
    free_octets: int = 512 << 20
    """Room on the spool's disk below which the crawl pauses."""


def remembered(make: Callable[[int], SeedPlan], most: int = 4096) -> Callable[[int], SeedPlan]:
    """`make`, asked once for each of the seeds in use."""
    return lru_cache(maxsize=most)(make)
