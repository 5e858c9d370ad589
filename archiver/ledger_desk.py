# SPDX-License-Identifier: Apache-2.0
"""The ledger of an opened archive: its keys, what it holds, what waits for it.

Writing to it is for the machine that has the signing key. Processes of one machine take turns by a kernel lock; those of
several are safe without one. An archive whose keys were never made has no ledger, and everything else works.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archiver import key_file, wiring
from archiver.attesting import Attesting
from archiver.disk import OsDisk
from archiver.errors import ArchiverError, BadInput, Damaged, NotFound
from archiver.lock import Lock
from archiver.ports import Store
from archiver.services.seal import check_primary, check_written_to
from archiver.settings import Settings
from archiver.state.state import State
from manifests.canonical import canonical_bytes
from manifests.digest import Digest

if TYPE_CHECKING:  # signing takes a twentieth of a second to load: only who logs or proves pays for it
    from archiver.catalog.catalog import Catalog
    from archiver.formats.signed_note import Ed25519Signer
    from archiver.ledger.keys import Keyring, Reason
    from archiver.ledger.leaves import Leaves
    from archiver.services.proving import LedgerSide
    from archiver.services.sequencer import Sequencer, Standing
    from manifests.fixity import Finding

_PINNED = "ledger_key"
"""The fact of state that holds the newest verifier key this machine saw: an older one must lead to it, and it to newer ones."""
_HEAD = "ledger_head"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A signing key that was made."""

    file: Path
    """The private key, on this machine alone."""
    vkey: str
    """The public key, to be published."""


class LedgerDesk:
    """The ledger of one archive, as seen from this machine."""

    def __init__(
        self, place: wiring.Place, archive_id: str, folder: Path, settings: Settings, state: Callable[[], State]
    ) -> None:
        self._place = place
        self._archive_id = archive_id
        self._folder = folder
        self._settings = settings
        self._state = state
        self._opened: Sequencer | None = None
        self._keys = 0
        self._wrong_key: BadInput | None = None
        self.fault: ArchiverError | None = None
        """Why what was sealed last is not in the ledger, or its head not stamped though it was time; None when all is done."""
        self.lacking = ""
        """What is not so by `fault`: in the ledger, time-stamped by an authority, witnessed by somebody."""
        self.attesting = Attesting(place, settings, state, self._required)

    @property
    def key_file(self) -> Path:
        """Where the signing key of this archive is, or would be, on this machine."""
        return self._settings.signing_key or self._settings.state_home / "keys" / f"{self._archive_id}.pem"

    def keyring(self) -> "Keyring | None":
        """Every public key of the ledger, checked; None when the archive has no ledger. Raises `Damaged`."""
        from archiver.ledger import keys

        return keys.read(self._place.store, self._archive_id, self._state().fact(_PINNED))

    def keyring_in(self, store: Store) -> "Keyring | None":
        """The same as another store has it: a replica."""
        from archiver.ledger import keys

        return keys.read(store, self._archive_id, self._state().fact(_PINNED))

    def make_key(self) -> NewKey:
        """Makes the first signing key, and with it the ledger. Raises `BadInput` when there is one."""
        if self.keyring() is not None:
            raise BadInput("this archive has a signing key already", "To change it: archiver keys rotate.")
        return self._new_key(self.key_file, None, None, "first")

    def rotate(self, reason: "Reason", new_file: Path) -> NewKey:
        """Makes the key that signs from now on, kept at `new_file`; the old key signs for it unless it was lost.

        What waits is logged first. Raises `BadInput` when the old key is not at hand and the reason is not `lost`.
        """
        ring = self.keyring()
        if ring is None:
            raise BadInput("this archive has no signing key yet", "Make one: archiver keys make.")
        old = None if reason == "lost" else self._signer(ring)
        if old is None and reason != "lost":
            raise BadInput(
                f"there is no signing key at {self.key_file}",
                "Restore it, so that it can sign for the new one; if it is lost for good, say --reason lost.",
            )
        # No other process of this machine signs with the old key between the head that the record names and the record.
        with self.held():
            if old is not None:
                self._required().catch_up()
            return self._new_key(new_file, ring, old, reason)

    def trust(self, vkey: str) -> None:
        """Takes the operator's word that `vkey` is the newest key, whose record says that the one before it was lost.

        Raises `BadInput` when it is not the newest of the store, `NotFound` when there is none, `Damaged`.
        """
        from archiver.ledger import keys

        ring = keys.read(self._place.store, self._archive_id)
        if ring is None:
            raise NotFound("this archive has no ledger", "Make its signing key: archiver keys make.")
        if vkey != ring.newest.vkey:
            raise BadInput(
                "that is not the newest key in the store", "Compare it with what `archiver keys export-public` printed."
            )
        self._state().remember(_PINNED, vkey)
        self.close()

    def _new_key(self, file: Path, ring: "Keyring | None", old: "Ed25519Signer | None", reason: "Reason") -> NewKey:
        from archiver.ledger import keys, places

        pem = keys.made()
        signer = keys.signer(pem, keys.origin_of(self._archive_id), str(file))
        size = self._required().head().size if ring else 0
        record = keys.record(
            signer,
            ring.newest if ring else None,
            old,
            archive_id=self._archive_id,
            size=size,
            reason=reason,
            made_at=wiring.now(),
        )
        key_file.write(
            file, pem, OsDisk()
        )  # first: a public key whose private half was never kept would end the ledger
        content = canonical_bytes(record)
        self._place.store.put(places.key_record(record.number), content, sha256=Digest.of(content), size=len(content))
        self._state().remember(_PINNED, record.vkey)
        self.close()
        return NewKey(file, record.vkey)

    def log(self) -> "Standing | None":
        """Logs what waits; None when there is no ledger. Raises what store and ledger raise, and `BadInput` for a wrong key."""
        sequencer = self.sequencer()
        if sequencer is None:
            return None
        if self._wrong_key is not None:
            raise self._wrong_key
        with self.held():
            check_written_to(self._state(), self._place.store)
            return sequencer.catch_up()

    def log_after_sealing(self) -> None:
        """As `log`, for who has just sealed something: that is done, so a fault is kept in `fault` instead of being raised."""
        self.fault, self.lacking = None, "in the ledger"
        try:
            standing = self.log()
            if standing is not None and standing.waiting:
                self.fault = NotFound(
                    f"there is no signing key at {self.key_file}: {standing.waiting} sealed things wait for the ledger",
                    "Run `archiver ledger append` where the key is.",
                )
            if standing is not None and standing.head.size:
                fault, lacking = self.attesting.if_due()
                if self.fault is None:
                    self.fault, self.lacking = fault, lacking
        except ArchiverError as fault:
            self.fault = fault

    def standing(self) -> "Standing":
        """What the ledger holds, and what waits. Raises `NotFound` when there is no ledger, `Damaged`."""
        return self._required().standing()

    def compare(self, catalog: "Catalog") -> int:
        """Queues what the store holds and the ledger does not; how much that was. Raises `NotFound`, `Damaged`."""
        return self._required().compare(self._place.store, catalog)

    def side(self) -> "LedgerSide | None":
        """What proofs are made with; None when the archive has no ledger. Raises `Damaged`, `BadInput`."""
        from archiver.services.proving import LedgerSide

        sequencer, ring = self.sequencer(), self.keyring()
        if sequencer is None or ring is None:
            return None
        return LedgerSide(sequencer, ring, self.attesting.authorities(), self.attesting.witnesses())

    def check(self, catalog: "Catalog") -> "Iterator[Finding]":
        """Reads the whole ledger and compares it with the store: see `services.ledger_check`. Nothing when there is none.

        Writes nothing, and needs neither state nor a key of its own.
        """
        from archiver.ledger import keys
        from archiver.ledger.ledger import Ledger
        from archiver.services import ledger_check

        store = self._place.store
        try:
            ring = keys.read(store, self._archive_id)
        except Damaged as fault:
            yield ledger_check.told(fault, "ledger/keys/")
            return
        if ring is not None:
            yield from ledger_check.check(store, catalog, Ledger(store, ring.newest.origin, ring))

    def digests(self) -> "Callable[[str], str | None] | None":
        """Gives the digest that the ledger has of a seal, by its key, and None where it has none; None when there is no ledger.

        Needs neither state nor a key of its own. Raises `Damaged`: then see what `check` finds.
        """
        leaves = self._leaves()
        if leaves is None:
            return None

        def digest(key: str) -> str | None:
            known = leaves.find(key)
            return known.leaf.d if known is not None else None

        return digest

    def logged_keys(self) -> set[str] | None:
        """The keys of everything the ledger names; None when there is no ledger. Needs and raises what `digests` does."""
        leaves = self._leaves()
        return leaves.keys() if leaves is not None else None

    def _leaves(self) -> "Leaves | None":
        from archiver.ledger import keys
        from archiver.ledger.leaves import Leaves
        from archiver.ledger.ledger import Ledger
        from archiver.services.sequencer import follow

        store = self._place.store
        ring = keys.read(store, self._archive_id)
        if ring is None:
            return None
        leaves = Leaves(self._folder / "ledger.sqlite")
        follow(leaves, Ledger(store, ring.newest.origin, ring))
        return leaves

    def sequencer(self) -> "Sequencer | None":
        """Who reads, and appends where the key is at hand; None when the archive has no ledger. Raises `Damaged`."""
        from archiver.ledger import places

        if self._opened is not None and self._place.store.head(places.key_record(self._keys + 1)) is not None:
            self.close()  # the key was changed since: what was opened would take its heads for forged
        if self._opened is None:
            ring = self.keyring()
            if ring is None:
                return None
            state = self._state()
            if state.fact(_PINNED) != ring.newest.vkey:
                state.remember(_PINNED, ring.newest.vkey)
            self._opened, self._keys = self._open(ring, state), len(ring.records)
        return self._opened

    def _open(self, ring: "Keyring", state: State) -> "Sequencer":
        from archiver.ledger.leaves import Leaves
        from archiver.ledger.ledger import Ledger, Seen
        from archiver.services.sequencer import Sequencer

        ledger = Ledger(
            self._place.store,
            ring.newest.origin,
            ring,
            seen=lambda: Seen.of_text(state.fact(_HEAD)),
            remember=lambda seen: state.remember(_HEAD, seen.to_text()),
        )
        self._wrong_key, signer = None, None
        try:
            signer = self._signer(ring)
        except BadInput as fault:  # who only reads needs no key
            self._wrong_key = fault
        return Sequencer(ledger, Leaves(self._folder / "ledger.sqlite"), state.backlog, signer, wiring.now)

    def restore(self) -> int:
        """Makes again the heads that this machine saw and the store lacks, as a replica that took over may; how many.

        Their leaves are known here, and the same key gives the same signature over the same tree, so the newest head is the
        one that was seen. A head before it may be of another size than the lost one was, but of the same tree. Raises
        `BadInput` without the signing key, `Damaged` when the leaves known here do not give the head that was seen.
        """
        from archiver.ledger import growth, heads, places
        from archiver.ledger.ledger import Ledger, Seen

        ring, seen, store = self.keyring(), Seen.of_text(self._state().fact(_HEAD)), self._place.store
        if ring is None or seen is None:
            return 0
        with self.held():
            check_primary(self._state(), store)
            ledger = Ledger(store, ring.newest.origin, ring)
            head = ledger.head()
            missing = seen.sequence - head.sequence
            if missing <= 0:
                return 0
            wanted = heads.opened(seen.note, ring, ring.newest.origin, "the head seen before")
            entries = self._leaves_known(head.size, wanted.size)
            ledger.settle(head)
            grown = growth.grown(head.size, head.root, entries, lambda path: store.get(places.LEDGER + path))
            if (grown.size, grown.root) != (wanted.size, wanted.root):
                raise Damaged(
                    "the leaves known on this machine do not give the ledger's head seen before",
                    "Restore ledger.sqlite beside the state from a copy, or ask whoever holds later heads.",
                    code="L03",
                )
            signer = self._signer(ring)
            if signer is None:
                raise BadInput(
                    f"there is no signing key at {self.key_file}", "Restore it, then run this command again."
                )
            for at in range(missing):
                head = ledger.append(head, entries[at : at + 1] if at < missing - 1 else entries[at:], signer)
        return missing

    def _leaves_known(self, start: int, stop: int) -> list[bytes]:
        from archiver.ledger.leaves import Leaves

        leaves = Leaves(self._folder / "ledger.sqlite")
        try:
            return leaves.entries(start, stop)
        finally:
            leaves.close()

    def _required(self) -> "Sequencer":
        sequencer = self.sequencer()
        if sequencer is None:
            raise NotFound("this archive has no ledger", "Make its signing key: archiver keys make.")
        return sequencer

    def _signer(self, ring: "Keyring") -> "Ed25519Signer | None":
        from archiver.ledger import keys

        pem = key_file.read(self.key_file)
        if pem is None:
            return None
        signer = keys.signer(pem, ring.newest.origin, str(self.key_file))
        if signer.verifier.to_text() != ring.newest.vkey:
            raise BadInput(
                f"{self.key_file} is not the newest key of this archive's ledger",
                "Set ARCHIVER_SIGNING_KEY_FILE to the file of the newest key.",
            )
        return signer

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """While inside, no other process of this machine writes to the ledger."""
        lock = Lock(self._folder / "ledger.lock")
        lock.take(wait=True)
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Closes what is open."""
        if self._opened is not None:
            self._opened.leaves.close()
            self._opened = None
