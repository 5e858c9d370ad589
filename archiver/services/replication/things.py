# SPDX-License-Identifier: Apache-2.0
"""What an archive is made of, thing by thing: a seal and the files it names.

The order is that in which one thing needs another: segments, the claims sets read from them, crawls, which name their
segments, and events, which are about all of those. Within a kind the oldest comes first. Objects that no seal names are no
part of the archive and are passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pydantic

from archiver.errors import Damaged
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.crawl_check import CRAWLS, FILES
from archiver.services.crawl_report import sealed as crawl_seals
from manifests.canonical import canonical_bytes, first_fault, from_canonical
from manifests.claims_set import ClaimsSetManifest
from manifests.crawl import CrawlManifest
from manifests.digest import Digest
from manifests.segment import SegmentFile, SegmentManifest

_ENDINGS = {
    layout.SEGMENTS: "/" + layout.SEAL,
    claims_sets.CLAIMS: "/" + claims_sets.SEAL,
    CRAWLS: "/" + crawl_seals.SEAL,
    layout.EVENTS: ".jsonl.gz",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One file that a seal names."""

    key: str
    sha256: Digest
    size: int
    """Octets."""


def seals(store: Store) -> Iterator[str]:
    """The key of every seal in a store, in the order of copying. An object of events is its own seal."""
    for prefix, ending in _ENDINGS.items():
        found = [key for key in store.list(prefix) if key.endswith(ending)]
        yield from sorted(found, key=lambda key: (_name(key), key))


def _name(key: str) -> str:
    """The part of a key that is an id and begins with a time."""
    return key.rpartition("/")[2] if key.startswith(layout.EVENTS) else key.split("/")[-2]


def is_seal(key: str) -> bool:
    """Whether a key is that of a seal."""
    return any(key.startswith(prefix) and key.endswith(ending) for prefix, ending in _ENDINGS.items())


def seal_of(key: str) -> str | None:
    """The seal that a file belongs to, or the seal itself, by its key; None for what belongs to none."""
    if is_seal(key):
        return key
    folder = key if key.endswith("/") else key.rpartition("/")[0] + "/"
    for prefix, ending in _ENDINGS.items():
        if key.startswith(prefix) and prefix != layout.EVENTS:
            return folder.rstrip("/") + ending
    return None


def parts(key: str, content: bytes) -> tuple[Part, ...]:
    """The files that a seal names, by its bytes. Raises `Damaged` when it is none that could be at this key."""
    if key.startswith(layout.EVENTS):
        return ()
    folder = key.rpartition("/")[0] + "/"
    try:
        if key.startswith(layout.SEGMENTS):
            sealed = from_canonical(SegmentManifest, content)
            own = layout.segment_folder(sealed.job, sealed.opened_at, sealed.segment_id)
            names = layout.file_names(sealed.job, sealed.opened_at, sealed.segment_id)
            files: tuple[SegmentFile, ...] = (sealed.warc, sealed.manifests, sealed.index)
            wrong = own != folder or tuple(one.name for one in files) != names or canonical_bytes(sealed) != content
        elif key.startswith(claims_sets.CLAIMS):
            claims = from_canonical(ClaimsSetManifest, content)
            files = (claims.claims,)
            wrong = bool(claims_sets.faults(claims, content, folder))
        else:
            crawl = from_canonical(CrawlManifest, content)
            files = tuple(getattr(crawl, name) for name in FILES)
            wrong = crawl_seals.folder(crawl.crawl_id) != folder or canonical_bytes(crawl) != content
    except pydantic.ValidationError as fault:
        raise Damaged(f"{key} is no valid seal: {first_fault(fault)}", "See it with: archiver verify.") from fault
    if wrong or any("/" in one.name for one in files):
        raise Damaged(f"{key} is not the seal of this place", "See it with: archiver verify.")
    return tuple(Part(folder + one.name, one.sha256, one.size) for one in files)
