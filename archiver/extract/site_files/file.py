# SPDX-License-Identifier: Apache-2.0
"""A file in which a site speaks, as its readers see it: its octets, its lines, and evidence with their places."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from archiver.extract.markup.evidence import collapse
from manifests.agents import Authority, Evidence, Place
from manifests.ranges import read_ranges

_LINE = re.compile(rb"[^\r\n]+")
_MOST_LINES = 20_000
_LONGEST_LINE = 8_000


class Line(NamedTuple):
    """What stands on a line, without its comment and the white space around it."""

    start: int
    end: int
    """Octets of the file, [start, end)."""
    text: str


class SiteFile:
    """One file of a site."""

    def __init__(self, entity: bytes, url: str, codec: str) -> None:
        self.entity = entity
        self.url = url
        self._codec = codec
        self._site = Authority(kind="site", url=url)

    def lines(self) -> Iterator[Line]:
        """Its lines in order, up to `#` or their end; those that hold nothing else are told as empty."""
        for number, found in enumerate(_LINE.finditer(self.entity)):
            if number >= _MOST_LINES:
                return
            raw = found[0][:_LONGEST_LINE].partition(b"#")[0]
            kept = raw.lstrip(b" \t\xef\xbb\xbf\0")
            start = found.start() + len(raw) - len(kept)
            kept = kept.rstrip(b" \t\0")
            yield Line(start, start + len(kept), kept.decode(self._codec, "replace"))

    def said(
        self, start: int, end: int, text: str, *, json_pointer: str | None = None, css_path: str | None = None
    ) -> Evidence:
        """Evidence for the words between two octets; the range is told only when it reads back as they do."""
        text = collapse(text)
        ranges = ((start, end),) if read_ranges(self.entity, ((start, end),), self._codec) == text else ()
        return Evidence(
            authority=self._site,
            place=Place(json_pointer=json_pointer, css_path=css_path, ranges=ranges),
            text=text,
        )
