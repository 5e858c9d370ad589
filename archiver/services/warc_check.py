# SPDX-License-Identifier: Apache-2.0
"""Checking one WARC file on its own: members, records, digests, and our manifests in it against the bytes beside them.

Every finding goes to a report and the check goes on; only a damaged gzip member ends it, because nothing after it can be
told apart.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pydantic

from archiver.formats.coding import decode
from archiver.formats.warc_scan import Damage, Scanned, digest_matches, scan
from archiver.services.claims_check import ClaimsCheck
from archiver.services.observations import SOFTWARE
from archiver.services.read import MAX_ENTITY, framed, payload_of
from archiver.services.report import Report
from manifests.canonical import canonical_bytes, first_fault, from_canonical
from manifests.capture import CaptureManifest, Claims
from manifests.digest import Digest, Role, canonical_digest
from manifests.ranges import read_ranges
from manifests.segment import SegmentFile, SegmentManifest

_READ = 1 << 20
_MOST_OF_A_CAPTURE = 8
"""Records before a manifest that are kept to be checked against it; ours have three."""


@dataclass(frozen=True, slots=True)
class ReadManifest:
    """A manifest as a WARC file holds it."""

    manifest: CaptureManifest
    content: bytes
    offset: int
    length: int
    own: tuple[int, int] | None
    """Offset and length of the capture's own record."""


class Hashing(io.RawIOBase):
    """A stream that hashes and counts what is read through it."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.octets = 0

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self.sha256.update(content)
        self.octets += len(content)
        return content

    def drain(self) -> None:
        """Reads what is left."""
        while self.read(_READ):
            pass


def verify_warc(stream: BinaryIO, name: str, seal: bytes | None = None) -> Report:
    """Checks one WARC file on its own, and against the seal of its segment where that is known."""
    report = Report(f"{name}, on its own,")
    hashing = Hashing(stream)
    for _ in manifests_in(hashing, name, report):
        pass
    hashing.drain()
    report.octets = hashing.octets
    if not report.records and report.sound:
        report.add("W03", name, "the file holds no record")
    if seal is not None:
        try:
            sealed = from_canonical(SegmentManifest, seal)
        except pydantic.ValidationError as fault:
            report.add("S04", name, f"the seal beside it: {first_fault(fault)}")
        else:
            if sealed.warc.name == name:
                report.subject = f"{name}, compared with its seal,"
                check_sealed(hashing, sealed.warc, name, report)
    return report


def check_sealed(hashing: Hashing, sealed: SegmentFile, where: str, report: Report) -> None:
    """Size and digest of a file that was read to its end, against its seal."""
    if hashing.octets != sealed.size:
        report.add("S02", where, f"{sealed.size} octets were sealed, {hashing.octets} are stored")
    digest = Digest.from_raw("sha256", hashing.sha256.digest())
    if digest != sealed.sha256:
        report.add("S03", where, f"{sealed.sha256} was sealed, {digest} is stored")


def manifests_in(
    stream: Hashing, name: str, report: Report, sets: Sequence[ClaimsCheck] = ()
) -> Iterator[ReadManifest]:
    """Every manifest of a WARC file, in order, each checked against the records before it; findings go to the report.

    So are the claims that claims sets hold of its capture.
    """
    seen_ids: set[str] = set()
    recent: dict[str, Scanned] = {}
    ours, captures = False, 0
    for record in scan(stream):
        if isinstance(record, Damage):
            report.add(record.code, name, record.detail, offset=record.offset)
            return
        report.records += 1
        for code, detail in record.wrong:
            report.add(code, name, f"{record.kind or 'record'} {record.record_id}: {detail}", offset=record.offset)
        if record.record_id in seen_ids:
            report.add("W08", name, f"record id {record.record_id} stands twice", offset=record.offset)
        seen_ids.add(record.record_id)
        check_payload_digest(record, name, report)
        if record.kind == "warcinfo":
            ours = ours or f"software: {SOFTWARE.name}/".encode() in record.block.read(0, 1 << 16)
            record.block.close()
            continue
        uri = record.get("WARC-Target-URI") or ""
        if not uri.startswith("urn:manifest:"):
            recent[record.record_id] = record
            if len(recent) > _MOST_OF_A_CAPTURE:
                # Files of other programs hold no manifests: their records must not pile up, each with its block.
                oldest = recent.pop(next(iter(recent)))
                _check_left([oldest] if ours or captures else [], name, report, ours=ours)
                oldest.block.close()
            continue
        report.captures += 1
        captures += 1
        content = record.block.read()
        manifest = read_manifest(content, f"{name}: {uri}", report, record.offset)
        if manifest is not None:
            own = recent.get(manifest.observation.capture_id)
            entity = check_observation(manifest, recent, name, report)
            for check in sets:
                check_evidence(check.of(manifest), entity, f"capture {manifest.observation.capture_id}", report)
            named = set(manifest.observation.records.model_dump().values())
            _check_left([one for one in recent.values() if one.record_id not in named], name, report, ours=ours)
            yield ReadManifest(
                manifest, content, record.offset, record.length, (own.offset, own.length) if own is not None else None
            )
        for one in recent.values():
            one.block.close()
        recent = {}
    # Files of other programs hold no manifests, and need none.
    _check_left(list(recent.values()) if ours or captures else [], name, report, ours=ours)
    for one in recent.values():
        one.block.close()
    if ours and not captures and not recent:
        report.add("M06", name, "the file holds no capture, and this program never seals such a file")


def _check_left(left: list[Scanned], name: str, report: Report, *, ours: bool) -> None:
    for record in left:
        detail = f"{record.kind} record {record.record_id} belongs to no manifest"
        report.add("M06", name, detail, offset=record.offset, severity="error" if ours else "warning")


def read_manifest(content: bytes, where: str, report: Report, offset: int | None = None) -> CaptureManifest | None:
    try:
        manifest = from_canonical(CaptureManifest, content)
    except pydantic.ValidationError as fault:
        report.add("M01", where, first_fault(fault), offset=offset)
        return None
    if canonical_bytes(manifest) != content:
        report.add("M01", where, "its bytes are not the canonical form", offset=offset)
    if manifest.claims and manifest.claims.observation_digest != canonical_digest(manifest.observation):
        report.add("M03", where, "the claims were read from another observation", offset=offset)
    return manifest


def check_payload_digest(record: Scanned, name: str, report: Report) -> None:
    stated = record.get("WARC-Payload-Digest")
    if stated is None or record.kind != "response":
        return
    head = framed(record.block).head
    start = head.length if head else 0
    sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    for piece in record.block.pieces(start):
        sha1.update(piece)
        sha256.update(piece)
    found = (Digest.from_raw("sha1", sha1.digest()), Digest.from_raw("sha256", sha256.digest()))
    if digest_matches(stated, *found) is False:
        report.add(
            "W05", name, f"record {record.record_id} states {stated[:80]}, holds {found[0]}", offset=record.offset
        )


def check_observation(
    manifest: CaptureManifest, records: dict[str, Scanned], name: str, report: Report
) -> bytes | None:
    """Digests and evidence of a manifest against the records it names; the entity, where one of them holds it."""
    seen = manifest.observation
    where = f"capture {seen.capture_id}"
    for named in (seen.records.request, seen.records.response, seen.records.revisit, seen.records.remains):
        if named is not None and named not in records:
            report.add("M05", where, f"record {named} is not in {name}")
    response = records.get(seen.records.response or "")
    if response is None:
        return None
    entity = _check_digests(manifest, response, where, report)
    check_evidence(manifest.claims, entity, where, report)
    return entity


def check_evidence(claims: Claims | None, entity: bytes | None, where: str, report: Report) -> None:
    """Each piece of evidence that says where it stands, against the bytes there."""
    if entity is None or claims is None or claims.charset is None:
        return
    evidence = [notice.evidence for notice in claims.notices]
    stated = (claims.title, claims.language, claims.published_at, claims.modified_at, claims.canonical_url)
    for said in (claims.publisher, *claims.authors, *stated):
        evidence += [said.evidence, *said.also] if said is not None else []
    evidence += [one.evidence for one in claims.differing]
    evidence += [claims.reprint.evidence] if claims.reprint else []
    evidence += [sign.evidence for sign in claims.suspected if sign.evidence is not None]
    for one in evidence:
        if one.place.ranges:
            try:
                words = read_ranges(entity, one.place.ranges, claims.charset or "utf-8")
            except (LookupError, ValueError) as fault:
                words = str(fault)
            if words != one.text:
                report.add("M04", where, f"the ranges read {words[:80]!r}, the evidence says {one.text[:80]!r}")


def _check_digests(manifest: CaptureManifest, response: Scanned, where: str, report: Report) -> bytes | None:
    """Every digest of the observation, recomputed; returns the entity when it could be decoded."""
    seen, block = manifest.observation, response.block
    framer = framed(block, seen.request.method if seen.request else "GET")
    if framer.head is None:
        report.add("M02", where, "the record holds no HTTP response")
        return None
    start, end = framer.head.length, min(framer.message_length, block.length)
    body = hashlib.sha256()
    for piece in block.pieces(start, end):
        body.update(piece)
    payload, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    for piece in payload_of(block, framer):
        payload.update(piece)
        sha1.update(piece)
    coding = ", ".join(framer.head.get_all("content-encoding")) or None
    decoded = decode(payload_of(block, framer), coding, limit=MAX_ENTITY)
    found = {
        (Role.BLOCK, "sha256"): response.block_sha256,
        (Role.BODY, "sha256"): Digest.from_raw("sha256", body.digest()),
        (Role.PAYLOAD, "sha256"): Digest.from_raw("sha256", payload.digest()),
        (Role.PAYLOAD, "sha1"): Digest.from_raw("sha1", sha1.digest()),
    }
    if not decoded.coded and decoded.fault is None:
        found[Role.ENTITY, "sha256"] = found[Role.PAYLOAD, "sha256"]
    elif decoded.complete and decoded.fault is None:
        found[Role.ENTITY, "sha256"] = Digest.of(decoded.content)
    for (role, algorithm), digest in found.items():
        stated = seen.digests.get(role, algorithm)
        if stated is not None and stated != digest:
            report.add("M02", where, f"{role.value}: the manifest says {stated}, the record holds {digest}")
    return decoded.content
