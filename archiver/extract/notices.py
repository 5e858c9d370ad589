# SPDX-License-Identifier: Apache-2.0
"""Every notice of one page, in the order: visible text as it stands, then links, then what is said to machines.

Bounded: at most `MOST`; repeats of one text and kind are one notice, at its first place.
"""

from collections.abc import Sequence

from archiver.extract import (
    notice_copyright,
    notice_jsonld,
    notice_license,
    notice_reuse,
    notice_signals,
    reprint,
    terms,
)
from archiver.extract.attribution import Line
from archiver.extract.document import Document
from archiver.extract.evidence import Witness
from archiver.extract.findings import Finding
from archiver.extract.jsonld import Statements
from archiver.extract.metas import Metas
from archiver.extract.references import Base
from manifests.rights import Notice, NoticeKind

MOST = 200


def from_text(document: Document, triggered: dict[str, list[int]], publisher_keys: frozenset[str]) -> list[Finding]:
    """Notices in the visible text, without evidence yet."""
    findings = notice_copyright.read(document, triggered.get("copyright", []), publisher_keys)
    licensed = notice_license.read(document, triggered.get("license", []))
    reused = notice_reuse.read(document, triggered)
    claimed = [f for f in findings if f.kind == NoticeKind.COPYRIGHT]
    for found in licensed:
        before = next(
            (c for c in claimed if c.start <= found.start + 40 and found.start < c.end < found.end - 40), None
        )
        if before is not None:
            found.start = before.end
            while found.start < found.end and document.text[found.start] in " |.,;·•–—-":
                found.start += 1
    # A licence sentence that also reads as a permission is told once, as the licence.
    reused = [
        r
        for r in reused
        if not (r.kind == NoticeKind.REUSE_GRANT and any(n.start <= r.start and r.end <= n.end for n in licensed))
    ]
    findings += licensed + reused
    findings.sort(key=lambda f: (f.start, f.end))
    findings = _apart(findings)
    kept: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.kind, document.text[finding.start : finding.end].casefold()), finding)
    return list(kept.values())[:MOST]


def _apart(findings: list[Finding]) -> list[Finding]:
    """Without copyright lines that lie inside another one."""
    kept: list[Finding] = []
    until = -1
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.kind == NoticeKind.COPYRIGHT:
            if finding.end <= until:
                continue
            until = max(until, finding.end)
        kept.append(finding)
    return kept


def read(
    document: Document, metas: Metas, said: Statements, witness: Witness, base: Base, *, headers: Sequence[tuple[str, str]],
    triggered: dict[str, list[int]], lines: list[Line], publisher_keys: frozenset[str],
) -> tuple[Notice, ...]:  # fmt: skip
    """Every notice, with its evidence."""
    found = [finding.notice(witness) for finding in from_text(document, triggered, publisher_keys)]
    found += reprint.attribution_notices(witness, lines, base)
    known = {n.license_url for n in found if n.license_url}
    found += notice_license.linked(document, witness, known)
    found += terms.links(document, witness, base)
    found += notice_signals.from_page(metas, witness.attribute, base)
    found += notice_jsonld.read(said, witness.json, base)
    found += notice_signals.from_headers(headers, witness.header, base)
    kept: dict[tuple[str, str, str | None, str | None], Notice] = {}
    for notice in found:
        kept.setdefault((notice.kind, notice.text, notice.usage, notice.url), notice)
    return tuple(kept.values())[:MOST]
