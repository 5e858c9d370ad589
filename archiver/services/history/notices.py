# SPDX-License-Identifier: Apache-2.0
"""Which notices came, went or were reworded between two captures of a page.

A notice is the same when its kind, its words and all that was read from them are; where it stands does not count, and
words in another voice than the publisher's, as in comments, are no notice of the page. Of one kind, notices that went are
paired with those that came by the likeness of their words, the likest first. Licences, and other kinds of which a page has
one as a rule, are paired also when their words have nothing in common, where one is left on either side: then the one took
the place of the other.

Guarantees: the work is bounded whatever the notices hold; what is left unpaired counts as removed and as added.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import msgspec

from archiver.catalog.entries import KeptNotice
from manifests.rights import Notice, NoticeKind

MOST_PAIRED = 60
"""Notices of one kind that went, and that came, whose words are compared."""
_COMPARED = 400
"""Characters of a notice that are compared."""
_ALIKE = 0.5
_ONE_A_PAGE = frozenset({NoticeKind.LICENSE, NoticeKind.PUBLIC_DOMAIN, NoticeKind.COPYRIGHT, NoticeKind.REUSE_GRANT})


@dataclass(frozen=True, slots=True)
class NoticeChange:
    """A notice that came, went or was reworded."""

    before: KeptNotice | None
    """None for one that came."""
    after: KeptNotice | None
    """None for one that went."""

    @property
    def kind(self) -> str:
        """The kind of notice."""
        one = self.after or self.before
        assert one is not None
        return one.kind

    @property
    def how(self) -> Literal["added", "removed", "reworded"]:
        """What happened to it; `reworded` also where only what was read of it changed, such as the licence it links."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "reworded"


def kept(notices: Iterable[Notice]) -> tuple[KeptNotice, ...]:
    """Notices without their places, as they are compared; each once."""
    return tuple(dict.fromkeys(msgspec.convert(one, KeptNotice, from_attributes=True) for one in notices))


def of_catalog(notices: Iterable[dict[str, Any]]) -> tuple[KeptNotice, ...]:
    """Notices as an answer of the catalog has them."""
    return tuple(msgspec.convert(one, KeptNotice) for one in notices)


def changed(before: Iterable[KeptNotice], after: Iterable[KeptNotice]) -> list[NoticeChange]:
    """What became of the notices of a page: those that went or were reworded first, each in the order given."""
    old, new = (dict.fromkeys(one for one in notices if one.voice is None) for notices in (before, after))
    went = [one for one in old if one not in new]
    came = [one for one in new if one not in old]
    if not went or not came:
        return [*(NoticeChange(one, None) for one in went), *(NoticeChange(None, one) for one in came)]
    partners: dict[KeptNotice, KeptNotice] = {}
    for kind in {one.kind for one in went}:
        partners |= _paired([one for one in went if one.kind == kind], [one for one in came if one.kind == kind])
    taken = set(partners.values())
    return [
        *(NoticeChange(one, partners.get(one)) for one in went),
        *(NoticeChange(None, one) for one in came if one not in taken),
    ]


def _paired(went: Sequence[KeptNotice], came: Sequence[KeptNotice]) -> dict[KeptNotice, KeptNotice]:
    """Which notice of one kind became which."""
    olds, news = _pieces(went), _pieces(came)
    likenesses = sorted(
        (-likeness, i, j)
        for i, (one, of_one) in enumerate(olds)
        for j, (other, of_other) in enumerate(news)
        if (likeness := _same_subject(one, other) + _likeness(of_one, of_other)) >= _ALIKE
    )
    pairs: dict[int, int] = {}
    for _, i, j in likenesses:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    left, right = set(range(len(went))) - set(pairs), set(range(len(came))) - set(pairs.values())
    if len(left) == len(right) == 1 and went[0].kind in _ONE_A_PAGE:
        pairs[left.pop()] = right.pop()
    return {went[i]: came[j] for i, j in pairs.items()}


def _same_subject(one: KeptNotice, other: KeptNotice) -> float:
    """Preferences for one use and the same agents are one preference, whatever its words."""
    return 1.0 if one.usage is not None and (one.usage, one.agents) == (other.usage, other.agents) else 0.0


def _pieces(notices: Sequence[KeptNotice]) -> list[tuple[KeptNotice, Counter[str]]]:
    """Notices with their words as pairs of characters, which compare alike in every script."""
    found = []
    for one in notices[:MOST_PAIRED]:
        words = unicodedata.normalize("NFKC", one.text[:_COMPARED]).casefold()
        found.append((one, Counter(map("".join, pairwise(words)))))
    return found


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Twice what two have in common, as a share of both: 0 to 1."""
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 1.0
