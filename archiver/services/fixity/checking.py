# SPDX-License-Identifier: Apache-2.0
"""Checking one unit: quickly, by what the store says of it, or deeply, by every octet of it.

Quick: each object is there, has the size that its seal names, and the sha256, where the store itself returns one; where it
does not, that is counted. The seals are read. Deep: the same code as `verify`, one read of each object, and then the
catalog against what was read. What a store does not answer is never fine and never damage: it could not be checked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pydantic

from archiver.catalog.catalog import Catalog
from archiver.catalog.comparing import differing
from archiver.catalog.entries import entry_of, read_again
from archiver.errors import Damaged, StoreUnavailable
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.cataloguing import each_manifest, index_places, place
from archiver.services.claims_check import ClaimsCheck
from archiver.services.crawl_check import FILES, check_crawl
from archiver.services.crawl_check import read_seal as read_crawl_seal
from archiver.services.crawl_report import sealed as crawl_seals
from archiver.services.description import ArchiveDescription
from archiver.services.fixity.units import Unit
from archiver.services.report import Report
from archiver.services.segment_check import CheckedSegment, check_segment, read_seal
from manifests.canonical import canonical_bytes, first_fault, from_canonical
from manifests.claims_set import ClaimsSetManifest
from manifests.digest import Digest
from manifests.events import EventObject
from manifests.segment import SegmentFile

ATTEMPTS = 3
WAITS = (0.5, 2.0)
"""Seconds before each further attempt; a store has made attempts of its own before each of them."""
Ledger = Callable[[str], str | None]
"""From the key of a seal to the digest that the ledger has of it; None when it has none."""
_SEALS = (layout.SEAL, claims_sets.SEAL)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one unit."""

    report: Report
    unchecked: int = 0
    """Objects whose digest could not be compared."""
    answered: bool = True
    """Whether the store did."""


class Checker:
    """What units are checked with."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        *,
        deep: bool,
        ledger: Ledger | None,
        sleep: Callable[[float], None],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._deep = deep
        self._ledger = ledger
        self._sleep = sleep

    def check(self, unit: Unit) -> Checked:
        """Checks one unit; a store that gives no answer is asked again, a few times, with waits."""
        for wait in (*WAITS[: ATTEMPTS - 1], None):
            try:
                return self._check(unit)
            except StoreUnavailable as fault:
                said = fault
            if wait is not None:
                self._sleep(wait)
        report = Report(unit.key)
        report.add("A02", unit.key, said.what, severity="warning")
        return Checked(report, answered=False)

    def _check(self, unit: Unit) -> Checked:
        report, unchecked = Report(unit.key), 0
        if unit.kind == "archive":
            self._check_description(report)
        elif self._deep:
            report = self._check_deep(unit)
        else:
            unchecked = self._check_quick(unit, report)
        if unit.kind == "segment" and unit.seal_digest is None:
            report.add("C01", unit.key, "the catalog does not know this segment: run archiver rebuild")
        self._check_set_seals(unit, report)
        self._check_ledger(report)
        return Checked(report, unchecked)

    def _check_description(self, report: Report) -> None:
        try:
            content = self._store.get(layout.ARCHIVE)
            described = from_canonical(ArchiveDescription, content)
        except KeyError:
            report.add("A01", layout.ARCHIVE, "it is missing")
        except pydantic.ValidationError as fault:
            report.add("A01", layout.ARCHIVE, first_fault(fault))
        else:
            report.saw(layout.ARCHIVE, len(content), Digest.of(content))
            if canonical_bytes(described) != content:
                report.add("A01", layout.ARCHIVE, "its bytes are not the canonical form")

    def _check_deep(self, unit: Unit) -> Report:
        if unit.kind == "segment":
            checked = check_segment(self._store, unit.key, lambda _: None, unit.seal_digest, unit.sets)
            if unit.seal_digest is not None and checked.report.sound:
                self._check_catalogued(unit, checked)
            return checked.report
        report = Report(unit.key)
        if unit.kind == "crawl":
            check_crawl(self._store, unit.name, report)
        else:
            report.claims_sets += 1
            ClaimsCheck(self._store, unit.key, None, report)
        return report

    def _check_catalogued(self, unit: Unit, checked: CheckedSegment) -> None:
        if checked.manifests is None or checked.index is None:
            return
        report, held = checked.report, self._catalog.rows_of(unit.name)
        newer = {
            folder: {one.capture_id: one.claims for one in map(read_again, each_manifest(checked.claims[folder]))}
            for folder in {row.claims_set for row in held.values()} & checked.claims.keys()
            if folder is not None
        }
        try:
            placed = place(map(entry_of, each_manifest(checked.manifests)), index_places(checked.index))
            for capture_id, code, detail in differing(held, placed, newer):
                report.add(code, f"capture {capture_id}", f"{detail}: run archiver rebuild")
        except (Damaged, ValueError) as fault:
            report.add("C04", unit.key, f"what the catalog is made of cannot be read: {fault}")
        if unit.captures is not None and unit.captures != report.captures:
            detail = f"the catalog holds {unit.captures} captures of it, the store {report.captures}"
            report.add("C02", unit.key, f"{detail}: run archiver rebuild")

    def _check_quick(self, unit: Unit, report: Report) -> int:
        if unit.kind == "segment":
            report.segments += 1
            unchecked = sum(self._quick_set(one, report) for one in unit.sets)
            sealed = read_seal(self._store, unit.key, report, unit.seal_digest)
            if sealed is None:
                return unchecked
            report.captures += sealed.captures
            files = (sealed.warc, sealed.manifests, sealed.index)
            return unchecked + sum(self._quick_file(unit.key, one, "S0", report) for one in files)
        if unit.kind == "claims-set":
            report.add("E06", unit.key + claims_sets.SEAL, f"segment {unit.name[:40]} is not stored")
            return self._quick_set(unit.key, report)
        report.crawls += 1
        crawl = read_crawl_seal(self._store, unit.name, crawl_seals.folder(unit.name) + crawl_seals.SEAL, report)
        each: Iterable[SegmentFile] = () if crawl is None else (getattr(crawl, name) for name in FILES)
        return sum(self._quick_file(unit.key, one, "K0", report) for one in each)

    def _quick_set(self, folder: str, report: Report) -> int:
        report.claims_sets += 1
        where = folder + claims_sets.SEAL
        try:
            content = self._store.get(where)
            seal = from_canonical(ClaimsSetManifest, content)
        except KeyError:
            report.add("E04", where, "the seal is missing")
            return 0
        except pydantic.ValidationError as fault:
            report.add("E04", where, first_fault(fault))
            return 0
        report.saw(where, len(content), Digest.of(content))
        wrong = claims_sets.faults(seal, content, folder)
        for one in wrong:
            report.add("E04", where, one)
        return 0 if wrong else self._quick_file(folder, seal.claims, "E0", report)

    def _quick_file(self, folder: str, part: SegmentFile, codes: str, report: Report) -> int:
        """Compares what the store says of a file; 1 when it says nothing of its digest."""
        key = folder + part.name
        stored = self._store.head(key)
        if stored is None:
            report.add(f"{codes}1", key, "the seal names it, the store does not have it")
            return 0
        report.objects.append(EventObject(key=key, size=stored.size, sha256=stored.sha256))
        if stored.size != part.size:
            report.add(f"{codes}2", key, f"{part.size} octets were sealed, {stored.size} are stored")
        if stored.sha256 is None:
            return 1
        if stored.sha256 != part.sha256:
            report.add(f"{codes}3", key, f"{part.sha256} was sealed, the store says {stored.sha256}")
        return 0

    def _check_set_seals(self, unit: Unit, report: Report) -> None:
        stored = {one.key: one.sha256 for one in report.objects}
        for folder, known in zip(unit.sets, unit.set_seals, strict=True):
            where = folder + claims_sets.SEAL
            if known is None and unit.seal_digest is not None:
                report.add("C03", folder, "the catalog does not know this claims set: run archiver rebuild")
            elif known is not None and stored.get(where, known) != known:
                report.add("E04", where, f"the catalog was filled from the seal {known}, {stored[where]} is stored")

    def _check_ledger(self, report: Report) -> None:
        if self._ledger is None:
            return
        for one in list(report.objects):
            if one.key != layout.ARCHIVE and not one.key.endswith(_SEALS):
                continue
            logged = self._ledger(one.key)
            if logged is None:
                if one.key == layout.ARCHIVE:
                    continue  # it is no sealed thing, and need not be there
                report.add("L05", one.key, "the ledger does not name it", severity="warning")
            elif logged != one.sha256:
                report.add("L06", one.key, f"the ledger says {logged}, {one.sha256} is stored")
