# SPDX-License-Identifier: Apache-2.0
"""Notices made of whole sentences: fair use, disclaimers, permissions, prohibitions, preferences about machines, trademarks,
takedown addresses, access.

One paragraph may hold several: each sentence is judged by itself and neighbours of one kind make one notice. Sentences in
the running text of an article count only where they speak of the page itself. A sentence that forbids both reuse and the
training of models makes two notices.
"""

import re
from collections.abc import Sequence

from archiver.extract.markup.document import Block, Document
from archiver.extract.markup.sentences import spans
from archiver.extract.markup.zones import Zone, zone_of
from archiver.extract.rights import ai_words, fair_use_words, notice_words, own_words, reuse_words, use_words
from archiver.extract.rights.findings import Finding
from manifests.agents import Confidence
from manifests.rights import NoticeKind, Use

_CONTACT = re.compile(r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,4}|https?://[^\s)\"'>]{4,300}")
_REUSES = frozenset({Use.REPRODUCE, Use.REDISTRIBUTE, Use.ADAPT, Use.COMMERCIAL_USE, Use.ARCHIVE})
"""Uses other than by machines."""
_LONG = 700
"""A paragraph of an article in which a sentence must speak of the page outright."""
_OF_AUTHORS = re.compile(
    r"author|autor|auteur|contributor|redac|redak|rédac|éditeur|editor|verfasser|verlinkte|мнени|редакци|本文|本网|本站|サイト|当会|사이트|"
    r"الصحيفة|كاتب",
    re.IGNORECASE,
)
"""Of whom a disclaimer in the running text speaks."""
_SHORT = 100
"""A line so short that permits something says it of the page."""
_LONGEST_BLOCK = 6000
_MOST_SENTENCES = 60


def read(document: Document, triggered: dict[str, list[int]]) -> list[Finding]:
    """Notices in the blocks that hold a word of these families."""
    found: list[Finding] = []
    fair = set(triggered.get("fair-use", ()))
    indexes = sorted(
        {
            i
            for f in ("fair-use", "reuse", "disclaimer", "trademark", "takedown", "access", "ai")
            for i in triggered.get(f, ())
        }
    )
    texts = [document.lines[index][:_LONGEST_BLOCK] for index in indexes]
    for index, text, standing in zip(indexes, texts, notice_words.gates.standing_in(texts), strict=True):
        is_fair = index in fair and fair_use_words.is_notice(text)
        if is_fair or _may_match(text, standing):
            found += _in_block(document, document.blocks[index], text, is_fair)
    return found


def _may_match(text: str, standing: set[tuple[str, int]]) -> bool:
    """Whether a sentence of a text can be of a kind: what no pattern finds in the whole, none finds in a part."""
    if not standing:
        return False
    # Disclaimers are also known by how a sentence begins.
    return (
        notice_words.DISCLAIMS in standing
        or (notice_words.MACHINES in standing and bool(ai_words.usages_of(text)))
        or any(pattern.search(text) for at, pattern in notice_words.PATTERNS if at in standing)
        or reuse_words.may_match(text, standing)
    )


def _in_block(document: Document, block: Block, text: str, fair: bool) -> list[Finding]:
    zone = zone_of(document, block)
    if zone.citation:
        return []
    sentences = spans(text)[:_MOST_SENTENCES]
    standing = notice_words.gates.standing_in([text[a:b] for a, b in sentences])
    told = [
        own_words.unquoted(text[a:b]) if zone.prose and held else text[a:b]
        for (a, b), held in zip(sentences, standing, strict=True)
    ]
    kinds = [_kind(words, zone, len(text), fair, held) for words, held in zip(told, standing, strict=True)]
    if fair:
        _spread_fair_use(text, sentences, kinds)
    _spread(sentences, kinds, NoticeKind.DISCLAIMER)
    found = _runs(text, block, sentences, kinds, zone)
    if any(notice_words.MACHINES in held for held in standing):
        machines = [
            NoticeKind.AI_PREFERENCE if notice_words.MACHINES in held and _of_machines(words, zone, len(text)) else None
            for words, held in zip(told, standing, strict=True)
        ]
        found += _runs(text, block, sentences, machines, zone)
    return found


def _runs(
    text: str, block: Block, sentences: Sequence[tuple[int, int]], kinds: Sequence[NoticeKind | None], zone: Zone
) -> list[Finding]:
    """A notice for each run of sentences of one kind."""
    found: list[Finding] = []
    at = 0
    while at < len(kinds):
        kind, last = kinds[at], at
        while last + 1 < len(kinds) and kinds[last + 1] == kind:
            last += 1
        if kind is not None:
            start, end = sentences[at][0], sentences[last][1]
            found.append(_finding(kind, text[start:end], block.start + start, zone))
        at = last + 1
    return found


def _of_machines(sentence: str, zone: Zone, length: int) -> bool:
    """Whether a sentence states a preference about text mining or the training of models."""
    if not ai_words.usages_of(sentence) or ai_words.value_of(sentence) is None:
        return False
    if zone.footer:
        return True
    if not zone.prose and length >= 300 and not own_words.own_speech.search(sentence):
        return False
    return _is_about_the_page(sentence, zone, length)


def _kind(sentence: str, zone: Zone, length: int, fair: bool, standing: set[tuple[str, int]]) -> NoticeKind | None:
    if fair and fair_use_words.has_anchor(sentence):
        return NoticeKind.FAIR_USE
    kind = _told(sentence, zone, length, standing) if standing else None
    if kind is None or zone.footer:
        return kind
    if kind == NoticeKind.TAKEDOWN_CONTACT:
        return None if own_words.is_reported(sentence) else kind
    return kind if _is_about_the_page(sentence, zone, length) else None


def _is_about_the_page(sentence: str, zone: Zone, length: int) -> bool:
    """Whether a sentence outside a footer is about its page, and not about what the page tells of."""
    if zone.prose:
        own = length <= _LONG or own_words.own_speech.search(sentence) is not None
        return own and own_words.speaks_of_its_page(sentence, length)
    return not own_words.is_reported(sentence)


def _told(sentence: str, zone: Zone, length: int, standing: set[tuple[str, int]]) -> NoticeKind | None:
    if (
        notice_words.DISCLAIMS in standing
        and notice_words.disclaimer.search(sentence)
        and (
            zone.footer
            or not zone.prose
            or re.match(r"\W{0,3}(?:legal )?disclaimer", sentence, re.I)
            or _OF_AUTHORS.search(sentence)
        )
    ):
        return NoticeKind.DISCLAIMER
    reuse = _reuse(sentence, standing)
    if (
        reuse
        and (zone.footer or length < 300 or own_words.own_speech.search(sentence))
        and (
            reuse != NoticeKind.REUSE_GRANT
            or zone.footer
            or length < _SHORT
            or own_words.begins_with_reuse(sentence)
            or own_words.names_its_page(sentence)
        )
    ):
        return reuse
    if notice_words.TAKES_DOWN in standing and notice_words.takedown.search(sentence):
        return NoticeKind.TAKEDOWN_CONTACT
    if notice_words.MARKS in standing and notice_words.trademark.search(sentence) and (zone.footer or not zone.prose):
        return NoticeKind.TRADEMARK
    if notice_words.ASKS in standing and length < 400 and notice_words.access.search(sentence):
        return NoticeKind.ACCESS_CONDITION
    return None


def _reuse(sentence: str, standing: set[tuple[str, int]]) -> NoticeKind | None:
    if reuse_words.is_grant(sentence, standing):
        return NoticeKind.REUSE_GRANT
    if not reuse_words.is_restriction(sentence, standing):
        return None
    if (
        notice_words.MACHINES in standing
        and ai_words.usages_of(sentence)
        and not _REUSES.intersection(use_words.uses_of(sentence))
    ):
        return None
    return NoticeKind.REUSE_RESTRICTION


def _spread_fair_use(text: str, sentences: Sequence[tuple[int, int]], kinds: list[NoticeKind | None]) -> None:
    """The sentences around a doctrine's name that belong to its notice, heading included."""
    anchors = [i for i, kind in enumerate(kinds) if kind == NoticeKind.FAIR_USE]
    first, last = anchors[0], anchors[-1]
    while first > 0 and _joins(text, sentences[first - 1], kinds[first - 1]):
        first -= 1
    while last + 1 < len(kinds) and _joins(text, sentences[last + 1], kinds[last + 1]):
        last += 1
    for at in range(first, last + 1):
        kinds[at] = NoticeKind.FAIR_USE


def _joins(text: str, sentence: tuple[int, int], kind: NoticeKind | None) -> bool:
    words = text[sentence[0] : sentence[1]]
    if fair_use_words.belongs(words):
        return True
    return kind in {None, NoticeKind.DISCLAIMER} and not words.lower().startswith("disclaimer")


def _spread(sentences: Sequence[tuple[int, int]], kinds: list[NoticeKind | None], kind: NoticeKind) -> None:
    """A sentence between two of a kind belongs to them; so does the first sentence after a heading of that kind."""
    for at in range(1, len(kinds)):
        if kinds[at] is None and kinds[at - 1] == kind:
            heading = sentences[at - 1][1] - sentences[at - 1][0] < 20
            between = at + 1 < len(kinds) and kinds[at + 1] == kind
            if heading or between:
                kinds[at] = kind


def _finding(kind: NoticeKind, words: str, start: int, zone: Zone) -> Finding:
    confidence = Confidence.HIGH if zone.footer or not zone.prose else Confidence.MEDIUM
    found = Finding(kind, start, start + len(words), confidence, _REASONS[kind], zone=zone)
    if kind == NoticeKind.FAIR_USE:
        found.doctrine, found.statute = fair_use_words.doctrine_of(words), fair_use_words.statute_of(words)
    if kind in {NoticeKind.TAKEDOWN_CONTACT, NoticeKind.REUSE_RESTRICTION, NoticeKind.REUSE_GRANT}:
        contact = _CONTACT.search(words)
        found.url = contact[0].rstrip(".,;") if contact else None
    if kind == NoticeKind.ACCESS_CONDITION:
        found.value = "conditional"
    if kind == NoticeKind.AI_PREFERENCE:
        found.value, found.statute = ai_words.value_of(words), ai_words.statute_of(words)
        found.usage = next(iter(ai_words.usages_of(words)), None)
    return found


_REASONS = {
    NoticeKind.FAIR_USE: "paragraph that claims the doctrine for this page",
    NoticeKind.DISCLAIMER: "sentence that disclaims responsibility",
    NoticeKind.REUSE_GRANT: "sentence that permits reuse",
    NoticeKind.REUSE_RESTRICTION: "sentence that forbids or conditions reuse",
    NoticeKind.TAKEDOWN_CONTACT: "sentence that says where to complain",
    NoticeKind.TRADEMARK: "sentence that claims a mark",
    NoticeKind.ACCESS_CONDITION: "sentence that keeps the text for subscribers",
    NoticeKind.AI_PREFERENCE: "sentence about text mining or the training of models",
}
