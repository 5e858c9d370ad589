# SPDX-License-Identifier: Apache-2.0
"""Everything read from one response: the entry to the extractor.

Guarantees: `read` raises on no bytes, URL or header; its work is linear in the size of the entity; it does no I/O and knows
no clock. Pages (HTML, XHTML) are parsed; plain text gives its notices, a style sheet what it loads; of anything else only
the header speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archiver.extract import site_files, suspicion
from archiver.extract.markup import charset, directives, links, media
from archiver.extract.markup.css import read_css
from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness, server_evidence
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.metas import Metas
from archiver.extract.markup.references import Base
from archiver.extract.origin import attribution, authors, dates, head, publisher, reprint
from archiver.extract.origin.agreement import MOST_DIFFERING
from archiver.extract.rights import notice_signals, notices, statement
from archiver.extract.rights.triggers import triggered
from manifests.agents import Authority, Claim, Differing, Fetcher
from manifests.capture import Party, Suspicion
from manifests.rights import Notice, Reprint, RightsStatement

EXTRACTOR = Fetcher(name="colophon-extract", version="0.2")
"""The name and version that claims carry; a change of any rule raises the version."""


_NONE_FOUND = RightsStatement(statement="none-found")


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read from one response."""

    charset: str | None = None
    """As Python knows it; byte ranges are read back with it."""
    mime_detected: str | None = None
    title: Claim | None = None
    language: Claim | None = None
    published_at: Claim | None = None
    modified_at: Claim | None = None
    canonical_url: Claim | None = None
    publisher: Party | None = None
    authors: tuple[Party, ...] = ()
    differing: tuple[Differing, ...] = ()
    """What other places of the page say of the same things, and was not believed."""
    notices: tuple[Notice, ...] = ()
    rights: RightsStatement = _NONE_FOUND
    reprint: Reprint | None = None
    suspected: tuple[Suspicion, ...] = ()
    requisites: tuple[str, ...] = ()
    """Absolute URLs of what the page embeds, in document order."""
    links: tuple[str, ...] = ()
    """Absolute URLs the page leads to, in document order."""
    nofollow: frozenset[str] = frozenset()
    """Absolute URLs of which every `a` and `area` element says `rel=nofollow`."""
    robots: tuple[str, ...] = ()
    """What robots metas and X-Robots-Tag ask of every crawler or of this one, lower-case tokens such as `noarchive`."""
    text: str = ""
    """The visible text, a line a block."""


def read(
    entity: bytes,
    *,
    url: str,
    content_type: str | None,
    headers: Sequence[tuple[str, str]] = (),
    code: int | None = 200,
) -> Reading:
    """What `entity`, received from `url` with these headers, says of itself."""
    kind = media.detect(entity, content_type)
    if media.reads_as_page(kind, content_type):
        return _page(entity, url, content_type, headers, code, kind)
    if media.essence(content_type) == "text/css":
        loaded = read_css(entity, url=url, content_type=content_type)
        return _with_headers(Reading(mime_detected=kind, requisites=loaded), url, headers)
    if media.reads_as_text(kind, content_type):
        return _plain(entity, url, content_type, headers, kind)
    if site_files.is_site_file(url, entity):
        codec, _ = charset.read(entity, content_type)
        told = site_files.read(entity, url, codec)
        return _with_headers(Reading(charset=codec, mime_detected=kind, notices=told), url, headers)
    return _with_headers(Reading(mime_detected=kind), url, headers)


def _with_headers(reading: Reading, url: str, headers: Sequence[tuple[str, str]]) -> Reading:
    server = Authority(kind="server", url=url or None)
    found = notice_signals.from_headers(
        headers, lambda name, content: server_evidence(server, name, content), Base(url)
    )
    kept = (*reading.notices, *found)[: notices.MOST]
    return replace(reading, notices=kept, rights=statement.of_notices(kept), robots=directives.robots(headers))


def _plain(
    entity: bytes, url: str, content_type: str | None, headers: Sequence[tuple[str, str]], kind: str | None
) -> Reading:
    codec, markup = charset.read(entity, content_type)
    document = Document.of_text(entity, codec, markup)
    witness = Witness(document, url)
    found = notices.read(
        document,
        Metas(document),
        Statements(document),
        witness,
        Base(url),
        headers=headers,
        triggered=triggered(document),
        lines=[],
        publisher_keys=publisher.keys_of(None, url),
    )
    found = (*site_files.read(entity, url, codec), *found)[: notices.MOST]
    return Reading(
        charset=codec, mime_detected=kind, notices=found, rights=statement.of_notices(found),
        robots=directives.robots(headers), text=document.text,
    )  # fmt: skip


def _page(
    entity: bytes,
    url: str,
    content_type: str | None,
    headers: Sequence[tuple[str, str]],
    code: int | None,
    kind: str | None,
) -> Reading:
    codec, markup = charset.read(entity, content_type)
    document = Document(entity, codec, markup)
    witness = Witness(document, url)
    metas, said = Metas(document), Statements(document)
    base = links.base_of(document, url)
    title = head.title(document, metas, witness)
    others: list[Differing] = []
    canonical = head.canonical(metas, witness, base, headers, others)
    published_by = publisher.read(document, metas, said, witness, url, title, others)
    keys = publisher.keys_of(published_by, url)
    named = title.value if title else None
    written_by = authors.read(document, metas, said, witness, keys, title=named, others=others)
    words = triggered(document)
    lines = attribution.read(document, words.get("attribution", []))
    found = notices.read(
        document, metas, said, witness, base, headers=headers, triggered=words, lines=lines, publisher_keys=keys
    )
    republished = reprint.read(
        document,
        metas,
        said,
        witness,
        base,
        url,
        lines=lines,
        authors=written_by,
        canonical=canonical,
        notices=[one for one in found if one.voice is None],
        publisher_keys=keys,
    )
    return Reading(
        charset=codec,
        mime_detected=kind,
        title=title,
        language=head.language(document, metas, said, witness, headers),
        published_at=dates.published(document, metas, said, witness, others),
        modified_at=dates.modified(document, metas, said, witness, others),
        canonical_url=canonical,
        publisher=publisher.confirmed(published_by, found),
        authors=written_by,
        differing=tuple(others[:MOST_DIFFERING]),
        notices=found,
        rights=statement.of_notices(found),
        reprint=republished or reprint.by_dateline(witness, url, base, lines, keys),
        suspected=suspicion.read(document, said, witness, code, title.value if title else None, asks="access" in words),
        requisites=links.requisites(document, base),
        links=links.links(document, base),
        nofollow=links.nofollow(document, base),
        robots=directives.robots(headers, metas),
        text=document.text,
    )
