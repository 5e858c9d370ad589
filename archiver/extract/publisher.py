# SPDX-License-Identifier: Apache-2.0
"""Who published the page: the site's or brand's name, never the software that serves it or the agency that wrote it.

Candidates are taken in order of how much they are made for the purpose; one that the host spells outranks one that it does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from archiver.extract.copyright_words import reservation
from archiver.extract.document import Document
from archiver.extract.evidence import Witness
from archiver.extract.hosts import host_of, key_of, names_host, shown_host
from archiver.extract.jsonld import Said, Statements
from archiver.extract.metas import Metas
from archiver.extract.names import plain, trimmed
from manifests.agents import Confidence
from manifests.capture import Party

_SEPARATOR = re.compile(r"\s+[|–—\-·•:»«/~]{1,2}\s+|\s*[|｜]\s*|\s*_\s*(?=[^\W\d_])|(?<=\S)\s-\s|：|（")
_INNER = re.compile(r":\s+|\s?[\[\]]\s?|,\s+|\s\(|\)$")
_GENERIC = frozenset(
    {
        "home",
        "homepage",
        "startseite",
        "accueil",
        "inicio",
        "blog",
        "news",
        "index",
        "article",
        "articles",
        "website",
        "wordpress",
        "untitled",
        "the",
        "logo",
        "menu",
        "site",
        "nachrichten",
        "main",
        "web",
        "en",
        "de",
        "default",
        "mysite",
        "wikipedia",
        "facebook",
        "twitter",
    }
)
_LOGO = (
    "a[rel~='home'],[class*='logo' i] img[alt],a[class*='logo' i],[id*='logo' i] img[alt],a[class*='brand' "
    "i],.site-title,.site-name,#site-title,header h1 a,[class*='masthead' i] img[alt],header a[href='/']"
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    source: str
    rank: int
    node: LexborNode | None = None
    attribute: str = "content"
    said: Said | None = None
    whole: str = ""
    url: str | None = None


def read(
    document: Document, metas: Metas, said: Statements, witness: Witness, url: str, title: str | None
) -> Party | None:
    """The publisher, or None when the page names none and has no host."""
    candidates = list(_candidates(document, metas, said, url, title))
    chosen = _choose(candidates, url)
    if chosen is None:
        host = shown_host(url)
        if not host:
            return None
        evidence = witness.address(host)
        return Party(
            name=host,
            url=None,
            evidence=evidence,
            confidence=Confidence.LOW,
            reason="host name, nothing else names a publisher",
        )
    if chosen.said is not None:
        evidence = witness.json(chosen.said.script, chosen.said.pointer, chosen.said.text)
    elif chosen.node is not None and chosen.attribute:
        evidence = witness.attribute(chosen.node, chosen.attribute)
    else:
        node = chosen.node or document.tree.css_first("title")
        if node is None:
            return None
        evidence = witness.element(node) if node.tag == "title" else witness.element_words(node)
    spelled = names_host(chosen.name, url)
    confidence = (
        Confidence.HIGH if chosen.rank <= 2 else Confidence.MEDIUM if spelled or chosen.rank <= 4 else Confidence.LOW
    )
    return Party(name=chosen.name, url=chosen.url, evidence=evidence, confidence=confidence, reason=chosen.source)


def _choose(candidates: list[_Candidate], url: str) -> _Candidate | None:
    best: tuple[int, int] | None = None
    chosen = None
    for at, candidate in enumerate(candidates):
        spelled = names_host(candidate.name, url)
        # A bare domain is a name only where nothing better is spelled.
        bare = "." in candidate.name and " " not in candidate.name
        score = candidate.rank * 2 - (3 if spelled else 0) + (1 if bare and candidate.rank > 2 else 0)
        if best is None or (score, at) < best:
            best, chosen = (score, at), candidate
    return chosen


def _candidates(
    document: Document, metas: Metas, said: Statements, url: str, title: str | None
) -> Iterator[_Candidate]:
    def clean(text: str) -> str | None:
        return _site_name(text, url, title)

    for meta in metas.all("og:site_name", "og:sitename"):
        name = clean(meta.content)
        if name:
            yield _Candidate(name, f"meta {meta.name}", 1, meta.node, meta.attribute)
    for thing in [*said.articles, *said.of_types("webpage")][:6]:
        for one in said.names(thing, "publisher")[:1]:
            name = clean(one.text)
            value = thing.properties.get("publisher")
            person = isinstance(value, dict) and "Person" in (value.get("@type"), value.get("type"))
            if name and not (person and not names_host(name, url)):
                yield _Candidate(name, "JSON-LD publisher", 2, said=one, url=_http(one.url))
    for thing in list(said.of_types("website"))[:2]:
        for one in said.names(thing, "name")[:1]:
            name = clean(one.text)
            if name:
                yield _Candidate(name, "JSON-LD name of the site", 2, said=one)
    for node in document.tree.css("[itemprop='publisher'] [itemprop='name']")[:2]:
        attribute = "content" if node.attributes.get("content") else ""
        name = clean(node.attributes.get("content") or node.text())
        if name:
            yield _Candidate(name, "microdata publisher", 3, node, attribute)
    for meta in metas.all(
        "application-name",
        "apple-mobile-web-app-title",
        "dc.publisher",
        "dcterms.publisher",
        "citation_publisher",
        "publisher",
        "al:android:app_name",
        "cre",
        "copyright",
    ):
        name = clean(
            re.sub(r"©|\(c\)|copyright|(?:19|20)\d\d", " ", reservation.sub(" ", meta.content[:500]), flags=re.I)
        )
        if name:
            weak = meta.name in {"publisher", "al:android:app_name", "copyright", "cre"}
            yield _Candidate(name, f"meta {meta.name}", 5 if weak else 3, meta.node, meta.attribute)
    yield from _from_title(document, title, url)
    for thing in list(said.of_types("organization", "newsmediaorganization"))[:2]:
        for one in said.names(thing, "name")[:1]:
            name = clean(one.text)
            if name:
                yield _Candidate(name, "JSON-LD organisation", 4, said=one)
    yield from _from_logo(document, url, title)


def _from_title(document: Document, title: str | None, url: str) -> Iterator[_Candidate]:
    parts = [p.strip() for p in _SEPARATOR.split(title or "") if p.strip()]
    if len(parts) < 2 and not (parts and _INNER.search(parts[0])):
        if parts and names_host(parts[0], url) and len(parts[0]) < 50:
            yield _Candidate(parts[0], "title", 5, document.tree.css_first("title"), "")
        return
    ends = [parts[-1], parts[0], *parts[1:-1]]
    ends += [piece for part in ends for piece in _INNER.split(part) if piece.strip() and piece != part]
    ends = [p for p in ends if not (_INNER.search(p) and any(q != p and q in p and names_host(q, url) for q in ends))]
    for part in ends:
        if names_host(part, url) and len(part) <= 60:
            yield _Candidate(
                trimmed(part), "part of the title that the host spells", 4, document.tree.css_first("title"), ""
            )
            return
    if len(parts[-1]) <= 40 and key_of(parts[-1]) not in _GENERIC:
        yield _Candidate(trimmed(parts[-1]), "last part of the title", 5, document.tree.css_first("title"), "")


def _from_logo(document: Document, url: str, title: str | None) -> Iterator[_Candidate]:
    for node in document.tree.css(_LOGO)[:8]:
        alt = node.attributes.get("alt")
        name = _site_name(re.sub(r"\blogo\b", "", alt or node.text()[:200], flags=re.I), url, title)
        if name and len(name) <= 60:
            spelled = names_host(name, url)
            yield _Candidate(name, "logo or home link", 5 if spelled else 6, node, "alt" if alt else "")


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


def keys_of(party: Party | None, url: str) -> frozenset[str]:
    """Folded names that mean the publisher: its name and its host."""
    keys = {key_of(party.name)} if party else set()
    host = shown_host(url)
    if host:
        keys |= {key_of(host), key_of(host.rsplit(".", 1)[0])}
    return frozenset(k for k in keys if len(k) >= 3)
