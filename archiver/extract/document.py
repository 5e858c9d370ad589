# SPDX-License-Identifier: Apache-2.0
"""One parsed page: its tree, its visible text in blocks, and the elements that hold the words.

Guarantees: one parse a page; the tree is walked once, without recursion; text is white-space collapsed, a line a block.
CSS is not applied: words in folded or hidden panels count, words of scripts, templates and form fields do not.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from itertools import islice

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from archiver.extract.source import Ranges, Source
from archiver.extract.taming import tame
from archiver.extract.tokens import BREAKING, HIDDEN, Tokens, lines, scan

_SKIPPED = HIDDEN | {"head"}
_MAX_CLIMB = 60
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}")
"""Ids that need no escaping in a selector."""


@dataclass(slots=True)
class Block:
    """One line of visible text."""

    text: str
    start: int
    """Offset of the text in the page's text."""
    pieces: list[tuple[str, LexborNode]]
    """Raw text and the text node it stands in, in order."""
    _bounds: list[int] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def edges(self) -> list[int]:
        """Offsets in this block's text at which the words of another text node begin."""
        found, squeezed, at = [], 0, 0
        counts = []
        for raw, _ in self.pieces[:200]:
            squeezed += len("".join(raw.split()))
            counts.append(squeezed)
        seen = 0
        for offset, character in enumerate(self.text):
            if character != " ":
                while at < len(counts) and seen == counts[at]:
                    found.append(offset)
                    at += 1
                seen += 1
                if at >= len(counts):
                    break
        return found

    def node_at(self, offset: int) -> LexborNode:
        """The text node that holds the character at `offset` of this block's text."""
        if len(self.pieces) == 1:
            return self.pieces[0][1]
        if not self._bounds:
            total = 0
            for raw, _ in self.pieces:
                total += len("".join(raw.split()))
                self._bounds.append(total)
        squeezed = len(self.text[:offset].replace(" ", ""))
        at = bisect_right(self._bounds, squeezed)
        return self.pieces[min(at, len(self.pieces) - 1)][1]


class Document:
    """One page: bytes, markup, tree and text."""

    def __init__(self, entity: bytes, charset: str, markup: str, *, plain: bool = False) -> None:
        self.charset, self.markup = charset, markup
        self.tokens: Tokens = lines(markup) if plain else scan(markup)
        self.source = Source(entity, charset, markup, self.tokens)
        parsed = f"<pre>{escape(markup)}</pre>" if plain else tame(markup[: self.tokens.end], self.tokens)
        tamed = parsed.removeprefix("\ufeff").replace("\x00", "")
        self.tree = LexborHTMLParser(tamed, options=LexborDocumentOptions.WO_EVENTS)
        self.blocks = list(_walk(self.tree.body))
        at = 0
        for block in self.blocks:
            block.start = at
            at += len(block.text) + 1
        self.text = "\n".join(block.text for block in self.blocks)
        self._ids: dict[str, bool] = {}
        self._ordinals: dict[str, dict[int, int]] = {}

    @classmethod
    def of_text(cls, entity: bytes, charset: str, words: str) -> "Document":
        """A plain text as a page: its lines are blocks, and its bytes are looked up as they are."""
        return cls(entity, charset, words, plain=True)

    @cached_property
    def _starts(self) -> list[int]:
        return [block.start for block in self.blocks]

    @cached_property
    def _before(self) -> list[int]:
        """Non-space characters that precede each block."""
        counts, count = [], 0
        for block in self.blocks:
            counts.append(count)
            count += len(block.text) - block.text.count(" ")
        return counts

    def index_at(self, offset: int) -> int:
        """The index of the block that holds a character of the text."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def ranges(self, start: int, end: int) -> Ranges:
        """Byte ranges of the text [start, end)."""
        index = self.index_at(start)
        block = self.blocks[index]
        hint = self._before[index] + len(block.text[: start - block.start].replace(" ", ""))
        return self.source.of_text(" ".join(self.text[start:end].split()), hint)

    def holder_of(self, start: int, end: int) -> LexborNode | None:
        """The innermost element that holds the text [start, end)."""
        first, last = self.blocks[self.index_at(start)], self.blocks[self.index_at(max(start, end - 1))]
        one = first.node_at(start - first.start)
        other = last.node_at(max(0, end - 1 - last.start))
        if one.mem_id == other.mem_id:
            return one.parent
        seen = {node.mem_id for node in ancestors(one)}
        return next((node for node in ancestors(other) if node.mem_id in seen), None)

    def css_path(self, node: LexborNode | None) -> str | None:
        """A short selector path to an element: up to the nearest unique id, or to html."""
        if node is None:
            return None
        steps: list[str] = []
        for element in [node, *ancestors(node)][:_MAX_CLIMB]:
            name = element.tag or ""
            if name in {"html", "body", "head"}:
                steps.append(name)
                if name == "html" or len(steps) > 1:
                    break
                continue
            anchor = element.id
            if anchor and _IDENTIFIER.fullmatch(anchor) and self._is_unique(anchor):
                steps.append(f"{name}#{anchor}")
                break
            steps.append(_step(element, name))
        return " > ".join(reversed(steps)) or None

    def _is_unique(self, anchor: str) -> bool:
        if anchor not in self._ids:
            self._ids[anchor] = len(self.tree.css(f"#{anchor}")) == 1
        return self._ids[anchor]

    def span_of(self, node: LexborNode) -> int | None:
        """How many non-space characters of the page's text precede an element's first words."""
        for below in node.traverse(include_text=True):
            place = self._places.get(below.mem_id)
            if place is not None:
                return place
        return None

    @cached_property
    def _places(self) -> dict[int, int]:
        places: dict[int, int] = {}
        for block, before in zip(self.blocks, self._before, strict=True):
            count = before
            for raw, node in block.pieces:
                places[node.mem_id] = count
                count += len("".join(raw.split()))
        return places

    def ordinal_of(self, node: LexborNode) -> int:
        """Which element of its name this one is in the document, from 0; -1 when it is not in the tree."""
        name = node.tag or ""
        if name not in self._ordinals:
            self._ordinals[name] = (
                {found.mem_id: at for at, found in enumerate(self.tree.css(name))} if name.isalnum() else {}
            )
        return self._ordinals[name].get(node.mem_id, -1)


def _step(element: LexborNode, name: str) -> str:
    before = list(islice(_siblings(element.prev, forward=False), 2000))
    if not (name.replace("-", "").isalnum() and name.isascii()):
        # A name that would need escaping: its place among all elements tells it.
        return f"*:nth-child({1 + sum(not (sibling.tag or '-').startswith('-') for sibling in before)})"
    alike = sum(sibling.tag_id == element.tag_id for sibling in before)
    after = islice(_siblings(element.next, forward=True), 200)
    if alike or any(sibling.tag_id == element.tag_id for sibling in after):
        return f"{name}:nth-of-type({1 + alike})"
    return name


def _siblings(node: LexborNode | None, *, forward: bool) -> Iterator[LexborNode]:
    while node is not None:
        yield node
        node = node.next if forward else node.prev


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Elements around a node, nearest first, at most a fixed number."""
    parent = node.parent
    for _ in range(_MAX_CLIMB * 10):
        if parent is None or parent.tag == "-document":
            return
        yield parent
        parent = parent.parent


_TEXT = 2
"""The parser's number of text nodes (LXB_TAG__TEXT)."""
_HIDDEN_KIND, _BREAK_KIND, _INLINE_KIND = 0, 1, 2


def _kind(name: str | None) -> int:
    if name in _SKIPPED:
        return _HIDDEN_KIND
    return _BREAK_KIND if name in BREAKING else _INLINE_KIND


def _walk(body: LexborNode | None) -> Iterator[Block]:
    """Blocks of text below `body`, in document order."""
    if body is None:
        return
    kinds: dict[int, int] = {}
    pieces: list[tuple[str, LexborNode]] = []
    stack: list[bool] = []
    node: LexborNode | None = body
    while node is not None:
        kind = _INLINE_KIND
        number = node.tag_id
        if number == _TEXT:
            pieces.append((node.text_content or "", node))
        else:
            # Unknown elements share numbers across documents only, never within one.
            kind = kinds[number] if number in kinds else kinds.setdefault(number, _kind(node.tag))
        if kind != _INLINE_KIND and pieces:
            yield from _block(pieces)
            pieces = []
        child = node.first_child if kind != _HIDDEN_KIND else None
        if child is not None:
            stack.append(kind == _BREAK_KIND)
            node = child
            continue
        following = node.next if stack else None
        while following is None and stack:
            node = node.parent if node is not None else None
            if stack.pop() and pieces:
                yield from _block(pieces)
                pieces = []
            following = node.next if node is not None and stack else None
        node = following
    yield from _block(pieces)


def _block(pieces: list[tuple[str, LexborNode]]) -> Iterator[Block]:
    text = " ".join("".join(raw for raw, _ in pieces).split())
    if text:
        yield Block(text, 0, [piece for piece in pieces if piece[0] and not piece[0].isspace()])
