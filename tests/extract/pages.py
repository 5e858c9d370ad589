# SPDX-License-Identifier: Apache-2.0
"""Small pages for the extractor's tests, all written for them."""

from collections.abc import Iterator, Sequence

from archiver.extract import Reading, read
from manifests.agents import Evidence
from manifests.rights import Notice

URL = "https://www.harbourledger.example/stories/lighthouse"

NEWSROOM = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8">
<title>Lamps along the northern quay | Harbour Ledger</title>
<meta property="og:site_name" content="Harbour Ledger">
<link rel="canonical" href="https://www.harbourledger.example/stories/lighthouse">
</head><body>
<article id="story"><h1>Lamps along the northern quay</h1>
<p>The keeper climbed the stairs at dusk, as he had done for thirty years, and the lamp was lit before the fog
came.</p>
<p>Support our friends: <a href="https://tidewatch.example/give">https://tidewatch.example/give</a></p></article>
<div class="articlesBy"><br/>Articles by: <a href="/author/tide-watch" rel="tag"><strong>Tide
Watch</strong></a></div>
<div class="disclaimer"><p><b>Disclaimer:</b> What is said here is the sole responsibility of the author(s).
The Ledger
will not be responsible for any error in this piece. The Harbour Society grants permission to cross-post Ledger
pieces on community sites as
long as the source is named. For publication of Ledger pieces in print or other commercial forms, contact:
desk@ledger.example</p>
<p><a href="/">www.harbourledger.example</a> contains copyrighted material the use of which its owner has not always
authorised. We are making such material available under the provisions of "fair use", 17 U.S.C. § 107, for
study. If you wish to use it for other
purposes than "fair use" you must ask the copyright owner.</p></div>
<footer><p>&copy; 2015&ndash;2019 Harbour Society Ltd. All rights reserved.</p></footer>
</body></html>"""


def page_of(body: str, *, head: str = "") -> bytes:
    """The bytes of a page with this head and body."""
    return f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode()


def reading_of(body: str, *, head: str = "", url: str = URL, headers: Sequence[tuple[str, str]] = ()) -> Reading:
    """What is read from a page with this head and body."""
    return read(page_of(body, head=head), url=url, content_type="text/html", headers=headers)


def of_kind(reading: Reading, kind: str) -> list[Notice]:
    """The notices of one kind."""
    return [notice for notice in reading.notices if notice.kind == kind]


def evidence_of(reading: Reading) -> Iterator[Evidence]:
    """Every piece of evidence in a reading."""
    for claim in (reading.title, reading.language, reading.published_at, reading.modified_at, reading.canonical_url):
        if claim is not None:
            yield from (claim.evidence, *claim.also)
    for party in (reading.publisher, *reading.authors):
        if party is not None:
            yield from (party.evidence, *party.also)
    yield from (one.evidence for one in reading.differing)
    yield from (notice.evidence for notice in reading.notices)
    if reading.reprint is not None:
        yield reading.reprint.evidence
    yield from (s.evidence for s in reading.suspected if s.evidence is not None)
