# SPDX-License-Identifier: Apache-2.0
"""Every byte range that a claim names reads back exactly from the stored WARC file, by another reader, for any page."""

import gzip
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archiver.services.audit import verify_archive
from manifests import CaptureManifest, Evidence, from_canonical
from manifests.ranges import read_ranges
from tests.services.exchanges import URL, Archive, chunked, exchange, plain

names = st.sampled_from(
    ["Ada Quill", "The Harbour Gazette", "Jos\u00e9 Mu\u00f1oz", "\u6e2f\u5831", "O'Neil & Sons", "M\u00fcller GmbH"]
)
years = st.sampled_from(["2026", "2004-2026", "1999\u20132026"])
PIECES = [
    "<footer>&copy; {year} {name}</footer>",
    "<footer>\u00a9 {year} <b>{name}</b>. All <!-- not -->rights\n reserved.</footer>",
    "<p>Copyright {year} {name}<script>var a = '&copy; 1900 Nobody';</script></p>",
    "<p>By <a rel=author href=/a>{name}</a></p>",
    '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>',
    "<p>This article originally appeared in <a href='http://other.example/x'>{name}</a>.</p>",
    "<p>Published <time datetime=2026-02-27>27 February {year}</time></p>",
    "<p>Photo: {name}</p>",
    "<p>This page makes fair use of quotations under 17 U.S.C. &sect; 107.</p>",
    '<script type="application/ld+json">{{"@type": "NewsArticle", "author": {{"name": "{name}"}}, '
    '"copyrightHolder": {{"name": "{name}"}}, "datePublished": "2026-02-27"}}</script>',
    "<p>No part of this may be reproduced without permission of {name}.</p>",
    "<div>5 &lt; 7 &amp; 8 &gt; 2 <i>{name}</div></i>",
    "<p>\U0001f600 {name} \u2028\u00a0</p>",
]
HEADS = [
    "<title>Tides, {name}</title>",
    '<meta name="author" content="{name}">',
    '<meta name="copyright" content="(c) {year} {name}">',
    '<meta name="robots" content="noarchive, noai">',
    '<link rel="canonical" href="/tides">',
    '<meta property="og:site_name" content="{name}">',
]


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    """A page with rights words in odd places, in one of several charsets, sometimes broken off."""
    charset = draw(st.sampled_from(["utf-8", "windows-1252", "utf-16", "shift_jis"]))
    given_words = {"name": draw(names), "year": draw(years)}
    head = "".join(draw(st.lists(st.sampled_from(HEADS), max_size=4, unique=True))).format(**given_words)
    pieces = [
        piece.format(name=draw(names), year=draw(years))
        for piece in draw(st.lists(st.sampled_from(PIECES), max_size=6))
    ]
    declared = "" if charset == "utf-16" else f"<meta charset={charset}>"
    text = f"<!doctype html><html lang=en><head>{declared}{head}</head><body>{''.join(pieces)}</body></html>"
    raw = text.encode(charset, "xmlcharrefreplace")
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) and draw(st.booleans()) else raw


def evidence_in(value: Any) -> Iterator[Evidence]:
    """Every piece of evidence in a model, wherever it stands."""
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from evidence_in(one)
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            yield from evidence_in(getattr(value, name))


def stored_pairs(archive: Archive) -> Iterator[tuple[CaptureManifest, bytes]]:
    """Each stored manifest with the entity beside it, as another reader decodes it."""
    for key in archive.store.list("segments/"):
        if key.endswith(".warc.gz"):
            entity = b""
            for record in ArchiveIterator(archive.store.open(key)):
                if record.rec_type == "response":
                    entity = record.content_stream().read()
                elif (record.rec_headers["WARC-Target-URI"] or "").startswith("urn:manifest:"):
                    yield from_canonical(CaptureManifest, record.content_stream().read()), entity


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(pages(), min_size=1, max_size=4, unique=True), st.randoms(use_true_random=False))
def test_every_range_reads_back_from_the_stored_file(
    tmp_path_factory: Any, contents: list[bytes], chosen: random.Random
) -> None:
    archive = Archive(Path(tmp_path_factory.mktemp("evidence")))
    ways: list[Callable[[bytes], bytes]] = [
        plain,
        chunked,
        lambda raw: plain(gzip.compress(raw), b"Content-Encoding: gzip"),
    ]
    archive.keep(*(exchange(chosen.choice(ways)(raw), f"{URL}/{n}") for n, raw in enumerate(contents)))
    seen = 0
    for manifest, entity in stored_pairs(archive):
        seen += 1
        assert manifest.claims is not None
        for one in evidence_in(manifest.claims):
            if one.place.ranges:
                assert read_ranges(entity, one.place.ranges, manifest.claims.charset or "utf-8") == one.text
    assert seen == len(contents)
    assert verify_archive(archive.store, archive.world.generations.current()).findings == []
    archive.close()


def test_a_plain_notice_has_its_range(archive: Archive) -> None:
    raw = b"<!doctype html><title>T</title><p>x</p><footer>&copy; 2026 <b>The Harbour</b> Gazette</footer>"
    archive.keep(exchange(plain(raw)))
    ((manifest, entity),) = stored_pairs(archive)
    assert manifest.claims is not None
    (notice,) = manifest.claims.notices
    ((start, end),) = notice.evidence.place.ranges
    assert b"&copy; 2026 <b>The Harbour</b> Gazette" in entity[start:end]
    assert notice.evidence.text == "\u00a9 2026 The Harbour Gazette"
