# SPDX-License-Identifier: Apache-2.0
"""Who wrote a page: which source is believed, what is no author, and which words each name rests on."""

import json

import pytest

from manifests.ranges import read_ranges
from tests.extract.pages import page_of, reading_of


def ld(**properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **properties})}</script>'


def names(reading):
    return [author.name for author in reading.authors]


OWN = '<meta property="og:site_name" content="Harbour Ledger">'


@pytest.mark.parametrize(
    ("head", "body", "found", "reason"),
    [
        (ld(author="By Ida Marsh and Ole Stone"), "", ["Ida Marsh", "Ole Stone"], "JSON-LD author of the article"),
        (ld(creator="Ida Marsh"), "", ["Ida Marsh"], "JSON-LD creator of the article"),
        (
            ld(author={"@type": "Person", "name": "Ida Marsh"}),
            "",
            ["Ida Marsh"],
            "JSON-LD author of the article, a person",
        ),
        (
            ld(author={"name": "Harbour Ledger"}) + OWN + '<meta name=author content="Ida Marsh">',
            "",
            ["Ida Marsh"],
            "meta author",
        ),
        (ld(author="admin"), "<p class=byline>By Ida Marsh</p>", ["Ida Marsh"], "byline in words"),
        (
            '<meta property="article:author" content="https://social.example/ida"><meta name=byl content="By Ida Marsh">',
            "",
            ["Ida Marsh"],
            "meta byl",
        ),
        ('<meta name="twitter:data1" content="Ida Marsh">', "", ["Ida Marsh"], "meta twitter:data1"),
        (
            '<meta name=author content="Ida Marsh"><meta name=author content="Ole Stone">',
            "",
            ["Ida Marsh", "Ole Stone"],
            "meta author",
        ),
        ('<meta name=author content="Reuters">', "", ["Reuters"], "meta author"),
        ("", "<p>Written by: Ida Marsh and Ole Stone</p>", ["Ida Marsh", "Ole Stone"], "byline in words"),
        ("", "<p>By the sea</p><p>文：山田太郎</p>", ["山田太郎"], "byline in words"),
        ("", "<span itemprop=author>Nightowl</span>", ["Nightowl"], "element marked as a byline"),
        ("", "<p class=byline>Ida Marsh, Ole Stone</p>", ["Ida Marsh", "Ole Stone"], "element marked as a byline"),
        ("", '<p itemprop="author name" content="Ida Marsh"></p>', ["Ida Marsh"], "element marked as a byline"),
        ("", '<meta itemprop="author creator" content="Ida Marsh">', ["Ida Marsh"], "element marked as a byline"),
        (
            "",
            "<p class=author>Photo Una Vale</p><p class=writer>Ida Marsh</p>",
            ["Ida Marsh"],
            "element marked as a byline",
        ),
        (
            "",
            "<div class=author><a href=/u>7 texts</a> <a href=/i>Ida Marsh</a></div>",
            ["Ida Marsh"],
            "element marked as a byline",
        ),
        ("", "<div itemprop=author><a href=/n>Nightowl</a></div>", ["Nightowl"], "element marked as a byline"),
    ],
)
def test_authors_say_which_source_they_come_from(head, body, found, reason):
    reading = reading_of(body, head=head)
    assert names(reading) == found
    assert {author.reason for author in reading.authors} == {reason}


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (ld(author="Staff writer"), ""),
        (ld(author="Senior reporter"), ""),
        (ld(author="guest editor"), ""),
        (ld(author="https://social.example/ida"), ""),
        (ld(author={"name": "Harbour Ledger Desk"}) + OWN, ""),
        ('<meta name="twitter:data1" content="5 minutes">', ""),
        ('<meta name=author content="www.harbourledger.example">', ""),
        ("", "<div class=comments><p class=author>Ida Marsh</p></div>"),
        ("", "<nav><p class=author>Ida Marsh</p></nav>"),
        ("", '<p class="author avatar">Ida Marsh</p>'),
        ("", '<input class=author value="Ida Marsh">'),
        ("", '<meta itemprop="author creator" content="">'),
        ("", "<p class=byline>Foto: Ida Marsh</p>"),
        ("", "<p class=author>The lamp was lit before the fog came</p>"),
        ("", "<span itemprop=author>Route 66</span>"),
        ("", "<p>By the sea the lamps were lit</p>"),
        ("", "<p>By " + "Ida Marsh " * 14 + "</p>"),
        (
            "",
            "<div class=author>"
            + "".join(f"<a href=/a>{n} Marsh</a>" for n in ["Ida", "Ole", "Una", "Pia", "Eva"])
            + "</div>",
        ),
        ("", "<p class=author>Ida Marsh, Ole Stone, Una Vale, Pia Reed, Eva Moor, Tor Lund, Jan Holm</p>"),
    ],
)
def test_what_names_no_writer_of_the_page_is_no_author(head, body):
    assert names(reading_of(body, head=head)) == []


def test_a_person_who_publishes_their_own_page_is_its_author():
    head = ld(author={"@type": "Person", "name": "Ida Marsh", "url": "https://idamarsh.example/"})
    (author,) = reading_of("", head=head, url="https://idamarsh.example/fog").authors
    assert (author.name, author.url) == ("Ida Marsh", "https://idamarsh.example/")


@pytest.mark.parametrize(
    "body",
    [
        '<div><a class=author href="https://h.example/i">Ida Marsh</a>'
        '<a class=author href="https://h.example/o">Ole Stone</a></div>',
        '<div class=author><a href="https://h.example/i">Ida Marsh</a> and <a href="https://h.example/o">Ole Stone</a></div>',
    ],
)
def test_each_author_has_the_words_and_the_address_of_their_own_element(body):
    found = [(a.name, a.evidence.text, a.url) for a in reading_of(body).authors]
    assert found == [
        ("Ida Marsh", "Ida Marsh", "https://h.example/i"),
        ("Ole Stone", "Ole Stone", "https://h.example/o"),
    ]


def test_a_name_beside_its_own_picture_link_is_one_author():
    body = "<div><a class=author href=/i>Ida Marsh</a><a class=author href=/i>Ida Marsh</a><a class=author>Ole Stone</a></div>"
    assert names(reading_of(body)) == ["Ida Marsh", "Ole Stone"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p>Written by: Ida Marsh <i>and</i> Ole Stone | at dusk</p>", "Ida Marsh and Ole Stone"),
        ("<p class=byline>By <a rel=author>Ida\n Marsh</a></p>", "Ida Marsh"),
        ('<p itemprop="author" content="Ida Marsh"></p>', "Ida Marsh"),
    ],
)
def test_the_words_that_name_an_author_read_back_from_the_page(body, words):
    evidence = reading_of(body).authors[0].evidence
    assert evidence.text == words
    assert read_ranges(page_of(body), evidence.place.ranges, "utf-8") == words


@pytest.mark.parametrize(
    "head",
    [
        ld(author=[{"name": f"Ida Marsh{chr(97 + n)}"} for n in range(26)]),
        ld(author=", ".join(f"Ida Marsh{chr(97 + n)}" for n in range(26))),
    ],
)
def test_at_most_twenty_authors_are_named(head):
    assert len(reading_of("", head=head).authors) == 20
