# SPDX-License-Identifier: Apache-2.0
"""Who wrote the page: names from JSON-LD, meta elements, and elements marked as bylines.

The publisher's own name, job titles and software names are not authors. The first source that yields a name is used; a
byline line in so many words (`Articles by: ...`) is one of them.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from selectolax.lexbor import LexborNode

from archiver.extract.agencies import agency_of
from archiver.extract.document import Document
from archiver.extract.elements import elements_of
from archiver.extract.evidence import Witness
from archiver.extract.hosts import key_of
from archiver.extract.jsonld import Statements
from archiver.extract.metas import Metas
from archiver.extract.names import is_person_like, is_role, is_written_name, line_names, people, plain
from archiver.extract.remembered import remembered
from archiver.extract.zones import words_of
from manifests.agents import Confidence, Evidence
from manifests.capture import Party

_META = (
    "author", "article:author", "dc.creator", "dcterms.creator", "dc.contributor", "parsely-author",
    "sailthru.author", "byl", "citation_author",
    "article:author_name", "og:author", "cxenseparse:author", "shareaholic:article_author_name", "rbauthors",
    "authors", "twitter:data1",
)  # fmt: skip
_STATED = "[itemprop~='author'],[rel~='author']"
_MARKED = (
    "[class*='byline' i],[class*='author' i],[class*='autor' i],[class*='auteur' i],[id*='byline' i],"
    "[id*='author' i],[class*='writer' i],[class*='articlesBy' i],address.author,.vcard .fn,"
    "[class*='verfasser' i],[class*='signature' i]"
)
_NAMES = (
    "[itemprop='name'],[rel~='author'],.fn,a[href*='author'],a[href*='autor'],[class*='author-name' "
    "i],[class*='author_name' i],[class*='authorName' i],[class*='name' i],a"
)
_LINE = re.compile(
    r"^(?:(?i:articles? by|written by|story by|words by|texte?|text|autor(?:in|en)?|author|interview|作者|記者|"
    r"文|автор|by|von|par|por)\s{0,2}[:：●]\s{0,2}|(?:By|BY|Von|Par|Por|Autor(?:in)?|Author|Written by|Di) "
    r")(.{2,110})$"
)
_LED = ("By ", "BY ", "Von ", "Par ", "Por ", "Autor", "Author ", "Written by ", "Di ")
_NOT_AUTHOR = re.compile(
    (
        r"^(?:admin|administrator|editor|editors|redaktion|redaccion|redacción|die redaktion|la rédaction|"
        r"staff|no author|none|null|unknown|guest|author|authors|webmaster|root|user|about|share|follow|read "
        r"more|all posts|view all|posts by|more|wordpress"
        r"|nachrichten|news|web team|team|online|newsroom|contributor|comments?|facebook|twitter|email|print|"
        r"subscribe|website|profile|latest|see all|bio|biography|редакция|編集部|published|updated)\b|web team$|"
        r"(?:redaktion|newsdesk|staff)$"
    ),
    re.IGNORECASE,
)
_AVOIDED = frozenset(
    {
        "comment",
        "comments",
        "related",
        "avatar",
        "teaser",
        "teasers",
        "recommended",
        "sidebar",
        "widget",
        "promo",
        "bio",
        "footer",
        "footnote",
        "box",
        "social",
        "share",
        "follow",
        "replies",
        "reply",
        "comentarios",
        "reviews",
    }
)
_AVOIDED_AROUND = _AVOIDED - {"box", "widget", "social", "share", "footer"}
_MOST = 20


def read(
    document: Document, metas: Metas, said: Statements, witness: Witness, publisher_keys: frozenset[str]
) -> tuple[Party, ...]:
    """The authors, in the page's order."""
    sources = (
        _from_jsonld(said, witness, publisher_keys),
        _from_metas(metas, witness, publisher_keys),
        _from_elements(document, witness, stated=True),
        _from_lines(document, witness),
        _from_elements(document, witness, stated=False),
    )
    for source in sources:
        parties: dict[str, Party] = {}
        for names, url, witnessed, confidence, reason in source:
            evidence: Evidence | None = None
            for name in names:
                key = key_of(name)
                own = reason.startswith("JSON-LD") and "person" in reason
                if (
                    key
                    and key not in parties
                    and (own or key not in publisher_keys)
                    and _is_author(name, frozenset() if own else publisher_keys)
                ):
                    evidence = evidence or witnessed()
                    parties[key] = Party(name=name, url=url, evidence=evidence, confidence=confidence, reason=reason)
        if parties:
            return tuple(parties.values())[:_MOST]
    return ()


_Found = tuple[list[str], str | None, Callable[[], Evidence], Confidence, str]


def _is_author(name: str, publisher_keys: frozenset[str]) -> bool:
    if not is_person_like(name) or _is_no_author(name):
        return False
    if agency_of(name):
        return True
    if is_role(name) and len(name.split()) <= 3 and not any(w[0].isupper() for w in name.split()[1:]):
        return False
    key = key_of(name)
    return not any(
        len(k) >= 5 and (key.startswith(k) or k.startswith(key)) and len(key) <= len(k) + 8 for k in publisher_keys
    )


@remembered(2048, longest=100)
def _is_no_author(name: str) -> bool:
    return _NOT_AUTHOR.search(name) is not None


def _from_jsonld(said: Statements, witness: Witness, publisher_keys: frozenset[str]) -> Iterator[_Found]:
    for thing in said.articles[:4]:
        for key in ("author", "creator"):
            found = said.names(thing, key)
            value = thing.properties.get(key)
            kinds = {
                str(v.get("@type", "")) for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict)
            }
            published_by = thing.properties.get("publisher")
            organised = isinstance(published_by, dict) and "Organization" in str(published_by.get("@type"))
            person = ", a person" if kinds == {"Person"} and not organised else ""
            for one in found[:_MOST]:
                if not person and key_of(plain(one.text)) in publisher_keys:
                    continue
                evidence = partial(witness.json, one.script, one.pointer, one.text)
                yield (
                    people(one.text),
                    _http(one.url),
                    evidence,
                    Confidence.HIGH,
                    f"JSON-LD {key} of the article{person}",
                )
            if found:
                return


def _from_metas(metas: Metas, witness: Witness, publisher_keys: frozenset[str]) -> Iterator[_Found]:
    for name in _META:
        found = False
        for meta in list(metas.all(name))[:_MOST]:
            words = plain(meta.content)
            if (
                "://" in words
                or "www." in words
                or key_of(words) in publisher_keys
                or (name == "twitter:data1" and not is_written_name(words))
            ):
                continue
            names = [n for n in people(meta.content) if is_person_like(n) and not _is_no_author(n)]
            if names:
                found = True
                told = partial(witness.attribute, meta.node, meta.attribute)
                yield names, None, told, Confidence.HIGH, f"meta {name}"
        if found:
            return


def _from_elements(document: Document, witness: Witness, *, stated: bool) -> Iterator[_Found]:
    """From elements stated to name the author (`itemprop`, `rel`), or from those whose class suggests it."""
    if stated and not elements_of(document).stating:
        return
    marked = [n for n in document.tree.css(_STATED if stated else _MARKED)[:80] if _may_hold_byline(n)]
    found = next((names for node in marked[:16] if (names := _named(node, marked))), [])
    for name, holder in found[:8]:
        content = holder.attributes.get("content")
        evidence = (
            partial(witness.attribute, holder, "content")
            if content and not holder.text().strip()
            else partial(witness.element_words, holder)
        )
        url = _http(holder.attributes.get("href"))
        yield [name], url, evidence, Confidence.MEDIUM, "element marked as a byline"


def _named(node: LexborNode, marked: list[LexborNode]) -> list[tuple[str, LexborNode]]:
    """The names in a marked element and in its twins, each with the element that holds it."""
    found = _names_in(node)
    for twin in _twins(node, marked) if found else []:
        found += _names_in(twin)
    first: dict[str, LexborNode] = {}
    for name, holder in found:
        first.setdefault(name, holder)
    return list(first.items())


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


def _may_hold_byline(node: LexborNode) -> bool:
    if node.tag in {"body", "html", "script", "style", "link", "img", "input", "form", "noscript"}:
        return False
    if node.tag == "meta":
        return bool(node.attributes.get("content")) and "author" in (node.attributes.get("itemprop") or "")
    if not words_of(node).isdisjoint(_AVOIDED):
        return False
    parent, steps = node.parent, 0
    while parent is not None and steps < 8:
        if not words_of(parent).isdisjoint(_AVOIDED_AROUND) or parent.tag == "nav":
            return False
        parent, steps = parent.parent, steps + 1
    return True


def _names_in(node: LexborNode) -> list[tuple[str, LexborNode]]:
    content = node.attributes.get("content")
    stated = "author" in (node.attributes.get("itemprop") or "") + (node.attributes.get("rel") or "")
    accepted = is_person_like if stated else is_written_name
    if content and not node.text().strip():
        return [(n, node) for n in people(content) if is_person_like(n)]
    holds_elements = node.tag != "a" and next(node.iter(), None) is not None
    inner = [n for n in node.css(_NAMES)[:20] if n.mem_id != node.mem_id] if holds_elements else []
    for holder in inner:
        text = plain(holder.text())
        if accepted(text) and not _is_no_author(text) and not any(c.isdigit() for c in text):
            alike = [
                (n, other)
                for other in inner
                if other.tag == holder.tag
                for n in people(plain(other.text()))
                if is_written_name(n) and not _is_no_author(n) and not is_role(n)
            ]
            held = alike or [(n, holder) for n in people(text)]
            return held if len({name for name, _ in held}) <= 4 else []
    text = plain(node.text(separator=" "))[:200]
    names = line_names(text)
    if not names and stated and is_person_like(text) and not any(c.isdigit() for c in text) and len(text.split()) == 1:
        names = [text]
    if len(names) > 6 or re.match(r"photo|foto|bild|image|illustration", text, re.IGNORECASE):
        return []
    return [(name, node) for name in names]


def _from_lines(document: Document, witness: Witness) -> Iterator[_Found]:
    for start_of_line, text in zip(document.starts[:600], document.lines, strict=False):
        if len(text) > 120 or not (text.startswith(_LED) or ":" in text or "：" in text or "●" in text):
            continue
        found = _LINE.match(text)
        if found:
            names = line_names(found[1])
            if names:
                start = text.find(names[0], found.start(1))
                last = text.find(names[-1], max(start, 0))
                span = (start, last + len(names[-1])) if 0 <= start <= last else found.span(1)
                evidence = partial(witness.words, start_of_line + span[0], start_of_line + span[1])
                yield names, None, evidence, Confidence.MEDIUM, "byline in words"
                return


def _http(url: str | None) -> str | None:
    return url if url and url.startswith(("http://", "https://")) else None
