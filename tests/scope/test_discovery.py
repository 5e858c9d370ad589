# SPDX-License-Identifier: Apache-2.0
"""From one capture to the URLs it makes known."""

import gzip
from collections.abc import Sequence

import pytest

from archiver.discovery import Candidate, candidates
from archiver.extract import Reading, read
from archiver.urls import parse

URL = parse("https://example.org/news/")


def found(
    reading: Reading, headers: Sequence[tuple[str, str]] = (), path: str = "L", content: bytes = b""
) -> list[Candidate]:
    return list(candidates(reading, headers, URL, path, content=content))


def in_headers(*headers: tuple[str, str]) -> list[tuple[str, str]]:
    return [(one.url_text, one.letter) for one in found(Reading(), headers)]


def test_what_a_page_embeds_comes_before_where_it_leads() -> None:
    page = b'<html><a href="/a">a</a><img src="/i.png"><link rel=stylesheet href="/s.css"><iframe src="/f"></iframe>'
    reading = read(page, url=URL.url, content_type="text/html")
    assert {(one.url_text, one.letter) for one in found(reading)} == {
        ("https://example.org/i.png", "E"),
        ("https://example.org/s.css", "E"),
        ("https://example.org/f", "E"),
        ("https://example.org/a", "L"),
    }
    assert [one.letter for one in found(reading)] == ["E", "E", "E", "L"]


def test_a_style_sheet_gives_what_it_loads() -> None:
    reading = read(b"@import 'b.css'; a{background:url(i.png)}", url=URL.url, content_type="text/css")
    assert [(one.url_text, one.letter) for one in found(reading, path="LE")] == [
        ("https://example.org/news/b.css", "E"),
        ("https://example.org/news/i.png", "E"),
    ]


def test_link_headers_lead_on_or_are_loaded_by_their_relation() -> None:
    value = (
        "</2>; rel=next, </c>; rel=canonical, </s.css>; rel=stylesheet, </p.css>; rel=preload; as=style, </i>; rel=icon,"
        "</alt.css>; rel='alternate'; rel=x, </old.css>; rel=\"alternate stylesheet\", </f>; rel=preload; as=fetch,"
        '<//cdn.test>; rel=preconnect, </api>; rel="https://api.w.org/"'
    )
    assert in_headers(("Link", value), ("LINK", "<x>; rel=prev")) == [
        ("/2", "L"),
        ("/c", "L"),
        ("/s.css", "E"),
        ("/p.css", "E"),
        ("/i", "E"),
        ("/old.css", "E"),
        ("x", "L"),
    ]


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("5; url=/a", "/a"),
        ("0;URL='/a b'", "/a b"),
        ('0, url="/a"x', "/a"),
        ("0;/a", "/a"),
        (" 1.5 ; url = /a ", "/a"),
        ("5", None),
        ("5;", None),
        ("url=/a", None),
        ("5; url=''", None),
    ],
)
def test_a_refresh_header_is_a_link(value: str, target: str | None) -> None:
    assert in_headers(("Refresh", value)) == ([(target, "L")] if target else [])


def test_nofollow_of_a_link_or_of_the_page_is_told_and_embeds_are_not_concerned() -> None:
    base = Reading(
        requisites=("https://a/i",), links=("https://a/1", "https://a/2"), nofollow=frozenset({"https://a/2"})
    )
    assert [one.nofollow for one in found(base)] == [False, False, True]
    for word in ("nofollow", "none"):
        reading = Reading(requisites=base.requisites, links=base.links, robots=("noarchive", word))
        assert [one.nofollow for one in found(reading, [("Link", "</n>; rel=next"), ("Refresh", "0;/r")])] == [
            False
        ] + [True] * 4
    assert found(Reading(), [("Link", '</n>; rel="next nofollow"')]) == [Candidate("/n", "L", True)]


URLSET = b"<urlset><url><loc>https://example.org/a</loc></url><url><loc>https://other.test/b</loc></url></urlset>"
INDEX = b"<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap><sitemap><loc>http://other.test/s</loc></sitemap><sitemap><loc>ftp://x</loc></sitemap></sitemapindex>"
RSS = b"<rss><channel><item><link>/1</link></item></channel></rss>"


def test_the_entries_of_sitemaps_and_feeds_are_listed() -> None:
    expected = [Candidate("https://example.org/a", "M", False), Candidate("https://other.test/b", "M", False)]
    assert found(Reading(mime_detected="application/xml"), content=URLSET) == expected
    assert found(Reading(mime_detected="application/gzip"), content=gzip.compress(URLSET), path="P") == expected
    assert found(Reading(mime_detected="application/xml"), content=RSS) == [Candidate("/1", "M", False)]
    assert found(Reading(mime_detected="application/xml")) == []
    assert found(Reading(mime_detected="text/html"), content=URLSET) == []


def test_sitemaps_of_an_index_are_prerequisites_on_its_own_site_and_not_without_end() -> None:
    reading = Reading(mime_detected="application/xml")
    assert [one.letter for one in found(reading, content=INDEX, path="")] == ["P", "M", "M"]
    assert [one.letter for one in found(reading, content=INDEX, path="PP")] == ["P", "M", "M"]
    assert list(found(reading, content=INDEX, path="PPP")) == []


def test_the_error_page_of_a_prerequisite_leads_nowhere() -> None:
    reading = Reading(mime_detected="text/html", links=("https://a/1",), requisites=("https://a/i",))
    assert found(reading, [("Link", "</n>; rel=next")], path="LP") == []


def test_three_thousand_link_headers_give_at_most_a_hundred_candidates() -> None:
    assert len(in_headers(*[("Link", "</a>; rel=next")] * 3000)) == 100
