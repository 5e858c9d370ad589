# SPDX-License-Identifier: Apache-2.0
"""One parsed page: its tree, its visible text in blocks, and the elements that hold the words.

Guarantees: one parse a page; the tree is walked once, without recursion; text is white-space collapsed, a line a block.
CSS is not applied: words in folded or hidden panels count, words of scripts, templates and form fields do not.
What only some pages are asked for (blocks, places, paths) is made when it is asked for.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from itertools import accumulate
from typing import overload

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from archiver.extract.markup.elements import Elements
from archiver.extract.markup.paths import Paths, ancestors
from archiver.extract.markup.source import Ranges, Source
from archiver.extract.markup.taming import tame
from archiver.extract.markup.tokens import Tokens, lines, scan
from archiver.extract.markup.walk import Walked, walk

__all__ = ["Block", "Blocks", "Document", "ancestors"]


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
        if len(self.pieces) == 1:
            return []
        ends = list(accumulate(map(len, self.text.split(" "))))
        begun = accumulate(len("".join(raw.split())) for raw, _ in self.pieces[:200])
        # As many spaces stand before a character as words end before it.
        return [squeezed + bisect_right(ends, squeezed) for squeezed in begun if squeezed < ends[-1]]

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


class Blocks(Sequence[Block]):
    """The blocks of a page, in order; each is made when it is first asked for."""

    def __init__(self, walked: Walked) -> None:
        self._walked = walked
        self._made: list[Block | None] = [None] * len(walked.lines)

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, at: int) -> Block: ...
    @overload
    def __getitem__(self, at: slice) -> list[Block]: ...
    def __getitem__(self, at: int | slice) -> Block | list[Block]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self._made)))]
        return self._made[at] or self._make(at)

    def _make(self, at: int) -> Block:
        walked, firsts = self._walked, self._walked.firsts
        at = at % len(firsts)
        first, last = firsts[at], firsts[at + 1] if at + 1 < len(firsts) else len(walked.nodes)
        pieces = list(zip(walked.pieces[first:last], walked.nodes[first:last], strict=True))
        block = self._made[at] = Block(walked.lines[at], walked.starts[at], pieces)
        return block


class Document:
    """One page: bytes, markup, tree and text."""

    def __init__(self, entity: bytes, charset: str, markup: str, *, plain: bool = False) -> None:
        self.charset, self.markup = charset, markup
        self.tokens: Tokens = lines(markup) if plain else scan(markup)
        self.source = Source(entity, charset, markup, self.tokens)
        parsed = f"<pre>{escape(markup)}</pre>" if plain else tame(markup[: self.tokens.end], self.tokens)
        tamed = parsed.removeprefix("\ufeff")
        if "\x00" in tamed:
            tamed = tamed.replace("\x00", "")
        self.tree = LexborHTMLParser(tamed, options=LexborDocumentOptions.WO_EVENTS)
        self._walked = walk(self.tree.root, self.tree.body)
        self.lines: list[str] = self._walked.lines
        """The text of each block."""
        self.starts: list[int] = self._walked.starts
        """Where each block begins in the page's text."""
        self.text = "\n".join(self.lines)
        self.blocks = Blocks(self._walked)
        self._ordinals: dict[int, dict[int, int]] = {}

    @classmethod
    def of_text(cls, entity: bytes, charset: str, words: str) -> "Document":
        """A plain text as a page: its lines are blocks, and its bytes are looked up as they are."""
        return cls(entity, charset, words, plain=True)

    @property
    def walked(self) -> Walked:
        """The lines with the text nodes they are made of, for who looks at most of them: a block costs more."""
        return self._walked

    @cached_property
    def _before(self) -> list[int]:
        """Non-space characters that precede each block."""
        return list(accumulate((len(line) - line.count(" ") for line in self.lines), initial=0))

    def index_at(self, offset: int) -> int:
        """The index of the block that holds a character of the text."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def ranges(self, start: int, end: int) -> Ranges:
        """Byte ranges of the text [start, end)."""
        index = self.index_at(start)
        line = self.lines[index]
        ahead = len(line[: start - self.starts[index]].replace(" ", ""))
        text = " ".join(self.text[start:end].split())
        ranges = self.source.of_pieces(text, self._walked.pieces, self._walked.firsts[index], ahead)
        return ranges or self.source.of_text(text, self._before[index] + ahead)

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
        return self._paths.of(node) if node is not None else None

    def ranges_of(self, node: LexborNode, text: str) -> Ranges:
        """Byte ranges of `text`, the words of an element of the page's prose."""
        piece = self._first_piece(node) if text else None
        if piece is None:
            return ()
        pieces = self._walked.pieces
        ranges = self.source.of_pieces(text, pieces, piece, 0)
        return ranges or self.source.of_text(text, self._place(piece))

    def _first_piece(self, node: LexborNode) -> int | None:
        for below in node.traverse(include_text=True):
            piece = self._places.get(below.mem_id)
            if piece is not None:
                return piece
        return None

    def line_of(self, node: LexborNode) -> int | None:
        """The index of the block in which the words of an element of the page's prose begin; None when it has none."""
        piece = self._first_piece(node)
        return None if piece is None else max(0, bisect_right(self._walked.firsts, piece) - 1)

    def _place(self, piece: int) -> int:
        index = bisect_right(self._walked.firsts, piece) - 1
        ahead = self._walked.pieces[self._walked.firsts[index] : piece]
        return self._before[index] + sum(len("".join(raw.split())) for raw in ahead)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {node.mem_id: at for at, node in enumerate(self._walked.nodes)}

    @cached_property
    def _paths(self) -> Paths:
        return Paths(self.tree, self.table.attributes)

    def ordinal_of(self, node: LexborNode) -> int:
        """Which element of its name this one is in the document, from 0; -1 when it is not in the tree."""
        kind = node.tag_id
        if kind not in self._ordinals:
            self._ordinals[kind] = self._alike(kind) if (node.tag or "").isalnum() else {}
        return self._ordinals[kind].get(node.mem_id, -1)

    def _alike(self, kind: int) -> dict[int, int]:
        """The place of each element of one name among those of its name, by the number of its node."""
        found: dict[int, int] = {}
        at = -1
        for _ in range(self.kinds.count(kind)):
            at = self.kinds.index(kind, at + 1)
            found[self.elements[at].mem_id] = len(found)
        return found

    @property
    def elements(self) -> list[LexborNode]:
        """Every element of the tree, in document order; the contents of templates are not in the tree."""
        return self._walked.elements

    @cached_property
    def table(self) -> Elements:
        """The elements with their attributes, by name."""
        return Elements(self.tree, self.elements, self.kinds)

    @cached_property
    def places(self) -> dict[int, int]:
        """The index of each element in `elements`, by the number of its node."""
        return {node.mem_id: at for at, node in enumerate(self.elements)}

    @property
    def kinds(self) -> list[int]:
        """The parser's number of each element's name, in the order of `elements`."""
        return self._walked.kinds
