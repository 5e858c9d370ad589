# SPDX-License-Identifier: Apache-2.0
"""What a stranger needs to check captures without this program: records, manifests, paths to seals, leaves, head, key, stamps.

A pack proves that these bytes are the ones whose digest was in the ledger when its head was signed, and shows nothing of the
captures beside them. All of it is compared with its digests on the way here, and the chain is followed once from the bytes to
the signed root before it is handed out.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import Damaged, NotFound
from archiver.formats.signed_note import VerifierKey
from archiver.formats.timestamp import BadStamp
from archiver.formats.warc_scan import Scanned, scan
from archiver.ledger import heads, tree
from archiver.ledger.heads import Head
from archiver.ledger.keys import Keyring
from archiver.ledger.leaves import Logged
from archiver.ledger.notary import Authority
from archiver.ledger.witnesses import Witness
from archiver.ports import Store
from archiver.services import claims_sets, cosigning, layout, proof_facts, read, stamping
from archiver.services.cataloguing import manifest_lines
from archiver.services.description import ArchiveDescription
from archiver.services.observations import SOFTWARE
from archiver.services.proof_facts import ProofFacts, ProvenCapture, SealedSegment, Stamped, Witnessed
from archiver.services.sequencer import Sequencer
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest
from manifests.package import PackedCapture, PackedStamp, PackedWitness, ProofPack
from manifests.segment import SegmentManifest, root_of

PACK = "pack.json"
_ADVICE = "Run `archiver verify` to see what is damaged."


@dataclass(frozen=True, slots=True)
class Pack:
    """A proof pack, except for what is written for people."""

    facts: ProofFacts
    files: Mapping[str, bytes]
    """The evidence, by the names in the pack."""


@dataclass(frozen=True, slots=True)
class LedgerSide:
    """What the ledger's part of a proof is made with."""

    sequencer: Sequencer
    keyring: Keyring
    authorities: tuple[Authority, ...] = ()
    witnesses: tuple[Witness, ...] = ()


def prove(
    store: Store,
    catalog: Catalog,
    described: ArchiveDescription,
    ledger: LedgerSide | None,
    captures: Sequence[Found],
    made_at: datetime,
) -> Pack:
    """The proof of captures, in this order; a revisit brings the capture along whose bytes it repeats.

    Raises `Damaged`, with the `code` of a finding, when anything on the way does not fit, `NotFound` when it is not there.
    """
    wanted = _with_repeated(store, catalog, captures)
    files: dict[str, bytes] = {}
    seals = {one.segment.segment_id: _seal(store, one) for one in wanted}
    inside = {key: _inside(store, catalog, folder, seal) for key, (folder, seal, _) in seals.items()}
    logged: dict[str, Logged] = {}
    head = None
    if ledger is not None:
        logged = _logged(ledger.sequencer, seals)
        head = _head(store, ledger, logged) if logged else None
    proven = []
    for number, found in enumerate(wanted, start=1):
        _, seal, _ = seals[found.segment.segment_id]
        one, made = _capture(store, found, number, seal, inside[found.segment.segment_id])
        proven.append(one)
        files.update(made)
    segments = []
    for segment_id, (_, seal, seal_bytes) in seals.items():
        folder, known = proof_facts.segment_folder(segment_id), logged.get(segment_id)
        files[folder + proof_facts.SEAL] = seal_bytes
        if known is None or head is None or ledger is None:
            segments.append(SealedSegment(seal, Digest.of(seal_bytes)))
            continue
        files[folder + proof_facts.LEAF] = known.entry
        files[folder + proof_facts.LEAF_PROOF] = _leaf_proof(ledger.sequencer, known, head)
        segments.append(SealedSegment(seal, Digest.of(seal_bytes), known.position, known.leaf.t))
    facts = ProofFacts(
        archive_id=described.archive_id,
        operator=described.operator.name if described.operator else None,
        contact=described.operator.contact if described.operator else None,
        software=SOFTWARE,
        made_at=made_at,
        captures=tuple(proven),
        segments=tuple(segments),
        pending=tuple(_pending(ledger, seals, logged)),
    )
    if head is not None and ledger is not None:
        facts = _signed(store, facts, ledger, head, files)
    files[PACK] = canonical_bytes(_packed(facts, ledger, head))
    return Pack(facts, files)


def _with_repeated(store: Store, catalog: Catalog, captures: Sequence[Found]) -> list[Found]:
    found: dict[str, Found] = {}
    for one in captures:
        found.setdefault(one.capture_id, one)
        if one.revisit:
            earlier = from_canonical(CaptureManifest, read.manifest_bytes(store, one)).observation.revisits
            held = catalog.by_id(earlier.capture_id) if earlier is not None else None
            if held is not None:
                found.setdefault(held.capture_id, held)
    return list(found.values())


def _seal(store: Store, found: Found) -> tuple[str, SegmentManifest, bytes]:
    folder = found.segment.folder
    seal_bytes = _whole(store, folder + layout.SEAL, found.segment.seal_digest)
    return folder, from_canonical(SegmentManifest, seal_bytes), seal_bytes


@dataclass(frozen=True, slots=True)
class _Inside:
    """What a segment holds."""

    manifests: Sequence[bytes]
    digests: Sequence[bytes]
    """Of the manifests, 32 octets each."""
    ends: Mapping[int, int]
    """Where in the WARC file the manifest of a capture ends, by the capture's place."""


def _inside(store: Store, catalog: Catalog, folder: str, seal: SegmentManifest) -> _Inside:
    lines = manifest_lines(_whole(store, folder + seal.manifests.name, seal.manifests.sha256))
    digests = [Digest.of(one).raw for one in lines]
    if root_of(digests) != seal.captures_root:
        raise Damaged(f"the manifests of segment {seal.segment_id} do not give its captures_root", _ADVICE, code="S05")
    ends = {
        one.ordinal: one.manifest_offset + one.manifest_length
        for one in catalog.captures_in(seal.segment_id)
        if one.manifest_offset is not None and one.manifest_length is not None
    }
    return _Inside(lines, digests, ends)


def _logged(sequencer: Sequencer, seals: Mapping[str, tuple[str, SegmentManifest, bytes]]) -> dict[str, Logged]:
    sequencer.head()
    found = {}
    for segment_id, (folder, _, seal_bytes) in seals.items():
        known = sequencer.leaves.find(folder + layout.SEAL)
        if known is None:
            continue
        if known.leaf.d != Digest.of(seal_bytes):
            said = f"the seal of segment {segment_id} has another digest than the ledger says"
            raise Damaged(said, _ADVICE, code="L06")
        found[segment_id] = known
    return found


def _head(store: Store, ledger: LedgerSide, logged: Mapping[str, Logged]) -> Head:
    """The newest head with stamp and cosignature that all of `logged` are below; else with a stamp, else with a cosignature."""
    newest = ledger.sequencer.head()
    needed = max(one.position for one in logged.values()) + 1
    stamped = {one.size for one in stamping.held(store) if needed <= one.size <= newest.size}
    witnessed = {one.size for one in cosigning.held(store) if needed <= one.size <= newest.size}
    sizes = (stamped & witnessed) or stamped or witnessed
    if not sizes:
        return newest
    return heads.of_size(store, max(sizes), newest, ledger.keyring) or newest


def _leaf_proof(sequencer: Sequencer, known: Logged, head: Head) -> bytes:
    proof = sequencer.ledger.proof(known.position, head)
    if tree.root_from_inclusion(known.position, head.size, tree.leaf_hash(known.entry), proof.hashes) != head.root:
        raise Damaged(f"leaf {known.position} of the ledger is not the one its tiles have", _ADVICE, code="L04")
    return proof.to_bytes()


def _capture(
    store: Store, found: Found, number: int, seal: SegmentManifest, inside: _Inside
) -> tuple[ProvenCapture, dict[str, bytes]]:
    content = read.manifest_bytes(store, found)
    if found.ordinal >= len(inside.manifests) or inside.manifests[found.ordinal] != content:
        said = f"the manifest of capture {found.capture_id} is not where its segment has it"
        raise Damaged(said, _ADVICE, code="S06")
    manifest = from_canonical(CaptureManifest, content)
    records = dict(_records(store, found, seal, manifest, inside.ends))
    path = tree.path_within(inside.digests, found.ordinal)
    told = {
        "segment_id": found.segment.segment_id,
        "leaf_index": found.ordinal,
        "tree_size": seal.captures,
        "hashes": [one.hex() for one in path],
    }
    folder = proof_facts.capture_folder(number)
    files = {folder + name: member for name, member in records.items()}
    files[folder + proof_facts.MANIFEST] = content
    files[folder + proof_facts.INNER_PATH] = json.dumps(told, indent=1).encode("ascii") + b"\n"
    proven = ProvenCapture(
        number=number,
        manifest=manifest,
        manifest_digest=Digest.of(content),
        claims=claims_sets.newest(store, found),
        segment_id=found.segment.segment_id,
        position=found.ordinal,
        records=tuple(records),
    )
    return proven, files


def _records(
    store: Store, found: Found, seal: SegmentManifest, manifest: CaptureManifest, ends: Mapping[int, int]
) -> Iterator[tuple[str, bytes]]:
    """The gzip members of a capture in file order, by their names in the pack.

    They stand in the WARC file between the manifest of the capture before it and its own.
    """
    ids = manifest.observation.records.model_dump(exclude_none=True)
    roles = {f"<urn:uuid:{one}>": "manifest" if role == "metadata" else role for role, one in ids.items()}
    start = max((end for place, end in ends.items() if place < found.ordinal), default=0)
    end = ends.get(found.ordinal, seal.warc.size)
    content = store.get(found.segment.folder + seal.warc.name, start, end)
    for one in scan(io.BytesIO(content), start):
        if not isinstance(one, Scanned) or one.wrong:
            raise Damaged(f"a record of capture {found.capture_id} cannot be read", _ADVICE, code="W02")
        one.block.close()
        role = roles.pop(one.get("WARC-Record-ID") or "", None)
        if role is not None:
            yield proof_facts.record_file(role), content[one.offset - start : one.offset - start + one.length]
        if not roles:
            return
    missing = ", ".join(roles.values())
    raise Damaged(f"the WARC file lacks a record of capture {found.capture_id}: {missing}", _ADVICE, code="M05")


def _signed(store: Store, facts: ProofFacts, ledger: LedgerSide, head: Head, files: dict[str, bytes]) -> ProofFacts:
    """The same with the head, its key and its stamps, whose files are added."""
    key = ledger.keyring.of_size(head.size)
    files[proof_facts.CHECKPOINT] = head.note
    files.update({proof_facts.key_record(one.number): canonical_bytes(one) for one in ledger.keyring.records})
    files[proof_facts.PUBLIC_KEY] = key.public_key.encode("ascii")
    files[proof_facts.VKEY] = key.vkey.encode("utf-8") + b"\n"
    named = {one.name: one for one in ledger.authorities}
    stamps, pending = [], list(facts.pending)
    for held in stamping.held(store):
        if held.size != head.size:
            continue
        response = store.get(held.key)
        authority = named.get(held.authority)
        try:
            stamp, checked = stamping.read(response, head.note, authority)
        except BadStamp as fault:
            pending.append(
                f"A stamp of {held.authority} is in the archive and not here, for it does not hold: {fault}."
            )
            continue
        file, chain_file = proof_facts.stamp_files(held.authority)
        if not checked or authority is None:
            pending.append(
                f"A stamp of {held.authority} is in the archive and not here: its root certificates are not configured."
            )
            continue
        files[file], files[chain_file] = response, b"\n".join(one.strip() for one in authority.roots) + b"\n"
        stamps.append(Stamped(held.authority, stamp.time, file, chain_file))
    if ledger.authorities and not stamps:
        pending.append("The checkpoint is not time-stamped yet.")
    witnesses = _witnesses(store, ledger, head, files, pending)
    return replace(
        facts,
        origin=head.checkpoint.origin,
        checkpoint_size=head.size,
        vkey=key.vkey,
        key_fingerprint=fingerprint(VerifierKey.parse(key.vkey)),
        stamps=tuple(stamps),
        witnesses=witnesses,
        pending=tuple(pending),
    )


def _witnesses(
    store: Store, ledger: LedgerSide, head: Head, files: dict[str, bytes], pending: list[str]
) -> tuple[Witnessed, ...]:
    """The witnesses that signed the head; its note with their lines, and their keys, are added to the files."""
    named = {one.name: one for one in ledger.witnesses}
    lines, found = [], []
    for held in cosigning.held(store):
        if held.size != head.size:
            continue
        witness = named.get(held.witness)
        if witness is None:
            said = f"A cosignature of {held.witness} is in the archive and not here: its key is not configured."
            pending.append(said)
            continue
        try:
            line, at = cosigning.read(store, held, head, witness)
        except Damaged as fault:
            pending.append(f"{fault.what}.")
            continue
        lines.append(line)
        file = proof_facts.witness_file(len(lines))
        files[file] = witness.key.to_text().encode("utf-8") + b"\n"
        found.append(Witnessed(witness.key.name, at, file))
    if lines:
        files[proof_facts.WITNESSED] = cosigning.joined(head.note, lines)
    elif ledger.witnesses:
        pending.append("No witness has signed the checkpoint yet.")
    return tuple(found)


def _pending(ledger: LedgerSide | None, seals: Mapping[str, object], logged: Mapping[str, Logged]) -> Iterator[str]:
    if ledger is None:
        yield "This archive has no ledger: nothing signs its seals."
        return
    for segment_id in seals:
        if segment_id not in logged:
            yield f"The seal of segment {segment_id} is not in the ledger yet."


def _packed(facts: ProofFacts, ledger: LedgerSide | None, head: Head | None) -> ProofPack:
    captures = [
        PackedCapture(
            number=one.number,
            capture_id=one.capture_id,
            url=one.url,
            fetched_at=one.fetched_at,
            segment_id=one.segment_id,
            records=tuple(name.removesuffix(".warc.gz") for name in one.records),
        )
        for one in facts.captures
    ]
    return ProofPack(
        archive_id=facts.archive_id,
        made_at=facts.made_at,
        captures=tuple(captures),
        key=ledger.keyring.of_size(head.size).number if ledger is not None and head is not None else None,
        stamps=tuple(PackedStamp(authority=one.authority, time=one.at) for one in facts.stamps),
        witnesses=tuple(PackedWitness(name=one.name, time=one.at) for one in facts.witnesses),
        unlogged=tuple(one.seal.segment_id for one in facts.segments if one.ledger_index is None),
        pending=facts.pending,
        software=facts.software,
    )


def fingerprint(key: VerifierKey) -> str:
    """sha256 of a public key in its DER form (SubjectPublicKeyInfo), 64 hex digits."""
    # RFC 8410: the form is fixed but for the 32 octets at its end.
    return hashlib.sha256(bytes.fromhex("302a300506032b6570032100") + key.public).hexdigest()


def _whole(store: Store, key: str, wanted: Digest) -> bytes:
    try:
        content = store.get(key)
    except KeyError:
        raise NotFound(f"the store lacks {key}, which the catalog names", _ADVICE) from None
    if Digest.of(content) != wanted:
        raise Damaged(f"{key} differs from its digest", _ADVICE, code="S03")
    return content
