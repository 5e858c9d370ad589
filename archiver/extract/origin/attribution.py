# SPDX-License-Identifier: Apache-2.0
"""Lines that say where a text comes from: `originally published on`, `Source:`, `Articles by:`, in many languages.

Finds the words and the name in them; whether the name is another's than the publisher is judged in `reprint`. The words are
in `attribution_words`, the slugs of news agencies in `datelines`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Block, Document, ancestors
from archiver.extract.markup.folding import Gates, folded
from archiver.extract.markup.sentences import spans
from archiver.extract.markup.zones import elements_around, zone_of
from archiver.extract.origin import attribution_words as words
from archiver.extract.origin.datelines import dateline
from archiver.extract.origin.names import trimmed

_PATTERNS = tuple(
    [re.compile(f"(?i:{lead})(?:[\"“«„»›‘'*]){{0,2}}{words.NAME}") for _, lead in words.LEADS]
    + [re.compile(lead) for _, lead in words.LOOSE_LEADS]
    + [words.HAN_LABELLED]
)
_ABOUT_ANY = frozenset({*range(len(words.LEADS), len(_PATTERNS)), 4, 5, 8})
"""Patterns that hold what the text is called, or that stand at the head of a line: they need no words about it before."""
_ORIGINAL = -1
_GATES: Gates[int] = Gates(
    {
        at: tuple(map(folded, told))
        for at, told in (
            *enumerate([*(told for told, _ in (*words.LEADS, *words.LOOSE_LEADS)), words.HAN_LABELS]),
            (_ORIGINAL, words.ORIGINAL_WORDS),
        )
    }
)
"""For each of the patterns, folded words without one of which it does not match."""
_TRAILING = re.compile(r"(?:\s(?:of|the|and|for|on|de|la|le|du|des|der|die|das|für|di|del|della|do|da|van|el|&))+$")
_LOGO_WORD = re.compile(r"\blogo(?:type)?\b", re.IGNORECASE)
_DATED = re.compile(r"\s(?:on|in|am|im|le|el|em|il|op|den)\s\d.*$")
_CLIMB = 8
_LONGEST_OPEN, _MOST_OPEN = 90, 8
"""Characters of a line whose name follows in another element, and how many such lines are followed."""
_MOST_SOURCES = 3
"""Lines of sources that differ: of more than these, they are a list of references."""


@dataclass(frozen=True, slots=True)
class Line:
    """One attribution line: its words, the name in them and the link on the name."""

    start: int
    end: int
    name: str | None
    href: str | None
    rule: str
    """`origin`, `source`, `by`, `original-link`, `logo` or `dateline`."""


def read(document: Document, indexes: list[int]) -> list[Line]:
    """Attribution lines in the blocks named by their indexes, and the wire slug of the first paragraphs."""
    found: list[Line] = []
    opened = 0
    headed: dict[int, bool | None] = {}
    for index in indexes:
        block = document.blocks[index]
        if len(block.text) <= _LONGEST_OPEN and words.OPEN.match(block.text):
            opened += 1
            lines = _followed(document, block) if opened <= _MOST_OPEN else []
        else:
            lines = _in_block(document, block)
        zone = zone_of(document, block) if lines else None
        if zone is None or zone.comment or zone.picture or (zone.aside and not zone.paragraph):
            continue
        if _is_of_another(block.node_at(0), headed):
            continue
        found += lines
        if len(found) >= 40:
            break
    slug = dateline(document)
    return [*found, Line(*slug, None, "dateline")] if slug else found


def _is_of_another(node: LexborNode, known: dict[int, bool | None]) -> bool:
    """Whether the nearest heading around a line is the link to another story; `known` are answers of elements around it."""
    for element in islice(ancestors(node), _CLIMB):
        key = element.mem_id
        if key not in known:
            known[key] = _heads_another(element)
        answer = known[key]
        if answer is not None:
            return answer
    return False


def _heads_another(element: LexborNode) -> bool | None:
    """Whether the first heading in an element is the link to another story; None when it has no heading."""
    if element.tag in {"body", "html"} or element.css_first("h1") is not None:
        return False
    heading = element.css_first("h2,h3,h4")
    if heading is None:
        return None
    around = heading.parent
    return heading.css_first("a[href]") is not None or (around is not None and around.tag == "a")


def is_list(lines: list[Line]) -> bool:
    """Whether the lines of sources are so many that they are references."""
    return len({line.name for line in lines if line.rule == "source"}) > _MOST_SOURCES


def _in_block(document: Document, block: Block) -> list[Line]:
    text = block.text[:3000]
    if len(text) <= 90:
        labelled = words.LABELLED.match(text) if len(text) <= 80 else None
        if labelled:
            return [_line(document, block, 0, len(text), labelled["name"], "source")]
        by = words.BY.match(text)
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
        if not standing or (han and words.HAN_SOURCE.search(sentence)):
            continue
        match = next((m for at, p in enumerate(_PATTERNS) if at in standing and (m := _search(at, p, sentence))), None)
        if match:
            found.append(_line(document, block, start, end, match["name"], "origin"))
        elif may_lead and _ORIGINAL in standing:
            original = words.ORIGINAL_POST.search(sentence)
            if original:
                found.append(_line(document, block, start, end, original["name"], "original-link"))
    return found


def _search(at: int, pattern: re.Pattern[str], sentence: str) -> re.Match[str] | None:
    """What a pattern finds in a sentence, when the sentence is about the text that it stands in."""
    found = pattern.search(sentence)
    if found is None or at in _ABOUT_ANY:
        return found
    before = sentence[: found.start()].strip()
    return found if not any(map(str.isalpha, before)) or words.SUBJECT.search(before[-200:]) else None


_NAMING = {"img": "alt", "a": "href"}
_NODES = 2_000
"""How far into an element a name is looked for."""


def _followed(document: Document, block: Block) -> list[Line]:
    """A line that ends where a name should begin: the name is that of a logo or a link beside it."""
    around = document.holder_of(block.start, block.end)
    for _ in range(2):
        if around is None or around.tag in {"body", "html"}:
            return []
        for node in [*_naming(around), *_next(around)]:
            written = node.attributes.get("alt") if node.tag == "img" else node.text() if node.tag == "a" else ""
            name = " ".join((written or "")[:200].split())
            if name and 2 <= len(name) <= 60 and any(letter.isalpha() for letter in name):
                link = node if node.tag == "a" else node.parent
                href = link.attributes.get("href") if link is not None and link.tag == "a" else None
                name = _LOGO_WORD.sub("", name)
                return [Line(block.start, block.end, _name(name), href, "logo")] if name.strip() else []
        around = around.parent
    return []


def _next(node: LexborNode) -> list[LexborNode]:
    following = node.next
    while following is not None and following.is_text_node:
        following = following.next
    if following is None:
        return []
    return [following, *_naming(following)]


def _naming(node: LexborNode) -> Iterator[LexborNode]:
    """The first pictures with a text and links with an address below a node, four at most, among its first nodes."""
    below = islice(node.traverse(), 1, _NODES)
    return islice((one for one in below if _NAMING.get(one.tag or "", "-") in one.attributes), 4)


def _name(written: str | None) -> str | None:
    cleaned = trimmed(written.strip(" \"“”«»'„‘’*")) if written else ""
    return trimmed(_TRAILING.sub("", _DATED.sub("", cleaned))) or None


def _line(document: Document, block: Block, start: int, end: int, name: str | None, rule: str) -> Line:
    cleaned = _name(name)
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
