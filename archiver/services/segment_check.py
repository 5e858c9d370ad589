# SPDX-License-Identifier: Apache-2.0
"""Checking one stored segment: its seal, its files against the seal and against each other, and its claims sets.

Each object is read once, the WARC file as a stream, and what was read is handed on to who compares it with more. Every
finding goes to a report, and the check goes on.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pydantic

from archiver.errors import Damaged
from archiver.formats.cdxj import IndexLine
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.cataloguing import each_manifest
from archiver.services.claims_check import ClaimsCheck
from archiver.services.report import Report
from archiver.services.warc_check import Hashing, ReadManifest, check_sealed, manifests_in
from manifests.canonical import canonical_bytes, canonical_json, first_fault, from_canonical
from manifests.digest import Digest
from manifests.segment import SegmentFile, SegmentManifest, root_of


@dataclass(slots=True)
class CheckedSegment:
    """What a check of one segment saw, and what it read on the way, so that nothing need be read twice."""

    report: Report
    in_warc: list[ReadManifest]
    manifests: bytes | None = None
    index: bytes | None = None
    claims: dict[str, bytes] = field(default_factory=dict)
    """The files of its claims sets, by the folders of those."""


def check_segment(
    store: Store, folder: str, progress: Callable[[str], None], seal_digest: Digest | None, sets: Sequence[str]
) -> CheckedSegment:
    """Checks the four files of one segment, and its claims sets by their folders, against their seals and each other.

    `seal_digest` is that of the seal the catalog was filled from, where it is known: some facts stand in the seal alone.
    """
    report = Report(f"segment {claims_sets.segment_of(folder)}", segments=1, claims_sets=len(sets))
    sealed = read_seal(store, folder, report, seal_digest)
    if sealed is None:
        for one in sets:
            ClaimsCheck(store, one, None, report)
        return CheckedSegment(report, [])
    progress(sealed.segment_id)
    checks = {one: ClaimsCheck(store, one, Digest.of(canonical_bytes(sealed)), report) for one in sets}
    manifests = checked_file(store, folder, sealed.manifests, report)
    index = checked_file(store, folder, sealed.index, report)
    lines = _index_lines(index, folder + sealed.index.name, report) if index is not None else None
    in_warc = _verify_stored_warc(store, folder, sealed, report, list(checks.values()), lines)
    if len(in_warc) == sealed.captures:
        for check in checks.values():
            check.finish()
    _check_times(sealed, in_warc, folder + layout.SEAL, report)
    if manifests is not None:
        _check_manifests(manifests, sealed, in_warc, folder + sealed.manifests.name, report)
    if lines is not None:
        _check_index(lines, in_warc, folder + sealed.index.name, report)
    claims = {one: check.content for one, check in checks.items()}
    return CheckedSegment(report, in_warc, manifests, index, claims)


def read_seal(store: Store, folder: str, report: Report, seal_digest: Digest | None) -> SegmentManifest | None:
    """The seal of a segment, or None when its files cannot be named; what is wrong with it goes to the report."""
    key = folder + layout.SEAL
    try:
        content = store.get(key)
        sealed = from_canonical(SegmentManifest, content)
    except KeyError:
        report.add("S01", key, "the seal is missing")
        return None
    except pydantic.ValidationError as fault:
        report.add("S04", key, first_fault(fault))
        return None
    if canonical_bytes(sealed) != content:
        report.add("S04", key, "its bytes are not the canonical form")
    if layout.segment_folder(sealed.job, sealed.opened_at, sealed.segment_id) != folder:
        report.add(
            "S04", key, f"it is the seal of segment {sealed.segment_id} of job {sealed.job}, opened at another time"
        )
    if seal_digest is not None and Digest.of(content) != seal_digest:
        report.add("S04", key, f"the catalog was filled from the seal {seal_digest}, {Digest.of(content)} is stored")
    report.saw(key, len(content), Digest.of(content))
    names = layout.file_names(sealed.job, sealed.opened_at, sealed.segment_id)
    if (sealed.warc.name, sealed.manifests.name, sealed.index.name) != names:
        # Names are read from the store like everything else: they are not followed anywhere.
        report.add("S04", key, f"its files are not named {', '.join(names)}")
        return None
    return sealed


def _check_times(sealed: SegmentManifest, in_warc: list[ReadManifest], where: str, report: Report) -> None:
    times = [one.requested_at for one in in_warc]
    stated = [canonical_json(one).decode().strip('"') for one in (sealed.first_fetched_at, sealed.last_fetched_at)]
    if len(times) == sealed.captures and [min(times, default=""), max(times, default="")] != stated:
        detail = f"its captures were fetched from {min(times)} to {max(times)}, it says otherwise"
        report.add("S04", where, detail)


def checked_file(store: Store, folder: str, part: SegmentFile, report: Report) -> bytes | None:
    """The bytes of a file that a seal names, whatever they are; None when it is missing."""
    where = folder + part.name
    try:
        content = store.get(where)
    except KeyError:
        report.add("S01", where, "the seal names it, the store does not have it")
        return None
    digest = Digest.of(content)
    report.saw(where, len(content), digest)
    if len(content) != part.size:
        report.add("S02", where, f"{part.size} octets were sealed, {len(content)} are stored")
    if digest != part.sha256:
        report.add("S03", where, f"{part.sha256} was sealed, {digest} is stored")
    return content


def _verify_stored_warc(
    store: Store,
    folder: str,
    sealed: SegmentManifest,
    report: Report,
    checks: Sequence[ClaimsCheck],
    lines: Sequence[IndexLine] | None,
) -> list[ReadManifest]:
    key = folder + sealed.warc.name
    members = sorted(at for one in lines or () for at in (one.offset, one.manifest_offset))
    try:
        stream = store.open(key)
    except KeyError:
        report.add("S01", key, "the seal names it, the store does not have it")
        return []
    with stream:
        hashing = Hashing(stream)
        found = list(manifests_in(hashing, key, report, checks, members))
        hashing.drain()
    report.saw(key, hashing.octets, Digest.from_raw("sha256", hashing.sha256.digest()))
    check_sealed(hashing, sealed.warc, key, report)
    return found


def _check_manifests(
    content: bytes, sealed: SegmentManifest, in_warc: list[ReadManifest], where: str, report: Report
) -> None:
    try:
        digests = [hashlib.sha256(line).digest() for line in each_manifest(content)]
    except Damaged as fault:
        report.add("S06", where, str(fault))
        return
    if len(digests) != sealed.captures:
        report.add("S06", where, f"{sealed.captures} captures were sealed, {len(digests)} manifests are stored")
    root = root_of(digests)
    if root != sealed.captures_root:
        report.add("S05", where, f"{sealed.captures_root} was sealed, the manifests give {root}")
    if digests != [one.digest.raw for one in in_warc]:
        report.add("S06", where, "the manifests here and in the WARC file are not the same")


def _index_lines(content: bytes, where: str, report: Report) -> list[IndexLine] | None:
    """The lines of an index; None when one of them is none."""
    raw = content.splitlines(keepends=True)
    if raw != sorted(raw):
        report.add("S07", where, "the lines are not in byte order")
    try:
        return [IndexLine.from_bytes(line) for line in raw]
    except ValueError as fault:
        report.add("S07", where, str(fault))
        return None


def _check_index(lines: Sequence[IndexLine], in_warc: list[ReadManifest], where: str, report: Report) -> None:
    wanted = {(*one.own, one.offset, one.length): one for one in in_warc if one.own is not None}
    stated = {(one.offset, one.length, one.manifest_offset, one.manifest_length): one for one in lines}
    if len(stated) != len(lines):
        report.add("S07", where, "a line stands twice")
    for place in sorted(wanted.keys() ^ stated.keys()):
        which = "the index lacks the record" if place in wanted else "the index names no record"
        report.add("S07", where, f"{which} at octet {place[0]}", offset=place[0])
    for place in wanted.keys() & stated.keys():
        capture, line = wanted[place], stated[place]
        at = capture.requested_at
        if (line.url, line.url_key) != (capture.url, capture.url_key) or line.fetched_at.isoformat()[:19] != at[:19]:
            detail = (
                f"a line names {line.url[:80]!r} at {line.fetched_at}, its record is of {capture.url[:80]!r} at {at}"
            )
            report.add("S07", where, detail, offset=place[0])
