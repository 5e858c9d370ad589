# SPDX-License-Identifier: Apache-2.0
"""The markup cut into tags and text, in one linear pass that knows offsets (the parser does not give them).

Follows the tokenizer of HTML section 13.2.5 as far as positions need it: quotes count only after `=`, an unclosed quote,
comment or raw element runs to the end of the file. No input makes it look at a character more than a few times.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

_TAG = re.compile(
    r"<(?:"
    r"(/?)([a-zA-Z][^\s/>]{0,60})((?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+)(?:>|\Z)"
    r"|!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|[!?/][^>]*+(?:>|\Z)"
    r")",
    re.DOTALL,
)
_RAW = {
    name: re.compile("</" + "".join(f"[{c}{c.upper()}]" for c in name) + r"(?=[\s/>])")
    for name in ("script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes")
}
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

_PIECE = 4096
MAX_TAGS = 150_000
"""Tags of one page that are read; a tree of more takes seconds and hundreds of megabytes. What follows them is not read."""


class Tag(NamedTuple):
    """One start or end tag."""

    start: int
    end: int
    name: str
    closing: bool


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tags and runs of visible text, in order."""

    tags: list[Tag]
    runs: list[tuple[int, int, bool]]
    """Start and end in characters, and whether a line of text begins here."""
    end: int
    """Characters that were read."""


def scan(markup: str) -> Tokens:
    """Tags and text of `markup`, offsets in characters. Linear in its length."""
    tags: list[Tag] = []
    runs: list[tuple[int, int, bool]] = []
    search, make, size = _TAG.search, Tag._make, len(markup)
    at, hidden, broken = 0, "", True
    while at < size and len(tags) < MAX_TAGS:
        found = search(markup, at)
        begin = found.start() if found else size
        if begin > at and not hidden:
            if begin - at <= _PIECE:
                runs.append((at, begin, broken))
            else:
                _add_runs(markup, at, begin, broken, runs)
            broken = False
        if not found:
            at = size
            break
        at = found.end()
        name = found[2]
        if not name:
            continue
        name, closing = name.lower(), bool(found[1])
        tags.append(make((begin, at, name, closing)))
        if name in BREAKING:
            broken = True
        if hidden:
            if closing and name == hidden:
                hidden = ""
            elif not closing and name in _RAW:
                at = _after_raw(markup, name, at)
        elif name in HIDDEN and not closing:
            broken = True
            if name in _RAW:
                at = _after_raw(markup, name, at)
            else:
                hidden = name
    return Tokens(tags, runs, at)


def _after_raw(markup: str, name: str, at: int) -> int:
    found = _RAW[name].search(markup, at)
    return found.start() if found else len(markup)


def _add_runs(markup: str, start: int, end: int, broken: bool, runs: list[tuple[int, int, bool]]) -> None:
    # Long runs are cut so that looking inside one stays cheap, never inside a character reference.
    while end - start > _PIECE:
        cut = start + _PIECE
        reference = markup.rfind("&", cut - 40, cut)
        cut = reference if reference > start else cut
        runs.append((start, cut, broken))
        start, broken = cut, False
    runs.append((start, end, broken))


def lines(words: str) -> Tokens:
    """Plain text as runs, one a line."""
    runs: list[tuple[int, int, bool]] = []
    at = 0
    for line in words.splitlines(keepends=True):
        _add_runs(words, at, at + len(line), True, runs)
        at += len(line)
    return Tokens([], runs, at)
