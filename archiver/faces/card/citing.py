# SPDX-License-Identifier: Apache-2.0
"""What a card quotes from the page: each piece of evidence with its number, and the way from it to its words and back."""

from dataclasses import dataclass

from archiver.faces.card.page_text import PageText
from archiver.faces.card.quoting import class_of
from archiver.services.provenance import wording
from manifests.agents import Evidence
from manifests.capture import Claims


@dataclass(frozen=True, slots=True)
class Cited:
    """One piece of evidence, numbered as on the page."""

    key: str
    """The id of what is said of it; its words have `at-` before it."""
    label: str
    """What stands after a mark."""
    name: str
    kind: str
    """The class of its marks."""
    evidence: Evidence


def cited(claims: Claims) -> list[Cited]:
    """Everything that is quoted from the page, notices first."""
    found = [
        Cited(f"n{at}", str(at), f"notice {at}, {wording.kind(notice)}", class_of(notice), notice.evidence)
        for at, notice in enumerate(claims.notices, start=1)
    ]
    if claims.publisher is not None:
        found.append(Cited("who", "who", "who published it", "other", claims.publisher.evidence))
    if claims.published_at is not None:
        found.append(Cited("when", "when", "when it says that it was published", "other", claims.published_at.evidence))
    if claims.reprint is not None:
        found.append(Cited("from", "from", "what it names as its original", "source", claims.reprint.evidence))
    return found


def way(key: str, text: PageText | None) -> str:
    """A link to the words of evidence, where the card shows them."""
    if text is None or not (key in text.marked or key in text.excerpts):
        return ""
    return f' <a class="way" href="#at-{key}">show the words</a>'
