# SPDX-License-Identifier: Apache-2.0
"""How a job fares: its last crawl, how often in a row it failed, when it is due, and what is wrong with its file."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Literal

from archiver.crawling.scheduling import GRACE
from archiver.services.ingest import World
from archiver.state.crawls import CrawlRow, Met

_MOST = 100
"""Crawls that are looked at to count failures in a row."""


@dataclass(frozen=True, slots=True)
class Health:
    """One job."""

    job: str
    verdict: Literal["ok", "overdue", "unfinished", "failing", "mistakes in file"]
    file: str | None
    """Where a scheduler read it; None when none has met it."""
    mistakes: str | None
    last: CrawlRow | None
    working: bool
    """Whether a process works on the last crawl now."""
    failures: int
    """Crawls that failed, since the last one that did not."""
    next_due: str | None


def failed(crawl: CrawlRow) -> bool:
    """Whether a crawl went to its end and brought nothing but failures and refusals, prerequisites aside."""
    if crawl.stage != "ended" or crawl.how != "finished" or crawl.report is None:
        return False
    totals = json.loads(crawl.report)
    # Where they were not counted, robots.txt is one of the captures of each host that was asked for anything.
    return bool(totals["captures"] - totals["failed"] <= totals.get("prerequisites", totals["hosts"]))


def health(world: World, works_on: Callable[[str], bool]) -> list[Health]:
    """Every job that was crawled, or that a scheduler has met; by name."""
    met = {one.job: one for one in world.state.crawls.all_met()}
    names = sorted({*met, *world.state.crawls.names()} - {"adhoc"})
    return [_of(world, name, met.get(name), works_on) for name in names]


def _of(world: World, job: str, met: Met | None, works_on: Callable[[str], bool]) -> Health:
    crawls = world.state.crawls.all(job, _MOST)
    last = crawls[0] if crawls else None
    seen = json.loads(met.seen) if met else {}
    unended = last is not None and last.stage != "ended"
    working = last is not None and unended and works_on(last.crawl_id)
    failures = sum(
        1 for _ in takewhile(failed, (one for one in crawls if one.stage == "ended" and not one.first_crawl_id))
    )
    verdict: Literal["ok", "overdue", "unfinished", "failing", "mistakes in file"] = "ok"
    if seen.get("mistakes"):
        verdict = "mistakes in file"
    elif unended and not working:
        verdict = "unfinished"
    elif failures:
        verdict = "failing"
    elif seen.get("next_due") and world.now() - datetime.fromisoformat(seen["next_due"]) > GRACE:
        verdict = "overdue"  # whoever saw to it would have said when it is due next
    return Health(
        job=job,
        verdict=verdict,
        file=met.file if met else None,
        mistakes=seen.get("mistakes"),
        last=last,
        working=working,
        failures=failures,
        next_due=seen.get("next_due"),
    )
