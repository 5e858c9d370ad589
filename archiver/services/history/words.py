# SPDX-License-Identifier: Apache-2.0
"""Which words of a text were taken out and which were put in.

Guarantees: the work is bounded whatever the texts hold: common ends are set aside, words that are found once on both sides
divide what is left (as in a patience diff), and only small remainders are compared word by word. Where a remainder is
neither small nor divided, all of it counts as changed, so a share may be too large and is never too small.

In scripts that are written without spaces each character is a word.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MAX_WORDS = 50_000
"""Words, from the first that differs, that are compared; all behind them counts as changed."""
MAX_STRETCHES = 5
"""Changed places that are shown unless more are asked for."""
MAX_SHOWN_WORDS = 60
MAX_SHOWN = 600
"""Characters of one shown side."""
_AROUND = 6
_NEAR = 2
"""Equal words between two changes that are shown as part of them."""
_SMALL = 40_000
_DEPTH = 6

_NO_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{_NO_SPACES}]")
_WORD = re.compile(rf"[{_NO_SPACES}]|[^\s{_NO_SPACES}]+")
_GAP = re.compile(f"(?<=[{_NO_SPACES}]) | (?=[{_NO_SPACES}])")

_Span = tuple[int, int, int, int]
"""[start, end) before, [start, end) after."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One changed place: words before and after, cut to bounds with an ellipsis, and what stands around it."""

    before: str
    after: str
    lead: str
    trail: str


@dataclass(frozen=True, slots=True)
class Words:
    """How two texts differ."""

    share: float
    """Words taken out and put in, in percent of the words of both texts; 0 to 100."""
    stretches: tuple[Stretch, ...]
    """The first changed places."""
    more: int
    """Changed places that are not shown."""


def difference(before: str, after: str, most: int = MAX_STRETCHES) -> Words:
    """How two texts differ, word by word; white space does not count. The first `most` changed places are shown."""
    old, new = _words(before), _words(after)
    spans = list(_spans(old, 0, len(old), new, 0, len(new), _DEPTH))
    changed = sum(a1 - a0 + b1 - b0 for a0, a1, b0, b1 in spans)
    share = round(100 * changed / (len(old) + len(new)), 2) if changed else 0.0
    places = list(_joined(spans))
    shown = tuple(
        Stretch(
            before=_cut(old[a0:a1]),
            after=_cut(new[b0:b1]),
            lead=_cut(new[max(b0 - _AROUND, 0) : b0]),
            trail=_cut(new[b1 : b1 + _AROUND]),
        )
        for a0, a1, b0, b1 in places[:most]
    )
    # A share that rounds to nothing is still a change.
    return Words(max(share, 0.01) if changed else 0.0, shown, max(len(places) - most, 0))


def _words(text: str) -> list[str]:
    return _WORD.findall(text) if _UNSPACED.search(text) else text.split()


def _cut(words: list[str]) -> str:
    text = _GAP.sub("", " ".join(words[:MAX_SHOWN_WORDS]))
    return text[:MAX_SHOWN] + " …" if len(words) > MAX_SHOWN_WORDS or len(text) > MAX_SHOWN else text


def _joined(spans: list[_Span]) -> Iterator[_Span]:
    """Changes with next to nothing between them, as one."""
    held: _Span | None = None
    for span in spans:
        if held is not None and span[0] - held[1] <= _NEAR:
            held = (held[0], span[1], held[2], span[3])
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def _spans(old: Sequence[str], a0: int, a1: int, new: Sequence[str], b0: int, b1: int, depth: int) -> Iterator[_Span]:
    while a0 < a1 and b0 < b1 and old[a0] == new[b0]:
        a0, b0 = a0 + 1, b0 + 1
    while a0 < a1 and b0 < b1 and old[a1 - 1] == new[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
    if a0 == a1 and b0 == b1:
        return
    if max(a1 - a0, b1 - b0) > MAX_WORDS:
        a2, b2 = min(a0 + MAX_WORDS, a1), min(b0 + MAX_WORDS, b1)
        yield from _spans(old, a0, a2, new, b0, b2, depth)
        yield a2, a1, b2, b1
        return
    if (a1 - a0) * (b1 - b0) <= _SMALL:
        compared = SequenceMatcher(None, old[a0:a1], new[b0:b1], autojunk=False)
        for kind, i0, i1, j0, j1 in compared.get_opcodes():
            if kind != "equal":
                yield a0 + i0, a0 + i1, b0 + j0, b0 + j1
        return
    anchors = _anchors(old, a0, a1, new, b0, b1) if depth else []
    if not anchors:
        yield a0, a1, b0, b1
        return
    for i, j in [*anchors, (a1, b1)]:
        yield from _spans(old, a0, i, new, b0, j, depth - 1)
        a0, b0 = i + 1, j + 1


def _anchors(old: Sequence[str], a0: int, a1: int, new: Sequence[str], b0: int, b1: int) -> list[tuple[int, int]]:
    """Places of words found once on both sides, the longest choice of them that is in order on both."""
    once_old = {word for word, count in Counter(old[a0:a1]).items() if count == 1}
    once_new = {word for word, count in Counter(new[b0:b1]).items() if count == 1}
    places = {new[j]: j for j in range(b0, b1) if new[j] in once_new}
    pairs = [(i, places[old[i]]) for i in range(a0, a1) if old[i] in once_old and old[i] in places]
    # Longest increasing run of the places after: the smallest last place of every length, and each one's forerunner.
    lasts: list[int] = []
    ends: list[int] = []
    forerunners: list[int] = []
    for at, (_, j) in enumerate(pairs):
        length = bisect_left(lasts, j)
        forerunners.append(ends[length - 1] if length else -1)
        lasts[length : length + 1] = [j]
        ends[length : length + 1] = [at]
    chosen = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chosen.append(pairs[at])
        at = forerunners[at]
    return chosen[::-1]
