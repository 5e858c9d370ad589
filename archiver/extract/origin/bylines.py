# SPDX-License-Identifier: Apache-2.0
"""Bylines that a reader of the page sees: elements marked as such, and lines that say `By ...` in so many words.

The page's own byline stands by its headline; one that stands under the heading of another story, in a quotation, in
comments or in a list of further stories is not it. Where a page has no headline that can be told, several bylines that
differ mean that it is a list of stories, and none is given.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document, ancestors
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.folding import Parts
from archiver.extract.markup.remembered import remembered
from archiver.extract.markup.zones import words_of
from archiver.extract.origin import byline_lines
from archiver.extract.origin.byline_lines import Line
from archiver.extract.origin.byline_words import EDITORS
from archiver.extract.origin.headline import Headline, words_below
from archiver.extract.origin.hosts import key_of
from archiver.extract.origin.leads import LONGEST_LINE
from archiver.extract.origin.names import is_person_like, is_written_name, line_names, names_nobody, people, plain
from manifests.agents import Evidence

_CLASSES = Parts(
    ("byline", "author", "autor", "auteur", "writer", "articlesby", "verfasser", "signature", "firma", "vcard")
)
_CARD = frozenset({"vcard"})
_IDS = Parts(("byline", "author"))
_PROPERTIES = Parts(("author", "creator"))
_NAMES = (
    "[itemprop='name'],[rel~='author'],.fn,a[href*='author'],a[href*='autor'],[class*='author-name' "
    "i],[class*='author_name' i],[class*='authorName' i],[class*='name' i],a"
)
_NOT_AUTHOR = re.compile(
    (
        r"^(?:admin|administrator|editor|editors|redaktion|redaccion|redacción|die redaktion|la rédaction|"
        r"staff|no author|none|null|unknown|anonymous|guest|author|authors|webmaster|root|user|about|share|follow|read "
        r"more|all posts|view all|posts by|more|wordpress|default|editorial"
        r"|nachrichten|news|web team|team|online|newsroom|contributor|comments?|facebook|twitter|email|print|"
        r"subscribe|website|profile|latest|see all|bio|biography|редакция|编集部|published|updated|posted|sign in|log in)\b|"
        r"web team$|(?:redaktion|newsdesk|staff)$"
    ),
    re.IGNORECASE,
)
_PICTURE = re.compile(r"photo|foto|bild|image|illustration|grafik|cover|camera", re.IGNORECASE)
_AVOIDED = frozenset((
    "comment", "comments", "commentlist", "commenter", "discussion", "thread", "disqus", "responses", "related",
    "avatar", "teaser", "teasers", "recommended", "sidebar", "widget", "promo", "bio", "footer", "footnote", "box",
    "social", "share", "follow", "replies", "reply", "comentarios", "reviews", "quote", "pullquote", "blockquote",
    "testimonial", "testimonials", "cite", "kommentare", "commentaires", "photo", "credit", "credits", "license",
    "licence", "image", "caption", "figcaption", "copyright",
))  # fmt: skip
_AVOIDED_AROUND = _AVOIDED - frozenset(
    ("box", "widget", "social", "share", "footer", "photo", "credit", "credits", "image", "copyright", "bio")
)
_QUOTING = frozenset(("nav", "blockquote", "figure", "aside"))
_BESIDE = 4
"""Blocks between two elements that name authors of one story."""
_MOST_MARKED = 80
_LIST = 4
"""So many names in bylines, where no headline is, mean that the page is a list of stories."""


@dataclass(frozen=True, slots=True)
class Byline:
    """Names that stand together, each with the words it rests on and its address."""

    names: list[tuple[str, str | None, Callable[[], Evidence]]]
    near: bool
    """Whether it stands by the page's headline."""
    reason: str


class Bylines:
    """The visible bylines of one page."""

    def __init__(self, document: Document, witness: Witness, title: str | None) -> None:
        self._document, self._witness, self._headline = document, witness, Headline(document, title)
        self._named: dict[int, list[tuple[str, LexborNode]]] = {}
        self._apart: dict[int, bool] = {}

    def marked(self, accepts: Callable[[str], bool]) -> Byline | None:
        """The byline in an element whose class or id calls it one, if one of its names is accepted."""
        found: list[tuple[int | None, Byline]] = []
        nodes = self.holding(_marked(self._document)[:_MOST_MARKED])
        for node in nodes[:16]:
            names = self.named(node, nodes)
            if not any(accepts(name) for name, _ in names):
                continue
            line = self._document.line_of(node)
            if line is not None and self._headline.is_of_another(line):
                continue
            byline = Byline(
                [self._told(*one) for one in names[:8]], self._headline.is_near(line), "element marked as a byline"
            )
            if byline.near and line is not None and line > (self._headline.line or 0):
                return byline
            found.append((line, byline))
        if not found:
            return None
        if self._headline.line is None:
            return found[0][1] if len(self._differing(nodes)) < _LIST else None
        above = (byline for _, byline in found if byline.near)
        below = (byline for line, byline in found if line is not None and line > self._headline.line)
        return next(chain(above, below), found[0][1])

    def in_words(self, accepts: Callable[[str], bool]) -> Byline | None:
        """The byline in a line that says so in words, or that its language has a form for, likewise."""
        found: list[Line] = []
        for line in byline_lines.read(self._document):
            if not any(map(accepts, line.names)) or self._headline.is_of_another(line.at):
                continue
            if self._headline.is_near(line.at):
                return self._worded(line)
            found.append(line)
        if not found or len({tuple(line.names) for line in found}) > 2:
            return None
        return self._worded(found[0])

    def _worded(self, line: Line) -> Byline:
        begin = self._document.starts[line.at]
        evidence = partial(self._witness.words, begin + line.start, begin + line.end)
        return Byline(
            [(name, None, evidence) for name in line.names], self._headline.is_near(line.at), "byline in words"
        )

    def named(self, node: LexborNode, marked: list[LexborNode]) -> list[tuple[str, LexborNode]]:
        """The names in a marked element and in its twins, each with the element that holds it."""
        found = self._names_in(node)
        for twin in _twins(node, marked) if found else []:
            if self._is_beside(node, twin):
                found = [*found, *self._names_in(twin)]
        first: dict[str, LexborNode] = {}
        for name, holder in found:
            first.setdefault(name, holder)
        return list(first.items())

    def _is_beside(self, node: LexborNode, twin: LexborNode) -> bool:
        one, other = self._document.line_of(node), self._document.line_of(twin)
        if one is None or other is None:
            return True
        first, last = sorted((one, other))
        return last - first <= _BESIDE and not self._headline.parts(first, last)

    def _names_in(self, node: LexborNode) -> list[tuple[str, LexborNode]]:
        key = node.mem_id
        if key not in self._named:
            self._named[key] = _names_in(node)
        return self._named[key]

    def holding(self, nodes: list[LexborNode]) -> list[LexborNode]:
        """Of these elements, those of a kind that bylines are, that stand where bylines do."""
        return [node for node in nodes if _is_kind(node) and not any(map(self._is_aside, islice(ancestors(node), 8)))]

    def _is_aside(self, around: LexborNode) -> bool:
        """Whether an element is set apart from the story; what holds the headline is not, whatever it is called."""
        key = around.mem_id
        if key not in self._apart:
            apart = around.tag in _QUOTING or not words_of(around).isdisjoint(_AVOIDED_AROUND)
            self._apart[key] = apart and key not in self._headline.around
        return self._apart[key]

    def _differing(self, nodes: list[LexborNode]) -> set[str]:
        return {key_of(name) for node in nodes for name, _ in self._names_in(node)}

    def _told(self, name: str, holder: LexborNode) -> tuple[str, str | None, Callable[[], Evidence]]:
        return name, http(holder.attributes.get("href")), told_by(self._witness, holder)


def told_by(witness: Witness, holder: LexborNode) -> Callable[[], Evidence]:
    """What an element says, in its `content` or in its words."""
    content = holder.attributes.get("content")
    if content and not holder.text().strip():
        return partial(witness.attribute, holder, "content")
    return partial(witness.element_words, holder)


def http(url: str | None) -> str | None:
    """A URL of the web, or None."""
    return url if url and url.startswith(("http://", "https://")) else None


@remembered(2048, longest=100)
def is_no_author(name: str) -> bool:
    """Whether words are a label, a link or a newsroom, where a name was looked for."""
    return _NOT_AUTHOR.search(name) is not None or names_nobody(name) or name.startswith(EDITORS)


def _twins(node: LexborNode, marked: list[LexborNode]) -> list[LexborNode]:
    """Marked elements beside this one that are written alike: the other authors."""
    written, around = node.attributes.get("class"), node.parent
    return [
        n
        for n in marked
        if around is not None
        and n.mem_id != node.mem_id
        and n.tag == node.tag
        and n.attributes.get("class") == written
        and n.parent is not None
        and n.parent.mem_id == around.mem_id
    ]


def _marked(document: Document) -> list[LexborNode]:
    """Elements that class, id or property call a byline, in document order, each as often as one of the words does."""
    elements = document.table
    classes = elements.called("class", _CLASSES)
    found = [at for at, parts in classes for _ in parts - _CARD]
    found += [at for at, parts in elements.called("id", _IDS) for _ in parts]
    for at, _ in elements.called("property", _PROPERTIES):
        stated = elements.attributes[at]["property"] or ""
        if stated == "author" or stated.endswith((":author", ":creator")):
            found.append(at)
    if any(not parts.isdisjoint(_CARD) for _, parts in classes):
        found += [document.places[node.mem_id] for node in document.tree.css(".vcard .fn")]
    return [elements.nodes[at] for at in sorted(found)]


def _is_kind(node: LexborNode) -> bool:
    """Whether an element is of a kind that bylines are."""
    if node.tag in {"body", "html", "script", "style", "link", "img", "input", "form", "noscript"}:
        return False
    if node.tag == "meta":
        return bool(node.attributes.get("content")) and "author" in (node.attributes.get("itemprop") or "")
    return words_of(node).isdisjoint(_AVOIDED)


def _names_in(node: LexborNode) -> list[tuple[str, LexborNode]]:
    attributes = node.attributes
    content = attributes.get("content")
    stated = (
        "author" in f"{attributes.get('itemprop')} {attributes.get('rel')}"
        or "property" in attributes
        or _is_card(node)
    )
    accepted = is_person_like if stated else is_written_name
    whole = words_below(node)
    if whole is None:
        return []
    if content and not whole.strip():
        return [(n, node) for n in people(content) if is_person_like(n)]
    text = plain(whole)[:200]
    holds_elements = node.tag != "a" and next(node.iter(), None) is not None
    inner = [n for n in node.css(_NAMES)[:20] if n.mem_id != node.mem_id] if holds_elements else []
    for holder in inner:
        held_words = plain(holder.text(separator=" "))
        if accepted(held_words) and not is_no_author(held_words) and not any(c.isdigit() for c in held_words):
            alike = [
                (n, other)
                for other in inner
                if other.tag == holder.tag
                for n in people(plain(other.text(separator=" ")))
                if is_written_name(n) and not is_no_author(n)
            ]
            held = alike or [(n, holder) for n in people(held_words)]
            return _with_those_beside(held, node, text) if len({name for name, _ in held}) <= 4 else []
    names = line_names(text)
    if not names and stated and is_person_like(text) and not any(c.isdigit() for c in text) and len(text.split()) == 1:
        names = [text]
    if len(names) > 6 or _PICTURE.match(text):
        return []
    return [(name, node) for name in names]


def _is_card(node: LexborNode) -> bool:
    """Whether an element is the author's card of microformats, whose words are a name whatever they look like."""
    words = (node.attributes.get("class") or "").lower().split()
    return "p-author" in words or ("author" in words and not {"vcard", "fn", "h-card"}.isdisjoint(words))


def _with_those_beside(held: list[tuple[str, LexborNode]], node: LexborNode, text: str) -> list[tuple[str, LexborNode]]:
    """Names in links, and those that the same short line has beside them without a link."""
    if len(text) > LONGEST_LINE:
        return held
    known = {key_of(name) for name, _ in held}
    beside = line_names(text)
    if len(beside) <= len(known) or not known <= {key_of(name) for name in beside} or len(beside) > 6:
        return held
    return [*held, *((name, node) for name in beside if key_of(name) not in known)]
