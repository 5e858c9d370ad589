# SPDX-License-Identifier: Apache-2.0
"""Where a site may speak for all its pages, and whether it did: what both crawls ask for beside robots.txt.

`/.well-known/tdmrep.json`, `trust.txt`, `ai.txt`, `security.txt`, and the licence files of RSL that robots.txt names on the
same origin, or else `/license.xml`. What such a file says is read in `extract.site_files`.
"""

from collections.abc import Iterator

from archiver.errors import BadInput
from archiver.extract.markup.media import PAGES
from archiver.extract.site_files import is_site_file
from archiver.robots import Rules
from archiver.services.ingest import Captured
from archiver.urls import HttpUrl, parse
from manifests.capture import BackLink, Outcome

_FILES = (
    ("/.well-known/tdmrep.json",),
    ("/trust.txt", "/.well-known/trust.txt"),
    ("/ai.txt",),
    ("/.well-known/security.txt",),
)
_LICENSE = "/license.xml"
MOST_LICENSES = 3
"""Licence files asked for of those that robots.txt names."""


def places(origin: HttpUrl, rules: Rules | None) -> Iterator[tuple[HttpUrl, ...]]:
    """Where to ask on an origin: of the URLs told together, the next only when the one before did not speak."""
    for targets in _FILES:
        yield tuple(parse(target, origin) for target in targets)
    named: dict[str, HttpUrl] = {}
    for text in rules.licenses if rules is not None else ():
        try:
            url = parse(text, origin)
        except BadInput:
            continue  # no http URL: the notice of robots.txt says what stands there
        if url.origin == origin.origin and len(named) < MOST_LICENSES:
            named[url.url] = url
    for url in named.values() or (parse(_LICENSE, origin),):
        yield (url,)


def same_file(url: HttpUrl, target: HttpUrl) -> bool:
    """Whether a redirect leads to a file of this name on the same origin.

    Others are not followed: what another origin says is its own, and many sites send whoever asks for what they lack to a page.
    """
    return url.origin == target.origin and _name(url) == _name(target) != ""


def _name(url: HttpUrl) -> str:
    return url.target.partition("?")[0].rpartition("/")[2].lower()


def spoke(captured: Captured) -> BackLink | None:
    """The link from the site's pages back to such a file; None when what came is none, such as a page that says so."""
    seen, reading = captured.manifest.observation, captured.reading
    if seen.response is None or seen.response.code != 200 or seen.outcome is not Outcome.CAPTURED_COMPLETE:
        return None
    if reading is None or reading.mime_detected is None or reading.mime_detected in PAGES:
        return None
    if not is_site_file(seen.url, captured.listing):
        return None
    return BackLink(relation="site-file", capture_id=seen.capture_id, url=seen.url)
