# SPDX-License-Identifier: Apache-2.0
"""Which lines of a page hold words of notices."""

import pytest

from archiver.extract.markup.document import Document
from archiver.extract.rights.triggers import FAMILIES, triggered


def document_of(markup: str) -> Document:
    return Document(markup.encode(), "utf-8", markup)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_word_of_a_family_is_found_in_its_line(family):
    words = FAMILIES[family]
    markup = "".join(f"<p>{word.upper() if word.isascii() else word} lamp</p><p>fog</p>" for word in words)
    assert set(range(0, 2 * len(words), 2)) <= set(triggered(document_of(markup))[family])


def test_lines_without_such_words_are_not_named():
    assert triggered(document_of("<p>lamp</p><p>ЛАМПА</p><p>灯台</p>")) == {}


def test_letters_that_grow_in_lower_case_shift_no_line():
    markup = "<p>\u0130\u0130\u0130</p><p>lamp</p><p>© Ink \u0130</p><p>ПРАВА ЗАЩИЩЕНЫ</p>"
    assert triggered(document_of(markup)) == {"copyright": [2, 3]}


def test_of_many_lines_that_hold_one_word_the_first_and_the_last_are_named():
    document = document_of("<p>dmca</p>" * 500)
    assert triggered(document)["takedown"] == [*range(60), *range(440, 500)]


@pytest.mark.parametrize("shift", range(0, 9, 2))
def test_words_are_found_wherever_a_long_page_is_cut_for_the_search(shift):
    line = "x" * ((1 << 18) - 5 - shift)
    document = document_of(f"<p>{line}</p><p>{line}</p>".replace("</p>", " originally published</p>"))
    assert triggered(document)["attribution"] == [0, 1]


def test_words_that_overlap_and_words_on_neighbouring_lines_are_named_by_their_own_lines():
    lines = ["cc by", "licence", "see the licence of public", "domain", "© public domain licence", "licenced under"]
    found = triggered(document_of("".join(f"<p>{line}</p>" for line in lines)))
    assert found["license"] == [0, 1, 2, 4, 5]
    assert found["copyright"] == [4]
