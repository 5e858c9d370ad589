# SPDX-License-Identifier: Apache-2.0
"""What trust.txt says of rights: `copyright`, `datatrainingallowed`. Whom it belongs to and controls is no notice.

A line is `name=value` (trust.txt specification of JournalList). Names are taken in any case.
"""

from collections.abc import Iterator

from archiver.extract.markup.evidence import collapse
from archiver.extract.rights.notice_signals import rights_signal
from archiver.extract.site_files.file import SiteFile
from manifests.agents import Confidence
from manifests.rights import Notice, NoticeKind

_ALLOWED = {"yes": "allow", "true": "allow", "no": "disallow", "false": "disallow"}
_URL = ("http://", "https://", "/")


def read(file: SiteFile) -> Iterator[Notice]:
    """Notices of a trust.txt, in order."""
    for line in file.lines():
        name, equals, value = (part.strip() for part in line.text.partition("="))
        name, value = name.lower(), collapse(value)
        if not equals or not value or name not in {"copyright", "datatrainingallowed"}:
            continue
        told = file.said(line.start, line.end, line.text)
        if name == "copyright":
            if value.startswith(_URL):
                yield Notice(
                    kind=NoticeKind.TERMS_LINK,
                    text=told.text,
                    evidence=told,
                    confidence=Confidence.HIGH,
                    reason="trust.txt copyright",
                    url=value,
                )
            else:
                yield rights_signal(value, told, "trust.txt copyright")
        elif value.lower() in _ALLOWED:
            yield Notice(
                kind=NoticeKind.AI_PREFERENCE,
                text=told.text,
                evidence=told,
                confidence=Confidence.HIGH,
                reason="trust.txt datatrainingallowed",
                value=_ALLOWED[value.lower()],
                usage="datatrainingallowed",
            )
