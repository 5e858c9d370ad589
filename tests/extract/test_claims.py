# SPDX-License-Identifier: Apache-2.0
"""Publisher, authors, dates, licences, reprints and suspicions, each by its own small pages."""

import json

import pytest

from archiver.extract import read
from archiver.extract.markup.sentences import spans
from archiver.extract.origin import dates
from archiver.extract.origin.names import people
from archiver.extract.rights import licenses
from tests.extract.pages import URL, reading_of


def ld(**properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **properties})}</script>'


@pytest.mark.parametrize(
    ("head", "body", "name"),
    [
        ('<meta property="og:site_name" content="Harbour Ledger">', "", "Harbour Ledger"),
        ('<meta name="og:site_name" value="Harbour Ledger">', "", "Harbour Ledger"),
        (ld(publisher={"name": "Harbour Ledger"}), "", "Harbour Ledger"),
        ("<title>Fog over the quay - Harbour Ledger</title>", "", "Harbour Ledger"),
        ("<title>Harbour Ledger: Fog over the quay</title>", "", "Harbour Ledger"),
        ("", '<header><a href="/" class="logo">Harbour Ledger</a></header>', "Harbour Ledger"),
        ("", "", "harbourledger.example"),
    ],
)
def test_the_publisher_is_named_by_its_best_source(head, body, name):
    assert reading_of(body, head=head).publisher.name == name


@pytest.mark.parametrize(
    ("head", "body", "names"),
    [
        (ld(author=[{"name": "Ida Marsh"}, {"name": "Ole Stone"}]), "", ["Ida Marsh", "Ole Stone"]),
        ('<meta name="author" content="By Ida Marsh and Ole Stone">', "", ["Ida Marsh", "Ole Stone"]),
        ("", '<p itemprop="author">Ida Marsh</p>', ["Ida Marsh"]),
        ("", '<p class="byline">By <a rel="author" href="/a">Ida Marsh</a></p>', ["Ida Marsh"]),
        ("", "<p>By Ida Marsh March 18 at 3:57 PM</p>", ["Ida Marsh"]),
        ("", "<p>Von Ida Marsh | 12.10.2020</p>", ["Ida Marsh"]),
        ('<meta name="author" content="admin">', "", []),
        (
            '<meta name="author" content="Harbour Ledger"><meta property="og:site_name" content="Harbour Ledger">',
            "",
            [],
        ),
    ],
)
def test_authors_are_people_and_never_the_publisher(head, body, names):
    assert [author.name for author in reading_of(body, head=head).authors] == names


def test_a_list_of_names_is_cut_at_its_conjunctions():
    assert people("Par Ida Marsh (avec Ole Stone et Mara Fen)") == ["Ida Marsh", "Ole Stone", "Mara Fen"]
    assert people("Ida Marsh, PhD") == ["Ida Marsh, PhD"]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("2020-02-18T10:12:13+0100", "2020-02-18T10:12:13+01:00"),
        ("2020-02-18T10:12:13.5Z", "2020-02-18T10:12:13.5Z"),
        ("2020-02-18 10:12", "2020-02-18T10:12:00"),
        ("20200218", "2020-02-18"),
        ("2020/2/8", "2020-02-08"),
        ("Tue, 18 Feb 2020 10:12:13 GMT", "2020-02-18T10:12:13Z"),
        ("February 18, 2020", "2020-02-18"),
        ("18.02.2020", "2020-02-18"),
        ("2020-13-45", None),
        ("soon", None),
    ],
)
def test_dates_are_normalised_and_never_guessed(words, value):
    assert dates.normalised(words) == value


def test_published_and_modified_are_told_apart():
    head = "".join(
        f'<meta property="article:{name}_time" content="2020-01-0{day}">'
        for name, day in (("published", 2), ("modified", 3))
    )
    reading = reading_of("", head=head)
    assert (reading.published_at.value, reading.modified_at.value) == ("2020-01-02", "2020-01-03")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.fr", "CC-BY-NC-SA-4.0"),
        ("http://creativecommons.org/licenses/by-sa/3.0/de/", "CC-BY-SA-3.0-DE"),
        ("//creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://web.archive.org/web/20160218/http://creativecommons.org/licenses/by/2.0/", "CC-BY-2.0"),
        ("https://creativecommons.org/licenses/by/3.0/xx/", None),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://example.org/licenses/by/4.0/", None),
    ],
)
def test_a_licence_url_has_one_identifier_or_none(url, name):
    assert licenses.spdx_of_url(url) == name


def test_words_that_name_two_licences_have_no_identifier():
    assert licenses.spdx_of_words("CC BY 4.0 or CC BY-SA 4.0") is None


@pytest.mark.parametrize(
    ("head", "body", "basis", "name", "url"),
    [
        ('<link rel="syndication-source" href="https://tidewatch.example/a">', "", "syndication-source", None, "https://tidewatch.example/a"),
        ('<meta name="original-source" content="https://tidewatch.example/a">', "", "original-source", None, "https://tidewatch.example/a"),
        ('<link rel="canonical" href="https://tidewatch.example/a">', "", "canonical", None, "https://tidewatch.example/a"),
        (ld(isBasedOn="https://tidewatch.example/a"), "", "is-based-on", None, "https://tidewatch.example/a"),
        ("", "<p>This article was originally published in Tide Watch.</p>", "attribution-line", "Tide Watch", None),
        ("", "<p>Reprinted with permission from Tide Watch.</p>", "attribution-line", "Tide Watch", None),
        ("", "<p>Dieser Text ist zuerst erschienen bei Gezeitenwacht.</p>", "attribution-line", "Gezeitenwacht", None),
        ("", "<p>来源：潮汐观察</p>", "attribution-line", "潮汐观察", None),
        ("", "<p>Source: Tide Watch</p>", "source-link", "Tide Watch", None),
        ('<meta name="author" content="Associated Press">', "", "wire-byline", "Associated Press", None),
    ],
)  # fmt: skip
def test_a_reprint_names_its_original_and_its_basis(head, body, basis, name, url):
    found = reading_of(body, head=head).reprint
    assert (found.basis, found.original.name, found.original.url) == (basis, name, url)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f'<link rel="canonical" href="{URL}">', ""),
        (f'<meta name="syndication-source" content="{URL}">', ""),
        (ld(isBasedOn=URL), ""),
        ('<meta property="og:site_name" content="Harbour Ledger">', "<p>Originally published on Harbour Ledger.</p>"),
        ("", "<p>This page was originally published on May 3, 2019.</p>"),
        ("", "<textarea>First published in Tide Watch.</textarea>"),
    ],
)
def test_a_page_that_names_itself_is_no_reprint(head, body):
    assert reading_of(body, head=head).reprint is None


PROSE = (
    "<p>"
    + "The tide came in and the boats rose with it, slowly, as they did each night of that long year. " * 40
    + "</p>"
)


@pytest.mark.parametrize(
    ("head", "body", "sign"),
    [
        ("<title>Just a moment...</title>", "<p>Checking your browser before you go on.</p>", "bot-check"),
        ("<title>Page not found</title>", "<p>Sorry.</p>", "soft-404"),
        ("", "<p>Please log in to continue.</p><form><input type=password></form>", "login"),
        ("", '<div id="root"></div><script src="/app.js"></script>', "empty-shell"),
        ("", "<p>This domain is for sale!</p>", "parked-domain"),
        ("", "<p>This video is not available in your country.</p>", "geo-block"),
        ("", "<p>Before you continue to the site, accept cookies.</p>", "consent-wall"),
        ("", "<p>The sea was calm.</p><p>Subscribe to continue reading.</p>", "paywall"),
    ],
)
def test_a_page_that_is_not_what_was_meant_is_suspected(head, body, sign):
    assert sign in [s.sign for s in reading_of(body, head=head).suspected]


@pytest.mark.parametrize(
    "body",
    [
        "<h1>How sites check your browser</h1><p>You see: just a moment, verify you are human.</p>",
        "<p>Log in to continue. 404 error: page not found.</p>",
    ],
)
def test_words_alone_do_not_make_an_article_suspect(body):
    assert reading_of(PROSE + body).suspected == ()


def test_an_honest_404_is_not_a_soft_one():
    page = b"<html><title>Page not found</title><body><p>Sorry.</p>"
    assert read(page, url=URL, content_type="text/html", code=404).suspected == ()


def test_sentences_do_not_end_at_abbreviations():
    text = "Ink Press Inc. is old. It began in St. Ives. 本站内容。版权所有。"
    assert [text[a:b] for a, b in spans(text)] == [
        "Ink Press Inc. is old.",
        "It began in St. Ives.",
        "本站内容。",
        "版权所有。",
    ]


def test_a_page_from_a_bare_address_is_of_the_site_its_canonical_link_names() -> None:
    page = (
        '<link rel="canonical" href="https://commons.example/a"><meta property="og:site_name" content="Commons">'
        "<p>Lamps were lit along the quay again.</p>"
        '<div>Articles by: <a href="https://commons.example/author/harbourlight">Harbourlight</a></div>'
        '<p>Support them: <a href="https://harbourlight.example/donate">here</a></p>'
    )
    found = read(page.encode(), url="http://192.0.2.7:8080/a", content_type="text/html").reprint
    assert found is not None
    assert (found.basis, found.original.name) == ("attribution-line", "Harbourlight")
