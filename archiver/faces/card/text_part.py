# SPDX-License-Identifier: Apache-2.0
"""The page's text on a card, with its marks; and the evidence that stands in the markup, where no reader sees it."""

from collections.abc import Iterable, Sequence

from archiver.faces.card.citing import Cited
from archiver.faces.card.page_text import Excerpt, PageText
from archiver.faces.card.quoting import language, marked
from archiver.services.markup import number, prose, words
from archiver.services.provenance import wording

MOST_LETTERS = 200_000
"""Characters of the page's text that are shown, besides lines with marks."""
_BESIDE = 2
"""Lines shown before and after one with marks, where others are left out."""


def text_part(text: PageText | None, cited: Sequence[Cited], tag: str | None) -> str:
    """The section; `tag` is the page's language."""
    head = '<section aria-labelledby="text"><h2 id="text">The page\'s text</h2>\n'
    if text is None:
        return f"{head}<p>There is no text to show.</p>\n</section>\n"
    lead = (
        "<p>What a reader sees, without the page's markup; marks stand on the very bytes that a notice names. "
        "The number after a mark leads back to it.</p>\n"
    )
    body = "".join(_lines(text, cited)) or "<p>The page has no visible text.</p>\n"
    shown = f'<div class="pagetext quote" dir="auto"{language(tag)}>\n{body}</div>\n'
    return f"{head}{lead}{shown}{_excerpts(text, cited)}</section>\n"


def _lines(text: PageText, cited: Sequence[Cited]) -> Iterable[str]:
    """Lines as markup; of a very long page those at its beginning and around marks."""
    classes = {one.key: one.kind for one in cited}
    labels = {one.key: (one.label, one.name) for one in cited}
    last: dict[str, int] = {}
    count = 0
    for line in text.lines:
        for place, piece in enumerate(line, start=count):
            last.update(dict.fromkeys(piece.keys, place))
        count += len(line)
    kept = _kept(text)
    begun: set[str] = set()
    count = left = 0
    for at, line in enumerate(text.lines):
        if at not in kept:
            left += 1
        else:
            yield _gap(left)
            left = 0
            yield f'<p dir="auto">{marked(line, classes, labels, begun, last, count)}</p>\n'
        count += len(line)
    yield _gap(left)


def _gap(left: int) -> str:
    return f'<p class="gap">{number(left)} lines without marks are left out</p>\n' if left else ""


def _kept(text: PageText) -> set[int]:
    kept, room = set(), MOST_LETTERS
    for at, line in enumerate(text.lines):
        room -= sum(len(piece.text) for piece in line)
        if room > 0:
            kept.add(at)
        if any(piece.keys for piece in line):
            kept |= set(range(max(0, at - _BESIDE), min(len(text.lines), at + _BESIDE + 1)))
    return kept


def _excerpts(text: PageText, cited: Sequence[Cited]) -> str:
    """Evidence that no reader sees, with the markup around it."""
    shown = [(one, text.excerpts[one.key]) for one in cited if one.key in text.excerpts]
    if not shown:
        return ""
    listed = "".join(f"<dt>{_back(one)}</dt><dd><pre>{_excerpt(one, excerpt)}</pre></dd>\n" for one, excerpt in shown)
    return f"<h3>In the page's markup</h3>\n<p>These words stand where a reader does not see them.</p>\n<dl>{listed}</dl>\n"


def _back(one: Cited) -> str:
    return f'<a href="#{one.key}">{words(wording.sentence(one.name))}</a>'


def _excerpt(one: Cited, excerpt: Excerpt) -> str:
    before, held, after = (prose(part, len(part) or 1) for part in (excerpt.before, excerpt.words, excerpt.after))
    return f'…{before}<mark class="{one.kind}"><span class="spot" id="at-{one.key}"></span>{held}</mark>{after}…'
