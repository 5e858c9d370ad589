# SPDX-License-Identifier: Apache-2.0
"""What a crawl would make of a URL that it never met: the verdict of its scopes and traps, as its job had them.

The URL is judged as a link on the page of each seed. Robots rules and limits are left out: they are known only when it is
asked for.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import pydantic

from archiver.jobs.document import read_document
from archiver.jobs.effective import Job, Seed
from archiver.jobs.job import JobFile, OwnSection
from archiver.jobs.resolving import resolve
from archiver.scope import Patterns, Scope
from archiver.state.crawls import CrawlRow, Crawls, SeedRow
from archiver.traps import TrapLimits, Traps
from archiver.urls import HttpUrl, parse

_MOST_SEEDS = 10_000


class _Kept(pydantic.BaseModel):
    """What state keeps of a seed beside its URL."""

    own: OwnSection | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on a URL that the crawl never met."""

    accepted: bool
    rule: str
    """The rule of the scope, or the sign of a trap, that decided."""
    reason: str | None
    """`out-of-scope` or `trap`; None when it would be accepted."""
    seed: str
    """The seed whose scope decided: the first that accepts it, else the one of its host, else the first."""


def job_of(crawl: CrawlRow) -> Job:
    """The job of a crawl as it was when the crawl began, without the seeds of its lists."""
    return resolve(JobFile.model_validate(read_document(crawl.job_text, crawl.job).value), (), ())


def judge(crawls: Crawls, crawl: CrawlRow, url: HttpUrl) -> Judged | None:
    """The verdict on a URL; None for a crawl without seeds. Looks at the first ten thousand seeds."""
    job = job_of(crawl)
    first: Judged | None = None
    for seed_row in islice(crawls.seeds(crawl.row), _MOST_SEEDS):
        seed = parse(seed_row.url)
        one = _by_seed(job, crawl, seed_row, seed, url)
        if one.accepted or one.reason == "trap":
            return one
        if first is None or (seed.host == url.host and parse(first.seed).host != url.host):
            first = one
    return first


def _by_seed(job: Job, crawl: CrawlRow, row: SeedRow, seed: HttpUrl, url: HttpUrl) -> Judged:
    settings = job.settings_of(Seed(row.url, {}, _Kept.model_validate_json(row.settings).own))
    path = "" if url.url == seed.url else "L"
    excluded = Patterns(crawl.excluded).first(url.url) if crawl.excluded else None
    if excluded is not None:
        return Judged(False, f"exclude:{excluded}", "out-of-scope", row.url)
    verdict = Scope(settings.scope, seed).judge(url, path=path, depth=len(path), hops=0)
    if not verdict.accepted:
        return Judged(False, verdict.rule, "out-of-scope", row.url)
    depth = settings.limits.path_depth
    limits = TrapLimits() if depth is None else TrapLimits(segments=depth)
    sign = Traps(limits, today=datetime.fromisoformat(crawl.created_at).date()).judge(url) if path else None
    return Judged(sign is None, sign or verdict.rule, "trap" if sign else None, row.url)
