# SPDX-License-Identifier: Apache-2.0
"""The headline of a page's own story, and where other stories' headings stand.

A heading that the page's title repeats is the headline; else the first of the first rank that leads nowhere. A heading with a
link in it belongs to another story.
"""

from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.extract.markup.document import Document, ancestors
from archiver.extract.origin.hosts import key_of

_HEADINGS = frozenset(
    node.tag_id for node in LexborHTMLParser("<h1></h1><h2></h2><h3></h3><h4></h4>").css("h1,h2,h3,h4")
)
"""The parser's numbers of the elements that are headings."""
_ABOVE, _BELOW = 4, 14
"""Blocks above and below the headline among which the page's own byline stands."""
_LONGEST = 1500
"""Characters, white space of the markup included, of an element that can be a headline or a byline."""


class Headline:
    """The headline of one page, looked for when it is first asked for."""

    def __init__(self, document: Document, title: str | None) -> None:
        self._document, self._title = document, title

    @cached_property
    def _heads(self) -> tuple[LexborNode | None, list[int]]:
        return _found(self._document, self._title)

    @cached_property
    def line(self) -> int | None:
        """The block of the headline; None when no heading is."""
        node = self._heads[0]
        return self._document.line_of(node) if node is not None else None

    @cached_property
    def around(self) -> set[int]:
        """Numbers of the elements that hold the headline; the body always does."""
        body, node = self._document.tree.body, self._heads[0]
        held = set() if node is None else {element.mem_id for element in ancestors(node)}
        return held if body is None else held | {body.mem_id}

    def is_near(self, line: int | None) -> bool:
        """Whether a block stands where the story's byline does."""
        return self.line is not None and line is not None and -_ABOVE <= line - self.line <= _BELOW

    def is_of_another(self, line: int) -> bool:
        """Whether another story's heading stands between the headline and this block."""
        return self.line is not None and any(self.line < at < line for at in self._heads[1])

    def parts(self, first: int, last: int) -> bool:
        """Whether a heading, the headline or another story's, stands between two blocks."""
        return any(at is not None and first < at <= last for at in (self.line, *self._heads[1]))


def _found(document: Document, title: str | None) -> tuple[LexborNode | None, list[int]]:
    """The page's headline, and the blocks of headings that lead elsewhere."""
    elements = zip(document.elements, document.kinds, strict=True)
    nodes = [node for node, kind in elements if kind in _HEADINGS][:60]
    told = key_of(title) if title else ""
    first: LexborNode | None = None
    own: LexborNode | None = None
    for node in nodes:
        if node.tag == "h1" or own is None:
            words = key_of(" ".join((words_below(node) or "").split()))
            if words and told and len(words) >= 6 and (words in told or told in words):
                if own is None or own.tag != "h1":
                    own = node
            elif first is None and node.tag == "h1" and words and node.css_first("a[href]") is None:
                first = node
    chosen = own or first
    if chosen is None:
        return None, []
    headings = [
        line
        for node in nodes
        if node.mem_id != chosen.mem_id
        and node.css_first("a[href]") is not None
        and (line := document.line_of(node)) is not None
    ]
    return chosen, headings


def words_below(node: LexborNode) -> str | None:
    """The words of an element, those of each text node apart; None for more than a byline has."""
    held: list[str] = []
    room = _LONGEST
    for at, below in enumerate(node.traverse(include_text=True)):
        raw = below.text_content
        room -= len(raw) if raw else 0
        if room < 0 or at > _LONGEST:
            return None
        held += [raw] if raw else []
    return " ".join(held)
