# SPDX-License-Identifier: Apache-2.0
"""Large pages made to hurt the extractor, by name: what nests, repeats or grows beyond any honest page.

Each has between one and twelve million octets, the largest that a page of the open web may bring. The small inputs from which
the fuzzer grows others are files in tests/extract/fuzz/.
"""

from collections.abc import Callable

from archiver.extract.origin.attribution_words import TRIGGERS
from archiver.extract.rights.triggers import FAMILIES

_MILLION = 1_000_000


def _filled(part: bytes, before: bytes = b"", after: bytes = b"", size: int = 3 * _MILLION) -> bytes:
    return before + part * (size // len(part)) + after


def _ladder(name: bytes) -> bytes:
    return b"<%s>" % name * 200_000 + "© 2020 Ink Press".encode() + b"</%s>" % name * 200_000


def _words(family: str) -> bytes:
    words = " ".join(FAMILIES[family])
    return _filled(f"<p>{words}. ".encode(), size=2 * _MILLION)


PAGES: dict[str, Callable[[], bytes]] = {
    "an attribute of ten million octets": lambda: b'<p title="' + b"x" * (10 * _MILLION) + b'">(c) 2020 Ink',
    "a class of ten million octets": lambda: b'<p class="' + b"byline author " * 714_000 + b'">By Ida Marsh',
    "a style of ten million octets": lambda: b'<p style="' + b"background:url(a);" * 555_000 + b'">',
    "a hundred thousand attributes": lambda: b"<p " + b" ".join(b"a%d=%d" % (at, at) for at in range(100_000)) + b">",
    "a million quotes in one tag": lambda: b"<p " + b"\"'" * _MILLION,
    "nested divs": lambda: _ladder(b"div"),
    "nested tables": lambda: _ladder(b"table"),
    "nested formatting": lambda: _ladder(b"b"),
    "nested lists without ends": lambda: _filled(b"<ul><li>"),
    "nested unknown elements": lambda: _filled(b"<x-a>", size=_MILLION),
    "distinct unknown elements": lambda: b"".join(b"<x%d>" % at for at in range(200_000)),
    "nested templates": lambda: _filled(b"<template>", size=_MILLION),
    "nested selects": lambda: _filled(b"<select><option>", size=_MILLION),
    "nested svg": lambda: _filled(b"<svg><foreignObject>", size=_MILLION),
    "misnested anchors": lambda: _filled(b'<a href="/x"><b><p>'),
    "text in tables": lambda: _filled(b"<table>x"),
    "one line of text": lambda: _filled(b"harbour "),
    "one word": lambda: b"<p>" + b"h" * (5 * _MILLION),
    "references": lambda: _filled(b"&amp;&#38;&notit;&"),
    "comments": lambda: _filled(b"<!-- a -- b --!><!--"),
    "declarations": lambda: _filled(b"<!x <?y "),
    "raw elements": lambda: _filled(b"<textarea></ textarea><title></titl"),
    "scripts that are not ended": lambda: _filled(b"<script><!--<script>"),
    "a deep statement": lambda: b'<script type="application/ld+json">' + b'{"a":[' * 300_000,
    "many statements": lambda: _filled(b'<script type="application/ld+json">{"@id":"a","author":{"@id":"a"}}</script>'),
    "one wide statement": lambda: _filled(
        b'{"@type":"Article","author":"Ida"},', b'<script type="application/ld+json">['
    ),
    "metas": lambda: _filled(b'<meta name="author" content="By Ida Marsh and Bo Reed">'),
    "links": lambda: b"".join(b'<a rel="license nofollow" href="//a.example/%d">x</a>' % at for at in range(70_000)),
    "link relations": lambda: _filled(b"canonical ", b'<link rel="', b'" href="https://a.example/">'),
    "sources": lambda: _filled(b"a 1x, ", b'<img srcset="'),
    "byline elements": lambda: _filled(b'<p class="byline" id="author">By Ida Marsh</p>'),
    "copyright lines": lambda: _filled("<p>© 2019–2020 Ink Press Ltd. All rights reserved".encode()),
    "copyright lines in one block": lambda: _filled("© 2020 by Ink Press, ".encode()),
    "years": lambda: _filled(b"2019, 2020-2021 ", "© ".encode()),
    "signs": lambda: _filled("©(c)".encode()),
    "signs before letters": lambda: _filled(("<p>" + "©a " * 10_000).encode()),
    "quoted copyright lines": lambda: _filled("“© 2020 Ink” ".encode()),
    "source lines": lambda: _filled(b"<p>Source: Tide Watch</p>"),
    "open lines": lambda: _filled(b'<p>Published by:</p><img alt="a">'),
    "open lines in one element": lambda: _filled(b'<p>Published by:</p><img alt="a">', b"<div>"),
    "source lines in eight elements": lambda: _filled(b"<p>Source: Tide Watch</p>", b"<div>" * 8),
    "slugs": lambda: _filled(b"<p>Quay, 3 May (Reuters (AFP (dpa) (" + b"A " * 40 + b"</p>"),
    "words of attribution": lambda: _filled(f"<p>{' '.join(TRIGGERS)}. ".encode(), size=2 * _MILLION),
    "sentences of republication": lambda: _filled(b"<p>This article was originally published in the republished from "),
    **{f"words of {family}": (lambda family=family: _words(family)) for family in FAMILIES},  # type: ignore[misc]
    "zero octets": lambda: _filled(b"\0", b"<p>"),
    "undecodable octets": lambda: _filled(b"<p>\xff\xfe\xc2\xa9 2020 \xe3\x81"),
    "a style sheet of imports": lambda: _filled(b'@import "a";/*', b"<style>"),
    "spaces": lambda: _filled(b" ", b"<p>", "© 2020 Ink".encode()),
    "line feeds": lambda: _filled(b"\n", b"<pre>", "© 2020 Ink".encode()),
}
