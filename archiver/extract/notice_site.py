# SPDX-License-Identifier: Apache-2.0
"""What a site says in robots.txt about uses by machines: `Content-Usage` (IETF aipref), `Content-Signal`, `License` (RSL).

A preference stands in a group of user agents (RFC 9309 section 2.2.1) and is told with their names, unless it is for all.
What robots.txt says of crawling is not a notice; the crawler records it with each capture.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from archiver.extract.document import Document
from archiver.extract.evidence import collapse
from archiver.extract.notice_signals import license_signal, preferences
from manifests.agents import Authority, Evidence, Place
from manifests.rights import Notice

_LINE = re.compile(r"(user-agent|content-usage|content-signal|license)\s{0,20}:\s{0,20}([^#]{1,2000})", re.IGNORECASE)
_MOST_AGENTS = 50
_MOST_LINES = 20_000


def is_robots(url: str) -> bool:
    """Whether a URL is that of a site's robots.txt."""
    try:
        return urlsplit(url[:4000]).path == "/robots.txt"
    except ValueError:
        return False


def read(document: Document, url: str) -> Iterator[Notice]:
    """Notices of a robots.txt, in order."""
    site = Authority(kind="site", url=url)
    agents: list[str] = []
    naming = False
    for line in document.markup.splitlines()[:_MOST_LINES]:
        found = _LINE.match(line.strip())
        if found is None:
            naming = False
            continue
        name, value = found[1].lower(), found[2].strip()
        if name == "user-agent":
            agents = [*agents, value][:_MOST_AGENTS] if naming else [value]
            naming = True
            continue
        naming = False
        words = collapse(found[0])
        told = Evidence(authority=site, place=Place(ranges=document.source.of_markup(words)), text=words)
        if name == "license":
            yield license_signal(value, told, "robots.txt License")
            continue
        named = () if "*" in agents else tuple(agents)
        for notice in preferences(name, value, lambda told=told: told):  # type: ignore[misc]
            yield notice.model_copy(update={"agents": named, "reason": f"robots.txt {name}"})
