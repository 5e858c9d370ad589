# SPDX-License-Identifier: Apache-2.0
"""A chain as JSON of our own: all of it, with every piece of evidence. The fields are described in docs/provenance.md."""

from typing import Any

from archiver.services.provenance.chain import Chain, Link, Node

FORMAT = "provenance-chain/0"
REPEATED = "earlier-capture"
"""Where claims stand when the server only said that nothing has changed: with the capture that this one refers to."""


def document(chain: Chain) -> dict[str, Any]:
    """The chain in values of JSON; equal chains give equal documents."""
    claimed, captured = chain.earliest_claimed, chain.earliest_captured
    return {
        "format": FORMAT,
        "query": chain.query,
        "archive_id": chain.archive_id,
        "depth": chain.depth,
        "earliest_in_this_archive": {
            "claimed": {"node": claimed.name, "claimed_published_at": _claimed(claimed)} if claimed else None,
            "captured": {"node": captured.name, "captured_at": captured.first_at} if captured else None,
        },
        "nodes": [_node(node) for node in chain.nodes],
        "links": [_link(link) for link in chain.links],
        "left_out": chain.left_out,
        "unreadable": list(chain.unreadable),
    }


def _claimed(node: Node) -> str | None:
    claims = node.held.claims if node.held is not None else None
    return claims.published_at.value if claims is not None and claims.published_at is not None else None


def _node(node: Node) -> dict[str, Any]:
    told: dict[str, Any] = {"node": node.name, "steps": node.steps, "asked": node.asked}
    if node.held is None:
        named = node.named.model_dump(mode="json") if node.named is not None else {}
        return {**told, "in_this_archive": False, "named": named}
    found, observed, claims = node.held.found, node.held.manifest.observation, node.held.claims
    told |= {
        "in_this_archive": True,
        "capture_id": found.capture_id,
        "url": found.url,
        "captured_at": found.fetched_at,
        "outcome": found.outcome.value,
        "response_code": found.response_code,
        "payload": found.payload_sha256,
        "manifest_digest": node.held.manifest_digest,
        "software": observed.software.model_dump(mode="json"),
        "captures_of_its_url": node.captures,
        "first_captured_at": node.first_at,
        "last_captured_at": node.last_at,
    }
    told["site_files"] = [
        {
            "url": one.url,
            "capture_id": one.capture_id,
            "captured_at": one.captured_at,
            "notices": [notice.model_dump(mode="json") for notice in one.notices] if one.notices is not None else None,
        }
        for one in node.held.site
    ]
    if claims is None:
        return {**told, "claims_from": None, "extractor": None, "claims": None}
    told["claims_from"] = found.claims_from or REPEATED
    told["extractor"] = f"{claims.extractor.name}/{claims.extractor.version}"
    read = claims.model_dump(mode="json")
    kept = (
        "extractor", "title", "language", "published_at", "publisher", "authors", "differing", "rights", "notices", "suspected"
    )  # fmt: skip
    return {**told, "claims": {name: read[name] for name in kept if name in read}}


def _link(link: Link) -> dict[str, Any]:
    said = link.statement
    return {
        "source": link.source,
        "target": link.target,
        "by": [one.value for one in link.by],
        "statement": {
            "capture_id": said.capture_id,
            "captured_at": said.captured_at,
            "original": said.original.model_dump(mode="json"),
            "basis": said.basis,
            "confidence": said.confidence.value,
            "reason": said.reason,
            "evidence": said.evidence.model_dump(mode="json"),
        }
        if said is not None
        else None,
        "outlet": link.outlet,
        "overlap": link.overlap,
        "digest": link.digest,
    }
