# SPDX-License-Identifier: Apache-2.0
"""The visible text of a captured page with marks where its evidence stands.

The lines are made from the runs of text that the extractor looks evidence up in, so a mark covers exactly the bytes that a
notice names. Evidence outside the text, in attributes, comments and scripts, is shown with the markup around it instead.
Linear in the page; nothing of the page's markup is kept. Leaves to others: escaping, and what the marks look like.
"""

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archiver.extract.markup import media
from archiver.extract.markup.charset import decode
from archiver.extract.markup.tokens import Tokens, lines, scan
from manifests.ranges import resolved

MOST_OCTETS = 4 << 20
"""As much of an entity as the extractor reads."""
_AROUND = 70
"""Characters of markup shown before and after evidence that stands in markup."""
_MOST_EXCERPT = 600
_SPACE = re.compile(r"\s+")
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """One piece of evidence to be marked."""

    key: str
    """What it is known by; unique on the page."""
    ranges: Ranges
    """Its bytes in the entity."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a line, and the keys of the spots that hold all of it."""

    text: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Evidence that stands in the markup, with what stands around it."""

    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text, line by line, and its evidence in the markup."""

    lines: tuple[tuple[Piece, ...], ...]
    excerpts: dict[str, Excerpt]
    """By key, for spots of which nothing stands in the text."""

    @property
    def marked(self) -> frozenset[str]:
        """The keys of the spots that stand in the text."""
        return frozenset(key for line in self.lines for piece in line for key in piece.keys)


def page_text(
    entity: bytes, charset: str, spots: Sequence[Spot], *, mime: str | None = None, content_type: str | None = None
) -> PageText:
    """The text of an entity decoded with `charset`, as its claims name it, with these spots marked."""
    entity = entity[:MOST_OCTETS]
    markup = decode(entity, charset)
    plain = not media.reads_as_page(mime, content_type) and media.reads_as_text(mime, content_type)
    tokens = lines(markup) if plain else scan(markup)
    places = _characters(entity, charset, {end for spot in spots for span in spot.ranges for end in span})
    spans = [(places[a], places[b], spot.key) for spot in spots for a, b in spot.ranges if a in places and b in places]
    made = tuple(_lines(markup, tokens, sorted(spans)))
    marked = {key for line in made for piece in line for key in piece.keys}
    excerpts: dict[str, Excerpt] = {}
    for start, end, key in spans:
        if key not in marked and key not in excerpts:
            words = markup[start : min(end, start + _MOST_EXCERPT)]
            excerpts[key] = Excerpt(markup[max(0, start - _AROUND) : start], words, markup[end : end + _AROUND])
    return PageText(made, excerpts)


def _characters(entity: bytes, charset: str, offsets: Iterable[int]) -> dict[int, int]:
    """For offsets in bytes, how many characters precede them; those outside the entity are left out."""
    decoder = codecs.getincrementaldecoder(charset)("replace")
    places, at, count = {}, 0, 0
    for offset in sorted(offsets):
        if offset > len(entity):
            break
        count += len(decoder.decode(entity[at:offset]))
        places[offset], at = count, offset
    return places


def _lines(markup: str, tokens: Tokens, spans: list[tuple[int, int, str]]) -> Iterable[tuple[Piece, ...]]:
    cuts = sorted({end for start, stop, _ in spans for end in (start, stop)})
    line: list[Piece] = []
    waiting, around = spans[::-1], list[tuple[int, int, str]]()
    for start, end, begins in tokens.runs:
        if begins and line:
            yield from _ended(line)
            line = []
        inside = cuts[bisect_right(cuts, start) : bisect_right(cuts, end - 1)]
        for a, b in zip([start, *inside], [*inside, end], strict=True):
            raw = (markup[a:b] if a else markup[:b].removeprefix("\ufeff")).replace("\0", "")
            text = _SPACE.sub(" ", resolved(raw) if "&" in raw else raw)
            if not line or line[-1].text.endswith(" "):
                text = text.removeprefix(" ")
            while waiting and waiting[-1][0] <= a:
                around.append(waiting.pop())
            around = [span for span in around if span[1] >= b]
            keys = tuple(key for _, _, key in around)
            if text and line and line[-1].keys == keys:
                line[-1] = Piece(line[-1].text + text, keys)
            elif text:
                line.append(Piece(text, keys))
    yield from _ended(line)


def _ended(line: list[Piece]) -> Iterable[tuple[Piece, ...]]:
    """The line without the space at its end, if anything is left."""
    while line and not line[-1].text.strip():
        line.pop()
    if line:
        line[-1] = Piece(line[-1].text.rstrip(), line[-1].keys)
        yield tuple(line)
