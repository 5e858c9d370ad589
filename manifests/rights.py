# SPDX-License-Identifier: Apache-2.0
"""Rights words found on a page, our reading of them, and whether the page republishes another's work.

A notice is verbatim and dated by its capture. A rights statement is our normalised reading and names the notices it rests on.
No code here or elsewhere decides whether a use is fair.
"""

from enum import StrEnum

from manifests.agents import Confidence, Evidence
from manifests.canonical import Model


class NoticeKind(StrEnum):
    """The kinds of notice this version writes. A reader keeps kinds it does not know."""

    COPYRIGHT = "copyright"
    LICENSE = "license"
    PUBLIC_DOMAIN = "public-domain"
    REUSE_GRANT = "reuse-grant"
    REUSE_RESTRICTION = "reuse-restriction"
    FAIR_USE = "fair-use"
    DISCLAIMER = "disclaimer"
    ATTRIBUTION = "attribution"
    IMAGE_CREDIT = "image-credit"
    TRADEMARK = "trademark"
    TERMS_LINK = "terms-link"
    TAKEDOWN_CONTACT = "takedown-contact"
    ACCESS_CONDITION = "access-condition"
    AI_PREFERENCE = "ai-preference"
    ARCHIVING_PREFERENCE = "archiving-preference"


class Notice(Model):
    """Rights words found verbatim, with where they stand."""

    kind: str
    """One of `NoticeKind`, or a kind of a later version."""
    text: str
    """The notice's words, white space collapsed."""
    evidence: Evidence
    """Where the words stand and whose they are."""
    confidence: Confidence
    """How sure the kind is."""
    reason: str
    """The rule that recognised it."""
    holder: str | None = None
    """The rights holder the notice names."""
    years: str | None = None
    """The year or range it names, as `2019` or `2004-2019`."""
    license_url: str | None = None
    """The licence's URL as written."""
    license: str | None = None
    """The licence's SPDX identifier, where the URL or words name exactly one."""
    statute: str | None = None
    """The statute it cites, such as `17 U.S.C. § 107`."""
    doctrine: str | None = None
    """For fair-use notices: `fair-use`, `fair-dealing` or `quotation`."""
    value: str | None = None
    """For preferences: `allow`, `disallow` or `conditional`."""
    usage: str | None = None
    """For preferences: the use spoken of, in the carrier's own word, such as `train-ai` or `noarchive`."""
    agents: tuple[str, ...] = ()
    """For preferences: the user agents named, when not all."""
    url: str | None = None
    """The page or address it points to: terms, policy, takedown form."""


class RightsStatement(Model):
    """Our reading of the notices of one page."""

    statement: str
    """`license`, `public-domain`, `reuse-grant`, `copyright-claimed`, `all-rights-reserved` or `none-found`."""
    basis: tuple[int, ...] = ()
    """Indexes of the notices it rests on."""
    license: str | None = None
    """SPDX identifier of the licence."""
    license_url: str | None = None
    """URL of the licence."""
    holder: str | None = None
    """The rights holder named."""
    years: str | None = None
    """The year or range named."""


class Original(Model):
    """The earlier publication a reprint names or matches."""

    name: str | None = None
    """The outlet's name."""
    url: str | None = None
    """Its article, or its site when no article is named."""


class Reprint(Model):
    """A page that republishes another's work."""

    original: Original
    """What it names."""
    basis: str
    """What says so: `attribution-line`, `canonical`, `is-based-on`, `syndication-source`, `original-source`, `source-link`
    or `wire-byline`."""
    confidence: Confidence
    """How sure it is."""
    reason: str
    """The rule that read it."""
    evidence: Evidence
    """The words it rests on."""
