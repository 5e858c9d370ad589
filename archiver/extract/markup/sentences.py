# SPDX-License-Identifier: Apache-2.0
"""Text cut into sentences, well enough to keep one notice apart from the next.

A full stop after an abbreviation, an initial or a corporate form does not end a sentence unless the line ends there.
"""

import re

from archiver.extract.markup.remembered import remembered

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]+[”」』）]*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“«/])(?:[A-Za-zÀ-ÿА-Яа-я]|(?:[A-Za-z]\.){1,4}[A-Za-z]|Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|No|Nr|"
    r"Inc|Ltd|Co|Corp|Cie|Bros|Dept"
    r"|Sec|Art|Abs|Str|vs|etc|approx|cf|bzw|ca|ggf|inkl|usw|vgl|evtl|sog|Tel|Fig|Vol|pp|ed|eds|Ph|Assn|"
    r"Univ|Est|im|ul|г|гг|ул|стр|ООО"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)$",
)
_LOWER_NEXT = re.compile(r"\s+[a-zà-ÿа-я0-9§(]")


@remembered(1024, longest=1000)
def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence, white space outside. Linear."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(text):
        stop = end.end()
        apart = end.start() > 0 and text[end.start() - 1] == " "
        if stop < len(text) and end[0][0] == "." and len(end[0]) == 1 and not apart:
            if _ABBREVIATION.search(text, max(start, end.start() - 14), end.start()):
                continue
            if _LOWER_NEXT.match(text, stop):
                continue
        _add(text, start, stop, found)
        start = stop
    _add(text, start, len(text), found)
    return tuple(found)


def _add(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        found.append((start, end))
