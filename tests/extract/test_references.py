# SPDX-License-Identifier: Apache-2.0
"""Many references at once come out as each of them would alone, and lines know where the words of each text node begin."""

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.extract.markup.document import Document
from archiver.extract.markup.references import Base

PARTS = st.sampled_from([
    "http://", "https://", "//", "/", "a.example", "A.example", "b.example:8080", "/a/b", "..", "./", "?q=1", "#c",
    " ", "\n", "\\",
    "%20", "é",
    '"', "<", "|", "data:,x", "mailto:a@b", "javascript:0", "@", ":", "", "x" * 600,
])  # fmt: skip
REFERENCES = st.lists(st.lists(PARTS, min_size=1, max_size=5).map("".join), max_size=12)
PAGES = st.sampled_from(
    ["https://www.harbourledger.example/stories/a", "http://b.example:8080/", "", "http://[", "ftp://a/"]
)


@settings(max_examples=400, deadline=None)
@given(REFERENCES, PAGES)
def test_many_references_at_once_are_made_absolute_as_each_alone_is(references: list[str], page: str) -> None:
    alone = [url for one in references if (url := Base(page).absolute(one))]
    together = Base(page)
    assert together.each(references) == list(dict.fromkeys(alone))
    assert together.each(reversed(references)) == list(dict.fromkeys(reversed(alone)))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("a b\n\t", max_size=6).filter(lambda text: bool(text.strip())), min_size=1, max_size=8))
def test_the_edges_of_a_line_are_where_its_text_nodes_begin(texts: list[str]) -> None:
    markup = "<p>" + "".join(f"<b>{text}</b>" for text in texts)
    (block,) = Document(markup.encode(), "utf-8", markup).blocks
    begun = sum(len("".join(text.split())) for text in texts)
    found = [len(block.text[:edge].replace(" ", "")) for edge in block.edges]
    ahead = 0
    expected = []
    for text in texts[:-1]:
        ahead += len("".join(text.split()))
        expected.append(ahead)
    assert (found, begun) == (expected, len(block.text.replace(" ", "")))
    assert all(block.text[edge] != " " for edge in block.edges)
