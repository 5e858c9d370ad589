# SPDX-License-Identifier: Apache-2.0
"""What differs between two captures: words, title, publisher, notices.

Pure. Title, publisher and notices are compared only as one version of the extractor read them: where the claims of the two
are of different versions, those of the extractor given take the place of both. What that extractor reads otherwise of the
earlier capture than its claims have it is no change of the page, and is told apart.
"""

from dataclasses import dataclass, replace

from archiver.catalog.entries import KeptNotice
from archiver.extract import Reading
from archiver.services.history.extractor import Extractor
from archiver.services.history.notices import NoticeChange, changed, kept
from archiver.services.history.page import MAX_ENTITY, PageText
from archiver.services.history.words import MAX_STRETCHES, Words, difference
from manifests.capture import Claims, Party
from manifests.digest import Role

MOST_NOTICES = 100
"""Changed notices of one pair of captures that are listed."""
NO_TEXT = "the content is no text, or is not held; its digest differs"
NOT_READ_ALIKE = "two versions of the extractor read them, and the content is not held, or too long to be read anew"


@dataclass(frozen=True, slots=True)
class Said:
    """What an extractor read of a page, as far as it is compared."""

    title: str | None = None
    publisher: Party | None = None
    notices: tuple[KeptNotice, ...] = ()
    """In the publisher's own voice: what readers say in their comments is no term of the page."""


@dataclass(frozen=True, slots=True)
class Rewording:
    """A value before and after; None where there was none."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Differences:
    """How two captures differ."""

    title: Rewording | None = None
    publisher: Rewording | None = None
    notices: tuple[NoticeChange, ...] = ()
    more_notices: int = 0
    """Changed notices that are not listed."""
    words: Words | None = None
    """How the main text differs."""
    elsewhere: bool = False
    """Whether only words outside the main text differ: in navigation, page headers, footers, asides."""
    detail: str | None = None
    """Why no words are shown of contents that differ."""
    not_compared: str | None = None
    """Why title, publisher and notices were not compared."""

    @property
    def any(self) -> bool:
        """Whether the page differs in anything that was compared. Navigation and the like come and go, and do not count."""
        return bool(self.title or self.publisher or self.notices or self.words or self.detail)


@dataclass(frozen=True, slots=True)
class Compared:
    """How two captures differ, and how two extractors do."""

    page: Differences
    """What changed on the page."""
    extractor: str | None
    """Name and version of what read the claims compared; None where nothing was read."""
    read_anew: Differences | None = None
    """What `extractor` reads otherwise of the earlier capture than the claims that the archive holds of it; None when
    those are its own."""


def compare(before: PageText, after: PageText, extractor: Extractor, most: int = MAX_STRETCHES) -> Compared:
    """How two captures differ; at most `most` changed places of the text are listed."""
    alike = said_alike(before, after, extractor)
    page = differences(*alike) if alike else Differences(not_compared=NOT_READ_ALIKE)
    page = _with_words(page, before, after, most)
    if alike is None or _of_one_version(before, after):
        return Compared(page, after.extractor)
    return Compared(page, f"{extractor.program.name}/{extractor.program.version}", differences(said(before), alike[0]))


def differences(before: Said, after: Said) -> Differences:
    """How the claims of one extractor differ."""
    notices = changed(before.notices, after.notices)
    return Differences(
        title=_reworded(before.title, after.title),
        publisher=_reworded(*(one.publisher.name if one.publisher else None for one in (before, after))),
        notices=tuple(notices[:MOST_NOTICES]),
        more_notices=max(len(notices) - MOST_NOTICES, 0),
    )


def said_alike(before: PageText, after: PageText, extractor: Extractor) -> tuple[Said, Said] | None:
    """What one version of the extractor read of both; None where that cannot be had."""
    if _of_one_version(before, after):
        return said(before), said(after)
    if any(page.entity is None and not _read_by(page, extractor) for page in (before, after)):
        return None
    return _said_by(before, extractor), _said_by(after, extractor)


def said(page: PageText) -> Said:
    """What the archive's claims of a capture say."""
    return _of(page.claims) if page.claims else Said()


def _said_by(page: PageText, extractor: Extractor) -> Said:
    if page.claims is not None and _read_by(page, extractor):
        return _of(page.claims)
    return _of(extractor.read(page.manifest.observation.url, page.sent, (page.entity or b"")[:MAX_ENTITY], page.code))


def _of(read: Claims | Reading) -> Said:
    return Said(
        read.title.value if read.title else None,
        read.publisher,
        tuple(one for one in kept(read.notices) if one.voice is None),
    )


def _of_one_version(before: PageText, after: PageText) -> bool:
    if before.claims is None or after.claims is None:
        return before.claims is after.claims
    return before.claims.extractor == after.claims.extractor


def _read_by(page: PageText, extractor: Extractor) -> bool:
    return page.claims is not None and page.claims.extractor == extractor.program


def _reworded(before: str | None, after: str | None) -> Rewording | None:
    return Rewording(before, after) if before != after else None


def _with_words(page: Differences, before: PageText, after: PageText, most: int) -> Differences:
    if same_payload(before, after) or _same_text(before, after):
        return page
    old, new = before.main_text, after.main_text
    if old is None or new is None:
        return replace(page, detail=NO_TEXT)
    words = difference(old, new, most)
    if words.share:
        return replace(page, words=words)
    whole_before, whole_after = before.text("html") or "", after.text("html") or ""
    return replace(page, elsewhere=whole_before.split() != whole_after.split())


def same_payload(before: PageText, after: PageText) -> bool:
    """Whether the servers sent the same payload for both."""
    old, new = (one.manifest.observation.digests.get(Role.PAYLOAD) for one in (before, after))
    return old is not None and old == new


def _same_text(before: PageText, after: PageText) -> bool:
    """Whether one version of the extractor saw the same visible text in both."""
    if before.claims is None or after.claims is None or not _of_one_version(before, after):
        return False
    return before.claims.text_digest is not None and before.claims.text_digest == after.claims.text_digest
