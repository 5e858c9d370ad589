# SPDX-License-Identifier: Apache-2.0
"""The history of one address: its captures as rows, oldest first, and between them what changed.

Captures that show nothing new are told in one row, whether the server confirmed the page, sent the same payload again, or
one that differs in nothing that is compared. Answers that are not the page (errors, redirects, bot checks) are rows of
their own and are not compared: each capture of the page is compared with the last one that showed it. A redirect of the
address to itself, as from http to https, is no row.

Pure: the caller hands in how a capture is read back. A capture is read only where the catalog alone cannot tell that
nothing changed, and two are held at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urldefrag, urljoin

from archiver.catalog.histories import Seen, address_of
from archiver.errors import Damaged, NotFound
from archiver.services.history.comparing import Differences, Said, compare, said
from archiver.services.history.extractor import Extractor
from archiver.services.history.page import PageText
from archiver.services.history.words import MAX_STRETCHES
from manifests.capture import Outcome

NOT_THE_PAGE = frozenset(
    {"bot-check", "consent-wall", "login", "soft-404", "empty-shell", "parked-domain", "geo-block"}
)
"""Signs of another page than was meant: its notices are those of whoever put it there. A paywall is the page's own."""


class What(StrEnum):
    """What a row of a history tells."""

    FIRST = "first"
    """The first capture of the page in the time asked for, and what it says."""
    CHANGED = "changed"
    """The page differs from the capture before."""
    UNCHANGED = "unchanged"
    """One or more captures that show nothing new."""
    READ_ANEW = "read-anew"
    """The page is the same; a newer extractor reads something else of it."""
    NOT_THE_PAGE = "not-the-page"
    """One or more answers that are not the page."""
    UNREADABLE = "unreadable"
    """A capture that could not be compared, because it or the one before does not read back."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A capture, as a row names it."""

    capture_id: str
    url: str
    fetched_at: datetime
    response_code: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a history."""

    what: What
    capture: Mark
    """The capture told of; of several the first."""
    until: Mark
    """The last of them."""
    captures: int = 1
    elsewhere: int = 0
    """For unchanged captures: in how many of them words outside the main text differ."""
    before: Mark | None = None
    """For a change: the last capture before."""
    said: Said | None = None
    """For the first capture: title, publisher and notices."""
    differences: Differences | None = None
    extractor: str | None = None
    """Name and version of what read the claims that were compared or are shown."""
    detail: str | None = None
    """For an answer that is not the page: why it is taken for none. For an unreadable capture: what is wrong."""


def timeline(
    captures: Iterable[Seen],
    known: Callable[[Seen], PageText],
    whole: Callable[[Seen, PageText], PageText],
    extractor: Extractor,
    *,
    most: int = MAX_STRETCHES,
    extractor_changes: bool = False,
) -> Iterator[Row]:
    """Rows of the history of `captures`, which are of one address, oldest first.

    `known` gives what is known of a capture, `whole` the same with its content. At most `most` changed places of the text
    are listed a row.
    """
    walk = _Walk(known, whole, extractor, most, extractor_changes)
    for one in captures:
        try:
            rows = list(walk.take(one))
        except (Damaged, NotFound) as fault:
            rows = [*walk.rest(), Row(What.UNREADABLE, _mark(one), _mark(one), detail=fault.what)]
        yield from rows
    yield from walk.rest()


@dataclass(slots=True)
class _Walk:
    """Where a walk through the captures of an address stands."""

    known: Callable[[Seen], PageText]
    whole: Callable[[Seen, PageText], PageText]
    extractor: Extractor
    most: int
    extractor_changes: bool
    open: Row | None = None
    """A row that the next capture may still belong to."""
    last: Seen | None = None
    """The last capture whose content showed the page."""
    page: PageText | None = None
    """The same, as far as it was read back."""
    latest: Mark | None = None
    """The last capture that showed the page or confirmed it."""

    def rest(self) -> Iterator[Row]:
        """The row that is still open."""
        if self.open is not None:
            yield self.open
        self.open = None

    def begin(self, one: Seen, page: PageText | None) -> None:
        """From here on, captures are compared with this one."""
        self.last, self.page, self.latest = one, page, _mark(one)

    def take(self, one: Seen) -> Iterator[Row]:
        """The rows that the next capture completes."""
        if self.last is not None and (one.not_modified or _says_the_same(self.last, one)):
            yield from self._joined(Row(What.UNCHANGED, _mark(one), _mark(one)))
            self.latest = _mark(one)
            if not one.not_modified:
                self.begin(one, None)
            return
        page = self.known(one)
        if _leads_back(page):
            return
        why = _not_the_page(page)
        if why is not None:
            yield from self._joined(Row(What.NOT_THE_PAGE, _mark(one), _mark(one), detail=why))
            return
        if self.last is None or self.latest is None:
            yield from self.rest()
            yield Row(What.FIRST, _mark(one), _mark(one), said=said(page), extractor=page.extractor)
        else:
            latest, before = self.latest, self._read_last(self.last, one, page)
            page = self.whole(one, page)
            yield from self._compared(before, latest, one, page)
        self.begin(one, page)

    def _read_last(self, last: Seen, one: Seen, page: PageText) -> PageText:
        try:
            before = self.page or self.known(last)
            return before if before.entity is not None else self.whole(last, before)
        except (Damaged, NotFound):
            self.begin(one, page)  # what comes next is not to be compared with what does not read back
            raise

    def _compared(self, before: PageText, latest: Mark, one: Seen, page: PageText) -> Iterator[Row]:
        found = compare(before, page, self.extractor, self.most)
        changed = [(What.CHANGED, found.page)] if found.page.any else []
        if self.extractor_changes and found.read_anew is not None and found.read_anew.any:
            changed.append((What.READ_ANEW, found.read_anew))
        if not changed:
            yield from self._joined(Row(What.UNCHANGED, _mark(one), _mark(one), elsewhere=int(found.page.elsewhere)))
            return
        yield from self.rest()
        for what, differences in changed:
            yield Row(what, _mark(one), _mark(one), before=latest, differences=differences, extractor=found.extractor)

    def _joined(self, row: Row) -> Iterator[Row]:
        """Lets a row grow by a capture, or tells it and opens another."""
        held = self.open
        if held is not None and (held.what, held.detail) == (row.what, row.detail):
            elsewhere = held.elsewhere + row.elsewhere
            self.open = replace(held, until=row.until, captures=held.captures + 1, elsewhere=elsewhere)
            return
        yield from self.rest()
        self.open = row


def _mark(seen: Seen) -> Mark:
    return Mark(seen.capture_id, seen.url, seen.fetched_at, seen.response_code)


def _says_the_same(last: Seen, one: Seen) -> bool:
    """Whether the catalog alone tells that nothing changed."""
    return (
        one.payload is not None
        and one.outcome is Outcome.CAPTURED_COMPLETE
        and (last.payload, last.response_code, last.extractor, last.publisher, last.title, last.notices)
        == (one.payload, one.response_code, one.extractor, one.publisher, one.title, one.notices)
    )


def _leads_back(page: PageText) -> bool:
    """Whether a capture is a redirect to its own address, as to https: a step on the way to the page."""
    url = page.manifest.observation.url
    where = next((value for name, value in page.sent if name.lower() == "location"), None)
    if where is None or page.code is None or not 300 <= page.code < 400:
        return False
    try:
        return address_of(urldefrag(urljoin(url, where)).url) == address_of(url)
    except ValueError:
        return False


def _not_the_page(page: PageText) -> str | None:
    """Why a capture does not show the page; None when it does."""
    if not page.held:
        if page.gone is not None:
            return page.gone
        seen = page.manifest.observation
        return seen.reason or (f"answered {page.code}" if page.code is not None else seen.outcome.value)
    signs = [sign for sign in page.suspected if sign in NOT_THE_PAGE]
    return f"it looks like {', '.join(signs)}" if signs else None
