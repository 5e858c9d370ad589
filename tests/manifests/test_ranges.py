# SPDX-License-Identifier: Apache-2.0
"""Reading evidence back follows its one rule for any bytes, and what is no text never becomes text."""

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.ranges import read_ranges, read_slice

plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>&\"'"), max_size=30)
spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (min(p), max(p))), max_size=4)
MARKUP = [
    "<b>", "</b>", "<br/>", '<a href="x>y">', "<img alt='a > b'>", "<!-- words -->", "<!---->", "</>", "<?php echo 1 ?>",
    "<script>var a = '<p>';</script>", "<STYLE>p { color: red }</STYLE >", "<!doctype html>", "<noscript>no</noscript>",
    "<template><p>not shown</p></template>",
]  # fmt: skip


@given(plain)
def test_plain_words_read_as_they_are_with_white_space_collapsed(text: str) -> None:
    raw = text.encode("utf-8")
    assert read_ranges(raw, [(0, len(raw))], "utf-8") == " ".join(text.split())


@given(st.lists(st.tuples(plain, st.sampled_from(MARKUP)), max_size=8))
def test_markup_scripts_and_comments_are_no_words(parts: list[tuple[str, str]]) -> None:
    assert read_slice("".join(text + tag for text, tag in parts)) == " ".join(
        "".join(text for text, _ in parts).split()
    )


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_character_references_are_resolved(text: str) -> None:
    assert read_slice(html.escape(text)) == " ".join(text.split())


def test_what_a_reference_spells_is_not_read_as_markup() -> None:
    assert read_slice("5 &lt; 7 &amp;&#99;opy; &lt;b&gt;") == "5 < 7 &copy; <b>"


@given(st.binary(max_size=60), spans, st.sampled_from(["utf-8", "latin-1", "utf-16-le", "shift_jis", "gb18030"]))
def test_any_bytes_read_without_an_error_unless_the_range_lies_outside(
    entity: bytes, ranges: list[tuple[int, int]], charset: str
) -> None:
    if any(end > len(entity) for _, end in ranges):
        with pytest.raises(ValueError, match="outside an entity"):
            read_ranges(entity, ranges, charset)
        return
    text = read_ranges(entity, ranges, charset)
    each = [read_slice(entity[start:end].decode(charset, "replace")) for start, end in ranges]
    assert text == " ".join(one for one in each if one)


@pytest.mark.parametrize("one", [(-1, 2), (3, 2), (0, 6), (6, 7)])
def test_a_range_that_is_none_is_refused(one: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outside"):
        read_ranges(b"words", [one], "utf-8")


def test_several_ranges_are_joined_by_one_space_and_empty_ones_leave_none() -> None:
    entity = b"<p>Ada</p><p> </p><p>Quill</p>"
    assert read_ranges(entity, [(3, 6), (13, 14), (21, 26)], "ascii") == "Ada Quill"
    assert read_ranges(entity, [], "ascii") == ""


def test_an_unknown_charset_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        read_ranges(b"words", [(0, 5)], "x-no-such-charset")


def test_bytes_that_do_not_decode_read_as_replacement_characters() -> None:
    assert read_ranges(b"caf\xe9 bar", [(0, 8)], "utf-8") == "caf\ufffd bar"


def test_hostile_markup_is_read_in_bounded_time() -> None:
    started = time.process_time()
    for hostile in ("<", "<!--", "<a ", '<a "', "<script>", "<a '\"", "&", "<!", "</", "<a b=\"'"):
        read_slice(hostile * (40_000 // len(hostile)))
        read_slice(hostile * (40_000 // len(hostile)) + '"')
    assert time.process_time() - started < 5
