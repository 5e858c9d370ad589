# SPDX-License-Identifier: Apache-2.0
"""In which part of a page words stand: footer, navigation, picture caption, comments, running text.

Read from element names first and from words in class and id second; only the elements around one place are looked at.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from weakref import WeakKeyDictionary

from selectolax.lexbor import LexborNode

from archiver.extract.document import Block, Document, ancestors

_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]+|[A-Z]+(?![a-z])")
_PICTURE_WORDS = frozenset(
    {"caption", "captions", "credit", "credits", "photo", "photos", "foto", "image", "images", "img", "bild", "picture", "media",
     "gallery", "figure", "photographer", "slideshow", "thumbnail", "thumb", "bildunterschrift", "bildnachweis", "legende"}
)  # fmt: skip
_FOOTER_WORDS = frozenset(
    {
        "footer",
        "foot",
        "copyright",
        "colophon",
        "legal",
        "imprint",
        "impressum",
        "siteinfo",
        "bottom",
        "copy",
        "disclaimer",
    }
)
_COMMENT_WORDS = frozenset(
    {"comment", "comments", "commentlist", "reply", "replies", "disqus", "kommentare", "kommentar"}
)
_NAV_WORDS = frozenset(
    {
        "nav",
        "navigation",
        "menu",
        "breadcrumb",
        "breadcrumbs",
        "related",
        "teaser",
        "teasers",
        "recommended",
        "promo",
        "sidebar",
    }
)
_ARTICLE_WORDS = frozenset({"content", "article", "entry", "story", "post", "body"})
_NO_WORDS: frozenset[str] = frozenset()
_CLIMB = 25
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Zone:
    """What surrounds one place."""

    footer: bool
    picture: bool
    figure: bool
    """Inside a figure element."""
    comment: bool
    aside: bool
    quote: bool
    prose: bool
    """A paragraph of an article, as far as element names tell."""
    paragraph: bool
    """In a `p`."""


_KNOWN: WeakKeyDictionary[Document, dict[int, Zone]] = WeakKeyDictionary()


def words_of(node: LexborNode) -> frozenset[str]:
    """The words in an element's class and id, lower case."""
    attributes = node.attributes
    classes, anchor = attributes.get("class"), attributes.get("id")
    return (
        _words_in(classes[:400] if classes else "", anchor[:100] if anchor else "") if classes or anchor else _NO_WORDS
    )


@lru_cache(maxsize=4096)
def _words_in(classes: str, anchor: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORDS.findall(f"{classes} {anchor}"))


def zone_of(document: Document, block: Block, offset: int = 0) -> Zone:
    """The zone of the character at `offset` of a block."""
    return zone_around(document, block.node_at(offset))


def elements_around(document: Document, start: int, end: int) -> list[LexborNode]:
    """The innermost element that holds the text [start, end), and the two around it."""
    inner = document.holder_of(start, end)
    return [inner, *islice(ancestors(inner), 2)] if inner is not None else []


def zone_around(document: Document, node: LexborNode) -> Zone:
    """The zone of one node: that of all nodes of one parent."""
    parent = node.parent
    known = _KNOWN.get(document)
    if known is None:
        known = _KNOWN[document] = {}
    key = parent.mem_id if parent is not None else 0
    zone = known.get(key)
    if zone is None:
        zone = known[key] = _zone(node)
    return zone


def _zone(node: LexborNode) -> Zone:
    footer = picture = figure = comment = aside = quote = article = paragraph = False
    for depth, element in enumerate(islice(ancestors(node), _CLIMB)):
        name, words = element.tag or "", words_of(element)
        if name in {"body", "html"}:
            break
        footer = footer or name == "footer" or not words.isdisjoint(_FOOTER_WORDS)
        figure = figure or name in {"figure", "figcaption", "picture"}
        if figure or (
            depth < _NEAR and name not in {"article", "main", "section"} and not words.isdisjoint(_PICTURE_WORDS)
        ):
            picture = True
        comment = comment or not words.isdisjoint(_COMMENT_WORDS)
        aside = aside or name in {"aside", "nav"} or not words.isdisjoint(_NAV_WORDS)
        quote = quote or name in {"blockquote", "q"}
        article = article or name in {"article", "main"} or not words.isdisjoint(_ARTICLE_WORDS)
        paragraph = paragraph or name == "p"
    prose = article and paragraph and not (footer or aside or comment)
    return Zone(footer, picture, figure, comment, aside, quote, prose, paragraph)
