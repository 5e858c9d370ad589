# SPDX-License-Identifier: Apache-2.0
"""Where words of the parsed page stand in the bytes of the entity.

The parser gives text without offsets. Words are looked up in the visible text of the markup, white space removed on both
sides, at the place nearest to where the parsed page has them. Guarantees: a range is given only when `manifests.ranges`
reads exactly the asked words back from it; the work spent on a page is bounded, and words beyond the bound get no range.
"""

import codecs
import html
import re
from bisect import bisect_right
from functools import cached_property

from archiver.extract.markup.remembered import remembered
from archiver.extract.markup.tokens import PIECE, Tokens
from manifests.ranges import read_ranges, resolved

Ranges = tuple[tuple[int, int], ...]

_SINGLE_BYTE = re.compile(r"^(?:windows-125\d|iso-8859-\d+|koi8-[ru]|mac-(?:roman|cyrillic)|cp874|ibm866)$")
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]+)\s{0,50}=\s{0,50}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++))")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{0,40});?|\S")
_WORD = re.compile(r"\S+")
_TELLING = 4
"""Characters beside references that tell texts apart."""
_CHUNK = 512
_RUN = 32
"""Texts that are compared with text nodes at once, as long as they are the same."""
_LONGEST = 20_000
_BUDGET = 40_000_000


class Source:
    """The bytes, their characters and their tokens."""

    def __init__(self, entity: bytes, charset: str, markup: str, tokens: Tokens) -> None:
        self._entity, self._charset, self._markup, self._tokens = entity, charset, markup, tokens
        self._budget = _BUDGET
        self._found: list[int] | None = None
        self._known = 0, 0
        """A character whose octet is known."""

    def of_text(self, text: str, hint: int) -> Ranges:
        """Ranges of the visible words `text`; `hint` is how many non-space characters of the page precede them."""
        needle = "".join(text.split())
        if not needle or len(needle) > _LONGEST:
            return ()
        for first in self._places(needle, hint):
            ranges = self._at(first, first + len(needle), text)
            if ranges:
                return ranges
        return ()

    def of_pieces(self, text: str, pieces: list[str], first: int, ahead: int) -> Ranges:
        """The range of `text`, which begins `ahead` non-space characters into the `first` text node of the parsed page.

        Quick, and empty where the markup does not read like the text nodes, or `of_text` could choose another place.
        """
        needle = "".join(text.split())
        # Words of two letters or fewer, such as a row of dots, may also stand one or two characters before.
        if len(needle) > _LONGEST or self._budget <= 0 or len(set(needle[:2000])) < 3:
            return ()
        where = self._where(pieces)
        last = first
        have = self._squeezed(pieces, where, first)
        while last < len(where) and len(have) <= ahead:
            ahead -= len(have)
            last += 1
            have = self._squeezed(pieces, where, last)
        first, start, at = last, ahead, 0
        while True:
            if not have:
                return ()
            size = min(len(have) - ahead, len(needle) - at)
            if not needle.startswith(have[ahead : ahead + size], at):
                return ()
            at += size
            if at == len(needle):
                break
            last, ahead = last + 1, 0
            have = self._squeezed(pieces, where, last)
        begin = self._character(*self._tokens.text_span(where[first]), start, end=False)
        stop = self._character(*self._tokens.text_span(where[last]), ahead + size - 1, end=True)
        budget = self._budget
        self._budget -= len(needle) * 4
        whole = self._verified([(begin, stop)], text)
        if not whole:
            self._budget = budget
        return whole

    def _squeezed(self, pieces: list[str], where: list[int], index: int) -> str:
        """A text node without white space; empty when its place in the markup is not known for sure."""
        if index >= len(where) or len(self._tokens.texts[where[index]]) > PIECE:
            return ""
        return "".join(pieces[index].split())

    def _where(self, pieces: list[str]) -> list[int]:
        """For the first text nodes of the parsed page the text they come from: for all when the markup has as many texts,
        else as far as they read like it."""
        if self._found is None:
            self._found = _aligned(pieces, self._tokens)
        return self._found

    def of_attribute(self, element: str, ordinal: int, attribute: str, text: str) -> Ranges:
        """The range of an attribute's value of the `ordinal`-th start tag of that name, when it reads as `text`."""
        index = self._tokens.nth(element, ordinal)
        if index is None or self._tokens.size(index) > _LONGEST:
            return ()
        span = self._tokens.span(index)
        for found in _ATTRIBUTE.finditer(self._markup, span[0] + 1, span[1]):
            if found[1].lower() == attribute:
                group = found.lastindex or 1
                return self._verified([found.span(group)], text)
        return ()

    def of_script(self, ordinal: int, text: str) -> Ranges:
        """The range of a JSON string in the content of the `ordinal`-th script, when it stands there unescaped."""
        index = self._tokens.nth("script", ordinal)
        if index is None or len(text) > _LONGEST or self._budget <= 0:
            return ()
        start, end = self._tokens.content(index)
        self._budget -= end - start
        at = self._markup.find(f'"{text}"', start, end)
        return self._verified([(at + 1, at + 1 + len(text))], text) if at >= 0 else ()

    def of_element(self, element: str, text: str) -> Ranges:
        """The range of the content of the first element of that name, when it reads as `text`."""
        index = self._tokens.nth(element, 0)
        if index is None:
            return ()
        start, end = self._tokens.content(index)
        words = self._markup[start : min(end, start + _LONGEST)]
        return self._verified([(start + len(words) - len(words.lstrip()), start + len(words.rstrip()))], text)

    def of_markup(self, text: str) -> Ranges:
        """The range of the first place in the markup that reads as `text`: for words outside elements, such as comments."""
        at = self._markup.find(text)
        return self._verified([(at, at + len(text))], text) if at >= 0 else ()

    @cached_property
    def _stream(self) -> tuple[str, list[int]]:
        """Visible characters without white space, and how many of them precede each run."""
        parts, before, count = [], [], 0
        for start, end, _ in self._tokens.runs:
            raw = self._markup[start:end]
            part = "".join((resolved(raw) if "&" in raw else raw).split())
            before.append(count)
            parts.append(part)
            count += len(part)
        return "".join(parts), before

    def _places(self, needle: str, hint: int) -> list[int]:
        stream, _ = self._stream
        if self._budget <= 0:
            return []
        self._budget -= len(needle) * 4
        near = stream.find(needle, max(0, hint - 2), hint + 2 + len(needle))
        if near >= 0:
            return [near]
        self._budget -= len(stream)
        after = stream.find(needle, max(0, hint))
        before = stream.rfind(needle, 0, max(0, hint) + len(needle))
        found = [at for at in (after, before) if at >= 0]
        return sorted(found, key=lambda at: abs(at - hint))

    def _at(self, first: int, last: int, text: str) -> Ranges:
        _, before = self._stream
        run, last_run = bisect_right(before, first) - 1, bisect_right(before, last - 1) - 1
        start = self._character(*self._tokens.runs[run][:2], first - before[run], end=False)
        end = self._character(*self._tokens.runs[last_run][:2], last - 1 - before[last_run], end=True)
        whole = self._verified([(start, end)], text)
        if whole:
            return whole
        # Words of neighbouring blocks run together when no white space parts their tags: read them one by one.
        spans, begin, runs = [], start, self._tokens.runs
        for at in range(run + 1, last_run + 1):
            if runs[at][2]:
                spans.append((begin, runs[at - 1][1]))
                begin = runs[at][0]
            if len(spans) > 60:
                return ()
        spans.append((begin, end))
        kept = [(a, b) for a, b in spans if self._markup[a:b].strip()]
        return self._verified(kept, text) if len(kept) > 1 else ()

    def _character(self, start: int, stop: int, index: int, *, end: bool) -> int:
        """Offset in the markup of the start (or end) of the `index`-th visible character of the text [start, stop)."""
        seen = 0
        if self._markup.find("&", start, stop) < 0:
            for letters in _WORD.finditer(self._markup, start, stop):
                size = letters.end() - letters.start()
                if seen + size > index:
                    return letters.start() + index - seen + (1 if end else 0)
                seen += size
        for found in _REFERENCE.finditer(self._markup, start, stop):
            word = found[0]
            seen += 1 if len(word) == 1 else len("".join(html.unescape(word).split()))
            if seen > index:
                return found.end() if end else found.start()
        return stop if end else start

    def _verified(self, spans: list[tuple[int, int]], text: str) -> Ranges:
        size = cost = 0
        for start, end in spans:
            if start >= end:
                return ()
            size += end - start
            # Reading back may look at each character once per opening bracket; a hostile page must not make that expensive.
            cost += (end - start) * (1 + self._markup.count("<", start, end))
        if size > _LONGEST or cost > self._budget or cost > 3_000_000:
            return ()
        self._budget -= cost
        ranges = tuple((self._byte(start), self._byte(end)) for start, end in spans)
        if size == cost and len(spans) == 1 and (self._direct or self._encodable):
            # No tag in it, and its bytes decode to themselves: without a character reference it reads as it stands.
            words = self._markup[slice(*spans[0])]
            if "&" not in words:
                return ranges if " ".join(words.split()) == text else ()
        return ranges if read_ranges(self._entity, ranges, self._charset) == text else ()

    def _byte(self, character: int) -> int:
        if self._direct:
            return character
        if self._encodable:
            # From the nearest place whose octet is known: the start, the end, or the one asked for before.
            places = ((0, 0), self._known, (len(self._markup), len(self._entity)))
            known, octets = min(places, key=lambda place: abs(place[0] - character))
            if character < known:
                octets -= len(self._markup[character:known].encode("utf-8"))
            else:
                octets += len(self._markup[known:character].encode("utf-8"))
            self._known = character, octets
            return octets
        return self._decoded_byte(character)

    @cached_property
    def _direct(self) -> bool:
        """One byte a character."""
        if len(self._entity) != len(self._markup):
            return False
        return self._entity.isascii() or _SINGLE_BYTE.match(self._charset) is not None

    @cached_property
    def _encodable(self) -> bool:
        return self._charset == "utf-8" and (
            "\ufffd" not in self._markup or self._markup.encode("utf-8") == self._entity
        )

    @cached_property
    def _marks(self) -> tuple[list[int], list[tuple[bytes, int]]]:
        decoder = codecs.getincrementaldecoder(self._charset)("replace")
        counts, states, count = [], [], 0
        for at in range(0, len(self._entity), _CHUNK):
            counts.append(count)
            states.append(decoder.getstate())
            count += len(decoder.decode(self._entity[at : at + _CHUNK]))
        return counts, states

    def _decoded_byte(self, character: int) -> int:
        if character <= 0:
            return 0
        counts, states = self._marks
        mark = max(0, bisect_right(counts, character - 1) - 1)
        decoder = codecs.getincrementaldecoder(self._charset)("replace")
        decoder.setstate(states[mark])
        count = counts[mark]
        for at in range(mark * _CHUNK, len(self._entity)):
            count += len(decoder.decode(self._entity[at : at + 1]))
            if count >= character:
                return at + 1
        return len(self._entity)


@remembered(2048, longest=60)
def _plain(words: str) -> str:
    """Words without white space, their character references resolved."""
    return "".join((resolved(words) if "&" in words else words).split())


def _reads_as(words: str, piece: str) -> bool:
    """Whether words with a character reference read like a text node, as far as what stands around the references tells."""
    before, after = words[: words.find("&")], words[words.rfind(";") + 1 :]
    telling = not before.isspace() if len(before) >= _TELLING else len(after) >= _TELLING and not after.isspace()
    return telling and piece.startswith(before) and piece.endswith(after)


def _aligned(pieces: list[str], tokens: Tokens) -> list[int]:
    texts, visible = tokens.texts, tokens.visible
    if len(visible) == len(pieces):
        # Each text of the markup has its text node; what is taken from there is read back in any case.
        return visible
    written = list(map(texts.__getitem__, visible))
    where: list[int] = []
    at = 0
    while at < len(written) and len(where) < len(pieces):
        until, known = at + _RUN, len(where)
        if written[at:until] == pieces[known : known + _RUN]:
            where += visible[at:until]
            at = until
            continue
        for index, words in zip(visible[at:until], written[at:until], strict=True):
            if len(where) == len(pieces):
                return where
            piece = pieces[len(where)]
            if words != piece and not ("&" in words and _reads_as(words, piece)):
                squeezed = _plain(words)
                if squeezed != "".join(piece.split()):
                    if not squeezed:
                        continue
                    return where
            where.append(index)
        at = until
    return where
