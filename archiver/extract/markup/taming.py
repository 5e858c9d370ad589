# SPDX-License-Identifier: Apache-2.0
"""Markup made harmless for a tree builder: what is nested, styled or attributed beyond any honest page loses tags, not words.

Tree building is quadratic in nesting depth, in attributes of one tag, and multiplies unclosed formatting elements into every
paragraph (HTML section 13.2.4.3). Browsers cap the depth at 512 for the same reason. Honest pages pass unchanged.
"""

import re
from itertools import accumulate

from archiver.extract.markup.tokens import Tag, Tokens

MAX_DEPTH = 400
MAX_FORMATTING = 24
MANY_TAGS = 60_000
MAX_ATTRIBUTES = 300

_FORMATTING = frozenset({"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"})
_SHALLOW = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
        "wbr", "p", "li",
        "td", "tr", "th", "dd", "dt", "option", "optgroup", "thead", "tbody", "tfoot", "colgroup", "rp", "rt",
        "body", "html",
        "head", "a", "frame", "image", "script", "style", "title", "textarea", "iframe",
    }
)  # fmt: skip
"""Void elements and those whose end tag is often left out: they do not deepen a page."""


class _Steps(dict[str, int]):
    """How much deeper each tag leads: none for those named, one for others, and back for their end tags. Bounded."""

    def __missing__(self, name: str) -> int:
        step = -1 if name[0] == "/" else 1
        if len(self) < 2000:
            self[name] = step
        return step


_STYLING = _FORMATTING | {f"/{name}" for name in _FORMATTING}
_STYLES = _Steps()
_LEVEL = _SHALLOW | _FORMATTING
_DEPTH = _Steps(dict.fromkeys({"", *_LEVEL, *(f"/{name}" for name in _LEVEL)}, 0))
_LONG_TAG = 2000
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_ATTRIBUTE = re.compile(r"[\s/\"'][^\s/=>\"']")


def tame(markup: str, tokens: Tokens) -> str:
    """`markup` itself, or without the tags that would make building a tree from it costly."""
    stripped = [index for index in tokens.longer(_LONG_TAG) if _crowded(markup, tokens.tag(index))]
    dropped = _dropped(tokens.names)
    if not dropped and not stripped:
        return markup
    return _without(markup, [tokens.tag(index) for index in dropped], [tokens.tag(index) for index in stripped])


def _dropped(names: list[str]) -> list[int]:
    """Indexes of the tags that nest or style beyond the bounds."""
    formatting_allowed = 0 if len(names) > MANY_TAGS else MAX_FORMATTING
    styled = list(filter(_STYLING.__contains__, names))
    plain = len(styled) <= formatting_allowed or (formatting_allowed and _rise(styled, _STYLES) <= formatting_allowed)
    if plain and (len(names) <= MAX_DEPTH or _rise(names, _DEPTH) <= MAX_DEPTH):
        return []
    depth = formatting = 0
    dropped: list[int] = []
    for index, written in enumerate(names):
        closing = written[:1] == "/"
        name = written[1:] if closing else written
        if name in _FORMATTING:
            if closing:
                if formatting_allowed == 0:
                    dropped.append(index)
                formatting = max(0, formatting - 1)
            else:
                formatting += 1
                if formatting > formatting_allowed:
                    dropped.append(index)
        elif name not in _SHALLOW:
            if closing:
                depth = max(0, depth - 1)
            else:
                depth += 1
                if depth > MAX_DEPTH:
                    dropped.append(index)
    return dropped


def _rise(names: list[str], steps: _Steps) -> int:
    """At least as many as are ever open at once, when a start tag counts its step and an end tag takes it back.

    An end tag without its start tag takes nothing back, so what is open is at most the rise above the lowest sum.
    """
    sums = list(accumulate(map(steps.__getitem__, names), initial=0))
    return max(sums) - min(sums)


def _crowded(markup: str, tag: Tag) -> bool:
    words = markup[tag.start : tag.end]
    # Values are long where a tag is: splitting at quotes passes over them many times faster than a pattern does.
    unquoted = _QUOTED.sub("", words) if "'" in words else "".join(words.split('"')[::2])
    found = _ATTRIBUTE.finditer(unquoted)
    return sum(1 for _ in zip(range(MAX_ATTRIBUTES), found, strict=False)) == MAX_ATTRIBUTES


def _without(markup: str, dropped: list[Tag], stripped: list[Tag]) -> str:
    cuts = sorted([(tag.start, tag.end, "") for tag in dropped] + [(t.start, t.end, f"<{t.name}>") for t in stripped])
    parts, at = [], 0
    for start, end, instead in cuts:
        if start >= at:
            parts += [markup[at:start], instead]
            at = end
    parts.append(markup[at:])
    return "".join(parts)
