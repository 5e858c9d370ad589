# SPDX-License-Identifier: Apache-2.0
"""The elements and the visible text of a parsed page, read off its tree in one pass without recursion.

A line is the text between two elements that break lines, white space collapsed. Linear in the size of the tree.
"""

from dataclasses import dataclass
from itertools import accumulate

from ahocorasick_rs import BytesAhoCorasick
from selectolax.lexbor import LexborNode

from archiver.extract.markup.tokens import BREAKING, HIDDEN

_SKIPPED = HIDDEN | {"head"}
_TEXT = 2
"""The parser's number of text nodes (LXB_TAG__TEXT)."""
_NO_ELEMENT = 5
"""The greatest of the parser's numbers of nodes that are no elements (LXB_TAG__EM_DOCTYPE)."""
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
    elements: list[LexborNode]
    """Every element of the tree; the contents of templates are not in the tree."""
    kinds: list[int]
    """The parser's number of each element's name."""


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


def walk(root: LexborNode | None, body: LexborNode | None) -> Walked:
    """The elements of a tree and the text below its body, in document order."""
    every = list(root.traverse(include_text=True)) if root is not None else []
    numbers = [node.tag_id for node in every]
    elements = [node for node, number in zip(every, numbers, strict=True) if number > _NO_ELEMENT]
    kinds = [number for number in numbers if number > _NO_ELEMENT]
    hiding, parting = _apart(elements, kinds)
    read = hiding | {_TEXT}
    # The first node that is shown: of what is before the body, nothing is.
    shown = numbers.index(body.tag_id) if body is not None else len(numbers)
    written: list[str] = []
    firsts: list[int] = []
    pieces: list[str] = []
    nodes: list[LexborNode] = []
    parts: list[str] = []
    holder: int | None = None
    holders: dict[int, int] = {}
    last, apart = 0, False
    for at in [at for at, number in enumerate(numbers) if number in read]:
        node = every[at]
        if at < shown:
            continue
        if numbers[at] != _TEXT:
            shown = at + sum(1 for _ in node.traverse(include_text=True))
            continue
        raw = node.text_content
        if not raw or raw.isspace():
            apart = True
            continue
        goes_on = bool(parts) and parting.isdisjoint(numbers[last + 1 : at])
        if goes_on:
            before = holder or _holder_of(every[last], parting, holders)
            holder = _holder_of(node, parting, holders)
            goes_on = holder == before
        else:
            holder = None
        if goes_on:
            parts += [" ", raw] if apart else [raw]
        else:
            written.append("".join(parts))
            firsts.append(len(pieces))
            parts = [raw]
        pieces.append(raw)
        nodes.append(node)
        last, apart = at, False
    written.append("".join(parts))
    lines = collapsed(written[1:])
    starts = list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0)) if lines else []
    return Walked(lines, starts, firsts, pieces, nodes, elements, kinds)


def _apart(elements: list[LexborNode], kinds: list[int]) -> tuple[set[int], set[int]]:
    """The numbers of elements whose words are not shown, and of all before and after which a line begins, these included."""
    hiding, parting = set(), set()
    for number in set(kinds):
        kind = _KINDS.get(number)
        if kind is None:
            kind = _kind(elements[kinds.index(number)].tag)
            # Unknown elements share numbers across documents only, never within one.
            if number < _UNKNOWN:
                _KINDS[number] = kind
        if kind != _INLINE_KIND:
            parting.add(number)
        if kind == _HIDDEN_KIND:
            hiding.add(number)
    return hiding, parting


def _kind(name: str | None) -> int:
    if name in _SKIPPED:
        return _HIDDEN_KIND
    return _BREAK_KIND if name in BREAKING else _INLINE_KIND


def _holder_of(text: LexborNode, parting: set[int], known: dict[int, int]) -> int:
    """The number of the innermost element around a text that parts lines; the body is one. `known` are those of elements."""
    passed: list[int] = []
    around = text.parent
    found: int | None = None
    while found is None and around is not None:
        key = around.mem_id
        found = key if around.tag_id in parting else known.get(key)
        passed.append(key)
        around = around.parent
    for key in passed:
        known[key] = found or 0
    return found or 0
