# SPDX-License-Identifier: Apache-2.0
"""A chain as PREMIS 3.0 (Library of Congress, namespace http://www.loc.gov/premis/v3): objects, events, agents, rights.

A capture is a file object; a page that is only named, or of which nothing came, is an intellectual entity. Each notice in the
publisher's own voice is a rights statement with the basis it names, its words as a note; the copyright status is always
`unknown`, for a notice is a claim that nobody here assesses. Our reading of all notices is one more, with the uses it speaks of.
Text is escaped, and characters that XML 1.0 has no place for become U+FFFD. Equal chains give equal bytes.
"""

from collections.abc import Iterable

from archiver.services.provenance import wording
from archiver.services.provenance.chain import By, Chain, Held, Link, Node
from archiver.services.provenance.premis_rights import rights, rights_ids
from archiver.services.provenance.premis_xml import capture_id, element, identifier, software_id, text

NAMESPACE = "http://www.loc.gov/premis/v3"
_ALGORITHMS = {"sha1": "SHA-1", "sha256": "SHA-256"}


def document(chain: Chain) -> str:
    """The chain as an XML document; without a page in it there is none, since PREMIS asks for an object. Raises `ValueError`."""
    if not chain.nodes:
        raise ValueError("a chain without a page has no PREMIS document")
    held = [(node, node.held) for node in chain.nodes if node.held is not None]
    agents: dict[str, str] = {}
    for _, one in held:
        agents |= _agents_of(one)
    parts = [
        *(_object(chain, node) for node in chain.nodes),
        *(_event(one) for _, one in held),
        *(agents[key] for key in sorted(agents)),
        *(rights(one) for _, one in held if one.claims is not None),
    ]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<premis xmlns="{NAMESPACE}" xmlns:premis="{NAMESPACE}" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">\n' + "".join(parts) + "</premis>\n"
    )


def _id_of(node: Node) -> tuple[str, str]:
    if node.held is not None:
        return capture_id(node.held)
    return ("URL", node.url) if node.url else ("name", wording.who(node) or node.name)


def _object(chain: Chain, node: Node) -> str:
    links = [link for link in chain.links if node.name in (link.source, link.target)]
    related = "".join(_relationship(chain, link, node) for link in links)
    own = identifier("objectIdentifier", *_id_of(node))
    held = node.held
    if held is None or held.found.payload_sha256 is None or _not_modified(held):
        name = text("originalName", node.url or wording.who(node))
        tail = _links_of(held) if held is not None else ""
        return f'<object xsi:type="premis:intellectualEntity">\n{own}{name}{related}{tail}</object>\n'
    seen = held.manifest.observation
    fixity = [
        element(
            "fixity",
            text("messageDigestAlgorithm", _ALGORITHMS.get(one.algorithm, one.algorithm)),
            text("messageDigest", one.hex),
        )
        for one in seen.digests.payload
    ]
    stated = next((v for n, v in seen.response.headers if n.lower() == "content-type"), None) if seen.response else None
    kind = (held.claims.mime_detected if held.claims is not None else None) or (stated or "").partition(";")[0].strip()
    characteristics = element(
        "objectCharacteristics",
        text("compositionLevel", 0),
        *fixity,
        text("size", seen.lengths.payload),
        element("format", element("formatDesignation", text("formatName", kind or "application/octet-stream"))),
    )
    location = element(
        "contentLocation",
        text("contentLocationType", "key of a WARC file in the archive, and record"),
        text(
            "contentLocationValue",
            f"{held.found.segment.folder}{held.found.segment.warc}#urn:uuid:{held.found.capture_id}",
        ),
    )
    return (
        f'<object xsi:type="premis:file">\n{own}{characteristics}{text("originalName", seen.url)}'
        f"{element('storage', location)}{related}{_links_of(held)}</object>\n"
    )


def _not_modified(held: Held) -> bool:
    """Whether the server sent no bytes, but the word that those of an earlier capture are current."""
    revisits = held.manifest.observation.revisits
    return revisits is not None and revisits.relation is not None


def _links_of(held: Held) -> str:
    events = identifier("linkingEventIdentifier", "local", _event_id(held))
    return events + "".join(identifier("linkingRightsStatementIdentifier", "local", one) for one, _ in rights_ids(held))


def _relationship(chain: Chain, link: Link, node: Node) -> str:
    other = chain.node(link.target if link.source == node.name else link.source)
    if By.STATEMENT in link.by:
        kind, what = "derivation", "has source" if link.source == node.name else "is source of"
    elif By.REDIRECT in link.by:
        kind, what = "reference", wording.says(link, of=node.name)
    else:
        kind, what = "similarity", wording.says(link, of=node.name)
    return element(
        "relationship",
        text("relationshipType", kind),
        text("relationshipSubType", what),
        identifier("relatedObjectIdentifier", *_id_of(other)),
    )


def _event_id(held: Held) -> str:
    return f"fetch-{held.found.capture_id}"


def _event(held: Held) -> str:
    seen = held.manifest.observation
    code = f"HTTP status {seen.response.code}" if seen.response is not None and seen.response.code is not None else None
    note = "; ".join(one for one in (code, seen.reason, seen.detail) if one)
    operator = (
        identifier("linkingAgentIdentifier", "local", f"operator {seen.operator.name}", "implementer")
        if seen.operator
        else ""
    )
    return element(
        "event",
        identifier("eventIdentifier", "local", _event_id(held)),
        text("eventType", "capture"),
        text("eventDateTime", _time(held)),
        element(
            "eventDetailInformation", text("eventDetail", f"{seen.url} asked for by {seen.engine}, job {seen.job}")
        ),
        element(
            "eventOutcomeInformation",
            text("eventOutcome", seen.outcome.value),
            element("eventOutcomeDetail", text("eventOutcomeDetailNote", note)),
        ),
        identifier("linkingAgentIdentifier", "local", software_id(seen.software), "executing program"),
        operator,
        identifier("linkingObjectIdentifier", *capture_id(held), "outcome"),
    )


def _time(held: Held) -> str:
    return held.manifest.observation.requested_at.isoformat().replace("+00:00", "Z")


def _agents_of(held: Held) -> dict[str, str]:
    seen, claims = held.manifest.observation, held.claims
    agents = {}
    for program in (seen.software, *((claims.extractor,) if claims is not None else ())):
        key = software_id(program)
        agents[key] = _agent(key, program.name, "software", program.version, [])
    if seen.operator is not None:
        key = f"operator {seen.operator.name}"
        contact = [f"contact: {seen.operator.contact}"] if seen.operator.contact else []
        agents[key] = _agent(key, seen.operator.name, None, None, ["operator of the archive", *contact])
    if claims is not None and claims.publisher is not None:
        key = f"publisher {claims.publisher.name}"
        agents[key] = _agent(
            key, claims.publisher.name, claims.publisher.type, None, ["publisher, as its page names it"]
        )
    return agents


def _agent(key: str, name: str, kind: str | None, version: str | None, notes: Iterable[str]) -> str:
    return element(
        "agent",
        identifier("agentIdentifier", "local", key),
        text("agentName", name),
        text("agentType", kind),
        text("agentVersion", version),
        *(text("agentNote", note) for note in notes),
    )
