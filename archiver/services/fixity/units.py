# SPDX-License-Identifier: Apache-2.0
"""What an audit goes through, one by one: the archive's description, each segment with its claims sets, each crawl.

The catalog and the store are both asked: what the one knows and the other lacks is to be found. Which part a sample is
follows from its seed and the names alone, so that anyone can repeat it, and so that as many samples with one seed after the
other as there are parts cover everything.
"""

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from archiver.catalog.catalog import Catalog
from archiver.errors import Ambiguous, BadInput, NotFound
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.crawl_check import sealed_crawls
from archiver.services.crawl_report import sealed as crawl_seals
from manifests.digest import Digest

_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%")
_COUNT = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that is checked as a whole."""

    kind: Literal["archive", "claims-set", "crawl", "segment"]
    key: str
    """Its key, or how its keys begin."""
    seal_digest: Digest | None = None
    """Of the seal that the catalog was filled from; None where the catalog does not know it."""
    sets: tuple[str, ...] = ()
    """For a segment: the folders of its claims sets, stored or known to the catalog."""
    set_seals: tuple[Digest | None, ...] = ()
    """Of each of them, the digest of the seal that the catalog was filled from; None where it does not know the set."""
    captures: int | None = None
    """How many captures the catalog holds of it."""

    @property
    def name(self) -> str:
        """The id in its key, or the key."""
        return self.key.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Sample:
    """How much of everything is checked."""

    share: Fraction | None = None
    count: int | None = None

    @classmethod
    def of_text(cls, text: str) -> "Sample":
        """`5%`, or a number of segments and crawls. Raises `BadInput`."""
        if found := _PERCENT.fullmatch(text.strip()):
            share = Fraction(found[1]) / 100
            if 0 < share <= 1:
                return cls(share=share)
        elif _COUNT.fullmatch(text.strip()):
            return cls(count=int(text))
        raise BadInput(f"{text[:40]!r} is not a sample", "Write it as 5%, or as a number of segments such as 200.")

    def parts(self, of: int) -> int:
        """Into how many parts so many things are cut."""
        size = self.count if self.count is not None else max(1, math.ceil(of * (self.share or 1)))
        return max(1, -(-of // size))

    def chosen(self, units: Sequence[Unit], seed: int) -> list[Unit]:
        """The part of this seed, in the order of their keys."""
        parts = self.parts(len(units))
        mixed = sorted(units, key=lambda one: hashlib.sha256(one.key.encode("utf-8")).digest())
        return sorted(mixed[seed % parts :: parts], key=lambda one: one.key)


def units(store: Store, catalog: Catalog) -> list[Unit]:
    """Everything there is to check, in the order of the keys."""
    known = {one.folder: one for one in catalog.all_segments()}
    held = catalog.held()
    known_sets = {one.folder: one.seal_digest for one in catalog.all_claims_sets()}
    stored = {key.removesuffix(layout.SEAL) for key in store.list(layout.SEGMENTS) if key.endswith("/" + layout.SEAL)}
    sets: dict[str, list[str]] = {}
    for folder in sorted({*claims_sets.folders(store), *known_sets}):
        sets.setdefault(claims_sets.segment_of(folder), []).append(folder)
    found = [Unit("archive", layout.ARCHIVE)]
    for folder in {*stored, *known}:
        own = sets.pop(claims_sets.segment_of(folder), [])
        found.append(
            Unit(
                "segment",
                folder,
                known[folder].seal_digest if folder in known else None,
                tuple(own),
                tuple(map(known_sets.get, own)),
                held.get(folder),
            )
        )
    found += [Unit("claims-set", folder) for several in sets.values() for folder in several]
    found += [Unit("crawl", crawl_seals.folder(one)) for one in sealed_crawls(store)]
    return sorted(found, key=lambda one: one.key)


def within(
    every: Sequence[Unit], *, segment: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[Unit]:
    """Those that are asked for: one segment by the beginning of its id, or what was begun in a time.

    Raises `NotFound` when there are none, `Ambiguous`.
    """
    found = list(every)
    if segment is not None:
        found = [one for one in found if one.kind == "segment" and one.name.startswith(segment.lower())]
        if len(found) > 1:
            raise Ambiguous(f"several segments have ids that start with {segment}", "Give more letters of the id.")
    if since is not None or until is not None:
        begun = [(one, layout.opened_at(one.name)) for one in found]
        found = [one for one, at in begun if at and (since is None or at >= since) and (until is None or at < until)]
    if not found:
        raise NotFound("nothing in the archive is asked for", "Check the id or the times; see `archiver lookup`.")
    return found
