# SPDX-License-Identifier: Apache-2.0
"""Every notice of one page, in the order: visible text as it stands, then links, then what is said to machines, then text
that a reader does not see.

Bounded: at most `MOST`, and few that are not in the publisher's own voice; repeats of one text and kind are one notice, at
its first place, the publisher's own before another's.
"""

from collections.abc import Sequence

from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.metas import Metas
from archiver.extract.markup.references import Base
from archiver.extract.markup.zones import Zone, zone_of
from archiver.extract.origin import reprint
from archiver.extract.origin.attribution import Line
from archiver.extract.rights import (
    notice_copyright,
    notice_credit,
    notice_jsonld,
    notice_language,
    notice_license,
    notice_reuse,
    notice_signals,
    notice_unseen,
    terms,
)
from archiver.extract.rights.findings import Finding
from archiver.extract.rights.triggers import triggered as triggered_in
from manifests.rights import Notice, NoticeKind

MOST = 200
_MOST_FOREIGN = 20
"""Notices in another's voice: a page with a thousand comments is one with a few of them."""


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
    findings += licensed + reused + notice_credit.read(document, triggered.get("credit", []))
    findings.sort(key=lambda f: (f.start, f.end))
    findings = _apart(findings)
    for finding in findings:
        _place(document, finding)
    kept: dict[tuple[str, str], Finding] = {}
    for finding in sorted(findings, key=lambda f: f.voice is not None):
        kept.setdefault((finding.kind, document.text[finding.start : finding.end].casefold()), finding)
    own = [f for f in kept.values() if f.voice is None][:MOST]
    foreign = [f for f in kept.values() if f.voice is not None][:_MOST_FOREIGN]
    return sorted(own + foreign, key=lambda f: (f.start, f.end))


def _place(document: Document, finding: Finding) -> None:
    """Whose words they are and in which language, by the elements they stand in."""
    zone = finding.zone or _zone_at(document, finding.start)
    finding.declared = zone.language
    finding.voice = finding.voice or zone.voice


def _zone_at(document: Document, offset: int) -> Zone:
    block = document.blocks[document.index_at(offset)]
    return zone_of(document, block, offset - block.start)


def _apart(findings: list[Finding]) -> list[Finding]:
    """Without copyright lines that lie inside another one, and credits that lie inside another credit."""
    kept: list[Finding] = []
    until = dict.fromkeys((NoticeKind.COPYRIGHT, NoticeKind.IMAGE_CREDIT), -1)
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.kind in until:
            if finding.end <= until[finding.kind]:
                continue
            until[finding.kind] = finding.end
        kept.append(finding)
    return kept


def read(
    document: Document, metas: Metas, said: Statements, witness: Witness, base: Base, *, headers: Sequence[tuple[str, str]],
    triggered: dict[str, list[int]], lines: list[Line], publisher_keys: frozenset[str],
) -> tuple[Notice, ...]:  # fmt: skip
    """Every notice, with its evidence."""
    found = [finding.notice(witness) for finding in from_text(document, triggered, publisher_keys)]
    credited = {n.text for n in found if n.kind == NoticeKind.IMAGE_CREDIT}
    found += [n for n in _attributed(document, witness, lines, base) if n.text not in credited]
    known = {n.license_url for n in found if n.license_url and n.voice is None}
    found += notice_license.linked(document, witness, known)
    linked = terms.links(document, witness, base, triggered.get("terms", []))
    addressed = {n.text for n in linked if n.kind == NoticeKind.TAKEDOWN_CONTACT}
    found = [n for n in found if not (n.kind == NoticeKind.TAKEDOWN_CONTACT and n.url is None and n.text in addressed)]
    found += linked
    found += notice_signals.from_page(metas, witness.attribute, base)
    found += notice_jsonld.read(said, witness.json, base)
    found += notice_signals.from_headers(headers, witness.header, base)
    found += _unseen(document, witness, publisher_keys)
    kept: dict[tuple[str, str, str | None, str | None], Notice] = {}
    foreign = 0
    for notice in found:
        if notice.voice is not None:
            foreign += 1
            if foreign > _MOST_FOREIGN:
                continue
        kept.setdefault((notice.kind, notice.text, notice.usage, notice.url), notice)
    return tuple(kept.values())[:MOST]


def _attributed(document: Document, witness: Witness, lines: list[Line], base: Base) -> list[Notice]:
    """Attribution lines, with whose words they are and in which language."""
    told = [line for line in lines if line.rule != "dateline"]
    found: list[Notice] = []
    for line, notice in zip(told, reprint.attribution_notices(witness, told, base), strict=True):
        zone = _zone_at(document, line.start)
        said = {"voice": zone.voice, "language": notice_language.of_words(notice.text, zone.language)}
        found.append(notice.model_copy(update=said))
    return found


def _unseen(document: Document, witness: Witness, publisher_keys: frozenset[str]) -> list[Notice]:
    """Notices of text that the markup does not show."""
    found: list[Notice] = []
    for unseen in notice_unseen.pieces(document):
        inner = unseen.page
        for finding in from_text(inner, triggered_in(inner), publisher_keys):
            finding.voice = unseen.voice
            evidence = unseen.evidence(witness, inner.text[finding.start : finding.end])
            found.append(finding.notice_of(evidence))
    return found
