# SPDX-License-Identifier: Apache-2.0
"""Judges whether a discovered URL belongs to a crawl, and names the rule that decided.

The rules, the first that fits decides:

1. what an exclude pattern names is refused, the seed too; robots.txt is not discovered and not judged here
2. the seed (empty discovery path) is in scope, and a prerequisite (P), such as a sitemap of an index, is taken
3. more than `MAX_EMBEDDED` embedding steps in a row, or `MAX_REDIRECTS` redirects, are refused: frames without end
4. more link steps (L) than the rule's depth are refused
5. what the kind or an include pattern names is in scope
6. beyond the scope are taken: what a page embeds (E), unless the rule says no; what an accepted URL redirects to (R),
   for a redirect counts as the URL that sent it; links (L) as far as the rule's hops reach
7. everything else is refused, the entries of sitemaps and feeds (M) included

A verdict follows from the URL and how it was discovered; the same URL may be refused on one path and accepted on a
shorter one. Left to others: traps, robots.txt, limits, and which of two paths to a URL is kept.
"""

from dataclasses import dataclass

from archiver.scope.patterns import Patterns
from archiver.scope.rule import ScopeRule
from archiver.urls import HttpUrl

MAX_EMBEDDED = 4
"""Embedding steps in a row: a page's frame, its style sheet, one that this imports, its image."""
MAX_REDIRECTS = 20
"""Redirects in a row, as browsers allow (Fetch section 4.4)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a URL is taken, and why."""

    accepted: bool
    rule: str
    """The rule that decided: `seed`, `prerequisite`, `prefix:http://host/a/`, `host:…`, `domain:…`, `page:…`, `any`,
    `include:<pattern>`, `embed`, `redirect`, `hops`; or why not: `exclude:<pattern>`, `depth>3`, `embed>4`,
    `redirects>20`, `hops>1`, `outside:host:…`."""
    in_scope: bool
    """Whether the URL itself is in scope; an embed or redirect taken from beyond it is not."""
    hops: int
    """Link steps beyond the scope that led here: the `hops` for judging what is found there."""


_SEED = Verdict(True, "seed", True, 0)
_PREREQUISITE = Verdict(True, "prerequisite", False, 0)
_EMBED = Verdict(True, "embed", False, 0)
_REDIRECT = Verdict(True, "redirect", False, 0)
_TOO_EMBEDDED = Verdict(False, f"embed>{MAX_EMBEDDED}", False, 0)
_TOO_REDIRECTED = Verdict(False, f"redirects>{MAX_REDIRECTS}", False, 0)


class Scope:
    """The scope of one seed."""

    __slots__ = (
        "_exclude", "_host", "_include", "_inside", "_kind", "_outside", "_port", "_target", "_too_deep", "_too_far", "rule",
        "seed",
    )  # fmt: skip

    def __init__(self, rule: ScopeRule, seed: HttpUrl) -> None:
        """Raises `BadInput` when a pattern of `rule` cannot be used."""
        self.rule = rule
        self.seed = seed
        self._kind = rule.kind
        self._exclude = Patterns(rule.exclude) if rule.exclude else None
        self._include = Patterns(rule.include) if rule.include else None
        self._host = _bare(seed.host)
        self._port = _odd_port(seed)
        self._target = seed.target
        if rule.kind == "prefix":
            path = seed.target.partition("?")[0]
            self._target = path[: path.rindex("/") + 1]
        named = {
            "page": f"page:{seed.url}",
            "prefix": f"prefix:{seed.origin}{self._target}",
            "host": f"host:{seed.authority}",
            "domain": f"domain:{self._host}",
        }.get(rule.kind, rule.kind)
        self._inside = Verdict(True, named, True, 0)
        self._outside = Verdict(False, f"outside:{named}", False, 0)
        self._too_deep = Verdict(False, f"depth>{rule.depth}", False, 0)
        self._too_far = Verdict(False, f"hops>{rule.hops}", False, 0) if rule.hops else self._outside

    def judge(self, url: HttpUrl, *, path: str, depth: int, hops: int) -> Verdict:
        """Whether `url` is taken.

        `path` is its discovery path, its own letter last, empty for the seed; `depth` counts the letters L of it;
        `hops` is the verdict's `hops` of the URL it was found at, 0 when that is in scope.
        """
        letter = path[-1:]
        if self._exclude is not None:
            pattern = self._exclude.first(url.url)
            if pattern is not None:
                return Verdict(False, f"exclude:{pattern}", False, 0)
        if letter == "E":
            if len(path) > MAX_EMBEDDED and _embedded(path) > MAX_EMBEDDED:
                return _TOO_EMBEDDED
        elif letter == "R":
            if len(path) > MAX_REDIRECTS and path.endswith("R" * (MAX_REDIRECTS + 1)):
                return _TOO_REDIRECTED
        elif letter in ("", "P"):
            return _PREREQUISITE if letter else _SEED
        if self.rule.depth is not None and depth > self.rule.depth:
            return self._too_deep
        if self._holds(url):
            return self._inside
        if self._include is not None:
            pattern = self._include.first(url.url)
            if pattern is not None:
                return Verdict(True, f"include:{pattern}", True, 0)
        return self._beyond(letter, hops)

    def _holds(self, url: HttpUrl) -> bool:
        """Whether the kind alone puts `url` in scope."""
        kind = self._kind
        host = _bare(url.host) if url.host.startswith("www.") else url.host
        if kind == "domain":
            return host == self._host or host.endswith("." + self._host)
        if kind in ("any", "custom"):
            return kind == "any" or url.url == self.seed.url
        if host != self._host or _odd_port(url) != self._port:
            return False
        if kind == "prefix":
            return url.target.startswith(self._target)
        return kind == "host" or url.target == self._target

    def _beyond(self, letter: str, hops: int) -> Verdict:
        if letter == "L":
            return Verdict(True, "hops", False, hops + 1) if hops < self.rule.hops else self._too_far
        if letter == "E" and self.rule.embeds:
            return Verdict(True, "embed", False, hops) if hops else _EMBED
        if letter == "R":
            return Verdict(True, "redirect", False, hops) if hops else _REDIRECT
        return self._outside


def _bare(host: str) -> str:
    """The host without `www.`; a name such as `www.de` is kept, or its domain would be a country."""
    rest = host.removeprefix("www.")
    return rest if "." in rest else host


def _odd_port(url: HttpUrl) -> int:
    """The port when it is not the scheme's own, else 0."""
    port = url.port
    return 0 if port == (443 if url.scheme == "https" else 80) else port


def _embedded(path: str) -> int:
    """Embedding steps since the page: redirects between them do not end the row, a link or a sitemap does."""
    return path.count("E", max(path.rfind("L"), path.rfind("M")) + 1)
