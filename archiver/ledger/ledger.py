# SPDX-License-Identifier: Apache-2.0
"""The ledger of an archive: a tree of leaves in the store (c2sp.org/tlog-tiles) whose heads are signed.

Appending goes: the new tiles are staged; the new head is committed by creating it; the tiles get their final names; the
checkpoint, a copy of the head, is replaced. A kill before the commit leaves a staged object and nothing else; after it, whoever
comes next finishes the work from what was staged. Tiles never have their final names before the commit, so a sequencer that
lost the race poisons no name. Reading writes nothing and checks: the head's signature, that it has grown out of the head seen
before, and what is read of the tiles against the root. What is committed and not in place yet is read where it is staged.
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from archiver.errors import BadInput, Damaged, StoreConflict
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Ed25519Signer, Malformed, Note
from archiver.formats.tlog_proof import TlogProof
from archiver.formats.tlog_tiles import TILE, entries_path, unpack_entries
from archiver.ledger import growth, heads, places, tree
from archiver.ledger.agreement import Disagreement, disagreements
from archiver.ledger.heads import Head
from archiver.ledger.keys import Keyring
from archiver.ledger.tree import Reader
from archiver.ports import Store
from manifests.digest import Digest

_ADVICE = "Keep the store as it is, compare it with a second copy, and find out who wrote to it."


class Overtaken(Exception):
    """Another head was committed in the meantime."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest head that this machine has seen."""

    sequence: int
    note: bytes

    def to_text(self) -> str:
        """As state keeps it."""
        return json.dumps({"sequence": self.sequence, "note": self.note.decode("utf-8")})

    @classmethod
    def of_text(cls, text: str | None) -> "Seen | None":
        """What `to_text` made; None for None."""
        if text is None:
            return None
        told = json.loads(text)
        return cls(told["sequence"], told["note"].encode("utf-8"))


class Ledger:
    """The ledger in one store."""

    def __init__(
        self,
        store: Store,
        origin: str,
        keys: Keyring,
        *,
        seen: Callable[[], Seen | None] = lambda: None,
        remember: Callable[[Seen], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._origin = origin
        self._keys = keys
        self._seen = seen
        self._remember = remember
        self._newest = heads.none_yet(origin)
        self._staged: tuple[str, dict[str, bytes]] = ("", {})

    def head(self) -> Head:
        """The newest head, after checking that the one seen before is part of it.

        Raises `Damaged`, with the `code` of a finding, when a head is missing, was changed or is not signed by this archive,
        and when the ledger did not grow out of the head seen before.
        """
        # Read first: whatever head it is a copy of was created before it.
        public = self._public()
        seen = self._seen()
        before = heads.none_yet(self._origin)
        if seen is not None:
            held = heads.read(self._store, seen.sequence, self._keys, self._origin)
            if held is None:
                said = f"the ledger was rolled back: its head {seen.sequence}, seen before, is missing"
                raise Damaged(said, _ADVICE, code="L03")
            if held.checkpoint != heads.opened(seen.note, self._keys, self._origin, "the head seen before"):
                raise Damaged(f"head {seen.sequence} of the ledger is not the one seen before", _ADVICE, code="L03")
            before = held
        last = heads.last_sequence(self._store, before.sequence)
        newest = before if last == before.sequence else heads.read(self._store, last, self._keys, self._origin)
        if newest is None:
            raise Damaged(f"head {last} of the ledger is missing now", _ADVICE, code="L03")
        if public.size > newest.size or (public.size == newest.size and public.root != newest.root):
            said = f"the checkpoint of the ledger is of {public.size} leaves, its newest head {last} another of {newest.size}"
            raise Damaged(said, _ADVICE, code="L03")
        self._newest = newest
        if last == before.sequence:
            return newest
        if newest.size <= before.size:
            raise Damaged(f"head {last} of the ledger has no more leaves than one before it", _ADVICE, code="L03")
        if before.size:
            self._consistent(before, newest)
        self._remembered(newest)
        return newest

    def append(self, head: Head, entries: Sequence[bytes], signer: Ed25519Signer) -> Head:
        """The ledger after adding `entries` (1 to 65,535 octets each) to `head`, committed and in place.

        Raises `Overtaken` when another head followed `head` already: ask for the newest and choose entries again; `BadInput`
        when `signer` is not, or not any more, the key that signs.
        """
        # Signed with a key that was changed meanwhile, a head would count for nobody, and could not be taken back.
        changed = self._store.head(places.key_record(len(self._keys.records) + 1)) is not None
        if changed or signer.verifier != self._keys.verifier(head.size + len(entries)):
            raise BadInput(
                "the key that is to sign is not the newest of this archive's ledger",
                "Set ARCHIVER_SIGNING_KEY_FILE to the file of the newest key, and try again.",
            )
        self.settle(head)
        grown = growth.grown(head.size, head.root, entries, self._tile)
        checkpoint = Checkpoint(self._origin, grown.size, grown.root)
        text = checkpoint.to_text()
        new = Head(head.sequence + 1, checkpoint, Note(text, (signer.sign(text.encode("utf-8")),)).to_bytes())
        staged = _packed(grown.objects)
        try:
            self._store.put(places.staged(grown.size, grown.root), staged, sha256=Digest.of(staged), size=len(staged))
            heads.commit(self._store, new)
        except StoreConflict as fault:
            raise Overtaken from fault
        self._newest = new
        self._apply(new, grown.objects)
        self._remembered(new)
        return new

    def proof(self, index: int, head: Head) -> TlogProof:
        """The proof that leaf `index` is in the tree of `head`. Raises `Damaged` when tiles do not give the head's root."""
        return TlogProof(index, tuple(self._path(index, head, growth.hashes(head.size, self._tile))), head.note)

    def consistency(self, size: int, head: Head) -> list[bytes]:
        """The proof that the tree of `head` grew out of its first `size` leaves. Raises `Damaged` when its tiles are missing."""
        return tree.consistency_proof(size, head.size, growth.hashes(head.size, self._tile))

    def _path(self, index: int, head: Head, read: Reader) -> list[bytes]:
        hashes = tree.inclusion_proof(index, head.size, read)
        if tree.root_from_inclusion(index, head.size, read(0, index), hashes) != head.root:
            raise Damaged("the tiles of the ledger do not give the root that was signed", _ADVICE, code="L04")
        return hashes

    def entries(self, start: int, head: Head) -> Iterator[bytes]:
        """The leaves from index `start` on, bundle by bundle. Raises `Damaged` when they are not those of the head's root."""
        read = growth.hashes(head.size, self._tile)
        for number in range(start // TILE, -(-head.size // TILE)):
            width = min(TILE, head.size - number * TILE)
            path = entries_path(number, width)
            try:
                bundle = unpack_entries(self._tile(path))
            except KeyError:
                raise Damaged(f"{places.LEDGER}{path} is missing", _ADVICE, code="L01") from None
            except Malformed as fault:
                raise Damaged(f"{places.LEDGER}{path} cannot be read: {fault}", _ADVICE, code="L01") from fault
            # The path of one leaf is made of all hashes of its tile.
            self._path(number * TILE, head, read)
            if [tree.leaf_hash(one) for one in bundle] != [read(0, number * TILE + at) for at in range(width)]:
                raise Damaged(f"{places.LEDGER}{path} differs from the tiles of the ledger", _ADVICE, code="L04")
            yield from bundle[max(0, start - number * TILE) :]

    def earlier(self, sequence: int) -> Head:
        """A head of the row that must be there. Raises `Damaged`."""
        found = heads.read(self._store, sequence, self._keys, self._origin)
        if found is None:
            raise Damaged(f"head {sequence} of the ledger is missing", _ADVICE, code="L03")
        return found

    def roots(self, head: Head) -> Callable[[int], bytes]:
        """Gives the root over so many first leaves, as the tiles of `head` have it; raises `Damaged`."""
        read = growth.hashes(head.size, self._tile)
        return lambda size: tree.root(size, read)

    def disagreements(self, head: Head) -> Iterator[Disagreement]:
        """Every tile and bundle that does not agree with the root of `head`; reads them all."""
        return disagreements(head.size, head.root, self._tile)

    def _consistent(self, before: Head, after: Head) -> None:
        read = growth.hashes(after.size, self._tile)
        hashes = tree.consistency_proof(before.size, after.size, read)
        if not tree.verify_consistency(before.size, before.root, after.size, after.root, hashes):
            # Of the same tiles: where they do not give the root that was signed, they are wrong, and not the history.
            self._path(before.size - 1, after, read)
            raise Damaged(
                f"head {after.sequence} of the ledger did not grow out of head {before.sequence}: leaves were changed",
                _ADVICE,
                code="L03",
            )

    def settle(self, head: Head) -> None:
        """Finishes what a killed sequencer left of `head`, which is committed. Raises `Damaged`.

        Its tiles are made again from its leaves: what is staged may have been changed, and a final name is written but once.
        """
        if self._public().size >= head.size:
            return
        self._newest = head
        before = self.earlier(head.sequence - 1) if head.sequence > 1 else heads.none_yet(self._origin)
        grown = growth.grown(before.size, before.root, list(self.entries(before.size, head)), self._tile)
        if grown.root != head.root:
            raise Damaged(f"head {head.sequence} of the ledger is not what was staged for it", _ADVICE, code="L04")
        self._apply(head, grown.objects)

    def _public(self) -> Checkpoint:
        """What the checkpoint says; that of no leaves when it is missing or no checkpoint of ours: it is only a copy."""
        try:
            note = self._store.get(places.CHECKPOINT)
            return heads.opened(note, self._keys, self._origin, places.CHECKPOINT)
        except (KeyError, Damaged):
            return heads.none_yet(self._origin).checkpoint

    def _remembered(self, head: Head) -> None:
        """Remembers a head, unless another process of this machine has seen a later one."""
        seen = self._seen()
        if seen is None or seen.sequence < head.sequence:
            self._remember(Seen(head.sequence, head.note))

    def _staged_of(self, head: Head) -> dict[str, bytes]:
        """What is staged of a head; nothing when it is in place and swept."""
        key = places.staged(head.size, head.root)
        if self._staged[0] != key:
            try:
                self._staged = key, _unpacked(self._store.get(key))
            except KeyError:
                self._staged = key, {}
            except (ValueError, AttributeError, TypeError, RecursionError) as fault:
                raise Damaged(f"{key} cannot be read: {fault}", _ADVICE, code="L01") from fault
        return self._staged[1]

    def _apply(self, head: Head, objects: dict[str, bytes]) -> None:
        for path, content in objects.items():
            self._store.put(places.LEDGER + path, content, sha256=Digest.of(content), size=len(content))
        self._store.replace(places.CHECKPOINT, head.note)
        self._store.sweep(places.staged(head.size, head.root))

    def _tile(self, path: str) -> bytes:
        try:
            return self._store.get(places.LEDGER + path)
        except KeyError:
            staged = self._staged_of(self._newest).get(path)
            # Where it is not staged either, it may have been put in place and swept in between.
            return self._store.get(places.LEDGER + path) if staged is None else staged


def _packed(objects: dict[str, bytes]) -> bytes:
    """What is staged: equal trees give equal bytes."""
    told = {path: base64.b64encode(content).decode("ascii") for path, content in sorted(objects.items())}
    return json.dumps(told, separators=(",", ":")).encode("ascii")


def _unpacked(content: bytes) -> dict[str, bytes]:
    return {path: base64.b64decode(told, validate=True) for path, told in json.loads(content).items()}
