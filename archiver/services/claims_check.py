# SPDX-License-Identifier: Apache-2.0
"""Checking one claims set: its seal, its file, and each line against the capture it was read from.

The captures of the segment go by once, in file order, as its WARC file is checked; so the lines of a set, which have the same
order, are read beside them, however many there are. Every finding goes to a report, and the check goes on.
"""

from collections.abc import Iterator

import pydantic

from archiver.errors import Damaged
from archiver.ports import Store
from archiver.services import claims_sets
from archiver.services.cataloguing import each_manifest
from archiver.services.report import Report
from archiver.services.stated import Stated
from manifests.canonical import canonical_bytes, first_fault, from_canonical
from manifests.capture import Claims
from manifests.claims_set import CaptureClaims, ClaimsSetManifest
from manifests.digest import Digest
from manifests.segment import captures_root

_SHOWN = 5
"""Lines without a capture that are told one by one."""


class ClaimsCheck:
    """One claims set under check."""

    def __init__(self, store: Store, folder: str, segment_seal: Digest | None, report: Report) -> None:
        """`segment_seal` is the sha256 of the seal of its segment; None where the segment is not stored."""
        self._where = folder + claims_sets.SEAL
        self._report = report
        self._lines: Iterator[bytes] = iter(())
        self._next: bytes | None = None
        self.content = b""
        """The file of the set, as it is stored."""
        self.seal = self._read_seal(store, folder, segment_seal)
        if self.seal is not None:
            self._where = folder + self.seal.claims.name
            self._read_file(store, self.seal)

    def _read_seal(self, store: Store, folder: str, segment_seal: Digest | None) -> ClaimsSetManifest | None:
        try:
            content = store.get(self._where)
            seal = from_canonical(ClaimsSetManifest, content)
        except KeyError:
            self._report.add("E04", self._where, "the seal is missing")
            return None
        except pydantic.ValidationError as fault:
            self._report.add("E04", self._where, first_fault(fault))
            return None
        self._report.saw(self._where, len(content), Digest.of(content))
        wrong = claims_sets.faults(seal, content, folder)
        for one in wrong:
            self._report.add("E04", self._where, one)
        if segment_seal is None:
            self._report.add("E06", self._where, f"segment {seal.segment_id[:40]} is not stored")
        elif seal.segment_seal != segment_seal:
            detail = f"it is of a segment with the seal {seal.segment_seal}, {segment_seal} is stored"
            self._report.add("E06", self._where, detail)
        return None if wrong else seal

    def _read_file(self, store: Store, seal: ClaimsSetManifest) -> None:
        try:
            content = store.get(self._where)
        except KeyError:
            self._report.add("E01", self._where, "the seal names it, the store does not have it")
            return
        self.content = content
        digest = Digest.of(content)
        self._report.saw(self._where, len(content), digest)
        if len(content) != seal.claims.size:
            self._report.add("E02", self._where, f"{seal.claims.size} octets were sealed, {len(content)} are stored")
        if digest != seal.claims.sha256:
            self._report.add("E03", self._where, f"{seal.claims.sha256} was sealed, {digest} is stored")
        try:
            digests = [Digest.of(line) for line in each_manifest(content)]
        except Damaged as fault:
            self._report.add("E05", self._where, fault.what)
            return
        if len(digests) != seal.captures:
            self._report.add(
                "E05", self._where, f"claims of {seal.captures} captures were sealed, {len(digests)} stand"
            )
        root = captures_root(digests)
        if root != seal.claims_root:
            self._report.add("E05", self._where, f"{seal.claims_root} was sealed, the lines give {root}")
        self._lines = each_manifest(content)
        self._next = next(self._lines, None)

    def of(self, manifest: Stated) -> Claims | None:
        """The claims of the next capture of the segment, checked but for their evidence; None when the set has none of it."""
        line, own = self._next, manifest.observation.capture_id
        if line is None or own.encode("ascii") not in line:
            return None
        self._next = next(self._lines, None)
        where = f"{self._where}: capture {own}"
        try:
            said = from_canonical(CaptureClaims, line)
        except pydantic.ValidationError as fault:
            self._report.add("E07", where, first_fault(fault))
            return None
        if said.capture_id != own:
            self._report.add("E08", where, f"the line in its place is of capture {said.capture_id}")
            return None
        if canonical_bytes(said) != line:
            self._report.add("E07", where, "its bytes are not the canonical form")
        if self.seal is not None and said.claims.extractor != self.seal.extractor:
            self._report.add("E07", where, f"read by {said.claims.extractor.name} {said.claims.extractor.version}")
        if said.claims.observation_digest != manifest.observation_digest:
            self._report.add("E08", where, "the claims were read from another observation")
        if manifest.claims is None:
            self._report.add("E08", where, "there was nothing to read in this capture")
        return said.claims

    def finish(self) -> None:
        """Tells of lines whose capture did not come; to be called when all captures of the segment went by."""
        left = 0
        while self._next is not None:
            left += 1
            if left <= _SHOWN:
                detail = f"a line is of no capture of the segment in its turn: {self._next[:120]!r}"
                self._report.add("E08", self._where, detail)
            self._next = next(self._lines, None)
        if left > _SHOWN:
            self._report.add("E08", self._where, f"and {left - _SHOWN} more")
