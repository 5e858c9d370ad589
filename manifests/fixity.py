# SPDX-License-Identifier: Apache-2.0
"""What a check saw: findings with codes from a closed list. A check collects them; it neither prints nor stops at the first."""

from typing import Literal

from manifests.canonical import Model

Severity = Literal["error", "warning"]

FINDING_CODES: dict[str, str] = {
    "W01": "a WARC file ends inside a gzip member: it was cut or is still being written",
    "W02": "a gzip member is damaged: its bytes do not inflate or its CRC-32 differs",
    "W03": "a WARC record is malformed: version line, named fields, Content-Length or closing CRLFCRLF (WARC 1.1 section 4)",
    "W04": "WARC-Block-Digest differs from the record block",
    "W05": "WARC-Payload-Digest differs from the payload",
    "W06": "a gzip member does not hold exactly one record (WARC 1.1 annex D.2)",
    "W07": "a record lacks a mandatory named field (WARC 1.1 section 5)",
    "W08": "two records have the same WARC-Record-ID",
    "S01": "a file that the seal names is missing from the store",
    "S02": "a file's size differs from the seal",
    "S03": "a file's sha256 differs from the seal",
    "S04": "the seal is not valid: its format, fields or canonical bytes",
    "S05": "the root over the manifest digests differs from captures_root in the seal",
    "S06": "manifests.jsonl.gz does not hold the manifests that the WARC holds, in the same order",
    "S07": "index.cdxj does not point at the records that the WARC holds, or is not sorted",
    "M01": "a manifest does not validate or its bytes are not canonical",
    "M02": "a digest of the observation differs from the recorded bytes",
    "M03": "the claims name another observation than the one beside them",
    "M04": "evidence does not read back from the recorded bytes",
    "M05": "a manifest names a record that its segment does not hold",
    "M06": "records of a capture stand without their manifest: the file was cut between two records, or records were added",
    "E01": "the file that the seal of a claims set names is missing from the store",
    "E02": "the size of a claims set's file differs from its seal",
    "E03": "the sha256 of a claims set's file differs from its seal",
    "E04": "the seal of a claims set is not valid: its format, fields, key or canonical bytes",
    "E05": "the root over the lines of a claims set, or their number, differs from its seal",
    "E06": "a claims set is of a segment that the store does not hold, or that has another seal",
    "E07": "a line of a claims set does not validate, is not canonical, or is of another extractor than its seal says",
    "E08": "a line of a claims set is of no capture of its segment, out of order, or read from another observation",
    "K01": "a file that the seal of a crawl names is missing from the store",
    "K02": "the size of a crawl's file differs from its seal",
    "K03": "the sha256 of a crawl's file differs from its seal",
    "K04": "the seal of a crawl is not valid: its format, fields, key or canonical bytes",
    "K05": "the outcomes of a crawl do not inflate, or a line of them cannot be read",
    "K06": "a total in the seal of a crawl differs from what its outcomes, times or segments give",
    "K07": "a crawl names a segment that is not stored or not its own, or its segments hold fewer captures than it says",
    "K08": "the report of a crawl does not validate, or says otherwise than its seal",
    "L01": "an object of the ledger is missing or cannot be read",
    "L02": "a head or a key record of the ledger is malformed, or not signed by a key of the archive",
    "L03": "the ledger was rolled back or forked: it did not grow out of what was seen before",
    "L04": "leaves, tiles and signed root of the ledger do not agree",
    "L05": "a sealed thing is not in the ledger yet",
    "L06": "a sealed thing has another digest than the ledger says",
    "L07": "something that the ledger names is missing from the store",
    "C01": "the catalog lacks a stored capture: run rebuild",
    "C02": "the catalog holds a capture that the store does not: run rebuild",
    "C03": "the catalog lacks a stored claims set, or holds one that the store does not: run rebuild",
    "C04": "the catalog says otherwise of a capture than its manifest or newest claims: run rebuild",
    "A01": "archive.json, which describes the archive, is missing or not valid",
    "A02": "it could not be checked: the store gave no answer",
}
"""Every code a check may report, with its meaning."""


class Finding(Model):
    """One thing a check saw."""

    code: str
    """A key of `FINDING_CODES`."""
    severity: Severity
    """`error`: evidence is damaged or missing; `warning`: it is not, but someone should look."""
    where: str
    """What it is about: a key of the store, a file, a capture id or a record id."""
    detail: str
    """What was expected and what was seen."""
    offset: int | None = None
    """Byte offset in the file, where one applies."""
