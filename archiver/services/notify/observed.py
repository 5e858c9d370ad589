# SPDX-License-Identifier: Apache-2.0
"""The captures of a crawl that may show a change, each beside the one before it, as `change.compare` takes them.

Pages and documents count; what they embed, style sheets, scripts, feeds and sitemaps do not. Of a robots.txt, and of the
other files in which a site speaks, only the notices do. The capture before is the last one of the same URL that showed the
page, or showed that there is none: what lies between, a server's fault or an answer cut short, says nothing of the page.

Bounded: so many captures are compared in one crawl, and of one no more than the extractor reads; the rest is counted. A
capture that cannot be read back is counted and left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import ArchiverError
from archiver.jobs.effective import Notification
from archiver.ports import Store
from archiver.services.history.notices import changed, of_catalog
from archiver.services.history.page import PageText
from archiver.services.history.stored import Pages
from archiver.services.notify.batch import Batch
from archiver.services.notify.change import Change, compare

MOST_COMPARED = 5_000
"""Captures of one crawl that are compared."""
_NO_PAGES = ("text/css", "json", "javascript", "ecmascript")


@dataclass(slots=True)
class Tally:
    """What a look over a crawl came to."""

    compared: int = 0
    left_out: int = 0
    """Captures beyond the bounds."""
    unreadable: int = 0
    first_fault: str = ""


def changes(
    store: Store,
    catalog: Catalog,
    crawl_id: str,
    lines: Iterable[Mapping[str, Any]],
    rules: Sequence[Notification],
    tally: Tally,
    most: int = MOST_COMPARED,
) -> list[Batch]:
    """What each rule is to be told of a crawl, whose outcomes are `lines`; `tally` counts on the way."""
    told = [Batch() for _ in rules]
    pages = Pages(store, catalog)
    for found, of_robots in _candidates(catalog, lines, rules, tally, most):
        try:
            pair = _pair(pages, *found)
            for at, rule in enumerate(rules):
                change = _compared(*pair, rule, of_robots=of_robots)
                if change is not None:
                    told[at] = told[at].with_more((change,), crawl_id, rule.at_most)
        except (ArchiverError, ValueError) as fault:
            tally.unreadable += 1
            tally.first_fault = tally.first_fault or str(fault)
    return told


def _candidates(
    catalog: Catalog, lines: Iterable[Mapping[str, Any]], rules: Sequence[Notification], tally: Tally, most: int
) -> Iterator[tuple[tuple[Found, list[Found]], bool]]:
    """Each capture that may show a change with those before it, newest first; and whether it is of a robots.txt."""
    of_new = any("new" in rule.when or rule.phrase is not None for rule in rules)
    of_notices = any("notices" in rule.when for rule in rules)
    for line in lines:
        change, path = line.get("change"), line.get("path", "")
        of_robots = path.endswith("P") and (line["url"].endswith("/robots.txt") or line.get("rule") == "site-file")
        if "capture_id" not in line or path.endswith("E") or (path.endswith("P") and not of_robots):
            continue
        if of_robots:
            counts = of_notices
        elif change == "unchanged":  # headers say things too
            counts = of_notices and bool(line.get("notices_changed"))
        else:
            counts = change == "changed" or of_new
        if not counts:
            continue
        if tally.compared >= most:
            tally.left_out += 1
            continue
        found = catalog.by_id(line["capture_id"])
        if found is None:
            tally.unreadable += 1
            tally.first_fault = tally.first_fault or f"the catalog does not know capture {line['capture_id']}"
            continue
        earlier = catalog.before(found.url, found.fetched_at)
        if of_robots and not (earlier and changed(of_catalog(earlier[0].notices), of_catalog(found.notices))):
            continue
        tally.compared += 1
        yield (found, earlier), of_robots


def _pair(pages: Pages, found: Found, earlier: list[Found]) -> tuple[PageText | None, PageText]:
    after = _whole(pages, found)
    for one in earlier:
        before = pages.known(one)
        if before.held or before.gone is not None:
            return _whole(pages, one, before), after
    return None, after


def _whole(pages: Pages, found: Found, known: PageText | None = None) -> PageText:
    page = known or pages.known(found)
    return pages.whole(found, page) if page.held else page


def _compared(before: PageText | None, after: PageText, rule: Notification, *, of_robots: bool) -> Change | None:
    if of_robots:
        if rule.watch is not None or rule.phrase is not None:
            return None
        rule = replace(rule, when=tuple(kind for kind in rule.when if kind == "notices"))
    elif not any(_is_page(one) for one in (before, after) if one is not None and one.held):
        return None
    return compare(before, after, rule)


def _is_page(page: PageText) -> bool:
    kind = (page.content_type or "").partition(";")[0].strip().lower()
    return not kind.endswith(_NO_PAGES) and (not kind.endswith("xml") or kind == "application/xhtml+xml")
