# SPDX-License-Identifier: Apache-2.0
"""The sequencer: what was sealed goes into the ledger, each thing once, whoever sealed it.

Any number of machines may seal and queue; one that holds the signing key signs. Sequencers that run at once are safe: the store
lets one head win, and the other chooses again among what is not logged yet. Without a key captures go on and the ledger lags.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from archiver.catalog.catalog import Catalog
from archiver.errors import Damaged, StoreUnavailable
from archiver.formats.signed_note import Ed25519Signer
from archiver.ledger.heads import Head
from archiver.ledger.leaves import Leaves
from archiver.ledger.leaves import Logged as LoggedLeaf
from archiver.ledger.ledger import Ledger, Overtaken
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.crawl_check import CRAWLS
from archiver.state.backlog import Backlog, Unlogged
from manifests.canonical import canonical_bytes
from manifests.digest import Digest
from manifests.ledger import Leaf

A_HEAD = 4096
"""How many leaves one head adds at most: what is staged for them stays below 2 MiB."""
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger holds, and what waits for it."""

    head: Head
    added: int
    waiting: int
    waiting_since: datetime | None


class Sequencer:
    """Appends to the ledger of one archive."""

    def __init__(
        self,
        ledger: Ledger,
        leaves: Leaves,
        backlog: Backlog,
        signer: Ed25519Signer | None,
        now: Callable[[], datetime],
    ) -> None:
        self.ledger = ledger
        self.leaves = leaves
        self._backlog = backlog
        self._signer = signer
        self._now = now

    @property
    def signs(self) -> bool:
        """Whether the signing key is at hand."""
        return self._signer is not None

    def head(self) -> Head:
        """The newest head; the leaves below it are known afterwards. Raises `Damaged`."""
        return follow(self.leaves, self.ledger)

    def catch_up(self) -> Standing:
        """Logs what waits, as far as the signing key is at hand. Raises `Damaged` when a seal is logged with another digest."""
        head, added, tries = self.head(), 0, 0
        if self._signer is not None:
            self.ledger.settle(head)
        while self._signer is not None and (waiting := self._backlog.waiting(A_HEAD)):
            new = [one for one in waiting if self._logged(one) is None]
            if new:
                entries = [canonical_bytes(Leaf(d=one.digest, k=one.key, t=self._now())) for one in new]
                try:
                    head = self.ledger.append(head, entries, self._signer)
                except Overtaken:
                    tries += 1
                    if tries == _TRIES:
                        raise StoreUnavailable(
                            "other sequencers were faster each time", "Run one sequencer, or try again."
                        ) from None
                    head = self.head()
                    continue
                self.leaves.add(head.size - len(entries), entries)
                added += len(entries)
            self._backlog.logged([one.key for one in waiting])
        return self._standing(head, added)

    def standing(self) -> Standing:
        """What the ledger holds now. Raises `Damaged`."""
        return self._standing(self.head(), 0)

    def compare(self, store: Store, catalog: Catalog) -> int:
        """Queues every seal of the store that is not logged, whoever wrote it; how many there were. Raises `Damaged`."""
        self.head()
        found = 0
        for key, digest in sealed_things(store, catalog):
            one = Unlogged(key, digest, self._now())
            if self._logged(one) is None:
                self._backlog.add(one.key, one.digest, one.sealed_at)
                found += 1
        return found

    def _logged(self, one: Unlogged) -> LoggedLeaf | None:
        known = self.leaves.find(one.key)
        if known is not None and known.leaf.d != one.digest:
            raise Damaged(
                f"{one.key} has the digest {one.digest}, the ledger says {known.leaf.d}",
                "Keep the store as it is, and restore the object from a copy.",
                code="L06",
            )
        return known

    def _standing(self, head: Head, added: int) -> Standing:
        waiting, since = self._backlog.lag()
        return Standing(head, added, waiting, since)


def follow(leaves: Leaves, ledger: Ledger) -> Head:
    """Makes `leaves` know every leaf of the newest head, which is returned. Raises `Damaged`."""
    head = ledger.head()
    known = leaves.size()
    if known > head.size:
        # Another process of this machine may have logged more since.
        head = ledger.head()
    if known > head.size:
        leaves.clear()
        known = 0
    batch: list[bytes] = []
    for entry in ledger.entries(known, head):
        batch.append(entry)
        if len(batch) == A_HEAD:
            leaves.add(known, batch)
            known, batch = known + len(batch), []
    leaves.add(known, batch)
    return head


def sealed_things(store: Store, catalog: Catalog) -> Iterable[tuple[str, Digest]]:
    """Key and digest of the seal of everything that is logged: segments, claims sets, crawls, events."""
    for segment in catalog.all_segments():
        yield segment.folder + layout.SEAL, segment.seal_digest
    for prefix, ending in ((claims_sets.CLAIMS, "/seal.json"), (CRAWLS, "/seal.json"), (layout.EVENTS, ".jsonl.gz")):
        for key in store.list(prefix):
            if key.endswith(ending):
                yield key, Digest.of(store.get(key))
