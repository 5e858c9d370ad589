# SPDX-License-Identifier: Apache-2.0
"""Made-up prose for the benchmark site: sentences of a seeded chain of words, as compressible as English.

The commonest words are those of English, and words of rights stand among the rarer ones, so that whoever searches pages
for notices meets in running text what is none; the rest is built from syllables. A word is followed by one of few, as
in a real language: with `_FOLLOWERS` of them, zlib at level 6 brings a page of the site to about a third.
"""

import itertools
import random
from collections.abc import Iterator

_COMMON = """
the of and a to in is that was for it on with as by at from his her be are an this which or had not but were have they
one its been has their more who when there will would also he she we you all if no what out so up about into than them
can only other some new could these two may first then any now like over such our even most after between many before
through where much those under while because against without during since until both each again though never always
city council harbour ferry paper story winter market bridge school river letter train garden kitchen museum weather
teacher doctor neighbour vote budget tax says said went made found built opened closed paid asked told wrote showed
lost kept called turned began grew fell rose early late small large quiet open local young old last next long short
high low near far
"""
_OF_RIGHTS = """
report editor author staff photo picture image source agency credit courtesy copyright rights reserved permission licence
license public notice terms reprint original published edition correction
"""
_RANK_OF_RIGHTS = 1_000
"""Where they stand among all words by how common they are: together about one word in six hundred."""
_STARTS = "b br c cl d dr f fl g gr h j k l m n p pl qu r s sh st t tr v w"
_MIDDLES = "a e i o u ai ea ee ia oa ou"
_ENDS = "l m n nd r rn s st t th ck"
_VOCABULARY = 9_000
_FOLLOWERS = 14
_SENTENCES = 20_000


class Prose:
    """A stock of sentences, the same for the same seed."""

    def __init__(self, seed: int, sentences: int = _SENTENCES) -> None:
        chance = random.Random(f"prose {seed}")
        self.vocabulary = _vocabulary(chance)
        words = _walk(chance, self.vocabulary)
        self.sentences = [_sentence(chance, words) for _ in range(sentences)]

    def title(self, chance: random.Random) -> str:
        """A headline of four to eight words."""
        words = chance.choice(self.sentences).replace(",", "").rstrip(".").split()
        return " ".join(words[: chance.randint(4, 8)])

    def paragraph(self, chance: random.Random) -> str:
        """Three to seven sentences."""
        return " ".join(chance.choices(self.sentences, k=chance.randint(3, 7)))


def _vocabulary(chance: random.Random) -> list[str]:
    """Distinct words, the commonest first."""
    found = dict.fromkeys(_COMMON.split())
    starts, middles, ends = _STARTS.split(), _MIDDLES.split(), [*_ENDS.split(), "", "", ""]
    while len(found) < _VOCABULARY:
        syllables = range(chance.choice((1, 1, 2, 2, 2, 3)))
        word = "".join(chance.choice(starts) + chance.choice(middles) for _ in syllables) + chance.choice(ends)
        found[word] = None
    words = [word for word in found if word not in _OF_RIGHTS.split()]
    return words[:_RANK_OF_RIGHTS] + _OF_RIGHTS.split() + words[_RANK_OF_RIGHTS:]


def _walk(chance: random.Random, vocabulary: list[str]) -> Iterator[str]:
    """Words without end, each one of the few that follow the one before it."""
    # Zipf's law: the nth word is n times rarer than the first. The same weights choose among followers.
    heavy = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(vocabulary))))
    light = list(itertools.accumulate(1 / (rank + 2) for rank in range(_FOLLOWERS)))
    after: dict[str, list[str]] = {}
    word = vocabulary[0]
    while True:
        if word not in after:
            after[word] = chance.choices(vocabulary, cum_weights=heavy, k=_FOLLOWERS)
        word = chance.choices(after[word], cum_weights=light)[0]
        yield word


def _sentence(chance: random.Random, words: Iterator[str]) -> str:
    length = chance.randint(6, 24)
    taken = list(itertools.islice(words, length))
    if length > 12:
        taken[length // 2] += ","
    return " ".join(taken).capitalize() + "."
