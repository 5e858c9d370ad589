# SPDX-License-Identifier: Apache-2.0
"""What changed between two captures of a URL, as far as an operator asked to be told.

Pure: manifests and entities in, a `Change` or None out. Notices and publishers are compared only as one version of the
extractor read them; where the two manifests name different ones, both entities are read anew. A capture that broke off, or
whose server had a fault, says nothing of the page: there is no change until a better one comes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from archiver.catalog.entries import KeptNotice
from archiver.jobs.effective import Notification
from archiver.services.history import notices
from archiver.services.history.comparing import NO_TEXT, Said, said_alike, same_payload
from archiver.services.history.extractor import CURRENT
from archiver.services.history.page import PageText
from archiver.services.history.words import Words, difference
from manifests.capture import Party

MAX_NOTICES = 20
MAX_NOTICE = 1000
"""Characters of a notice that are shown."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two captures."""

    capture_id: str
    url: str
    captured_at: datetime
    """When its first byte arrived; when it was asked for, if none did. UTC."""
    code: int | None
    """The status code of its response."""


@dataclass(frozen=True, slots=True)
class NoticeChange:
    """A notice that came (no `before`), went (no `after`), or was changed."""

    kind: str
    before: str | None
    """Its words, verbatim."""
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What changed at one URL."""

    url: str
    kinds: tuple[str, ...]
    """Of `removal`, `new`, `phrase`, `main-text`, `notices`, `publisher`, in this order."""
    before: Side | None
    """The earlier capture; None for a page never seen before."""
    after: Side
    """The later capture."""
    words: Words | None = None
    """How the text differs, for `main-text`."""
    notices: tuple[NoticeChange, ...] = ()
    more_notices: int = 0
    """Changed notices that are not listed."""
    publisher_before: str | None = None
    publisher_after: str | None = None
    phrase: str | None = None
    """`appeared` or `vanished`."""
    detail: str | None = None
    """Why the page is taken for removed, or why no words are shown."""
    suspected: tuple[str, ...] = ()
    """Signs that the later capture is not the page: a change to a bot check is none of the page's own."""


def compare(before: PageText | None, after: PageText | None, rule: Notification) -> Change | None:
    """The change that `rule` asks to be told of; None when there is none, or nothing can be said.

    `before` is the latest earlier capture that was `held` or `gone`; None when there is none.
    """
    if after is None:
        return None
    if after.held and (before is None or before.gone is not None):
        return _appeared(before, after, rule)
    if before is None or not before.held:
        return None
    if after.gone is not None:
        return _removed(before, after, rule)
    return _changed(before, after, rule) if after.held else None


def _appeared(before: PageText | None, after: PageText, rule: Notification) -> Change | None:
    phrase = _phrase("", _text(after, rule), rule)
    if "new" not in rule.when and phrase is None:
        return None
    return _change(before, after, rule, ["new"], phrase)


def _removed(before: PageText, after: PageText, rule: Notification) -> Change | None:
    phrase = _phrase(_text(before, rule), "", rule)
    if "removal" not in rule.when and phrase is None:
        return None
    found = _change(before, after, rule, ["removal"], phrase)
    return found and replace(found, detail=after.gone)


def _changed(before: PageText, after: PageText, rule: Notification) -> Change | None:
    kinds: list[str] = []
    old, new = _text(before, rule), _text(after, rule)
    words: Words | None = None
    detail: str | None = None
    if old is not None and new is not None:
        found = difference(old, new)
        if found.share and found.share >= rule.share and "main-text" in rule.when:
            kinds, words = ["main-text"], found
    elif "main-text" in rule.when and not same_payload(before, after):
        kinds, detail = ["main-text"], NO_TEXT
    said = said_alike(before, after, CURRENT) or (Said(), Said())
    counts = _counting(before, after, rule)
    told = _notices(*said, counts) if "notices" in rule.when else []
    if told:
        kinds.append("notices")
    publishers: tuple[str | None, str | None] = (None, None)
    named = [one.publisher for one in said]
    if "publisher" in rule.when and _name(named[0]) != _name(named[1]):
        seen = [one.evidence.text for one in named if one is not None]
        if any(map(counts, seen)):
            kinds.append("publisher")
            publishers = (_name(named[0]), _name(named[1]))
    phrase = _phrase(old, new, rule)
    if phrase is not None and words is None and old is not None and new is not None:
        words = difference(old, new)
    change = _change(before, after, rule, kinds, phrase)
    return change and replace(
        change,
        words=words,
        notices=tuple(told[:MAX_NOTICES]),
        more_notices=max(len(told) - MAX_NOTICES, 0),
        publisher_before=publishers[0],
        publisher_after=publishers[1],
        detail=detail,
    )


def _change(
    before: PageText | None, after: PageText, rule: Notification, kinds: list[str], phrase: str | None
) -> Change | None:
    """The change without what is particular to its kinds; None when nothing is to be told."""
    if rule.phrase is not None and phrase is None:
        return None
    if phrase is not None:
        kinds = [*(kind for kind in kinds if kind in ("removal", "new")), "phrase", *kinds]
    if not kinds:
        return None
    return Change(
        after.manifest.observation.url,
        tuple(dict.fromkeys(kinds)),
        _side(before) if before is not None else None,
        _side(after),
        phrase=phrase,
        suspected=after.suspected,
    )


def _side(page: PageText) -> Side:
    seen = page.manifest.observation
    code = seen.response.code if seen.response else None
    return Side(seen.capture_id, seen.url, seen.first_byte_at or seen.requested_at, code)


def _text(page: PageText, rule: Notification) -> str | None:
    return page.text(rule.watch, rule.ignore)


def _phrase(before: str | None, after: str | None, rule: Notification) -> str | None:
    """Whether the rule's phrase came or went; case and white space do not count."""
    if rule.phrase is None or before is None or after is None:
        return None
    phrase = " ".join(rule.phrase.split()).casefold()
    was, now = (phrase in " ".join(text.split()).casefold() for text in (before, after))
    if was == now:
        return None
    return "appeared" if now else "vanished"


def _name(publisher: Party | None) -> str | None:
    return publisher.name if publisher is not None else None


def _counting(before: PageText, after: PageText, rule: Notification) -> Callable[[str], bool]:
    """Whether words of a notice count: with a selector to watch, those that stand inside; else those that stand
    anywhere but in what is ignored alone."""
    if rule.watch is None and rule.ignore is None:
        return lambda _: True
    inside = [" ".join((_all_but(page, rule) or "").split()) for page in (before, after)]
    if rule.watch is not None:
        return lambda text: any(text in one for one in inside)
    whole = [" ".join((page.text("html") or "").split()) for page in (before, after)]
    return lambda text: any(text in one for one in inside) or not any(text in one for one in whole)


def _all_but(page: PageText, rule: Notification) -> str | None:
    """Everything watched, page footers too: notices stand there."""
    return page.text(rule.watch or "html", rule.ignore)


def _notices(before: Said, after: Said, counts: Callable[[str], bool]) -> list[NoticeChange]:
    """Notices that came, went or changed, of those that count."""
    old, new = ([one for one in said.notices if counts(one.text)] for said in (before, after))
    return [
        NoticeChange(one.kind, _shown(one.before, one.after), _shown(one.after, one.before))
        for one in notices.changed(old, new)
    ]


def _shown(notice: KeptNotice | None, other: KeptNotice | None) -> str | None:
    """A notice's words; with what was read from them, where the words alone would look unchanged."""
    if notice is None:
        return None
    text = notice.text[:MAX_NOTICE]
    if other is None or text != other.text[:MAX_NOTICE]:
        return text
    read = (notice.license, notice.license_url, notice.value, notice.url)
    return f"{text} [{', '.join(filter(None, read))}]"
