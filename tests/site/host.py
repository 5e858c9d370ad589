# SPDX-License-Identifier: Apache-2.0
"""A host of the site that is a case as a whole: what it serves, where a crawl of it starts, what must become of its URLs.

Cases of one response are in `case`. Here it is the host that misbehaves: a robots.txt, a sitemap, pages that lead on
without end. A crawl is assumed to obey robots.txt, to keep to the seed's host, to take at most `MOST_CAPTURES` of a host,
and to have the limits that `case` assumes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.site.case import COMPLETE, REFUSED, Answer
from tests.site.conversation import Conversation
from tests.site.pages import answer

MOST_CAPTURES = 60
"""Captures that a crawl may take of one host."""
SKIPPED = "skipped-with-reason"

Serve = Callable[[Conversation], None]

TAKEN: Answer = (COMPLETE, None)
DISALLOWED: Answer = (REFUSED, "robots-disallowed")
UNAVAILABLE: Answer = (REFUSED, "robots-unavailable")
OUTSIDE: Answer = (SKIPPED, "out-of-scope")
TRAP: Answer = (SKIPPED, "trap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host."""

    name: str
    family: str
    """url, sitemap, robots, or the family of a case that has the host to itself."""
    serve: Mapping[str, Serve] = field(default_factory=dict)
    """By path, without query; what is not here is served by `rest`."""
    rest: Serve | None = None
    """Everything but robots.txt; None: what every host of the site serves."""
    seeds: tuple[str, ...] = ("/",)
    """Targets a crawl begins with."""
    becomes: Mapping[str, Answer] = field(default_factory=dict)
    """What must become of targets of this host, and of absolute URLs of others."""
    reasons: frozenset[str] = frozenset()
    """Reasons that some URLs found here must have ended with."""
    captures: tuple[int, int] = (0, MOST_CAPTURES)
    """The fewest and the most captures a crawl may take of it, robots.txt left aside."""
    found: tuple[int, int] = (0, 300_000)
    """The fewest and the most URLs found here."""
    once: tuple[str, ...] = ()
    """Targets that must be asked for exactly once."""
    note: str = ""


def linking(*hrefs: str, embeds: tuple[str, ...] = (), title: str = "Moorings") -> Serve:
    """A page that leads to each of `hrefs`, in which `{host}` is the host's authority."""

    def serve(conversation: Conversation) -> None:
        links = "".join(f'<a href="{href}">on</a>\n' for href in hrefs)
        images = "".join(f'<img src="{one}">\n' for one in embeds)
        body = f"<!doctype html><meta charset=utf-8><title>{title}</title>\n{links}{images}"
        answer(conversation, body.replace("{host}", conversation.field("Host") or "").encode("utf-8", "surrogatepass"))

    return serve


def echo(conversation: Conversation) -> None:
    """A page without links that is another one for each target."""
    answer(conversation, b"<!doctype html><title>Berth</title><p>" + repr(conversation.target).encode())


def plain(
    body: bytes | Callable[[], bytes], *fields: bytes, kind: bytes = b"text/plain", line: bytes = b"200 OK"
) -> Serve:
    """A whole answer; `body` as a function is built when asked for."""
    return lambda conversation: answer(
        conversation, body if isinstance(body, bytes) else body(), *fields, kind=kind, line=line
    )
