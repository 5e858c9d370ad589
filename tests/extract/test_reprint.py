# SPDX-License-Identifier: Apache-2.0
"""Whether a page republishes another's work: what says so, how sure it is, and what does not say so."""

import json

import pytest

from manifests.ranges import read_ranges
from tests.extract.pages import URL, of_kind, page_of, reading_of


def ld(**properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **properties})}</script>'


OTHER = "https://tidewatch.example/a"
OWN = '<meta property="og:site_name" content="Harbour Ledger">'
FAR = "The tide came in and the boats rose with it, slowly, as they did each night of that long year by the quay."


@pytest.mark.parametrize(
    ("head", "body", "found"),
    [
        (
            f'<link rel="syndication-source" href="{URL}"><link rel="original-source" href="{OTHER}">',
            "",
            ("original-source", "high", None, OTHER),
        ),
        (
            f'<meta name="syndication-source" content="{URL}"><meta name="syndication-source" content="{OTHER}">',
            "",
            ("syndication-source", "high", None, OTHER),
        ),
        (ld(isBasedOn=["/b", {"@type": "CreativeWork", "url": OTHER}]), "", ("is-based-on", "high", None, OTHER)),
        (ld(translationOfWork={"@id": OTHER}), "", ("is-based-on", "high", None, OTHER)),
        (
            f'<link rel="canonical" href="{OTHER}">',
            "<p>First published in Tide Watch.</p>",
            ("canonical", "high", "Tide Watch", OTHER),
        ),
        (
            "",
            f'<p>First published in <a href="{OTHER}">Tide Watch</a>.</p>',
            ("attribution-line", "high", "Tide Watch", OTHER),
        ),
        ("", f'<p>Source: <a href="{OTHER}">Tide Watch</a></p>', ("source-link", "medium", "Tide Watch", OTHER)),
        (
            "",
            '<p>Source: <a href="https://www.facebook.com/tw">Tide Watch</a></p>',
            ("source-link", "medium", "Tide Watch", None),
        ),
        ("", f'<p>Source: <a href="{OTHER}">here</a></p>', ("source-link", "medium", "tidewatch.example", OTHER)),
        (
            "",
            f'<p><a href="{OTHER}">Read the original article</a></p>',
            ("source-link", "medium", "tidewatch.example", OTHER),
        ),
        ("", "<p>Original story by Tide Watch</p>", ("source-link", "medium", "Tide Watch", None)),
        (
            "",
            f'<p>Articles by: Tide Watch</p><p><a href="{OTHER}">x</a></p>',
            ("attribution-line", "medium", "Tide Watch", "https://tidewatch.example/"),
        ),
        (
            '<meta name="author" content="Ida Marsh"><meta name="author" content="AFP">',
            "",
            ("wire-byline", "medium", "AFP", None),
        ),
        ("", f"<p>{FAR} (Reuters)</p>", ("wire-byline", "low", "Reuters", None)),
        ("", f"<p>Quayside (TT) - {FAR}</p>", ("wire-byline", "low", "TT", None)),
        (
            OWN,
            "<article><p>© 2019 Tide Watch</p></article><footer>© 2020 Harbour Ledger</footer>",
            ("attribution-line", "low", "Tide Watch", None),
        ),
    ],
)
def test_a_reprint_says_whose_work_it_is_and_how_sure_that_is(head, body, found):
    reprint = reading_of(body, head=head).reprint
    assert (reprint.basis, reprint.confidence, reprint.original.name, reprint.original.url) == found


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f'<meta property="og:url" content="{OTHER}">', ""),
        ('<link rel="original-source" href="mailto:desk@tidewatch.example">', ""),
        (ld(isBasedOn=["/b", "stories/c"]), ""),
        ("", '<p>Source: <a href="https://www.facebook.com/tw">here</a></p>'),
        ("", "<p>First published on Monday.</p>"),
        ("", "<p>First published in 2019.</p>"),
        ("", "<p>First published by The Harbour Ledger.</p>"),
        ('<meta name="application-name" content="Lamplight">', "<p>First published in Lamplight.</p>"),
        ("", '<p><a href="/old">Read the original article</a></p>'),
        ("", "<p>Original story by Harbour Ledger</p>"),
        ("", "<p>Source: ~~~</p>"),
        ("", '<p>Articles by: Ida Marsh</p><p><a href="https://tidewatch.example/">x</a></p>'),
        (
            "",
            '<p>Articles by: Facebook</p><p><a href="https://facebook.com/h">x</a> <a href="https://fb.example/">y</a></p>',
        ),
        ("", f"<p>{FAR} (laughter)</p>"),
        (OWN, "<article><p>© 2019 Harbour Ledger</p></article>"),
        (
            OWN,
            "<article><p>© 2019 Tide Watch</p></article><footer>© 2020 Tide Watch Ltd. All rights reserved.</footer>",
        ),
    ],
)
def test_what_points_nowhere_else_makes_no_reprint(head, body):
    assert reading_of(body, head=head).reprint is None


@pytest.mark.parametrize(
    ("url", "head", "body"),
    [
        ("https://www.reuters.example/a", '<meta name="author" content="Reuters">', ""),
        ("https://associatedpress.example/a", '<meta name="author" content="AP">', ""),
        ("https://associatedpress.example/a", "", f"<p>QUAYSIDE (AP) {FAR}</p>"),
        ("https://www.reuters.example/a", "", f"<p>QUAYSIDE (Reuters) {FAR}</p>"),
        ("", '<link rel="canonical" href="https://tidewatch.example/a">', ""),
    ],
)
def test_an_agency_does_not_reprint_itself(url, head, body):
    assert reading_of(body, head=head, url=url).reprint is None


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        (
            "",
            f'<p>It was dusk. First published in <a href="{OTHER}">Tide Watch</a>.</p>',
            "First published in Tide Watch.",
        ),
        ("", f'<p>Articles by:\n Tide Watch</p><p><a href="{OTHER}">x</a></p>', "Articles by: Tide Watch"),
        ("", f"<p>{FAR} (Reuters)</p>", "(Reuters)"),
        (f'<meta name="original-source" content="{OTHER}">', "", OTHER),
        (ld(isBasedOn=OTHER), "", OTHER),
    ],
)
def test_the_words_that_make_a_reprint_read_back_from_the_page(head, body, words):
    evidence = reading_of(body, head=head).reprint.evidence
    assert evidence.text == words
    assert read_ranges(page_of(body, head=head), evidence.place.ranges, "utf-8") == words


def test_an_attribution_line_is_a_notice_with_its_link_and_a_wire_slug_is_none():
    body = f'<p>Source: <a href="{OTHER}">Tide Watch</a></p><p>First published in Tide Watch.</p><p>{FAR} (Reuters)</p>'
    found = [(n.text, n.url, n.confidence) for n in of_kind(reading_of(body), "attribution")]
    assert found == [("Source: Tide Watch", OTHER, "low"), ("First published in Tide Watch.", None, "medium")]
