# SPDX-License-Identifier: Apache-2.0
"""Reading evidence back: from byte ranges of an entity to the words they hold.

This is the whole rule, so that anyone can repeat it: decode each slice with the recorded charset, drop comments, scripts,
styles and tags, resolve character references, collapse white space; several ranges are read one by one and joined by one
space. The extractor claims a range only when this function gives its text exactly.
"""

import html
import re
from collections.abc import Sequence

_DROPPED = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<raw>script|style|noscript|template)\b[^>]*>.*?(?:</(?P=raw)\s*>|\Z)"
    r"|<[!?/]?[a-zA-Z](?:[^>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*(?:>|\Z)"
    r"|</?>|<[!?/][^>]*(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
_LONG_NUMBER = re.compile(r"&#([0-9]{8,});?")


def resolved(content: str) -> str:
    """`content` with its character references resolved (HTML, 13.2.5.80), however many digits they have."""
    return html.unescape(_LONG_NUMBER.sub(_shortened, content))


def _shortened(found: re.Match[str]) -> str:
    # Python refuses to read thousands of decimal digits; beyond seven significant ones all mean U+FFFD.
    digits = found[1].lstrip("0") or "0"
    return f"&#{digits};" if len(digits) < 8 else "\ufffd"


def read_slice(content: str) -> str:
    """The words of one decoded slice of markup, white space collapsed."""
    if "<" in content:
        content = _DROPPED.sub("", content)
    if "&" in content:
        content = resolved(content)
    return _SPACE.sub(" ", content).strip()


def read_ranges(entity: bytes | memoryview, ranges: Sequence[tuple[int, int]], charset: str) -> str:
    """The words that `ranges` ([start, end), bytes of `entity`) hold.

    Undecodable bytes read as U+FFFD. Raises `LookupError` for a charset this Python does not know and `ValueError` for a
    range outside the entity.
    """
    words = []
    for start, end in ranges:
        if not 0 <= start <= end <= len(entity):
            raise ValueError(f"range [{start}, {end}) lies outside an entity of {len(entity)} bytes")
        words.append(read_slice(bytes(entity[start:end]).decode(charset, "replace")))
    return " ".join(word for word in words if word)
