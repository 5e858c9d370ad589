# SPDX-License-Identifier: Apache-2.0
"""Pages whose main texts are nearly those of a capture: proposals for originals, siblings and reprints.

Candidates come from the texts database: SimHashes that differ in three bits at most, then texts that share passages, fifty
in all. Each is read again from the store and compared; what is not there any more, or was never read, is no answer. Being
alike says nothing about who was first: see the dates.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archiver.catalog.catalog import Catalog, Found
from archiver.ports import Store
from archiver.services.texts import main_text_of_capture
from archiver.texts.fingerprint import distance, passages, simhash
from archiver.texts.overlap import Compared
from archiver.texts.texts import NEAR_SHORTEST, Texts
from archiver.url_keys import url_key

CANDIDATES = 50
"""Texts that are read and compared."""
LEAST = 0.3
"""The overlap of texts that are called near."""
_ASKED = 64
"""Passage hashes that are asked for: the smallest, so that of two texts the same ones are."""


@dataclass(frozen=True, slots=True)
class Near:
    """A page with nearly the same main text."""

    found: Found
    """The earliest capture, in this archive, of its URL with that text."""
    distance: int
    """Bits in which the SimHashes differ, of 64; above 3 it was found by the passages it shares."""
    overlap: float
    """The share of the words of both texts that stand in runs they have in common, in [0, 1]."""


def near(store: Store, catalog: Catalog, texts: Texts, subject: Found | str) -> list[Near]:
    """What is near a capture or a text: one answer a URL, the capture's own left out, the highest overlap first.

    Empty for texts of fewer than fifty words. Raises `Damaged` when a capture does not read back.
    """
    text = subject if isinstance(subject, str) else main_text_of_capture(store, catalog, subject)
    own = Compared(text)
    if len(own.words) < NEAR_SHORTEST:
        return []
    answers: dict[str, Near] = {}
    for key, bits in candidates(texts, own.words).items():
        pages = list(earliest(catalog, texts.holders(key)))
        others = [one for one in pages if isinstance(subject, str) or not _same_url(one, subject)]
        if not others:
            continue
        overlap = own.overlap(Compared(main_text_of_capture(store, catalog, others[0])))
        for one in others if overlap >= LEAST else ():
            known = answers.get(one.url)
            if known is None or (overlap, known.found.fetched_at) > (known.overlap, one.fetched_at):
                answers[one.url] = Near(one, bits, overlap)
    return sorted(answers.values(), key=lambda one: (-one.overlap, one.found.fetched_at, one.found.url))


def candidates(texts: Texts, words: list[int]) -> dict[int, int]:
    """Keys of the texts to compare with one of these words, and the bits in which their SimHashes differ from its."""
    fingerprint = simhash(words)
    found = dict(texts.near(fingerprint, CANDIDATES))
    sharing = texts.with_passages(heapq.nsmallest(_ASKED, passages(words)), CANDIDATES)
    held = texts.simhashes(sharing)
    for key in sharing:
        if key in held and key not in found and len(found) < CANDIDATES:
            found[key] = distance(held[key], fingerprint)
    return found


def earliest(catalog: Catalog, capture_ids: Iterable[str]) -> Iterator[Found]:
    """The first of each URL of some captures, which come in the order of time."""
    seen: set[str] = set()
    for capture_id in capture_ids:
        found = catalog.by_id(capture_id)
        if found is not None and found.url not in seen:
            seen.add(found.url)
            yield found


def _same_url(one: Found, other: Found) -> bool:
    return one.url == other.url or url_key(one.url) == url_key(other.url)
