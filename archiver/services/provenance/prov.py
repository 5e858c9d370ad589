# SPDX-License-Identifier: Apache-2.0
"""A chain as PROV-JSON (W3C Member Submission of 24 April 2013), in the terms of PROV-DM.

A capture is an entity that a fetch generated. It is a specialization of two others: of the page it shows, and of its payload,
which other captures may have too. Reprints are stated between pages, not between captures: we may well have captured the
reprint before its original. A statement that would close a ring of derivations is an influence (PROV-CONSTRAINTS section 5.2
allows no such ring). Similar texts are a comparison of ours that used both captures: it derives neither from the other.

Everything that only a page says carries its confidence, its words and their place. Equal chains give equal documents.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archiver.services.provenance import wording
from archiver.services.provenance.chain import By, Chain, Held, Link, Node
from manifests.agents import Confidence, Evidence, Fetcher

VOCABULARY = "urn:uuid:0d4a2f5c-7f0e-4a57-9d1b-5b8f6c1f3a92#"
"""Where our own terms live: a UUID made for them, since no registry is needed for one."""

_KINDS = {"organization": "prov:Organization", "person": "prov:Person"}
Value = str | dict[str, str]
Record = dict[str, Any]


def document(chain: Chain) -> dict[str, Any]:
    """The chain in values of JSON."""
    return _Document(chain).made()


class _Document:
    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._records: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        self._derived: defaultdict[str, set[str]] = defaultdict(set)

    def made(self) -> dict[str, Any]:
        for node in self._chain.nodes:
            self._page(node)
            if node.held is not None:
                self._capture(node.name, node.held)
        for link in self._chain.links:
            self._link(link)
        prefixes = {
            "capture": "urn:uuid:",
            "id": f"urn:uuid:{self._chain.archive_id}#",
            "sha256": "nih:sha-256;",
            "term": VOCABULARY,
            "dcterms": "http://purl.org/dc/terms/",
        }
        return {"prefix": prefixes, **{kind: self._records[kind] for kind in sorted(self._records)}}

    def _page(self, node: Node) -> None:
        claims = node.held.claims if node.held is not None else None
        self._records["entity"][_page_of(node.name)] = _present(
            {
                "prov:type": _name("term:Page" if node.held is not None else "term:NamedPage"),
                "prov:label": claims.title.value
                if claims is not None and claims.title is not None
                else wording.who(node),
                "prov:location": _uri(node.url),
                "term:claimedPublishedAt": claims.published_at.value if claims and claims.published_at else None,
            }
        )
        if claims is not None and claims.publisher is not None:
            party = claims.publisher
            kind = _KINDS.get(party.type or "")
            agent = self._agent(
                "publisher", party.name, {"dcterms:identifier": _uri(party.url), "prov:type": _name(kind) if kind else None}
            )  # fmt: skip
            said = _said(party.confidence, party.reason, party.evidence)
            self._add("wasAttributedTo", {"prov:entity": _page_of(node.name), "prov:agent": agent, **said})

    def _capture(self, name: str, held: Held) -> None:
        seen, capture = held.manifest.observation, f"capture:{held.found.capture_id}"
        claims, fetch = held.claims, f"id:fetch-{held.found.capture_id}"
        rights = wording.terms(claims)
        self._records["entity"][capture] = _present(
            {
                "prov:type": _name("term:Capture"),
                "prov:location": _uri(seen.url),
                "term:outcome": seen.outcome.value,
                "term:manifestDigest": held.manifest_digest,
                "dcterms:rights": rights,
            }
        )
        self._add("specializationOf", {"prov:specificEntity": capture, "prov:generalEntity": _page_of(name)})
        payload = held.found.payload_sha256
        if payload is not None:
            size = seen.lengths.payload
            self._records["entity"][f"sha256:{payload.hex}"] = _present(
                {
                    "prov:type": _name("term:Payload"),
                    "dcterms:identifier": payload,
                    "dcterms:extent": _number(size) if size is not None and not held.found.revisit else None,
                }
            )
            specific = {"prov:specificEntity": capture, "prov:generalEntity": f"sha256:{payload.hex}"}
            self._add("specializationOf", specific)
        ended = seen.last_byte_at or seen.requested_at
        self._records["activity"][fetch] = _present(
            {
                "prov:type": _name("term:Fetch"),
                "prov:startTime": _time(seen.requested_at),
                "prov:endTime": _time(ended),
                "term:job": seen.job,
                "term:crawl": seen.crawl_id,
                "term:purpose": seen.purpose,
            }
        )
        self._add("wasGeneratedBy", {"prov:entity": capture, "prov:activity": fetch, "prov:time": _time(ended)})
        software = self._software(seen.software)
        self._add("wasAssociatedWith", {"prov:activity": fetch, "prov:agent": software})
        if seen.operator is not None:
            operator = self._agent("operator", seen.operator.name, {"term:contact": seen.operator.contact})
            self._add("wasAssociatedWith", {"prov:activity": fetch, "prov:agent": operator})
            behalf = {"prov:delegate": software, "prov:responsible": operator, "prov:activity": fetch}
            self._add("actedOnBehalfOf", behalf)
        if claims is not None:
            extraction, read = f"id:extraction-{held.found.capture_id}", f"id:claims-{held.found.capture_id}"
            self._records["activity"][extraction] = {"prov:type": _name("term:Extraction")}
            self._records["entity"][read] = {"prov:type": _name("term:Claims"), "prov:value": rights}
            self._add("used", {"prov:activity": extraction, "prov:entity": capture})
            self._add("wasGeneratedBy", {"prov:entity": read, "prov:activity": extraction})
            associated = {"prov:activity": extraction, "prov:agent": self._software(claims.extractor)}
            self._add("wasAssociatedWith", associated)

    def _link(self, link: Link) -> None:
        source, target = self._chain.node(link.source), self._chain.node(link.target)
        one, other = _page_of(source.name), _page_of(target.name)
        said = link.statement
        if said is not None:
            told = _said(said.confidence, said.reason, said.evidence)
            told |= {"term:basis": said.basis, "term:statedIn": _name(f"capture:{said.capture_id}")}
            if link.outlet:
                told["term:names"] = "the outlet; the page was found by its text"
            if link.overlap is not None:
                told["term:overlapThousandths"] = _number(link.overlap)
            if self._leads(other, one):
                self._add("wasInfluencedBy", {"prov:influencee": one, "prov:influencer": other, **told})
            else:
                self._derived[one].add(other)
                primary = {"prov:type": _name("prov:PrimarySource")}
                self._add("wasDerivedFrom", {"prov:generatedEntity": one, "prov:usedEntity": other, **primary, **told})
        if source.held is None or target.held is None:
            return
        captures = source.held.found.capture_id, target.held.found.capture_id
        if By.REDIRECT in link.by:
            informed = {"prov:informed": f"id:fetch-{captures[1]}", "prov:informant": f"id:fetch-{captures[0]}"}
            self._add("wasInformedBy", {**informed, "prov:type": _name("term:Redirect")})
        if By.TEXT in link.by:
            comparison = f"id:comparison-{source.name}-{target.name}"
            overlap = {"term:overlapThousandths": _number(link.overlap)} if link.overlap is not None else {}
            self._records["activity"][comparison] = {"prov:type": _name("term:TextComparison"), **overlap}
            for capture in captures:
                self._add("used", {"prov:activity": comparison, "prov:entity": f"capture:{capture}"})

    def _leads(self, start: str, end: str) -> bool:
        """Whether derivations lead from one page to the other."""
        seen, todo = set[str](), [start]
        while todo:
            one = todo.pop()
            if one == end:
                return True
            if one not in seen:
                seen.add(one)
                todo += sorted(self._derived[one])
        return False

    def _software(self, program: Fetcher) -> str:
        agent = self._agent("software", f"{program.name} {program.version}", {})
        self._records["agent"][agent]["prov:type"] = _name("prov:SoftwareAgent")
        return agent

    def _agent(self, role: str, name: str, more: Mapping[str, Value | None]) -> str:
        agent = f"id:{role}-{hashlib.sha256(name.encode('utf-8')).hexdigest()[:16]}"
        self._records["agent"].setdefault(agent, {"prov:label": name, "term:role": role, **_present(more)})
        return agent

    def _add(self, relation: str, record: Record) -> None:
        """A relation, once; it has no name outside the document."""
        if record not in self._records[relation].values():
            self._records[relation][f"_:{relation}{len(self._records[relation]) + 1}"] = record


def _page_of(name: str) -> str:
    return f"id:page-{name}"


def _said(confidence: Confidence, reason: str, evidence: Evidence) -> Record:
    """What a relation that rests on a page's words carries."""
    where = wording.place(evidence)
    said = {
        "term:confidence": confidence.value,
        "term:reason": reason,
        "term:words": evidence.text,
        "term:place": where,
    }
    return _present(said)


def _present(record: Mapping[str, Value | None]) -> Record:
    return {name: value for name, value in record.items() if value not in (None, "")}


def _name(name: str) -> dict[str, str]:
    return {"$": name, "type": "xsd:QName"}


def _uri(url: str | None) -> dict[str, str] | None:
    return {"$": url, "type": "xsd:anyURI"} if url else None


def _number(count: int) -> dict[str, str]:
    return {"$": str(count), "type": "xsd:integer"}


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
