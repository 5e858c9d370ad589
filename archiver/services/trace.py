# SPDX-License-Identifier: Apache-2.0
"""Where a passage stands in the archive, also inside longer pages and with small changes.

Candidates are the texts that have the most of the passage's hashes; each is read again from the store and compared. A match
has half of the passage's words in runs that the passage has too, or thirty of them without a gap. When a page was first
published nobody can tell from an archive: answers have what the page claims, and the earliest capture in this archive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import BadInput, Damaged
from archiver.ports import Store
from archiver.services.near import CANDIDATES, earliest
from archiver.services.texts import main_text_of_capture
from archiver.texts.fingerprint import passages, short_hashes
from archiver.texts.overlap import Compared
from archiver.texts.texts import Texts

SHORTEST = 30
"""Words of a passage that is looked for; in scripts without spaces, characters."""
_HALF = 0.5
_WHOLE = 200
"""Words of a passage of which every hash is asked for; of a longer one those are that any page would keep of it."""
_ASKED = 2000
"""Hashes that are asked for at most."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A page that has the passage, or much of it."""

    found: Found
    """The earliest capture, in this archive, of its URL with that text."""
    overlap: float
    """The share of the passage's words that stand in runs which the page has too, in [0, 1]."""

    @property
    def claimed_at(self) -> str | None:
        """When the page says that it was published, as it was read; a claim."""
        return self.found.claimed_published_at

    @property
    def captured_at(self) -> datetime:
        """When that capture was made, UTC."""
        return self.found.fetched_at


def trace(
    store: Store,
    catalog: Catalog,
    texts: Texts,
    passage: str,
    unreadable: Callable[[Damaged], None] | None = None,
) -> list[Traced]:
    """Pages that have a passage: one answer a URL, the highest overlap first, then the earliest capture.

    Raises `BadInput` for a passage of fewer than thirty words. When a capture that may have it does not read back,
    `unreadable` is told and the others are compared; without it `Damaged` is raised.
    """
    wanted = Compared(passage)
    count = len(wanted.words)
    if count < SHORTEST:
        raise BadInput(
            f"the passage has {count} word{'' if count == 1 else 's'}; at least {SHORTEST} are needed",
            "Give more of it, or a file that holds it.",
        )
    hashes = short_hashes(wanted.words) if count <= _WHOLE else sorted(passages(wanted.words))[:_ASKED]
    answers: dict[str, Traced] = {}
    for key in texts.with_passages(hashes, CANDIDATES):
        pages = list(earliest(catalog, texts.holders(key)))
        if not pages:
            continue
        text = ""
        for one in pages:  # all of them have this text
            try:
                text = main_text_of_capture(store, catalog, one)
                break
            except Damaged as fault:
                if unreadable is None:
                    raise
                unreadable(fault)
        covered, longest = wanted.covered_by(Compared(text))
        if covered < _HALF * count and longest < SHORTEST:
            continue
        for one in pages:
            known = answers.get(one.url)
            if known is None or (covered / count, known.captured_at) > (known.overlap, one.fetched_at):
                answers[one.url] = Traced(one, covered / count)
    return sorted(answers.values(), key=lambda one: (-one.overlap, one.captured_at, one.found.url))
