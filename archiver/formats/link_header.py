# SPDX-License-Identifier: Apache-2.0
"""The Link header field: what a server says a response is related to (RFC 8288 section 3).

Guarantees: never raises; linear time; at most `MAX_LINKS` links of the first `MAX_OCTETS` characters come out, however
many a server sends. Leaves to others: what relations mean, and making targets absolute.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_LINKS = 100
"""Links of one response."""
MAX_OCTETS = 64 << 10
"""Characters of all fields together that are read."""
_NAME, _QUOTED, _TOKEN = r"[^\s=;,\"<>]++", r"(?:[^\"\\]|\\.)*+", r"[^\s;,\"]*+"
_PARAMETER = re.compile(rf";\s*+({_NAME})(?:\s*+=\s*+(?:\"({_QUOTED})\"|({_TOKEN})))?+\s*+", re.DOTALL)
_LINK = re.compile(rf"<([^<>]*+)>\s*+((?:;\s*+{_NAME}(?:\s*+=\s*+(?:\"{_QUOTED}\"|{_TOKEN}))?+\s*+)*+)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class HeaderLink(NamedTuple):
    """One link of a Link header."""

    target: str
    """The URI reference as written."""
    rels: frozenset[str]
    """Relation types, lower case."""
    parameters: dict[str, str]
    """The other parameters by lower-case name; of equal names the first."""


def read_links(values: Iterable[str]) -> Iterator[HeaderLink]:
    """The links of the Link fields `values` that state a relation and, where they name an anchor, are about the response."""
    left, room = MAX_LINKS, MAX_OCTETS
    for value in values:
        for found in _LINK.finditer(value[:room]):
            if left == 0:
                return
            left -= 1
            parameters: dict[str, str] = {}
            for name, quoted, token in _PARAMETER.findall(found[2]):
                parameters.setdefault(name.lower().rstrip("*"), _ESCAPED.sub(r"\1", quoted) or token)
            rels = frozenset(parameters.pop("rel", "").lower().split())
            if rels and parameters.get("anchor", "#")[:1] == "#":
                yield HeaderLink(found[1].strip(), rels, parameters)
        room -= len(value)
        if room <= 0:
            return
