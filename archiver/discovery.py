# SPDX-License-Identifier: Apache-2.0
"""From one capture to the URLs it makes known: candidates, in the order in which they should be judged.

Guarantees: pure, never raises, bounded by what the readers of pages, headers, sitemaps and feeds are bounded by. What a
page embeds comes before where it leads, so that a URL that is both is known by the shorter claim.

- E: what the page or style sheet embeds; Link headers that the browser loads at once (stylesheet, icon, preload ...)
- L: where the page leads; Link headers with a relation that leads on (next, canonical, alternate ...); Refresh headers
- M: the entries of a sitemap or feed
- P: the sitemaps of an index on the index's own site, which lie outside many a scope whose pages they list; at most
  `MAX_PREREQUISITES` such steps on a path, for an index may name indexes without end

A Refresh, header or meta element, is a link and not a redirect (R): the page that carries it is there to be read, and
most reload themselves. Forms are not filled in, GET ones neither. Left to others: making the texts URLs, scope, traps,
and redirects, which the crawl follows itself.
"""

import re
from collections.abc import Container, Iterator, Sequence
from typing import Literal, NamedTuple

from archiver.errors import BadInput
from archiver.extract import Reading
from archiver.formats.feed import looks_like_feed, read_feed
from archiver.formats.link_header import read_links
from archiver.formats.sitemap import looks_like_sitemap, read_sitemap
from archiver.urls import HttpUrl, parse, same_site

MAX_PREREQUISITES = 3
"""Steps P of a discovery path: robots.txt, the index it names, a sitemap."""
_LOADS = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "manifest", "modulepreload"}
)
_PRELOADED = frozenset({"font", "image", "style", "script"})
_LEADS = frozenset(
    {"next", "prev", "previous", "canonical", "alternate", "first", "last", "up", "amphtml", "author", "license", "shortlink"}
)  # fmt: skip
_REFRESH = re.compile(
    r"\s*+[0-9.]{1,20}\s*+[;,]\s*+(?:url\s*+=\s*+)?(?:\"([^\"]*+)|'([^']*+)|([^\"'].*))", re.I | re.DOTALL
)
_NO_LISTING = ("text/html", "application/xhtml", "text/css", "image/", "font/", "video/", "audio/")


class Candidate(NamedTuple):
    """A URL that a capture makes known."""

    url_text: str
    """A reference to be read against the URL of the capture; absolute where a page's base element may have a say."""
    letter: Literal["L", "E", "M", "P"]
    """The step of the discovery path that leads there."""
    nofollow: bool
    """Whether the page asks robots not to follow this link, or any; only of letter L."""


def candidates(
    reading: Reading,
    headers: Sequence[tuple[str, str]],
    url: HttpUrl,
    path: str,
    *,
    content: bytes = b"",
    known: Container[object] = (),
) -> Iterator[Candidate]:
    """The candidates of the capture of `url`, found by the discovery path `path`.

    `headers` are those of the response, `content` its entity: without it, no sitemap or feed is recognised. What is
    not a page is tried as one of them. What is `known` already is passed over where a page names it. A prerequisite (P)
    gives nothing else, for its error page is no page of the site.
    """
    if content and not (reading.mime_detected or "").startswith(_NO_LISTING):
        yield from _listed(content, url, path)
    if path.endswith("P"):
        return
    follow_none = "nofollow" in reading.robots or "none" in reading.robots
    for embedded in reading.requisites:
        if embedded not in known:
            yield Candidate(embedded, "E", False)
    yield from _in_headers(headers, follow_none)
    for link in reading.links:
        if link not in known:
            yield Candidate(link, "L", follow_none or link in reading.nofollow)


def _in_headers(headers: Sequence[tuple[str, str]], follow_none: bool) -> Iterator[Candidate]:
    values: list[str] = []
    for name, value in headers:
        lowered = name.lower()
        if lowered == "link":
            values.append(value)
        elif lowered == "refresh":
            found = _REFRESH.match(value[:8192])
            target = (found[1] or found[2] or found[3] or "").strip() if found else ""
            if target:
                yield Candidate(target, "L", follow_none)
    for target, rels, parameters in read_links(values):
        preloads = "preload" in rels and parameters.get("as", "").lower() in _PRELOADED
        if preloads or not _LOADS.isdisjoint(rels):
            yield Candidate(target, "E", False)
        elif not _LEADS.isdisjoint(rels):
            yield Candidate(target, "L", follow_none or "nofollow" in rels)


def _listed(content: bytes, url: HttpUrl, path: str) -> Iterator[Candidate]:
    if looks_like_feed(content):
        for entry in read_feed(content).entries:
            yield Candidate(entry.link, "M", False)
    elif looks_like_sitemap(content, url.url):
        sitemap = read_sitemap(content, url=url.url)
        indexed = sitemap.kind == "index"
        if indexed and path.count("P") + path.count("M") >= MAX_PREREQUISITES:
            return
        for listed in sitemap.entries:
            yield Candidate(listed.url, "P" if indexed and _on_site(listed.url, url) else "M", False)


def _on_site(text: str, url: HttpUrl) -> bool:
    try:
        return same_site(parse(text, url), url)
    except BadInput:
        return False
