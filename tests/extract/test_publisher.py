# SPDX-License-Identifier: Apache-2.0
"""Who published a page: which source is believed, how sure it is, what is no name, and which words it rests on."""

import json

import pytest

from archiver.extract.origin import publisher
from manifests.ranges import read_ranges
from tests.extract.pages import page_of, reading_of


def ld(kind: str, **properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": kind, **properties})}</script>'


@pytest.mark.parametrize(
    ("head", "body", "name", "confidence", "reason"),
    [
        ('<meta property="og:site_name" content="Tide Watch">', "", "Tide Watch", "high", "meta og:site_name"),
        (ld("NewsArticle", publisher={"name": "Tide Watch"}), "", "Tide Watch", "high", "JSON-LD publisher"),
        (ld("WebPage", publisher="Tide Watch"), "", "Tide Watch", "high", "JSON-LD publisher"),
        (ld("WebSite", name="Tide Watch"), "", "Tide Watch", "high", "JSON-LD name of the site"),
        (
            "",
            "<p itemprop=publisher><b itemprop=name>Tide Watch</b></p>",
            "Tide Watch",
            "medium",
            "microdata publisher",
        ),
        (
            "",
            '<p itemprop=publisher><meta itemprop=name content="Tide Watch"></p>',
            "Tide Watch",
            "medium",
            "microdata publisher",
        ),
        ("", "<b itemprop=publisher>Tide Watch</b>", "Tide Watch", "medium", "microdata publisher"),
        (
            "",
            '<p typeof="schema:Organization" property="schema:publisher"><b property="schema:name">Tide Watch</b></p>',
            "Tide Watch",
            "medium",
            "RDFa publisher",
        ),
        (
            '<meta property="schema:publisher" content="Tide Watch">',
            "",
            "Tide Watch",
            "medium",
            "meta schema:publisher",
        ),
        (
            '<link rel=alternate type="application/rss+xml" title="Tide Watch » Comments Feed" href=/c>'
            '<link rel=alternate type="application/rss+xml" title="RSS: Tide Watch headlines" href=/f>',
            "",
            "Tide Watch",
            "low",
            "title of the feed",
        ),
        (
            "",
            '<a href="https://www.harbourledger.example/"><img alt="Tide Watch"></a>',
            "Tide Watch",
            "low",
            "link to the site's root",
        ),
        ("", "<a href=/fog>Fog</a><a href=/>Tide Watch</a>", "Tide Watch", "low", "link to the site's root"),
        (
            "<title>Fog | It came in at dusk. Nobody saw it</title>",
            "",
            "harbourledger.example",
            "low",
            "host name, nothing else names a publisher",
        ),
        ('<meta name="application-name" content="Tide Watch">', "", "Tide Watch", "medium", "meta application-name"),
        ('<meta name="dc.publisher" content="Tide Watch">', "", "Tide Watch", "medium", "meta dc.publisher"),
        ('<meta name="publisher" content="Tide Watch">', "", "Tide Watch", "low", "meta publisher"),
        (
            '<meta name="copyright" content="(c) 2019 Tide Watch. All rights reserved.">',
            "",
            "Tide Watch",
            "low",
            "meta copyright",
        ),
        (
            '<meta name="copyright" content="© Tide Watch Ltd. All rights reserved.">',
            "",
            "Tide Watch Ltd.",
            "low",
            "meta copyright",
        ),
        (
            '<meta name="copyright" content="Copyright 2019">',
            "",
            "harbourledger.example",
            "low",
            "host name, nothing else names a publisher",
        ),
        ("<title>Harbour Ledger</title>", "", "Harbour Ledger", "medium", "title"),
        (
            "<title>Fog, Harbour Ledger</title>",
            "",
            "Harbour Ledger",
            "medium",
            "part of the title that the host spells",
        ),
        (
            "<title>Fog | Harbour Ledger: news</title>",
            "",
            "Harbour Ledger",
            "medium",
            "part of the title that the host spells",
        ),
        ("<title>Fog | Tide Watch</title>", "", "Tide Watch", "low", "last part of the title"),
        ('<meta property="og:title" content="Fog | Tide Watch">', "", "Tide Watch", "low", "last part of the title"),
        (ld("Organization", name="Tide Watch"), "", "Tide Watch", "medium", "JSON-LD organisation"),
        ("", "<div class=site-title>Tide Watch</div>", "Tide Watch", "low", "logo or home link"),
        ("", '<a class=logo href=/><img alt="Tide Watch logo"></a>', "Tide Watch", "low", "logo or home link"),
        ("", '<div id=logo><img alt="Harbour Ledger"></div>', "Harbour Ledger", "medium", "logo or home link"),
    ],
)
def test_a_publisher_says_which_source_it_comes_from_and_how_sure_it_is(head, body, name, confidence, reason):
    found = reading_of(body, head=head).publisher
    assert (found.name, found.confidence, found.reason) == (name, confidence, reason)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ('<meta property="og:site_name" content="Home">', ""),
        ('<meta property="og:site_name" content="https://tidewatch.example">', ""),
        ('<meta property="og:site_name" content="@tidewatch">', ""),
        ('<meta property="og:site_name" content="2019">', ""),
        ('<meta name="application-name" content="Blog">', ""),
        (ld("NewsArticle", publisher={"@type": "Person", "name": "Ida Marsh"}), ""),
        (ld("WebSite", name="Website"), ""),
        (ld("Organization", name="Default"), ""),
        ("", "<p itemprop=publisher><b itemprop=name>News</b></p>"),
        ("<title>Fog | Home</title>", ""),
        ("<title>The lamp went out at dusk</title>", ""),
        ("<title>The lamp: a tale</title>", ""),
        ("<title>Fog | a long tale of how the lamp went out at dusk</title>", ""),
        ("<title> | </title>", ""),
        ("", "<a class=logo href=/>Menu</a>"),
        ("", f"<a class=logo href=/>{'Lamps and boats ' * 4}</a>"),
        (
            '<title>The boats that came home late</title><meta property="og:site_name" '
            'content="The boats that came home late">',
            "",
        ),
    ],
)
def test_what_names_nobody_leaves_the_host(head, body):
    found = reading_of(body, head=head).publisher
    assert (found.name, found.confidence) == ("harbourledger.example", "low")
    assert not found.evidence.place.ranges


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Harbour Ledger | news, weather and tide tables from the northern quay", "Harbour Ledger"),
        ("News, weather and tides from the northern quay. Harbour Ledger", "Harbour Ledger"),
        ("Tide Watch (news, weather and tide tables from the northern quay)", "Tide Watch"),
        ("News and weather, Harbour Ledger", "Harbour Ledger"),
        ("Lamps, Boats and Bridges Weekly", "Lamps, Boats and Bridges Weekly"),
        ("The <b>Tide</b> &amp;amp; Watch", "The Tide & Watch"),
    ],
)
def test_a_name_with_a_motto_is_cut_to_the_name(written, name):
    assert reading_of("", head=f'<meta property="og:site_name" content="{written}">').publisher.name == name


@pytest.mark.parametrize(
    ("head", "url", "name"),
    [
        (
            '<meta property="og:site_name" content="Tide Watch"><title>Fog | Harbour Ledger</title>',
            "https://tidewatch.example/",
            "Tide Watch",
        ),
        (
            '<meta name="publisher" content="Tide Watch"><meta name="cre" content="Harbour Ledger">',
            "https://harbourledger.example/",
            "Harbour Ledger",
        ),
        ("<title>Fog | Tide Watch | Harbour Ledger</title>", "https://tidewatch.example/", "Tide Watch"),
        ("<title>Harbour Ledger | Fog</title>", "https://hl.example/a", "Harbour Ledger"),
        (
            '<meta name="publisher" content="tidewatch.example"><meta name="cre" content="Tide Watch">',
            "https://tidewatch.example/",
            "Tide Watch",
        ),
        ("<title>Harbour Ledger</title>", "https://hl.co.uk/", "Harbour Ledger"),
        (
            ld("Organization", name="Tide Watch") + '<p id=logo><img alt="Harbour Ledger"></p>',
            "https://harbourledger.example/",
            "Harbour Ledger",
        ),
    ],
)
def test_the_name_that_the_host_spells_is_preferred(head, url, name):
    assert reading_of("", head=head, url=url).publisher.name == name


def test_a_person_may_publish_under_their_own_host():
    head = ld("BlogPosting", publisher={"@type": "Person", "name": "Ida Marsh", "url": "https://idamarsh.example/"})
    found = reading_of("", head=head, url="https://idamarsh.example/fog").publisher
    assert (found.name, found.url) == ("Ida Marsh", "https://idamarsh.example/")


@pytest.mark.parametrize("url", ["/about", "ftp://tidewatch.example/", "https://"])
def test_a_publishers_address_is_a_web_address_or_none(url):
    head = ld("NewsArticle", publisher={"name": "Tide Watch", "url": url})
    assert reading_of("", head=head).publisher.url is None


def test_a_page_without_host_and_names_has_no_publisher():
    assert reading_of("<p>x</p>", url="").publisher is None


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("<title>Fog | Tide Watch</title>", "", "Fog | Tide Watch"),
        ('<meta property="og:title" content="Fog | Tide Watch">', "", "Fog | Tide Watch"),
        ("", "<h1>Fog | Tide Watch</h1>", "Fog | Tide Watch"),
        ("", "<div class=site-title>Tide <b>Watch</b></div>", "Tide Watch"),
        ("", '<div id=logo><img alt="Tide Watch logo"></div>', "Tide Watch logo"),
        (ld("WebSite", name="Tide Watch"), "", "Tide Watch"),
        ("", '<p itemprop=publisher><meta itemprop=name content="Tide Watch"></p>', "Tide Watch"),
        ('<meta name="copyright" content="© 2019 Tide Watch">', "", "© 2019 Tide Watch"),
    ],
)
def test_the_words_that_name_the_publisher_read_back_from_the_page(head, body, words):
    evidence = reading_of(body, head=head).publisher.evidence
    assert evidence.text == words
    assert read_ranges(page_of(body, head=head), evidence.place.ranges, "utf-8") == words


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("https://www.tide-watch.example/a", {"tidewatchexample", "tidewatch"}),
        ("", set()),
        ("https://x.y/", set()),
    ],
)
def test_a_host_is_a_name_of_the_publisher(url, keys):
    assert publisher.keys_of(None, url) == keys


@pytest.mark.parametrize(
    ("head", "body", "kind"),
    [
        (ld("Article", publisher={"@type": "NewsMediaOrganization", "name": "Tide Watch"}), "", "organization"),
        (ld("Article", publisher={"@type": ["Thing", "Organization"], "name": "Tide Watch"}), "", "organization"),
        (ld("Article", publisher={"@type": "Person", "name": "Harbour Ledger"}), "", "person"),
        (ld("Article", publisher="Tide Watch"), "", None),
        (
            "",
            '<p itemprop=publisher itemtype="https://schema.org/Person"><b itemprop=name>Tide Watch</b></p>',
            "person",
        ),
        (
            "",
            '<p property="schema:publisher" typeof="schema:Organization"><b property="schema:name">Tide</b></p>',
            "organization",
        ),
    ],
)
def test_a_publisher_is_an_organization_or_a_person_where_the_page_says_so(head, body, kind):
    assert reading_of(body, head=head).publisher.type == kind


def test_a_publisher_of_a_graph_is_looked_up_by_its_id():
    graph = [
        {"@type": "Article", "publisher": [{"@id": "#org"}]},
        {"@type": "Organization", "@id": "#org", "name": "Tide Watch", "url": "https://tidewatch.example/"},
    ]
    head = f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>'
    found = reading_of("", head=head).publisher
    assert (found.name, found.url, found.type) == ("Tide Watch", "https://tidewatch.example/", "organization")
    assert found.evidence.place.json_pointer == "/@graph/1/name"


def test_without_a_url_the_pages_own_address_tells_the_host():
    head = '<title>Fog | Tide Watch | news of the sea</title><link rel=canonical href="https://tidewatch.example/fog">'
    assert reading_of("", head=head, url="").publisher.name == "Tide Watch"
    assert reading_of("", head="", url="").publisher is None
