# SPDX-License-Identifier: Apache-2.0
"""The promise of every range: its bytes read back as exactly the words of the evidence, in every charset."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archiver.extract import Reading, read
from archiver.formats.warc import HTTP_RESPONSE, RecordHeader, whole_member
from manifests.ranges import read_ranges
from tests.extract.fixture_pages import FixturePage, fixture_pages
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
        "<template><p>This text is licensed under CC BY 4.0.</p></template>",
        "<textarea>&lt;p&gt;© 2003 &amp;amp; Field&lt;/p&gt;</textarea>",
        "<script>document.write('&copy; 2004 ' + 'Ink');</script>",
        "<div class=comments>",
        "<blockquote lang=ja>",
        "<pre>Copyright (c) 2018 Ink\n\nPress</pre>",
        "<div hidden>",
        "Photo: Mara Stone",
        "記事のAI学習への利用を禁じます。",
        "<!--",
        "<p",
        '<a href="',
    ]
)
MARKUP = st.lists(st.one_of(PIECES, WORDS), max_size=25).map("".join)
CHARSETS = ["utf-8", "windows-1252", "utf-16", "gb18030", "euc-jp", "shift_jis", "iso-2022-jp", "koi8-r"]


LABELLED = os.environ.get("RIGHTS_CORPUS")
"""A folder with labelled pages of others, in `pages/*.html`, over which the promise is checked too."""


def check(entity: bytes, content_type: str) -> int:
    return check_reading(entity, read(entity, url=URL, content_type=content_type))


def check_reading(entity: bytes, reading: Reading) -> int:
    ranged = [e for e in evidence_of(reading) if e.place.ranges]
    for evidence in ranged:
        assert read_ranges(entity, evidence.place.ranges, reading.charset) == evidence.text
    return len(ranged)


@settings(max_examples=200, deadline=None)
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


@pytest.mark.parametrize("page", fixture_pages(), ids=lambda page: page.name)
def test_every_notice_of_a_fixture_page_has_bytes_that_read_back(page):
    reading = page.reading()
    check_reading(page.entity, reading)
    for notice in reading.notices:
        assert notice.evidence.place.ranges or notice.evidence.place.header or notice.voice == "script"


def test_ranges_read_back_from_the_records_of_a_warc_file():
    written = b"".join(_record(at, page) for at, page in enumerate(fixture_pages()))
    read_back = 0
    for record, page in zip(ArchiveIterator(io.BytesIO(written)), fixture_pages(), strict=True):
        entity = record.content_stream().read()
        assert record.rec_headers.get_header("WARC-Target-URI") == page.url
        for notice in page.reading().notices:
            if notice.evidence.place.ranges:
                assert read_ranges(entity, notice.evidence.place.ranges, page.reading().charset) == notice.text
                read_back += 1
    assert read_back > 100


def _record(number: int, page: FixturePage) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {page.content_type}\r\nContent-Length: {len(page.entity)}\r\n\r\n"
    block = head.encode() + page.entity
    record_id = f"00000000-0000-4000-8000-{number:012x}"
    fields = [("WARC-Target-URI", page.url)]
    moment = datetime(2026, 3, 3, tzinfo=UTC)
    header = RecordHeader("response", record_id, moment, HTTP_RESPONSE, len(block), fields).to_bytes()
    return whole_member(header, block)


if LABELLED:

    def test_every_range_of_a_labelled_page_reads_back():
        paths = sorted((Path(LABELLED) / "pages").glob("*.html"))
        assert paths
        assert sum(check(path.read_bytes(), "text/html") for path in paths) > len(paths)
