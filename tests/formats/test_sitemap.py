# SPDX-License-Identifier: Apache-2.0
"""Sitemaps of honest, careless and hostile sites; the cases of the class `sitemap` by name."""

import gzip
import time
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats import sitemap as sitemap_module
from archiver.formats.sitemap import SitemapEntry, looks_like_sitemap, read_sitemap

URL = "https://example.org/sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*entries: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NAMESPACE}>{"".join(entries)}</urlset>'.encode()


def locs(content: bytes) -> list[str]:
    return [entry.url for entry in read_sitemap(content, url=URL).entries]


def test_a_urlset_gives_its_urls_with_the_dates_it_claims() -> None:
    read = read_sitemap(
        urlset(
            "<url><loc> https://example.org/a?b=1&amp;c=2 </loc><lastmod>2024-05-17</lastmod><priority>0.5</priority></url>",
            "<url><lastmod>2024-05-17T10:00:00+02:00</lastmod><loc>https://example.org/b</loc></url>",
            "<url><changefreq>daily</changefreq></url>",
        ),
        url=URL,
    )
    assert read.kind == "urlset"
    assert read.fault is None
    assert read.entries == (
        SitemapEntry("https://example.org/a?b=1&c=2", datetime(2024, 5, 17, tzinfo=UTC)),
        SitemapEntry("https://example.org/b", datetime(2024, 5, 17, 8, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    "date", ["yesterday", "2024-13-45", "0000-00-00", "99999999999999", "", "2024-05-17T", "Mon, 99 Foo 2024", "٢٠٢٤"]
)
def test_bad_dates_are_no_dates_and_the_url_stays(date: str) -> None:
    read = read_sitemap(urlset(f"<url><loc>https://example.org/a</loc><lastmod>{date}</lastmod></url>"), url=URL)
    assert read.entries == (SitemapEntry("https://example.org/a", None),)
    assert read.fault is None


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-05", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-17T10:00Z", datetime(2024, 5, 17, 10, tzinfo=UTC)),
        ("2024-05-17T10:00:00.123456789Z", datetime(2024, 5, 17, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2024-05-17 10:00:00", datetime(2024, 5, 17, 10, tzinfo=UTC)),
        ("Fri, 17 May 2024 10:00:00 GMT", datetime(2024, 5, 17, 10, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_the_forms_sites_write(date: str, instant: datetime) -> None:
    read = read_sitemap(urlset(f"<url><loc>u</loc><lastmod>{date}</lastmod></url>"), url=URL)
    assert read.entries[0].modified_at == instant


def test_an_index_gives_its_sitemaps_itself_and_other_hosts_included() -> None:
    content = (
        f"<sitemapindex {NAMESPACE}><sitemap><loc>{URL}</loc></sitemap>"
        "<sitemap><loc>https://other.test/sitemap.xml.gz</loc><lastmod>2024-05-17</lastmod></sitemap></sitemapindex>"
    ).encode()
    read = read_sitemap(content, url=URL)
    assert read.kind == "index"
    assert [entry.url for entry in read.entries] == [URL, "https://other.test/sitemap.xml.gz"]


def test_extensions_add_no_urls() -> None:
    entry = (
        "<url><loc>https://example.org/a</loc><image:image><image:loc>https://example.org/i.png</image:loc></image:image>"
        "<news:news><news:title>T</news:title><loc>https://example.org/nested</loc></news:news>"
        '<xhtml:link rel="alternate" hreflang="de" href="https://example.org/de"/></url>'
    )
    assert locs(urlset(entry)) == ["https://example.org/a"]


@pytest.mark.parametrize(
    "content",
    [
        b"\n\n  " + urlset("<url><loc>https://example.org/a</loc></url>"),
        b"\xef\xbb\xbf" + urlset("<url><loc>https://example.org/a</loc></url>"),
        urlset("<url><loc><![CDATA[https://example.org/a]]></loc></url>"),
        urlset("<url>\x00\x08<loc>https://example.org/a</loc></url>"),
        urlset("<url><loc>https://example.org/a</loc></url>").replace(b"UTF-8", b"rot13"),
        urlset("<url><loc>https://example.org/a</loc></url>").replace(b"UTF-8", b"UTF-16"),
        urlset("<url><loc>https://example.org/a</loc></url>").decode().encode("utf-16"),
        b'<s:urlset xmlns:s="x"><s:url><s:loc>https://example.org/a</s:loc></s:url></s:urlset>',
        b"<urlset><url><loc>https://example.org/a</loc></url></urlset>",
        b'<!DOCTYPE urlset SYSTEM "file:///etc/passwd"><urlset><url><loc>https://example.org/a</loc></url></urlset>',
        gzip.compress(urlset("<url><loc>https://example.org/a</loc></url>")),
        gzip.compress(urlset()[:60]) + gzip.compress(urlset("<url><loc>https://example.org/a</loc></url>")[60:]),
        b"https://example.org/a\r\n",
        b"\xef\xbb\xbfhttps://example.org/a",
    ],
)
def test_what_sites_call_a_sitemap_is_read_however_carelessly_written(content: bytes) -> None:
    read = read_sitemap(content, url=URL)
    assert [entry.url for entry in read.entries] == ["https://example.org/a"]
    assert read.fault is None


def test_a_byte_outside_the_encoding_does_not_end_it() -> None:
    assert locs(urlset("<url><loc>https://example.org/caf").replace(b"</urlset>", b"\xe9</loc></url></urlset>")) == [
        "https://example.org/caf\ufffd"
    ]


def test_urls_before_a_fault_are_kept_and_the_fault_is_said() -> None:
    read = read_sitemap(
        urlset("<url><loc>https://example.org/a</loc></url><url><loc>https://x/?a=1&b=2</loc></url>"), url=URL
    )
    assert [entry.url for entry in read.entries] == ["https://example.org/a"]
    assert read.fault is not None
    assert "not well-formed" in read.fault


def test_a_cut_sitemap_gives_what_came() -> None:
    whole = urlset(*[f"<url><loc>https://example.org/{number}</loc></url>" for number in range(10_000)])
    for content in (whole[:200_000], gzip.compress(whole)[:15_000]):
        read = read_sitemap(content, url=URL)
        assert 1000 < len(read.entries) < 10_000
        assert read.fault is not None


def test_an_entity_bomb_is_refused_unexpanded() -> None:
    bomb = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 20))
    content = f'<!DOCTYPE urlset [<!ENTITY e0 "ha">{bomb}]><urlset><url><loc>&e19;</loc></url></urlset>'.encode()
    read = read_sitemap(content, url=URL)
    assert read.entries == ()
    assert read.fault == "the document type declares entities or attributes of its own"


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY x SYSTEM "file:///etc/hostname">',
        '<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;',
        '<!ATTLIST url a CDATA "b">',
    ],
)
def test_no_declaration_of_a_document_is_acted_on(declared: str) -> None:
    read = read_sitemap(f"<!DOCTYPE urlset [{declared}]><urlset><url><loc>&x;</loc></url></urlset>".encode(), url=URL)
    assert read.entries == ()
    assert read.fault is not None


def test_an_external_entity_is_never_read() -> None:
    read = read_sitemap(b'<!DOCTYPE u SYSTEM "file:///etc/x.dtd"><urlset><url><loc>&x;/a</loc></url></urlset>', url=URL)
    assert [entry.url for entry in read.entries] == ["/a"]


def test_a_gzip_bomb_stops_at_the_limit_in_bounded_memory() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * (200 << 20), 1)
    tracemalloc.start()
    read = read_sitemap(bomb, url=URL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.fault == f"more than {50 << 20} octets"
    assert peak < 20 << 20


def test_one_endless_tag_stops_in_bounded_time() -> None:
    began = time.process_time()
    read = read_sitemap(gzip.compress(b'<urlset><url a="' + b"a" * (40 << 20), 1), url=URL)
    assert read.fault == "a tag is longer than 1048576 octets"
    assert time.process_time() - began < 3


def test_deep_nesting_stops() -> None:
    assert read_sitemap(b"<urlset>" + b"<a>" * 100_000, url=URL).fault == "more than 64 elements within each other"


def test_two_hundred_thousand_locs_are_read_and_no_more() -> None:
    entry = "<url><loc>https://example.org/{}</loc></url>"
    read = read_sitemap(urlset(*[entry.format(number) for number in range(200_001)]), url=URL)
    assert len(read.entries) == sitemap_module.MAX_ENTRIES == 200_000
    assert read.fault == "more than 200000 entries"
    text = "\n".join(f"https://example.org/{number}" for number in range(200_001)).encode()
    assert read_sitemap(text, url=URL).fault == "more than 200000 entries"


def test_a_list_of_urls_is_read_only_where_it_begins_or_is_named_so() -> None:
    mixed = b"\n# a list\nhttps://example.org/a\nnot one\nhttps://example.org/b\n" + b"x" * 100_000
    assert read_sitemap(mixed, url=URL).kind is None
    read = read_sitemap(mixed, url="https://example.org/sitemap.txt")
    assert (read.kind, len(read.entries)) == ("text", 2)


def test_a_feed_is_taken_for_a_sitemap() -> None:
    item = b"<item><link>https://example.org/a</link><pubDate>Fri, 17 May 2024 10:00:00 GMT</pubDate></item>"
    rss = b"<rss><channel>" + item + b"</channel></rss>"
    for content in (rss, gzip.compress(rss)):
        read = read_sitemap(content, url=URL)
        assert read.kind == "feed"
        assert read.entries == (SitemapEntry("https://example.org/a", datetime(2024, 5, 17, 10, tzinfo=UTC)),)


@pytest.mark.parametrize(
    ("content", "url", "is_one"),
    [
        (urlset(), URL, True),
        (gzip.compress(urlset()), "https://example.org/x", True),
        (urlset().decode().encode("utf-16"), URL, True),
        (b"<!-- generated -->" + urlset()[39:], "https://example.org/x", True),
        (b"https://example.org/a\n", "https://example.org/sitemap.txt", True),
        (b"https://example.org/a\n", "https://example.org/notes.txt", False),
        (b"words", "https://example.org/sitemap.txt", False),
        (b"<html><body>sitemap</body></html>", URL, False),
        (b"<rss><channel/></rss>", URL, False),
        (b"", URL, False),
        (b"\x1f\x8b\x08not gzip", URL, False),
    ],
)
def test_a_sitemap_is_recognised_by_its_first_octets(content: bytes, url: str, is_one: bool) -> None:
    assert looks_like_sitemap(content, url) is is_one


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\x1f\x8b\x08not gzip", b"\x00\xff", b"{}", b"<", b"<!--"])
def test_what_is_no_sitemap_has_no_kind_and_a_reason(content: bytes) -> None:
    read = read_sitemap(content, url=URL)
    assert read.kind is None
    assert read.fault


pieces = st.sampled_from(
    [b"<urlset>", b"<url>", b"</url>", b"<loc>", b"</loc>", b"http://a/", b"&amp;", b"&x;", b"<!DOCTYPE a>", b"\x00", b"\xff\xfe",
     b"<?xml version='1.0' encoding='gbk'?>", b"<!--", b"-->", b"]]>", b"<![CDATA[", b"\n", b"</urlset>", b"<rss>", b"<item>"]
)  # fmt: skip


@given(st.lists(pieces, max_size=20).map(b"".join) | st.binary(max_size=100))
def test_no_bytes_raise(content: bytes) -> None:
    for given_bytes in (content, gzip.compress(content), gzip.compress(content)[:-5]):
        looks_like_sitemap(given_bytes, "http://a/sitemap.txt")
        read_sitemap(given_bytes, url=URL)
