# SPDX-License-Identifier: Apache-2.0
"""What the notice families hand over: a stretch of the page's text with its kind and what it names."""

from dataclasses import dataclass

from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.zones import Zone
from archiver.extract.rights import notice_language
from manifests.agents import Confidence, Evidence
from manifests.canonical import unchecked
from manifests.rights import Notice, NoticeKind, Voice

notice_of = unchecked(Notice)
"""A notice of what the extractor itself read; its kind is given as a plain word."""


@dataclass(slots=True)
class Finding:
    """Rights words found in the visible text, [start, end) in characters of the page's text."""

    kind: NoticeKind
    start: int
    end: int
    confidence: Confidence
    reason: str
    holder: str | None = None
    years: str | None = None
    license_url: str | None = None
    license: str | None = None
    statute: str | None = None
    doctrine: str | None = None
    url: str | None = None
    value: str | None = None
    usage: str | None = None
    zone: Zone | None = None
    """Where they stand, as far as whoever found them knows."""
    voice: Voice | None = None
    declared: str | None = None
    """The language that the page declares where they stand."""

    def notice(self, witness: Witness) -> Notice:
        """The notice, with its evidence."""
        return self.notice_of(witness.words(self.start, self.end))

    def notice_of(self, evidence: Evidence) -> Notice:
        """The notice, with evidence made elsewhere."""
        return notice_of(
            kind=self.kind.value, text=evidence.text, evidence=evidence, confidence=self.confidence, reason=self.reason,
            holder=self.holder, years=self.years, license_url=self.license_url, license=self.license, statute=self.statute,
            doctrine=self.doctrine, url=self.url, value=self.value, usage=self.usage,
            language=notice_language.of_words(evidence.text, self.declared), voice=self.voice.value if self.voice else None,
        )  # fmt: skip
