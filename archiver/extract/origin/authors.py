# SPDX-License-Identifier: Apache-2.0
"""Who wrote the page: names from JSON-LD, meta elements, microdata, RDFa, `rel=author`, and the byline that readers see.

The publisher's own name, job titles, newsrooms and software names are not authors. What is stated for machines is believed
before what stands in the text; the visible byline wins where it names everyone stated and more, or where what is stated is
no full name. Who else is named by a source that was not believed is told apart, not dropped.
"""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from itertools import chain, islice
from typing import NamedTuple

from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.jsonld import Statements, Thing
from archiver.extract.markup.metas import Metas
from archiver.extract.origin.agencies import agency_of
from archiver.extract.origin.agreement import Candidate, also, differing
from archiver.extract.origin.byline_lines import edited_by
from archiver.extract.origin.byline_words import PARTICLES
from archiver.extract.origin.bylines import Byline, Bylines, http, is_no_author, told_by
from archiver.extract.origin.hosts import key_of
from archiver.extract.origin.names import (
    initials_of,
    is_person_like,
    is_written_name,
    names_organisation,
    one_person,
    people,
    plain,
)
from manifests.agents import Confidence, Differing, Evidence
from manifests.canonical import unchecked
from manifests.capture import Party

_party_of = unchecked(Party)
_META = (
    "author", "article:author", "schema:author", "dc.creator", "dc:creator", "dcterms.creator", "dcterms:creator",
    "dc.author", "dc.contributor", "parsely-author", "sailthru.author", "byl", "citation_author", "citation_authors",
    "article:author_name", "og:author", "og:article:author", "cxenseparse:author", "shareaholic:article_author_name",
    "rbauthors", "authors", "author_name", "twitter:data1",
)  # fmt: skip
_ONE_PERSON = frozenset(("citation_author", "dc.creator", "dc:creator", "dcterms.creator", "dcterms:creator"))
_MOST = 20
_MOST_MARKED = 80


class Named(NamedTuple):
    """One name that a source gives."""

    name: str
    url: str | None
    witnessed: Callable[[], Evidence]
    confidence: Confidence
    reason: str
    kind: str | None = None


_Names = dict[str, Named]
"""Names by their folded form, in the source's order."""


def read(
    document: Document,
    metas: Metas,
    said: Statements,
    witness: Witness,
    publisher_keys: frozenset[str],
    *,
    title: str | None = None,
    others: list[Differing] | None = None,
) -> tuple[Party, ...]:
    """The authors, in the page's order; `others` takes who is named instead."""
    own = _Own(document, publisher_keys)
    bylines = Bylines(document, witness, title)
    sources = [
        _from_jsonld(said, witness, title),
        *(_from_meta(metas, name, witness) for name in metas.held(_META)),
        _from_elements(document, witness, bylines),
    ]
    stated = [found for source in sources if (found := own.without(source))]
    full = [found for found in stated if not all(map(_is_no_full_name, found.values()))]
    persons = [found for found in stated if not all(map(_is_organisation, found.values()))]
    believed: _Names = next(iter(full or persons or stated), {})
    # Looking for a byline among a page's elements costs as much as all that is stated: only where that says little.
    seen = own.without(_visible(bylines, own)) if _is_weak(believed, document) else {}
    chosen = _chosen(believed, seen)
    if not chosen and metas.first("og:site_name") is None:
        signed = (
            _from_jsonld(said, witness, title),
            _from_meta(metas, "author", witness),
            _from_elements(document, witness, bylines),
        )
        chosen = own.publishing(chain.from_iterable(signed))
    near = seen if _is_near(seen) else {}
    rest = [_candidate(one) for found in (*stated, near) if found is not chosen for one in found.values()]
    if others is not None and rest:
        others += differing("authors", [one.name for one in chosen.values()], rest, _is_alike)
    return tuple(
        _party_of(
            name=one.name,
            url=one.url,
            type=one.kind,
            evidence=one.witnessed(),
            confidence=one.confidence,
            reason=one.reason,
            also=also(_candidate(one), rest, _is_alike) if rest else (),
        )
        for one in list(chosen.values())[:_MOST]
    )


def _candidate(one: Named) -> Candidate:
    return Candidate(one.name, one.confidence, one.reason, one.witnessed)


def _is_alike(one: str, other: str) -> bool:
    """Whether two names mean one person, as far as words tell: they are equal, or one has all words of the other."""
    if key_of(one) == key_of(other):
        return True
    first, second = ({key_of(word) for word in name.split()} for name in (one, other))
    return first <= second or second <= first


def _chosen(stated: _Names, seen: _Names) -> _Names:
    """What is stated for machines and says little, or what readers see beside the headline, where it is another's name."""
    more = stated.keys() < seen.keys() or stated.keys().isdisjoint(seen)
    return seen if not stated or (_is_near(seen) and more) else stated


def _is_near(seen: _Names) -> bool:
    return any(one.confidence == Confidence.HIGH for one in seen.values())


def _is_weak(stated: _Names, document: Document) -> bool:
    """Whether what is stated is no full name, an organisation's, or one that readers are not shown."""
    return all(
        _is_no_full_name(one) or one.kind == "organization" or one.name not in document.text for one in stated.values()
    )


def _is_no_full_name(one: Named) -> bool:
    return (" " not in one.name and one.name[0].isalpha() and one.name[0].lower() != one.name[0].upper()) or (
        _is_organisation(one)
    )


def _is_organisation(one: Named) -> bool:
    return one.reason == "meta author" and names_organisation(one.name)


class _Own:
    """What is the page's own, and so no author: its publisher, and those it names as editors."""

    def __init__(self, document: Document, keys: frozenset[str]) -> None:
        self._document, self._keys = document, keys

    @cached_property
    def _editors(self) -> frozenset[str]:
        return edited_by(self._document)

    def without(self, source: Iterator[Named]) -> _Names:
        """The names of a source that are authors."""
        found: _Names = {}
        for one in source:
            key = key_of(one.name)
            if (
                key
                and key not in found
                and self._is_author(one.name, key, stated_person=one.reason.endswith("a person"))
            ):
                found[key] = one
        persons = {key: one for key, one in found.items() if not one.name.startswith("The ")}
        return persons or found

    def accepts(self, name: str) -> bool:
        """Whether a name that readers see is an author's."""
        key = key_of(name)
        return bool(key) and self._is_author(name, key, stated_person=False)

    def _is_author(self, name: str, key: str, *, stated_person: bool) -> bool:
        if not is_person_like(name) or is_no_author(name):
            return False
        if not name.isascii() and any(key.endswith(editor) for editor in self._editors):
            return False
        if agency_of(name) or stated_person:
            return True
        if key in self._keys:
            return False
        short = initials_of(name)
        if short and any(k.startswith(short) and len(k) <= len(short) + 2 for k in self._keys):
            return False
        first = key_of(name.split(maxsplit=1)[0])
        if name.count(" ") >= 2 and any(len(k) >= 6 and key.endswith(k) for k in self._keys):
            return False
        return not any(
            len(k) >= 5
            and (
                (key.startswith(k) and len(first) <= len(k) < len(key) <= len(k) + 8)
                or (len(key) >= 4 and k.startswith(key))
            )
            for k in self._keys
        )

    def publishing(self, source: Iterator[Named]) -> _Names:
        """The one who publishes the page and signs it: the publisher's name, where it is a person's full name."""
        for one in source:
            words, key = one.name.split(), key_of(one.name)
            if (
                key in self._keys
                and 2 <= len(words) <= 3
                and words[0].lower() not in PARTICLES
                and is_written_name(one.name)
                and not names_organisation(one.name)
            ):
                return {key: one}
        return {}


def _visible(bylines: Bylines, own: _Own) -> Iterator[Named]:
    marked, worded = bylines.marked(own.accepts), None
    if marked is None or not marked.near:
        worded = bylines.in_words(own.accepts)
    byline: Byline | None = marked if marked and (marked.near or not worded) else worded
    if byline:
        confidence = Confidence.HIGH if byline.near else Confidence.MEDIUM
        for name, url, witnessed in byline.names:
            yield Named(name, url, witnessed, confidence, byline.reason)


def _from_jsonld(said: Statements, witness: Witness, title: str | None) -> Iterator[Named]:
    for thing in _own_articles(said, title):
        for key in ("author", "creator"):
            found = said.names(thing, key)
            published_by = thing.properties.get("publisher")
            organised = isinstance(published_by, dict) and "Organization" in str(published_by.get("@type"))
            for one in found[:_MOST]:
                witnessed = partial(witness.json, one.script, one.pointer, one.text)
                reason = f"JSON-LD {key} of the article{', a person' if one.kind == 'person' and not organised else ''}"
                for name in people(one.text):
                    yield Named(name, http(one.url), witnessed, Confidence.HIGH, reason, one.kind)
            if found:
                return


def _own_articles(said: Statements, title: str | None) -> list[Thing]:
    """Statements about the page's own article; none where several are stated and none of them is the page's."""
    told = key_of(title) if title else ""
    signed = [thing for thing in said.articles if "author" in thing.properties or "creator" in thing.properties]
    if len(signed) < 2 or not told:
        return signed[:4]
    own = [
        thing
        for thing in signed
        if any(_is_titled(key_of(str(thing.properties.get(k) or "")), told) for k in ("headline", "name"))
    ]
    return (own or ([] if len(signed) > 2 else signed))[:4]


def _is_titled(words: str, told: str) -> bool:
    return len(words) >= 6 and (words in told or told in words)


def _from_meta(metas: Metas, name: str, witness: Witness) -> Iterator[Named]:
    for meta in islice(metas.all(name), _MOST):
        words = plain(meta.content)
        if "://" in words or "www." in words or (name == "twitter:data1" and not is_written_name(words)):
            continue
        told = partial(witness.attribute, meta.node, meta.attribute)
        for one in people(one_person(meta.content) if name in _ONE_PERSON else meta.content):
            yield Named(one, None, told, Confidence.HIGH, f"meta {name}")


def _from_elements(document: Document, witness: Witness, bylines: Bylines) -> Iterator[Named]:
    """From elements stated to name the author by `itemprop` or `rel`."""
    nodes = [node for node, held in document.table.stating if not held or "author" in held.split()]
    marked = bylines.holding(nodes[:_MOST_MARKED])
    found = next((names for node in marked[:16] if (names := bylines.named(node, marked))), [])
    for name, holder in found[:8]:
        url = http(holder.attributes.get("href"))
        yield Named(name, url, told_by(witness, holder), Confidence.MEDIUM, "element marked as a byline")
