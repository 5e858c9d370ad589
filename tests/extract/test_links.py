# SPDX-License-Identifier: Apache-2.0
"""What a page embeds and where it leads."""

import pytest

from archiver.extract import read_css
from archiver.extract.markup.references import Base
from archiver.extract.origin import hosts
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


@pytest.mark.parametrize(
    ("markup", "urls"),
    [
        ('<a data-src="/a.png">x</a>', ()),
        ('<a style="background:url(/a.png)">x</a>', ("https://www.harbourledger.example/a.png",)),
        ('<script data-src="/a.js"></script>', ()),
        ('<link rel="preload" as="image" imagesrcset="/a.png 1x">', ("https://www.harbourledger.example/a.png",)),
        ('<svg><use href="/a.svg"/></svg>', ("https://www.harbourledger.example/a.svg",)),
        ('<svg><use/></svg>', ()),
        ('<p style="color:red">x</p>', ()),
        ('<style>p{}</style>', ()),
        ('<base href="ftp://h.example/"><img src="a.png">', ("https://www.harbourledger.example/stories/a.png",)),
    ],
)  # fmt: skip
def test_only_what_a_browser_would_load_is_embedded(markup, urls):
    assert reading_of(markup).requisites == urls


@pytest.mark.parametrize(
    ("markup", "urls"),
    [
        ('<meta http-equiv="refresh" content="30">', ()),
        ('<meta http-equiv="refresh">', ()),
        ('<meta http-equiv="content-type" content="0; url=/a">', ()),
        ('<link rel="alternate stylesheet" href="/a">', ()),
        ('<link rel="icon" href="/a">', ()),
        ('<link rel="prev" href="/a">', ("https://www.harbourledger.example/a",)),
    ],
)
def test_only_what_leads_away_is_a_link(markup, urls):
    assert reading_of(markup).links == urls


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("b", "https://h.example/d/b"),
        ("/b", "https://h.example/b"),
        ("/x/../b", "https://h.example/b"),
        ("/b c", "https://h.example/b%20c"),
        ("?q", "https://h.example/d/e?q"),
        ("//other.example", "https://other.example/"),
        ("https://other.example?q", "https://other.example/?q"),
        ("HTTP://Other.example/A#b", "HTTP://Other.example/A"),
        ("/b\nc\td", "https://h.example/bcd"),
        ("/a\\b?c\\d", "https://h.example/a/b?c\\d"),
        ("https://u:p@other.example/a", "https://other.example/a"),
        ("https:b", "https://h.example/d/b"),
        ("https:///b", None),
        ("https://[b", None),
        ("//[b", None),
        ("ftp://h.example/", None),
        ("#b", None),
        (" ", None),
        ("/" + "b" * 8000, None),
    ],
)
def test_a_reference_is_made_absolute(reference, url):
    base = Base("https://h.example/d/e")
    assert base.absolute(reference) == url
    assert base.absolute(reference) == url


@pytest.mark.parametrize(("base", "url"), [("", None), ("http://[", None), ("about:blank", None)])
def test_a_base_that_is_no_address_makes_nothing_absolute(base, url):
    assert Base(base).absolute("/b") is url
    assert Base(base).absolute("https://h.example/b") == "https://h.example/b"


def test_references_too_long_to_remember_are_read_alike():
    base, path = Base("https://h.example/"), "b" * 600
    assert [base.absolute(path) for _ in range(2)] == [f"https://h.example/{path}"] * 2


@pytest.mark.parametrize(
    ("style", "urls"),
    [
        (b"a{background:Url(b.png)}", ("b.png",)),
        (b"a{background:url()} b{background:url('')}", ()),
        (b"@IMPORT 'b.css';", ("b.css",)),
        (b"a{color:red}", ()),
        (b"a{src:url(b\\(1\\).png)}", ("b(1).png",)),
        (b'a{src:url("b\\"c")}', ("b%22c",)),
        (b"a{src:url('b\\(1\\).png')}", ("b(1).png",)),
        (b"a{src:url('b\\e9 c')}", ("b\u00e9c",)),
        (b"a{src:url('b\\110000 c\\d800')}", ("b\ufffdc\ufffd",)),
        (b'@charset "windows-1251";a{src:url(\xe1)}', ("\u0431",)),
        (b"a{src:url(\xd0\xb1) url(data:,x)}", ("\u0431",)),
        (b"/* url(b.png) ", ()),
    ],
)
def test_a_style_sheet_is_read_as_its_standard_says(style, urls):
    found = read_css(style, url="https://h.example/", content_type="text/css")
    assert found == tuple(f"https://h.example/{url}" for url in urls)


def test_a_style_sheet_loads_at_most_two_thousand():
    sheet = b"".join(b"url(%d)" % n for n in range(2_010))
    assert read_css(sheet, url="https://h.example/", content_type=None)[-1] == "https://h.example/1999"


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.news.example.co.uk/a", "example.co.uk"),
        ("https://a.b.example/", "b.example"),
        ("https://localhost/", "localhost"),
        ("https://10.1.2.3/", "10.1.2.3"),
        ("https://web.archive.org/web/20190101000000im_/http://a.example./", "a.example"),
        ("https://web.archive.org/web/2019/x", "archive.org"),
        ("http://[", None),
        ("/a", None),
        (None, None),
    ],
)
def test_the_site_of_an_address_is_its_registrable_domain(url, site):
    assert hosts.site_of(url) == site


@pytest.mark.parametrize(
    ("name", "url", "spelled"),
    [
        ("Harbour Ledger", "https://www.harbourledger.example/", True),
        ("The Harbour Ledger Online", "https://harbourledger.example/", True),
        ("Harbour", "https://harbourledger.example/", True),
        ("Harbour Ledger", "https://hl.example/", True),
        ("H\u00e5rbour Ledger", "https://ha\u030arbourledger.example/", True),
        ("Har", "https://harbourledger.example/", False),
        ("Tide Watch", "https://harbourledger.example/", False),
        ("\u2014", "https://harbourledger.example/", False),
        ("Harbour Ledger", "", False),
    ],
)
def test_a_host_spells_a_name_wholly_or_by_its_initials(name, url, spelled):
    assert hosts.names_host(name, url) is spelled
