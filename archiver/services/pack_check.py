# SPDX-License-Identifier: Apache-2.0
"""Checking a proof pack offline, a step at a time, with a sentence for each: what was compared, and what came of it.

Nothing is taken from an archive. A step that cannot be made because a file is missing is told as missing, never passed over; a
stranger's key is only as good as the place he knows it from, so whether the key was given or taken from the pack is said.
"""

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal, TypeVar

import pydantic

from archiver.errors import BadInput
from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note, timestamp, tlog_proof
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import COSIGNATURE, Malformed, VerifierKey
from archiver.formats.timestamp import BadStamp
from archiver.formats.warc_scan import Scanned
from archiver.ledger import tree
from archiver.services import pack_records, proof_facts, warc_check
from archiver.services.pack_records import Wrong
from archiver.services.proving import PACK
from manifests.canonical import Model, canonical_bytes, first_fault, from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest
from manifests.ledger import Leaf
from manifests.package import PackedCapture, PackedStamp, PackedWitness, ProofPack
from manifests.segment import SegmentManifest

Verdict = Literal["ok", "bad", "missing", "note"]
M = TypeVar("M", bound=Model)
FOR_PEOPLE = {proof_facts.README, proof_facts.INDEX, proof_facts.STATEMENT}
UNSIGNED = "Digests only: this seal is not in the ledger, so nobody has signed it, and anyone could have made it."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at."""

    verdict: Verdict
    """`ok`; `bad`: it is not as the proof needs it; `missing`: it could not be looked at; `note`: for the reader to know."""
    where: str
    """The file, or files, it is about."""
    said: str
    """What was compared and what came of it."""


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
        self._known = tuple(one for one in known if one.kind != COSIGNATURE)
        self._known_witnesses = tuple(one for one in known if one.kind == COSIGNATURE)
        self._roots = roots
        self._demanding = bool(known or roots)
        """Whether somebody knows who should have signed: then digests alone are not enough."""
        self._looked_at: set[str] = set()
        self._seen_by: set[VerifierKey] = set()
        try:
            self._pack = _document(ProofPack, files[PACK], PACK)
        except KeyError:
            raise BadInput(
                f"there is no {PACK} here", "Name the folder or the zip that `archiver prove` wrote."
            ) from None
        except Wrong as fault:
            raise BadInput(str(fault), "Ask for the pack again.") from fault

    def steps(self) -> Iterator[Step]:
        """Bottom up: from the bytes to the time."""
        lie = self._lie()
        if lie is not None:
            yield Step("bad", PACK, f"{lie}.")
            return
        seals: dict[str, bool] = {}
        for one in self._pack.captures:
            folder = proof_facts.capture_folder(one.number)
            yield from self._told(folder + "*.warc.gz", self._records(one))
            yield from self._told(folder + proof_facts.MANIFEST, self._manifest(one))
            yield from self._told(folder + proof_facts.INNER_PATH, self._inner_path(one))
            seals[one.segment_id] = True
        checkpoint: list[Checkpoint] = []
        if self._pack.key is not None or self._demanding or proof_facts.CHECKPOINT in self._files:
            yield from self._told(proof_facts.CHECKPOINT, self._checkpoint(checkpoint))
        for segment_id in seals:
            folder = proof_facts.segment_folder(segment_id)
            if segment_id in self._pack.unlogged and not self._demanding:
                yield Step("note", folder + proof_facts.SEAL, UNSIGNED)
                continue
            yield from self._told(folder + proof_facts.LEAF, self._leaf(segment_id))
            yield from self._told(folder + proof_facts.LEAF_PROOF, self._leaf_proof(segment_id, checkpoint))
        yield from self._stamps()
        yield from self._witnesses()
        for said in self._pack.pending:
            yield Step("note", PACK, said)
        yield from self._left()

    def _lie(self) -> str | None:
        """What cannot be true of any pack that `pack.json` describes."""
        captures, stamps = self._pack.captures, (*self._pack.stamps, *self._pack.witnesses)
        if not captures:
            return "pack.json names no capture"
        if len(captures) + len(stamps) > len(self._files):
            return f"pack.json names {len(captures)} captures, and there are {len(self._files)} files"
        if [one.number for one in captures] != list(range(1, len(captures) + 1)):
            return "pack.json does not number its captures 1, 2, 3 and so on"
        if len({one.authority for one in self._pack.stamps}) < len(self._pack.stamps):
            return "pack.json names an authority twice"
        return None

    def _left(self) -> Iterator[Step]:
        """What no step has looked at."""
        left = self._files.keys() - self._looked_at - {PACK}
        people = sorted(left & FOR_PEOPLE)
        if people:
            said = "For people; no step can tell whether somebody changed it, so it proves nothing."
            yield Step("note", ", ".join(people), said)
        others = sorted(left - FOR_PEOPLE)
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            yield Step("note", ", ".join(others[:3]) + more, "Not named by pack.json, and not looked at.")

    def _told(self, where: str, saying: Iterator[str]) -> Iterator[Step]:
        """What a step says, each sentence for something that holds; its failure instead of the rest."""
        try:
            for said in saying:
                yield Step("ok", where, said)
        except _Missing as fault:
            yield Step("missing", where, f"{fault} is not in the pack.")
        except _Unreadable as fault:
            yield Step("missing", where, str(fault))
        except (Wrong, Malformed) as fault:
            yield Step("bad", where, f"{fault}.")

    def _file(self, name: str) -> bytes:
        self._looked_at.add(name)
        try:
            return self._files[name]
        except KeyError:
            raise _Missing(name) from None

    def _records(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        if len(set(one.records)) < len(one.records):
            raise Wrong("pack.json names a record twice")
        members = {role: self._file(folder + proof_facts.record_file(role)) for role in one.records}
        room = len(self._files.get(folder + proof_facts.MANIFEST, b"")) + pack_records.MOST_NAMED
        if pack_records.unpacks_beyond(members.get("manifest", b""), room):
            # It is read whole, so it must not be a bomb.
            raise Wrong("manifest.warc.gz holds more than manifest.json")
        report = warc_check.verify_warc(io.BytesIO(b"".join(members.values())), folder.rstrip("/"))
        errors = [f"{found.code} {found.detail}" for found in report.findings if found.severity == "error"]
        if errors:
            raise Wrong(f"the records do not agree with their digests: {'; '.join(errors[:3])}")
        if report.captures != 1:
            raise Wrong(f"the records are of {report.captures} captures, not of one")
        yield f"{report.records} WARC records are whole, and every digest in them and in the manifest is that of the bytes."
        manifest = self._read_manifest(one)
        with ExitStack() as closing:
            revisit = pack_records.records(members, manifest, closing).get("revisit")
            yield "Each is the one that the manifest names; URL, time and request in them are those of the manifest."
            if revisit and pack_records.had_body(revisit, manifest, *self._repeated(manifest, closing)):
                yield "The answer had the payload of the earlier capture, also in this pack, that the manifest names."

    def _read_manifest(self, one: PackedCapture) -> CaptureManifest:
        content = self._file(proof_facts.capture_folder(one.number) + proof_facts.MANIFEST)
        return _document(CaptureManifest, content, "the manifest")

    def _repeated(self, manifest: CaptureManifest, closing: ExitStack) -> tuple[CaptureManifest | None, Scanned | None]:
        """The capture whose payload a revisit repeats, and its response record, where the pack has them."""
        named = manifest.observation.revisits
        for one in self._pack.captures:
            if named is not None and one.capture_id == named.capture_id:
                response = self._file(proof_facts.capture_folder(one.number) + proof_facts.record_file("response"))
                return self._read_manifest(one), pack_records.record(response, closing)
        return None, None

    def _manifest(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        content = self._file(folder + proof_facts.MANIFEST)
        seen = self._read_manifest(one).observation
        if (seen.capture_id, seen.url, seen.requested_at) != (one.capture_id, one.url, one.fetched_at):
            raise Wrong("the manifest is of another capture than pack.json says")
        record = self._file(folder + proof_facts.record_file("manifest"))
        with ExitStack() as closing:
            held = pack_records.record(record, closing)
            if held is None or held.block.read(0, len(content) + 1) != content:
                raise Wrong("manifest.json is not what the manifest's WARC record holds")
        yield f"The manifest is of {one.url}, fetched {one.fetched_at.isoformat()[:19]}Z, as its WARC record has it."

    def _inner_path(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        digest = Digest.of(self._file(folder + proof_facts.MANIFEST))
        seal = self._seal(one.segment_id)
        segment_id, index, size, hashes = _path(self._file(folder + proof_facts.INNER_PATH))
        if segment_id != one.segment_id:
            raise Wrong(f"the path is in segment {segment_id[:100]}, and pack.json says {one.segment_id[:100]}")
        if size != seal.captures:
            raise Wrong(f"the path is for {size} captures, the seal has {seal.captures}")
        root = tree.root_from_inclusion(index, size, tree.leaf_hash(digest.raw), hashes)
        if root != seal.captures_root.raw:
            raise Wrong("the path from the manifest's digest does not lead to captures_root of the seal")
        yield f"The manifest is number {index + 1} of the {size} that the seal of segment {one.segment_id} covers."

    def _seal(self, segment_id: str) -> SegmentManifest:
        name = proof_facts.segment_folder(segment_id) + proof_facts.SEAL
        seal = _document(SegmentManifest, self._file(name), name)
        if seal.segment_id != segment_id or seal.archive_id != self._pack.archive_id:
            raise Wrong(f"{name} is the seal of another segment or archive")
        return seal

    def _leaf(self, segment_id: str) -> Iterator[str]:
        folder = proof_facts.segment_folder(segment_id)
        seal = self._file(folder + proof_facts.SEAL)
        leaf = _document(Leaf, self._file(folder + proof_facts.LEAF), "the leaf")
        if leaf.d != Digest.of(seal):
            raise Wrong("the leaf has another digest than segment.json")
        if f"/{segment_id}/" not in leaf.k:
            raise Wrong(f"the leaf is of {leaf.k[:200]}")
        yield f"The seal is what the ledger logged {leaf.t.isoformat()[:19]}Z as {leaf.k}."

    def _checkpoint(self, found: list[Checkpoint]) -> Iterator[str]:
        note = signed_note.parse(self._file(proof_facts.CHECKPOINT))
        checkpoint = checkpoints.parse(note.text)
        text = self._file(proof_facts.VKEY).decode("utf-8", "replace").strip()
        own = VerifierKey.parse(text)
        if self._known and own not in self._known:
            raise Wrong("the key in the pack is not one of those given")
        if own.name != checkpoint.origin or f"urn:uuid:{self._pack.archive_id}" != checkpoint.origin:
            raise Wrong(f"the checkpoint is of another ledger, {checkpoint.origin[:100]}")
        if _public_pem(own) != self._file(proof_facts.PUBLIC_KEY).decode("ascii", "replace").strip():
            raise Wrong("key.pem and key.vkey are different keys")
        if not signed_note.verified(note, (own,)):
            raise Wrong("the checkpoint is not signed by the key")
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
            raise Wrong("the proof is under another checkpoint than the pack's")
        if not checkpoint:
            raise Wrong("the checkpoint it is under does not hold")
        head = checkpoint[0]
        if not tree.verify_inclusion(proof.index, head.size, tree.leaf_hash(entry), proof.hashes, head.root):
            raise Wrong("the proof does not lead from the leaf to the signed root")
        yield f"The leaf is number {proof.index + 1} of the {head.size} under the signed root."

    def _stamps(self) -> Iterator[Step]:
        if proof_facts.CHECKPOINT in self._files and not self._pack.stamps:
            said = "No independent time: no authority stamped this checkpoint."
            yield Step("missing" if self._roots else "note", proof_facts.CHECKPOINT, said)
        for one in self._pack.stamps:
            file, chain = proof_facts.stamp_files(one.authority)
            yield from self._told(file, self._stamp(file, chain, one))

    def _stamp(self, file: str, chain: str, told: PackedStamp) -> Iterator[str]:
        note = self._file(proof_facts.CHECKPOINT)
        own = self._file(chain)
        roots = self._roots or [own]
        try:
            stamp = timestamp.verify(self._file(file), note, roots)
        except BadStamp as fault:
            if fault.kind == "unreadable-here":
                raise _Unreadable(f"The stamp of {told.authority[:100]} could not be checked: {fault}.") from fault
            raise Wrong(f"the stamp of {told.authority[:100]} does not hold: {fault}") from fault
        if stamp.time != told.time:
            raise Wrong(f"the stamp states {stamp.time.isoformat()}, and pack.json says {told.time.isoformat()}")
        known = "roots you gave" if self._roots else f"{chain}: compare it with what the authority publishes"
        yield f"{stamp.authority} states that the checkpoint existed at {stamp.time.isoformat()[:19]}Z, by {known}."

    def _witnesses(self) -> Iterator[Step]:
        for number, one in enumerate(self._pack.witnesses, start=1):
            yield from self._told(proof_facts.witness_file(number), self._witness(number, one))
        if self._known_witnesses and not self._seen_by & set(self._known_witnesses):
            said = "No witness that you gave a key of has signed this checkpoint."
            yield Step("missing", proof_facts.CHECKPOINT, said)

    def _witness(self, number: int, told: PackedWitness) -> Iterator[str]:
        note = signed_note.parse(self._file(proof_facts.WITNESSED))
        stamped = signed_note.parse(self._file(proof_facts.CHECKPOINT))
        if note.text != stamped.text:
            raise Wrong("checkpoint.witnessed has another text than checkpoint")
        if not set(stamped.signatures) <= set(note.signatures):
            raise Wrong("checkpoint.witnessed lacks the signature of checkpoint")
        key = VerifierKey.parse(self._file(proof_facts.witness_file(number)).decode("utf-8", "replace").strip())
        if key.kind != COSIGNATURE or key.name != told.name:
            raise Wrong("the key is not that of the witness in pack.json")
        seen = signed_note.verified(note, [key])
        if not seen or seen[0].time is None:
            raise Wrong(f"checkpoint.witnessed is not signed by {told.name[:100]}")
        if seen[0].time != int(told.time.timestamp()):
            raise Wrong(f"the witness states the time {seen[0].time}, and pack.json says {told.time.isoformat()}")
        self._seen_by.add(key)
        given = key in self._known_witnesses
        known = "the key you gave" if given else "the key in the pack: compare it with the one the witness published"
        at = told.time.isoformat()[:19]
        yield f"{key.name} states that it saw this checkpoint and no other in its place at {at}Z, by {known}."


def _document(kind: type[M], content: bytes, where: str) -> M:
    try:
        found = from_canonical(kind, content)
        canonical = canonical_bytes(found) == content
    except pydantic.ValidationError as fault:
        raise Wrong(f"{where} cannot be read: {first_fault(fault)}") from fault
    except ValueError as fault:
        raise Wrong(f"{where} holds what has no canonical form: {str(fault)[:200]}") from fault
    if not canonical:
        raise Wrong(f"{where} is not in the canonical form")
    return found


def _path(content: bytes) -> tuple[str, int, int, list[bytes]]:
    try:
        told = json.loads(content)
        index, size, hashes = told["leaf_index"], told["tree_size"], [bytes.fromhex(one) for one in told["hashes"]]
        segment_id = str(told["segment_id"])
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise Wrong(f"the path cannot be read: {str(fault)[:200]}") from fault
    whole = isinstance(index, int) and isinstance(size, int) and all(len(one) == 32 for one in hashes)
    if not whole or not 0 <= index < size:
        raise Wrong("the path is not one of a tree")
    return segment_id, index, size, hashes


def _public_pem(key: VerifierKey) -> str:
    der = bytes.fromhex("302a300506032b6570032100") + key.public
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode('ascii')}\n-----END PUBLIC KEY-----"
