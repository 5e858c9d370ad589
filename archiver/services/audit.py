# SPDX-License-Identifier: Apache-2.0
"""Checking what is stored: findings with codes, never exceptions, never stopping at the first.

Three depths meet here: a WARC file on its own (records, digests, and our manifests inside it against the bytes beside them),
a segment (its four files against the seal and against each other), and the archive (every segment, and the catalog). A
check that could not be made raises `StoreUnavailable`; it is never reported as fine.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import pydantic

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import Damaged
from archiver.formats.cdxj import IndexLine
from archiver.formats.coding import decode
from archiver.formats.warc_scan import Damage, Scanned, digest_matches, scan
from archiver.ports import Store
from archiver.services import layout
from archiver.services.read import framed, payload_of
from archiver.services.seal import manifest_lines
from manifests.canonical import canonical_bytes, canonical_digest, from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest, Role
from manifests.fixity import Finding, Severity
from manifests.ranges import read_ranges
from manifests.segment import SegmentManifest, captures_root

_READ = 1 << 20
_MAX_ENTITY = 64 << 20


@dataclass
class Report:
    """What a check saw."""

    subject: str
    """What was checked, for people."""
    captures: int = 0
    records: int = 0
    segments: int = 0
    octets: int = 0
    """Octets that were read and hashed."""
    findings: list[Finding] = field(default_factory=list)

    def add(
        self, code: str, where: str, detail: str, *, offset: int | None = None, severity: Severity = "error"
    ) -> None:
        """One more finding."""
        self.findings.append(Finding(code=code, severity=severity, where=where, detail=detail, offset=offset))

    @property
    def sound(self) -> bool:
        """Whether no error was found."""
        return not any(one.severity == "error" for one in self.findings)

    def verdict(self) -> str:
        """One sentence for people."""
        errors = sum(one.severity == "error" for one in self.findings)
        counted = [(self.segments, "segment"), (self.captures, "capture"), (self.records, "record")]
        seen = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted if n)
        if self.sound:
            return f"{self.subject} is sound: {seen or 'nothing to check'}, {self.octets:,} bytes read and every digest equal."
        return (
            f"{self.subject} is damaged: {errors} error{'' if errors == 1 else 's'} in {seen or 'what could be read'}."
        )


@dataclass(frozen=True, slots=True)
class ReadManifest:
    """A manifest as a WARC file holds it."""

    manifest: CaptureManifest
    content: bytes
    offset: int
    length: int
    own: tuple[int, int] | None
    """Offset and length of the capture's own record."""


class _Hashing(io.RawIOBase):
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


def verify_warc(stream: BinaryIO, name: str) -> Report:
    """Checks one WARC file on its own."""
    report = Report(name)
    hashing = _Hashing(stream)
    for _ in _manifests_in(hashing, name, report):
        pass
    hashing.drain()
    report.octets = hashing.octets
    if not report.records and report.sound:
        report.add("W03", name, "the file holds no record")
    return report


def _manifests_in(stream: _Hashing, name: str, report: Report) -> Iterator[ReadManifest]:
    """Every manifest of a WARC file, in order, each checked against the records before it; findings go to the report."""
    seen_ids: set[str] = set()
    recent: dict[str, Scanned] = {}
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
        _check_payload_digest(record, name, report)
        uri = record.get("WARC-Target-URI") or ""
        if not uri.startswith("urn:manifest:"):
            recent[record.record_id] = record
            continue
        report.captures += 1
        content = record.block.read()
        manifest = _read_manifest(content, f"{name}: {uri}", report, record.offset)
        if manifest is not None:
            own = recent.get(manifest.observation.capture_id)
            _check_observation(manifest, recent, name, report)
            yield ReadManifest(
                manifest, content, record.offset, record.length, (own.offset, own.length) if own is not None else None
            )
        for one in recent.values():
            one.block.close()
        recent = {}


def _read_manifest(content: bytes, where: str, report: Report, offset: int | None = None) -> CaptureManifest | None:
    try:
        manifest = from_canonical(CaptureManifest, content)
    except pydantic.ValidationError as fault:
        report.add("M01", where, str(fault).splitlines()[0], offset=offset)
        return None
    if canonical_bytes(manifest) != content:
        report.add("M01", where, "its bytes are not the canonical form", offset=offset)
    if manifest.claims and manifest.claims.observation_digest != canonical_digest(manifest.observation):
        report.add("M03", where, "the claims were read from another observation", offset=offset)
    return manifest


def _check_payload_digest(record: Scanned, name: str, report: Report) -> None:
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


def _check_observation(manifest: CaptureManifest, records: dict[str, Scanned], name: str, report: Report) -> None:
    """Digests and evidence of a manifest against the records it names."""
    seen = manifest.observation
    where = f"capture {seen.capture_id}"
    for named in (seen.records.request, seen.records.response, seen.records.revisit, seen.records.remains):
        if named is not None and named not in records:
            report.add("M05", where, f"record {named} is not in {name}")
    response = records.get(seen.records.response or "")
    if response is None:
        return
    entity = _check_digests(manifest, response, where, report)
    if entity is None or manifest.claims is None or manifest.claims.charset is None:
        return
    claims = manifest.claims
    evidence = [notice.evidence for notice in claims.notices]
    evidence += [party.evidence for party in (claims.publisher, *claims.authors) if party is not None]
    stated = (claims.title, claims.language, claims.published_at, claims.modified_at, claims.canonical_url)
    evidence += [claim.evidence for claim in stated if claim is not None]
    evidence += [claims.reprint.evidence] if claims.reprint else []
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
    framer = framed(block)
    if framer.head is None:
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
    decoded = decode(payload_of(block, framer), coding, limit=_MAX_ENTITY)
    found = {
        (Role.BLOCK, "sha256"): response.block_sha256,
        (Role.BODY, "sha256"): Digest.from_raw("sha256", body.digest()),
        (Role.PAYLOAD, "sha256"): Digest.from_raw("sha256", payload.digest()),
        (Role.PAYLOAD, "sha1"): Digest.from_raw("sha1", sha1.digest()),
    }
    if decoded.coded and decoded.complete and decoded.fault is None:
        found[Role.ENTITY, "sha256"] = Digest.of(decoded.content)
    for (role, algorithm), digest in found.items():
        stated = seen.digests.get(role, algorithm)
        if stated is not None and stated != digest:
            report.add("M02", where, f"{role.value}: the manifest says {stated}, the record holds {digest}")
    return decoded.content


def verify_segment(store: Store, folder: str, progress: Callable[[str], None] = lambda _: None) -> Report:
    """Checks the four files of one segment against its seal and against each other."""
    report = Report(f"segment {folder.rstrip('/').rpartition('/')[2]}", segments=1)
    sealed = _read_seal(store, folder, report)
    if sealed is None:
        return report
    progress(sealed.segment_id)
    manifests = _checked_file(
        store, folder, sealed.manifests.name, sealed.manifests.sha256, sealed.manifests.size, report
    )
    index = _checked_file(store, folder, sealed.index.name, sealed.index.sha256, sealed.index.size, report)
    in_warc = _verify_stored_warc(store, folder, sealed, report)
    if manifests is not None:
        _check_manifests(manifests, sealed, in_warc, report)
    if index is not None:
        _check_index(index, in_warc, folder + sealed.index.name, report)
    return report


def _read_seal(store: Store, folder: str, report: Report) -> SegmentManifest | None:
    key = folder + layout.SEAL
    try:
        content = store.get(key)
        sealed = from_canonical(SegmentManifest, content)
    except KeyError:
        report.add("S01", key, "the seal is missing")
        return None
    except pydantic.ValidationError as fault:
        report.add("S04", key, str(fault).splitlines()[0])
        return None
    if canonical_bytes(sealed) != content:
        report.add("S04", key, "its bytes are not the canonical form")
    report.octets += len(content)
    return sealed


def _checked_file(store: Store, folder: str, name: str, sha256: Digest, size: int, report: Report) -> bytes | None:
    try:
        content = store.get(folder + name)
    except KeyError:
        report.add("S01", folder + name, "the seal names it, the store does not have it")
        return None
    report.octets += len(content)
    if len(content) != size:
        report.add("S02", folder + name, f"{size} octets were sealed, {len(content)} are stored")
    if Digest.of(content) != sha256:
        report.add("S03", folder + name, f"{sha256} was sealed, {Digest.of(content)} is stored")
    return content


def _verify_stored_warc(store: Store, folder: str, sealed: SegmentManifest, report: Report) -> list[ReadManifest]:
    key = folder + sealed.warc.name
    try:
        stream = store.open(key)
    except KeyError:
        report.add("S01", key, "the seal names it, the store does not have it")
        return []
    with stream:
        hashing = _Hashing(stream)
        found = list(_manifests_in(hashing, key, report))
        hashing.drain()
    report.octets += hashing.octets
    if hashing.octets != sealed.warc.size:
        report.add("S02", key, f"{sealed.warc.size} octets were sealed, {hashing.octets} are stored")
    digest = Digest.from_raw("sha256", hashing.sha256.digest())
    if digest != sealed.warc.sha256:
        report.add("S03", key, f"{sealed.warc.sha256} was sealed, {digest} is stored")
    return found


def _check_manifests(content: bytes, sealed: SegmentManifest, in_warc: list[ReadManifest], report: Report) -> None:
    where = sealed.manifests.name
    try:
        lines = manifest_lines(content)
    except Damaged as fault:
        report.add("S06", where, str(fault))
        return
    if len(lines) != sealed.captures:
        report.add("S06", where, f"{sealed.captures} captures were sealed, {len(lines)} manifests are stored")
    root = captures_root([Digest.of(line) for line in lines])
    if root != sealed.captures_root:
        report.add("S05", where, f"{sealed.captures_root} was sealed, the manifests give {root}")
    if lines != [one.content for one in in_warc]:
        report.add("S06", where, "the manifests here and in the WARC file are not the same")


def _check_index(content: bytes, in_warc: list[ReadManifest], where: str, report: Report) -> None:
    raw = content.splitlines(keepends=True)
    if raw != sorted(raw):
        report.add("S07", where, "the lines are not in byte order")
    try:
        lines = [IndexLine.from_bytes(line) for line in raw]
    except ValueError as fault:
        report.add("S07", where, str(fault))
        return
    wanted = {(*one.own, one.offset, one.length) for one in in_warc if one.own is not None}
    stated = {(one.offset, one.length, one.manifest_offset, one.manifest_length) for one in lines}
    for place in sorted(wanted ^ stated):
        which = "the index lacks the record" if place in wanted else "the index names no record"
        report.add("S07", where, f"{which} at octet {place[0]}", offset=place[0])


def verify_archive(store: Store, catalog: Catalog, progress: Callable[[str], None] = lambda _: None) -> Report:
    """Checks every sealed segment of the store, and that the catalog holds exactly their captures."""
    report = Report(f"the archive {store.place}")
    known = {one.folder: one for one in catalog.all_segments()}
    folders = {key.removesuffix(layout.SEAL) for key in store.list(layout.SEGMENTS) if key.endswith("/" + layout.SEAL)}
    for folder in sorted({*folders, *known}):
        one = verify_segment(store, folder, progress)
        for name in ("captures", "records", "segments", "octets"):
            setattr(report, name, getattr(report, name) + getattr(one, name))
        report.findings += one.findings
        if folder not in known:
            report.add("C01", folder, "the catalog does not know this segment: run archiver rebuild")
    held = catalog.counts()["captures"]
    if report.sound and held != report.captures:
        report.add("C02", "catalog", f"it holds {held} captures, the store {report.captures}: run archiver rebuild")
    return report


def verify_capture(store: Store, found: Found) -> Report:
    """Checks one capture: its records by their ranges, and that its manifest is under the root of its segment's seal."""
    report = Report(f"capture {found.capture_id}", captures=1)
    folder = found.segment.folder
    sealed = _read_seal(store, folder, report)
    if sealed is None:
        return report
    manifests = _checked_file(
        store, folder, sealed.manifests.name, sealed.manifests.sha256, sealed.manifests.size, report
    )
    if manifests is not None:
        _check_manifests_root(manifests, sealed, found, report)
    records: dict[str, Scanned] = {}
    key = folder + found.segment.warc
    spans = [(found.record_offset, found.record_length), (found.manifest_offset, found.manifest_length)]
    for offset, length in spans:
        if offset is None or length is None:
            continue
        content = store.get(key, offset, offset + length)
        report.octets += len(content)
        for record in scan(io.BytesIO(content), offset):
            if isinstance(record, Damage):
                report.add(record.code, key, record.detail, offset=record.offset)
                continue
            report.records += 1
            for code, detail in record.wrong:
                report.add(code, key, detail, offset=record.offset)
            _check_payload_digest(record, key, report)
            records[record.record_id] = record
    manifest = next(
        (one for one in records.values() if (one.get("WARC-Target-URI") or "").startswith("urn:manifest:")), None
    )
    if manifest is not None:
        read = _read_manifest(manifest.block.read(), key, report, manifest.offset)
        if read is not None and read.observation.capture_id == found.capture_id:
            # The request record is not read by range here; verifying the segment covers it.
            asked = read.observation.records.request
            known = {**records, **({asked: manifest} if asked else {})}
            _check_observation(read, known, key, report)
    return report


def _check_manifests_root(content: bytes, sealed: SegmentManifest, found: Found, report: Report) -> None:
    try:
        lines = manifest_lines(content)
    except Damaged as fault:
        report.add("S06", sealed.manifests.name, str(fault))
        return
    if captures_root([Digest.of(line) for line in lines]) != sealed.captures_root:
        report.add("S05", sealed.manifests.name, "the manifests do not give the root that was sealed")
    if found.ordinal >= len(lines) or found.capture_id.encode("ascii") not in lines[found.ordinal]:
        report.add("S06", sealed.manifests.name, f"capture {found.capture_id} does not stand at place {found.ordinal}")
