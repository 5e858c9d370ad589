# SPDX-License-Identifier: Apache-2.0
"""How much two texts have in common, counted in words that stand in runs of four or more that the other has too."""

from archiver.texts.fingerprint import SHINGLE, codes, short_hashes


class Compared:
    """A text to be compared with others."""

    def __init__(self, text: str) -> None:
        self.words = codes(text)
        self._hashes = short_hashes(self.words)
        self._known = frozenset(self._hashes)

    def covered_by(self, other: "Compared") -> tuple[int, int]:
        """How many of its words stand in runs that `other` has, and how many of them at most without a gap."""
        known = other._known
        covered, longest, run, end = 0, 0, 0, 0
        for at, one in enumerate(self._hashes):
            if one not in known:
                continue
            if at > end:
                run = 0
            new = at + SHINGLE - max(at, end)
            covered += new
            run += new
            longest = max(longest, run)
            end = at + SHINGLE
        return covered, longest

    def overlap(self, other: "Compared") -> float:
        """The share of the words of both texts that stand in runs they have in common, in [0, 1]."""
        total = len(self.words) + len(other.words)
        return (self.covered_by(other)[0] + other.covered_by(self)[0]) / total if total else 0.0
