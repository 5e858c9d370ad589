# SPDX-License-Identifier: Apache-2.0
"""The promise of every range: its bytes read back as exactly the words of the evidence, in every charset."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.extract import read
from manifests.ranges import read_ranges
from tests.extract.pages import URL, evidence_of, of_kind

WORDS = st.text(
    alphabet="abcé ñ漢字©&<>;\"'\n\t\u00a0()1920-.|",
    max_size=30,
)
PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<br>",
        "<b>",
        "</b>",
        "<div class=footer>",
        "</div>",
        "<!-- x -->",
        "<script>var a='© 2019 Ink';</script>",
        "© 2019 Ink Press",
        "&copy; 2019 Ink&nbsp;Press",
        "&#169; 2004&ndash;2019 Ink &amp; Press Ltd. All rights reserved.",
        "<table><tr><td>",
        "</table>",
        "<textarea>© 1999 Form</textarea>",
        "<a href='/terms'>Terms of use</a>",
        "<title>A title</title>",
        "No reproduction without written permission. ",
        "This text is licensed under CC BY 4.0. ",
        "<meta name=author content='Ida Marsh'>",
        "<noscript>© 2001 None</noscript>",
        "<p title='a>b'>",
        "<svg><title>© 2002 Svg</title></svg>",
        "<!--",
        "<p",
        '<a href="',
    ]
)
MARKUP = st.lists(st.one_of(PIECES, WORDS), max_size=25).map("".join)
CHARSETS = ["utf-8", "windows-1252", "utf-16", "gb18030", "euc-jp", "shift_jis", "iso-2022-jp", "koi8-r"]


def check(entity: bytes, content_type: str) -> int:
    reading = read(entity, url=URL, content_type=content_type)
    ranged = [e for e in evidence_of(reading) if e.place.ranges]
    for evidence in ranged:
        assert read_ranges(entity, evidence.place.ranges, reading.charset) == evidence.text
    return len(ranged)


@settings(max_examples=150, deadline=None)
@given(MARKUP, st.sampled_from(CHARSETS))
def test_every_emitted_range_reads_back(markup, charset):
    check(markup.encode(charset, "replace"), f"text/html; charset={charset}")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["utf-8", "shift_jis", "gb18030", "euc-kr", "big5", "x-unknown"]))
def test_ranges_read_back_from_damaged_bytes_too(noise, charset):
    entity = b"<html><body>" + noise + "<footer>© 2019 Ink Press</footer>".encode()
    check(entity, f"text/html; charset={charset}")


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r", "utf-16"])
def test_a_cyrillic_line_has_its_bytes_in_every_charset(charset):
    line = "Тихая гавань. Все права защищены."
    entity = f"<html><head><title>Гавань</title></head><body><p>Вечер у моря.</p><footer>{line}</footer>".encode(
        charset
    )
    (notice,) = of_kind(read(entity, url=URL, content_type=f"text/html; charset={charset}"), "copyright")
    assert notice.text == line
    assert notice.evidence.place.ranges


@pytest.mark.parametrize(("charset", "name"), [("euc-jp", "euc-jp"), ("shift_jis", "cp932"), ("utf-8", "utf-8")])
def test_a_japanese_line_has_its_bytes_in_every_charset(charset, name):
    line = "記事の無断転載を禁じます。"
    entity = f"<html><body><p>灯台の話。</p><footer><p>{line}</p></footer>".encode(charset)
    reading = read(entity, url=URL, content_type=f"text/html; charset={charset}")
    (notice,) = of_kind(reading, "reuse-restriction")
    assert (reading.charset, notice.text) == (name, line)
    start, end = notice.evidence.place.ranges[0]
    assert entity[start:end] == line.encode(charset)


def test_a_stateful_charset_gives_the_words_even_without_ranges():
    entity = "<html><body><footer><p>記事の無断転載を禁じます。</p></footer>".encode("iso-2022-jp")
    (notice,) = of_kind(read(entity, url=URL, content_type="text/html; charset=iso-2022-jp"), "reuse-restriction")
    assert notice.text == "記事の無断転載を禁じます。"


def test_a_byte_order_mark_does_not_shift_the_ranges():
    entity = b"\xef\xbb\xbf" + "<html><body><footer>© 2019 Ink Press</footer>".encode()
    (notice,) = of_kind(read(entity, url=URL, content_type="text/html"), "copyright")
    start, end = notice.evidence.place.ranges[0]
    assert entity[start:end].decode() == "© 2019 Ink Press"
