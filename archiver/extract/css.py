# SPDX-License-Identifier: Apache-2.0
"""The URLs that a style sheet, or a style attribute, loads: `url()` and `@import` (CSS Syntax section 4.3)."""

import re
from collections.abc import Iterator

from archiver.extract import charset
from archiver.extract.references import Base

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
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
    lowered = style.lower()
    if "url(" not in lowered and "@import" not in lowered:
        return
    for found in _LOADED.finditer(_COMMENT.sub(" ", style)):
        written = found[1] or found[2] or found[3] or found[4] or found[5]
        if written:
            yield _ESCAPE.sub(_unescaped, written) if "\\" in written else written


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
