# SPDX-License-Identifier: Apache-2.0
"""What ai.txt says of the use of a site's files to train models: groups of user agents with `Disallow` and `Allow`.

The file has the form of robots.txt and speaks of training, not of crawling. A pattern stands in the notice's words; `Disallow`
without one forbids nothing.
"""

import re
from collections.abc import Iterator

from archiver.extract.markup.evidence import collapse
from archiver.extract.rights.notice_signals import preferences
from archiver.extract.site_files.file import SiteFile
from manifests.agents import Confidence
from manifests.rights import Notice, NoticeKind

_RECORD = re.compile(
    r"(user-agent|disallow|allow|content-usage|content-signal)\s{0,20}:\s{0,20}(.{0,2000})", re.IGNORECASE
)
_MOST_AGENTS = 50


def read(file: SiteFile) -> Iterator[Notice]:
    """Notices of an ai.txt, in order."""
    agents: list[str] = []
    naming = False
    for line in file.lines():
        found = _RECORD.match(line.text)
        if found is None:
            naming = naming and not line.text
            continue
        name, value = found[1].lower(), collapse(found[2])
        if name == "user-agent":
            agents = [*agents, value][:_MOST_AGENTS] if naming else [value]
            naming = True
            continue
        naming = False
        if not value:
            continue
        told = file.said(line.start, line.end, line.text)
        named = () if "*" in agents else tuple(agents)
        if name in {"content-usage", "content-signal"}:
            for notice in preferences(name, value, lambda told=told: told):  # type: ignore[misc]
                yield notice.model_copy(update={"agents": named, "reason": f"ai.txt {name}"})
            continue
        yield Notice(
            kind=NoticeKind.AI_PREFERENCE,
            text=told.text,
            evidence=told,
            confidence=Confidence.HIGH,
            reason=f"ai.txt {name}",
            value=name,
            usage="ai.txt",
            agents=named,
        )
