# SPDX-License-Identifier: Apache-2.0
"""Notices made of whole sentences: fair use, disclaimers, permissions, prohibitions, trademarks, takedown addresses.

One paragraph may hold several: each sentence is judged by itself and neighbours of one kind make one notice. Sentences in
the running text of an article count only where they speak of the page itself.
"""

import re
from collections.abc import Sequence

from archiver.extract import fair_use_words, reuse_words
from archiver.extract.document import Block, Document
from archiver.extract.findings import Finding
from archiver.extract.folding import Gates
from archiver.extract.sentences import spans
from archiver.extract.zones import Zone, zone_of
from manifests.agents import Confidence
from manifests.rights import NoticeKind

_DISCLAIMER = re.compile(
    (
        r"^\W{0,3}(?:legal )?disclaimer\b\s?[:.–—-]|^\W{0,3}haftungsausschluss\s?[:.–-]|\bsole responsibility "
        r"of\b|\bnot (?:be )?(?:held )?(?:responsible|liable) for\b|\b(?:views|opinions)(?: and (?:views|"
        r"opinions))?\b.{0,60}\b(?:expressed|author|own|contributors?)\b"
        r"|\bdo(?:es)? not necessarily (?:reflect|represent)|\b(?:no|disclaims? (?:all|any)) (?:responsibility|"
        r"liability|warrant)|for informational purposes only|не нес[её]т ответственности|может не разделять "
        r"мнени|мнение редакции может"
        r"|übernimmt keine (?:haftung|gewähr)|keine haftung für|décline toute responsabilité|no se hace "
        r"responsable|免责声明|与本网无关|責任を負いません|免責"
    ),
    re.IGNORECASE,
)
_TRADEMARK = re.compile(
    (
        r"\b(?:(?:is|are) (?:a )?(?:registered )?(?:trade ?marks?|service marks?)|registered trade ?marks?|"
        r"trade ?marks? (?:of|used|are|and)|other trade ?marks?|eingetragene warenzeichen|marques? déposées?|"
        r"marcas? registradas?|登録商標)"
    ),
    re.IGNORECASE,
)
_TAKEDOWN = re.compile(
    (
        r"\bDMCA\b.{0,80}\b(?:notice|agent|contact|complaint|request|policy|takedown|email)|\b(?:take-?down|"
        r"notices? of (?:claimed )?(?:copyright )?infringement)\b.{0,80}\b(?:contact|send|email|request|"
        r"notice)|\b(?:if you believe|to report)\b.{0,120}\b(?:copyright|infring)|侵权.{0,30}(?:联系|联络|删除)"
    ),
    re.IGNORECASE,
)
_ACCESS = re.compile(
    (
        r"\b(?:for|to) (?:our )?subscribers(?: only)?\b|\bsubscribers?[- ]only\b|\bsubscribe to (?:continue|"
        r"read)|réservé à? ?(?:nos |aux )abonnés|nur für abonnenten|weiterlesen mit|solo para suscriptores|"
        r"exclusivo para suscriptores|有料会員限定|already a subscriber\?|to continue reading\b"
    ),
    re.IGNORECASE,
)
_DISCLAIMS, _TAKES_DOWN, _MARKS, _ASKS = ("disclaimer", 0), ("takedown", 0), ("trademark", 0), ("access", 0)
_GATES: Gates[tuple[str, int]] = Gates({
    **reuse_words.GATES,
    _DISCLAIMS: (
        "disclaim", "haftungsausschluss", "sole responsibility of", "responsible for", "liable for", "views", "opinions",
        "not necessarily ", "no responsibility", "no liability", "no warrant", "for informational purposes only",
        "ответственности", "может не разделять мнени", "мнение редакции может", "übernimmt keine ", "keine haftung für",
        "décline toute responsabilité", "no se hace responsable", "免责声明", "与本网无关", "責任を負いません", "免責",
    ),
    _TAKES_DOWN: ("dmca", "takedown", "take-down", "infringement", "if you believe", "to report", "侵权"),
    _MARKS: ("trademark", "trade mark", "service mark", "warenzeichen", "marque", "marca", "登録商標"),
    _ASKS: (
        "subscriber", "subscribe to ", "abonnés", "abonnenten", "weiterlesen mit", "suscriptores", "有料会員限定",
        "to continue reading",
    ),
})  # fmt: skip
"""Folded words without one of which a pattern matches nowhere."""
_PATTERNS = ((_TAKES_DOWN, _TAKEDOWN), (_MARKS, _TRADEMARK), (_ASKS, _ACCESS))
_CONTACT = re.compile(r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,4}|https?://[^\s)\"'>]{4,300}")
_LONGEST_BLOCK = 6000
_MOST_SENTENCES = 60


def read(document: Document, triggered: dict[str, list[int]]) -> list[Finding]:
    """Notices in the blocks that hold a word of these families."""
    found: list[Finding] = []
    fair = set(triggered.get("fair-use", ()))
    indexes = sorted(
        {
            i
            for f in ("fair-use", "reuse", "disclaimer", "trademark", "takedown", "access")
            for i in triggered.get(f, ())
        }
    )
    texts = [document.lines[index][:_LONGEST_BLOCK] for index in indexes]
    for index, text, standing in zip(indexes, texts, _GATES.standing_in(texts), strict=True):
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
        _DISCLAIMS in standing
        or any(pattern.search(text) for at, pattern in _PATTERNS if at in standing)
        or reuse_words.may_match(text, standing)
    )


def _in_block(document: Document, block: Block, text: str, fair: bool) -> list[Finding]:
    zone = zone_of(document, block)
    if zone.comment:
        return []
    sentences = spans(text)[:_MOST_SENTENCES]
    standing = _GATES.standing_in([text[a:b] for a, b in sentences])
    kinds = [_kind(text[a:b], zone, len(text), fair, held) for (a, b), held in zip(sentences, standing, strict=True)]
    if fair:
        _spread_fair_use(text, sentences, kinds)
    _spread(sentences, kinds, NoticeKind.DISCLAIMER)
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


def _kind(sentence: str, zone: Zone, length: int, fair: bool, standing: set[tuple[str, int]]) -> NoticeKind | None:
    if fair and fair_use_words.has_anchor(sentence):
        return NoticeKind.FAIR_USE
    if not standing:
        return None
    if zone.prose and length > 700 and not reuse_words.own_speech.search(sentence):
        return None
    if (
        _DISCLAIMS in standing
        and _DISCLAIMER.search(sentence)
        and (
            zone.footer
            or not zone.prose
            or re.match(r"\W{0,3}(?:legal )?disclaimer", sentence, re.I)
            or "author" in sentence
        )
    ):
        return NoticeKind.DISCLAIMER
    reuse = _reuse(sentence, standing)
    if reuse and (zone.footer or (length < 300 and not zone.prose) or reuse_words.own_speech.search(sentence)):
        return reuse
    if _TAKES_DOWN in standing and _TAKEDOWN.search(sentence):
        return NoticeKind.TAKEDOWN_CONTACT
    if _MARKS in standing and _TRADEMARK.search(sentence) and (zone.footer or not zone.prose):
        return NoticeKind.TRADEMARK
    if _ASKS in standing and length < 400 and _ACCESS.search(sentence):
        return NoticeKind.ACCESS_CONDITION
    return None


def _reuse(sentence: str, standing: set[tuple[str, int]]) -> NoticeKind | None:
    if reuse_words.is_grant(sentence, standing):
        return NoticeKind.REUSE_GRANT
    return NoticeKind.REUSE_RESTRICTION if reuse_words.is_restriction(sentence, standing) else None


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
    found = Finding(kind, start, start + len(words), confidence, _REASONS[kind])
    if kind == NoticeKind.FAIR_USE:
        found.doctrine, found.statute = fair_use_words.doctrine_of(words), fair_use_words.statute_of(words)
    if kind in {NoticeKind.TAKEDOWN_CONTACT, NoticeKind.REUSE_RESTRICTION, NoticeKind.REUSE_GRANT}:
        contact = _CONTACT.search(words)
        found.url = contact[0].rstrip(".,;") if contact else None
    if kind == NoticeKind.ACCESS_CONDITION:
        found.value = "conditional"
    return found


_REASONS = {
    NoticeKind.FAIR_USE: "paragraph that claims the doctrine for this page",
    NoticeKind.DISCLAIMER: "sentence that disclaims responsibility",
    NoticeKind.REUSE_GRANT: "sentence that permits reuse",
    NoticeKind.REUSE_RESTRICTION: "sentence that forbids or conditions reuse",
    NoticeKind.TAKEDOWN_CONTACT: "sentence that says where to complain",
    NoticeKind.TRADEMARK: "sentence that claims a mark",
    NoticeKind.ACCESS_CONDITION: "sentence that keeps the text for subscribers",
}
