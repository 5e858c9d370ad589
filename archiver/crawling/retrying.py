# SPDX-License-Identifier: Apache-2.0
"""A retry: a new crawl of the same job that takes again what failed, or what looked suspicious, in a crawl before.

Each new capture links back to the one it takes again (`retry-of`). URLs keep the seed they were found from, with its labels, and
redirects are followed; links and embeds are not, for the crawl before has followed them.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from archiver.errors import BadInput, NotFound
from archiver.services import layout, outcomes
from archiver.services.ingest import World
from archiver.state.crawls import CrawlRow, SeedRow
from archiver.state.turn import Found
from archiver.urls import parse
from manifests.capture import Outcome

What = Literal["failed", "suspected"]

_AT_ONCE = 10_000
_ALONE = {"type": "page", "depth": 0, "hops": 0, "embeds": False, "include": []}


def begin(world: World, first: CrawlRow, what: What) -> tuple[str, int]:
    """A new crawl over the URLs of `first` that failed, or whose page had suspicious signs: its id, and how many.

    Raises `BadInput` when `first`, or another crawl of its job, has not ended, or when there is nothing to take again.
    """
    if first.stage != "ended":
        raise BadInput(
            f"crawl {first.crawl_id} has not ended", "Retry when it has; what failed may still be tried again."
        )
    chosen = list(_chosen(world, first, what))
    if not chosen:
        raise BadInput(f"no URL of crawl {first.crawl_id} is {what}", f"See: archiver crawls show {first.crawl_id}")
    wanted = {one["seed"] for one in chosen}
    numbers: dict[str, int] = {}
    kept: list[SeedRow] = []
    for seed in world.state.crawls.seeds(first.row):
        if seed.url in wanted and seed.url not in numbers:
            numbers[seed.url] = len(kept)
            kept.append(SeedRow(len(kept), seed.url, _alone(seed.settings)))
    now = world.now()
    crawl_id = layout.segment_id(now, world.chance(10))
    with world.state.writing() as connection:
        row = world.state.crawls.begin(
            connection, crawl_id, first.job, first.job_text, now.isoformat(), first_crawl_id=first.crawl_id
        )
        assert row is not None  # no time it was due, so no other can have been first
        for at in range(0, len(kept), _AT_ONCE):
            world.state.crawls.add_seeds(connection, row, kept[at : at + _AT_ONCE])
        for at in range(0, len(chosen), _AT_ONCE):
            some = [_found(one, numbers[one["seed"]]) for one in chosen[at : at + _AT_ONCE]]
            world.state.frontier.know(connection, row, some)
    return crawl_id, len(chosen)


def _chosen(world: World, first: CrawlRow, what: What) -> Iterator[dict[str, Any]]:
    """What is to be taken again, by what is stored with the crawl, or by the frontier as long as that is not."""
    try:
        lines = outcomes.worth_another(world.store, first.crawl_id, what)
        yield from (one for one in lines if not _is_prerequisite(one))
    except NotFound:
        seeds = {one.number: one.url for one in world.state.crawls.seeds(first.row)}
        for row in world.state.frontier.known(first.row):
            one = outcomes.described(row, seeds.__getitem__)
            fits = one["outcome"] == Outcome.FAILED if what == "failed" else one.get("suspected")
            if fits and not _is_prerequisite(one):
                yield one


def _is_prerequisite(line: dict[str, Any]) -> bool:
    """Whether it is a host's rules or speaks for its site: that is asked for before anything of the host anyway."""
    if not line["path"].startswith("P"):
        return False
    return line.get("rule") == "site-file" or parse(line["url"]).target == "/robots.txt"


def _found(line: dict[str, Any], seed: int) -> Found:
    url = parse(line["url"])
    link = {"retry_of": line["capture_id"], "retry_url": line["url"]} if line.get("capture_id") else None
    facts = json.dumps(link, ensure_ascii=False) if link else None
    return Found(url.origin, url.target, 0, 0, 0, line["path"], seed, None, "retry", facts=facts)


def _alone(settings: str) -> str:
    """The settings of a seed from which nothing is followed, and which is no list of further seeds."""
    kept = json.loads(settings)
    own = (kept.get("own") or {}) | {"scope": _ALONE}
    return json.dumps({"labels": kept.get("labels", {}), "own": own}, ensure_ascii=False)
