# SPDX-License-Identifier: Apache-2.0
"""What several places of a page state: where they agree it is one claim with all of them, where not each is told."""

import json

import pytest
from hypothesis import given, settings

from archiver.extract.origin.agreement import MOST_ALSO, MOST_DIFFERING, Candidate, also, differing
from archiver.services.observations import claims_of
from manifests.agents import Authority, Confidence, Evidence, Place
from manifests.canonical import canonical_json, from_canonical
from manifests.capture import Claims, Observation
from tests.extract.pages import evidence_of, page_of, reading_of
from tests.strategies import documents

SITE = '<meta property="og:site_name" content="Harbour Ledger">'


def ld(**properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **properties})}</script>'


def others(reading):
    return [(one.field, one.value, one.reason) for one in reading.differing]


def candidate(value: str, reason: str) -> Candidate:
    words = Evidence(authority=Authority(kind="page"), place=Place(css_path=reason), text=value)
    return Candidate(value, Confidence.HIGH, reason, lambda: words)


def test_a_publisher_that_several_places_name_is_one_with_several_pieces_of_evidence():
    head = SITE + ld(publisher={"@type": "Organization", "name": "The Harbour Ledger", "url": "https://h.example/"})
    found = reading_of("", head=head + '<meta name="application-name" content="Harbour Ledger">')
    assert found.publisher.evidence.text == "Harbour Ledger"
    assert [one.text for one in found.publisher.also] == ["The Harbour Ledger", "Harbour Ledger"]
    assert [one.place.json_pointer for one in found.publisher.also] == ["/publisher/name", None]
    assert (found.publisher.type, found.publisher.url) == ("organization", "https://h.example/")
    assert found.differing == ()


def test_a_publisher_that_another_place_contradicts_shows_the_contradiction():
    found = reading_of(
        "", head=SITE + ld(publisher={"name": "Tide Watch"}) + '<meta name=dc.publisher content="Pier Press">'
    )
    assert found.publisher.name == "Harbour Ledger"
    assert others(found) == [
        ("publisher", "Tide Watch", "JSON-LD publisher"),
        ("publisher", "Pier Press", "meta dc.publisher"),
    ]
    assert found.publisher.also == ()


def test_a_weak_statement_contradicts_nothing():
    assert others(reading_of("", head=SITE + '<meta name=copyright content="Tide Watch">')) == []


def test_an_inferred_publisher_is_confirmed_by_the_copyright_line_that_names_it():
    head, line = "<title>Fog | Tide Watch</title>", "<footer>© 2019 Tide Watch Ltd. All rights reserved.</footer>"
    assert reading_of("", head=head).publisher.confidence == "low"
    found = reading_of(line, head=head).publisher
    assert (found.name, found.confidence) == ("Tide Watch", "medium")
    assert found.also[0].text.startswith("© 2019 Tide Watch Ltd")
    assert reading_of(line.replace("Tide Watch", "Pier Press"), head=head).publisher.confidence == "low"


@pytest.mark.parametrize(
    ("stated", "other"),
    [
        ("2019-05-04", "2019-05-04T10:00:00Z"),
        ("2019-05-04T10:00:00Z", "2019-05-04T12:00:00+02:00"),
        ("2019-05-04T10:00:00Z", "2019-05-04T10:00:31Z"),
        ("2019-05-04T10:00:00", "2019-05-04T08:00:00Z"),
        ("2019-05-04T23:30:00-04:00", "2019-05-05T03:30:00Z"),
    ],
)
def test_dates_that_mean_one_time_agree(stated, other):
    found = reading_of(
        "", head=ld(datePublished=stated) + f'<meta property="article:published_time" content="{other}">'
    )
    assert [one.text for one in found.published_at.also] == [other]
    assert found.differing == ()


@pytest.mark.parametrize("other", ["2019-05-05", "2018-05-04", "2019-05-04T11:00:00Z"])
def test_dates_that_do_not_are_told_apart(other):
    head = ld(datePublished="2019-05-04T10:00:00Z") + f'<meta property="article:published_time" content="{other}">'
    found = reading_of("", head=head)
    assert (found.published_at.value, found.published_at.also) == ("2019-05-04T10:00:00Z", ())
    assert others(found) == [("published_at", other, "meta article:published_time")]


def test_the_dates_of_a_list_of_stories_contradict_nothing():
    found = reading_of(
        "", head=ld(datePublished="2019-05-04") + ld(datePublished="2018-01-01") + ld(datePublished="2017-01-01")
    )
    assert (found.published_at.value, others(found)) == ("2019-05-04", [])


def test_an_author_has_every_place_that_names_them():
    head = ld(author={"@type": "Person", "name": "Ida Marsh"}) + '<meta name=author content="Ida Marsh">'
    body = (
        "<h1>Lamps along the northern quay</h1><p>By <a rel=author>Ida Jane Marsh</a></p><p>Ida Marsh wrote this.</p>"
    )
    (author,) = reading_of(body, head=head).authors
    assert (author.name, author.type) == ("Ida Marsh", "person")
    assert [one.text for one in author.also] == ["Ida Marsh", "Ida Jane Marsh"]


def test_authors_whom_another_place_names_instead_are_told():
    head = ld(author="Ida Marsh") + '<meta name=author content="Ole Stone"><meta name=byl content="By Ole Stone">'
    found = reading_of("<p>Ida Marsh</p>", head=head)
    assert [one.name for one in found.authors] == ["Ida Marsh"]
    assert others(found) == [("authors", "Ole Stone", "meta author")]


def test_a_canonical_url_that_the_page_contradicts_itself_about():
    link = '<link rel=canonical href="https://h.example/a">'
    same, other = (f'<meta property="og:url" content="https://h.example/{end}">' for end in "ab")
    assert [one.text for one in reading_of("", head=link + same).canonical_url.also] == ["https://h.example/a"]
    assert others(reading_of("", head=link + other)) == [("canonical_url", "https://h.example/b", "meta og:url")]


def test_at_most_three_agree_and_eight_differ():
    many = [candidate("x", f"rule {n}") for n in range(9)]
    assert len(also(many[0], many[1:], str.__eq__)) == MOST_ALSO
    apart = [candidate(f"{n}", "rule") for n in range(20)]
    assert len(differing("publisher", ["x"], apart, str.__eq__)) == MOST_DIFFERING
    head = "".join(f'<link rel=canonical href="https://h.example/{n}">' for n in range(30)) + SITE
    head += "".join(ld(publisher=f"Pier Press {n}") for n in range(12))
    assert len(reading_of("", head=head).differing) == MOST_DIFFERING


def test_one_place_is_told_once():
    twice = [candidate("x", "meta a"), candidate("x", "meta a"), candidate("x", "meta b")]
    assert [one.place.css_path for one in also(twice[0], twice[1:], str.__eq__)] == ["meta b"]


def test_the_words_of_further_evidence_read_back_from_the_page():
    head = (
        SITE
        + ld(publisher="Harbour Ledger", datePublished="2019-05-04")
        + '<meta name=dc.publisher content="Pier Press">'
    )
    reading = reading_of("", head=head)
    content = page_of("", head=head)
    told = [one for one in evidence_of(reading) if one.place.ranges]
    assert {"Harbour Ledger", "Pier Press"} <= {one.text for one in told}
    assert all(content[slice(*one.place.ranges[0])].decode() == one.text for one in told)


@settings(max_examples=3)
@given(documents(Observation))
def test_what_agrees_and_what_differs_stands_in_the_manifest(observation):
    head = SITE + ld(publisher="Tide Watch", author="Ida Marsh") + '<meta name=byl content="By Ida Marsh">'
    claims = from_canonical(Claims, canonical_json(claims_of(observation, reading_of("", head=head))))
    assert [one.value for one in claims.differing] == ["Tide Watch"]
    assert [one.text for one in claims.authors[0].also] == ["By Ida Marsh"]
    assert b'"also"' not in canonical_json(claims_of(observation, reading_of("", head=SITE)))
