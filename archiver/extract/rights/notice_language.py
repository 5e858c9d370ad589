# SPDX-License-Identifier: Apache-2.0
"""The language of a notice's words as a BCP 47 tag: what the words leave no doubt of, else what the page says of them.

A reservation of rights is in one language, and so are some scripts. A page's `lang` says more than a guess; only where it
says nothing are the small words of a longer notice counted. A tag of the page that goes on from the certain language
(`pt-BR` for Portuguese words) is kept as the page writes it.
"""

import re
from functools import lru_cache

from archiver.extract.language import language_of as told_by_small_words
from archiver.extract.rights import copyright_words

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_SAMPLE, _LONGEST_KEPT = 2000, 500
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
    (re.compile(r"[\u0370-\u03ff]"), "el"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
)


def of_words(words: str, declared: str | None) -> str | None:
    """The language of `words`, which stand where the page declares `declared`."""
    return _kept(words, declared) if len(words) <= _LONGEST_KEPT else _of_words(words[:_SAMPLE], declared)


def _of_words(words: str, declared: str | None) -> str | None:
    said = declared.strip().replace("_", "-")[:40] if declared else ""
    tag = said if _TAG.fullmatch(said) else None
    certain = _certain(words)
    if certain is not None:
        return tag if tag is not None and _primary(tag) == certain else certain
    return tag or told_by_small_words(words)


_kept = lru_cache(maxsize=2048)(_of_words)


def _primary(tag: str) -> str:
    return tag.split("-", 1)[0].lower()


def _certain(words: str) -> str | None:
    if not words.isascii():
        found = next((language for script, language in _SCRIPTS if script.search(words)), None)
        if found is not None:
            return found
    return copyright_words.language_of_reservation(words)
