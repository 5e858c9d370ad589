# SPDX-License-Identifier: Apache-2.0
"""Rights words found on a page, our reading of them, and whether the page republishes another's work.

A notice is verbatim and dated by its capture. A rights statement is our normalised reading and names the notices it rests on.
No code here or elsewhere decides whether a use is fair.
"""

from enum import StrEnum

from pydantic import Field

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


class Voice(StrEnum):
    """Whose words a notice is when it is not the publisher who speaks there, in words that a reader of the page sees."""

    HIDDEN = "hidden"
    """In an element that the markup itself hides."""
    TEMPLATE = "template"
    """In a `template` or `textarea`: text made to be copied or filled in."""
    SCRIPT = "script"
    """Written into the page by a script of it."""
    COMMENT = "comment"
    """In the comments of readers."""
    QUOTED = "quoted"
    """Quoted from elsewhere, or shown as an example."""
    THIRD_PARTY = "third-party"
    """Of another than the publisher: an embedded post, a widget, the maker of the theme or of the software."""


class Use(StrEnum):
    """The uses that a rights statement speaks of."""

    REPRODUCE = "reproduce"
    """Copy, in whole or in part."""
    REDISTRIBUTE = "redistribute"
    """Publish again, share, pass on."""
    ADAPT = "adapt"
    """Change, translate, build upon."""
    COMMERCIAL_USE = "commercial-use"
    """Use for commercial ends."""
    QUOTE = "quote"
    """Quote a part."""
    TEXT_MINING = "text-mining"
    """Text and data mining."""
    TRAIN_AI = "train-ai"
    """Train or feed models of machine learning."""
    ARCHIVE = "archive"
    """Keep and show copies, as caches and archives do."""


class UseValue(StrEnum):
    """What notices say of a use, as they word it."""

    PERMITTED = "permitted"
    """Without a condition."""
    CONDITIONAL = "conditional"
    """Under the conditions that the statement lists."""
    PROHIBITED = "prohibited"
    """Not at all."""
    CONTRADICTED = "contradicted"
    """One notice of the page allows it and another forbids it."""


class Condition(StrEnum):
    """The conditions under which a notice permits a use."""

    ATTRIBUTE = "attribute"
    """Name the author or the source."""
    LINK_BACK = "link-back"
    """Link to the page or the site."""
    NO_DERIVATIVES = "no-derivatives"
    """Change nothing."""
    NON_COMMERCIAL = "non-commercial"
    """For other than commercial ends."""
    SHARE_ALIKE = "share-alike"
    """Under the same terms."""
    ASK_FIRST = "ask-first"
    """After asking, or with permission given."""
    NOTIFY = "notify"
    """Tell the publisher of it, or send a copy."""


class StatementKind(StrEnum):
    """The readings that a rights statement of this version can be; the first that applies."""

    LICENSE = "license"
    """A licence is named."""
    PUBLIC_DOMAIN = "public-domain"
    """The page is put into the public domain."""
    REUSE_GRANT = "reuse-grant"
    """Reuse is permitted in words of the page's own."""
    ALL_RIGHTS_RESERVED = "all-rights-reserved"
    """Copyright is claimed and all rights are reserved in so many words."""
    COPYRIGHT_CLAIMED = "copyright-claimed"
    """Copyright is claimed."""
    REUSE_RESTRICTED = "reuse-restricted"
    """Reuse is forbidden, or asks for permission; no copyright is claimed."""
    FAIR_USE_CLAIMED = "fair-use-claimed"
    """The page claims fair use, fair dealing or a right of quotation for what it holds, and says nothing of its own."""
    PREFERENCE_STATED = "preference-stated"
    """Only preferences are stated: of uses by machines or of archiving."""
    NONE_FOUND = "none-found"
    """None of these was found in the publisher's own words."""


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
    language: str | None = None
    """BCP 47 tag of the words, where they are of one language only or the element they stand in says it."""
    voice: str | None = None
    """One of `Voice` when it is not the publisher's own; such a notice has no part in the rights statement."""


class RightsStatement(Model):
    """Our reading of the notices of one page, those in the publisher's own voice."""

    statement: str
    """One of `StatementKind`, or a word of a later version."""
    basis: tuple[int, ...] = ()
    """Indexes of the notices it rests on."""
    uri: str | None = None
    """The licence's URI in its normal form, or that of the rightsstatements.org statement which says what is claimed."""
    license: str | None = None
    """SPDX identifier of the licence."""
    license_url: str | None = None
    """URL of the licence, as written."""
    holder: str | None = None
    """The rights holder named."""
    years: str | None = None
    """The year or range named."""
    uses: dict[str, str] = Field(default_factory=dict)
    """What the notices say of each `Use` they speak of: a `UseValue`."""
    conditions: tuple[str, ...] = ()
    """Each `Condition` of the uses that are conditional; the notices' words say which goes with which use."""


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
