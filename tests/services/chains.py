# SPDX-License-Identifier: Apache-2.0
"""Pages that name each other, kept in an archive, and the chains that come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from archiver.catalog.catalog import Found
from archiver.services.near import Near
from archiver.services.provenance.asking import Asked
from archiver.services.provenance.assembling import assemble
from archiver.services.provenance.chain import Chain
from archiver.services.provenance.holdings import ArchiveHoldings
from archiver.url_keys import url_key
from manifests.agents import Agent
from manifests.capture import RobotsDecision
from tests.services.exchanges import ARCHIVE_ID, AT, Archive, context, exchange, page, plain

ORIGINAL = "http://harbour.example/2026/the-ferry"
REPRINT = "http://commons.example/articles/17"
OTHER = "http://mirror.example/ferry"
OPERATOR = Agent(name="The tests", contact="tests@gazette.example")


def article(
    publisher: str,
    *,
    source: str | None = None,
    date: str | None = None,
    notice: str = "",
    body: str = "<p>The ferry left at noon.</p>",
    title: str = "The ferry",
) -> bytes:
    """An article that may name its original, its date and its terms."""
    head = f'<meta property="og:site_name" content="{publisher}">'
    head += f'<link rel="syndication-source" href="{source}">' if source else ""
    head += f'<meta property="article:published_time" content="{date}">' if date else ""
    return page(f"{body}<footer>{notice}</footer>", title).replace(b"</head>", head.encode() + b"</head>")


def keep(archive: Archive, pages: Mapping[str, bytes], *, days: int = 0) -> None:
    """Captures pages on one day, in their order."""
    at, ingest = AT + timedelta(days=days), archive.ingest()
    for place, (url, body) in enumerate(pages.items()):
        one = exchange(plain(body), url, at=at + timedelta(minutes=place))
        ingest.record(one, replace(context(url), operator=OPERATOR))
    ingest.finish()


ROBOTS = b"User-agent: *\nContent-Signal: ai-train=no\n"


def keep_with_site_file(archive: Archive, url: str, body: bytes) -> str:
    """Captures a page of a site whose robots.txt says something; returns the id of that file's capture."""
    ingest = archive.ingest()
    robots = url.partition("://")[0] + "://" + url.split("/")[2] + "/robots.txt"
    said = ingest.record(exchange(plain(ROBOTS, kind=b"text/plain"), robots), context(robots))
    capture_id = said.manifest.observation.capture_id
    decision = RobotsDecision(decision="allowed", obeyed=False, capture_id=capture_id)
    ingest.record(exchange(plain(body), url), replace(context(url), robots=decision))
    ingest.finish()
    return capture_id


def chain_of(
    archive: Archive, url: str, *, alike: Mapping[str, Sequence[tuple[str, float]]] | None = None, **more: Any
) -> Chain:
    """The chain of a URL; `alike` says for each URL which others have how much of its text."""
    catalog = archive.world.generations.current()

    def near(found: Found) -> list[Near]:
        others = (alike or {}).get(found.url, ())
        return [Near(catalog.by_url(other, url_key(other))[0], 0, overlap) for other, overlap in others]

    holdings = ArchiveHoldings(archive.store, catalog, near)
    asked = [Asked(one, "url") for one in catalog.by_url(url, url_key(url))]
    return assemble(url, asked, holdings, archive_id=ARCHIVE_ID, operator=OPERATOR, **more)


def told(chain: Chain) -> set[tuple[str, str, str]]:
    """Each link as its two addresses, or names, and what it rests on."""

    def called(name: str) -> str:
        node = chain.node(name)
        return node.url or (node.named.name if node.named and node.named.name else "")

    return {(called(link.source), "+".join(link.by), called(link.target)) for link in chain.links}
