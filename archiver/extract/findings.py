# SPDX-License-Identifier: Apache-2.0
"""What the notice families hand over: a stretch of the page's text with its kind and what it names."""

from dataclasses import dataclass

from archiver.extract.evidence import Witness
from manifests.agents import Confidence
from manifests.rights import Notice, NoticeKind


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

    def notice(self, witness: Witness) -> Notice:
        """The notice, with its evidence."""
        evidence = witness.words(self.start, self.end)
        return Notice(
            kind=self.kind, text=evidence.text, evidence=evidence, confidence=self.confidence, reason=self.reason,
            holder=self.holder, years=self.years, license_url=self.license_url, license=self.license, statute=self.statute,
            doctrine=self.doctrine, url=self.url, value=self.value, usage=self.usage,
        )  # fmt: skip
