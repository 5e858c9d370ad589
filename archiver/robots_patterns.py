# SPDX-License-Identifier: Apache-2.0
"""Which rule of a robots.txt group decides over a request target (RFC 9309 sections 2.2.2 and 2.2.3).

Guarantees: a ruling costs the same however many rules without wildcards there are; each wildcard rule takes time linear in
the target, and there are at most `MAX_WILDCARDS`. Rules come as `robots` found them: a pattern of octets, each a character.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

MAX_WILDCARDS = 2000
"""Wildcard rules of one group that are heeded, the longest first: each is tried on every URL."""
_MAX_SHOWN = 300

_NOT_NORMAL = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~:/?#\[\]@!&()+,;=%]")
"""What is rewritten before comparing. `'` is here for browsers encode it in a query and not in a path."""
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Ruling(NamedTuple):
    """The answer for one URL."""

    allowed: bool
    line: str | None
    """The line of the file that decided, without its comment, at most 300 characters; None when no rule fits."""


NO_RULE = Ruling(True, None)


@dataclass(frozen=True, slots=True)
class _Wildcard:
    """A rule whose pattern has a `*`."""

    ruling: Ruling
    first: str
    middle: tuple[str, ...]
    last: str
    """What the target must end with; empty when anything may follow."""

    def fits(self, target: str) -> bool:
        """Taking the leftmost place of each part is enough, so nothing is tried twice."""
        if not target.startswith(self.first):
            return False
        at = len(self.first)
        for part in self.middle:
            at = target.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return len(target) - len(self.last) >= at and target.endswith(self.last)


class Book:
    """The rules for one token, in the order in which they can win. A pattern's length counts its `*` and `$`."""

    __slots__ = ("lengths", "plain", "rules", "whole", "wildcards")

    def __init__(self, rules: list[tuple[bool, str, str]]) -> None:
        self.rules = len(rules)
        self.plain: dict[str, Ruling] = {}
        """By the prefix they allow or forbid."""
        self.whole: dict[str, Ruling] = {}
        """By the whole target: `$` and no `*`."""
        wildcards: dict[tuple[str, ...], Ruling] = {}
        for allow, pattern, line in rules:
            ends = pattern.endswith("$")
            parts = tuple(_NOT_NORMAL.sub(_normal_octet, part) for part in pattern.removesuffix("$").split("*"))
            ruling = Ruling(allow, _CONTROLS.sub(" ", utf8(line))[:_MAX_SHOWN])
            if len(parts) > 1:
                _allow_first(wildcards, (*parts, "$" if ends else ""), ruling)
            else:
                _allow_first(self.whole if ends else self.plain, parts[0], ruling)
        self.lengths = tuple(sorted({len(pattern) for pattern in self.plain}, reverse=True))
        ordered = sorted(wildcards.items(), key=lambda rule: (-_length(rule[0]), not rule[1].allowed))
        self.wildcards = tuple(
            (_length(parts), max(parts[:-1], key=len), _wildcard(parts, ruling))
            for parts, ruling in ordered[:MAX_WILDCARDS]
        )
        """Each with its length and a part of it that the target must hold; the longest first, allow before disallow."""

    def ruling(self, target: str) -> Ruling:
        """The ruling for a path and query, in whatever encoding they are written."""
        if _NOT_NORMAL.search(target) is not None:
            target = _NOT_NORMAL.sub(_normal_octets, target)
        best, ruling = 0, NO_RULE
        if (found := self.whole.get(target)) is not None:
            best, ruling = len(target) + 1, found
        else:
            for length in self.lengths:
                if (found := self.plain.get(target[:length])) is not None:
                    best, ruling = min(length, len(target)), found
                    break
        for length, needed, rule in self.wildcards:
            if length < best:
                break
            if needed in target and rule.fits(target):
                return rule.ruling if length > best or rule.ruling.allowed else ruling
        return ruling


_Pattern = TypeVar("_Pattern")


def _allow_first(known: dict[_Pattern, Ruling], pattern: _Pattern, ruling: Ruling) -> None:
    held = known.get(pattern)
    if held is None or (ruling.allowed and not held.allowed):
        known[pattern] = ruling


def _length(parts: tuple[str, ...]) -> int:
    """Of a pattern split at each `*`, with its `$` or nothing behind."""
    return sum(map(len, parts)) + len(parts) - 2


def _wildcard(parts: tuple[str, ...], ruling: Ruling) -> _Wildcard:
    first, *middle, last, end = parts
    if end != "$":
        middle, last = [*middle, last], ""
    return _Wildcard(ruling, first, tuple(part for part in middle if part), last)


def _normal_octets(match: re.Match[str]) -> str:
    """One form for text that may hold any character."""
    found = match.group()
    return _normal_octet(match) if found[0] == "%" else "".join(f"%{octet:02X}" for octet in found.encode("utf-8"))


def _normal_octet(match: re.Match[str]) -> str:
    """One form for text whose characters are octets."""
    found = match.group()
    if len(found) == 1:
        return f"%{ord(found):02X}"
    character = chr(int(found[1:], 16))
    return character if character in _UNRESERVED else found.upper()


def utf8(octets: str) -> str:
    """Text whose characters are octets, read as UTF-8."""
    return octets.encode("latin-1").decode("utf-8", "replace")
