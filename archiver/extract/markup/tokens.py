# SPDX-License-Identifier: Apache-2.0
"""The markup cut into tags and text, in one linear pass that knows offsets (the parser does not give them).

Follows the tokenizer of HTML section 13.2.5 as far as positions need it: quotes count only after `=`, an unclosed quote,
comment or raw element runs to the end of the file. No input makes it look at a character more than a few times.
"""

import re
from bisect import bisect_right
from functools import cached_property
from itertools import compress, count
from typing import NamedTuple

_TOKEN = re.compile(
    r"(<(?:"
    # A tag; when it begins an element whose content is no markup, with that content. What is commonest is tried first.
    r"(?:(?=[sStTiInN])(?=([sS](?ai:cript|tyle)|[tT](?ai:extarea|itle)|[iI](?ai:frame)|[nN](?ai:oembed|oframes))[\s/>]))?+"
    r"(/?[a-zA-Z][^\s/>]{0,60}+)"
    r"(?:>|[^>=]*+(?:=(?:\"[^\"]*+\"?+|\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+)?+)[^>=]*+)*+(?:>|\Z))"
    r"(?(2)([^<]*+(?:<(?!/(?ai:\2)[\s/>])[^<]*+)*+))"
    r"|!--(?:-?>|[^-]*+(?:(?!--!?>)-[^-]*+)*+(?:--!?>|\Z))"
    r"|[!?/][^>]*+(?:>|\Z)"
    r"))"
)
_STEP = 5
"""Parts for each token that `_TOKEN` splits off: the text before it, the token, a raw element's name, the name, the content."""
HIDDEN = frozenset(
    {
        "script", "style", "noscript", "template", "textarea", "title", "iframe", "noembed", "noframes", "desc",
        "datalist",
        "audio", "video", "canvas", "object", "math",
    }
)  # fmt: skip
"""Elements whose words are not the page's prose."""

BREAKING = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "center", "dd", "details",
        "dialog",
        "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2",
        "h3", "h4",
        "h5", "h6", "head", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup",
        "option", "p", "pre", "section", "select", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
        "ul",
    }
)  # fmt: skip
"""Elements before and after which a new line of text begins."""

PIECE = 4096
"""Characters of a run of text at most."""
MAX_TAGS = 150_000
"""Tags (and comments) of one page that are read; a tree of more takes seconds and hundreds of megabytes. What follows them
is not read."""
_ENCLOSING = HIDDEN - {"script", "style", "textarea", "title", "iframe", "noembed", "noframes"}
"""Hidden elements that hold markup."""


class Tag(NamedTuple):
    """One start or end tag."""

    start: int
    end: int
    name: str
    closing: bool


class _Names(dict[str | None, str]):
    """Names of tags as written, with `/` before those of end tags, to their lower case. Bounded."""

    def __missing__(self, written: str | None) -> str:
        name = (written or "").lower()
        if len(self) < 2000:
            self[written] = name
        return name


_NAMES = _Names()


class Tokens:
    """Tags and the text between them, in order."""

    def __init__(
        self, texts: list[str], marks: list[str], names: list[str], contents: list[str | None], end: int
    ) -> None:
        self.texts = texts
        """The text before each token, and after the last one."""
        self.names = names
        """The lower-case name of each tag, with `/` before that of an end tag; empty for comments and declarations."""
        self.end = end
        """Characters that were read."""
        self._marks, self._contents = marks, contents
        self._found: dict[str, list[int]] = {}
        self._indexes, self._starts = [0], [len(texts[0])]

    def _start(self, index: int) -> int:
        """Where a token begins: counted from the last one before it that was asked for, or from the first."""
        at = bisect_right(self._indexes, index)
        known, start = self._indexes[at - 1], self._starts[at - 1]
        if known != index:
            start += sum(map(len, self._marks[known:index])) + sum(map(len, self.texts[known + 1 : index + 1]))
            self._indexes.insert(at, index)
            self._starts.insert(at, start)
        return start

    def text_span(self, index: int) -> tuple[int, int]:
        """Start and end of the text before a token."""
        end = self._start(index) if index < len(self.names) else self.end
        return end - len(self.texts[index]), end

    def size(self, index: int) -> int:
        """Characters of a tag."""
        return len(self._marks[index]) - len(self._contents[index] or "")

    def tag(self, index: int) -> Tag:
        """A tag with its place."""
        name = self.names[index]
        return Tag(*self.span(index), name.removeprefix("/"), name.startswith("/"))

    def longer(self, size: int) -> list[int]:
        """Indexes of the start tags of more characters than `size`."""
        if max(map(len, self._marks), default=0) <= size:
            return []
        long = [index for index, mark in enumerate(self._marks) if len(mark) > size]
        return [i for i in long if self.names[i] and self.names[i][0] != "/" and self.size(i) > size]

    def nth(self, name: str, ordinal: int) -> int | None:
        """The index of the `ordinal`-th start tag of a name, from 0."""
        found = self._found.setdefault(name, [])
        while 0 <= len(found) <= ordinal:
            try:
                found.append(self.names.index(name, found[-1] + 1 if found else 0))
            except ValueError:
                return None
        return found[ordinal] if ordinal >= 0 else None

    def span(self, index: int) -> tuple[int, int]:
        """Start and end of a tag."""
        start = self._start(index)
        return start, start + self.size(index)

    def content(self, index: int) -> tuple[int, int]:
        """Start and end of what stands between a tag and the next one."""
        end = self.span(index)[1]
        following = next((at for at in range(index + 1, len(self.names)) if self.names[at]), None)
        return end, self.end if following is None else self._start(following)

    @cached_property
    def _hidden(self) -> list[tuple[int, int]]:
        """Texts in elements whose words are not the page's prose: the first, and the one after the last."""
        spans: list[tuple[int, int]] = []
        if _ENCLOSING.isdisjoint(self.names):
            return spans
        names, until = self.names, 0
        for index in [at for at, name in enumerate(names) if name in _ENCLOSING]:
            if index >= until:
                try:
                    until = names.index("/" + names[index], index + 1) + 1
                except ValueError:
                    until = len(self.texts)
                spans.append((index + 1, until))
        return spans

    @cached_property
    def visible(self) -> list[int]:
        """Indexes of the texts that hold more than white space and are the page's prose."""
        shown = list(compress(count(), map(str.strip, self.texts)))
        if not self._hidden:
            return shown
        hidden = {index for start, until in self._hidden for index in range(start, until)}
        return [index for index in shown if index not in hidden]

    @cached_property
    def runs(self) -> list[tuple[int, int, bool]]:
        """Visible text: start and end in characters, and whether a line of text begins here. Long ones are cut."""
        found: list[tuple[int, int, bool]] = []
        hidden = {index for start, until in self._hidden for index in range(start, until)}
        broken = True
        for index, text in enumerate(self.texts):
            if text and index not in hidden:
                start, end = self.text_span(index)
                _add_runs(text, start, end, broken, found)
                broken = False
            name = self.names[index] if index < len(self.names) else ""
            if name in HIDDEN or name.removeprefix("/") in BREAKING:
                broken = True
        return found


class _Lines(Tokens):
    """Plain text: runs, one a line, without tags."""

    def __init__(self, words: str) -> None:
        super().__init__([words], [], [], [], len(words))

    @cached_property
    def visible(self) -> list[int]:
        return []

    @cached_property
    def runs(self) -> list[tuple[int, int, bool]]:
        runs: list[tuple[int, int, bool]] = []
        at = 0
        for line in self.texts[0].splitlines(keepends=True):
            _add_runs(line, at, at + len(line), True, runs)
            at += len(line)
        return runs


def scan(markup: str) -> Tokens:
    """Tags and text of `markup`, offsets in characters. Linear in its length."""
    parts = _TOKEN.split(markup, MAX_TAGS)
    texts, end = parts[0::_STEP], len(markup)
    if len(texts) > MAX_TAGS:
        end -= len(texts[-1])
        texts[-1] = ""
    return Tokens(texts, parts[1::_STEP], list(map(_NAMES.__getitem__, parts[3::_STEP])), parts[4::_STEP], end)


def _add_runs(text: str, start: int, end: int, broken: bool, runs: list[tuple[int, int, bool]]) -> None:
    # Long runs are cut so that looking inside one stays cheap, never inside a character reference.
    first = start
    while end - start > PIECE:
        cut = start + PIECE
        reference = first + text.rfind("&", cut - 40 - first, cut - first)
        cut = reference if reference > start else cut
        runs.append((start, cut, broken))
        start, broken = cut, False
    runs.append((start, end, broken))


def lines(words: str) -> Tokens:
    """Plain text as runs, one a line."""
    return _Lines(words)
