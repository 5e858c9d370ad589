# SPDX-License-Identifier: Apache-2.0
"""Checking one WARC file on its own: members, records, digests, and our manifests in it against the bytes beside them.

Every finding goes to a report and the check goes on; only a damaged gzip member ends it, because nothing after it can be
told apart.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pydantic

from archiver.formats.coding import decode
from archiver.formats.warc_scan import Damage, Scanned, digest_matches, scan
from archiver.services.claims_check import ClaimsCheck
from archiver.services.observations import SOFTWARE
from archiver.services.read import MAX_ENTITY, framed, payload_of
from archiver.services.report import Report
from archiver.services.stated import Stated, stated
from manifests.canonical import first_fault, from_canonical
from manifests.capture import Claims
from manifests.digest import Digest
from manifests.ranges import read_ranges
from manifests.segment import SegmentFile, SegmentManifest

_READ = 1 << 20
_SMALL = 1 << 20
"""Octets of a block whose payload may be held whole."""
_MOST_OF_A_CAPTURE = 8
"""Records before a manifest that are kept to be checked against it; ours have three."""


@dataclass(slots=True)
class ReadManifest:
    """What is kept of a manifest that a WARC file holds."""

    capture_id: str
    url: str
    url_key: str
    requested_at: str
    """As manifests write it."""
    digest: Digest
    """sha256 of its bytes."""
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
    stream: Hashing, name: str, report: Report, sets: Sequence[ClaimsCheck] = (), members: Iterable[int] = ()
) -> Iterator[ReadManifest]:
    """Every manifest of a WARC file, in order, each checked against the records before it; findings go to the report.

    So are the claims that claims sets hold of its capture. `members` are as `scan` has them.
    """
    seen_ids: set[str] = set()
    recent: dict[str, Scanned] = {}
    responses: dict[str, Measured] = {}
    ours, captures = False, 0
    for record in scan(stream, 0, members):
        if isinstance(record, Damage):
            report.add(record.code, name, record.detail, offset=record.offset)
            return
        report.records += 1
        record_id, kind = record.record_id, record.kind
        for code, detail in record.wrong:
            report.add(code, name, f"{kind or 'record'} {record_id}: {detail}", offset=record.offset)
        if record_id in seen_ids:
            report.add("W08", name, f"record id {record_id} stands twice", offset=record.offset)
        seen_ids.add(record_id)
        if kind == "response":
            responses[record_id] = measured = Measured(record)
            measured.check_payload_digest(name, report)
        elif kind == "warcinfo":
            ours = ours or f"software: {SOFTWARE.name}/".encode() in record.block.read(0, 1 << 16)
            record.block.close()
            continue
        uri = record.named.get("warc-target-uri", "")
        if not uri.startswith("urn:manifest:"):
            recent[record_id] = record
            if len(recent) > _MOST_OF_A_CAPTURE:
                # Files of other programs hold no manifests: their records must not pile up, each with its block.
                oldest = recent.pop(next(iter(recent)))
                responses.pop(oldest.record_id, None)
                _check_left([oldest] if ours or captures else [], name, report, ours=ours)
                oldest.block.close()
            continue
        report.captures += 1
        captures += 1
        manifest = read_manifest(record.block.read(), f"{name}: {uri}", report, record.offset)
        if manifest is not None:
            seen = manifest.observation
            own = recent.get(seen.capture_id)
            entity = check_observation(manifest, recent, responses, name, report)
            for check in sets:
                check_evidence(check.of(manifest), entity, f"capture {seen.capture_id}", report)
            ids = seen.records
            named = {ids.request, ids.response, ids.revisit, ids.remains, ids.metadata}
            if not named >= recent.keys():
                _check_left([one for one in recent.values() if one.record_id not in named], name, report, ours=ours)
            yield ReadManifest(
                seen.capture_id,
                seen.url,
                seen.url_key,
                manifest.requested_at,
                record.block_sha256,
                record.offset,
                record.length,
                (own.offset, own.length) if own is not None else None,
            )
        for one in recent.values():
            one.block.close()
        recent, responses = {}, {}
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


def read_manifest(content: bytes, where: str, report: Report, offset: int | None = None) -> Stated | None:
    """The manifest, or None; what is wrong with it goes to the report."""
    try:
        manifest = stated(content)
    except ValueError as fault:
        report.add("M01", where, str(fault), offset=offset)
        return None
    for wrong in manifest.faults:
        report.add("M01", where, wrong, offset=offset)
    if manifest.claims and manifest.claims.observation_digest != manifest.observation_digest:
        report.add("M03", where, "the claims were read from another observation", offset=offset)
    return manifest


class Measured:
    """A response record, framed, with the digests of what follows its head: most of what is said of it is said of those."""

    def __init__(self, record: Scanned) -> None:
        self.record = record
        self.framer = framed(record.block)
        head = self.framer.head
        self._start = head.length if head is not None else 0
        sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
        for piece in record.block.views(self._start):
            sha1.update(piece)
            sha256.update(piece)
        self._sha1 = Digest.from_raw("sha1", sha1.digest())
        self._sha256 = Digest.from_raw("sha256", sha256.digest())

    def check_payload_digest(self, name: str, report: Report) -> None:
        """WARC-Payload-Digest, where the record has one."""
        said = self.record.named.get("warc-payload-digest")
        if said is not None and digest_matches(said, self._sha1, self._sha256) is False:
            detail = f"record {self.record.record_id} states {said[:80]}, holds {self._sha1}"
            report.add("W05", name, detail, offset=self.record.offset)

    def check(self, manifest: Stated, where: str, report: Report) -> bytes | memoryview | None:
        """Every digest of the observation, recomputed; returns the entity when it could be decoded."""
        seen, block, framer = manifest.observation, self.record.block, self.framer
        if seen.request is not None and seen.request.method == "HEAD":
            framer = framed(block, "HEAD")
        if framer.head is None:
            report.add("M02", where, "the record holds no HTTP response")
            return None
        start, end = framer.head.length, min(framer.message_length, block.length)
        body, payload, sha1 = self._sha256, self._sha256, self._sha1
        if framer.chunked or (start, end) != (self._start, block.length):
            body = _digest_of(block.views(start, end))[0]
            payload, sha1 = _digest_of(payload_of(block, framer))
        coding = ", ".join(framer.head.get_all("content-encoding")) or None
        small = block.length <= _SMALL
        content: bytes | memoryview
        if small and coding is None and not framer.chunked:
            # Nothing was coded: the entity lies in the block as it is, and need not be copied.
            content = next(iter(block.views(start, end)), b"")
            entity: tuple[Digest, ...] = (payload,)
        else:
            pieces = payload_of(block, framer)
            decoded = decode((b"".join(pieces),) if small else pieces, coding, limit=MAX_ENTITY)
            content, entity = decoded.content, ()
            if not decoded.coded and decoded.fault is None:
                entity = (payload,)
            elif decoded.complete and decoded.fault is None:
                entity = (Digest.of(decoded.content),)
        digests = seen.digests
        for role, stated_of_role, found in (
            ("block", digests.block, (self.record.block_sha256,)),
            ("body", digests.body, (body,)),
            ("payload", digests.payload, (sha1, payload)),
            ("entity", digests.entity, entity),
        ):
            for said in stated_of_role:
                if said in found:
                    continue
                # Those of other algorithms, and of an entity that cannot be had, are not compared.
                for digest in found:
                    if said.startswith(digest.algorithm + ":"):
                        report.add("M02", where, f"{role}: the manifest says {said}, the record holds {digest}")
        return content


def _digest_of(pieces: Iterable[bytes | memoryview]) -> tuple[Digest, Digest]:
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    for piece in pieces:
        sha256.update(piece)
        sha1.update(piece)
    return Digest.from_raw("sha256", sha256.digest()), Digest.from_raw("sha1", sha1.digest())


def check_observation(
    manifest: Stated, records: dict[str, Scanned], responses: dict[str, Measured], name: str, report: Report
) -> bytes | memoryview | None:
    """Digests and evidence of a manifest against the records it names; the entity, where one of them holds it."""
    seen = manifest.observation
    where = f"capture {seen.capture_id}"
    ids = seen.records
    for named in (ids.request, ids.response, ids.revisit, ids.remains):
        if named is not None and named not in records:
            report.add("M05", where, f"record {named} is not in {name}")
    response = records.get(ids.response or "")
    if response is None:
        return None
    measured = responses.get(response.record_id) or Measured(response)
    entity = measured.check(manifest, where, report)
    check_evidence(manifest.claims, entity, where, report)
    return entity


def check_evidence(claims: Claims | Any, entity: bytes | memoryview | None, where: str, report: Report) -> None:
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
