# SPDX-License-Identifier: Apache-2.0
"""What robots.txt says of uses by machines: `Content-Usage` (IETF aipref), `Content-Signal`, `License` (RSL).

A preference stands in a group of user agents (RFC 9309 section 2.2.1) and is told with their names, unless it is for all.
"""

import re
from collections.abc import Iterator

from archiver.extract.markup.evidence import collapse
from archiver.extract.rights.notice_signals import license_signal, preferences
from archiver.extract.site_files.file import SiteFile
from manifests.rights import Notice

_RECORD = re.compile(r"(user-agent|content-usage|content-signal|license)\s{0,20}:\s{0,20}(.{1,2000})", re.IGNORECASE)
_MOST_AGENTS = 50


def read(file: SiteFile) -> Iterator[Notice]:
    """Notices of a robots.txt, in order."""
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
        told = file.said(line.start, line.end, line.text)
        if name == "license":
            yield license_signal(value, told, "robots.txt License")
            continue
        named = () if "*" in agents else tuple(agents)
        for notice in preferences(name, value, lambda told=told: told):  # type: ignore[misc]
            yield notice.model_copy(update={"agents": named, "reason": f"robots.txt {name}"})
