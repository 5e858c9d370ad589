# SPDX-License-Identifier: Apache-2.0
"""Reads the files in which a site speaks for all its pages: whose they are is told by their place, or by their root element.

`robots.txt`, `/.well-known/tdmrep.json` (TDM Reservation Protocol), `trust.txt` (JournalList), `ai.txt`, and licences of RSL
(Really Simple Licensing) wherever robots.txt says they are. `security.txt` (RFC 9116) says nothing of rights: it is kept and
gives no notice. Guarantees: nothing raises, work and notices are bounded, and a byte range is told only when it reads back.
What robots.txt says of crawling is no notice; the crawler records it with each capture.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from archiver.extract.site_files import ai, robots, rsl, tdmrep, trust
from archiver.extract.site_files.file import SiteFile
from manifests.rights import Notice

MOST_NOTICES = 100
"""Notices told of one file."""
LONGEST = 1 << 20
"""Octets of a file that are read."""
_READERS: dict[str, Callable[[SiteFile], Iterator[Notice]]] = {
    "/robots.txt": robots.read,
    "/.well-known/tdmrep.json": tdmrep.read,
    "/trust.txt": trust.read,
    "/.well-known/trust.txt": trust.read,
    "/ai.txt": ai.read,
    "/.well-known/ai.txt": ai.read,
    "/.well-known/security.txt": lambda _: iter(()),
    "/security.txt": lambda _: iter(()),
}


def is_site_file(url: str, entity: bytes) -> bool:
    """Whether what came from `url`, and is no page, is one of these files."""
    return _reader(url, entity) is not None


def read(entity: bytes, url: str, codec: str) -> tuple[Notice, ...]:
    """Notices of a site's file in order, none for any other; `codec` is what its byte ranges are read back with."""
    reader = _reader(url, entity)
    return tuple(islice(reader(SiteFile(entity[:LONGEST], url, codec)), MOST_NOTICES)) if reader else ()


def _reader(url: str, entity: bytes) -> Callable[[SiteFile], Iterator[Notice]] | None:
    try:
        known = _READERS.get(urlsplit(url[:4000]).path)
    except ValueError:
        return None
    return known or (rsl.read if rsl.looks_like(entity) else None)
