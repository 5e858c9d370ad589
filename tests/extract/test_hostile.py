# SPDX-License-Identifier: Apache-2.0
"""Pages made to hurt: nothing raises, and the time stays in proportion to the bytes."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.extract import read, read_css
from tests.extract.pages import URL, of_kind

N = 40_000
PAGES = {
    "open brackets": b"<" * (N * 25),
    "open parentheses": b"(" * (N * 25),
    "the word copyright": b"copyright " * N,
    "signs": "© ".encode() * N,
    "signs in a row": "©".encode() * (N * 30),
    "signs before letters": ("<p>" + "©a " * 10_000).encode() * 50,
    "quoted lines in one block": "“© 2020 Ink” ".encode() * (N * 4),
    "copyright lines in one block": "<body>© 2020 Ink ".encode() * N,
    "tags never closed": b"<a " * N,
    "quotes never closed": b'<a href="' * N,
    "quotes outside values": b'<a "> "' * N,
    "comments never closed": b"<!--" * N,
    "nested divs": b"<div>" * N,
    "distinct formatting elements": b"".join(b"<font a=%d><p>" % i for i in range(N // 4)),
    "attributes of one tag": b"<p " + b" ".join(b"a%d=1" % i for i in range(N)) + b">",
    "one attribute of megabytes": b'<p title="' + b"x" * 5_000_000 + b'">',
    "links": b"".join(b'<a href="/p%d">x</a>' % i for i in range(N)),
    "zero bytes": b"<html>" + b"\0" * (N * 25),
    "options": b"<select>" + b"<option>x" * N,
    "spaces": b"<p>" + b" " * 3_000_000 + "© 2020 Ink".encode(),
    "ampersands": b"<p>" + b"&" * 1_000_000,
    "one long digit reference": b"<p>&#x" + b"0" * 1_000_000,
    "nested arrays": b'<script type="application/ld+json">' + b"[" * 900_000 + b"</script>",
    "nested objects": b'<script type="application/ld+json">' + b'{"a":' * 200_000 + b"</script>",
    "style urls": b"<style>" + b'url("' * N + b"</style>",
    "a source set without commas": b'<img srcset="' + b"a" * 3_000_000 + b'">',
    "a source set of parentheses": b'<img srcset="' + b"( " * 500_000 + b'">',
    "a title of separators": b"<title>" + b"| " * 200_000 + b"</title>",
    "sentences of permission": b"<p>" + b"We grant permission to republish this. " * (N // 2),
    "sentences of fair use": b"<p>" + b"This is fair use of copyright we believe. " * (N // 2),
    "many blocks of notices": b"".join(b"<p>\xc2\xa9 2020 Ink %d</p>" % i for i in range(N // 2)),
    "robots directives": b'<meta name=robots content="' + b"noarchive," * N + b'">',
    "byline elements": b"<p class=author>Ida Marsh</p>" * (N // 2),
    "undecodable bytes": b"<html>" + b"<p>\xff\xc2\xa9 2020 Ink\xe3\x81" * (N // 2),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_read_in_time(name):
    before = time.process_time()
    reading = read(PAGES[name], url=URL, content_type="text/html")
    # Honest quadratic behaviour takes minutes here; three seconds leave room for a slow machine.
    assert time.process_time() - before < 3
    assert len(reading.notices) <= 200


def test_a_line_after_hundreds_of_words_about_copyright_is_still_found():
    words = "The copyright law of copyright holders is a law. " * 100
    (notice,) = of_kind(read(f"<p>{words} © 2020 Ink Press".encode(), url=URL, content_type="text/html"), "copyright")
    assert notice.text == "© 2020 Ink Press"


def test_a_notice_below_nesting_beyond_any_page_is_still_found():
    page = b"<html><body>" + b"<div>" * 5000 + "<footer>© 2020 Ink Press</footer>".encode()
    (notice,) = of_kind(read(page, url=URL, content_type="text/html"), "copyright")
    assert notice.holder == "Ink Press"
    assert notice.evidence.place.ranges


def test_lists_are_bounded():
    page = b"".join(b'<a href="/p%d"></a><img src="/i%d">' % (i, i) for i in range(12_000))
    reading = read(page, url=URL, content_type="text/html")
    assert (len(reading.links), len(reading.requisites)) == (10_000, 2_000)


@settings(max_examples=120, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            None,
            "text/html",
            "text/plain",
            "text/html; charset=utf-16",
            "application/xhtml+xml",
            "\x00",
            "text/html;charset=rot13",
        ]
    ),
    st.sampled_from(["", "http://[", "https://h.example/a?b#c", "not a url", "http://h.example:99999/"]),
)
def test_no_bytes_type_or_url_make_it_raise(entity, content_type, url):
    read(
        entity,
        url=url,
        content_type=content_type,
        headers=[("Link", entity.decode("latin-1")), ("X-Robots-Tag", ":,:")],
    )
    read_css(entity, url=url, content_type=content_type)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_markup_makes_it_raise(words):
    read(f"<html><body>{words}".encode("utf-8", "replace"), url=URL, content_type="text/html")
