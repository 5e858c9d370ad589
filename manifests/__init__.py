# SPDX-License-Identifier: Apache-2.0
"""The archive's documents: what a capture, a segment and its notices say, as frozen pydantic models.

This package is the format; `archiver` is one service that writes it. It needs pydantic and the standard library only and
touches no clock, network, disk or environment, so an outside auditor can read and check an export with it alone.
Every document has canonical bytes (RFC 8785) and is named by the digest of them.
"""

from manifests.agents import Agent, Authority, Claim, Confidence, Evidence, Fetcher, Place
from manifests.canonical import Model, canonical_bytes, from_canonical
from manifests.capture import CaptureManifest, Claims, Observation, Outcome
from manifests.claims_set import CaptureClaims, ClaimsSetManifest
from manifests.crawl import CrawlManifest, CrawlTotals
from manifests.digest import Digest, DigestSet, Role, canonical_digest
from manifests.fixity import FINDING_CODES, Finding
from manifests.ledger import Leaf, LedgerKey
from manifests.package import ProofPack
from manifests.rights import (
    Condition,
    Notice,
    NoticeKind,
    Original,
    Reprint,
    RightsStatement,
    StatementKind,
    Use,
    UseValue,
    Voice,
)
from manifests.segment import SegmentFile, SegmentManifest, captures_root

__all__ = [
    "FINDING_CODES",
    "Agent",
    "Authority",
    "CaptureClaims",
    "CaptureManifest",
    "Claim",
    "Claims",
    "ClaimsSetManifest",
    "Condition",
    "Confidence",
    "CrawlManifest",
    "CrawlTotals",
    "Digest",
    "DigestSet",
    "Evidence",
    "Fetcher",
    "Finding",
    "Leaf",
    "LedgerKey",
    "Model",
    "Notice",
    "NoticeKind",
    "Observation",
    "Original",
    "Outcome",
    "Place",
    "ProofPack",
    "Reprint",
    "RightsStatement",
    "Role",
    "SegmentFile",
    "SegmentManifest",
    "StatementKind",
    "Use",
    "UseValue",
    "Voice",
    "canonical_bytes",
    "canonical_digest",
    "captures_root",
    "from_canonical",
]
