# SPDX-License-Identifier: Apache-2.0
"""In which part of a page words stand: footer, navigation, picture caption, comments, running text; and who speaks there.

Read from element names first and from words in class and id second; only the elements around one place are looked at.
What a reader opens with a click (a dialog, a panel) is the page's own; only what the markup hides for good is hidden.
"""

import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from weakref import WeakKeyDictionary

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Block, Document, ancestors
from manifests.rights import Voice

_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]+|[A-Z]+(?![a-z])")
_PICTURE_WORDS = frozenset(
    {"caption", "captions", "credit", "credits", "photo", "photos", "foto", "image", "images", "img", "bild", "picture", "media",
     "gallery", "figure", "photographer", "slideshow", "thumbnail", "thumb", "bildunterschrift", "bildnachweis", "legende",
     "didascalia", "credito", "pic"}
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
    {"comment", "comments", "commentlist", "reply", "replies", "disqus", "kommentare", "kommentar", "commentaires",
     "comentarios", "commenti", "komentarze", "kommentarer", "reacties"}
)  # fmt: skip
_EMBED_WORDS = frozenset({"embed", "embedded", "tweet"})
_WIDGET_WORDS = frozenset({"widget", "widgets"})
_OWN_WIDGET_WORDS = frozenset(
    {"text", "html", "block", "custom", "copyright", "nav", "wp", "area", "container", "bottom"}
)
"""Words beside which a widget is a box of the site's own, as content management systems call them."""
_QUOTE_WORDS = frozenset({"quote", "blockquote", "quotation", "zitat", "pullquote"})
_CITATION_WORDS = frozenset({"references", "reflist", "bibliography", "footnotes", "literatur", "bibliographie"})
_QUOTING = frozenset({"blockquote", "q", "code"})
_OPENED_ROLES = frozenset({"dialog", "alertdialog", "tabpanel", "tooltip", "menu"})
_OPENED_WORDS = frozenset(
    {"modal", "dialog", "popup", "popover", "lightbox", "overlay", "panel", "dropdown", "collapse", "accordion", "tab", "tabs",
     "drawer", "tooltip", "toggle", "republish", "footer"}
)  # fmt: skip
"""Words of elements that are hidden until a reader opens them, or that show later on every page."""
_HIDING = re.compile(r"(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden)\b", re.IGNORECASE)
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


class Zone(NamedTuple):
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
    citation: bool
    """In a list of references."""
    widget: bool
    """In a box that may be of another site."""
    voice: Voice | None
    """Whose words these are, when not the publisher's own."""
    language: str | None
    """What the nearest element with a `lang` says."""


_KNOWN: WeakKeyDictionary[Document, dict[int, Zone]] = WeakKeyDictionary()


def words_of(node: LexborNode) -> frozenset[str]:
    """The words in an element's class and id, lower case."""
    return _words_of(node.attributes)


def _words_of(attributes: dict[str, str | None]) -> frozenset[str]:
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
    citation = opened = embedded = widget = False
    hidden: int | None = None
    language: str | None = None
    for depth, element in enumerate(islice(ancestors(node), _CLIMB)):
        name, attributes = element.tag or "", element.attributes
        if language is None:
            language = attributes.get("lang") or attributes.get("xml:lang")
        if name in {"body", "html"}:
            continue
        words = _words_of(attributes)
        footer = footer or name == "footer" or not words.isdisjoint(_FOOTER_WORDS)
        figure = figure or name in {"figure", "figcaption", "picture"}
        if figure or (
            depth < _NEAR and name not in {"article", "main", "section"} and not words.isdisjoint(_PICTURE_WORDS)
        ):
            picture = True
        comment = comment or not words.isdisjoint(_COMMENT_WORDS)
        aside = aside or name in {"aside", "nav"} or not words.isdisjoint(_NAV_WORDS)
        quote = (
            quote or name in _QUOTING or not words.isdisjoint(_QUOTE_WORDS) or (name == "pre" and _is_example(element))
        )
        article = article or name in {"article", "main"} or not words.isdisjoint(_ARTICLE_WORDS)
        paragraph = paragraph or name == "p"
        citation = citation or not words.isdisjoint(_CITATION_WORDS)
        embedded = embedded or not words.isdisjoint(_EMBED_WORDS)
        widget = widget or (not words.isdisjoint(_WIDGET_WORDS) and words.isdisjoint(_OWN_WIDGET_WORDS))
        if hidden is None and _hides(attributes):
            hidden = depth
        if hidden is None or depth <= hidden + 1:
            opened = (
                opened
                or name == "dialog"
                or attributes.get("role") in _OPENED_ROLES
                or not words.isdisjoint(_OPENED_WORDS)
            )
    prose = article and paragraph and not (footer or aside or comment)
    voice = (
        Voice.HIDDEN if hidden is not None and not (opened or footer)
        else Voice.COMMENT if comment and not footer
        else Voice.THIRD_PARTY if embedded
        else Voice.QUOTED if quote and not footer
        else None
    )  # fmt: skip
    return Zone(footer, picture, figure, comment, aside, quote, prose, paragraph, citation, widget, voice, language)


def _is_example(element: LexborNode) -> bool:
    """Whether preformatted text stands among other text; a page that is one preformatted text speaks for itself."""
    parent = element.parent
    return parent is not None and parent.tag != "body"


def _hides(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    style = attributes.get("style")
    return style is not None and _HIDING.search(style[:400]) is not None
