# SPDX-License-Identifier: Apache-2.0
"""The visible text of a parsed page, read off its tree in one pass without recursion.

A line is the text between two elements that break lines, white space collapsed. Linear in the size of the tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from ahocorasick_rs import BytesAhoCorasick
from selectolax.lexbor import LexborNode

from archiver.extract.markup.tokens import BREAKING, HIDDEN

_SKIPPED = HIDDEN | {"head"}
_TEXT = 2
"""The parser's number of text nodes (LXB_TAG__TEXT)."""
_HIDDEN_KIND, _BREAK_KIND, _INLINE_KIND = 0, 1, 2
_UNKNOWN = 1 << 16
"""Numbers from here on are of names the parser has no constant for."""
_KINDS: dict[int, int] = {}
"""The kinds of the elements that the parser knows by number, as far as they were met."""
_LONG = 48
"""Characters of a text that is looked into before it is cut."""
_STRETCH = 1 << 18
"""Characters of a text whose doubled spaces are listed: of a longer one they would fill the memory."""
_DOUBLED = BytesAhoCorasick([b"  "])
"""Finds two spaces many times faster than the interpreter does."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Lines of text and the text nodes they are made of."""

    lines: list[str]
    starts: list[int]
    """Where each line begins in the lines joined by line feeds."""
    firsts: list[int]
    """The index of each line's first piece."""
    pieces: list[str]
    """The raw text of each text node that holds more than white space."""
    nodes: list[LexborNode]
    """The text node of each piece."""


def _walked(raws: list[str], nodes: list[LexborNode], ends: list[int]) -> Walked:
    """The lines that text nodes make: each ends before one of `ends` and begins with a node of more than white space."""
    firsts: list[int] = []
    written: list[str] = []
    blank: list[int] = []
    first = 0
    for end in ends:
        firsts.append(first - len(blank))
        if end - first == 1:
            written.append(raws[first])
        else:
            held = raws[first:end]
            written.append("".join(held))
            blank += [index for index, raw in enumerate(held, first) if raw.isspace()]
        first = end
    if blank:
        without = set(blank)
        kept = [index for index in range(len(raws)) if index not in without]
        raws, nodes = [raws[index] for index in kept], [nodes[index] for index in kept]
    lines = collapsed(written)
    starts = list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0)) if lines else []
    return Walked(lines, starts, firsts, raws, nodes)


def collapsed(written: list[str]) -> list[str]:
    """Texts with white space collapsed and ends trimmed."""
    lines: list[str] = []
    long: list[int] = []
    for raw in written:
        if len(raw) > _LONG and raw.isascii():
            long.append(len(lines))
            lines.append(raw.strip())
        else:
            lines.append(" ".join(raw.split()))
    # Looking for what there is to collapse costs a fraction of cutting paragraphs into words.
    if _is_uneven("\0".join([lines[at] for at in long])):
        for at in long:
            if _is_uneven(lines[at]):
                lines[at] = " ".join(lines[at].split())
    return lines


def _is_uneven(text: str) -> bool:
    """Whether ASCII text holds white space other than single spaces."""
    if (
        "\n" in text or "\t" in text or "\r" in text or "\f" in text or "\v" in text
        or "\x1c" in text or "\x1d" in text or "\x1e" in text or "\x1f" in text
    ):  # fmt: skip
        return True
    if len(text) < _STRETCH:
        return bool(_DOUBLED.find_matches_as_indexes(text.encode("ascii")))
    return "  " in text


def _kind(name: str | None) -> int:
    if name in _SKIPPED:
        return _HIDDEN_KIND
    return _BREAK_KIND if name in BREAKING else _INLINE_KIND


def walk(body: LexborNode | None) -> Walked:
    """The text below `body`, in document order."""
    raws: list[str] = []
    nodes: list[LexborNode] = []
    ends: list[int] = []
    if body is None:
        return _walked(raws, nodes, ends)
    # Unknown elements share numbers across documents only, never within one.
    kinds = _KINDS.copy()
    begun = False
    around: list[tuple[Iterator[LexborNode], bool]] = []
    children, breaks = body.iter(include_text=True), True
    while True:
        for node in children:
            number = node.tag_id
            if number == _TEXT:
                raw = node.text_content
                if raw and (begun or not raw.isspace()):
                    raws.append(raw)
                    nodes.append(node)
                    begun = True
                continue
            kind = kinds.get(number)
            if kind is None:
                kind = kinds[number] = _kind(node.tag)
                if number < _UNKNOWN:
                    _KINDS[number] = kind
            if begun and kind != _INLINE_KIND:
                ends.append(len(raws))
                begun = False
            if kind != _HIDDEN_KIND:
                around.append((children, breaks))
                children, breaks = node.iter(include_text=True), kind == _BREAK_KIND
                break
        else:
            if begun and breaks:
                ends.append(len(raws))
                begun = False
            if not around:
                return _walked(raws, nodes, ends)
            children, breaks = around.pop()
