# SPDX-License-Identifier: Apache-2.0
"""The elements of a page that refer or state something, by name, in document order, each with its attributes.

One selection a page serves every reader that asks for elements by name: a selection a reader costs a walk of the tree each.
The contents of `template` elements are not in the tree and so not here.
"""

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from weakref import WeakKeyDictionary

from ahocorasick_rs import BytesAhoCorasick, Implementation
from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.extract.markup.document import Document

_NAMES = (
    "a", "area", "audio", "base", "embed", "frame", "iframe", "image", "img", "input", "link", "meta", "object", "script",
    "source", "style", "time", "title", "track", "video",
)  # fmt: skip
TELLING = (
    "terms", "copyright", "legal", "permission", "licens", "reprint", "dmca", "agb", "nutzungsbedingungen", "mentions",
    "aviso", "condicion", "conditions", "tos", "republish", "fair-use", "fairuse", "disclaimer", "rights",
    "creativecommons.org/", "gnu.org/",
)  # fmt: skip
"""Parts of the addresses of terms, of licences and of pages about rights."""
_TELLING = BytesAhoCorasick([part.encode() for part in TELLING], implementation=Implementation.DFA)
_LAZY = frozenset(
    {"background", "data-src", "data-srcset", "data-lazy-src", "data-bg", "data-background-image", "data-original"}
)
_RARE = ",".join(("[itemprop]", "[rel~='author']", "[style*='url(']", *(f"[{name}]" for name in sorted(_LAZY))))
_UNKNOWN = 1 << 16
"""Numbers from here on are of names the parser has no constant for; they differ from page to page."""

Element = tuple[str, LexborNode, dict[str, str | None]]
"""Name, node, attributes by lower-case name."""


def _number(name: str) -> int:
    page = {"frame": "<frameset><frame>", "image": "<svg><image>"}.get(name, f"<{name}>")
    node = LexborHTMLParser(page).css_first(name)
    if node is None or node.tag_id is None:
        raise LookupError(name)
    return node.tag_id


_NUMBERS = {_number(name): name for name in _NAMES}


class Elements:
    """The kept elements of one page."""

    def __init__(self, document: Document) -> None:
        self._tree = tree = document.tree
        self.nodes = document.elements
        """Every element."""
        numbers = document.kinds
        names = _NUMBERS
        if numbers and max(numbers) >= _UNKNOWN:
            used = tree.css_first("use")
            if used is not None:
                names = {**_NUMBERS, used.tag_id: "use"}
        self.kept: list[Element] = [
            (names[number], node, node.attributes)
            for node, number in zip(self.nodes, numbers, strict=True)
            if number in names
        ]
        """Those with a name of the list, in document order."""
        self._named: dict[str, list[Element]] = {}
        for element in self.kept:
            self._named.setdefault(element[0], []).append(element)

    @cached_property
    def _rare(self) -> list[Element]:
        """Elements of any name with an attribute that few have: one selection for all who look for one of these."""
        found = {node.mem_id: node for node in self._tree.css(_RARE)}
        return [(node.tag or "", node, node.attributes) for node in found.values()]

    @cached_property
    def lazy(self) -> list[Element]:
        """Elements that load something by an attribute that any element may have."""
        return [
            element
            for element in self._rare
            if not _LAZY.isdisjoint(element[2]) or "url(" in (element[2].get("style") or "")
        ]

    @cached_property
    def stating(self) -> list[tuple[LexborNode, str]]:
        """Elements with an `itemprop`, and that property, or that link the author."""
        return [
            (node, attributes.get("itemprop") or "")
            for _, node, attributes in self._rare
            if "itemprop" in attributes or "rel" in attributes
        ]

    def states(self, stated: str) -> bool:
        """Whether an element states this property and no other."""
        return any(held == stated for _, held in self.stating)

    @cached_property
    def telling(self) -> list[tuple[LexborNode, str, frozenset[str]]]:
        """Anchors whose address holds one of the `TELLING` parts in whatever case: node, address, parts held."""
        anchors = [(node, href) for _, node, attributes in self.named("a") if (href := attributes.get("href"))]
        addresses = "\n".join([href for _, href in anchors]).lower().encode("ascii", "replace")
        found = _TELLING.find_matches_as_indexes(addresses, overlapping=True)
        if not found:
            return []
        ends = list(accumulate(len(href.lower()) + 1 for _, href in anchors))
        held: dict[int, set[str]] = {}
        for part, start, _ in found:
            held.setdefault(bisect_right(ends, start), set()).add(TELLING[part])
        return [(*anchors[at], frozenset(parts)) for at, parts in sorted(held.items())]

    def named(self, name: str) -> list[Element]:
        """Those of one of the names kept."""
        return self._named.get(name, [])


_KNOWN: WeakKeyDictionary[Document, Elements] = WeakKeyDictionary()


def elements_of(document: Document) -> Elements:
    """The elements of a page, selected once."""
    found = _KNOWN.get(document)
    if found is None:
        found = _KNOWN[document] = Elements(document)
    return found
