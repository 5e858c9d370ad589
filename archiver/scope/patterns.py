# SPDX-License-Identifier: Apache-2.0
r"""Patterns that name URLs: an RE2 expression, or a glob after `glob:`.

An expression is searched anywhere in the URL as an archive names it (normal form, no userinfo, no fragment). A glob
describes the whole URL: `*` stands for anything within a path segment, `**` for anything at all, everything else for
itself, `?` too. `/print/`, `\.(zip|iso)$`, `glob:https://example.org/news/**`.

Guarantees: searching takes time linear in the URL (RE2 has neither backreferences nor lookaround), within 8 MiB; what
cannot be used is `BadInput` when it is compiled, never later. Only ASCII is taken, for a URL in normal form holds
nothing else: an expression with an umlaut would silently never match.
"""

import re
from functools import lru_cache
from typing import Any

import re2

from archiver.errors import BadInput

MAX_PATTERN = 1000
"""Characters of one pattern."""
MAX_PATTERNS = 1000
"""Patterns of one list."""
_GLOB = "glob:"
_GLOB_PIECE = re.compile(r"\*+|[^*]+")
_SMALL = 1 << 20
_LARGE = 8 << 20


def check_pattern(pattern: str) -> None:
    """Raises `BadInput`, saying what is wrong, when `pattern` cannot be used."""
    _compiled(_expression(pattern), _SMALL)


def glob_expression(glob: str, *, within: str = "[^/?]") -> str:
    """The RE2 expression of a glob, not anchored; `within` is what `*` stands for any number of."""

    def written(piece: str) -> str:
        if piece[0] != "*":
            return str(re2.escape(piece))
        return f"{within}*" if piece == "*" else ".*"

    return "".join(written(piece) for piece in _GLOB_PIECE.findall(glob))


class Patterns:
    """A list of patterns, searched together."""

    __slots__ = ("_each", "_tests", "patterns")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        """Raises `BadInput` for the first pattern that cannot be used."""
        if len(patterns) > MAX_PATTERNS:
            raise BadInput(f"{len(patterns)} patterns are more than {MAX_PATTERNS}", "Join some of them with '|'")
        self.patterns = patterns
        expressions = [_expression(pattern) for pattern in patterns]
        self._each = [_compiled(expression, _SMALL).search for expression in expressions]
        self._tests = self._each
        if len(expressions) > 1:
            try:
                self._tests = [_compiled("|".join(f"(?:{one})" for one in expressions), _LARGE).search]
            except BadInput:
                # Each works alone but not all in one: equal group names, an open \Q, or too large together.
                self._tests = self._each

    def first(self, url: str) -> str | None:
        """The first pattern, as written, that `url` (ASCII) matches, or None."""
        content = url.encode("ascii")
        for search in self._tests:
            if search(content):
                return next(pattern for pattern, own in zip(self.patterns, self._each, strict=True) if own(content))
        return None


def _expression(pattern: str) -> str:
    if not pattern or pattern == _GLOB:
        raise BadInput("the pattern is empty and would match every URL", "Write '.' where every URL is meant")
    if len(pattern) > MAX_PATTERN:
        raise BadInput(f"the pattern is longer than {MAX_PATTERN} characters", "Write it as several patterns")
    if not pattern.isascii():
        odd = next(character for character in pattern if not character.isascii())
        raise BadInput(
            f"the pattern holds {odd!r}, which no URL in normal form does",
            "Write it percent-encoded, a host in xn-- form",
        )
    if pattern.startswith(_GLOB):
        return f"^{glob_expression(pattern.removeprefix(_GLOB))}$"
    return pattern


@lru_cache(maxsize=4096)
def _compiled(expression: str, memory: int) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    try:
        # Bytes, for searching text costs the wrapper a third more: it works out offsets nobody asks for.
        return re2.compile(expression.encode("ascii"), options)
    except re2.error as error:
        said = (
            error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else str(error)
        )
        raise BadInput(
            f"the pattern {expression[:80]!r} is no RE2 expression: {said[:120]}",
            "Write it in RE2 syntax, or begin it with 'glob:' and use * and **",
        ) from error
