# SPDX-License-Identifier: Apache-2.0
"""What a page embeds and where it leads."""

import pytest

from archiver.extract import read_css
from tests.extract.pages import reading_of

EMBEDDED = [
    '<img src="/a.png">',
    '<img srcset="/a.png 1x">',
    '<picture><source srcset="/a.png 2x, "></picture>',
    '<link rel="stylesheet" href="/a.png">',
    '<link rel="shortcut icon" href="/a.png">',
    '<link rel="preload" as="font" href="/a.png">',
    '<script src="/a.png"></script>',
    '<iframe src="/a.png"></iframe>',
    '<embed src="/a.png">',
    '<object data="/a.png"></object>',
    '<video poster="/a.png"></video>',
    '<audio src="/a.png"></audio>',
    '<video><track src="/a.png"></video>',
    '<input type="image" src="/a.png">',
    '<p style="background: url(/a.png)">',
    "<style>p{background:url('/a.png')}</style>",
    '<style>@import "/a.png";</style>',
    '<svg><image href="/a.png"/></svg>',
    '<svg><use xlink:href="/a.png#part"/></svg>',
    '<table background="/a.png"></table>',
    '<img data-src="/a.png">',
    '<img src="data:image/gif;base64,R0" data-srcset="/a.png 300w">',
    '<noscript><img src="/a.png"></noscript>',
    '<img src=" /a.png\n">',
    '<base href="https://www.harbourledger.example/"><img src="a.png">',
]


@pytest.mark.parametrize("markup", EMBEDDED)
def test_what_is_embedded_is_a_requisite(markup):
    assert reading_of(markup).requisites == ("https://www.harbourledger.example/a.png",)


@pytest.mark.parametrize(
    "markup",
    ['<a href="/a">x</a>', '<img src="data:image/gif;base64,R0">', '<link rel="next" href="/a">', '<img src="ftp://h.example/a">',
     '<input type="text" src="/a">', '<img src="#a">', "<img>", '<link rel="preload" as="fetch" href="/a">'],
)  # fmt: skip
def test_what_is_not_embedded_is_no_requisite(markup):
    assert reading_of(markup).requisites == ()


def test_requisites_keep_document_order_and_are_unique():
    reading = reading_of('<img src="/2"><img src="/1"><img src="/2">')
    assert [url.rsplit("/", 1)[1] for url in reading.requisites] == ["2", "1"]


LEADING = [
    ('<a href="next#part">x</a>', "https://www.harbourledger.example/stories/next"),
    ('<map><area href="//other.example/a"></map>', "https://other.example/a"),
    ('<link rel="amphtml" href="/amp">', "https://www.harbourledger.example/amp"),
    ('<meta http-equiv="refresh" content="3; url=/moved">', "https://www.harbourledger.example/moved"),
    ('<a href="https://user:pw@other.example">x</a>', "https://other.example/"),
    ('<a href="/a b\\c">x</a>', "https://www.harbourledger.example/a%20b/c"),
]


@pytest.mark.parametrize(("markup", "url"), LEADING)
def test_where_a_page_leads_is_a_link(markup, url):
    assert reading_of(markup).links == (url,)


@pytest.mark.parametrize("href", ["#top", "javascript:void(0)", "mailto:a@b.example", "", "http://[", "tel:1"])
def test_what_is_no_web_address_is_no_link(href):
    assert reading_of(f'<a href="{href}">x</a>').links == ()


def test_a_style_sheet_loads_its_urls_and_imports():
    sheet = (
        b"@import 'base.css'; /* url(no.png) */ a{background:url( \"/a\\2e png\" )} b{src:url(f.woff2#x) url(data:,)}"
    )
    assert read_css(sheet, url="https://h.example/css/site.css", content_type="text/css") == (
        "https://h.example/css/base.css",
        "https://h.example/a.png",
        "https://h.example/css/f.woff2",
    )
