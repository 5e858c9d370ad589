# SPDX-License-Identifier: Apache-2.0
"""Checking what is stored: findings with codes, never exceptions, never stopping at the first.

A segment's four files are checked against the seal and against each other, a crawl's six alike, the archive by all of those
and the catalog, a capture by its own records and their place under the seal. A check that could not be made raises
`StoreUnavailable`; it is never reported as fine.
"""

import io
from collections.abc import Callable

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import Damaged
from archiver.formats.warc_scan import Damage, Scanned, scan
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.cataloguing import manifest_lines
from archiver.services.claims_check import ClaimsCheck
from archiver.services.crawl_check import check_crawl, sealed_crawls
from archiver.services.report import Report
from archiver.services.segment_check import check_segment, checked_file, read_seal
from archiver.services.warc_check import (
    Measured,
    ReadManifest,
    check_evidence,
    check_observation,
    read_manifest,
)
from manifests.digest import Digest
from manifests.segment import SegmentManifest, captures_root


def verify_segment(
    store: Store, folder: str, progress: Callable[[str], None] = lambda _: None, seal_digest: Digest | None = None
) -> Report:
    """Checks the four files of one segment, and its claims sets, against their seals and against each other.

    `seal_digest` is that of the seal the catalog was filled from, where it is known: some facts stand in the seal alone.
    """
    segment_id = claims_sets.segment_of(folder)
    sets = [one for one in claims_sets.folders(store) if claims_sets.segment_of(one) == segment_id]
    return check_segment(store, folder, progress, seal_digest, sets).report


def verify_archive(store: Store, catalog: Catalog, progress: Callable[[str], None] = lambda _: None) -> Report:
    """Checks every sealed segment, claims set and crawl of the store, and that the catalog holds exactly those captures.

    Others may go on meanwhile. What they add reaches the store first and then the catalog, so the catalog is asked what it has
    before the store is listed, and what it lacked then is asked for again at the end.
    """
    report = Report(f"the archive {store.place}")
    known = {one.folder: one for one in catalog.all_segments()}
    held = sum(number for folder, number in catalog.held().items() if folder is None or folder in known)
    known_sets = {one.folder for one in catalog.all_claims_sets()}
    stored = 0
    folders = {key.removesuffix(layout.SEAL) for key in store.list(layout.SEGMENTS) if key.endswith("/" + layout.SEAL)}
    sets: dict[str, list[str]] = {}
    for claims_set in claims_sets.folders(store):
        sets.setdefault(claims_sets.segment_of(claims_set), []).append(claims_set)
    stored_sets = {one for several in sets.values() for one in several}
    for folder in sorted({*folders, *known}):
        seal_digest = known[folder].seal_digest if folder in known else None
        own_sets = sets.pop(claims_sets.segment_of(folder), [])
        checked = check_segment(store, folder, progress, seal_digest, own_sets)
        one = checked.report
        for name in ("captures", "records", "segments", "claims_sets", "octets"):
            setattr(report, name, getattr(report, name) + getattr(one, name))
        report.findings += one.findings
        if folder in known:
            stored += one.captures
        if folder in known and one.sound:
            _check_catalogued(catalog, folder, checked.in_warc, report)
    for claims_set in (one for several in sets.values() for one in several):
        report.claims_sets += 1
        ClaimsCheck(store, claims_set, None, report)
    if unknown := folders - set(known):
        for folder in sorted(unknown - {one.folder for one in catalog.all_segments()}):
            report.add("C01", folder, "the catalog does not know this segment: run archiver rebuild")
    if unknown := stored_sets - known_sets:
        for folder in sorted(unknown - {one.folder for one in catalog.all_claims_sets()}):
            report.add("C03", folder, "the catalog does not know this claims set: run archiver rebuild")
    for folder in sorted(known_sets - stored_sets):
        report.add("C03", folder, "the catalog was filled from it, the store does not have it: run archiver rebuild")
    if report.sound and held != stored:
        report.add("C02", "catalog", f"it holds {held} captures, the store {stored}: run archiver rebuild")
    for crawl_id in sealed_crawls(store):
        progress(crawl_id)
        check_crawl(store, crawl_id, report)
    return report


def verify_crawl(store: Store, crawl_id: str) -> Report:
    """Checks what is stored of one ended crawl. The segments it names are looked for, but checked by themselves."""
    report = Report(f"crawl {crawl_id}")
    check_crawl(store, crawl_id, report)
    return report


def _check_catalogued(catalog: Catalog, folder: str, in_warc: list[ReadManifest], report: Report) -> None:
    """Each capture of a sound segment is in the catalog, with its own URL and at its own place."""
    for ordinal, one in enumerate(in_warc):
        found = catalog.by_id(one.capture_id)
        if found is None:
            report.add("C01", f"capture {one.capture_id}", "the catalog does not know it: run archiver rebuild")
            continue
        # Captures without a record of their own are read from the manifests file, by their place in it alone.
        places = (one.own, (one.offset, one.length)) if one.own is not None else ((None, None), (None, None))
        held = (found.record_offset, found.record_length), (found.manifest_offset, found.manifest_length)
        if (found.segment.folder, found.ordinal, found.url, held) != (folder, ordinal, one.url, places):
            report.add(
                "C02", f"capture {one.capture_id}", "the catalog has it elsewhere than the store: run archiver rebuild"
            )


def verify_capture(store: Store, found: Found) -> Report:
    """Checks one capture: its records by their ranges, that its manifest is under the root of its segment's seal, and the
    newest claims of it."""
    report = Report(f"capture {found.capture_id}", captures=1)
    folder = found.segment.folder
    sealed = read_seal(store, folder, report, found.segment.seal_digest)
    if sealed is None:
        return report
    manifests = checked_file(store, folder, sealed.manifests, report)
    line = _check_manifests_root(manifests, sealed, found, report) if manifests is not None else None
    records: dict[str, Scanned] = {}
    responses: dict[str, Measured] = {}
    key = folder + found.segment.warc
    spans = [(found.record_offset, found.record_length), (found.manifest_offset, found.manifest_length)]
    for offset, length in spans:
        if offset is None or length is None:
            continue
        try:
            content = store.get(key, offset, offset + length)
        except KeyError:
            report.add("S01", key, "the seal names it, the store does not have it")
            break
        report.octets += len(content)
        for record in scan(io.BytesIO(content), offset):
            if isinstance(record, Damage):
                report.add(record.code, key, record.detail, offset=record.offset)
                continue
            report.records += 1
            for code, detail in record.wrong:
                report.add(code, key, detail, offset=record.offset)
            if record.kind == "response":
                responses[record.record_id] = Measured(record)
                responses[record.record_id].check_payload_digest(key, report)
            records[record.record_id] = record
    manifest = next(
        (one for one in records.values() if (one.get("WARC-Target-URI") or "").startswith("urn:manifest:")), None
    )
    said = None
    if manifest is not None:
        said = manifest.block.read()
        read = read_manifest(said, key, report, manifest.offset)
        if read is not None:
            # The request record is not read by range here; verifying the segment covers it.
            asked = read.observation.records.request
            known = {**records, **({asked: manifest} if asked else {})}
            entity = check_observation(read, known, responses, key, report)
            _check_newest(store, found, entity, report)
    if line is not None and found.manifest_offset is not None and said != line:
        # Only the manifests file is read whole here, so only its lines are known to be under the root of the seal.
        report.add("S06", key, "the WARC file holds another manifest than the one that was sealed")
    return report


def _check_newest(store: Store, found: Found, entity: bytes | memoryview | None, report: Report) -> None:
    if found.claims_set is None:
        return
    report.claims_sets += 1
    try:
        claims = claims_sets.newest(store, found)
    except Damaged as fault:
        report.add(str(fault.fields.get("code", "E05")), found.claims_set.folder, fault.what)
    else:
        check_evidence(claims, entity, f"capture {found.capture_id}", report)


def _check_manifests_root(content: bytes, sealed: SegmentManifest, found: Found, report: Report) -> bytes | None:
    """The capture's own line of the manifests file, when it stands there."""
    try:
        lines = manifest_lines(content)
    except Damaged as fault:
        report.add("S06", sealed.manifests.name, str(fault))
        return None
    where = found.segment.folder + sealed.manifests.name
    if captures_root([Digest.of(line) for line in lines]) != sealed.captures_root:
        report.add("S05", where, "the manifests do not give the root that was sealed")
    if found.ordinal >= len(lines) or found.capture_id.encode("ascii") not in lines[found.ordinal]:
        report.add("S06", where, f"capture {found.capture_id} does not stand at place {found.ordinal}")
        return None
    return lines[found.ordinal]
