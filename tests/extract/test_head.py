# SPDX-License-Identifier: Apache-2.0
"""Title, language, canonical URL and dates: which source is believed first, and what is not believed at all."""

import json

import pytest

from archiver.extract import read
from archiver.extract.origin import dates
from tests.extract.pages import URL, reading_of


def ld(kind: str, **properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": kind, **properties})}</script>'


@pytest.mark.parametrize(
    ("head", "body", "title", "reason"),
    [
        ("<title> Fog\n at dusk </title>", "", "Fog at dusk", "title element"),
        ('<title> </title><meta property="og:title" content="Fog">', "", "Fog", "meta og:title"),
        ('<meta name="twitter:title" content="Fog">', "<h1>Lamps</h1>", "Fog", "meta twitter:title"),
        ("", "<p>x</p><h1>Fog</h1>", "Fog", "first heading"),
        ("", "<p>x</p><h1><a href=/>Fog</a></h1>", "Fog", "first heading"),
        ("", "<h2>Fog <b>at dusk</b></h2>", "Fog at dusk", "first heading"),
        ("", "<svg><title>Anchor</title></svg>", "Anchor", "title element"),
    ],
)
def test_a_title_is_the_title_element_or_what_stands_in_for_it(head, body, title, reason):
    found = reading_of(body, head=head).title
    assert (found.value, found.reason) == (title, reason)


def test_a_page_without_title_and_heading_has_no_title():
    assert reading_of("<h3>Fog</h3><p>x</p>").title is None


@pytest.mark.parametrize(
    ("page", "tag", "reason"),
    [
        ("<html lang=en_gb>", "en-GB", "lang of the html element"),
        ("<html lang='' xml:lang=nb>", "nb", "xml:lang of the html element"),
        ("<html lang=zh-hant-tw>", "zh-Hant-TW", "lang of the html element"),
        ("<html lang=es-419>", "es-419", "lang of the html element"),
        ("<html lang=english>" + ld("NewsArticle", inLanguage="de_ch"), "de-CH", "JSON-LD inLanguage"),
        (ld("WebPage", inLanguage="?") + "<meta property=og:locale content=fr_FR>", "fr-FR", "meta og:locale"),
        (
            "<meta http-equiv=content-language content='?'><meta name=language content=it>",
            "it",
            "meta language",
        ),
        ("<p>x", "pl", "Content-Language"),
    ],
)
def test_the_language_is_a_tag_from_the_best_source(page, tag, reason):
    headers = [("Server", "de"), ("Content-Language", "?"), ("content-language", "PL")]
    found = read(page.encode(), url=URL, content_type="text/html", headers=headers).language
    assert (found.value, found.reason) == (tag, reason)


def test_a_page_that_states_no_language_has_none():
    assert read(b"<html lang='?'><p>x", url=URL, content_type="text/html").language is None


OTHER = "https://tidewatch.example/a"


@pytest.mark.parametrize(
    ("head", "headers", "reason"),
    [
        (f'<link rel=canonical href="mailto:x"><link rel=canonical href="{OTHER}">', [], "link rel=canonical"),
        (f'<link rel="canonical nofollow" href="{OTHER}">', [("Link", '</b>; rel="canonical"')], "link rel=canonical"),
        ("", [("Link", f'</n>; rel=next, <{OTHER}>; title="a, b"; rel="up canonical"')], "Link header rel=canonical"),
        ("", [("Link", f"<mailto:x>; rel=canonical, <{OTHER}>; rel=canonical")], "Link header rel=canonical"),
        (
            f'<meta property="og:url" content="{OTHER}#top">',
            [("X-Link", "</b>; rel=canonical")],
            "meta og:url, no canonical link",
        ),
    ],
)
def test_the_canonical_url_comes_from_the_page_before_the_header(head, headers, reason):
    found = reading_of("", head=head, headers=headers).canonical_url
    assert (found.value, found.reason) == (OTHER, reason)


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        ("<link rel=canonical><link href=/a>", []),
        ('<meta property="og:url" content="mailto:x">', []),
        ("", [("Link", f"<{OTHER}>"), ("Link", f"<{OTHER}>; rel=next"), ("Link", f"{OTHER}; rel=canonical")]),
    ],
)
def test_what_states_no_address_of_its_own_gives_no_canonical_url(head, headers):
    assert reading_of("", head=head, headers=headers).canonical_url is None


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("20200218101213", "2020-02-18T10:12:13"),
        ("1582012333", None),
        ("1582012333000", None),
        ("2020-02-18T10:12+01", "2020-02-18T10:12:00+01:00"),
        ("2020-02-18T10:12:13 UTC", "2020-02-18T10:12:13Z"),
        ("2020-02-18T10:12:13-05:00", "2020-02-18T10:12:13-05:00"),
        ("2020-02-18T25:12", "2020-02-18"),
        ("2020-02-18T10:61", "2020-02-18"),
        ("2020-02-18T10:12:61", "2020-02-18"),
        ("0000-01-01", None),
        ("2020/2/8 9:05", "2020-02-08T09:05:00"),
        ("3rd Feb 2020", "2020-02-03"),
        ("3 Febtober 2020 12:00 +0200", "2020-02-03T12:00:00+02:00"),
        ("3 Lent 2020", None),
        ("Lent 3, 2020", None),
        ("posted 3. 2. 2020", "2020-02-03"),
        ("31.2.2020", None),
    ],
)
def test_a_date_is_read_as_far_as_its_words_say(words, value):
    assert dates.normalised(words) == value


@pytest.mark.parametrize(
    ("head", "body", "value", "confidence", "reason"),
    [
        (
            ld("NewsArticle", datePublished="2020-02-03"),
            "",
            "2020-02-03",
            "high",
            "JSON-LD datePublished of the article",
        ),
        (ld("WebPage", datePublished="2020-02-03"), "", "2020-02-03", "high", "JSON-LD datePublished of the page"),
        (
            ld("NewsArticle", datePublished="soon") + "<meta name=pubdate content=2020-02-03>",
            "",
            "2020-02-03",
            "high",
            "meta pubdate",
        ),
        (
            ld("NewsArticle", datePublished=1582012333000) + "<meta name=date content=2020-02-03>",
            "",
            "2020-02-03",
            "medium",
            "meta date",
        ),
        (
            "<meta name=pubdate content=soon>",
            "<time itemprop=datePublished datetime=2020-02-03>x</time>",
            "2020-02-03",
            "medium",
            "time element of the published date",
        ),
        (
            "",
            "<p itemprop=datePublished content='3 Feb 2020'></p>",
            "2020-02-03",
            "medium",
            "time element of the published date",
        ),
        (
            "",
            "<article><time datetime=soon>x</time><time datetime=2020-02-03>y</time></article>",
            "2020-02-03",
            "medium",
            "time element of the published date",
        ),
    ],
)
def test_the_date_of_publication_says_its_source(head, body, value, confidence, reason):
    reading = reading_of(body, head=head)
    found = reading.published_at
    assert (found.value, found.confidence, found.reason) == (value, confidence, reason)
    assert reading.modified_at is None


def test_the_date_of_change_may_stand_in_a_marked_time():
    reading = reading_of("<time class=updated datetime=2020-02-03>x</time>")
    assert (reading.modified_at.value, reading.published_at) == ("2020-02-03", None)
