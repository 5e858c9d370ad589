# SPDX-License-Identifier: Apache-2.0
"""Lines that say where a text comes from: `originally published on`, `Source:`, `Articles by:`, wire slugs, in many languages.

Finds the words and the name in them; whether the name is another's than the publisher is judged in `reprint`.
"""

import re
from dataclasses import dataclass

from archiver.extract.document import Block, Document
from archiver.extract.folding import Gates
from archiver.extract.names import trimmed
from archiver.extract.sentences import spans
from archiver.extract.zones import elements_around, zone_of

_NAME = (
    r"(?P<name>(?:the |The )?[\"“«„»›']?[A-ZÀ-ÞА-Я0-9][^\s,.;:!?()\[\]|\"”»«›“]*(?:(?:\s|"
    r"[.'’&-](?=\w)){1,2}(?:of|the|and|for|on|de|la|le|du|des|der|die|das|für|&|[A-ZÀ-ÞА-Я0-9][^\s,.;:!?()\[\]|"
    r"\"”»«›“]*)){0,7})"
)
_LEADS = (
    (
        r"\b(?:originally|first)\s(?:published|appeared|posted|ran)\s?(?:\w+ \d{1,2}, \d{4},? )?(?:online "
        r")?(?:on|in|at|by|for|to|via)\s(?:the (?:website|site|blog|pages) (?:of )?)?"
    ),
    (
        r"\b(?:re-?published|reprinted|reproduced|reposted|cross-?posted|syndicated|excerpted|"
        r"adapted)\b[^.]{0,40}?\b(?:from|by permission of|courtesy of|with (?:the )?(?:kind )?permission (?:of|"
        r"from|by))\s"
    ),
    r"\bappeared first on\s",
    r"\b(?:published|used|posted|appears?(?: here)?) with (?:the )?(?:kind )?permission (?:of|from|by)\s",
    (
        r"\btranslat(?:ed|ion) (?:from|of) (?:the |an )?(?:original )?(?:article |text )?(?:published )?(?:in|"
        r"by|on|from)\s"
    ),
    r"^(?:via|courtesy of|provided by|story provided by)\s?:?\s",
    (
        r"(?:zuerst|ursprünglich|erstmals|im original)\s?(?:\w+ ){0,3}(?:erschienen|veröffentlicht|"
        r"publiziert)?\s?(?:auf|bei|in|im|unter|von)\s(?:der |dem |den )?(?:magazin |zeitschrift |website |"
        r"seite )?"
    ),
    (
        r"(?:erschien|erschienen|veröffentlicht)\s(?:im original|zuerst|ursprünglich)\s?(?:\w+ ){0,3}(?:auf|"
        r"bei|in|im|unter)\s(?:der |dem |den )?"
    ),
    (
        r"(?:fassung|übersetzung) (?:des|eines|der) (?:artikels|beitrags|textes|originals)\b.{0,140}\b(?:aus|"
        r"von|auf|im)\s(?:dem |der |den )?"
    ),
    r"(?:publiée?|parue?)\s(?:initialement|à l['’]origine|d['’]abord|originellement)\s(?:dans|sur|par|chez)\s",
    r"(?:initialement|originellement) (?:publiée?|parue?)\s(?:dans|sur|par)\s",
    (
        r"(?:publicad[oa]|publicó|apareció|publicat[oa])\s(?:originalmente|originariamente|por primera vez|"
        r"inicialmente)\s(?:en|por|em|su|in)\s"
    ),
    r"(?:originalmente|inicialmente) (?:publicad[oa]|publicó)\s(?:en|em|por|no|na)\s",
)
_PATTERNS = (
    *(re.compile(f"(?i:{lead}){_NAME}") for lead in _LEADS),
    re.compile(r"(?:来源|來源|稿源|文章来源|信息来源|出处)\s{0,2}[:：]\s{0,2}(?P<name>[^\s，。；|:：（(<【]{2,24})"),
    re.compile(r"(?:出典|提供元|配信元)\s{0,2}[:：]\s{0,2}(?P<name>[^\s，。；|:：（(]{2,30})"),
)
_ORIGINAL = -1
_GATES: Gates[int] = Gates(dict(enumerate((
    [f"{when} {how}" for when in ("originally", "first") for how in ("published", "appeared", "posted", "ran")],
    ("republished", "re-published", "reprinted", "reproduced", "reposted", "crossposted", "cross-posted", "syndicated",
     "excerpted", "adapted"),
    ("appeared first on",),
    ("with permission", "with the permission", "with kind permission", "with the kind permission"),
    ("translated from", "translated of", "translation from", "translation of"),
    ("via", "courtesy of", "provided by"),
    ("zuerst", "ursprünglich", "erstmals", "im original"),
    ("im original", "zuerst", "ursprünglich"),
    ("fassung ", "übersetzung "),
    ("initialement", "à l'origine", "à l’origine", "d'abord", "d’abord", "originellement"),
    ("initialement", "originellement"),
    ("originalmente", "originariamente", "por primera vez", "inicialmente"),
    ("originalmente", "inicialmente"),
    ("来源", "來源", "稿源", "出处"),
    ("出典", "提供元", "配信元"),
))) | {_ORIGINAL: ("orig",)})  # fmt: skip
"""For each of the patterns, folded words without one of which it does not match."""
_HAN_SOURCE = re.compile(r"来源|來源|稿源|出处|出典|提供元|配信元")
_LABELLED = re.compile(
    r"^(?:source|quelle|fuente|fonte|источник|источник фото|bron|källa|kilde|źródło)\s?[:：]\s?(?P<name>.{2,60})$",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^(?:articles? by|this article (?:was )?(?:written )?by)\s?[:：]?\s?(?P<name>.{2,60})$", re.IGNORECASE
)
_ORIGINAL_POST = re.compile(
    (
        r"(?:original|originial) (?:post|article|story)[^.]{0,20}?\b(?:on|at|from|by|:)\s{0,2}(?P<name>[^.|"
        r"]{2,80})$|(?:this|see the|read the|view the) orig\w+ (?:post|article)\b"
    ),
    re.IGNORECASE,
)
_AGENCY = (
    r"\((?P<agency>dpa|AP|AFP|Reuters|APA|SDA|sda|EFE|ANSA|TASS|PTI|IANS|UPI|Xinhua|Interfax|Kyodo|Yonhap|ots|"
    r"epd|KNA|SID|sid|AAP|NTB|TT|Ritzau|PAP|ČTK|MTI)(?:/[A-Za-z-]{2,8}){0,3}\)"
)
_DATELINE = re.compile(rf"^.{{0,60}}?{_AGENCY}")
_SIGNED = re.compile(rf"{_AGENCY}\s*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One attribution line: its words, the name in them and the link on the name."""

    start: int
    end: int
    name: str | None
    href: str | None
    rule: str
    """`origin`, `source`, `by`, `original-link` or `dateline`."""


def read(document: Document, indexes: list[int]) -> list[Line]:
    """Attribution lines in the blocks named by their indexes, and the wire slug of the first paragraphs."""
    found: list[Line] = []
    for index in indexes:
        block = document.blocks[index]
        lines = _in_block(document, block)
        zone = zone_of(document, block) if lines else None
        if zone is None or zone.comment or zone.picture or (zone.aside and not zone.paragraph):
            continue
        found += lines
        if len(found) >= 40:
            break
    slug = _dateline(document)
    return [*found, slug] if slug else found


def _in_block(document: Document, block: Block) -> list[Line]:
    text = block.text[:3000]
    labelled = _LABELLED.match(text) if len(text) <= 80 else None
    if labelled:
        return [_line(document, block, 0, len(text), labelled["name"], "source")]
    by = _BY.match(text) if len(text) <= 90 else None
    if by:
        return [_line(document, block, 0, len(text), by["name"], "by")]
    standing = _GATES.standing(text)
    may_lead = _ORIGINAL in standing and len(text) < 400
    if not may_lead and standing <= {_ORIGINAL}:
        return []
    found: list[Line] = []
    han = len(text) > 160 and not text.isascii()
    for start, end in spans(text)[:40]:
        sentence = text[start:end]
        standing = _GATES.standing(sentence)
        if not standing or (han and _HAN_SOURCE.search(sentence)):
            continue
        match = next((m for at, p in enumerate(_PATTERNS) if at in standing and (m := p.search(sentence))), None)
        if match:
            found.append(_line(document, block, start, end, match["name"], "origin"))
        elif may_lead and _ORIGINAL in standing:
            original = _ORIGINAL_POST.search(sentence)
            if original:
                found.append(_line(document, block, start, end, original["name"], "original-link"))
    return found


def _line(document: Document, block: Block, start: int, end: int, name: str | None, rule: str) -> Line:
    cleaned = trimmed(name.strip(" \"“”«»'„")) if name else None
    return Line(block.start + start, block.start + end, cleaned, _href(document, block, start, end, cleaned), rule)


def _href(document: Document, block: Block, start: int, end: int, name: str | None) -> str | None:
    """The link on the name, else the only link of the line."""
    for node in elements_around(document, block.start + start, block.start + end):
        if node.tag == "a":
            return node.attributes.get("href")
        anchors = node.css("a[href]")[:30]
        named = [a for a in anchors if name and name.casefold() in " ".join(a.text().split()).casefold()]
        if named:
            return named[0].attributes.get("href")
        if len(anchors) == 1 and len(" ".join(node.text()[:4000].split())) <= (end - start) + 40:
            return anchors[0].attributes.get("href")
        if node.tag in {"p", "div", "article", "section", "li", "td", "body"}:
            break
    return None


def _dateline(document: Document) -> Line | None:
    """A wire slug at the head or at the end of the first paragraphs."""
    seen = 0
    for index, text in enumerate(document.lines):
        if len(text) < 80:
            continue
        seen += 1
        if seen > 60:
            return None
        found = _DATELINE.match(text[:140]) if seen <= 12 and "(" in text[:61] else None
        found = found or (_SIGNED.search(text, max(0, len(text) - 40)) if text.endswith(")") else None)
        block = document.blocks[index] if found else None
        if found and block and not zone_of(document, block).picture:
            return Line(
                block.start + found.start("agency") - 1, block.start + found.end(), found["agency"], None, "dateline"
            )
    return None
