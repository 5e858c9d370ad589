# SPDX-License-Identifier: Apache-2.0
"""Feeds of every kind, careless and hostile ones too."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats import feed as feed_module
from archiver.formats.feed import FeedEntry, looks_like_feed, read_feed

AT = datetime(2024, 5, 17, 10, tzinfo=UTC)

RSS_2 = b"""<?xml version="1.0"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>News &amp; more</title><link>https://example.org/</link><atom:link rel="self" href="https://example.org/feed"/>
<image><title>Logo</title><link>https://example.org/logo</link></image>
<item><title>First</title><link> https://example.org/1 </link><guid isPermaLink="false">tag:1</guid>
<media:title>Picture</media:title><atom:link rel="self" href="https://example.org/self"/>
<pubDate>Fri, 17 May 2024 12:00:00 +0200</pubDate><atom:updated>2024-05-18</atom:updated></item>
<item><title>By guid</title><guid>https://example.org/2</guid></item>
<item><title>Nowhere</title><guid isPermaLink="false">tag:3</guid></item>
</channel></rss>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://example.org/"><title>Old</title><link>https://example.org/</link></channel>
<item rdf:about="https://example.org/1"><title>First</title><link>https://example.org/1</link><dc:date>2024-05-17T10:00:00Z</dc:date></item>
<item rdf:about="https://example.org/2"><title>Second</title></item></rdf:RDF>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/blog/"><title>Atom</title>
<link rel="self" href="feed"/><link href="/"/>
<entry xml:base="2024/"><title type="xhtml"><div>A <b>bold</b> word</div></title><id>urn:1</id>
<link rel="enclosure" href="a.mp3"/><link rel="alternate" href="one"/><link rel="alternate" type="text/plain" href="one.txt"/>
<published>2024-05-17T10:00:00Z</published><updated>2024-05-17T10:00:00Z</updated>
<source><title>Elsewhere</title><id>urn:s</id><link href="https://other.test/"/></source></entry></feed>"""


def test_rss_2_gives_links_ids_titles_and_dates() -> None:
    read = read_feed(RSS_2)
    assert (read.kind, read.title, read.fault) == ("rss", "News & more", None)
    assert read.entries == (
        FeedEntry("https://example.org/1", "tag:1", "First", AT, datetime(2024, 5, 18, tzinfo=UTC)),
        FeedEntry("https://example.org/2", "https://example.org/2", "By guid"),
    )


def test_rss_1_is_rdf_and_its_subjects_are_links() -> None:
    read = read_feed(RDF)
    assert (read.kind, read.title) == ("rdf", "Old")
    assert read.entries == (
        FeedEntry("https://example.org/1", "https://example.org/1", "First", AT),
        FeedEntry("https://example.org/2", "https://example.org/2", "Second"),
    )


def test_rss_0_9_needs_no_version_and_its_document_type_is_not_read() -> None:
    doctype = b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    read = read_feed(
        doctype + b"<rss><channel><item><title>Caf&eacute;&nbsp;1</title><link>/1</link></item></channel></rss>"
    )
    assert read.entries == (FeedEntry("/1", None, "Caf\xe9\xa01"),)


def test_atom_takes_the_first_alternate_link_and_the_nearest_base() -> None:
    read = read_feed(ATOM)
    assert (read.kind, read.title) == ("atom", "Atom")
    assert read.entries == (FeedEntry("https://example.org/blog/2024/one", "urn:1", "A bold word", AT, AT),)


def test_a_prefixed_atom_feed_is_one() -> None:
    content = b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:link href="http://x/1"/><a:id>1</a:id></a:entry></a:feed>'
    assert read_feed(content).entries == (FeedEntry("http://x/1", "1"),)


def test_json_feed_gives_the_same() -> None:
    listed = [
        {"id": "1", "url": "https://example.org/1", "title": "First", "date_published": "2024-05-17T10:00:00Z"},
        {"id": 2, "external_url": "https://other.test/", "date_modified": 5},
        {"id": "3"},
        "nothing",
    ]
    content = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": listed}).encode()
    read = read_feed(b"\xef\xbb\xbf" + content)
    assert (read.kind, read.title, read.fault) == ("json", "J", None)
    assert read.entries == (FeedEntry("https://example.org/1", "1", "First", AT), FeedEntry("https://other.test/", "2"))


@pytest.mark.parametrize("codec", ["windows-1251", "gb2312", "Shift_JIS", "iso-8859-5"])
def test_an_old_encoding_is_read_as_declared(codec: str) -> None:
    item = "<item><link>/1</link><title>Мир</title></item>"
    content = f'<?xml version="1.0" encoding="{codec}"?><rss><channel>{item}</channel></rss>'
    assert read_feed(content.encode(codec)).entries[0].title == "Мир"


def test_entries_before_a_fault_are_kept_and_the_fault_is_said() -> None:
    read = read_feed(RSS_2[: RSS_2.index(b"Nowhere")])
    assert len(read.entries) == 2
    assert read.fault is not None
    assert "not well-formed" in read.fault


def test_entries_and_octets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "MAX_ENTRIES", 3)
    rss = b"<rss><channel>" + b"<item><link>/a</link></item>" * 5 + b"</channel></rss>"
    read = read_feed(rss)
    assert (len(read.entries), read.fault) == (3, "more than 3 entries")
    listed = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"url": "/a"}] * 5}).encode()
    assert (len(read_feed(listed).entries), read_feed(listed).fault) == (3, "more than 3 entries")
    monkeypatch.setattr(feed_module, "MAX_FEED", 60)
    assert read_feed(rss).fault == "more than 60 octets"
    assert len(read_feed(rss).entries) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"{}",
        b"[1]",
        b'{"version": 5}',
        b"{" * 100_000,
        b'{"a":' + b"[" * 100_000,
        b'{"version":"https://jsonfeed.org/version/1","items":' + b"9" * 100_000 + b"}",
        b'<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel><item><link>&a;</link></item></channel></rss>',
        b"<rss>" * 1000,
    ],
)
def test_what_is_no_feed_or_hostile_gives_no_entries(content: bytes) -> None:
    read = read_feed(content)
    assert read.entries == ()
    assert read.fault or read.kind == "json"


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (RSS_2, True),
        (RDF, True),
        (ATOM, True),
        (b'\n{"title": "x", "version": "https://jsonfeed.org/version/1.1"}', True),
        (b'{"version":"https:\\/\\/jsonfeed.org\\/version\\/1"}', True),
        (b'{"version": "1"}', False),
        (b"<rdf:RDF><owl:Ontology/></rdf:RDF>", False),
        (b"<html><body>&lt;<feed>", False),
        (b"<urlset></urlset>", False),
        (b"", False),
    ],
)
def test_a_feed_is_recognised_by_its_first_octets(content: bytes, is_one: bool) -> None:
    assert looks_like_feed(content) is is_one


pieces = st.sampled_from(
    [b"<rss>", b"<channel>", b"<item>", b"</item>", b"<link>", b"</link>", b"<link href='a'/>", b"<guid>", b"</guid>",
     b"<feed>", b"<entry xml:base='//['>", b"</entry>", b"<title>", b"</title>", b"<pubDate>Mon, 32 Foo", b"&nbsp;"]
)  # fmt: skip


@given(st.lists(pieces, max_size=15).map(b"".join) | st.binary(max_size=60))
def test_no_bytes_raise(content: bytes) -> None:
    looks_like_feed(content)
    read_feed(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=5,
    )
)
def test_no_json_raises(value: object) -> None:
    said = {
        "version": "https://jsonfeed.org/version/1",
        "title": value,
        "items": [{"url": value, "id": value, "date_published": value}],
    }
    for document in (said, said | {"items": value}):
        read_feed(json.dumps(document).encode())
