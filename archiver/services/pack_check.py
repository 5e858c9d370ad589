# SPDX-License-Identifier: Apache-2.0
"""Checking a proof pack offline, a step at a time, with a sentence for each: what was compared, and what came of it.

Nothing is taken from an archive. A step that cannot be made because a file is missing is told as missing, never passed over; a
stranger's key is only as good as the place he knows it from, so whether the key was given or taken from the pack is said.
"""

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import pydantic

from archiver.errors import BadInput
from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note, timestamp, tlog_proof
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Malformed, VerifierKey
from archiver.formats.timestamp import BadStamp
from archiver.formats.warc_scan import Scanned, scan
from archiver.ledger import tree
from archiver.services import proof_facts, warc_check
from archiver.services.proving import PACK
from manifests.canonical import Model, canonical_bytes, first_fault, from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest
from manifests.ledger import Leaf
from manifests.package import PackedCapture, ProofPack
from manifests.segment import SegmentManifest

Verdict = Literal["ok", "bad", "missing", "note"]
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at."""

    verdict: Verdict
    """`ok`; `bad`: it is not as the proof needs it; `missing`: it could not be looked at; `note`: for the reader to know."""
    where: str
    """The file, or files, it is about."""
    said: str
    """What was compared and what came of it."""


class _Wrong(Exception):
    """A step that failed."""


class _Missing(Exception):
    """A file that is not there."""


class _Unreadable(Exception):
    """Something that this program cannot read, and another may."""


def check(files: Mapping[str, bytes], keys: Sequence[str] = (), roots: Sequence[bytes] = ()) -> Iterator[Step]:
    """The steps of a pack whose files these are. `keys` are verifier keys, `roots` PEM certificates known from elsewhere.

    Raises `BadInput` when this is no proof pack at all, or a key is none.
    """
    try:
        known = tuple(VerifierKey.parse(one) for one in keys)
    except Malformed as fault:
        raise BadInput(
            f"this is no verifier key: {fault}", "Give one as `archiver keys export-public` prints it."
        ) from fault
    yield from _Check(files, known, roots).steps()


class _Check:
    def __init__(self, files: Mapping[str, bytes], known: tuple[VerifierKey, ...], roots: Sequence[bytes]) -> None:
        self._files = files
        self._known = known
        self._roots = roots
        try:
            self._pack = _document(ProofPack, files[PACK], PACK)
        except KeyError:
            raise BadInput(
                f"there is no {PACK} here", "Name the folder or the zip that `archiver prove` wrote."
            ) from None
        except _Wrong as fault:
            raise BadInput(str(fault), "Ask for the pack again.") from fault

    def steps(self) -> Iterator[Step]:
        """Bottom up: from the bytes to the time."""
        seals: dict[str, bool] = {}
        for one in self._pack.captures:
            folder = proof_facts.capture_folder(one.number)
            yield from self._told(folder + "*.warc.gz", self._records(one))
            yield from self._told(folder + proof_facts.MANIFEST, self._manifest(one))
            yield from self._told(folder + proof_facts.INNER_PATH, self._inner_path(one))
            seals[one.segment_id] = True
        checkpoint: list[Checkpoint] = []
        yield from self._told(proof_facts.CHECKPOINT, self._checkpoint(checkpoint))
        for segment_id in seals:
            folder = proof_facts.segment_folder(segment_id)
            yield from self._told(folder + proof_facts.LEAF, self._leaf(segment_id))
            yield from self._told(folder + proof_facts.LEAF_PROOF, self._leaf_proof(segment_id, checkpoint))
        yield from self._stamps()
        for said in self._pack.pending:
            yield Step("note", PACK, said)

    def _told(self, where: str, saying: Iterator[str]) -> Iterator[Step]:
        """What a step says, each sentence for something that holds; its failure instead of the rest."""
        try:
            for said in saying:
                yield Step("ok", where, said)
        except _Missing as fault:
            yield Step("missing", where, f"{fault} is not in the pack.")
        except _Unreadable as fault:
            yield Step("missing", where, str(fault))
        except (_Wrong, Malformed) as fault:
            yield Step("bad", where, f"{fault}.")

    def _file(self, name: str) -> bytes:
        try:
            return self._files[name]
        except KeyError:
            raise _Missing(name) from None

    def _records(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        members = [self._file(folder + proof_facts.record_file(role)) for role in one.records]
        report = warc_check.verify_warc(io.BytesIO(b"".join(members)), folder.rstrip("/"))
        errors = [f"{found.code} {found.detail}" for found in report.findings if found.severity == "error"]
        if errors:
            raise _Wrong(f"the records do not agree with their digests: {'; '.join(errors[:3])}")
        if report.captures != 1:
            raise _Wrong(f"the records are of {report.captures} captures, not of one")
        yield f"{report.records} WARC records are whole, and every digest in them and in the manifest is that of the bytes."

    def _manifest(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        content = self._file(folder + proof_facts.MANIFEST)
        manifest = _document(CaptureManifest, content, "the manifest")
        seen = manifest.observation
        if (seen.capture_id, seen.url, seen.requested_at) != (one.capture_id, one.url, one.fetched_at):
            raise _Wrong("the manifest is of another capture than pack.json says")
        record = self._file(folder + proof_facts.record_file("manifest"))
        held = next(iter(scan(io.BytesIO(record))), None)
        if not isinstance(held, Scanned) or held.block.read() != content:
            raise _Wrong("manifest.json is not what the manifest's WARC record holds")
        yield f"The manifest is of {one.url}, fetched {one.fetched_at.isoformat()[:19]}Z, as its WARC record has it."

    def _inner_path(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        digest = Digest.of(self._file(folder + proof_facts.MANIFEST))
        seal = self._seal(one.segment_id)
        index, size, hashes = _path(self._file(folder + proof_facts.INNER_PATH))
        if size != seal.captures:
            raise _Wrong(f"the path is for {size} captures, the seal has {seal.captures}")
        root = tree.root_from_inclusion(index, size, tree.leaf_hash(digest.raw), hashes)
        if root != seal.captures_root.raw:
            raise _Wrong("the path from the manifest's digest does not lead to captures_root of the seal")
        yield f"The manifest is number {index + 1} of the {size} that the seal of segment {one.segment_id} covers."

    def _seal(self, segment_id: str) -> SegmentManifest:
        name = proof_facts.segment_folder(segment_id) + proof_facts.SEAL
        seal = _document(SegmentManifest, self._file(name), name)
        if seal.segment_id != segment_id or seal.archive_id != self._pack.archive_id:
            raise _Wrong(f"{name} is the seal of another segment or archive")
        return seal

    def _leaf(self, segment_id: str) -> Iterator[str]:
        folder = proof_facts.segment_folder(segment_id)
        seal = self._file(folder + proof_facts.SEAL)
        leaf = _document(Leaf, self._file(folder + proof_facts.LEAF), "the leaf")
        if leaf.d != Digest.of(seal):
            raise _Wrong("the leaf has another digest than segment.json")
        if f"/{segment_id}/" not in leaf.k:
            raise _Wrong(f"the leaf is of {leaf.k[:200]}")
        yield f"The seal is what the ledger logged {leaf.t.isoformat()[:19]}Z as {leaf.k}."

    def _checkpoint(self, found: list[Checkpoint]) -> Iterator[str]:
        note = signed_note.parse(self._file(proof_facts.CHECKPOINT))
        checkpoint = checkpoints.parse(note.text)
        text = self._file(proof_facts.VKEY).decode("utf-8", "replace").strip()
        own = VerifierKey.parse(text)
        if self._known and own not in self._known:
            raise _Wrong("the key in the pack is not one of those given")
        if own.name != checkpoint.origin or f"urn:uuid:{self._pack.archive_id}" != checkpoint.origin:
            raise _Wrong(f"the checkpoint is of another ledger, {checkpoint.origin[:100]}")
        if _public_pem(own) != self._file(proof_facts.PUBLIC_KEY).decode("ascii", "replace").strip():
            raise _Wrong("key.pem and key.vkey are different keys")
        if not signed_note.verified(note, (own,)):
            raise _Wrong("the checkpoint is not signed by the key")
        found.append(checkpoint)
        known = (
            "the key you gave" if self._known else "the key in the pack: compare it with the one the archive published"
        )
        yield f"The checkpoint of {checkpoint.size} leaves is signed with {known}."

    def _leaf_proof(self, segment_id: str, checkpoint: list[Checkpoint]) -> Iterator[str]:
        folder = proof_facts.segment_folder(segment_id)
        proof = tlog_proof.parse(self._file(folder + proof_facts.LEAF_PROOF))
        entry = self._file(folder + proof_facts.LEAF)
        if proof.checkpoint != self._file(proof_facts.CHECKPOINT):
            raise _Wrong("the proof is under another checkpoint than the pack's")
        if not checkpoint:
            raise _Wrong("the checkpoint it is under does not hold")
        head = checkpoint[0]
        if not tree.verify_inclusion(proof.index, head.size, tree.leaf_hash(entry), proof.hashes, head.root):
            raise _Wrong("the proof does not lead from the leaf to the signed root")
        yield f"The leaf is number {proof.index + 1} of the {head.size} under the signed root."

    def _stamps(self) -> Iterator[Step]:
        if proof_facts.CHECKPOINT in self._files and not self._pack.stamps:
            yield Step("note", proof_facts.CHECKPOINT, "No independent time: no authority stamped this checkpoint.")
        for one in self._pack.stamps:
            file, chain = proof_facts.stamp_files(one.authority)
            yield from self._told(file, self._stamp(file, chain, one.authority))

    def _stamp(self, file: str, chain: str, authority: str) -> Iterator[str]:
        note = self._file(proof_facts.CHECKPOINT)
        roots = self._roots or [self._file(chain)]
        try:
            stamp = timestamp.verify(self._file(file), note, roots)
        except BadStamp as fault:
            if fault.kind == "unreadable-here":
                raise _Unreadable(f"The stamp of {authority} could not be checked: {fault}.") from fault
            raise _Wrong(f"the stamp of {authority} does not hold: {fault}") from fault
        known = "roots you gave" if self._roots else f"{chain}: compare it with what the authority publishes"
        yield f"{stamp.authority} states that the checkpoint existed at {stamp.time.isoformat()[:19]}Z, by {known}."


def _document(kind: type[M], content: bytes, where: str) -> M:
    try:
        found = from_canonical(kind, content)
    except pydantic.ValidationError as fault:
        raise _Wrong(f"{where} cannot be read: {first_fault(fault)}") from fault
    if canonical_bytes(found) != content:
        raise _Wrong(f"{where} is not in the canonical form")
    return found


def _path(content: bytes) -> tuple[int, int, list[bytes]]:
    try:
        told = json.loads(content)
        index, size, hashes = told["leaf_index"], told["tree_size"], [bytes.fromhex(one) for one in told["hashes"]]
    except (ValueError, TypeError, KeyError) as fault:
        raise _Wrong(f"the path cannot be read: {fault}") from fault
    whole = isinstance(index, int) and isinstance(size, int) and all(len(one) == 32 for one in hashes)
    if not whole or not 0 <= index < size:
        raise _Wrong("the path is not one of a tree")
    return index, size, hashes


def _public_pem(key: VerifierKey) -> str:
    der = bytes.fromhex("302a300506032b6570032100") + key.public
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode('ascii')}\n-----END PUBLIC KEY-----"
