# SPDX-License-Identifier: Apache-2.0
"""A page's title, language and canonical URL, as its head (and its HTTP header) states them."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from archiver.extract.markup.document import Document, ancestors
from archiver.extract.markup.evidence import Witness, collapse
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.metas import Metas
from archiver.extract.markup.references import Base
from archiver.extract.origin.agreement import Candidate, also, differing
from manifests.agents import Claim, Confidence, Differing
from manifests.canonical import unchecked

_claim_of = unchecked(Claim)
_LANGUAGE = re.compile(r"^\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?![A-Za-z])")
_MOST = 8
"""Canonical links that are looked at."""
_LINK_VALUE = re.compile(r"<([^<>]{1,4000})>((?:[^,\"]|\"[^\"]{0,1000}\")*)")


def title(document: Document, metas: Metas, witness: Witness) -> Claim | None:
    """The page's title."""
    titles = [node for _, node, _ in document.table.named("title")]
    node = next(
        (node for node in titles if node.parent is not None and node.parent.tag == "head"), next(iter(titles), None)
    )
    if node is not None and collapse(node.text()):
        evidence = witness.element(node)
        return _claim_of(value=evidence.text, evidence=evidence, confidence=Confidence.HIGH, reason="title element")
    meta = metas.first("og:title", "twitter:title", "dc.title", "title")
    if meta:
        evidence = witness.attribute(meta.node, meta.attribute)
        return _claim_of(value=evidence.text, evidence=evidence, confidence=Confidence.HIGH, reason=f"meta {meta.name}")
    for block in document.blocks[:400]:
        if any(element.tag in {"h1", "h2"} for element in islice(ancestors(block.node_at(0)), 2)):
            evidence = witness.words(block.start, block.end)
            return _claim_of(
                value=evidence.text, evidence=evidence, confidence=Confidence.MEDIUM, reason="first heading"
            )
    return None


def _tag(text: str) -> str | None:
    found = _LANGUAGE.match(text)
    if not found:
        return None
    parts = [found[1].lower()]
    parts += [found[2].title()] if found[2] else []
    parts += [found[3].upper()] if found[3] else []
    return "-".join(parts)


def language(
    document: Document, metas: Metas, said: Statements, witness: Witness, headers: Sequence[tuple[str, str]]
) -> Claim | None:
    """The page's language as a BCP 47 tag."""
    html = document.tree.root
    for attribute in ("lang", "xml:lang"):
        value = _tag((html.attributes.get(attribute) or "") if html is not None else "")
        if value and html is not None:
            evidence = witness.attribute(html, attribute)
            return _claim_of(
                value=value, evidence=evidence, confidence=Confidence.HIGH, reason=f"{attribute} of the html element"
            )
    for thing in [*said.articles, *said.of_types("webpage")]:
        for one in said.strings(thing, "inLanguage")[:1]:
            value = _tag(one.text)
            if value:
                evidence = witness.json(one.script, one.pointer, one.text)
                return _claim_of(
                    value=value, evidence=evidence, confidence=Confidence.HIGH, reason="JSON-LD inLanguage"
                )
    for meta in metas.all("content-language", "dc.language", "dcterms.language", "og:locale", "language"):
        value = _tag(meta.content)
        if value:
            evidence = witness.attribute(meta.node, meta.attribute)
            return _claim_of(value=value, evidence=evidence, confidence=Confidence.MEDIUM, reason=f"meta {meta.name}")
    for name, content in headers:
        if name.lower() == "content-language" and _tag(content):
            evidence = witness.header(name, content)
            return _claim_of(
                value=_tag(content) or "", evidence=evidence, confidence=Confidence.MEDIUM, reason="Content-Language"
            )
    return None


def linked_in_header(headers: Sequence[tuple[str, str]], rel: str) -> list[tuple[str, str, str]]:
    """Targets of `Link` header fields of a relation (RFC 8288): header name, its value, and the target as written."""
    found = []
    for name, content in headers:
        if name.lower() == "link":
            for link in _LINK_VALUE.finditer(content[:20_000]):
                stated = re.search(
                    r";\s{0,20}rel\s{0,20}=\s{0,20}(?:\"([^\"]{0,200})\"|([^\s;,\"]{1,100}))", link[2][:2000], re.I
                )
                if stated and rel in (stated[1] or stated[2] or "").lower().split():
                    found.append((name, content, link[1].strip()))
    return found


def canonical(
    metas: Metas,
    witness: Witness,
    base: Base,
    headers: Sequence[tuple[str, str]],
    others: list[Differing] | None = None,
) -> Claim | None:
    """The URL that the page calls its own; `others` takes what is called so elsewhere."""
    found = list(_canonicals(metas, witness, base, headers))
    if not found:
        return None
    chosen, rest = found[0], found[1:]
    if others is not None and rest:
        others += differing("canonical_url", [chosen.value], rest, str.__eq__)
    return _claim_of(
        value=chosen.value,
        evidence=chosen.evidence(),
        confidence=chosen.confidence,
        reason=chosen.reason,
        also=also(chosen, rest, str.__eq__) if rest else (),
    )


def _canonicals(metas: Metas, witness: Witness, base: Base, headers: Sequence[tuple[str, str]]) -> Iterator[Candidate]:
    told = False
    for link in islice(metas.linked("canonical"), _MOST):
        url = base.absolute(link.href)
        if url:
            told = True
            yield Candidate(url, Confidence.HIGH, "link rel=canonical", partial(witness.attribute, link.node, "href"))
    for name, content, target in linked_in_header(headers, "canonical")[:_MOST]:
        url = base.absolute(target)
        if url:
            told = True
            yield Candidate(url, Confidence.HIGH, "Link header rel=canonical", partial(witness.header, name, content))
    meta = metas.first("og:url")
    url = base.absolute(meta.content) if meta else None
    if meta and url:
        evidence = partial(witness.attribute, meta.node, meta.attribute)
        reason = "meta og:url" if told else "meta og:url, no canonical link"
        yield Candidate(url, Confidence.MEDIUM, reason, evidence)
