# SPDX-License-Identifier: Apache-2.0
"""What a response asks of crawlers: robots tokens, and links that ask not to be followed."""

import pytest

from archiver.extract import read
from tests.extract.pages import URL, page_of, reading_of


def test_tokens_of_metas_and_header_are_told_once_and_in_lower_case():
    head = '<meta name="ROBOTS" content="NoIndex, noarchive"><meta name=colophon content="nofollow,noindex">'
    reading = reading_of("<p>Ink", head=head, headers=[("X-Robots-Tag", "noarchive, max-snippet: 20")])
    assert reading.robots == ("noarchive", "max-snippet: 20", "noindex", "nofollow")


def test_tokens_for_another_crawler_are_left_out():
    headers = [("x-robots-tag", "otherbot: noindex, nofollow"), ("X-Robots-Tag", "Colophon: noarchive")]
    head = '<meta name="googlebot" content="noindex">'
    assert reading_of("<p>Ink", head=head, headers=headers).robots == ("noarchive",)


@pytest.mark.parametrize("content_type", ["text/css", "text/plain", "image/png"])
def test_the_header_speaks_for_what_is_no_page(content_type):
    reading = read(b"ink", url=URL, content_type=content_type, headers=[("X-Robots-Tag", "noindex")])
    assert reading.robots == ("noindex",)


def test_a_page_that_says_nothing_asks_for_nothing():
    reading = reading_of("<p>Ink <a href=/x>x</a>")
    assert (reading.robots, reading.nofollow) == ((), frozenset())


def test_a_link_is_not_to_be_followed_when_all_its_anchors_say_so():
    body = """<a href="/paid" rel="sponsored NOFOLLOW">x</a><a href="/both" rel=nofollow>x</a><a href="/both#part">x</a>
    <area href="/map" rel="nofollow"><a href="/paid#top" rel="nofollow">x</a><a rel=nofollow href="mailto:a@b.example">x</a>"""
    reading = reading_of(body)
    site = "https://www.harbourledger.example"
    assert reading.nofollow == {f"{site}/paid", f"{site}/map"}
    assert reading.nofollow <= set(reading.links)


def test_nofollow_follows_the_base():
    page = page_of('<a href="x" rel=nofollow>x</a>', head='<base href="https://other.example/deep/">')
    assert read(page, url=URL, content_type="text/html").nofollow == {"https://other.example/deep/x"}
