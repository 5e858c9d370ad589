# SPDX-License-Identifier: Apache-2.0
"""Licences of the page or its site: links made for them, sentences that name them, badges, and RDF left in comments.

A licence of a picture, or one that an article speaks of, is not the page's: words about pictures, captions and running text
tell them apart.
"""

import re

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Block, Document
from archiver.extract.markup.elements import is_relation
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.sentences import spans
from archiver.extract.markup.zones import Zone, elements_around, zone_around, zone_of
from archiver.extract.rights import license_words, licenses
from archiver.extract.rights.findings import Finding, notice_of
from manifests.agents import Confidence
from manifests.rights import Notice

_IMPRINT = re.compile(r"impressum|imprint|/agb|privacy|datenschutz|^#|attribution-required", re.IGNORECASE)
_LICENSE_PAGE = re.compile(r"licen[sc]|creativecommons", re.IGNORECASE)
_RDF = re.compile(r"<(?:cc:)?license\s+rdf:(?:resource|about)=\"([^\"]{10,200})\"", re.IGNORECASE)
_LONGEST_BLOCK = 4000
_SITES = ("creativecommons.org/", "gnu.org/", "rightsstatements.org/")
_LINKED = ",".join(
    ("a[rel~='license']", "link[rel~='license']", *(f"a[href*='{site}']" for site in _SITES), "[itemprop='license']")
)
_LINKING = frozenset({"a", "link"})
_MOST_LINKED, _FEW = 400, 80
"""An element that several of the selectors match is selected as often: of few elements, all are within the bound."""


def read(document: Document, indexes: list[int]) -> list[Finding]:
    """Sentences that put the page under a licence or into the public domain."""
    found: list[Finding] = []
    for index in indexes:
        text = document.lines[index][:_LONGEST_BLOCK]
        if not license_words.may_name(text):
            continue
        block = document.blocks[index]
        zone = zone_of(document, block)
        if not (zone.picture or zone.citation):
            found += _in_block(document, block, text, zone)
    return found


def _in_block(document: Document, block: Block, text: str, zone: Zone) -> list[Finding]:
    sentences = spans(text)[:60]
    told = [text[start:end] for start, end in sentences]
    kinds = license_words.kinds_of(told, footer=zone.footer, prose=zone.prose, length=len(text))
    if not any(kinds):
        return []
    found: list[Finding] = []
    at = 0
    while at < len(sentences):
        start, end = sentences[at]
        kind = kinds[at]
        if kind is None:
            at += 1
            continue
        if at and license_words.introduces(told[at - 1]):
            start = sentences[at - 1][0]
        while at + 1 < len(sentences):
            following = told[at + 1]
            if not (kinds[at + 1] == kind or license_words.continues(following)):
                break
            at += 1
            end = sentences[at][1]
        start = _after_copyright(text, start, end)
        words = text[start:end]
        url = _linked(document, block, start, end)
        spdx = (licenses.spdx_of_url(url) if url else None) or licenses.spdx_of_words(words)
        confidence = Confidence.HIGH if zone.footer or not zone.prose else Confidence.MEDIUM
        found.append(
            Finding(
                kind,
                block.start + start,
                block.start + end,
                confidence,
                "sentence that names a licence",
                license_url=url,
                license=spdx,
                zone=zone,
            )
        )
        at += 1
    return found


def _after_copyright(text: str, start: int, end: int) -> int:
    """A licence sentence after a copyright line on one line begins after it."""
    cut = re.search(r"[©ⓒ][^;|]{2,80}[;|•·]\s*", text[start:end])
    return start + cut.end() if cut and end - start - cut.end() > 15 else start


def _linked(document: Document, block: Block, start: int, end: int) -> str | None:
    """The licence URL linked from within a sentence, or from its element."""
    for node in elements_around(document, block.start + start, block.start + end):
        anchors = ([node] if node.tag == "a" else []) + node.css("a[href]")[:60]
        known = next(
            (h for a in anchors if (h := (a.attributes.get("href") or "").strip()) and licenses.is_license_url(h)), None
        )
        if known:
            return known
        page = next(
            (
                h
                for a in anchors
                if (h := (a.attributes.get("href") or "").strip())
                and _LICENSE_PAGE.search(h)
                and not _IMPRINT.search(h)
            ),
            None,
        )
        if page:
            return page
        if node.tag in {"footer", "section", "article", "body", "main", "div"}:
            break
    return None


def _candidates(document: Document) -> list[LexborNode]:
    """Elements that may link a licence of the page, in document order."""
    elements = document.table
    stated = [node for node, held in elements.stating if held == "license"]
    linking = {node.mem_id for node in stated}
    linking.update(node.mem_id for node, href, _ in elements.telling if any(site in href for site in _SITES))
    linking.update(
        node.mem_id
        for name in _LINKING
        for _, node, attributes in elements.named(name)
        if "rel" in attributes and is_relation(attributes["rel"], "license")
    )
    if not linking:
        return []
    if len(linking) > _FEW or any(node.tag not in _LINKING for node in stated):
        return document.tree.css(_LINKED)[:_MOST_LINKED]
    return [node for name, node, _ in elements.kept if name in _LINKING and node.mem_id in linking]


def linked(document: Document, witness: Witness, known: set[str]) -> list[Notice]:
    """Licences given by links: `rel=license`, badges, RDF in comments."""
    found: list[Notice] = []
    for node in _candidates(document):
        attributes = node.attributes
        attribute = "href" if attributes.get("href") else "content"
        href = (attributes.get(attribute) or "").strip()
        if not href or href in known or "rsl" in (attributes.get("type") or ""):
            continue
        stated = "license" in (attributes.get("rel") or "").lower().split() or attributes.get("itemprop") == "license"
        if not (licenses.is_license_url(href) or (stated and not _IMPRINT.search(href) and _LICENSE_PAGE.search(href))):
            continue
        confidence = _confidence(document, node, stated)
        if confidence is None:
            continue
        known.add(href)
        kind = licenses.kind_of_url(href)
        evidence = witness.attribute(node, attribute)
        reason = "link with rel=license" if stated else "link to a licence from a badge or footer"
        found.append(
            notice_of(
                kind=kind.value,
                text=evidence.text,
                evidence=evidence,
                confidence=confidence,
                reason=reason,
                license_url=href,
                license=licenses.spdx_of_url(href),
            )
        )
    if not found and "icense rdf:" in document.markup:
        for match in list(_RDF.finditer(document.markup))[:10]:
            href = match[1]
            if licenses.is_license_url(href) and href not in known:
                known.add(href)
                found.append(
                    Notice(
                        kind=licenses.kind_of_url(href),
                        text=href,
                        evidence=witness.comment(href),
                        confidence=Confidence.MEDIUM,
                        reason="RDF licence in the markup",
                        license_url=href,
                        license=licenses.spdx_of_url(href),
                    )
                )
                break
    return found


def _confidence(document: Document, node: LexborNode, stated: bool) -> Confidence | None:
    if node.tag in {"link", "meta"}:
        return Confidence.HIGH
    zone = zone_around(document, node)
    if zone.picture or zone.voice is not None or zone.citation:
        return None
    parent = node.parent
    around = " ".join((parent.text() if parent is not None else "")[:2000].split())[:400]
    badge = node.css_first("img") is not None
    if not zone.footer and license_words.is_of_picture(around):
        return None
    if stated:
        return None if license_words.is_picture_credit(around) else Confidence.HIGH
    if badge and not zone.prose:
        return Confidence.MEDIUM
    if zone.footer or (zone.aside and not zone.prose):
        return None if license_words.is_picture_credit(around) else Confidence.MEDIUM
    return Confidence.MEDIUM if license_words.is_statement(around) and not zone.prose else None
