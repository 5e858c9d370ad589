# SPDX-License-Identifier: Apache-2.0
"""What a check saw, added up: counts, findings, and one sentence for people."""

from dataclasses import dataclass, field

from manifests.digest import Digest
from manifests.events import EventObject
from manifests.fixity import Finding, Severity


@dataclass
class Report:
    """What a check saw."""

    subject: str
    """What was checked, for people."""
    captures: int = 0
    records: int = 0
    segments: int = 0
    claims_sets: int = 0
    crawls: int = 0
    octets: int = 0
    """Octets that were read and hashed."""
    findings: list[Finding] = field(default_factory=list)
    objects: list[EventObject] = field(default_factory=list)
    """The stored objects that were read whole."""

    def saw(self, key: str, size: int, sha256: Digest) -> None:
        """One more object that was read whole."""
        self.octets += size
        self.objects.append(EventObject(key=key, size=size, sha256=sha256))

    def add(
        self, code: str, where: str, detail: str, *, offset: int | None = None, severity: Severity = "error"
    ) -> None:
        """One more finding."""
        self.findings.append(Finding(code=code, severity=severity, where=where, detail=detail, offset=offset))

    @property
    def sound(self) -> bool:
        """Whether no error was found."""
        return not any(one.severity == "error" for one in self.findings)

    def verdict(self) -> str:
        """One sentence for people."""
        errors = sum(one.severity == "error" for one in self.findings)
        counted = [
            (self.segments, "segment"),
            (self.claims_sets, "claims set"),
            (self.crawls, "crawl"),
            (self.captures, "capture"),
            (self.records, "record"),
        ]
        seen = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted if n)
        if self.sound:
            return f"{self.subject} is sound: {seen or 'nothing to check'}, {self.octets:,} bytes read and every digest equal."
        return (
            f"{self.subject} is damaged: {errors} error{'' if errors == 1 else 's'} in {seen or 'what could be read'}."
        )
