# SPDX-License-Identifier: Apache-2.0
"""The main text of a page: its article without navigation, footer, comments and lists of other articles.

Long lines that are not links are prose. The innermost element that holds most of the prose of a page holds its main text,
which runs from the first line of prose in it to its end, without links and what element names, classes and ids call something
else; what precedes the first is its headline, its date and who wrote it.
Lengths alone decide, so no language is preferred; in scripts without spaces a third of the length says as much. Linear in the
size of the page: each element around a line is looked at once.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document
from archiver.extract.markup.walk import Walked
from archiver.extract.markup.zones import words_of

_LONG, _SOME = 80, 40
"""Characters of a line that is prose, and of one that is when it ends like a sentence."""
_DENSE = 3
"""A character of a script without spaces says as much as so many others."""
_MOST, _MOST_OF_ARTICLE = 0.8, 0.65
"""Share of all prose that the element of the main text holds; less where its name says that it is an article."""
_LEAST = 0.25
"""Share of all prose that must be left when elements are left out for their classes."""
_CLIMB = 200
"""Elements between a line after the last prose and the element of the main text: deeper ones would take long for each line."""
_PIECES = 64
"""Pieces of a line that are looked at."""
_ENDS = tuple(".!?…»”\"'’。！？」』।۔؟")
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_FIRST_WIDE = "\u0e00"
_OTHER_NAMES = frozenset({"aside", "button", "dialog", "figcaption", "footer", "menu", "nav", "select"})
_OTHER_WORDS = frozenset({
    "ad", "ads", "advert", "advertisement", "banner", "breadcrumb", "breadcrumbs", "byline", "caption", "colophon",
    "copyright", "credit", "credits", "footer", "legal", "menu", "modal", "nav", "navbar", "navigation", "newsletter",
    "outbrain", "pagination", "popup", "promo", "recommended", "related", "replies", "reply", "respond", "share", "sharing",
    "sidebar", "social", "sponsor", "sponsored", "subscribe", "taboola", "tags", "teaser", "teasers", "toolbar", "trending",
    "widget", "widgets",
})  # fmt: skip
_FOREIGN_WORDS = frozenset({
    "comment", "commentlist", "comments", "consent", "cookie", "cookies", "disqus", "gdpr", "kommentar", "kommentare",
    "onetrust",
})  # fmt: skip
_ARTICLE_WORDS = frozenset({"article", "content", "entry", "main", "post", "story", "text"})


@dataclass(slots=True)
class _Area:
    """An element around a line."""

    above: "_Area | None"
    linked: bool
    """In a link."""
    other: bool
    """Its name, or that of one around it, says that it is not the article."""
    called: int
    """What its class or id, or that of one around it, calls it: 0 nothing, 1 another part of a page, 2 comments or consent."""
    article: bool
    depth: int
    prose: int = 0
    first: int = -1
    last: int = -1


_Prose = tuple[int, int, _Area]
"""A line of prose: its index, its length (thrice where it is dense), where it stands."""
_NOTHING = (False, False, 0, 0)


class _Areas:
    """The elements around lines, each looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, _Area] = {}
        self.met: list[_Area] = []
        """All of them, each after those around it."""

    def of(self, node: LexborNode) -> _Area | None:
        """The area that holds a text node."""
        one = node.parent
        area = self._known.get(one.mem_id) if one is not None else None
        if area is not None:
            return area
        climbed: list[LexborNode] = []
        while one is not None:
            area = self._known.get(one.mem_id)
            if area is not None or one.tag == "html":
                break
            climbed.append(one)
            one = one.parent
        for one in reversed(climbed):
            area = self._known[one.mem_id] = _area(one, area)
            self.met.append(area)
        return area


class _Places(dict[int, tuple[_Area | None, bool]]):
    """The area of the first words of each line that are not in a link, of the first if all are; and whether half are."""

    def __init__(self, walked: Walked, areas: _Areas) -> None:
        self._walked, self._areas = walked, areas

    def __missing__(self, at: int) -> tuple[_Area | None, bool]:
        found = self[at] = self._look(at)
        return found

    def _look(self, at: int) -> tuple[_Area | None, bool]:
        walked, area_of = self._walked, self._areas.of
        start = walked.firsts[at]
        end = walked.firsts[at + 1] if at + 1 < len(walked.firsts) else len(walked.nodes)
        first = area_of(walked.nodes[start])
        if end - start == 1:
            return first, first is not None and first.linked
        linked, total, found = 0, 0, None
        for index in range(start, min(end, start + _PIECES)):
            area, size = area_of(walked.nodes[index]), len(walked.pieces[index])
            total += size
            if area is not None and area.linked:
                linked += size
            elif found is None:
                found = area
        return found or first, 2 * linked >= total


def _area(node: LexborNode, above: _Area | None) -> _Area:
    name = node.tag or ""
    linked, other, called, depth = (above.linked, above.other, above.called, above.depth + 1) if above else _NOTHING
    if name == "p" or depth == 0:
        return _Area(above, linked, other, called, False, depth)
    words = words_of(node)
    article = name in {"article", "main"} or not words.isdisjoint(_ARTICLE_WORDS)
    if words and called < 2:
        called = 2 if not words.isdisjoint(_FOREIGN_WORDS) else max(called, not words.isdisjoint(_OTHER_WORDS))
    return _Area(above, linked or name == "a", other or name in _OTHER_NAMES, called, article, depth)


def main_text(document: Document) -> str:
    """The main text, a line a block; all text outside of navigation and footers when a page has no prose."""
    lines = document.lines
    return "\n".join([lines[at] for at in _main_lines(document)])


def _main_lines(document: Document) -> Iterable[int]:
    lines, areas = document.lines, _Areas()
    places = _Places(document.walked, areas)
    prose: list[_Prose] = []
    for at, line in enumerate(lines):
        size = len(line)
        if size < _LONG and not line.isascii() and _is_dense(line, size):
            size *= _DENSE
        if size >= _SOME and (size >= _LONG or line.endswith(_ENDS)):
            area, linked = places[at]
            if area is not None and not linked and not area.other:
                prose.append((at, size, area))
    kept, called = _kept(prose)
    if not kept:
        return _outside(places, range(len(lines)), 0)
    holder = _holder(kept, areas.met)
    end = holder.last + 1
    while end < len(lines) and _is_within(places[end][0], holder):
        end += 1
    return _outside(places, range(holder.first, end), called)


def _kept(prose: list[_Prose]) -> tuple[list[_Prose], int]:
    """The prose that is not called something else, unless that leaves next to nothing: classes may lie about a whole page."""
    sizes = [0, 0, 0]
    for _, size, area in prose:
        sizes[area.called] += size
    called = 0 if sizes[0] >= _LEAST * (sizes[0] + sizes[1]) > 0 else 1 if sizes[0] + sizes[1] else 2
    return [one for one in prose if one[2].called <= called], called


def _holder(prose: list[_Prose], met: list[_Area]) -> _Area:
    """The innermost area that holds most of the prose; `met` are all areas, each after those around it."""
    for at, size, area in prose:
        if not area.prose:
            area.first = at
        area.prose += size
        area.last = at
    for area in reversed(met):
        above = area.above
        if area.prose and above is not None:
            above.first = min(above.first, area.first) if above.prose else area.first
            above.last = max(above.last, area.last)
            above.prose += area.prose
    total = sum(size for _, size, _ in prose)
    enough = [one for one in met if one.prose >= (_MOST_OF_ARTICLE if one.article else _MOST) * total]
    return max(enough, key=lambda one: one.depth)


def _outside(places: "_Places", lines: range, called: int) -> Iterator[int]:
    """Those of some lines that stand in no link and in nothing that is called something else."""
    for at in lines:
        area, linked = places[at]
        if area is not None and not linked and not area.other and area.called <= called:
            yield at


def _is_within(area: _Area | None, holder: _Area) -> bool:
    for _ in range(_CLIMB):
        if area is None or area.depth <= holder.depth:
            break
        area = area.above
    return area is holder


def _is_dense(line: str, size: int) -> bool:
    """Whether a line is written without spaces, by three of its characters."""
    quarter = size // 4
    wide = [
        one for one in (line[quarter], line[2 * quarter], line[3 * quarter]) if one >= _FIRST_WIDE and _WIDE.match(one)
    ]
    return len(wide) > 1
