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

from archiver.extract.tokens import Tokens
from manifests.ranges import read_ranges, resolved

Ranges = tuple[tuple[int, int], ...]

_SINGLE_BYTE = re.compile(r"^(?:windows-125\d|iso-8859-\d+|koi8-[ru]|mac-(?:roman|cyrillic)|cp874|ibm866)$")
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]+)\s{0,50}=\s{0,50}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++))")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{0,40});?|\S")
_WORD = re.compile(r"\S+")
_CHUNK = 512
_STRIDE = 4096
_LONGEST = 20_000
_BUDGET = 40_000_000


class Source:
    """The bytes, their characters and their tokens."""

    def __init__(self, entity: bytes, charset: str, markup: str, tokens: Tokens) -> None:
        self._entity, self._charset, self._markup, self._tokens = entity, charset, markup, tokens
        self._budget = _BUDGET

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

    def of_attribute(self, element: str, ordinal: int, attribute: str, text: str) -> Ranges:
        """The range of an attribute's value of the `ordinal`-th start tag of that name, when it reads as `text`."""
        span = self._nth(element, ordinal)
        if span is None or span[1] - span[0] > _LONGEST:
            return ()
        for found in _ATTRIBUTE.finditer(self._markup, span[0] + 1, span[1]):
            if found[1].lower() == attribute:
                group = found.lastindex or 1
                return self._verified([found.span(group)], text)
        return ()

    def of_script(self, ordinal: int, text: str) -> Ranges:
        """The range of a JSON string in the content of the `ordinal`-th script, when it stands there unescaped."""
        span = self._nth("script", ordinal)
        if span is None or len(text) > _LONGEST or self._budget <= 0:
            return ()
        end = self._script_end(span[1])
        self._budget -= end - span[1]
        at = self._markup.find(f'"{text}"', span[1], end)
        return self._verified([(at + 1, at + 1 + len(text))], text) if at >= 0 else ()

    def of_element(self, element: str, text: str) -> Ranges:
        """The range of the content of the first element of that name, when it reads as `text`."""
        span = self._nth(element, 0)
        if span is None:
            return ()
        end = self._script_end(span[1])
        words = self._markup[span[1] : min(end, span[1] + _LONGEST)]
        start = span[1] + len(words) - len(words.lstrip())
        return self._verified([(start, span[1] + len(words.rstrip()))], text)

    def of_markup(self, text: str) -> Ranges:
        """The range of the first place in the markup that reads as `text`: for words outside elements, such as comments."""
        at = self._markup.find(text)
        return self._verified([(at, at + len(text))], text) if at >= 0 else ()

    def _script_end(self, start: int) -> int:
        at = bisect_right(self._starts, start - 1)
        return self._starts[at] if at < len(self._starts) else len(self._markup)

    @cached_property
    def _starts(self) -> list[int]:
        return [tag.start for tag in self._tokens.tags]

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[int, int]]]:
        named: dict[str, list[tuple[int, int]]] = {}
        for tag in self._tokens.tags:
            if not tag.closing:
                named.setdefault(tag.name, []).append((tag.start, tag.end))
        return named

    def _nth(self, element: str, ordinal: int) -> tuple[int, int] | None:
        tags = self._by_name.get(element, [])
        return tags[ordinal] if 0 <= ordinal < len(tags) else None

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
        start = self._character(run, first - before[run], end=False)
        end = self._character(last_run, last - 1 - before[last_run], end=True)
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

    def _character(self, run: int, index: int, *, end: bool) -> int:
        """Offset in the markup of the start (or end) of a run's `index`-th visible character."""
        start, stop, _ = self._tokens.runs[run]
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
        size = sum(end - start for start, end in spans)
        # Reading back may look at each character once per opening bracket; a hostile page must not make that expensive.
        cost = sum((end - start) * (1 + self._markup.count("<", start, end)) for start, end in spans)
        if any(start >= end for start, end in spans) or size > _LONGEST or cost > self._budget or cost > 3_000_000:
            return ()
        self._budget -= cost
        ranges = tuple((self._byte(start), self._byte(end)) for start, end in spans)
        return ranges if read_ranges(self._entity, ranges, self._charset) == text else ()

    def _byte(self, character: int) -> int:
        if self._direct:
            return character
        if self._encodable:
            mark = min(character // _STRIDE, len(self._utf8_marks) - 1)
            return self._utf8_marks[mark] + len(self._markup[mark * _STRIDE : character].encode("utf-8"))
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
    def _utf8_marks(self) -> list[int]:
        marks, total = [0], 0
        for at in range(0, len(self._markup), _STRIDE):
            total += len(self._markup[at : at + _STRIDE].encode("utf-8"))
            marks.append(total)
        return marks

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
