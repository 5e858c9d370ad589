# SPDX-License-Identifier: Apache-2.0
"""The elements of a page that refer or state something, by name, in document order, each with its attributes.

The attributes of all elements are read once a page, for every reader that asks for elements by name or by attribute: a
selection a reader costs a walk of the tree each, and one of many parts a walk a part. The contents of `template` elements
are not in the tree and so not here.
"""

import re
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.extract.markup.folding import Parts

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
_TELLING = Parts(TELLING)
_LAZY = frozenset(
    {"background", "data-src", "data-srcset", "data-lazy-src", "data-bg", "data-background-image", "data-original"}
)
_OF_FEW = _LAZY | {"itemprop", "rel", "style"}
_SPACE = re.compile(r"[\t\n\f\r ]+")
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


def _is_rare(attributes: dict[str, str | None]) -> bool:
    """Whether an element states a property, names the author by its relation, or loads something as few do."""
    return (
        "itemprop" in attributes
        or not _LAZY.isdisjoint(attributes)
        or "url(" in (attributes.get("style") or "")
        or is_relation(attributes.get("rel"), "author")
    )


def is_relation(rel: str | None, name: str) -> bool:
    """Whether the words of a `rel` attribute name a relation, in whatever case."""
    return rel is not None and name in (lowered := rel.lower()) and name in _SPACE.split(lowered)


class Elements:
    """The elements of one page, and those kept of them."""

    def __init__(self, tree: LexborHTMLParser, nodes: list[LexborNode], numbers: list[int]) -> None:
        self.nodes = nodes
        """Every element."""
        self.attributes = [node.attributes for node in nodes]
        """Those of each element, by lower-case name."""
        names = _NUMBERS
        if numbers and max(numbers) >= _UNKNOWN:
            used = tree.css_first("use")
            if used is not None:
                names = {**_NUMBERS, used.tag_id: "use"}
        self.kept: list[Element] = [
            (names[number], node, attributes)
            for number, node, attributes in zip(numbers, nodes, self.attributes, strict=True)
            if number in names
        ]
        """Those with a name of the list, in document order."""
        self._named: dict[str, list[Element]] = {}
        for element in self.kept:
            self._named.setdefault(element[0], []).append(element)

    @cached_property
    def _rare(self) -> list[Element]:
        """Elements of any name that load or state something by an attribute that few have."""
        return [
            (node.tag or "", node, attributes)
            for node, attributes in zip(self.nodes, self.attributes, strict=True)
            if not _OF_FEW.isdisjoint(attributes) and _is_rare(attributes)
        ]

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
        held = _TELLING.held_in([href for _, href in anchors])
        return [(*anchors[at], parts) for at, parts in held]

    def called(self, attribute: str, parts: Parts) -> list[tuple[int, frozenset[str]]]:
        """Indexes of the elements of which an attribute's value holds some of these parts, and which."""
        values = [attributes.get(attribute) for attributes in self.attributes]
        written = list(filter(None, set(values)))
        held = {written[at]: found for at, found in parts.held_in(written)} if written else {}
        return [(at, held[value]) for at, value in enumerate(values) if value in held] if held else []

    def named(self, name: str) -> list[Element]:
        """Those of one of the names kept."""
        return self._named.get(name, [])
