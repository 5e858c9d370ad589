# SPDX-License-Identifier: Apache-2.0
"""Evidence for what is read: the words, whose they are, and where they stand.

Words longer than `LONGEST` are cut; a cut text has the range of the cut words or none.
"""

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document
from manifests.agents import Authority, Evidence, Place
from manifests.canonical import unchecked

_evidence_of, _place_of, _authority_of = unchecked(Evidence), unchecked(Place), unchecked(Authority)
LONGEST = 4000


def collapse(text: str) -> str:
    """White space collapsed, ends trimmed, cut at `LONGEST`."""
    return " ".join(text[: LONGEST * 4].split())[:LONGEST].rstrip()


class Witness:
    """Makes evidence for one page."""

    def __init__(self, document: Document, url: str) -> None:
        self.document = document
        self._url = url or None
        self._page = _authority_of(kind="page", url=self._url)

    def words(self, start: int, end: int) -> Evidence:
        """Evidence for the page's text [start, end)."""
        end = min(end, start + LONGEST)
        document = self.document
        text = " ".join(document.text[start:end].split())
        path = document.css_path(document.holder_of(start, end))
        return _evidence_of(
            authority=self._page, place=_place_of(css_path=path, ranges=document.ranges(start, end)), text=text
        )

    def attribute(self, node: LexborNode, attribute: str, value: str | None = None) -> Evidence:
        """Evidence for an attribute's value."""
        text = collapse(value if value is not None else node.attributes.get(attribute) or "")
        document = self.document
        ordinal = document.ordinal_of(node)
        ranges = document.source.of_attribute(node.tag or "", ordinal, attribute, text) if ordinal >= 0 and text else ()
        path = document.css_path(node)
        return _evidence_of(
            authority=self._page, place=_place_of(css_path=path, attribute=attribute, ranges=ranges), text=text
        )

    def element(self, node: LexborNode) -> Evidence:
        """Evidence for the words of an element outside the page's prose, such as its title."""
        text = collapse(node.text())
        ranges = self.document.source.of_element(node.tag or "", text) if text else ()
        return _evidence_of(
            authority=self._page, place=_place_of(css_path=self.document.css_path(node), ranges=ranges), text=text
        )

    def element_words(self, node: LexborNode) -> Evidence:
        """Evidence for the words of an element of the page's prose; its place in the text is looked up."""
        text = collapse(node.text())
        document = self.document
        ranges = document.ranges_of(node, text)
        return _evidence_of(
            authority=self._page, place=_place_of(css_path=document.css_path(node), ranges=ranges), text=text
        )

    def json(self, script: LexborNode, pointer: str, value: str) -> Evidence:
        """Evidence for a string of a JSON-LD script."""
        text = collapse(value)
        document = self.document
        ranges = document.source.of_script(document.ordinal_of(script), text) if text == value else ()
        place = _place_of(css_path=document.css_path(script), json_pointer=pointer, ranges=ranges)
        return _evidence_of(authority=self._page, place=place, text=text)

    def comment(self, text: str) -> Evidence:
        """Evidence for words that stand only in a comment of the markup."""
        text = collapse(text)
        return _evidence_of(
            authority=self._page,
            place=_place_of(css_path="html", ranges=self.document.source.of_markup(text)),
            text=text,
        )

    def address(self, text: str) -> Evidence:
        """Evidence for what only the page's address says: its root element stands for the page."""
        return _evidence_of(authority=self._page, place=_place_of(css_path="html"), text=text)

    def header(self, name: str, value: str) -> Evidence:
        """Evidence for an HTTP header's value."""
        return server_evidence(_authority_of(kind="server", url=self._url), name, value)


def server_evidence(server: Authority, name: str, value: str) -> Evidence:
    """Evidence for an HTTP header's value."""
    return _evidence_of(authority=server, place=_place_of(header=name.lower()), text=collapse(value))
