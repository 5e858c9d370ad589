# SPDX-License-Identifier: Apache-2.0
"""A chain in words that people read: terms in short, places, dates and links. Nothing is assessed, all of it is repeated.

Words of a later version that this one does not know are shown as they are.
"""

from archiver.services.provenance.chain import By, Held, Link, Node
from manifests.agents import Evidence
from manifests.capture import Claims
from manifests.rights import Notice, NoticeKind

EARLIEST = "earliest in this archive"
"""What may be said of the first of several: what was never captured is not known."""
NEARLY = 800
"""The overlap, in thousandths, from which on texts are called nearly the same."""
NOTHING_READ = "nothing was read from it"
NONE_FOUND = "no rights words found on the page"
_STATEMENTS = {
    "license": "a licence is named",
    "public-domain": "put into the public domain",
    "reuse-grant": "reuse is permitted in the page's own words",
    "all-rights-reserved": "all rights reserved",
    "copyright-claimed": "copyright claimed",
    "reuse-restricted": "reuse is restricted",
    "fair-use-claimed": "fair use claimed for what it holds",
    "preference-stated": "only preferences for machines or archives are stated",
    "none-found": NONE_FOUND,
}
_KINDS = {
    NoticeKind.COPYRIGHT: "copyright",
    NoticeKind.LICENSE: "licence",
    NoticeKind.PUBLIC_DOMAIN: "public domain",
    NoticeKind.REUSE_GRANT: "permission to reuse",
    NoticeKind.REUSE_RESTRICTION: "restriction of reuse",
    NoticeKind.FAIR_USE: "fair use",
    NoticeKind.DISCLAIMER: "disclaimer",
    NoticeKind.ATTRIBUTION: "attribution",
    NoticeKind.IMAGE_CREDIT: "image credit",
    NoticeKind.TRADEMARK: "trademark",
    NoticeKind.TERMS_LINK: "link to terms",
    NoticeKind.TAKEDOWN_CONTACT: "takedown contact",
    NoticeKind.ACCESS_CONDITION: "condition of access",
    NoticeKind.AI_PREFERENCE: "preference on AI",
    NoticeKind.ARCHIVING_PREFERENCE: "preference on archiving",
}
_BY = {By.STATEMENT: "by statement", By.TEXT: "by text", By.BYTES: "by bytes", By.REDIRECT: "by redirect"}


def kind(notice: Notice) -> str:
    """The kind of a notice."""
    return _KINDS[NoticeKind(notice.kind)] if notice.kind in set(NoticeKind) else notice.kind


def reading(claims: Claims) -> str:
    """What the rights statement is."""
    return _STATEMENTS.get(claims.rights.statement, claims.rights.statement)


def named(claims: Claims) -> list[str]:
    """What the rights statement names: licence, holder and years."""
    rights = claims.rights
    return [one for one in (rights.license or rights.license_url, rights.holder, rights.years) if one]


def statement(claims: Claims) -> str:
    """The rights statement in short, with what it names."""
    return ", ".join([reading(claims), *named(claims)])


def kinds(claims: Claims) -> list[str]:
    """The kinds of notice in the publisher's own voice, each once, in the order of the page, with the statute cited."""
    told: dict[str, None] = {}
    for notice in claims.notices:
        if notice.voice is None:
            told[kind(notice) + (f" ({notice.statute})" if notice.statute else "")] = None
    return list(told)


def terms(claims: Claims | None) -> str:
    """Under which terms, in one line."""
    if claims is None:
        return NOTHING_READ
    found = kinds(claims)
    return statement(claims) + (f"; notices: {', '.join(found)}" if found else "")


def site(held: Held) -> list[str]:
    """What each file of its site says for all its pages, in one line each."""
    return [
        f"{one.url}: "
        + (", ".join(dict.fromkeys(map(kind, one.notices))) if one.notices is not None else "cannot be read")
        for one in held.site
    ]


def place(evidence: Evidence) -> str:
    """Where words stand, in one line."""
    where, stands = evidence.place, []
    if where.header is not None:
        stands.append(f"HTTP header {where.header}")
    if where.ranges:
        stands.append("bytes " + ", ".join(f"{start} to {end}" for start, end in where.ranges))
    if where.css_path is not None:
        stands.append(where.css_path)
    if where.attribute is not None:
        stands.append(f"attribute {where.attribute}")
    if where.json_pointer is not None:
        stands.append(f"at {where.json_pointer} of its JSON")
    return "; ".join(stands)


def who(node: Node) -> str | None:
    """The publisher, as the page names it."""
    claims = node.held.claims if node.held is not None else None
    if claims is not None and claims.publisher is not None:
        return claims.publisher.name
    return node.named.name if node.named is not None else None


def otherwise(claims: Claims, field: str) -> list[str]:
    """What other places of the page say of a claim, each once."""
    return list(dict.fromkeys(one.value for one in claims.differing if one.field == field))


def by(link: Link) -> str:
    """What a link rests on: `by statement and by text, 97 % in common`."""
    words = [_BY[one] for one in link.by]
    if link.overlap is not None and By.TEXT in link.by:
        words[link.by.index(By.TEXT)] += f", {percent(link.overlap)} in common"
    return " and ".join(words)


def says(link: Link, *, of: str) -> str:
    """What one page of a link says of, or has in common with, the other; `of` is the name of the page that it is told of."""
    forth = link.source == of
    if By.STATEMENT in link.by and link.outlet:
        return "names as its original the outlet of" if forth else "is of the outlet that is named as original by"
    if By.STATEMENT in link.by:
        return "names as its original" if forth else "is named as original by"
    if By.REDIRECT in link.by:
        return "redirects to" if forth else "was reached by a redirect from"
    if By.BYTES in link.by:
        return "has the very bytes of"
    return "has nearly the text of" if (link.overlap or 0) >= NEARLY else "has much of the text of"


def sentence(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def percent(thousandths: int) -> str:
    """Thousandths as a percentage, rounded down: 100 is all."""
    return f"{thousandths // 10} %"
