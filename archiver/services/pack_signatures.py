# SPDX-License-Identifier: Apache-2.0
"""The ledger's side of a proof pack: the checkpoint and its key, the keys before it, the leaves and their proofs."""

import base64
from collections.abc import Iterator, Sequence

from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note, tlog_proof
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import VerifierKey
from archiver.ledger import keys, tree
from archiver.ledger.keys import Keyring
from archiver.services import proof_facts
from archiver.services.pack_files import PackFiles, Step, Wrong, document
from manifests.digest import Digest
from manifests.ledger import Leaf, LedgerKey
from manifests.package import ProofPack


class PackedSignatures:
    """The steps from the seals to the signature. `known` are the archive's keys as somebody knows them from elsewhere."""

    def __init__(self, files: PackFiles, pack: ProofPack, known: Sequence[VerifierKey]) -> None:
        self._files = files
        self._pack = pack
        self._known = known
        self._ring: Keyring | None = None
        self._head: Checkpoint | None = None

    def signed(self) -> Iterator[Step]:
        """Those of the keys and of the checkpoint."""
        yield from self._files.told(proof_facts.key_record(1), self._keys())
        yield from self._files.told(proof_facts.CHECKPOINT, self._checkpoint())

    def steps(self, segment_id: str) -> Iterator[Step]:
        """Those of one seal."""
        folder = proof_facts.segment_folder(segment_id)
        yield from self._files.told(folder + proof_facts.LEAF, self._leaf(segment_id))
        yield from self._files.told(folder + proof_facts.LEAF_PROOF, self._leaf_proof(segment_id))

    def _keys(self) -> Iterator[str]:
        records: list[LedgerKey] = []
        while not records or proof_facts.key_record(len(records) + 1) in self._files:
            name = proof_facts.key_record(len(records) + 1)
            one = document(LedgerKey, self._files.take(name), name)
            try:
                keys.check(one, records[-1] if records else None, self._pack.archive_id)
            except ValueError as fault:
                raise Wrong(f"{name} is no key of this archive: {fault}") from fault
            records.append(one)
        self._ring = Keyring(tuple(records))
        many = f"{len(records)} keys, each but the first named" if len(records) > 1 else "One key, named"
        lost = [one.number for one in records if one.reason == "lost"]
        said = f"; key {lost[0]} without the word of the one before it, which was lost" if lost else ""
        yield f"{many} in a statement that it signed{' with the one before it' if len(records) > 1 else ''}{said}."

    def _leaf(self, segment_id: str) -> Iterator[str]:
        folder = proof_facts.segment_folder(segment_id)
        seal = self._files.take(folder + proof_facts.SEAL)
        leaf = document(Leaf, self._files.take(folder + proof_facts.LEAF), "the leaf")
        if leaf.d != Digest.of(seal):
            raise Wrong("the leaf has another digest than segment.json")
        if f"/{segment_id}/" not in leaf.k:
            raise Wrong(f"the leaf is of {leaf.k[:200]}")
        yield f"The seal is what the ledger logged {leaf.t.isoformat()[:19]}Z as {leaf.k}."

    def _checkpoint(self) -> Iterator[str]:
        note = signed_note.parse(self._files.take(proof_facts.CHECKPOINT))
        checkpoint = checkpoints.parse(note.text)
        text = self._files.take(proof_facts.VKEY).decode("utf-8", "replace").strip()
        own = VerifierKey.parse(text)
        if own.name != checkpoint.origin or f"urn:uuid:{self._pack.archive_id}" != checkpoint.origin:
            raise Wrong(f"the checkpoint is of another ledger, {checkpoint.origin[:100]}")
        if _public_pem(own) != self._files.take(proof_facts.PUBLIC_KEY).decode("ascii", "replace").strip():
            raise Wrong("key.pem and key.vkey are different keys")
        if not signed_note.verified(note, (own,)):
            raise Wrong("the checkpoint is not signed by the key")
        if self._ring is None:
            raise Wrong("the keys of the archive do not hold")
        record = self._ring.of_size(checkpoint.size)
        if record.vkey != own.to_text():
            raise Wrong(f"key {record.number} signs for {checkpoint.size} leaves, and the key in the pack is another")
        known = self._trusted(self._ring, record)
        self._head = checkpoint
        yield f"The checkpoint of {checkpoint.size} leaves is signed with {known}."

    def _trusted(self, ring: Keyring, own: LedgerKey) -> str:
        """Why the key that signed is believed: it was given, or a given one leads to it. Raises `Wrong`."""
        if not self._known:
            return "the key in the pack: compare it with the one the archive published"
        given = {one.to_text() for one in self._known}
        if own.vkey in given:
            return "the key you gave"
        earlier = [one.number for one in ring.records[: own.number] if one.vkey in given]
        since = [one for one in ring.records[: own.number] if earlier and one.number > earlier[-1]]
        if not earlier or any(one.reason == "lost" for one in since):
            raise Wrong("the key in the pack is not one of those given, and none of those signed for it")
        return f"key {own.number}, for which the key you gave signed"

    def _leaf_proof(self, segment_id: str) -> Iterator[str]:
        folder = proof_facts.segment_folder(segment_id)
        proof = tlog_proof.parse(self._files.take(folder + proof_facts.LEAF_PROOF))
        entry = self._files.take(folder + proof_facts.LEAF)
        if proof.checkpoint != self._files.take(proof_facts.CHECKPOINT):
            raise Wrong("the proof is under another checkpoint than the pack's")
        if self._head is None:
            raise Wrong("the checkpoint it is under does not hold")
        head = self._head
        if not tree.verify_inclusion(proof.index, head.size, tree.leaf_hash(entry), proof.hashes, head.root):
            raise Wrong("the proof does not lead from the leaf to the signed root")
        yield f"The leaf is number {proof.index + 1} of the {head.size} under the signed root."


def _public_pem(key: VerifierKey) -> str:
    der = bytes.fromhex("302a300506032b6570032100") + key.public
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode('ascii')}\n-----END PUBLIC KEY-----"
