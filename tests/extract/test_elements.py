# SPDX-License-Identifier: Apache-2.0
"""What is told of a page's elements is what selectors and a plain walk of the tree tell."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document
from archiver.extract.markup.folding import Parts
from archiver.extract.markup.tokens import BREAKING, HIDDEN
from archiver.extract.origin.bylines import _marked

_BYLINES = (
    "[class*='byline' i],[class*='author' i],[class*='autor' i],[class*='auteur' i],[class*='writer' i],"
    "[class*='articlesby' i],[class*='verfasser' i],[class*='signature' i],[class*='firma' i],"
    "[id*='byline' i],[id*='author' i],.vcard .fn,"
    "[property='author'],[property$=':author'],[property$=':creator']"
)
_STATING = "[itemprop],[rel~='author']"
_NAMES = (
    "p",
    "div",
    "span",
    "b",
    "br",
    "li",
    "ul",
    "noscript",
    "script",
    "object",
    "x-y",
    "template",
    "svg",
    "meta",
    "a",
)
_VALUES = (
    'class="byline Author"', 'class="vcard"', "class=fn", 'class="x-AUTEUR fn"', 'id="the-Author"', "id=x", "itemprop",
    'property="author"', 'property="og:author"', 'property="Author"', 'property="a:creators"', 'rel="x\tAUTHOR"',
    'rel="authors"', 'itemprop="name"', 'style="background:url(/a.png)"', "class",
)  # fmt: skip
_PIECES = st.lists(
    st.one_of(
        st.builds(
            "<{} {}>".format, st.sampled_from(_NAMES), st.lists(st.sampled_from(_VALUES), max_size=3).map(" ".join)
        ),
        st.sampled_from(_NAMES).map("</{}>".format),
        st.sampled_from((" ", "\n", "one", " two ", "&amp;", "<!-- no -->", "</body>", "<frameset>")),
    ),
    max_size=30,
).map("".join)


def _document(markup: str, *, standard: bool = True) -> Document:
    whole = "<!DOCTYPE html>" + markup if standard else markup
    return Document(whole.encode(), "utf-8", whole)


def _numbers(nodes: list[LexborNode]) -> list[int]:
    return [node.mem_id for node in nodes]


def _lines(document: Document) -> list[str]:
    """The lines of a page by the rule itself, element by element."""
    written = [""]

    def below(node: LexborNode) -> Iterator[str]:
        for child in node.iter(include_text=True):
            name = child.tag or ""
            if child.is_text_node:
                yield child.text_content or ""
            elif name in HIDDEN:
                yield "\0"
            elif name in BREAKING:
                yield from ("\0", *below(child), "\0")
            else:
                yield from below(child)

    body = document.tree.body
    for words in below(body) if body is not None else ():
        if words == "\0":
            written.append("")
        else:
            written[-1] += words
    return [line for words in written if (line := " ".join(words.split()))]


@given(_PIECES)
def test_lines_end_where_elements_that_part_lines_begin_and_end(markup: str) -> None:
    document = _document(markup)
    assert document.lines == _lines(document)
    assert [" ".join(node.text_content.split()) for node in document.walked.nodes if node.text_content] == [
        " ".join(raw.split()) for raw in document.walked.pieces
    ]


@given(_PIECES)
def test_every_element_of_the_tree_is_told_in_order_with_its_number(markup: str) -> None:
    document = _document(markup)
    selected = document.tree.css("*")
    assert _numbers(document.elements) == _numbers(selected)
    assert document.kinds == [node.tag_id for node in selected]
    assert document.table.attributes == [node.attributes for node in selected]


@given(_PIECES, st.booleans())
def test_elements_called_a_byline_are_those_that_selectors_find_as_often(markup: str, standard: bool) -> None:
    document = _document(markup, standard=standard)
    assert _numbers(_marked(document)) == _numbers(document.tree.css(_BYLINES))


@given(_PIECES)
def test_stating_elements_have_a_property_or_link_the_author(markup: str) -> None:
    document = _document(markup)
    stating = {node.mem_id for node, _ in document.table.stating}
    assert {node.mem_id for node in document.tree.css(_STATING)} <= stating
    assert {node.mem_id for node in document.tree.css("[itemprop]")} == {
        node.mem_id for node, _ in document.table.stating if "itemprop" in node.attributes
    }


def test_parts_are_found_in_whatever_case_and_told_by_text() -> None:
    parts = Parts(("author", "by"))
    assert parts.held_in(["x", "Co-AUTHORED by", "", "ſ by"]) == [
        (1, frozenset({"author", "by"})),
        (3, frozenset({"by"})),
    ]
    assert parts.held_in(["aut", "hor"]) == []
