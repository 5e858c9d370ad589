# SPDX-License-Identifier: Apache-2.0
"""What a response asks of crawlers: the tokens of its robots metas and of its X-Robots-Tag fields.

Tokens are told as they are written, lower case, each once, those of the header first. Those for another crawler by name
are left out; those for all, and those for this one, count. What to make of them is for the crawl to decide.
"""

from collections.abc import Iterator, Sequence

from archiver.extract.markup.metas import Metas

_CRAWLER = "colophon"
_VALUED = ("max-", "unavailable_after")
"""Tokens that hold a colon and name no crawler."""
_LONGEST = 4000
_MOST = 100


def robots(headers: Sequence[tuple[str, str]], metas: Metas | None = None) -> tuple[str, ...]:
    """The tokens that are for everyone or for this crawler, such as `noindex` or `noarchive`."""
    found: dict[str, None] = {}
    for name, content in headers:
        if name.lower() == "x-robots-tag":
            found.update(dict.fromkeys(_of_header(content)))
    for meta in metas.all("robots", _CRAWLER) if metas is not None else ():
        found.update(dict.fromkeys(_tokens(meta.content)))
    return tuple(found)[:_MOST]


def _tokens(content: str) -> Iterator[str]:
    return (token for part in content[:_LONGEST].split(",") if (token := part.strip().lower()))


def _of_header(content: str) -> Iterator[str]:
    named = _CRAWLER
    for token in _tokens(content):
        if ":" in token and not token.startswith(_VALUED):
            # A crawler's name holds for the tokens that follow it in the field.
            named, _, token = (piece.strip() for piece in token.partition(":"))  # noqa: PLW2901
        if token and named == _CRAWLER:
            yield token
