# SPDX-License-Identifier: Apache-2.0
"""Records of files in the form of robots.txt, each with the user agents of its group (RFC 9309 section 2.2.1)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from archiver.extract.markup.evidence import collapse
from archiver.extract.rights.notice_signals import preferences
from archiver.extract.site_files.file import SiteFile
from manifests.agents import Evidence
from manifests.rights import Notice

_RECORD = re.compile(r"([a-z-]{1,40})\s{0,20}:\s{0,20}(.{0,2000})", re.IGNORECASE)
_MOST_AGENTS = 50


class Record(NamedTuple):
    """One line of a group that is not a user agent's."""

    name: str
    """In lower case."""
    value: str
    """Not empty, white space collapsed."""
    agents: tuple[str, ...]
    """Whom the group is for; empty when it is for all."""
    said: Evidence
    """The line."""


def records(file: SiteFile, names: frozenset[str]) -> Iterator[Record]:
    """The lines of a file with one of these names and a value, in order."""
    agents: list[str] = []
    naming = False
    for line in file.lines():
        found = _RECORD.match(line.text)
        name, value = (found[1].lower(), collapse(found[2])) if found is not None else ("", "")
        if name == "user-agent" and value:
            agents = [*agents, value][:_MOST_AGENTS] if naming else [value]
            naming = True
            continue
        # An empty line ends no group.
        naming = naming and not line.text
        if name in names and value:
            yield Record(
                name, value, () if "*" in agents else tuple(agents), file.said(line.start, line.end, line.text)
            )


def preferred(record: Record, file: str) -> Iterator[Notice]:
    """The notices of a `Content-Usage` or `Content-Signal` line of the file with this name."""
    for notice in preferences(record.name, record.value, lambda: record.said):
        yield notice.model_copy(update={"agents": record.agents, "reason": f"{file} {record.name}"})
