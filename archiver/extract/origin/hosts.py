# SPDX-License-Identifier: Apache-2.0
"""Hosts of URLs, and whether two of them are one site.

A site is what one registrable domain holds. Wayback Machine prefixes are looked through.
"""

import re
import unicodedata
from urllib.parse import urlsplit

from archiver.extract.markup.remembered import remembered
from archiver.extract.origin.domains import registrable

_WAYBACK = re.compile(r"^https?://web\.archive\.org/web/\d+[a-z_]*/", re.IGNORECASE)
_NOT_ALNUM = re.compile(r"[\W_]+")
_WORD = re.compile(r"\w+")


def without_wayback(url: str) -> str:
    """The archived URL of a Wayback Machine address; any other URL as it is."""
    if "web.archive.org/" not in url.lower():
        return url
    inner = _WAYBACK.sub("", url, count=1)
    return inner if inner.startswith(("http://", "https://")) else url


def host_of(url: str | None) -> str | None:
    """The host, lower case, or None."""
    return _host_of(url[:4000]) if url else None


@remembered(512)
def _host_of(url: str) -> str | None:
    try:
        host = urlsplit(without_wayback(url)).hostname
    except ValueError:
        return None
    return host.rstrip(".") if host else None


def site_of(url: str | None) -> str | None:
    """The registrable domain of a URL's host."""
    host = host_of(url)
    return _site_of(host) if host else None


@remembered(2048)
def _site_of(host: str) -> str:
    return registrable(host)


def is_address(url: str | None) -> bool:
    """Whether a URL's host is an IP address, which is no site's name."""
    host = host_of(url) or ""
    return ":" in host or host.rpartition(".")[2].isdigit()


def same_site(one: str | None, other: str | None) -> bool:
    """Whether two URLs belong to one registrable domain."""
    site = site_of(one)
    return site is not None and site == site_of(other)


def label_of(url: str | None) -> str:
    """The telling label of a site's name: `example` of `www.example.co.uk`."""
    return (site_of(url) or "").split(".", 1)[0]


def shown_host(url: str | None) -> str | None:
    """The host without `www.`"""
    host = host_of(url)
    return host.removeprefix("www.") if host else None


@remembered(4096, longest=300)
def key_of(name: str) -> str:
    """Letters and digits of a name, folded, accents dropped: for comparing names with each other and with hosts."""
    name = name[:300]
    plain = name.lower() if name.isascii() else unicodedata.normalize("NFKD", name).casefold()
    return _NOT_ALNUM.sub("", plain)


def names_host(name: str, url: str | None) -> bool:
    """Whether a name is the one that a URL's host spells, wholly or by its initials."""
    key, host = key_of(name), host_of(url)
    if not key or not host:
        return False
    label, full = _spelled(host)
    if key in {label, full} or (len(label) >= 4 and (label in key or (len(key) >= 4 and key in full))):
        return True
    return len(label) >= 2 and _initials(name) == label


@remembered(2048, longest=300)
def _initials(name: str) -> str:
    return "".join(word[0] for word in _WORD.findall(name) if word[0].isupper()).casefold()


@remembered(512)
def _spelled(host: str) -> tuple[str, str]:
    """What a host spells: the telling label, and the whole name."""
    return key_of(_site_of(host).split(".", 1)[0]), key_of(host.removeprefix("www."))
