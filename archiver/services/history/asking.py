# SPDX-License-Identifier: Apache-2.0
"""The history of a URL, and the difference of two captures, read from one archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archiver.catalog.catalog import Catalog, Found
from archiver.catalog.histories import Seen, walking
from archiver.errors import NotFound
from archiver.ports import Store
from archiver.services.history.comparing import Compared, compare
from archiver.services.history.extractor import CURRENT, Extractor
from archiver.services.history.page import PageText
from archiver.services.history.stored import Pages
from archiver.services.history.timeline import Mark, Row, timeline
from archiver.services.history.words import MAX_STRETCHES

MOST_PLACES = 200
"""Changed places of the text that the difference of two captures lists."""


@dataclass(frozen=True, slots=True)
class Diff:
    """How two captures differ."""

    before: Mark
    after: Mark
    compared: Compared


def history(
    store: Store,
    catalog: Catalog,
    url: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    newest: int | None = None,
    most: int = MAX_STRETCHES,
    extractor_changes: bool = False,
    extractor: Extractor = CURRENT,
) -> Iterator[Row]:
    """The captures of a URL and what changed between them, oldest first; see `timeline`.

    Of those asked for at `since` or later and before `until`, the `newest` so many. With `extractor_changes` also what
    `extractor` reads otherwise than older claims have it.
    """
    with walking(catalog.path) as walk:
        captures = walk.of(url)
    wanted = [
        one
        for one in captures
        if (since is None or one.fetched_at >= since) and (until is None or one.fetched_at < until)
    ]
    pages = Pages(store, catalog)

    def found(seen: Seen) -> Found:
        one = catalog.by_id(seen.capture_id)
        if one is None:
            raise NotFound(f"the catalog does not know capture {seen.capture_id}", "Run `archiver rebuild`.")
        return pages.confirmed(one)

    def known(seen: Seen) -> PageText:
        return pages.known(found(seen))

    def whole(seen: Seen, page: PageText) -> PageText:
        return pages.whole(found(seen), page)

    yield from timeline(
        wanted[-newest:] if newest is not None else wanted,
        known,
        whole,
        extractor,
        most=most,
        extractor_changes=extractor_changes,
    )


def diff(
    store: Store,
    catalog: Catalog,
    before: Found,
    after: Found,
    *,
    most: int = MOST_PLACES,
    extractor: Extractor = CURRENT,
) -> Diff:
    """How two captures differ, whatever their URLs; one that only confirmed another stands for that one.

    Raises `NotFound` for a capture without a response, `Damaged` for one that does not read back.
    """
    pages = Pages(store, catalog)
    sides = []
    for one in (before, after):
        page = pages.whole(pages.confirmed(one))
        if page.manifest.observation.response is None:
            raise NotFound(f"capture {one.capture_id} has no response: {one.outcome.value}", "See its manifest.")
        sides.append(page)
    return Diff(_mark(before), _mark(after), compare(sides[0], sides[1], extractor, most))


def _mark(found: Found) -> Mark:
    return Mark(found.capture_id, found.url, found.fetched_at, found.response_code)
