# SPDX-License-Identifier: Apache-2.0
"""Whether the page republishes another's work, and whose: machine-readable pointers first, then attribution lines.

A pointer to the page's own site, or a line that names the page's own publisher, is not a reprint.
"""

import re
from collections.abc import Iterable

from archiver.extract.agencies import agency_of
from archiver.extract.attribution import Line
from archiver.extract.document import Document
from archiver.extract.evidence import Witness
from archiver.extract.hosts import host_of, is_address, key_of, label_of, names_host, same_site, site_of
from archiver.extract.jsonld import Statements
from archiver.extract.metas import Metas
from archiver.extract.references import Base
from manifests.agents import Claim, Confidence, Evidence
from manifests.capture import Party
from manifests.rights import Notice, NoticeKind, Original, Reprint

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
_PRONOUNS = frozenset(
    {"this", "our", "the", "it", "here", "their", "his", "her", "my", "a", "an", "print", "german", "english", "french"}
    | {"spanish", "italian", "russian", "arabic", "chinese", "japanese", "deutsch"}
)
_TIMES = frozenset(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"}
    | {"december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)


class _Page:
    def __init__(self, url: str, base: Base, publisher_keys: frozenset[str], own_words: str = "") -> None:
        self.url, self.base, self._keys = url, base, publisher_keys
        self._own_words = frozenset(key_of(word) for word in re.findall(r"\w{3,}", own_words[:2000]))

    def elsewhere(self, written: str | None) -> str | None:
        """The absolute URL, when it leads to another site."""
        url = self.base.absolute(written) if written else None
        if not url or not site_of(self.url) or same_site(url, self.url):
            return None
        return url

    def is_own(self, name: str) -> bool:
        key = key_of(name.removeprefix("the ").removeprefix("The "))
        if not key:
            return True
        close = any(key == k or (len(k) >= 5 and len(key) >= 5 and (k in key or key in k)) for k in self._keys)
        tokens = [key_of(word) for word in re.findall(r"\w{3,}", name)]
        label = label_of(self.url)
        return close or label in tokens or key in self._own_words or names_host(name, self.url)


def read(
    document: Document, metas: Metas, said: Statements, witness: Witness, base: Base, url: str, *, lines: Iterable[Line],
    authors: tuple[Party, ...], canonical: Claim | None, notices: list[Notice], publisher_keys: frozenset[str],
) -> Reprint | None:  # fmt: skip
    """The reprint, or None when nothing says that the page is one."""
    if canonical is not None and is_address(url):
        # A page served from a bare address says by its canonical link which site it is of.
        url = canonical.value
    own = " ".join(meta.content for meta in metas.all("og:site_name", "copyright", "application-name"))
    page = _Page(url, base, publisher_keys, own)
    lines = list(lines)
    pointed = _pointed(metas, said, witness, page, canonical)
    lined = _lined(witness, page, lines)
    if pointed is not None:
        name = lined.original.name if lined and lined.confidence != Confidence.LOW else None
        original = Original(name=name or pointed.original.name, url=pointed.original.url)
        return pointed.model_copy(update={"original": original})
    return lined or _by_outlet(document, witness, page, lines) or _by_wire(page, authors) or _by_holder(page, notices)


def _made(
    basis: str, confidence: Confidence, reason: str, evidence: Evidence, name: str | None, url: str | None
) -> Reprint:
    return Reprint(
        original=Original(name=name, url=url), basis=basis, confidence=confidence, reason=reason, evidence=evidence
    )


def _pointed(metas: Metas, said: Statements, witness: Witness, page: _Page, canonical: Claim | None) -> Reprint | None:
    for name in ("syndication-source", "original-source"):
        for link in metas.linked(name):
            url = page.elsewhere(link.href)
            if url:
                return _made(
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
                return _made(
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
                    return _made(
                        "is-based-on",
                        Confidence.HIGH,
                        f"JSON-LD {key} names another site",
                        witness.json(one.script, one.pointer, one.text),
                        None,
                        url,
                    )
    if canonical is not None and canonical.reason != "meta og:url, no canonical link":
        url = page.elsewhere(canonical.value)
        if url:
            return _made("canonical", Confidence.HIGH, "canonical link to another site", canonical.evidence, None, url)
    return None


def _is_outlet_like(name: str) -> bool:
    first = name.casefold().split()[0].strip(".,")
    return name.casefold() not in _PRONOUNS and first not in _TIMES and not first.isdigit()


def _lined(witness: Witness, page: _Page, lines: list[Line]) -> Reprint | None:
    for line in lines:
        if line.rule not in {"origin", "source", "original-link"}:
            continue
        name = line.name if line.name and _is_outlet_like(line.name) else None
        url = page.elsewhere(line.href)
        if url and label_of(url) in _NOT_OUTLETS:
            url = None
        if name and page.is_own(name):
            continue
        if line.rule == "original-link":
            if url or name:
                return _made(
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
        basis = "attribution-line" if line.rule == "origin" else "source-link"
        return _made(
            basis,
            confidence,
            "line that says where the text was first published",
            witness.words(line.start, line.end),
            name or host_of(url),
            url,
        )
    return None


def _by_outlet(document: Document, witness: Witness, page: _Page, lines: list[Line]) -> Reprint | None:
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
                return _made(
                    "attribution-line",
                    Confidence.MEDIUM,
                    "byline names an outlet that the page links to",
                    evidence,
                    name,
                    site,
                )
    return None


def _by_wire(page: _Page, authors: tuple[Party, ...]) -> Reprint | None:
    for party in authors:
        agency = agency_of(party.name)
        if agency and not page.is_own(agency) and not page.is_own(party.name):
            return _made("wire-byline", Confidence.MEDIUM, "byline of a news agency", party.evidence, agency, None)
    return None


def _by_holder(page: _Page, notices: list[Notice]) -> Reprint | None:
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
            return _made(
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
    page = _Page(page_url, base, publisher_keys)
    for line in lines:
        if line.rule == "dateline" and line.name and not page.is_own(line.name):
            agency = agency_of(line.name) or line.name
            if not page.is_own(agency):
                return _made(
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
