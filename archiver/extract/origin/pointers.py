# SPDX-License-Identifier: Apache-2.0
"""What a page says to machines about the work it republishes: link relations, metas, JSON-LD, a canonical link elsewhere."""

from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.metas import Metas
from archiver.extract.origin.own_site import OwnSite, is_outlet_like
from manifests.agents import Claim, Confidence, Evidence
from manifests.rights import Original, Reprint

_SOURCE_METAS = ("dc.source", "dcterms.source", "article:source", "contentsource", "dc.source.uri", "dc.source.url")
_NAMING = frozenset({"article:source", "contentsource"})
"""Metas of sources that hold names; the others hold titles and numbers of all kinds beside addresses."""


def made(
    basis: str, confidence: Confidence, reason: str, evidence: Evidence, name: str | None, url: str | None
) -> Reprint:
    """A reprint, from its parts."""
    return Reprint(
        original=Original(name=name, url=url), basis=basis, confidence=confidence, reason=reason, evidence=evidence
    )


def read(metas: Metas, said: Statements, witness: Witness, page: OwnSite, canonical: Claim | None) -> Reprint | None:
    """The reprint that a pointer to another site makes."""
    for name in ("syndication-source", "original-source"):
        for link in metas.linked(name):
            url = page.elsewhere(link.href)
            if url:
                return made(
                    name,
                    Confidence.HIGH,
                    f"link rel={name} to another site",
                    witness.attribute(link.node, "href"),
                    None,
                    url,
                )
        for meta in metas.all(name):
            url = page.elsewhere(meta.content)
            if url:
                return made(
                    name,
                    Confidence.HIGH,
                    f"meta {name} names another site",
                    witness.attribute(meta.node, meta.attribute),
                    None,
                    url,
                )
    for thing in said.articles[:6]:
        for key in ("isBasedOn", "isBasedOnUrl", "translationOfWork"):
            for one in said.strings(thing, key)[:3]:
                url = page.elsewhere(one.text)
                if url:
                    return made(
                        "is-based-on",
                        Confidence.HIGH,
                        f"JSON-LD {key} names another site",
                        witness.json(one.script, one.pointer, one.text),
                        None,
                        url,
                    )
        for one in said.names(thing, "sourceOrganization")[:1]:
            name = one.text.strip()
            if name and is_outlet_like(name) and not page.is_own(name) and len(name) <= 60:
                evidence = witness.json(one.script, one.pointer, one.text)
                reason = "JSON-LD sourceOrganization is another"
                return made("wire-byline", Confidence.MEDIUM, reason, evidence, name, page.elsewhere(one.url))
    for meta in metas.all(*_SOURCE_METAS):
        url = page.elsewhere(meta.content) if meta.content.startswith(("http://", "https://")) else None
        named = meta.name in _NAMING and not url and len(meta.content) <= 40
        written = meta.content.strip() if named and "://" not in meta.content else None
        if url or (written and is_outlet_like(written) and not page.is_own(written)):
            evidence = witness.attribute(meta.node, meta.attribute)
            return made("original-source", Confidence.MEDIUM, f"meta {meta.name} names another", evidence, written, url)
    if canonical is not None and canonical.reason != "meta og:url, no canonical link":
        url = page.elsewhere(canonical.value)
        if url:
            return made("canonical", Confidence.HIGH, "canonical link to another site", canonical.evidence, None, url)
    return None
