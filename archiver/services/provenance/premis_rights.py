# SPDX-License-Identifier: Apache-2.0
"""Notices as PREMIS rights: a statement for each, with the basis it names, and one for our reading of them all.

The copyright status is always `unknown`: a notice is evidence of a claim, and nobody here has assessed it.
"""

from archiver.services.provenance import wording
from archiver.services.provenance.chain import Held
from archiver.services.provenance.premis_xml import capture_id, element, identifier, software_id, text
from manifests.rights import Notice, NoticeKind

_UNKNOWN = "unknown"


def rights_ids(held: Held) -> list[tuple[str, Notice | None]]:
    """The rights statements of a capture by their identifiers: for each notice, our reading, each notice of its site."""
    if held.claims is None:
        return []
    site = [
        (f"notice-{file.capture_id}-{number}-for-{held.found.capture_id}", one)
        for file in held.site
        for number, one in enumerate(file.notices or (), start=1)
    ]
    notices = [(number, one) for number, one in enumerate(held.claims.notices, start=1) if one.voice is None]
    made: list[tuple[str, Notice | None]] = [
        (f"notice-{held.found.capture_id}-{number}", one) for number, one in notices
    ]
    return [*made, (f"reading-{held.found.capture_id}", None), *site]


def rights(held: Held) -> str:
    return element("rights", *(_statement(held, key, notice) for key, notice in rights_ids(held)))


def _statement(held: Held, key: str, notice: Notice | None) -> str:
    assert held.claims is not None
    publisher = held.claims.publisher
    named = (
        identifier("linkingAgentIdentifier", "local", f"publisher {publisher.name}", "publisher as named")
        if publisher
        else ""
    )
    return element(
        "rightsStatement",
        identifier("rightsStatementIdentifier", "local", key),
        _of_notice(notice) if notice is not None else _of_reading(held),
        identifier("linkingObjectIdentifier", *capture_id(held)),
        identifier("linkingAgentIdentifier", "local", software_id(held.claims.extractor), "read by"),
        named,
    )


def _of_notice(notice: Notice) -> str:
    """Basis and information of one notice, in the order of the schema."""
    words = f"{notice.text} [{wording.place(notice.evidence)}; {notice.confidence.value} confidence: {notice.reason}]"
    if notice.kind in (NoticeKind.COPYRIGHT, NoticeKind.PUBLIC_DOMAIN):
        return text("rightsBasis", "copyright") + element(
            "copyrightInformation",
            text("copyrightStatus", _UNKNOWN),
            text("copyrightJurisdiction", _UNKNOWN),
            text("copyrightNote", words),
            text("copyrightNote", f"holder named: {notice.holder}" if notice.holder else None),
            text("copyrightNote", f"years named: {notice.years}" if notice.years else None),
        )
    if notice.kind == NoticeKind.LICENSE:
        address = notice.license_url or notice.license
        document = (
            identifier("licenseDocumentationIdentifier", "URL" if notice.license_url else "SPDX", address)
            if address
            else ""
        )
        return text("rightsBasis", "license") + element(
            "licenseInformation",
            document,
            text("licenseTerms", notice.license or notice.text),
            text("licenseNote", words),
        )
    if notice.statute is not None:
        return text("rightsBasis", "statute") + element(
            "statuteInformation",
            text("statuteJurisdiction", _UNKNOWN),
            text("statuteCitation", notice.statute),
            text("statuteNote", words),
        )
    return text("rightsBasis", "other") + element(
        "otherRightsInformation", text("otherRightsBasis", wording.kind(notice)), text("otherRightsNote", words)
    )


def _of_reading(held: Held) -> str:
    assert held.claims is not None
    rights = held.claims.rights
    conditions = [text("restriction", one) for one in rights.conditions]
    uses = [
        element(
            "rightsGranted",
            text("act", use),
            text("restriction", value),
            *(conditions if value == "conditional" else ()),
            text("rightsGrantedNote", "as the notices word it; nothing was assessed"),
        )
        for use, value in sorted(rights.uses.items())
    ]
    return (
        text("rightsBasis", "other")
        + element(
            "otherRightsInformation",
            text("otherRightsBasis", "reading of the notices"),
            text("otherRightsNote", wording.statement(held.claims)),
        )
        + "".join(uses)
    )
