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
_INLINE_KIND, _BREAK_KIND, _HIDDEN_KIND = 0, 1, 2
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
    walked = Walked([], [], [], [], [], [], [])
    if root is None:
        return walked
    elements, numbers, pieces, nodes = walked.elements, walked.kinds, walked.pieces, walked.nodes
    below = root.traverse(include_text=True)
    opening = body.tag_id if body is not None else None
    for node in below:
        number = node.tag_id
        if number > _NO_ELEMENT:
            elements.append(node)
            numbers.append(number)
        if number == opening:
            break
    written: list[str] = []
    line: list[str] = []
    # Unknown elements share numbers across documents only, never within one.
    kinds = _KINDS.copy()
    holders: dict[int, int] = {}
    holder = hidden = 0
    parted, spaced = True, False
    for node in below:
        number = node.tag_id
        if number > _NO_ELEMENT:
            elements.append(node)
            numbers.append(number)
            if hidden:
                hidden -= 1
                continue
            kind = kinds.get(number)
            if kind is None:
                kind = kinds[number] = _kind(node.tag)
                if number < _UNKNOWN:
                    _KINDS[number] = kind
            if kind:
                parted = True
                if kind == _HIDDEN_KIND:
                    hidden = sum(1 for _ in node.traverse(include_text=True)) - 1
        elif hidden:
            hidden -= 1
        elif number == _TEXT:
            raw = node.text_content
            if not raw or raw.isspace():
                spaced = True
                continue
            if parted:
                holder = 0
            else:
                # No element began that parts lines; one that ended was around the text before, and is not around this one.
                before = holder or _holder_of(nodes[-1], kinds, holders)
                holder = _holder_of(node, kinds, holders)
                parted = holder != before
            if parted:
                written.append("".join(line))
                walked.firsts.append(len(pieces))
                line = [raw]
            else:
                line += [" ", raw] if spaced else [raw]
            pieces.append(raw)
            nodes.append(node)
            parted = spaced = False
    written.append("".join(line))
    walked.lines.extend(collapsed(written[1:]))
    walked.starts.extend(accumulate((len(text) + 1 for text in walked.lines[:-1]), initial=0) if pieces else [])
    return walked


def _kind(name: str | None) -> int:
    if name in _SKIPPED:
        return _HIDDEN_KIND
    return _BREAK_KIND if name in BREAKING else _INLINE_KIND


def _holder_of(text: LexborNode, kinds: dict[int, int], known: dict[int, int]) -> int:
    """The node number of the innermost element around a text that parts lines; `known` are those of elements passed."""
    around = text.parent
    passed: list[int] = []
    found = None
    while around is not None and found is None:
        key = around.mem_id
        if kinds.get(around.tag_id, _BREAK_KIND):
            found = key
        else:
            found = known.get(key)
            passed.append(key)
            around = around.parent
    for key in passed:
        known[key] = found or 0
    return found or 0
