# SPDX-License-Identifier: Apache-2.0
"""An archive with captures of many kinds, and extractors of later versions to read them again with."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from archiver.extract import EXTRACTOR, Reading
from archiver.services import claims_sets, re_extract
from archiver.services.history.extractor import CURRENT, Extractor
from archiver.services.re_extract import Reread
from manifests.agents import Authority, Confidence, Evidence, Fetcher, Place
from manifests.capture import Outcome, Revisited
from manifests.rights import Notice
from tests.services.exchanges import ARCHIVE_ID, AT, Archive, Clock, chunked, context, exchange, page, plain

HOST = "http://gazette.example/"
FOOTER = "<footer>&copy; 2026 The Harbour Gazette. All rights reserved.</footer>"
REPRINT = (
    "<p>Originally published by <a href='https://quay.example/tides'>The Quay Courier</a>.</p>"
    '<script type=\'application/ld+json\'>{"datePublished": "2026-02-01"}</script>'
)


def version(number: int) -> Fetcher:
    """A version of the extractor that is later than the current one, the later the higher the number."""
    return Fetcher(name=EXTRACTOR.name, version=f"1000.{number}")


def same(number: int = 1) -> Extractor:
    """A later version that reads what the current one reads."""
    return Extractor(version(number), CURRENT.read)


def keener(number: int = 1, kind: str = "tide-notice") -> Extractor:
    """A later version that finds one more notice on every page with a title."""

    def read(url: str, headers: Sequence[tuple[str, str]], entity: bytes, code: int | None) -> Reading:
        found = CURRENT.read(url, headers, entity, code)
        words = Evidence(authority=Authority(kind="page"), place=Place(css_path="title"), text="High water")
        more = Notice(kind=kind, text="High water", evidence=words, confidence=Confidence.LOW, reason="a later rule")
        return replace(found, notices=(*found.notices, more)) if found.title else found

    return Extractor(version(number), read)


def many_kinds(archive: Archive) -> None:
    """Three segments with pages, pieces, codings, revisits of both kinds, failures and files."""
    body = page(f"<p>High water at noon.</p>{REPRINT}{FOOTER}")
    coded = gzip.compress(body, mtime=0)
    archive.keep(
        exchange(plain(body), HOST + "plain"),
        exchange(chunked(body), HOST + "pieces"),
        exchange(plain(coded, b"Content-Encoding: gzip"), HOST + "coded"),
        exchange(None, HOST + "down", outcome=Outcome.FAILED, reason="connect-failed"),
        exchange(plain(b"body{background:url(/i.png)}", kind=b"text/css"), HOST + "style.css"),
    )
    later = AT + timedelta(days=1)
    archive.keep(
        exchange(plain(body, b"X-Robots-Tag: noarchive"), HOST + "plain", at=later),
        exchange(plain(coded, b"Content-Encoding: gzip"), HOST + "again", at=later),
        exchange(plain(b"User-agent: *\nDisallow: /\n", kind=b"text/plain"), HOST + "robots.txt", at=later),
        exchange(plain(page(FOOTER)) + b"surplus", HOST + "surplus", at=later),
        exchange(body, HOST + "headless", at=later),
    )
    archive.keep(
        exchange(
            plain(page("<p>Cut")).replace(b"Content-Length: ", b"Content-Length: 9"), HOST + "cut", truncated=True
        ),
        exchange(plain(b"\x89PNG\r\n\x1a\n", kind=b"image/png"), HOST + "i.png"),
        exchange(plain(page("<p>Nothing here</p>"), code=b"404 Not Found"), HOST + "gone"),
    )
    (held,) = archive.world.generations.current().by_url(HOST + "plain", "example,gazette)/plain", limit=1)
    ingest = archive.ingest()
    earlier = Revisited(
        relation="server-not-modified", capture_id=held.capture_id, url=held.url, fetched_at=held.fetched_at
    )
    answer = exchange(plain(b"", code=b"304 Not Modified"), HOST + "plain", at=AT + timedelta(days=2))
    ingest.record(answer, context(HOST + "plain"), unmodified=earlier)
    ingest.finish()


def re_extracted(archive: Archive, extractor: Extractor, *, dry_run: bool = False) -> list[Reread]:
    """Every segment that is due, read again and catalogued, one after the other."""
    world = archive.world
    done = []
    for one in re_extract.due(world.store, world.generations.current(), extractor.program):
        read = re_extract.re_extract(
            world.store,
            world.generations.current(),
            one,
            extractor,
            archive_id=ARCHIVE_ID,
            now=Clock(),
            dry_run=dry_run,
        )
        done.append(read if dry_run else re_extract.catalogue(world, read))
    return done


def set_folders(archive: Archive) -> list[str]:
    """The key prefix of every stored claims set."""
    return claims_sets.folders(archive.store)
