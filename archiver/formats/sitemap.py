# SPDX-License-Identifier: Apache-2.0
"""Sitemaps: what a site says it consists of (sitemaps.org protocol 0.9).

Sets of URLs, indexes of sitemaps, the text form with a URL a line, any of them gzipped, and feeds, which the protocol
takes for sitemaps. News and image extensions are left out: what they name is embedded in the page.

Guarantees: never raises; at most `MAX_ENTRIES` entries of at most `MAX_SITEMAP` octets; entries before a fault are
returned with it; nothing outside the document is read (`xml_reading`). Leaves to others: whether an entry is a URL that
can be fetched, lies on the sitemap's own host (the protocol asks for it) or names a sitemap already read: an index may
name itself. Entries are as written and may be relative, against the protocol.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from archiver.formats.coding import decode_stream
from archiver.formats.dates import read_date
from archiver.formats.feed import looks_like_feed, read_feed
from archiver.formats.xml_reading import MAX_TEXT, Stop, XmlReader

MAX_ENTRIES = 200_000
"""Entries of one sitemap; the protocol allows 50,000, and sites exceed it."""
MAX_SITEMAP = 50 << 20
"""Octets of one sitemap, its gzip undone, as the protocol allows."""
_HEAD = 2048
_GZIP = b"\x1f\x8b\x08"
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,30}:)?(?:urlset|sitemapindex)[\s>]")
_TEXT_NAME = re.compile(r"/[^/?]*sitemap[^/?]*\.txt(?:\.gz)?(?:\?|$)|/urllist\.txt(?:\.gz)?(?:\?|$)", re.IGNORECASE)
_LINE = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One URL of a sitemap, or one sitemap of an index."""

    url: str
    """As written, white space around it left out."""
    modified_at: datetime | None = None
    """What the site claims (`lastmod`), UTC; None for none and for what is no date."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What was read of one sitemap."""

    kind: Literal["urlset", "index", "text", "feed"] | None
    """What it lists: an `index` lists sitemaps, the others pages; None: no sitemap."""
    entries: tuple[SitemapEntry, ...] = ()
    """In the sitemap's order, as often as it lists them."""
    fault: str | None = None
    """Why reading ended early, in words, or None."""


def looks_like_sitemap(content: bytes, url: str) -> bool:
    """Whether the first octets, gzip undone, are those of a sitemap in XML, or `url` is named as one in text.

    Feeds do not count: what is a feed is for whoever expects a sitemap to say.
    """
    head = content[:_HEAD]
    if head.startswith(_GZIP):
        head = b"".join(decode_stream([content[: 8 * _HEAD]], "gzip", limit=_HEAD))
    if b"\x00" in head:
        head = head.replace(b"\x00", b"")
    if _ROOT.search(head):
        return True
    return _TEXT_NAME.search(url) is not None and _LINE.match(head.decode("utf-8-sig", "replace").lstrip()) is not None


def read_sitemap(content: bytes, *, url: str) -> Sitemap:
    """The entries of the sitemap that came from `url`, which is only looked at for its name."""
    zipped = content.startswith(_GZIP)
    decoding = decode_stream([content], "gzip" if zipped else None, limit=MAX_SITEMAP)
    head = b""
    for piece in decoding:
        head += piece
        if len(head) >= _HEAD:
            break
    found = _read(head, _chained(head, decoding), named=_TEXT_NAME.search(url) is not None)
    if decoding.limited:
        return replace(found, fault=f"more than {MAX_SITEMAP} octets")
    return replace(found, fault=f"gzip: {decoding.fault}") if decoding.fault else found


def _read(head: bytes, whole: Iterator[bytes], *, named: bool) -> Sitemap:
    if looks_like_feed(head):
        feed = read_feed(b"".join(whole))
        dated = ((entry.link, entry.updated_at or entry.published_at) for entry in feed.entries)
        return Sitemap("feed", tuple(SitemapEntry(link, at) for link, at in dated), feed.fault)
    # NUL, for UTF-16.
    if not head[:_HEAD].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        return _read_text(whole, named=named)
    reader = _SitemapReader()
    fault = reader.walk(whole)
    if reader.kind is None:
        return Sitemap(None, fault=fault or "the root element is none of a sitemap")
    return Sitemap(reader.kind, tuple(reader.entries), fault)


def _chained(head: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces


class _SitemapReader(XmlReader):
    def __init__(self) -> None:
        super().__init__()
        self.kind: Literal["urlset", "index"] | None = None
        self.entries: list[SitemapEntry] = []
        self._url = ""
        self._modified = ""

    def opened(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the reader's signature
        depth = len(self.path)
        if depth == 1:
            self.kind = "urlset" if name == "urlset" else "index" if name == "sitemapindex" else None
            if self.kind is None:
                raise Stop("the root element is none of a sitemap")
        elif depth == 2:
            self._url = self._modified = ""
        elif depth == 3 and name in ("loc", "lastmod"):
            self.keep_text()

    def closed(self, name: str) -> None:
        depth = len(self.path)
        if depth == 3 and name == "loc":
            self._url = self.kept_text()
        elif depth == 3 and name == "lastmod":
            self._modified = self.kept_text()
        elif depth == 2 and self._url and name in ("url", "sitemap"):
            if len(self.entries) >= MAX_ENTRIES:
                raise Stop(f"more than {MAX_ENTRIES} entries")
            self.entries.append(SitemapEntry(self._url, read_date(self._modified)))


def _read_text(pieces: Iterable[bytes], *, named: bool) -> Sitemap:
    """The text form: UTF-8, a URL a line; other lines are passed over, except at the start of what nothing else vouches for."""
    entries: list[SitemapEntry] = []
    for line in _lines(pieces):
        text = line.decode("utf-8", "replace").strip("\ufeff \t\r\n\x00")
        if not text:
            continue
        if _LINE.fullmatch(text):
            if len(entries) >= MAX_ENTRIES:
                return Sitemap("text", tuple(entries), f"more than {MAX_ENTRIES} entries")
            entries.append(SitemapEntry(text))
        elif not entries and not named:
            return Sitemap(None, fault="neither XML nor a list of URLs")
    return Sitemap("text", tuple(entries)) if entries else Sitemap(None, fault="no URL in it")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of at most `MAX_TEXT` octets; what is longer comes out empty."""
    held = b""
    for piece in pieces:
        *lines, rest = (held + piece).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            yield line if len(line) <= MAX_TEXT else b""
        held = rest if len(rest) <= MAX_TEXT else rest[: MAX_TEXT + 1]
    yield held if len(held) <= MAX_TEXT else b""
