# SPDX-License-Identifier: Apache-2.0
"""What a site's robots.txt says of a URL (RFC 9309): bytes of the file in, a ruling and the line that made it out.

Guarantees: no content raises, and what is read of it is bounded (section 2.5).

- A group is for the product token that a user-agent line begins with, case aside (2.2.1); groups of one token are one
  group, and only where there is none for ours do those of `*` count. Other records do not end a group (2.2.4).
- The longest pattern that fits decides, allow before disallow, and without one the URL is allowed (2.2.2).
- Before they are compared, target and pattern are brought to one percent-encoding: unreserved octets plain, the rest of
  what may not stand in a URL encoded (2.2.2). `*`, and `$` at the end, are special in patterns; `%2A` and `%24` are not (2.2.3).
- Read as meant, not as written: a missing colon between two words, common misspellings, all three line ends, whole or
  broken byte order marks, UTF-16, NULs.

Leaves to others: asking for the file, following its redirects, how long to try and whether to obey.
"""

import re
from enum import StrEnum
from itertools import chain

from archiver.robots_patterns import NO_RULE, Book, Ruling, utf8
from archiver.urls import HttpUrl

PRODUCT_TOKEN = "colophon"
MAX_OCTETS = 512 << 10
"""RFC 9309 section 2.5 asks for at least 500 KiB to be read; what follows is not."""
MAX_REDIRECTS = 5
"""RFC 9309 section 2.3.1.2: as many as a crawler should follow to a robots.txt."""
MAX_AGE = 24 * 3600.0
"""Seconds after which a robots.txt is asked for again (RFC 9309 section 2.4)."""
MAX_SITEMAPS = 1000
MAX_LICENSES = 10
MAX_DELAY_READ = 1e9

_MAX_LINE = 2083 * 8 - 1
"""Octets of a line that are read; the longest URL that browsers were known to take, every octet a character of UTF-8."""

_TOKEN = re.compile(r"[A-Za-z_-]+")
_NUMBER = re.compile(r"[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300}", re.ASCII)
_NAMES = {
    "user-agent": "user-agent",
    "useragent": "user-agent",
    "user agent": "user-agent",
    "allow": "allow",
    "disallow": "disallow",
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "diasllow": "disallow",
    "disallaw": "disallow",
    "crawl-delay": "crawl-delay",
    "sitemap": "sitemap",
    "site-map": "sitemap",
    "license": "license",
}


class Standing(StrEnum):
    """What an attempt to get robots.txt means (RFC 9309 section 2.3.1)."""

    FOUND = "found"
    """The content is to be parsed."""
    REDIRECTED = "redirected"
    """To be followed; after `MAX_REDIRECTS` it counts as absent."""
    ABSENT = "absent"
    """There are no rules: everything is allowed."""
    UNREACHABLE = "unreachable"
    """Nothing is allowed for now; to be tried again."""


def standing(code: int | None) -> Standing:
    """What a final response code means; None for no response, or one that did not come whole.

    429 counts as a server that cannot answer, not as one without a file (section 2.3.1.4 instead of 2.3.1.3): who is told
    to ask less often has no leave to ask for everything.
    """
    if code is None or code == 429 or not 200 <= code < 500:
        return Standing.UNREACHABLE
    if code < 300:
        return Standing.FOUND
    return Standing.REDIRECTED if code in (301, 302, 303, 307, 308) else Standing.ABSENT


def robots_url(url: HttpUrl) -> str:
    """Where the rules of a URL's origin are."""
    return f"{url.origin}/robots.txt"


class Rules:
    """The rules of one robots.txt. Rulings for a token are prepared once; safe to share between threads."""

    __slots__ = ("_books", "_groups", "licenses", "sitemaps")

    def __init__(
        self, groups: "dict[str, list[_Group]]", sitemaps: tuple[str, ...], licenses: tuple[str, ...] = ()
    ) -> None:
        """Made by `parse`."""
        self._groups = groups
        self._books: dict[str, Book] = {}
        self.sitemaps = sitemaps
        """Values of Sitemap lines as written, each once, in order, at most `MAX_SITEMAPS`."""
        self.licenses = licenses
        """Those of License lines (RSL), at most `MAX_LICENSES`."""

    @classmethod
    def parse(cls, content: bytes) -> "Rules":
        """The rules that the file's content holds: its content coding undone, nothing else."""
        groups: dict[str, list[_Group]] = {}
        sitemaps: dict[str, None] = {}
        licenses: dict[str, None] = {}
        group: _Group | None = None
        for line in _lines(content):
            name, value = _record(line)
            if name == "user-agent":
                if group is None or group.closed:
                    group = _Group()
                token = _token(value)
                known = groups.setdefault(token, []) if token is not None else [group]
                if not known or known[-1] is not group:
                    known.append(group)
            elif name == "sitemap":
                if value and len(sitemaps) < MAX_SITEMAPS:
                    sitemaps[utf8(value)] = None
            elif name == "license":
                if value and len(licenses) < MAX_LICENSES:
                    licenses[utf8(value)] = None
            elif group is None:
                continue  # a rule of no group, or an unknown record
            elif name == "crawl-delay":
                if _NUMBER.fullmatch(value):
                    group.delay = max(group.delay or 0.0, min(float(value), MAX_DELAY_READ))
            elif name is not None:
                group.closed = True
                if value:
                    group.rules.append((name == "allow", value, line))
        return cls(groups, tuple(sitemaps), tuple(licenses))

    def allowed(self, target: str, token: str = PRODUCT_TOKEN) -> Ruling:
        """The ruling for a request target (path and query) and a crawler's product token.

        The file itself may always be asked for (section 2.2.2).
        """
        book = self._books.get(token) or self._prepare(token)
        return NO_RULE if not book.rules or target == "/robots.txt" else book.ruling(target)

    def crawl_delay(self, token: str = PRODUCT_TOKEN) -> float | None:
        """Seconds between requests that the token's group asks for, finite and not negative; None when it asks for none.

        Of several values the largest; what is no number is passed over. Capping it is the caller's.
        """
        return max((group.delay for group in self._of(token) if group.delay is not None), default=None)

    def _of(self, token: str) -> "list[_Group]":
        own = self._groups.get(token.lower())
        return own if own is not None else self._groups.get("*", [])

    def _prepare(self, token: str) -> "Book":
        book = self._books[token] = Book(list(chain.from_iterable(group.rules for group in self._of(token))))
        return book


class _Group:
    """Rules under one run of user-agent lines; shared by all its agents, for there may be many of both."""

    __slots__ = ("closed", "delay", "rules")

    def __init__(self) -> None:
        self.rules: list[tuple[bool, str, str]] = []
        self.delay: float | None = None
        self.closed = False
        """Whether a rule came: the next user-agent line begins another group."""


def _lines(content: bytes) -> list[str]:
    """The file's lines without comments and outer white space, each octet a character."""
    cut = len(content) > MAX_OCTETS
    content = content[:MAX_OCTETS]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", "replace").encode("utf-8", "replace")
    for mark in (0xEF, 0xBB, 0xBF):
        if content[:1] != bytes((mark,)):
            break
        content = content[1:]
    text = content.replace(b"\0", b"").decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if cut:
        lines.pop()  # half a line might forbid or allow more than the whole
    return [stripped for line in lines if (stripped := line[:_MAX_LINE].partition("#")[0].strip(" \t\x0b\x0c"))]


def _record(line: str) -> tuple[str | None, str]:
    """What a line says and of what; None for records that are none of ours."""
    name, colon, value = line.partition(":")
    if not colon:
        words = line.split()
        if len(words) != 2:
            return None, ""
        name, value = words
    return _NAMES.get(name.strip(" \t").lower()), value.strip(" \t\x0b\x0c")


def _token(value: str) -> str | None:
    """The product token that a user-agent line is for; None when it is for none that could be ours."""
    if value[:1] == "*" and value[1:2] in ("", " ", "\t"):
        return "*"
    match = _TOKEN.match(value)
    return match.group().lower() if match else None
