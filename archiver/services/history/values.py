# SPDX-License-Identifier: Apache-2.0
"""Whether a notice says a value: as people name licences, holders and words.

A value is an SPDX identifier, with its version or without (`CC-BY` is every version of it, and no CC-BY-NC), the URL of a
licence or the beginning of one, or words that stand in the notice. Case, punctuation and white space do not count.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from archiver.catalog.entries import KeptNotice

_WORD = re.compile(r"[^\W_]+")
_URL = re.compile(r"(?:https?:)?//(?:www\.)?|(?=[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/)", re.IGNORECASE)
_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/licenses/([a-z-]{2,12})(?:/([0-9.]{1,5}))?(?:/([a-z]{2,3})(?![a-z]))?"
)
_NARROWER = frozenset({"nc", "nd", "sa", "noncommercial", "noderivatives", "noderivs", "sharealike"})
"""Words that make another licence of the one named before them."""


def says(value: str) -> Callable[[KeptNotice], bool]:
    """A question to notices: whether they say `value`."""
    given = value.strip().casefold()
    url, words = _address(given), _words(value)
    name = given if url is None else _name_in(url)

    def said(notice: KeptNotice) -> bool:
        if name is not None and any(_is_version_of(one, name) for one in _identifiers(notice)):
            return True
        if url is not None:
            return any(_is_below(_address(one), url) for one in (notice.license_url, notice.url) if one)
        return any(_stand_in(words, _words(text)) for text in (notice.text, notice.holder, notice.statute) if text)

    return said


def says_name(value: str) -> Callable[[str], bool]:
    """A question to names and titles: whether the words of `value` stand in them."""
    words = _words(value)
    return lambda name: _stand_in(words, _words(name))


def _identifiers(notice: KeptNotice) -> Iterator[str]:
    """What a notice's licence is called, in lower case: its SPDX identifier, and the name that its URL has in it."""
    if notice.license is not None:
        yield notice.license.casefold()
    named = _name_in(_address(notice.license_url.casefold())) if notice.license_url else None
    if named is not None:
        yield named


def _name_in(url: str | None) -> str | None:
    """What the URL of a Creative Commons licence calls it."""
    found = _CREATIVE_COMMONS.match(url) if url is not None else None
    return "cc-" + "-".join(part for part in found.groups() if part) if found is not None else None


def _is_version_of(license_id: str, name: str) -> bool:
    """Whether an SPDX identifier is `name`, or `name` with a version or a jurisdiction."""
    if not name or license_id == name or not license_id.startswith(name + "-"):
        return bool(name) and license_id == name
    return license_id.removeprefix(name + "-").partition("-")[0] not in _NARROWER


def _address(text: str) -> str | None:
    """A URL without scheme, `www.` and final slash, in lower case; None for what is no URL."""
    found = _URL.match(text)
    return text[found.end() :].casefold().rstrip("/") if found else None


def _is_below(url: str | None, start: str) -> bool:
    return url is not None and (url + "/").startswith(start + "/")


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _stand_in(wanted: list[str], words: list[str]) -> bool:
    """Whether words stand in a text, in order and together, and not as the beginning of a narrower licence."""
    if not wanted:
        return False
    ends = (
        at + len(wanted)
        for at, word in enumerate(words)
        if word == wanted[0] and words[at : at + len(wanted)] == wanted
    )
    return any(words[end : end + 1] == [] or words[end] not in _NARROWER for end in ends)
