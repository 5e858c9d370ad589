# SPDX-License-Identifier: Apache-2.0
"""Which names and addresses are the page's own: what leads there, or is called so, is no other's work.

An outlet under several endings (`example.com`, `example.co.uk`) is one; so is one whose name the host spells.
"""

import re

from archiver.extract.markup.references import Base
from archiver.extract.origin.agencies import agency_of
from archiver.extract.origin.attribution_words import NOBODY
from archiver.extract.origin.hosts import host_of, is_address, key_of, label_of, names_host, same_site, site_of

_PRONOUNS = frozenset(
    {"this", "our", "the", "it", "here", "their", "his", "her", "my", "a", "an", "print", "german", "english", "french"}
    | {"spanish", "italian", "russian", "arabic", "chinese", "japanese", "deutsch"}
)
_TIMES = frozenset(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"}
    | {"december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)
_CACHES = (
    ".ampproject.org",
    ".translate.goog",
    ".googleusercontent.com",
    ".archive.org",
    ".archive.today",
    ".archive.ph",
)
"""Hosts that serve pages of others as they are."""


def _brand(url: str | None) -> str:
    return key_of(label_of(url)).removeprefix("the")


def is_cached(url: str | None) -> bool:
    """Whether a page is served by a cache of other people's pages."""
    host = host_of(url)
    return host is not None and f".{host}".endswith(_CACHES)


class OwnSite:
    """The site that a page is of."""

    def __init__(self, url: str, base: Base, publisher_keys: frozenset[str], own_words: str = "") -> None:
        self.url, self.base, self._keys = url, base, publisher_keys
        self._own_words = frozenset(key_of(word) for word in re.findall(r"\w{3,}", own_words[:2000]))

    def elsewhere(self, written: str | None) -> str | None:
        """The absolute URL, when it leads to another site."""
        url = self.base.absolute(written) if written else None
        if not url or not site_of(self.url) or same_site(url, self.url):
            return None
        # One outlet under several endings: `example.com` and `example.co.uk`.
        return None if _brand(url) == _brand(self.url) and not is_address(url) else url

    def is_home(self, written: str | None) -> bool:
        """Whether a reference leads to the front page of the page's own site, or to the page itself."""
        url = self.base.absolute(written) if written else None
        if not url or not same_site(url, self.url):
            return False
        path = url.partition("//")[2].partition("/")[2].partition("?")[0]
        return not path or url.rstrip("/") == self.url.rstrip("/")

    def is_own(self, name: str) -> bool:
        """Whether a name means the page's own publisher."""
        key = key_of(name.removeprefix("the ").removeprefix("The "))
        if not key:
            return True
        close = any(key == k or (len(k) >= 5 and len(key) >= 5 and (k in key or key in k)) for k in self._keys)
        tokens = [key_of(word) for word in re.findall(r"\w{3,}", name)]
        label = label_of(self.url)
        return close or label in tokens or key in self._own_words or names_host(name, self.url)


def is_outlet_like(name: str) -> bool:
    """Whether a name may be an outlet's: no pronoun, time, or word for no one."""
    if key_of(name) in NOBODY or (name.isascii() and name.islower() and "." not in name and not agency_of(name)):
        return False
    first = name.casefold().split()[0].strip(".,")
    return name.casefold() not in _PRONOUNS and first not in _TIMES and not first.isdigit()
