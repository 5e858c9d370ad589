# SPDX-License-Identifier: Apache-2.0
"""Lines of a page that say who wrote it, in so many words: `By ...`, and the forms of other languages.

Most lines are passed over by their first three letters. Chinese, Japanese and Korean bylines also stand inside a line, after
a label or before a title; of a long line only the end is looked into.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from archiver.extract.markup.document import Document
from archiver.extract.origin.byline_words import CJK_LABELS, EDITORS
from archiver.extract.origin.hosts import key_of
from archiver.extract.origin.leads import BEGINNINGS, LONGEST_LINE, SHORT, led_to
from archiver.extract.origin.names import is_written_name, line_names, names_nobody, people

_INLINE = re.compile(
    rf"(?:{'|'.join(CJK_LABELS)})\s{{0,2}}[:：︱丨｜|／/＝=]\s{{0,2}}([^\s:：|｜︱()（）\[\]【】，。,]{{2,12}}+(?:[\s、,，][一-鿿]{{2,4}}(?![一-鿿:：]))*+)(?!\s?[:：])"
)
_REPORTED = re.compile(
    r"(?:^|[（(\s])(?:本报|本刊|本网|新华社)?(?:首席|特约|特派)?记者[\s\u3000]?"
    r"([一-鿿]{2,4}(?:[\s、][一-鿿]{2,4}){0,5})(?=\s?(?:[）)]|报道|摄影|文/图|$))"
)
_EDITED = re.compile(rf"(?:{'|'.join(EDITORS)})\s{{0,2}}[:：︱丨｜|]\s{{0,2}}([一-鿿·]{{2,8}})")
_KOREAN = re.compile(
    r"(?:^|[\s=\])】.])([가-힣]{2,4})\s{0,2}(?:선임|수석|객원|인턴|전문|논설)?\s?(?:기자|특파원|칼럼니스트|논설위원|평론가|에디터|통신원)(?![가-힣])"
)
_KOREAN_DATELINE = re.compile(r"[\[(【〔][^\[\]()=]{1,20}=\s?([가-힣]{2,4}?)(?:의\s|\s?기자|\s?특파원|\]|\)|】|\s)")
_KOREAN_TITLES = ("기자", "특파원", "칼럼니스트", "논설위원", "평론가", "에디터", "통신원")
_INSIDE = (*CJK_LABELS, *_KOREAN_TITLES)
"""Words that tell of a byline wherever in a line they stand."""
_HELD = BytesAhoCorasick([word.encode() for word in _INSIDE], implementation=Implementation.DFA)
_KOREAN_AGENCY = re.compile(r"(?:뉴스|일보|신문|통신|시스|경제|타임스|미디어|방송|데일리|저널)$")
_MOST_LINES = 3000
_MOST_HOLDING = 12
"""Lines that hold one label, of which more are looked into by no rule."""
_ENDING = 400
"""Characters of a long line in which a byline is looked for."""


class Line(NamedTuple):
    """A line that names authors."""

    at: int
    """Its index."""
    names: list[str]
    start: int
    """Where the names begin in it."""
    end: int


def read(document: Document) -> Iterator[Line]:
    """The lines that name authors, in order."""
    lines = document.lines[:_MOST_LINES]
    asked = [at for at, text in enumerate(lines) if text[:3] in BEGINNINGS]
    wide = [] if document.text.isascii() else [at for at, text in enumerate(lines) if not text.isascii()]
    if wide:
        written = "\n".join([lines[at] for at in wide])
        standing = _HELD.find_matches_as_indexes(written.encode("utf-8", "replace"), overlapping=True)
        inside = {_INSIDE[word] for word, _, _ in standing}
        asked = sorted({*asked, *(at for at in wide if lines[at][:2] in SHORT), *_holding(document, inside)})
    for at in asked:
        text = document.lines[at]
        led = led_to(text) if len(text) <= LONGEST_LINE else 0
        names = line_names(text[led:]) if led else []
        if names:
            start = text.find(names[0], led)
            last = text.find(names[-1], max(start, 0))
            found = 0 <= start <= last
            yield Line(at, names, start if found else led, last + len(names[-1]) if found else len(text))
        elif not text.isascii():
            yield from _inside(at, text)


def _holding(document: Document, words: Iterable[str]) -> Iterator[int]:
    """Indexes of the first lines that hold one of these words."""
    text = document.text
    for word in words:
        at = -1
        for _ in range(_MOST_HOLDING):
            at = text.find(word, at + 1)
            if at < 0:
                break
            yield document.index_at(at)


def _inside(at: int, text: str) -> Iterator[Line]:
    """A byline that does not begin its line, as Chinese, Japanese and Korean pages write it."""
    inline = _INLINE.search(text, max(0, len(text) - _ENDING))
    names = [name for name in people(inline[1]) if is_written_name(name) and not names_nobody(name)] if inline else []
    if not names:
        inline = _REPORTED.search(text[:_ENDING])
        names = inline[1].replace("、", " ").split() if inline else []
    reported = None if names else _korean(text)
    if inline and names:
        yield Line(at, names, *inline.span(1))
    elif reported:
        yield Line(at, [reported[1]], *reported.span(1))


def _korean(text: str) -> re.Match[str] | None:
    ends = text if len(text) <= _ENDING else text[:200]
    for pattern in (_KOREAN_DATELINE, _KOREAN):
        for found in islice(pattern.finditer(ends), 4):
            if not _KOREAN_AGENCY.search(found[1]):
                return found
    return None


def edited_by(document: Document) -> frozenset[str]:
    """Folded names of those whom the page calls its editors in Chinese, whose metas name them as authors."""
    if document.text.isascii() or not ("编" in document.text or "編" in document.text):
        return frozenset()
    return frozenset(key_of(found[1]) for found in islice(_EDITED.finditer(document.text), 8))
