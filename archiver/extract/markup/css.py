# SPDX-License-Identifier: Apache-2.0
"""The URLs that a style sheet, or a style attribute, loads: `url()` and `@import` (CSS Syntax section 4.3)."""

import re
from collections.abc import Iterator

from archiver.extract.markup import charset
from archiver.extract.markup.references import Base

_LOADED = re.compile(
    r"url\(\s{0,200}(?:\"((?:[^\"\n\\]|\\.){0,4000})\"|'((?:[^'\n\\]|\\.){0,4000})'|((?:[^\s\"'()\\]|\\.){1,4000}))"
    r"|@import\s{1,200}(?:\"([^\"\n]{1,4000})\"|'([^'\n]{1,4000})')",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_CHARSET = re.compile(rb'^@charset "([A-Za-z0-9_:.\-]{1,40})";')
_MOST = 2000


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        number = int(found[1], 16)
        return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return str(found[2])


def loaded(style: str) -> Iterator[str]:
    """References as written, in order."""
    if "(" not in style and "@" not in style:
        return
    for found in _references(_without_comments(style) if "/*" in style else style):
        written = found[1] or found[2] or found[3] or found[4] or found[5]
        if written:
            yield _ESCAPE.sub(_unescaped, written) if "\\" in written else written


def _references(style: str) -> Iterator[re.Match[str]]:
    # Looking for one character between references is many times faster than trying the pattern everywhere.
    until = 0
    call, rule = _next_call(style, 0), _next_rule(style, 0)
    while call >= 0 or rule >= 0:
        at = call if rule < 0 or 0 <= call < rule else rule
        found = _LOADED.match(style, at) if at >= until else None
        if found:
            yield found
            until = found.end()
        if at == call:
            call = _next_call(style, max(at + 4, until))
        else:
            rule = _next_rule(style, max(at + 1, until))


def _next_call(style: str, start: int) -> int:
    """Where the next `url(` begins that ends after `start`, or -1."""
    at = style.find("(", start)
    while at >= 0 and style[max(at - 3, start) : at].lower() != "url":
        at = style.find("(", at + 1)
    return at - 3 if at >= 0 else -1


def _next_rule(style: str, start: int) -> int:
    """Where the next `@import` begins from `start` on, or -1."""
    at = style.find("@", start)
    while at >= 0 and style[at + 1 : at + 7].lower() != "import":
        at = style.find("@", at + 1)
    return at


def _without_comments(style: str) -> str:
    parts, at = [], 0
    begin = style.find("/*")
    while begin >= 0:
        parts.append(style[at:begin])
        end = style.find("*/", begin + 2)
        at = end + 2 if end >= 0 else len(style)
        begin = style.find("/*", at)
    return " ".join([*parts, style[at:]])


def read_css(content: bytes, *, url: str, content_type: str | None) -> tuple[str, ...]:
    """Absolute http(s) URLs that a style sheet loads, unique, in order, at most 2,000. Never raises."""
    named = _CHARSET.match(content)
    codec = charset.from_content_type(content_type) or (charset.from_label(named[1].decode("ascii")) if named else None)
    base = Base(url)
    found: dict[str, None] = {}
    for written in loaded(content.decode(codec or "utf-8", "replace").removeprefix("\ufeff")):
        absolute = base.absolute(written)
        if absolute:
            found[absolute] = None
            if len(found) >= _MOST:
                break
    return tuple(found)
