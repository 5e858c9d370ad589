# SPDX-License-Identifier: Apache-2.0
"""Cosignatures of witnesses over heads of the ledger: it saw this head, and no other in its place.

A cosignature is stored once, as the signature line that the witness gave. A witness that does not answer holds nothing up: every
head signed later covers what this one did.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from archiver.errors import BadInput, Damaged, RemoteFault, StoreConflict
from archiver.formats import signed_note
from archiver.formats.signed_note import Malformed, Note, Signature
from archiver.formats.tlog_witness import AddCheckpoint
from archiver.ledger import places, witnessing
from archiver.ledger.heads import Head
from archiver.ledger.witnesses import Witness
from archiver.ports import Store
from manifests.digest import Digest


@dataclass(frozen=True, slots=True)
class HeldCosignature:
    """A cosignature in the store."""

    size: int
    """Leaves of the head it is over."""
    witness: str
    """The name the operator gave the witness."""

    @property
    def key(self) -> str:
        """Where it is."""
        return places.cosignature(self.size, self.witness)


def held(store: Store) -> list[HeldCosignature]:
    """Every cosignature in the store, by size."""
    found = []
    for key in store.list(places.COSIGNATURES):
        size, slash, name = key.removeprefix(places.COSIGNATURES).partition("/")
        if slash and size.isdigit() and name:
            found.append(HeldCosignature(int(size), name))
    return sorted(found, key=lambda one: (one.size, one.witness))


def newest(store: Store) -> dict[str, int]:
    """The size that each witness signed last, by its name."""
    return {one.witness: one.size for one in held(store)}


def cosign(
    store: Store,
    head: Head,
    witnesses: Sequence[Witness],
    seen: Mapping[str, int],
    proof: Callable[[int], Sequence[bytes]],
) -> tuple[list[HeldCosignature], list[RemoteFault]]:
    """Has a head signed by every witness that has not done it: the cosignatures, and what went wrong with the others.

    `seen` says what each is thought to have seen last, `proof(size)` gives the consistency proof from a size to the head.
    """
    made, faults = [], []
    for witness in witnesses:
        one = HeldCosignature(head.size, witness.name)
        if store.head(one.key) is None:
            try:
                signature = witnessing.cosign(witness, head, min(seen.get(witness.name, 0), head.size), proof)
            except RemoteFault as fault:
                fault.fields["witness"] = witness.name
                faults.append(fault)
                continue
            _keep(store, one.key, f"{signature.to_line()}\n".encode())
        made.append(one)
    return made, faults


def request(head: Head, old: int, proof: Callable[[int], Sequence[bytes]]) -> bytes:
    """What a witness without a network is given to sign; `old` is the size it signed last. Raises `BadInput` for a larger one."""
    if not 0 <= old <= head.size:
        raise BadInput(
            f"the ledger has {head.size} entries, and the witness saw {old}",
            "If no other machine has logged more, this store was rolled back: compare it with a copy.",
        )
    return AddCheckpoint(old, tuple(proof(old)), head.note).to_bytes()


def take(store: Store, heads: Iterable[Head], witnesses: Sequence[Witness], answer: bytes) -> HeldCosignature:
    """Keeps what a witness answered, over whichever of these heads it is. Raises `BadInput` when it is over none."""
    for head in heads:
        for witness in witnesses:
            try:
                signature = witnessing.answered(witness, head, answer)
            except RemoteFault:
                continue
            one = HeldCosignature(head.size, witness.name)
            _keep(store, one.key, f"{signature.to_line()}\n".encode())
            return one
    raise BadInput(
        "this is no cosignature of a named witness over one of the newest heads",
        "Give what `archiver witness sign` printed, and name the witness in ARCHIVER_WITNESSES.",
    )


def _keep(store: Store, key: str, line: bytes) -> None:
    try:
        store.put(key, line, sha256=Digest.of(line), size=len(line))
    except StoreConflict:
        # Another machine asked at the same time. The two say the same of the head, at two times.
        return


def read(store: Store, one: HeldCosignature, head: Head, witness: Witness) -> tuple[Signature, datetime]:
    """A stored cosignature over a head, checked with its witness's key, and when it says it was made. Raises `Damaged`."""
    text = signed_note.parse(head.note).text
    try:
        note = signed_note.parse(text.encode("utf-8") + b"\n" + store.get(one.key))
        [signature], [seen] = note.signatures, signed_note.verified(note, [witness.key])
        if note.text != text:
            raise Malformed("more than a line")
        return signature, datetime.fromtimestamp(seen.time or 0, UTC)
    except (KeyError, Malformed, ValueError, OverflowError, OSError) as fault:
        raise Damaged(
            f"{one.key} is no cosignature of {witness.name} over this head",
            "Compare the key in ARCHIVER_WITNESSES with what the witness publishes.",
            code="L02",
        ) from fault


def joined(note: bytes, cosignatures: Sequence[Signature]) -> bytes:
    """A head's note with the lines of witnesses after its own."""
    own = signed_note.parse(note)
    return Note(own.text, (*own.signatures, *cosignatures)).to_bytes()
