# SPDX-License-Identifier: Apache-2.0
"""Answers about words that a site repeats on every page, kept for the next page.

Only for pure functions: a kept answer is the one that would be computed again. Bounded in number, and in the length of the
words, so that no page can make it hold much.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

AnswerT = TypeVar("AnswerT")


def remembered(most: int, *, longest: int = 500) -> Callable[[Callable[[str], AnswerT]], Callable[[str], AnswerT]]:
    """Keeps the last `most` answers of a pure function of words, for words of up to `longest` characters."""

    def kept(function: Callable[[str], AnswerT]) -> Callable[[str], AnswerT]:
        answers = lru_cache(maxsize=most)(function)

        @wraps(function)
        def answer(words: str) -> AnswerT:
            return answers(words) if len(words) <= longest else function(words)

        return answer

    return kept
