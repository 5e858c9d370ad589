# SPDX-License-Identifier: Apache-2.0
"""Where a page names its publisher: each place as a candidate, with how far the place is made for that.

Rank 1 is a site's name stated as such, 2 a publisher stated in JSON-LD, 3 one stated in other ways, from 4 on it is inferred:
from the title, a feed, a logo, the link home. Names are cleaned of taglines and of what is no name.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.jsonld import Said, Statements, kind_of
from archiver.extract.markup.metas import Metas
from archiver.extract.origin.hosts import host_of, key_of, names_host
from archiver.extract.origin.names import plain, trimmed
from archiver.extract.rights.copyright_words import reservation
from manifests.agents import Claim, Evidence

_SEPARATOR = re.compile(r"\s+[|–—\-·•:»«/~]{1,2}\s+|\s*[|｜]\s*|\s*_\s*(?=[^\W\d_])|(?<=\S)\s-\s|：|（")
_INNER = re.compile(r":\s+|\s?[\[\]]\s?|,\s+|\s\(|\)$")
_LONE_STOP = re.compile(r"\s\.(?=\s|$)")
_CLAIM = re.compile(r"©|\(c\)|copyright|(?:19|20)\d\d", re.IGNORECASE)
_LOGO_WORD = re.compile(r"\blogo\b", re.IGNORECASE)
_FEED_WORD = re.compile(
    r"(?:\b(?:rss|atom|feeds?|headlines|newsfeed|xml|full|latest|posts|articles|2\.0|1\.0|0\.3)\b[\s:|»-]{0,3})+$|"
    r"^(?:(?:rss|atom|feed)\b[\s:|»-]{0,3})+",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment|kommentar|coment[aá]rio|reacties", re.IGNORECASE)
_GENERIC = frozenset((
    "home", "homepage", "startseite", "accueil", "inicio", "blog", "news", "index", "article", "articles", "website",
    "wordpress", "untitled", "the", "logo", "menu", "site", "nachrichten", "main", "web", "en", "de", "default",
    "mysite", "wikipedia", "facebook", "twitter",
))  # fmt: skip
"""Words that name no site in particular."""
_LOGO = (
    "a[rel~='home'],[class*='logo' i] img[alt],a[class*='logo' i],[id*='logo' i] img[alt],a[class*='brand' "
    "i],.site-title,.site-name,#site-title,header h1 a,[class*='masthead' i] img[alt],header a[href='/']"
)


class Naming(NamedTuple):
    """A name that one place gives the publisher."""

    name: str
    source: str
    """The rule that read it."""
    rank: int
    """How far the place is made for naming the publisher, 1 the most."""
    evidence: Callable[[], Evidence]
    url: str | None = None
    kind: str | None = None


_Clean = Callable[[str], str | None]
_Groups = Iterator[tuple[int, Iterator[Naming]]]


def stated(
    document: Document, metas: Metas, said: Statements, witness: Witness, url: str, title: str | None
) -> list[list[Naming]]:
    """Names that are stated for machines, by rank: a list each."""
    clean = partial(_site_name, url=url, title=title)
    found = [
        [*_from_site_names(metas, witness, clean)],
        [*_from_jsonld(said, witness, url, clean)],
        [*_from_microdata(document, witness, clean), *_from_metas(metas, witness, clean)],
    ]
    if not found[0] and not found[1]:
        found[2] += _from_rdfa(document, witness, clean)
    return found


def inferred(
    document: Document, metas: Metas, said: Statements, witness: Witness, url: str, title: Claim | None
) -> _Groups:
    """Candidates that were not made to name the publisher, by group, each with the lowest rank that one of it can have."""
    clean = partial(_site_name, url=url, title=title.value if title else None)
    if title:
        yield 4, _from_title(title, url)
    yield 4, _from_organisations(said, witness, clean)
    yield 5, _from_feeds(metas, witness, clean)
    yield 5, _from_logo(document, witness, url, clean)
    yield 6, _from_home_links(document, witness, url, clean)


def _from_site_names(metas: Metas, witness: Witness, clean: _Clean) -> Iterator[Naming]:
    for meta in metas.all("og:site_name", "og:sitename"):
        name = clean(meta.content)
        if name:
            yield Naming(name, f"meta {meta.name}", 1, partial(witness.attribute, meta.node, meta.attribute))


def _stated(witness: Witness, one: Said) -> Callable[[], Evidence]:
    return partial(witness.json, one.script, one.pointer, one.text)


def _from_jsonld(said: Statements, witness: Witness, url: str, clean: _Clean) -> Iterator[Naming]:
    for thing in [*said.articles, *said.of_types("webpage")][:6]:
        for one in said.names(thing, "publisher")[:1]:
            name = clean(one.text)
            if name and not (one.kind == "person" and not names_host(name, url)):
                yield Naming(name, "JSON-LD publisher", 2, _stated(witness, one), _http(one.url), one.kind)
    for thing in list(said.of_types("website"))[:2]:
        for one in said.names(thing, "name")[:1]:
            name = clean(one.text)
            if name:
                yield Naming(name, "JSON-LD name of the site", 2, _stated(witness, one))


def _from_microdata(document: Document, witness: Witness, clean: _Clean) -> Iterator[Naming]:
    nodes = [node for node, held in document.table.stating if "publisher" in held.split() and node.tag != "meta"]
    yield from _named(nodes[:2], "[itemprop~='name']", "itemscope", "microdata publisher", witness, clean)


def _from_rdfa(document: Document, witness: Witness, clean: _Clean) -> Iterator[Naming]:
    nodes = document.tree.css("body [property='publisher'],body [property$=':publisher']")
    yield from _named(nodes[:2], "[property='name'],[property$=':name']", "typeof", "RDFa publisher", witness, clean)


def _named(
    nodes: list[LexborNode], name_of: str, scoped: str, source: str, witness: Witness, clean: _Clean
) -> Iterator[Naming]:
    """The names of things that markup calls the publisher: the thing's name, or the words of an element that is no thing."""
    for node in nodes:
        attributes = node.attributes
        holder = node.css_first(name_of) or (None if scoped in attributes else node)
        if holder is None:
            continue
        content = holder.attributes.get("content")
        name = clean(content or holder.text(separator=" "))
        if name:
            types = attributes.get("itemtype") or attributes.get("typeof") or ""
            evidence = (
                partial(witness.attribute, holder, "content") if content else partial(witness.element_words, holder)
            )
            yield Naming(name, source, 3, evidence, kind=kind_of(types.split()))


def _from_metas(metas: Metas, witness: Witness, clean: _Clean) -> Iterator[Naming]:
    for meta in metas.all(
        "application-name",
        "apple-mobile-web-app-title",
        "dc.publisher",
        "dcterms.publisher",
        "citation_publisher",
        "dc:publisher",
        "dcterms:publisher",
        "schema:publisher",
        "publisher",
        "al:android:app_name",
        "cre",
        "copyright",
    ):
        words = _CLAIM.sub(" ", reservation.sub(" ", meta.content[:500]))
        name = clean(_LONE_STOP.sub("", words))
        if name:
            weak = meta.name in {"publisher", "al:android:app_name", "copyright", "cre"}
            yield Naming(
                name, f"meta {meta.name}", 5 if weak else 3, partial(witness.attribute, meta.node, meta.attribute)
            )


def _from_organisations(said: Statements, witness: Witness, clean: _Clean) -> Iterator[Naming]:
    for thing in list(said.of_types("organization", "newsmediaorganization"))[:2]:
        for one in said.names(thing, "name")[:1]:
            name = clean(one.text)
            if name:
                yield Naming(name, "JSON-LD organisation", 4, _stated(witness, one))


def _from_title(title: Claim, url: str) -> Iterator[Naming]:
    def evidence() -> Evidence:
        return title.evidence

    parts = [p.strip() for p in _SEPARATOR.split(title.value) if p.strip()]
    if not parts:
        return
    if len(parts) == 1 and not _INNER.search(parts[0]):
        if names_host(parts[0], url) and len(parts[0]) < 50:
            yield Naming(parts[0], "title", 5, evidence)
        return
    ends = [parts[-1], parts[0], *parts[1:-1]]
    ends += [piece for part in ends for piece in _INNER.split(part) if piece.strip() and piece != part]
    ends = [p for p in ends if not (_INNER.search(p) and any(q != p and q in p and names_host(q, url) for q in ends))]
    for part in ends:
        if names_host(part, url) and len(part) <= 60:
            yield Naming(trimmed(part), "part of the title that the host spells", 4, evidence)
            return
    if len(parts) > 1 and _may_be_brand(parts[-1]):
        yield Naming(trimmed(parts[-1]), "last part of the title", 5, evidence)


def _may_be_brand(words: str) -> bool:
    """Whether the end of a title is more likely a name than what the story is about: a few words, no sentence."""
    return len(words) <= 40 and words.count(" ") < 5 and ". " not in words and key_of(words) not in _GENERIC


def _from_logo(document: Document, witness: Witness, url: str, clean: _Clean) -> Iterator[Naming]:
    for node in document.tree.css(_LOGO)[:8]:
        alt = node.attributes.get("alt")
        name = clean(_LOGO_WORD.sub("", alt or node.text()[:200]))
        if name and len(name) <= 60:
            evidence = partial(witness.attribute, node, "alt") if alt else partial(witness.element_words, node)
            yield Naming(name, "logo or home link", 5 if names_host(name, url) else 6, evidence)


def _from_feeds(metas: Metas, witness: Witness, clean: _Clean) -> Iterator[Naming]:
    for link in islice(metas.linked("alternate"), 12):
        attributes = link.node.attributes
        words = attributes.get("title") or ""
        if (attributes.get("type") or "").lower().endswith(("rss+xml", "atom+xml")) and not _COMMENTS.search(words):
            name = clean(_FEED_WORD.sub("", words[:200]).strip(" -–—|»:"))
            if name:
                yield Naming(name, "title of the feed", 5, partial(witness.attribute, link.node, "title"))
                return


def _from_home_links(document: Document, witness: Witness, url: str, clean: _Clean) -> Iterator[Naming]:
    """The picture or the words of the first link to the site's root."""
    host = host_of(url)
    roots = {"/", *(f"{scheme}://{host}{end}" for scheme in ("http", "https") for end in ("", "/") if host)}
    for _, node, attributes in document.table.named("a")[:80]:
        if attributes.get("href") in roots:
            picture = node.css_first("img[alt]")
            held = (picture.attributes.get("alt") or "") if picture is not None else node.text(separator=" ")[:200]
            name = clean(_LOGO_WORD.sub("", held))
            if name and len(name) <= 60:
                evidence = (
                    partial(witness.attribute, picture, "alt")
                    if picture is not None
                    else partial(witness.element_words, node)
                )
                yield Naming(name, "link to the site's root", 6, evidence)
                return


def _site_name(text: str, url: str, title: str | None) -> str | None:
    name = trimmed(plain(text))
    if not name or name.startswith(("http://", "https://", "@")) or key_of(name) in _GENERIC:
        return None
    if title and len(name) > 20 and key_of(name) == key_of(title):
        return None
    if len(name) > 50 or _SEPARATOR.search(name):
        parts = [p.strip() for p in re.split(r"[.:(]\s|\s\(", name) for p in _SEPARATOR.split(p) if p.strip()] or [name]
        spelled = next((p for p in parts if names_host(p, url)), None)
        name = trimmed(spelled or parts[0])
    if "," in name and len(name) > 20:
        name = next((p.strip() for p in name.split(",") if names_host(p, url)), name)
    return name if 2 <= len(name) <= 80 and any(c.isalpha() for c in name) else None


def _http(url: str | None) -> str | None:
    return url if url and url.startswith(("http://", "https://")) and host_of(url) else None
