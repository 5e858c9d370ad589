# SPDX-License-Identifier: Apache-2.0
"""The content of the crawl site: pages in a tree, what they embed, redirects, copies, and an edition of each.

A host has, by path: `/` and `/page/N` (N from 1), a tree in which page N leads to pages 5N+1 to 5N+5, to the page before
it and to the page of its number on the next host; `/embed/N-K.png` and `.css`, embedded by page N alone; `/moved/N`,
linked from the front page and redirected to `/new/N`, which nothing else leads to; `/copy/N`, linked from the front
page, all of them with the same octets. What is here is what a crawl over links has to find, each once.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

CHILDREN = 5
_FIRST_EDITION = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = ("harbour", "lantern", "ferry", "council", "orchard", "winter", "keeper", "rope", "tide", "letter")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a request that has no condition, or one that fails."""

    content: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    code: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    etag: str | None = None
    """With its quotes. An answer with an ETag or a time of change is 304 to who has it already."""
    modified_at: datetime | None = None
    """Whole seconds, UTC."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a site is; every count is a host's."""

    hosts: int = 1
    pages: int = 20
    """With the front page."""
    embeds: int = 1
    """A page."""
    redirects: int = 0
    copies: int = 0
    octets: int = 0
    """Least length of a page."""

    def paths(self) -> Iterator[str]:
        """Every path of a host that a crawl has to find; `/robots.txt` is not one of them."""
        for number in range(self.pages):
            yield f"/page/{number}" if number else "/"
            yield from self._embeds(number)
        for number in range(self.redirects):
            yield from (f"/moved/{number}", f"/new/{number}")
        yield from (f"/copy/{number}" for number in range(self.copies))

    def answer(self, origins: list[str], host: int, path: str, edition: int) -> Answer:
        """What one of the paths says on a host, counted from 0, in its edition, counted from 0."""
        if path == "/":
            return self._page(origins, host, 0, edition)
        _, folder, name = path.split("/")
        if folder == "page":
            return self._page(origins, host, int(name), edition)
        if folder == "embed":
            return _embed(f"{host} {name}", edition)
        if folder == "moved":
            return Answer(code=301, headers=(("Location", f"/new/{name}"),))
        title, text = ("Copied", "The same everywhere.") if folder == "copy" else (f"New {name}", "It moved here.")
        return _dated(_html(title, f"<p>{text}</p>", edition), "text/html; charset=utf-8", edition)

    def _embeds(self, number: int) -> Iterator[str]:
        for kind in range(self.embeds):
            yield f"/embed/{number}-{kind}.{'css' if kind % 2 else 'png'}"

    def _page(self, origins: list[str], host: int, number: int, edition: int) -> Answer:
        children = range(CHILDREN * number + 1, min(CHILDREN * (number + 1) + 1, self.pages))
        links = [f"/page/{child}" for child in children]
        links += [f"/page/{number - 1}" if number > 1 else "/"]
        if len(origins) > 1:
            links.append(f"{origins[(host + 1) % len(origins)]}/{f'page/{number}' if number else ''}")
        if number == 0:
            links += [f"/moved/{one}" for one in range(self.redirects)]
            links += [f"/copy/{one}" for one in range(self.copies)]
        embeds = [
            f'<link rel="stylesheet" href="{path}">' if path.endswith(".css") else f'<img src="{path}" alt="">'
            for path in self._embeds(number)
        ]
        words = random.Random(f"{host} {number}").choices(_WORDS, k=30 + self.octets // 7)
        body = "".join(f'<a href="{link}">{link}</a>\n' for link in links) + "".join(embeds)
        content = _html(f"Page {number} of host {host}", f"{body}<p>{' '.join(words)}</p>", edition)
        return _dated(content, "text/html; charset=utf-8", edition)


def _html(title: str, body: str, edition: int) -> bytes:
    noted = f"<p>Edition {edition}.</p>" if edition else ""
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title><meta property="og:site_name" content="The Quay">'
        f"</head><body><h1>{title}</h1>{body}{noted}<footer>&copy; 2026 The Quay. All rights reserved.</footer></body></html>\n"
    ).encode()


def _embed(name: str, edition: int) -> Answer:
    if name.endswith(".css"):
        return _dated(f"/* {name} */ p {{ margin: {edition}px }}\n".encode(), "text/css", edition)
    content = b"\x89PNG\r\n\x1a\n" + random.Random(f"{name} {edition}").randbytes(400)
    return _dated(content, "image/png", edition)


def _dated(content: bytes, content_type: str, edition: int) -> Answer:
    """An answer with an ETag of its octets, changed a day after the edition before."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return Answer(content, content_type, etag=etag, modified_at=_FIRST_EDITION + timedelta(days=edition))


def imf_date(moment: datetime) -> str:
    """A time as HTTP writes it (RFC 9110 section 5.6.7)."""
    return format_datetime(moment, usegmt=True)
