# SPDX-License-Identifier: Apache-2.0
"""The capture manifest: what was observed when one URL was archived at one instant, and what the page claims.

It says only what was known when its WARC record was appended, and never changes. It names record ids and digests, never a
file, offset or length: those are in the index. Links point backwards only. The observation is never revised; the claims
carry their extractor's version and the digest of the observation, so that newer claims sets can stand beside them.
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from manifests.agents import Agent, Claim, Confidence, Differing, Evidence, Fetcher
from manifests.canonical import Instant, Model
from manifests.digest import Digest, DigestSet
from manifests.rights import Notice, Reprint, RightsStatement

CAPTURE_FORMAT = "capture-manifest/0"

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class Outcome(StrEnum):
    """What became of a URL; it speaks of the bytes, so a 404 that arrived whole is captured-complete."""

    CAPTURED_COMPLETE = "captured-complete"
    CAPTURED_TRUNCATED = "captured-truncated-flagged"
    REFUSED = "refused-with-reason"
    FAILED = "failed-recorded"
    SKIPPED = "skipped-with-reason"


class BackLink(Model):
    """An earlier capture that led to this one."""

    relation: Literal[
        "embedded-by", "redirected-from", "linked-from", "robots-of", "listed-by", "retry-of", "site-file"
    ]
    """How it led here; `site-file`: in it the site speaks for this capture too."""
    capture_id: str = Field(pattern=UUID_PATTERN)
    """That capture."""
    url: str
    """Its URL."""


class FetchSettings(Model):
    """Every setting that changed what was fetched."""

    shared = True

    user_agent: str
    """The User-Agent header sent."""
    accept_language: str | None = None
    """The Accept-Language header sent."""
    robots: str
    """`record` (fetched and kept, not obeyed), `obey`, or `off`."""
    proxy: str | None = None
    """The proxy used, without its credentials."""
    accept_bad_certificate: bool = False
    """Whether a certificate that does not verify was accepted."""
    session: str | None = None
    """How the request was made when not by the crawler: `recording` for a user's own script."""


class Clock(Model):
    """What is known of the clock that gave the times."""

    shared = True

    source: str
    """Where the time came from: `system`."""
    offset: str
    """Its offset from a reference in microseconds, or `not measured`."""


class Certificate(Model):
    """One certificate as the server sent it."""

    sha256: Digest
    """Its fingerprint."""
    der: str
    """The certificate, DER in base64."""


class Tls(Model):
    """The TLS session a response came over."""

    shared = True

    version: str
    """Protocol version, such as `TLSv1.3`."""
    cipher: str
    """Cipher suite name."""
    verified: bool
    """Whether the chain verified against the trust store, for this host name."""
    fault: str | None = None
    """Why it did not."""
    chain: tuple[Certificate, ...] = ()
    """As sent, the leaf first."""


class Connection(Model):
    """How the bytes travelled."""

    resolver: str | None = None
    """What answered the name: `system`, `literal` or `proxy`."""
    addresses: tuple[str, ...] = ()
    """Every address in the answer."""
    ip: str | None = None
    """The address connected to, confirmed on the connected socket."""
    port: int | None = None
    """The port connected to."""
    tls: Tls | None = None
    """The TLS session, for https."""
    reused: bool = False
    """Whether an earlier exchange had used the same connection."""


class Redaction(Model):
    """A secret that was replaced before anything was written."""

    where: str
    """`header`, `url-userinfo` or `proxy`."""
    name: str
    """The header's name, or the part of the URL."""
    keyed_digest: str
    """`hmac-sha256:` and 32 hex digits under a key that stays with the operator: equal secrets are seen to be equal."""


HeaderList = tuple[tuple[str, str], ...]


class RequestSent(Model):
    """The request as sent, secrets replaced."""

    shared = True

    method: str
    """The method."""
    headers: HeaderList
    """Names and values in order; bytes above 0x7F read as Latin-1."""
    redacted: tuple[Redaction, ...] = ()
    """What was replaced."""
    body_length: int = 0
    """Octets of the request body; the body itself is kept only when asked for."""


class InterimResponse(Model):
    """A 1xx response that came before the final one."""

    code: int
    """Its status code."""
    raw: str
    """Its bytes, base64."""


class ResponseSeen(Model):
    """The final response's head, as far as it matters to readers; the record block holds every byte."""

    http_version: str
    """`0.9`, `1.0`, `1.1`."""
    code: int | None = None
    """The status code; absent for HTTP/0.9 and for status lines that give none."""
    reason: str
    """The reason phrase, bytes above 0x7F read as Latin-1, at most 256 characters."""
    headers: HeaderList
    """The headers that say what the response is, when it is from, where it leads and under which terms."""
    interim: tuple[InterimResponse, ...] = ()
    """1xx responses, which are not part of the record block."""
    faults: tuple[str, ...] = ()
    """Framing faults seen, from a closed list."""


class Truncation(Model):
    """Why less was kept than the server meant to send."""

    warc_reason: Literal["length", "time", "disconnect", "unspecified"]
    """The word of WARC-Truncated (WARC 1.1 section 5.13)."""
    cap: str | None = None
    """The limit that caused it, by its setting's name and value."""


class Lengths(Model):
    """Octets by digest role."""

    block: int | None = None
    body: int | None = None
    payload: int | None = None
    entity: int | None = None


class RecordIds(Model):
    """The WARC records of this capture, as bare UUIDs."""

    request: str | None = None
    """The request record."""
    response: str | None = None
    """The response record."""
    revisit: str | None = None
    """The revisit record, in place of a response."""
    remains: str | None = None
    """The metadata record of what arrived when it did not make a response."""
    metadata: str
    """The record that holds this manifest."""


class Revisited(Model):
    """The earlier response whose payload this one has, so that it is not written again."""

    relation: Literal["server-not-modified"] | None = None
    """`server-not-modified` when the server said so, with a 304 to a conditional request; absent when the payload came again."""
    capture_id: str = Field(pattern=UUID_PATTERN)
    """The earlier capture."""
    url: str
    """Its URL."""
    fetched_at: Instant
    """When it was requested."""
    payload: Digest | None = None
    """sha1 of the earlier payload, where the server said that it is unchanged and the digest is known."""


class RobotsDecision(Model):
    """What robots.txt said of this URL, and whether it was obeyed."""

    shared = True

    decision: Literal["allowed", "disallowed", "unavailable", "not-asked"]
    """The rule's answer for our product token (RFC 9309)."""
    obeyed: bool
    """Whether the operator asked for obedience."""
    capture_id: str | None = None
    """The capture of the robots.txt it came from."""


class Observation(Model):
    """Bytes, times, network and digests: what happened. Never revised."""

    capture_id: str = Field(pattern=UUID_PATTERN)
    """The UUID of the capture's own WARC record."""
    job: str
    """The job it belongs to; `adhoc` for single captures."""
    crawl_id: str
    """The run it belongs to."""
    seed: str
    """The URL given by a person that led here."""
    discovery_path: str
    """Letters from the seed: L link, E embed, R redirect, P prerequisite."""
    url: str
    """The URL as requested, without userinfo and fragment."""
    url_key: str
    """Its SURT form."""
    links: tuple[BackLink, ...] = ()
    """Backward links."""
    engine: str
    """How it was fetched: `http`, or `recording` for a script's own session."""
    software: Fetcher
    """The program that fetched it."""
    operator: Agent | None = None
    """Who runs the archive, as given."""
    purpose: str | None = None
    """Why it was taken, as given."""
    labels: dict[str, str] = Field(default_factory=dict)
    """The operator's own words about this capture: case reference, note, input columns."""
    settings: FetchSettings
    """What changed the fetch."""
    requested_at: Instant
    """When the request was sent; for failures before that, when it was tried."""
    first_byte_at: Instant | None = None
    """When the first response byte arrived, by our clock."""
    last_byte_at: Instant | None = None
    """When the last kept byte arrived, by our clock."""
    clock: Clock
    """What is known of that clock."""
    origin_date_offset: int | None = None
    """Seconds by which the origin's Date header is ahead of our clock."""
    connection: Connection | None = None
    """How the bytes travelled."""
    request: RequestSent | None = None
    """The request, absent when none was sent."""
    response: ResponseSeen | None = None
    """The response's head, absent when none came."""
    outcome: Outcome
    """What became of the URL."""
    reason: str | None = None
    """Why, as a word of the closed list in docs/format.md; absent when complete and faultless."""
    detail: str | None = None
    """The reason in a sentence."""
    truncation: Truncation | None = None
    """Why less was kept than sent."""
    digests: DigestSet = DigestSet()
    """By role."""
    lengths: Lengths = Lengths()
    """By role."""
    records: RecordIds
    """The WARC records."""
    revisits: Revisited | None = None
    """For a revisit: the response it refers to."""
    robots: RobotsDecision
    """What robots.txt said."""


class Suspicion(Model):
    """A sign that the page is not what was meant to be captured."""

    sign: str
    """bot-check, consent-wall, login, paywall, soft-404, empty-shell, parked-domain or geo-block."""
    confidence: Confidence
    reason: str
    evidence: Evidence | None = None


class Party(Model):
    """A publisher or author that the page names."""

    name: str
    """Its name as written."""
    url: str | None = None
    """Its page."""
    type: str | None = None
    """What the page calls it: `organization` or `person`; absent where it does not say."""
    evidence: Evidence
    confidence: Confidence
    reason: str
    also: tuple[Evidence, ...] = ()
    """Other places that name it, the most telling first, at most three."""


class Claims(Model):
    """What one extractor version read from the bytes. Newer versions write newer claims; they never change these."""

    extractor: Fetcher
    """The program that read them."""
    observation_digest: Digest
    """sha256 of the canonical observation they were read from."""
    charset: str | None = None
    """The charset the entity was decoded with; byte ranges are read back with it."""
    mime_detected: str | None = None
    """What the bytes look like, whatever the header says."""
    title: Claim | None = None
    language: Claim | None = None
    published_at: Claim | None = None
    """The page's own date of publication, normalised to RFC 3339 where it can be."""
    modified_at: Claim | None = None
    canonical_url: Claim | None = None
    publisher: Party | None = None
    authors: tuple[Party, ...] = ()
    differing: tuple[Differing, ...] = ()
    """What other places of the page say of the same things, and was not believed, at most eight."""
    notices: tuple[Notice, ...]
    """Every notice found; empty says that none was."""
    rights: RightsStatement
    """Our reading of the notices."""
    reprint: Reprint | None = None
    suspected: tuple[Suspicion, ...] = ()
    requisites: tuple[str, ...] = ()
    """URLs of the images, styles, scripts, fonts and frames it embeds, at most 2,000."""
    text_digest: Digest | None = None
    """sha256 of the extractor's text (role `text`)."""


class CaptureManifest(Model):
    """Everything known about one capture when its records were appended."""

    format: Literal["capture-manifest/0"] = Field(default=CAPTURE_FORMAT, validate_default=True)
    observation: Observation
    claims: Claims | None = None
    """Absent when no response came, or only the word that nothing changed: there was nothing to read."""
