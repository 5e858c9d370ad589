# SPDX-License-Identifier: Apache-2.0
"""What ai.txt says of the use of a site's files to train models: groups of user agents with `Disallow` and `Allow`.

The file has the form of robots.txt and speaks of training, not of crawling. A pattern stands in the notice's words; `Disallow`
without one forbids nothing.
"""

from collections.abc import Iterator

from archiver.extract.site_files.file import SiteFile
from archiver.extract.site_files.groups import preferred, records
from manifests.agents import Confidence
from manifests.rights import Notice, NoticeKind

_RULES = frozenset({"allow", "disallow"})
_PREFERENCES = frozenset({"content-usage", "content-signal"})


def read(file: SiteFile) -> Iterator[Notice]:
    """Notices of an ai.txt, in order."""
    for record in records(file, _RULES | _PREFERENCES):
        if record.name in _PREFERENCES:
            yield from preferred(record, "ai.txt")
            continue
        yield Notice(
            kind=NoticeKind.AI_PREFERENCE,
            text=record.said.text,
            evidence=record.said,
            confidence=Confidence.HIGH,
            reason=f"ai.txt {record.name}",
            value=record.name,
            usage="ai.txt",
            agents=record.agents,
        )
