# SPDX-License-Identifier: Apache-2.0
"""Markup made harmless for a tree builder: what is nested, styled or attributed beyond any honest page loses tags, not words.

Tree building is quadratic in nesting depth, in attributes of one tag, and multiplies unclosed formatting elements into every
paragraph (HTML section 13.2.4.3). Browsers cap the depth at 512 for the same reason. Honest pages pass unchanged.
"""

import re

from archiver.extract.tokens import Tag, Tokens

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

_ATTRIBUTE = re.compile(r"[\s/\"'][^\s/=>\"']")


def tame(markup: str, tokens: Tokens) -> str:
    """`markup` itself, or without the tags that would make building a tree from it costly."""
    formatting_allowed = 0 if len(tokens.tags) > MANY_TAGS else MAX_FORMATTING
    depth = formatting = 0
    dropped: list[Tag] = []
    stripped: list[Tag] = []
    for tag in tokens.tags:
        name = tag.name
        if tag.end - tag.start > 2000 and not tag.closing and _crowded(markup, tag):
            stripped.append(tag)
        if name in _FORMATTING:
            if tag.closing:
                if formatting_allowed == 0:
                    dropped.append(tag)
                formatting = max(0, formatting - 1)
            else:
                formatting += 1
                if formatting > formatting_allowed:
                    dropped.append(tag)
        elif name not in _SHALLOW:
            if tag.closing:
                depth = max(0, depth - 1)
            else:
                depth += 1
                if depth > MAX_DEPTH:
                    dropped.append(tag)
    if not dropped and not stripped:
        return markup
    return _without(markup, dropped, stripped)


def _crowded(markup: str, tag: Tag) -> bool:
    found = _ATTRIBUTE.finditer(re.sub(r"\"[^\"]*+\"|'[^']*+'", "", markup[tag.start : tag.end]))
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
