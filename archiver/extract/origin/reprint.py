# SPDX-License-Identifier: Apache-2.0
"""Whether the page republishes another's work, and whose: machine-readable pointers first, then attribution lines.

A pointer to the page's own site, or a line that names the page's own publisher, is not a reprint.
"""

import re
from collections.abc import Iterable

from archiver.extract.markup.document import Document
from archiver.extract.markup.evidence import Witness
from archiver.extract.markup.jsonld import Statements
from archiver.extract.markup.metas import Metas
from archiver.extract.markup.references import Base
from archiver.extract.origin import pointers
from archiver.extract.origin.agencies import agency_of
from archiver.extract.origin.attribution import Line, is_list
from archiver.extract.origin.hosts import host_of, is_address, key_of, label_of
from archiver.extract.origin.own_site import OwnSite, is_cached, is_outlet_like
from archiver.extract.origin.pointers import made
from manifests.agents import Claim, Confidence
from manifests.capture import Party
from manifests.rights import Notice, NoticeKind, Original, Reprint

_AMONG = re.compile(r"\s?[,/;|+]\s?")
_NOT_OUTLETS = frozenset(
    {
        "facebook",
        "twitter",
        "x",
        "youtube",
        "instagram",
        "linkedin",
        "google",
        "creativecommons",
        "wikipedia",
        "wikimedia",
        "t",
        "amazon",
        "apple",
        "pinterest",
        "whatsapp",
        "reddit",
        "telegram",
        "flickr",
        "unsplash",
        "vimeo",
        "paypal",
    }
)


def read(
    document: Document, metas: Metas, said: Statements, witness: Witness, base: Base, url: str, *, lines: Iterable[Line],
    authors: tuple[Party, ...], canonical: Claim | None, notices: list[Notice], publisher_keys: frozenset[str],
) -> Reprint | None:  # fmt: skip
    """The reprint, or None when nothing says that the page is one."""
    if canonical is not None and (is_address(url) or is_cached(url)):
        # A page served from a bare address, or by a cache, says by its canonical link which site it is of.
        url = canonical.value
    own = " ".join(meta.content for meta in metas.all("og:site_name", "copyright", "application-name"))
    page = OwnSite(url, base, publisher_keys, own)
    lines = list(lines)
    pointed = pointers.read(metas, said, witness, page, canonical)
    lined = _lined(witness, page, lines)
    if pointed is not None:
        name = lined.original.name if lined and lined.confidence != Confidence.LOW else None
        original = Original(name=name or pointed.original.name, url=pointed.original.url)
        return pointed.model_copy(update={"original": original})
    return lined or _by_outlet(document, witness, page, lines) or _by_wire(page, authors) or _by_holder(page, notices)


def _lined(witness: Witness, page: OwnSite, lines: list[Line]) -> Reprint | None:
    accepted = {"origin", "original-link", "logo"} if is_list(lines) else {"origin", "original-link", "logo", "source"}
    for line in lines:
        if line.rule not in accepted or page.is_home(line.href):
            continue
        name = line.name if line.name and is_outlet_like(line.name) else None
        url = page.elsewhere(line.href)
        if url and label_of(url) in _NOT_OUTLETS:
            url = None
        if name and any(page.is_own(part) for part in _AMONG.split(name) if part):
            # Of several names, one that is the page's own makes the text its own too.
            continue
        if line.rule == "original-link":
            if url or name:
                return made(
                    "source-link",
                    Confidence.MEDIUM,
                    "link to the original post",
                    witness.words(line.start, line.end),
                    name or host_of(url),
                    url,
                )
            continue
        if name is None and url is None:
            continue
        confidence = Confidence.HIGH if line.rule == "origin" and name and url else Confidence.MEDIUM
        basis = "source-link" if line.rule == "source" else "attribution-line"
        return made(
            basis,
            confidence,
            "line that says where the text was first published",
            witness.words(line.start, line.end),
            name or host_of(url),
            url,
        )
    return None


def _by_outlet(document: Document, witness: Witness, page: OwnSite, lines: list[Line]) -> Reprint | None:
    """`Articles by: X` where the page also links to a site that X spells: X is an outlet, not a person."""
    named = [(line.name, witness.words(line.start, line.end)) for line in lines if line.rule == "by" and line.name]
    if not named:
        return None
    for anchor in document.tree.css("a[href^='http']")[:3000]:
        href = anchor.attributes.get("href") or ""
        label = label_of(href)
        if len(label) < 4 or label in _NOT_OUTLETS:
            continue
        for name, evidence in named:
            if name and key_of(name) == key_of(label) and not page.is_own(name) and page.elsewhere(href):
                site = "/".join(href.split("/", 3)[:3]) + "/"
                return made(
                    "attribution-line",
                    Confidence.MEDIUM,
                    "byline names an outlet that the page links to",
                    evidence,
                    name,
                    site,
                )
    return None


def _by_wire(page: OwnSite, authors: tuple[Party, ...]) -> Reprint | None:
    for party in authors:
        agency = agency_of(party.name)
        if agency and not page.is_own(agency) and not page.is_own(party.name):
            return made("wire-byline", Confidence.MEDIUM, "byline of a news agency", party.evidence, agency, None)
    return None


def _by_holder(page: OwnSite, notices: list[Notice]) -> Reprint | None:
    for notice in notices:
        if (
            notice.kind == NoticeKind.COPYRIGHT
            and notice.holder
            and notice.reason.endswith("in the article")
            and not page.is_own(notice.holder)
        ):
            if (
                sum(
                    key_of(notice.holder) in key_of(other.text)
                    for other in notices
                    if other.kind == NoticeKind.COPYRIGHT
                )
                > 1
            ):
                continue
            return made(
                "attribution-line",
                Confidence.LOW,
                "copyright of another at the article, beside the site's own",
                notice.evidence,
                notice.holder,
                None,
            )
    return None


def by_dateline(
    witness: Witness, page_url: str, base: Base, lines: Iterable[Line], publisher_keys: frozenset[str]
) -> Reprint | None:
    """A wire slug at the head of the text, on another's site."""
    page = OwnSite(page_url, base, publisher_keys)
    for line in lines:
        if line.rule == "dateline" and line.name and not page.is_own(line.name):
            agency = agency_of(line.name) or line.name
            if not page.is_own(agency):
                return made(
                    "wire-byline",
                    Confidence.LOW,
                    "news agency's slug at the head of the text",
                    witness.words(line.start, line.end),
                    agency,
                    None,
                )
    return None


def attribution_notices(witness: Witness, lines: Iterable[Line], base: Base) -> list[Notice]:
    """Attribution lines as notices."""
    found = []
    for line in lines:
        if line.rule == "dateline":
            continue
        evidence = witness.words(line.start, line.end)
        confidence = Confidence.MEDIUM if line.rule in {"origin", "by"} else Confidence.LOW
        url = base.absolute(line.href) if line.href else None
        found.append(
            Notice(
                kind=NoticeKind.ATTRIBUTION,
                text=evidence.text,
                evidence=evidence,
                confidence=confidence,
                reason=f"attribution line ({line.rule})",
                url=url,
            )
        )
    return found
