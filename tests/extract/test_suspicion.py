# SPDX-License-Identifier: Apache-2.0
"""Signs that a response is not the page that was meant: how sure each is, and where each ends."""

import json

import pytest

from archiver.extract import read
from manifests.ranges import read_ranges
from tests.extract.pages import URL, page_of, reading_of

LINE = "The tide came in and the boats rose with it. "
LOCKED = (
    f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "isAccessibleForFree": False})}</script>'
)
ASKS = "<p>Subscribe to continue reading.</p>"


def signs(reading):
    return [(s.sign, s.confidence, s.reason) for s in reading.suspected]


@pytest.mark.parametrize(
    ("head", "body", "found"),
    [
        (
            "<script>window._cf_chl_opt={}</script>",
            LINE,
            ("bot-check", "high", "short page with the challenge marker cf_chl_opt"),
        ),
        (
            "<script>window._cf_chl_opt={}</script>",
            LINE * 20,
            ("bot-check", "high", "short page with the challenge marker cf_chl_opt"),
        ),
        (
            "<script src='//js.datadome.example'></script>",
            LINE,
            ("bot-check", "medium", "short page with the challenge marker datadome"),
        ),
        ("<title>Robot check</title>", LINE, ("bot-check", "high", "title says so")),
        ("<title>Robot check</title>", LINE * 40, ("bot-check", "medium", "title says so")),
        ("", "<p>Please prove you are human.</p>", ("bot-check", "medium", "short page that says so")),
        ("<title>404: page not found</title>", LINE * 100, ("soft-404", "medium", "title says so")),
        (
            "<script src='https://img.sedoparking.com/a.js'></script>",
            LINE,
            ("parked-domain", "medium", "short page that loads sedoparking.com"),
        ),
        ("", LINE + "<input type=password>", ("login", "medium", "short page with a password field")),
        (
            "",
            "<div id=app></div><script src=/a.js></script>",
            ("empty-shell", "high", "scripts and almost no text, with an empty place for an application"),
        ),
        (
            "",
            "<noscript>Please enable JavaScript</noscript><script src=/a.js></script>",
            ("empty-shell", "high", "scripts and almost no text"),
        ),
        (
            "",
            "<script src=/a.js></script><!--" + "-" * 400 + "-->",
            ("empty-shell", "medium", "scripts and almost no text"),
        ),
        ("", LINE * 30 + ASKS, ("paywall", "medium", "short page that asks for a subscription")),
        (LOCKED, LINE * 90 + ASKS, ("paywall", "high", "says it is not free and asks for a subscription")),
    ],
)
def test_a_sign_says_how_sure_it_is_and_why(head, body, found):
    assert signs(reading_of(body, head=head)) == [found]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<script>window._cf_chl_opt={}</script>", LINE * 50),
        ("<script src='//js.datadome.example'></script>", LINE * 20),
        ("<title>Robot check</title>", LINE * 90),
        ("<title>Robot check: " + LINE * 3 + "</title>", LINE * 40),
        ("<title>404: page not found</title>", LINE * 170),
        ("", LINE * 30 + "Please prove you are human."),
        ("<script src='https://img.sedoparking.com/a.js'></script>", LINE * 30),
        ("", LINE * 30 + "<input type=password>"),
        ("", LINE * 6 + "<div id=app></div><script src=/a.js></script>"),
        ("", LINE + "<script src=/a.js></script>"),
        ("", "<div id=app></div>"),
        ("", LINE * 90 + ASKS),
        (LOCKED, LINE * 30),
        (LOCKED, LINE * 1400 + ASKS),
    ],
)
def test_a_sign_ends_where_a_page_says_enough(head, body):
    assert signs(reading_of(body, head=head)) == []


@pytest.mark.parametrize(
    ("code", "page", "found"),
    [
        (451, "<p>Sorry.", ["geo-block"]),
        (403, "<p>This story is not available in your region.", ["geo-block"]),
        (404, "<title>Page not found</title>", []),
        (200, "<title>Page not found</title>", ["soft-404"]),
        (None, "<title>Page not found</title>", ["soft-404"]),
        (503, "<div id=app></div><script src=/a.js></script>", []),
    ],
)
def test_the_status_code_decides_what_a_sign_may_be(code, page, found):
    reading = read(page.encode(), url=URL, content_type="text/html", code=code)
    assert [s.sign for s in reading.suspected] == found


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("<title>Robot check</title>", LINE, "Robot check"),
        ("", "<p>Sorry.</p><p>Please prove you are <b>human</b> now.</p>", "Please prove you are human now."),
        ("", "<p>We value your privacy</p><p>Please accept</p>", "We value your privacy Please accept"),
        ("", f"<p>{LINE}</p>{ASKS}", "Subscribe to continue reading."),
    ],
)
def test_the_words_of_a_sign_read_back_from_the_page(head, body, words):
    (suspicion,) = reading_of(body, head=head).suspected
    assert suspicion.evidence.text == words
    assert read_ranges(page_of(body, head=head), suspicion.evidence.place.ranges, "utf-8") == words


def test_a_heading_that_stands_for_the_title_leaves_a_sign_without_words():
    (suspicion,) = reading_of("<h1>Robot check</h1>" + LINE * 40).suspected
    assert (suspicion.sign, suspicion.reason, suspicion.evidence) == ("bot-check", "title says so", None)
