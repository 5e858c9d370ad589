# SPDX-License-Identifier: Apache-2.0
"""Watching the ledger of another archive: what was logged since the last look, and whether the list only grew.

Guarantees: a look that ends well has checked the head's signature by a key that leads from the one trusted before, that the tree
grew out of the tree of the last look, that the public checkpoint is of this history, and each new entry against the signed
root. Only then is the new head kept. Nothing is written to the archive, and its seals are not read: that is `verify`'s.

Leaves to others what the entries mean, and whether other people are shown the same head: that is what witnesses are for.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.disk import Disk
from archiver.errors import BadInput, Damaged, NotFound
from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note
from archiver.formats.signed_note import Malformed, VerifierKey
from archiver.ledger import heads, keys, leaves, places
from archiver.ledger.heads import Head
from archiver.ledger.keys import Keyring
from archiver.ledger.ledger import Ledger, Seen
from archiver.lock import Lock
from archiver.ports import Store
from manifests.ledger import Leaf

FORMAT = "ledger-monitor/0"
_URN = "urn:uuid:"
_ADVICE = "Keep what was seen, tell its operator, and compare with others who watch it."


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a ledger from the last look."""

    vkey: str
    """The newest key that was trusted."""
    seen: Seen
    """The newest head that was checked."""
    at: datetime

    def to_text(self) -> str:
        """As the state file has it."""
        told = {"format": FORMAT, "key": self.vkey, "sequence": self.seen.sequence, "at": self.at.isoformat()}
        return json.dumps({**told, "checkpoint": self.seen.note.decode("utf-8")}, indent=1) + "\n"

    @classmethod
    def of_text(cls, text: str, where: str) -> "Kept":
        """What `to_text` made. Raises `BadInput`."""
        try:
            told = json.loads(text)
            if told["format"] != FORMAT:
                raise ValueError(f"its format is {str(told['format'])[:60]}")
            seen = Seen(int(told["sequence"]), told["checkpoint"].encode("utf-8"))
            checkpoints.parse(signed_note.parse(seen.note).text)
            return cls(VerifierKey.parse(told["key"]).to_text(), seen, datetime.fromisoformat(told["at"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
            raise BadInput(
                f"{where} is no state of a monitor: {str(fault)[:200]}",
                "Restore it from a copy. Without it the next look begins anew, and sees no rollback.",
            ) from fault


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry that is new."""

    index: int
    """Its place in the ledger, from 0."""
    leaf: Leaf


def look(store: Store, kept: Kept | None, given: str | None = None) -> "Look":
    """One look; see `Look`. What seems wrong is looked at twice: a key made between two reads is no fault."""
    try:
        return Look(store, kept, given)
    except Damaged:
        return Look(store, kept, given)


class Look:
    """One look at a ledger. `entries` must be read to its end before `kept` says what to remember."""

    def __init__(self, store: Store, kept: Kept | None, given: str | None = None) -> None:
        """Checks keys and head; `given` is a verifier key of the archive, known from elsewhere.

        Raises `Damaged`, with the `code` of a finding, for what nobody should see; `NotFound` when there is no ledger;
        `BadInput` for a key that is none; `StoreUnavailable` when nothing was found out.
        """
        self._store = store
        self._kept = kept
        self.origin = _origin(store, kept, given)
        # A key that is given vouches for itself; what was seen before must lead to the newest in any case.
        self.ring = _ring(store, self.origin, given or (kept.vkey if kept else None))
        if kept is not None and kept.vkey not in {one.vkey for one in self.ring.records}:
            raise Damaged(f"the key seen before is no longer in {places.KEYS}", _ADVICE, code="L02")
        self._ledger = Ledger(store, self.origin, self.ring, seen=lambda: kept.seen if kept else None)
        self.before = _opened(kept.seen.note).size if kept else 0
        self.head = self._head()

    @property
    def key_changed(self) -> bool:
        """Whether the archive signs with another key than at the last look."""
        return self._kept is not None and self._kept.vkey != self.ring.newest.vkey

    def _head(self) -> Head:
        # Before the heads, which may grow meanwhile: of whatever head it is a copy, that one is there.
        try:
            note = self._store.get(places.CHECKPOINT)
        except KeyError:
            raise Damaged(f"{places.CHECKPOINT} is missing", _ADVICE, code="L01") from None
        head = self._ledger.head()
        public = heads.opened(note, self.ring, self.origin, places.CHECKPOINT)
        # A place that answers differently each time may show a checkpoint that no head stands for.
        behind = public.size < head.size
        root = self._ledger.roots(head)(public.size) if behind else head.root
        if public.size > head.size or root != public.root:
            said = f"{places.CHECKPOINT} is of {public.size} leaves that are not the first of this ledger"
            raise Damaged(said, _ADVICE, code="L03")
        return head

    def entries(self) -> Iterator[Logged]:
        """What was logged since, each checked against the signed root. Raises `Damaged`, `StoreUnavailable`."""
        for index, entry in enumerate(self._ledger.entries(self.before, self.head), start=self.before):
            yield Logged(index, leaves.read(entry, index))

    def kept(self, now: datetime) -> Kept | None:
        """What is to be known at the next look; None while the ledger has no head."""
        if not self.head.sequence:
            return None
        return Kept(self.ring.newest.vkey, Seen(self.head.sequence, self.head.note), now)


def _origin(store: Store, kept: Kept | None, given: str | None) -> str:
    """The ledger's name: by the key that is given, as it was at the last look, or as the place says now."""
    known = _opened(kept.seen.note).origin if kept else None
    if given is not None:
        try:
            named = VerifierKey.parse(given).name
        except Malformed as fault:
            raise BadInput(
                f"this is no verifier key: {fault}", "Give one as `archiver keys export-public` prints it."
            ) from fault
        if known is not None and named != known:
            raise BadInput(
                f"the key is of {named[:100]}, and {known} was watched", "Name another --state for another ledger."
            )
        return named
    if known is not None:
        return known
    try:
        return _opened(store.get(places.CHECKPOINT)).origin
    except KeyError:
        raise NotFound(
            f"there is no {places.CHECKPOINT} in {store.place}",
            "Name the folder, bucket or URL that `ledger/` lies in; something must have been logged.",
        ) from None
    except Malformed as fault:
        raise Damaged(f"{places.CHECKPOINT} is no signed checkpoint: {fault}", _ADVICE, code="L02") from fault


def _ring(store: Store, origin: str, pinned: str | None) -> Keyring:
    ring = keys.read(store, origin.removeprefix(_URN), pinned)
    if ring is None:
        raise NotFound(
            f"there is no key in {store.place}/{places.KEYS}", "Ask its operator to publish all of `ledger/`."
        )
    return ring


def _opened(note: bytes) -> checkpoints.Checkpoint:
    return checkpoints.parse(signed_note.parse(note).text)


@contextlib.contextmanager
def held(path: Path, disk: Disk) -> Iterator[Kept | None]:
    """What a state file holds; None when there is none. While inside, no other monitor uses it. Raises `BadInput`."""
    disk.make_folder(path.parent)
    lock = Lock(path.with_name(path.name + ".lock"))
    lock.take(wait=True)
    try:
        yield Kept.of_text(path.read_text("utf-8"), str(path)) if path.is_file() else None
    except UnicodeDecodeError as fault:
        raise BadInput(f"{path} is no state of a monitor", "Restore it from a copy.") from fault
    finally:
        lock.release()


def keep(path: Path, kept: Kept, disk: Disk) -> None:
    """Makes a state file hold this in one step: whenever the process is killed, the file is the old one or the new."""
    new = path.with_name(path.name + ".new")
    disk.unlink(new)
    handle = disk.create(new)
    try:
        disk.append(handle, kept.to_text().encode("utf-8"))
        disk.sync(handle)
    finally:
        disk.close(handle)
    disk.rename(new, path)
    disk.sync_folder(path.parent)
