# SPDX-License-Identifier: Apache-2.0
"""Feeds: what a site says it published lately. RSS 0.9x, 1.0 and 2.0, Atom (RFC 4287), JSON Feed 1.x.

Guarantees: never raises; at most `MAX_ENTRIES` entries of at most `MAX_FEED` octets; entries before a fault are
returned with it; nothing outside the document is read (`xml_reading`). Leaves to others: whether a link is a URL that
can be fetched, and whether it belongs to a crawl. Links are as written, except that `xml:base` has been applied.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urljoin

from archiver.formats.dates import read_date
from archiver.formats.xml_reading import MAX_TEXT, Stop, XmlReader

MAX_ENTRIES = 10_000
"""Entries of one feed."""
MAX_FEED = 16 << 20
"""Octets of one feed that are read."""
_HEAD = 2048
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,30}:)?(rss|feed|RDF|channel)[\s>]")
_JSON = re.compile(
    rb"\s{0,64}\{.{0,2000}?\"version\"\s{0,9}:\s{0,9}\"https?:\\?/\\?/jsonfeed\.org\\?/version\\?/", re.DOTALL
)
_RSS_1 = (b"http://purl.org/rss/1.0/", b"http://my.netscape.com/rdf/simple/0.9/", b"http://purl.org/net/rss1.1#")

Kind = Literal["rss", "rdf", "atom", "json"]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed."""

    link: str
    """Where the entry can be read, as written."""
    entry_id: str | None = None
    """What the publisher calls it, the same when it is edited: `guid` (RSS), `rdf:about`, `id` (Atom, JSON Feed)."""
    title: str | None = None
    """As written, markup within it included."""
    published_at: datetime | None = None
    """What the feed claims, UTC."""
    updated_at: datetime | None = None
    """What the feed claims, UTC."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What was read of one feed."""

    kind: Kind | None
    """None: no feed."""
    entries: tuple[FeedEntry, ...] = ()
    """Those with a link, in the feed's order."""
    title: str | None = None
    fault: str | None = None
    """Why reading ended early, in words, or None."""


def looks_like_feed(content: bytes) -> bool:
    """Whether the first octets are those of a feed."""
    head = content[:_HEAD]
    if b"<" not in head:
        return _JSON.match(head) is not None
    root = _ROOT.search(head)
    if root is None:
        return _JSON.match(head) is not None
    return b"<html" not in head[: root.start()].lower() and (root[1] != b"RDF" or any(uri in head for uri in _RSS_1))


def read_feed(content: bytes) -> Feed:
    """The entries of a feed, whatever its kind."""
    held = content[:MAX_FEED]
    cut = f"more than {MAX_FEED} octets" if len(content) > MAX_FEED else None
    if held.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _read_json(held, cut)
    reader = _FeedReader()
    fault = reader.walk([held])
    if reader.kind is None:
        return Feed(None, fault=fault or "the root element is none of a feed")
    return Feed(reader.kind, tuple(reader.entries), reader.title, cut or fault)


_KINDS: dict[str, Kind] = {"rss": "rss", "channel": "rss", "RDF": "rdf", "feed": "atom"}
_PUBLISHED = frozenset({"pubDate", "published", "issued", "dc:date", "date"})
_UPDATED = frozenset({"updated", "modified", "dcterms:modified", "atom:updated", "a10:updated"})
_LEAVES = frozenset({"title", "link", "guid", "id"}) | _PUBLISHED | _UPDATED


class _FeedReader(XmlReader):
    def __init__(self) -> None:
        super().__init__()
        self.kind: Kind | None = None
        self.entries: list[FeedEntry] = []
        self.title: str | None = None
        self._bases = [""]
        self._about: dict[str, str] = {}
        self._link_given = False
        self._permanent = False

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) == 1:
            self.kind = _KINDS.get(name)
            if self.kind is None:
                raise Stop("the root element is none of a feed")
        base = attributes.get("xml:base")
        self._bases.append(_joined(self._bases[-1], base) if base else self._bases[-1])
        if name in ("item", "entry"):
            self._about = {"id": attributes["rdf:about"]} if "rdf:about" in attributes else {}
            self._link_given = False
        elif name in _LEAVES and self._parent() in ("item", "entry", "channel", "feed"):
            self.keep_text()
            if name == "guid":
                self._permanent = attributes.get("isPermaLink", "true").strip().lower() != "false"
            elif name == "link" and "href" in attributes:
                self._refer(attributes)

    def _parent(self) -> str:
        return self.path[-2] if len(self.path) > 1 else ""

    def _refer(self, attributes: dict[str, str]) -> None:
        """An Atom link: the first alternate one leads to the entry (RFC 4287 section 4.2.7.2)."""
        alternate = attributes.get("rel", "alternate").strip().lower() in (
            "alternate",
            "http://www.iana.org/assignments/relation/alternate",
        )
        if alternate and not self._link_given and self._parent() == "entry":
            self._about["link"] = _joined(self._bases[-1], attributes["href"].strip())[:MAX_TEXT]
            self._link_given = True

    def closed(self, name: str) -> None:
        base = self._bases.pop()
        parent = self._parent()
        if name in ("item", "entry"):
            self._end_entry()
        elif name in _LEAVES and parent in ("item", "entry"):
            self._end_leaf(name, self.kept_text(), base)
        elif name == "title" and parent in ("channel", "feed") and self.title is None:
            self.title = self.kept_text()[:MAX_TEXT] or None

    def _end_leaf(self, name: str, text: str, base: str) -> None:
        if not text:
            return
        if name == "link":
            if not self._link_given:
                self._about["link"] = _joined(base, text)
                self._link_given = True
        elif name in ("guid", "id"):
            self._about["id"] = text
            if name == "guid" and self._permanent:
                self._about.setdefault("guid", text)
        elif name == "title":
            self._about.setdefault("title", text)
        else:
            self._about.setdefault("updated" if name in _UPDATED else "published", text)

    def _end_entry(self) -> None:
        about, self._about = self._about, {}
        link = about.get("link") or about.get("guid") or (about.get("id") if self.kind == "rdf" else None)
        if not link:
            return
        if len(self.entries) >= MAX_ENTRIES:
            raise Stop(f"more than {MAX_ENTRIES} entries")
        published, updated = read_date(about.get("published", "")), read_date(about.get("updated", ""))
        self.entries.append(FeedEntry(link, about.get("id"), about.get("title"), published, updated))


def _joined(base: str, reference: str) -> str:
    if not base:
        return reference
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def _read_json(content: bytes, cut: str | None) -> Feed:
    try:
        # Numbers stay text: one of a million digits takes Python minutes to read.
        said = json.loads(content.decode("utf-8-sig", "replace"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        return Feed("json" if looks_like_feed(content) else None, fault=cut or f"not JSON: {str(error)[:200]}")
    version = said.get("version") if isinstance(said, dict) else None
    if not isinstance(version, str) or "jsonfeed.org/version/" not in version:
        return Feed(None, fault="the JSON is no JSON Feed")
    listed = said.get("items")
    listed = listed if isinstance(listed, list) else []
    entries = tuple(_json_entries(listed[:MAX_ENTRIES]))
    cut = cut or (f"more than {MAX_ENTRIES} entries" if len(listed) > MAX_ENTRIES else None)
    return Feed("json", entries, _words(said.get("title")), cut)


def _json_entries(listed: list[object]) -> Iterator[FeedEntry]:
    for one in listed:
        if not isinstance(one, dict):
            continue
        link = _words(one.get("url")) or _words(one.get("external_url"))
        if link:
            published, updated = (
                read_date(_words(one.get("date_published")) or ""),
                read_date(_words(one.get("date_modified")) or ""),
            )
            yield FeedEntry(link, _words(one.get("id")), _words(one.get("title")), published, updated)


def _words(value: object) -> str | None:
    return value.strip()[:MAX_TEXT] or None if isinstance(value, str) else None
