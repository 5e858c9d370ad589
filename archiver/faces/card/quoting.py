# SPDX-License-Identifier: Apache-2.0
"""Words of pages as markup of the card: quoted, in their language, each in a direction of its own; kinds as classes."""

import re

from archiver.faces.card.page_text import Piece
from archiver.services.markup import prose, words
from archiver.services.provenance import wording
from manifests.agents import Evidence
from manifests.capture import Claims
from manifests.rights import Notice, NoticeKind

MOST_QUOTED = 4000
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,5}\Z")
_CLASSES = {
    NoticeKind.COPYRIGHT: "claim",
    NoticeKind.LICENSE: "grant",
    NoticeKind.PUBLIC_DOMAIN: "grant",
    NoticeKind.REUSE_GRANT: "grant",
    NoticeKind.REUSE_RESTRICTION: "limit",
    NoticeKind.FAIR_USE: "limit",
    NoticeKind.DISCLAIMER: "limit",
    NoticeKind.ACCESS_CONDITION: "limit",
    NoticeKind.ATTRIBUTION: "source",
    NoticeKind.IMAGE_CREDIT: "source",
    NoticeKind.AI_PREFERENCE: "machine",
    NoticeKind.ARCHIVING_PREFERENCE: "machine",
}


def class_of(notice: Notice) -> str:
    """The class of a notice's marks."""
    return _CLASSES[NoticeKind(notice.kind)] if notice.kind in set(_CLASSES) else "other"


def language(tag: str | None) -> str:
    """The attribute that tells the language of words, when the tag is one."""
    return f' lang="{tag}"' if tag is not None and _TAG.match(tag) else ""


def quoted(text: str, tag: str | None = None) -> str:
    """Words of a page in a paragraph of their own."""
    return f'<blockquote class="quote" dir="auto"{language(tag)}>{prose(text, MOST_QUOTED)}</blockquote>\n'


def inline(text: str, most: int = 300) -> str:
    """Words of a page among ours."""
    return f"<bdi>{prose(text, most)}</bdi>"


def terms(claims: Claims | None) -> str:
    """Under which terms, in one line; names in directions of their own."""
    if claims is None:
        return words(wording.NOTHING_READ)
    kinds = wording.kinds(claims)
    told = ", ".join([words(wording.reading(claims)), *map(inline, wording.named(claims))])
    return told + (f"; notices: {words(', '.join(kinds))}" if kinds else "")


def where(evidence: Evidence) -> str:
    """Where words stand, in small letters."""
    return f"<code>{words(wording.place(evidence))}</code>" if wording.place(evidence) else "a place without bytes"


def marked(
    line: tuple[Piece, ...], classes: dict[str, str], labels: dict[str, tuple[str, str]], begun: set[str], last: dict[str, int],
    first: int,
) -> str:  # fmt: skip
    """One line of the page's text; `labels` are the number and the name of each key, `last` where each key ends.

    `first` is how many pieces came before the line; keys that have begun are added to `begun`.
    """
    made = []
    for place, piece in enumerate(line, start=first):
        text = prose(piece.text, len(piece.text))
        if not piece.keys:
            made.append(text)
            continue
        spots = [key for key in piece.keys if key not in begun]
        begun.update(spots)
        anchors = "".join(f'<span class="spot" id="at-{key}"></span>' for key in spots)
        made.append(f'<mark class="{classes[piece.keys[-1]]}">{anchors}{text}</mark>')
        for key in sorted(piece.keys, key=lambda one: not labels[one][0].isdigit()):
            if last[key] == place:
                number, name = labels[key]
                made.append(f'<a class="ref" href="#{key}" aria-label="{words(name)}">{number}</a>')
    return "".join(made)
