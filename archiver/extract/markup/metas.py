# SPDX-License-Identifier: Apache-2.0
"""The meta and link elements of a page, looked up by name.

A meta's name is its `name`, `property`, `itemprop` or `http-equiv`, lower case; its words are `content`, or `value` where a
page was rewritten to say so.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document

_MOST = 3000
_NAMES = ("name", "property", "itemprop", "http-equiv")


class Meta(NamedTuple):
    """One meta element with words."""

    name: str
    content: str
    node: LexborNode
    attribute: str


class Link(NamedTuple):
    """One link element."""

    rel: frozenset[str]
    href: str
    node: LexborNode


class Metas:
    """Every meta and link element, in document order."""

    def __init__(self, document: Document) -> None:
        self._metas: dict[str, list[Meta]] = {}
        elements = document.table
        for _, node, attributes in elements.named("meta")[:_MOST]:
            attribute = "content" if attributes.get("content") is not None else "value"
            content = attributes.get(attribute)
            if not content or content.isspace():
                continue
            for key in _NAMES:
                names = attributes.get(key)
                if names:
                    for name in names.lower().split()[:5] if key == "property" else [names.strip().lower()]:
                        self._metas.setdefault(name, []).append(Meta(name, content, node, attribute))
        self.links: list[Link] = []
        for _, node, attributes in elements.named("link")[:_MOST]:
            href, rel = attributes.get("href"), attributes.get("rel")
            if href and rel:
                self.links.append(Link(frozenset(rel.lower().split()), href.strip(), node))

    def all(self, *names: str) -> Iterator[Meta]:
        """Metas of these names, by name in the order asked, then in document order."""
        held = self._metas
        return iter([meta for name in names if name in held for meta in held[name]])

    def held(self, names: Iterable[str]) -> list[str]:
        """Of these names, those that a meta has."""
        return [name for name in names if name in self._metas]

    def first(self, *names: str) -> Meta | None:
        """The first meta of the first name that has one."""
        return next(self.all(*names), None)

    def linked(self, rel: str) -> Iterator[Link]:
        """Link elements of a relation."""
        return (link for link in self.links if rel in link.rel)
