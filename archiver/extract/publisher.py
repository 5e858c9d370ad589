# SPDX-License-Identifier: Apache-2.0
"""Who published the page: the site's or brand's name, never the software that serves it or the agency that wrote it.

Candidates are taken in order of how much they are made for the purpose; one that the host spells outranks one that it does not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from archiver.extract.copyright_words import reservation
from archiver.extract.document import Document
from archiver.extract.elements import elements_of
from archiver.extract.evidence import Witness
from archiver.extract.hosts import host_of, key_of, names_host, shown_host
from archiver.extract.jsonld import Said, Statements
from archiver.extract.metas import Metas
from archiver.extract.names import plain, trimmed
from manifests.agents import Claim, Confidence, Evidence
from manifests.capture import Party

_SEPARATOR = re.compile(r"\s+[|–—\-·•:»«/~]{1,2}\s+|\s*[|｜]\s*|\s*_\s*(?=[^\W\d_])|(?<=\S)\s-\s|：|（")
_INNER = re.compile(r":\s+|\s?[\[\]]\s?|,\s+|\s\(|\)$")
_LONE_STOP = re.compile(r"\s\.(?=\s|$)")
_CLAIM = re.compile(r"©|\(c\)|copyright|(?:19|20)\d\d", re.IGNORECASE)
_LOGO_WORD = re.compile(r"\blogo\b", re.IGNORECASE)
_SPELLED = 3
"""How much a name gains that the host spells."""
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
    evidence: Callable[[], Evidence]
    url: str | None = None


def read(
    document: Document, metas: Metas, said: Statements, witness: Witness, url: str, title: Claim | None
) -> Party | None:
    """The publisher, or None when the page names none and has no host."""
    chosen = _choose(_candidates(document, metas, said, witness, url, title), url)
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
    spelled = names_host(chosen.name, url)
    confidence = (
        Confidence.HIGH if chosen.rank <= 2 else Confidence.MEDIUM if spelled or chosen.rank <= 4 else Confidence.LOW
    )
    return Party(
        name=chosen.name, url=chosen.url, evidence=chosen.evidence(), confidence=confidence, reason=chosen.source
    )


def _choose(groups: Iterator[tuple[int, Iterator[_Candidate]]], url: str) -> _Candidate | None:
    """The candidate of the lowest score, the first of equals; a group that cannot go lower is not looked at."""
    best: int | None = None
    chosen = None
    for lowest_rank, candidates in groups:
        if best is not None and best <= lowest_rank * 2 - _SPELLED:
            continue
        for candidate in candidates:
            # A bare domain is a name only where nothing better is spelled.
            bare = "." in candidate.name and " " not in candidate.name
            score = candidate.rank * 2 + (1 if bare and candidate.rank > 2 else 0)
            if best is not None and best <= score - _SPELLED:
                continue
            score -= _SPELLED if names_host(candidate.name, url) else 0
            if best is None or score < best:
                best, chosen = score, candidate
    return chosen


def _candidates(
    document: Document, metas: Metas, said: Statements, witness: Witness, url: str, title: Claim | None
) -> Iterator[tuple[int, Iterator[_Candidate]]]:
    """Candidates by group, each with the lowest rank that one of it can have."""
    clean = partial(_site_name, url=url, title=title.value if title else None)
    yield 1, _from_site_names(metas, witness, clean)
    yield 2, _from_jsonld(said, witness, url, clean)
    yield 3, _from_microdata(document, witness, clean)
    yield 3, _from_metas(metas, witness, clean)
    if title:
        yield 4, _from_title(title, url)
    yield 4, _from_organisations(said, witness, clean)
    yield 5, _from_logo(document, witness, url, clean)


_Clean = Callable[[str], str | None]


def _from_site_names(metas: Metas, witness: Witness, clean: _Clean) -> Iterator[_Candidate]:
    for meta in metas.all("og:site_name", "og:sitename"):
        name = clean(meta.content)
        if name:
            yield _Candidate(name, f"meta {meta.name}", 1, partial(witness.attribute, meta.node, meta.attribute))


def _stated(witness: Witness, one: Said) -> Callable[[], Evidence]:
    return partial(witness.json, one.script, one.pointer, one.text)


def _from_jsonld(said: Statements, witness: Witness, url: str, clean: _Clean) -> Iterator[_Candidate]:
    for thing in [*said.articles, *said.of_types("webpage")][:6]:
        for one in said.names(thing, "publisher")[:1]:
            name = clean(one.text)
            value = thing.properties.get("publisher")
            person = isinstance(value, dict) and "Person" in (value.get("@type"), value.get("type"))
            if name and not (person and not names_host(name, url)):
                yield _Candidate(name, "JSON-LD publisher", 2, _stated(witness, one), _http(one.url))
    for thing in list(said.of_types("website"))[:2]:
        for one in said.names(thing, "name")[:1]:
            name = clean(one.text)
            if name:
                yield _Candidate(name, "JSON-LD name of the site", 2, _stated(witness, one))


def _from_microdata(document: Document, witness: Witness, clean: _Clean) -> Iterator[_Candidate]:
    if not elements_of(document).states("publisher"):
        return
    for node in document.tree.css("[itemprop='publisher'] [itemprop='name']")[:2]:
        content = node.attributes.get("content")
        name = clean(content or node.text())
        if name:
            evidence = partial(witness.attribute, node, "content") if content else partial(witness.element_words, node)
            yield _Candidate(name, "microdata publisher", 3, evidence)


def _from_metas(metas: Metas, witness: Witness, clean: _Clean) -> Iterator[_Candidate]:
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
        words = _CLAIM.sub(" ", reservation.sub(" ", meta.content[:500]))
        name = clean(_LONE_STOP.sub("", words))
        if name:
            weak = meta.name in {"publisher", "al:android:app_name", "copyright", "cre"}
            yield _Candidate(
                name, f"meta {meta.name}", 5 if weak else 3, partial(witness.attribute, meta.node, meta.attribute)
            )


def _from_organisations(said: Statements, witness: Witness, clean: _Clean) -> Iterator[_Candidate]:
    for thing in list(said.of_types("organization", "newsmediaorganization"))[:2]:
        for one in said.names(thing, "name")[:1]:
            name = clean(one.text)
            if name:
                yield _Candidate(name, "JSON-LD organisation", 4, _stated(witness, one))


def _from_title(title: Claim, url: str) -> Iterator[_Candidate]:
    def evidence() -> Evidence:
        return title.evidence

    parts = [p.strip() for p in _SEPARATOR.split(title.value) if p.strip()]
    if not parts:
        return
    if len(parts) == 1 and not _INNER.search(parts[0]):
        if names_host(parts[0], url) and len(parts[0]) < 50:
            yield _Candidate(parts[0], "title", 5, evidence)
        return
    ends = [parts[-1], parts[0], *parts[1:-1]]
    ends += [piece for part in ends for piece in _INNER.split(part) if piece.strip() and piece != part]
    ends = [p for p in ends if not (_INNER.search(p) and any(q != p and q in p and names_host(q, url) for q in ends))]
    for part in ends:
        if names_host(part, url) and len(part) <= 60:
            yield _Candidate(trimmed(part), "part of the title that the host spells", 4, evidence)
            return
    if len(parts) > 1 and len(parts[-1]) <= 40 and key_of(parts[-1]) not in _GENERIC:
        yield _Candidate(trimmed(parts[-1]), "last part of the title", 5, evidence)


def _from_logo(document: Document, witness: Witness, url: str, clean: _Clean) -> Iterator[_Candidate]:
    for node in document.tree.css(_LOGO)[:8]:
        alt = node.attributes.get("alt")
        name = clean(_LOGO_WORD.sub("", alt or node.text()[:200]))
        if name and len(name) <= 60:
            evidence = partial(witness.attribute, node, "alt") if alt else partial(witness.element_words, node)
            yield _Candidate(name, "logo or home link", 5 if names_host(name, url) else 6, evidence)


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
