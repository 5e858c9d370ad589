# SPDX-License-Identifier: Apache-2.0
"""Selector paths to the elements of one page (CSS Selectors 3): short, and each selects the one element it was made for.

A path begins at the nearest element with an id of its own, or at the root; it has at most `MAX_CLIMB` steps.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_CLIMB = 60
_ROOTS = frozenset({"html", "body", "head"})
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}")
"""Ids that need no escaping in a selector."""


class Paths:
    """The paths of one page's elements; each is made once."""

    def __init__(self, tree: LexborHTMLParser, attributes: list[dict[str, str | None]]) -> None:
        """`attributes` are those of each element of the tree."""
        self._tree, self._attributes = tree, attributes
        self._known: dict[int, str | None] = {}
        self._children: dict[int, _Children] = {}

    def of(self, node: LexborNode) -> str | None:
        """The path to an element of this page."""
        key = node.mem_id
        if key not in self._known:
            self._known[key] = self._made(node)
        return self._known[key]

    def _made(self, node: LexborNode) -> str | None:
        steps: list[str] = []
        element: LexborNode | None = node
        while element is not None and len(steps) < MAX_CLIMB:
            name = element.tag or ""
            if name == "-document" and steps:
                break
            around = element.parent
            if name in _ROOTS:
                steps.append(name)
                if name == "html" or len(steps) > 1:
                    break
            else:
                anchor = element.id
                if anchor and _IDENTIFIER.fullmatch(anchor) and self._is_unique(anchor):
                    steps.append(f"{name}#{anchor}")
                    break
                steps.append(self._step(element, name, around))
            element = around
        return " > ".join(reversed(steps)) or None

    def _step(self, element: LexborNode, name: str, around: LexborNode | None) -> str:
        if around is None:
            return name if _is_plain(name) else "*:nth-child(1)"
        key = around.mem_id
        children = self._children.get(key) or self._children.setdefault(key, _Children(around))
        if not _is_plain(name):
            # A name that would need escaping: its place among all elements tells it.
            return f"*:nth-child({1 + children.elements_before(element)})"
        before, alike = children.alike(element)
        return name if alike == 1 else f"{name}:nth-of-type({1 + before})"

    @cached_property
    def _anchors(self) -> tuple[Counter[str], Counter[str]]:
        """How often each id stands in the page: as written, and in lower case."""
        written = Counter(attributes["id"] or "" for attributes in self._attributes if "id" in attributes)
        lowered: Counter[str] = Counter()
        for anchor, count in written.items():
            lowered[anchor.lower()] += count
        return written, lowered

    def _is_unique(self, anchor: str) -> bool:
        written, lowered = self._anchors
        if lowered[anchor.lower()] == 1:
            return True
        # A page in quirks mode takes ids that differ in case for one.
        return written[anchor] == 1 and len(self._tree.css(f"#{anchor}")) == 1


class _Children:
    """The elements below one element, told apart by name."""

    def __init__(self, around: LexborNode) -> None:
        self._around = around
        self._kinds: dict[int, list[LexborNode]] = {}
        for child in around.iter():
            self._kinds.setdefault(child.tag_id, []).append(child)
        self._ordinals: dict[int, dict[int, int]] = {}

    def alike(self, element: LexborNode) -> tuple[int, int]:
        """How many before an element have its name, and how many have it in all."""
        kind = element.tag_id
        same = self._kinds[kind]
        if len(same) == 1:
            return 0, 1
        if kind not in self._ordinals:
            self._ordinals[kind] = {child.mem_id: at for at, child in enumerate(same)}
        return self._ordinals[kind][element.mem_id], len(same)

    def elements_before(self, element: LexborNode) -> int:
        """How many elements stand before this one."""
        return self._elements[element.mem_id]

    @cached_property
    def _elements(self) -> dict[int, int]:
        elements = (child for child in self._around.iter() if not (child.tag or "-").startswith("-"))
        return {child.mem_id: at for at, child in enumerate(elements)}


def _is_plain(name: str) -> bool:
    return name.replace("-", "").isalnum() and name.isascii()


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Elements around a node, nearest first, at most a fixed number."""
    parent = node.parent
    for _ in range(MAX_CLIMB * 10):
        if parent is None or parent.tag == "-document":
            return
        yield parent
        parent = parent.parent
