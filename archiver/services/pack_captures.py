# SPDX-License-Identifier: Apache-2.0
"""The captures of a proof pack: records against digests, manifest against record, path from the manifest to the seal."""

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack

from archiver.formats.warc_scan import Scanned
from archiver.ledger import tree
from archiver.services import pack_records, proof_facts, warc_check
from archiver.services.pack_files import PackFiles, Step, Wrong, document
from manifests.capture import CaptureManifest
from manifests.digest import Digest
from manifests.package import PackedCapture, ProofPack
from manifests.segment import SegmentManifest


class PackedCaptures:
    """The steps from the bytes to the seals."""

    def __init__(self, files: PackFiles, pack: ProofPack) -> None:
        self._files = files
        self._pack = pack

    def steps(self, one: PackedCapture) -> Iterator[Step]:
        """Those of one capture."""
        folder = proof_facts.capture_folder(one.number)
        yield from self._files.told(folder + "*.warc.gz", self._records(one))
        yield from self._files.told(folder + proof_facts.MANIFEST, self._manifest(one))
        yield from self._files.told(folder + proof_facts.INNER_PATH, self._inner_path(one))

    def _records(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        if len(set(one.records)) < len(one.records):
            raise Wrong("pack.json names a record twice")
        members = {role: self._files.take(folder + proof_facts.record_file(role)) for role in one.records}
        room = self._files.size(folder + proof_facts.MANIFEST) + pack_records.MOST_NAMED
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
        content = self._files.take(proof_facts.capture_folder(one.number) + proof_facts.MANIFEST)
        return document(CaptureManifest, content, "the manifest")

    def _repeated(self, manifest: CaptureManifest, closing: ExitStack) -> tuple[CaptureManifest | None, Scanned | None]:
        """The capture whose payload a revisit repeats, and its response record, where the pack has them."""
        named = manifest.observation.revisits
        for one in self._pack.captures:
            if named is not None and one.capture_id == named.capture_id:
                response = self._files.take(
                    proof_facts.capture_folder(one.number) + proof_facts.record_file("response")
                )
                return self._read_manifest(one), pack_records.record(response, closing)
        return None, None

    def _manifest(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        content = self._files.take(folder + proof_facts.MANIFEST)
        seen = self._read_manifest(one).observation
        if (seen.capture_id, seen.url, seen.requested_at) != (one.capture_id, one.url, one.fetched_at):
            raise Wrong("the manifest is of another capture than pack.json says")
        record = self._files.take(folder + proof_facts.record_file("manifest"))
        with ExitStack() as closing:
            held = pack_records.record(record, closing)
            if held is None or held.block.read(0, len(content) + 1) != content:
                raise Wrong("manifest.json is not what the manifest's WARC record holds")
        yield f"The manifest is of {one.url}, fetched {one.fetched_at.isoformat()[:19]}Z, as its WARC record has it."

    def _inner_path(self, one: PackedCapture) -> Iterator[str]:
        folder = proof_facts.capture_folder(one.number)
        digest = Digest.of(self._files.take(folder + proof_facts.MANIFEST))
        seal = self._seal(one.segment_id)
        segment_id, index, size, hashes = _path(self._files.take(folder + proof_facts.INNER_PATH))
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
        seal = document(SegmentManifest, self._files.take(name), name)
        if seal.segment_id != segment_id or seal.archive_id != self._pack.archive_id:
            raise Wrong(f"{name} is the seal of another segment or archive")
        return seal


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
