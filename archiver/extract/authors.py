# SPDX-License-Identifier: Apache-2.0
"""Who wrote the page: names from JSON-LD, meta elements, and elements marked as bylines.

The publisher's own name, job titles and software names are not authors. The first source that yields a name is used; a
byline line in so many words (`Articles by: ...`) is one of them.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from archiver.extract.document import Document
from archiver.extract.evidence import Witness
from archiver.extract.hosts import key_of
from archiver.extract.jsonld import Statements
from archiver.extract.metas import Metas
from archiver.extract.names import is_person_like, is_role, people, plain, without_by
from archiver.extract.zones import words_of
from manifests.agents import Confidence, Evidence
from manifests.capture import Party

_META = (
    "author", "article:author", "dc.creator", "dcterms.creator", "dc.contributor", "parsely-author", "sailthru.author", "byl", "citation_author",
    "article:author_name", "og:author", "cxenseparse:author", "shareaholic:article_author_name", "rbauthors", "authors", "twitter:data1",
)  # fmt: skip
_MARKED = (
    "[itemprop~='author'],[rel~='author'],[class*='byline' i],[class*='author' i],[class*='autor' i],[class*='auteur' i],[id*='byline' i],"
    "[id*='author' i],[class*='writer' i],[class*='articlesBy' i],address.author,.vcard .fn,[class*='verfasser' i],[class*='signature' i]"
)
_NAMES = "[itemprop='name'],[rel~='author'],.fn,a[href*='author'],a[href*='autor'],[class*='author-name' i],[class*='author_name' i],[class*='authorName' i],[class*='name' i],a"
_LINE = re.compile(r"^(?:articles? by|written by|story by|words by|by|von|par|por|texte?|text|autor(?:in|en)?|author|作者|記者|文|автор)\s{0,2}[:：]\s{0,2}(.{2,80})$|^By ([A-Z][^.|:]{2,60})$", re.IGNORECASE)
_NOT_AUTHOR = re.compile(
    r"^(?:admin|administrator|editor|editors|redaktion|redaccion|redacción|die redaktion|la rédaction|staff|no author|none|null|unknown|guest|author|authors|webmaster|root|user|about|share|follow|read more|all posts|view all|posts by|more|wordpress"
    r"|web team|team|online|newsroom|contributor|comments?|facebook|twitter|email|print|subscribe|website|profile|latest|see all|bio|biography|редакция|編集部|published|updated)\b|web team$|(?:redaktion|newsdesk|staff)$",
    re.IGNORECASE,
)
_AVOIDED = frozenset({"comment", "comments", "related", "avatar", "teaser", "teasers", "recommended", "sidebar", "widget", "promo", "bio", "footer", "footnote", "box", "social", "share", "follow", "replies", "reply", "comentarios", "reviews"})
_MOST = 20


def read(document: Document, metas: Metas, said: Statements, witness: Witness, publisher_keys: frozenset[str]) -> tuple[Party, ...]:
    """The authors, in the page's order."""
    sources = (_from_jsonld(said, witness), _from_metas(metas, witness), _from_elements(document, witness), _from_lines(document, witness))
    for source in sources:
        parties: dict[str, Party] = {}
        for names, url, evidence, confidence, reason in source:
            for name in names:
                key = key_of(name)
                if key and key not in publisher_keys and _is_author(name, publisher_keys):
                    parties.setdefault(key, Party(name=name, url=url, evidence=evidence, confidence=confidence, reason=reason))
            if len(parties) >= _MOST:
                break
        if parties:
            return tuple(parties.values())
    return ()


_Found = tuple[list[str], str | None, Evidence, Confidence, str]


def _is_author(name: str, publisher_keys: frozenset[str]) -> bool:
    if not is_person_like(name) or _NOT_AUTHOR.search(name):
        return False
    if is_role(name) and len(name.split()) <= 3 and not any(w[0].isupper() for w in name.split()[1:]):
        return False
    key = key_of(name)
    return not any(len(k) >= 5 and (key.startswith(k) or k.startswith(key)) and len(key) <= len(k) + 8 for k in publisher_keys)


def _from_jsonld(said: Statements, witness: Witness) -> Iterator[_Found]:
    for thing in said.articles[:4]:
        for key in ("author", "creator"):
            found = said.names(thing, key)
            for one in found[:_MOST]:
                yield people(one.text), _http(one.url), witness.json(one.script, one.pointer, one.text), Confidence.HIGH, f"JSON-LD {key} of the article"
            if found:
                return


def _from_metas(metas: Metas, witness: Witness) -> Iterator[_Found]:
    for name in _META:
        found = False
        for meta in list(metas.all(name))[:_MOST]:
            if "://" in meta.content or (name == "twitter:data1" and not is_person_like(meta.content)):
                continue
            names = [n for n in people(meta.content) if is_person_like(n) and not _NOT_AUTHOR.search(n)]
            if names:
                found = True
                yield names, None, witness.attribute(meta.node, meta.attribute), Confidence.HIGH, f"meta {name}"
        if found:
            return


def _from_elements(document: Document, witness: Witness) -> Iterator[_Found]:
    marked = [n for n in document.tree.css(_MARKED)[:60] if _may_hold_byline(n)]
    for node in marked[:12]:
        names, holder = _names_in(node)
        if names:
            href = holder.attributes.get("href")
            content = holder.attributes.get("content")
            evidence = witness.attribute(holder, "content") if content and not holder.text().strip() else witness.element_words(holder)
            yield names, _http(href), evidence, Confidence.MEDIUM, "element marked as a byline"
            return


def _may_hold_byline(node: LexborNode) -> bool:
    if node.tag in {"body", "html", "script", "style", "meta", "link", "img", "input", "form", "noscript"}:
        return node.tag == "meta" and bool(node.attributes.get("content"))
    own = words_of(node)
    if not own.isdisjoint(_AVOIDED):
        return False
    parent, steps = node.parent, 0
    while parent is not None and steps < 8:
        if not words_of(parent).isdisjoint(_AVOIDED - {"box", "widget", "social", "share"}) or parent.tag in {"footer", "nav"}:
            return False
        parent, steps = parent.parent, steps + 1
    return True


def _names_in(node: LexborNode) -> tuple[list[str], LexborNode]:
    content = node.attributes.get("content")
    if content and not node.text().strip():
        return [n for n in people(content) if is_person_like(n)], node
    inner = [n for n in node.css(_NAMES)[:20] if n.mem_id != node.mem_id] if node.tag != "a" else []
    for holder in inner:
        text = plain(holder.text())
        if is_person_like(text) and not _NOT_AUTHOR.search(text) and not re.search(r"\d", text):
            names = [n for other in inner if other.tag == holder.tag for n in people(plain(other.text())) if is_person_like(n) and not _NOT_AUTHOR.search(n) and not is_role(n)]
            return list(dict.fromkeys(names or people(text)))[:8], holder
    text = plain(node.text())[:200]
    line = re.split(r"\s[|•·–]\s|\s{2,}|\d{1,2}[:./]\d|\b(?:published|updated|posted on|on|am|le|el|\d{4})\b", without_by(text), maxsplit=1)[0]
    names = [n for n in people(line) if is_person_like(n) and len(n.split()) <= 5]
    return (names if len(names) <= 6 else []), node


def _from_lines(document: Document, witness: Witness) -> Iterator[_Found]:
    for block in document.blocks[:600]:
        text = block.text
        if len(text) > 110:
            continue
        found = _LINE.match(text)
        if found:
            names = [n for n in people(found[1] or found[2]) if is_person_like(n) and len(n.split()) <= 5]
            group = 1 if found[1] else 2
            if names:
                evidence = witness.words(block.start + found.start(group), block.start + found.end(group))
                yield names, None, evidence, Confidence.MEDIUM, "byline in words"
                return


def _http(url: str | None) -> str | None:
    return url if url and url.startswith(("http://", "https://")) else None
