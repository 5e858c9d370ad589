# SPDX-License-Identifier: Apache-2.0
"""Changes of notices, publishers and titles over the whole archive, from the catalog alone.

Each capture of a page is compared with the last one before it that showed the page. Only claims of one extractor version
are compared: a pair of different versions is passed over and counted. One page is held in memory at a time, whatever the
size of the archive.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from archiver.catalog.catalog import Catalog, check_host
from archiver.catalog.entries import KeptNotice
from archiver.catalog.histories import Seen, Walk, walking
from archiver.errors import BadInput
from archiver.services.history.notices import changed
from archiver.services.history.timeline import NOT_THE_PAGE, Mark
from archiver.services.history.values import says, says_name
from manifests.rights import NoticeKind

PUBLISHER, TITLE = "publisher", "title"
KINDS = (*(kind.value for kind in NoticeKind), PUBLISHER, TITLE)
"""What changes are told of; titles only when they are asked for, since they change with every edit."""


@dataclass(frozen=True, slots=True)
class Term:
    """What a page said, on one side of a change."""

    text: str
    """The words of the notice, the publisher's name, or the title."""
    license: str | None = None
    """SPDX identifier."""
    license_url: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a page said, and then said otherwise or no more."""

    kind: str
    """A kind of notice, `publisher` or `title`."""
    how: str
    """`added`, `removed` or `reworded`."""
    before: Term | None
    after: Term | None
    older: Mark
    """The last capture that said what was before."""
    newer: Mark
    """The first capture that does not."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are asked for; None for all."""

    kind: str | None = None
    """One of `KINDS`."""
    left: str | None = None
    """What the page said before and says no more, as `values.says` understands it."""
    came: str | None = None
    """What the page says now and did not say before."""
    host: str | None = None
    since: datetime | None = None
    """Changes first seen then or later."""
    until: datetime | None = None
    """Changes first seen before then."""


@dataclass(slots=True)
class Tally:
    """What a walk over the archive came to."""

    passed_over: int = 0
    """Pairs whose claims were read by different versions of the extractor."""


def changes(catalog: Catalog, wanted: Wanted, tally: Tally) -> Iterator[Change]:
    """The changes of every page, in the order of addresses, then of time; `tally` counts on the way.

    Raises `BadInput` for a kind or a host that is none, and for values without a letter or digit.
    """
    if wanted.kind is not None and wanted.kind not in KINDS:
        raise BadInput(f"{wanted.kind!r} is no kind of change", f"Kinds are {', '.join(KINDS)}.")
    for value in (wanted.left, wanted.came):
        if value is not None and not any(one.isalnum() for one in value):
            raise BadInput(f"{value[:100]!r} has no words", "Give an SPDX identifier, the URL of a licence, or words.")
    if wanted.host is not None:
        check_host(wanted.host)
    return _changes(catalog, wanted, tally)


def _changes(catalog: Catalog, wanted: Wanted, tally: Tally) -> Iterator[Change]:
    judge = _Judge(wanted)
    with walking(catalog.path) as walk:
        for captures in walk.all(wanted.host):
            for older, newer in pairwise([one for one in captures if NOT_THE_PAGE.isdisjoint(one.suspected)]):
                if (wanted.since and newer.fetched_at < wanted.since) or (
                    wanted.until and newer.fetched_at >= wanted.until
                ):
                    continue
                if older.extractor != newer.extractor:
                    tally.passed_over += 1
                    continue
                yield from judge.told(walk, older, newer)


class _Judge:
    """Finds in a pair of captures what is wanted."""

    def __init__(self, wanted: Wanted) -> None:
        self._kind = wanted.kind
        self._left, self._came = wanted.left, wanted.came
        self._notice_left, self._notice_came = (says(one) if one else None for one in (wanted.left, wanted.came))
        self._name_left, self._name_came = (says_name(one) if one else None for one in (wanted.left, wanted.came))

    def told(self, walk: Walk, older: Seen, newer: Seen) -> list[Change]:
        """The changes between two captures that are wanted."""
        found: list[Change] = []
        if self._kind in (None, PUBLISHER):
            found += self._named(PUBLISHER, older.publisher, newer.publisher, older, newer)
        if self._kind == TITLE:
            found += self._named(TITLE, older.title, newer.title, older, newer)
        if self._kind not in (PUBLISHER, TITLE) and older.notices != newer.notices:
            found += self._notices(walk, older, newer)
        return found

    def _named(self, kind: str, before: str | None, after: str | None, older: Seen, newer: Seen) -> list[Change]:
        if before == after:
            return []
        if self._name_left and not (before and self._name_left(before) and not (after and self._name_left(after))):
            return []
        if self._name_came and not (after and self._name_came(after) and not (before and self._name_came(before))):
            return []
        how = "added" if before is None else "removed" if after is None else "reworded"
        old, new = (Term(one) if one is not None else None for one in (before, after))
        return [Change(kind, how, old, new, _mark(older), _mark(newer))]

    def _notices(self, walk: Walk, older: Seen, newer: Seen) -> list[Change]:
        old, new = (self._of_page(walk.notices(one.notices)) for one in (older, newer))
        found = changed(old, new)
        left = [one for one in found if one.before and _gone(self._notice_left, one.before, new)]
        came = [one for one in found if one.after and _gone(self._notice_came, one.after, old)]
        if (self._notice_left and not left) or (self._notice_came and not came):
            return []
        if self._notice_left or self._notice_came:
            asked = [*(left if self._notice_left else []), *(came if self._notice_came else [])]
            found = [one for one in found if one in asked]
        return [
            Change(one.kind, one.how, _term(one.before), _term(one.after), _mark(older), _mark(newer)) for one in found
        ]

    def _of_page(self, notices: list[KeptNotice]) -> list[KeptNotice]:
        """Notices of the kind that is asked for, in the publisher's own voice."""
        return [one for one in notices if one.voice is None and self._kind in (None, one.kind)]


def _gone(says_it: Callable[[KeptNotice], bool] | None, one: KeptNotice, others: list[KeptNotice]) -> bool:
    """Whether a notice says it and none of its kind does on the other side: a page that repeats its licence in another
    place has not left it."""
    return (
        says_it is not None and says_it(one) and not any(says_it(other) for other in others if other.kind == one.kind)
    )


def _term(notice: KeptNotice | None) -> Term | None:
    return Term(notice.text, notice.license, notice.license_url) if notice is not None else None


def _mark(seen: Seen) -> Mark:
    return Mark(seen.capture_id, seen.url, seen.fetched_at, seen.response_code)
