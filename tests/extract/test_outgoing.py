# SPDX-License-Identifier: Apache-2.0
"""Where a page leads is told alike with its claims and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import read, read_outgoing

URL = "https://quay.example/news/"
TOLD = ("mime_detected", "requisites", "links", "nofollow", "robots")
PIECES = (
    '<a href="a">a</a>', '<a href="/b" rel="nofollow">b</a>', '<img src=i.png srcset="j.png 2x">', '<base href="/base/">',
    "<style>p { background: url(k.png) }</style>", '<link rel=stylesheet href=s.css>', '<meta name=robots content="noarchive">',
    '<meta http-equiv=refresh content="0; url=/r">', "<script src=x.js></script>", "<!-- <a href=c> -->", "<p>words", "\xff",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.sampled_from(["text/html", "text/plain", "text/css", "image/png", None]),
    st.sampled_from([(), (("X-Robots-Tag", "noindex"),)]),
)
def test_it_is_what_a_whole_reading_tells(
    markup: str, content_type: str | None, headers: tuple[tuple[str, str], ...]
) -> None:
    entity = markup.encode("latin-1")
    whole = read(entity, url=URL, content_type=content_type, headers=headers)
    alone = read_outgoing(entity, url=URL, content_type=content_type, headers=headers)
    assert {name: getattr(alone, name) for name in TOLD} == {name: getattr(whole, name) for name in TOLD}


@pytest.mark.parametrize(("content", "kind"), [(b"p { background: url(/k.png) }", "text/css"), (b"", None)])
def test_what_is_no_page_has_no_links(content: bytes, kind: str | None) -> None:
    told = read_outgoing(content, url=URL, content_type=kind)
    assert (told.links, told.notices) == ((), ())
    assert told.requisites == (("https://quay.example/k.png",) if kind else ())
