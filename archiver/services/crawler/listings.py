# SPDX-License-Identifier: Apache-2.0
"""Sitemaps and feeds that a job takes its seeds from: each entry becomes a seed, each sitemap of an index is asked for.

Entries that changed before the time the job asks for are left out; those without a date are not. Bounded by what the readers
of both formats are bounded by, and by so many steps from index to index.
"""

import json

from archiver.errors import BadInput
from archiver.formats.feed import looks_like_feed, read_feed
from archiver.formats.sitemap import read_sitemap
from archiver.services.crawler.leads import LINK, PREREQUISITE
from archiver.services.crawler.plan import SeedPlan
from archiver.state.turn import Found, Listed, Waiting
from archiver.urls import HttpUrl, parse, same_site

MOST_STEPS = 4
"""From index to index."""


def read(
    content: bytes, url: HttpUrl, waiting: Waiting, seed: SeedPlan, began_at: float
) -> tuple[list[Listed], list[Found]]:
    """The seeds that a list names, and the lists that it names; `began_at` is when the crawl began, seconds since 1970."""
    entries: list[tuple[str, float | None]] = []
    index = False
    if looks_like_feed(content):
        for one in read_feed(content).entries:
            moment = one.updated_at or one.published_at
            entries.append((one.link, moment.timestamp() if moment else None))
    else:
        sitemap = read_sitemap(content, url=url.url)
        index = sitemap.kind == "index"
        entries = [(e.url, e.modified_at.timestamp() if e.modified_at else None) for e in sitemap.entries]
    earliest = began_at - seed.since if seed.since is not None else None
    settings = json.dumps({"labels": seed.labels}, ensure_ascii=False) if seed.labels else "{}"
    listed: list[Listed] = []
    further: list[Found] = []
    for text, changed_at in entries:
        if earliest is not None and changed_at is not None and changed_at < earliest:
            continue
        try:
            named = parse(text, url)
        except BadInput:
            continue  # no http URL: the list's bytes still hold it
        if not index:
            path = waiting.path + "M"
            found = Found(named.origin, named.target, LINK, 0, 0, path, 0, waiting.row, f"listed by {seed.source}")
            listed.append(Listed(found, named.url, settings))
        elif len(waiting.path) < MOST_STEPS and same_site(named, url):
            path = waiting.path + "P"
            further.append(
                Found(named.origin, named.target, PREREQUISITE, 0, 0, path, waiting.seed, waiting.row, "sitemap index")
            )
    return listed, further
