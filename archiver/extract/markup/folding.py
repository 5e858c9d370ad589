# SPDX-License-Identifier: Apache-2.0
"""Plain words without one of which a pattern cannot match, so that most patterns are never tried.

Text is folded as patterns that ignore case compare it, and all words of a family of patterns are looked for in one pass. So
are parts of addresses and of names in the markup, which are ASCII.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from ahocorasick_rs import BytesAhoCorasick, Implementation

KeyT = TypeVar("KeyT", bound=Hashable)
_TO_FOLD = (("ſ", "s"), ("ı", "i"), ("İ", "i"))
"""Letters that `re.IGNORECASE` holds equal to an ASCII letter and `str.lower` does not."""


def folded(text: str) -> str:
    """Lower case, with one letter i; words to be found in it are to be written so."""
    if not text.isascii():
        for letter, instead in _TO_FOLD:
            if letter in text:
                text = text.replace(letter, instead)
    return text.lower()


class Gates(Generic[KeyT]):
    """Named families of words, looked for together."""

    def __init__(self, words: Mapping[KeyT, Iterable[str]]) -> None:
        owners: dict[str, list[KeyT]] = {}
        for key, family in words.items():
            for word in family:
                owners.setdefault(word, []).append(key)
        self._owners = list(owners.values())
        self._find = BytesAhoCorasick(
            [word.encode() for word in owners], implementation=Implementation.DFA
        ).find_matches_as_indexes

    def standing(self, text: str) -> set[KeyT]:
        """The families of which a word stands in a text, whatever its case."""
        found = self._find(folded(text).encode("utf-8", "replace"), overlapping=True)
        owners = self._owners
        return {key for at, _, _ in found for key in owners[at]} if found else set()

    def standing_in(self, texts: Sequence[str]) -> list[set[KeyT]]:
        """For each of several texts, the families of which a word stands in it: one search for all of them."""
        standing: list[set[KeyT]] = [set() for _ in texts]
        # No word holds a line feed, so none is found across two texts.
        joined = "\n".join(texts)
        if joined.isascii():
            sizes, whole = list(map(len, texts)), joined.lower().encode("ascii")
        else:
            rows = [folded(text).encode("utf-8", "replace") for text in texts]
            sizes, whole = list(map(len, rows)), b"\n".join(rows)
        found = self._find(whole, overlapping=True)
        if found:
            starts = list(accumulate((size + 1 for size in sizes), initial=0))
            for word, start, _ in found:
                standing[bisect_right(starts, start) - 1].update(self._owners[word])
        return standing


class Parts:
    """ASCII parts of words, in lower case and without line feeds, that are looked for in many texts at once."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._parts = parts
        self._find = BytesAhoCorasick(
            [part.encode() for part in parts], implementation=Implementation.DFA
        ).find_matches_as_indexes

    def held_in(self, texts: Sequence[str]) -> list[tuple[int, frozenset[str]]]:
        """Indexes of the texts that hold some of the parts, in whatever case, in order, and which."""
        found = self._find("\n".join(texts).lower().encode("ascii", "replace"), overlapping=True)
        if not found:
            return []
        ends = list(accumulate(len(text.lower()) + 1 for text in texts))
        held: dict[int, set[str]] = {}
        for part, start, _ in found:
            held.setdefault(bisect_right(ends, start), set()).add(self._parts[part])
        return [(at, frozenset(parts)) for at, parts in sorted(held.items())]
