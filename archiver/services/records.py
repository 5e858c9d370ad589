# SPDX-License-Identifier: Apache-2.0
"""From an exchange to what is written of it: the records of one capture and its manifest.

Order in the file: request, then response or revisit (or, for a fetch that failed after some bytes, what arrived), then the
metadata record that holds the manifest. The manifest therefore knows every digest and record id, and a file that was cut
anywhere holds a capture whole or is seen not to. Pure: ids, time, key and earlier captures are arguments.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

from archiver import __version__
from archiver.exchange import Exchange, Response
from archiver.extract import EXTRACTOR, Reading
from archiver.formats import warc
from archiver.formats.cdxj import media_type
from archiver.formats.coding import Decoded
from archiver.formats.framing import payload as without_framing
from archiver.services.redaction import Redactor
from manifests.agents import Agent, Fetcher
from manifests.canonical import canonical_bytes, canonical_digest
from manifests.capture import (
    BackLink,
    CaptureManifest,
    Claims,
    Clock,
    FetchSettings,
    InterimResponse,
    Lengths,
    Observation,
    Outcome,
    RecordIds,
    RequestSent,
    ResponseSeen,
    Revisited,
    RobotsDecision,
)
from manifests.digest import Digest, DigestSet

SOFTWARE = Fetcher(name="colophon-archiver", version=__version__)

TELLING_HEADERS = frozenset(
    [
        "accept-ranges",
        "age",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-range",
        "content-security-policy",
        "content-type",
        "content-usage",
        "date",
        "etag",
        "expires",
        "last-modified",
        "link",
        "location",
        "memento-datetime",
        "refresh",
        "retry-after",
        "server",
        "set-cookie",
        "tdm-policy",
        "tdm-reservation",
        "transfer-encoding",
        "vary",
        "via",
        "www-authenticate",
        "x-robots-tag",
    ]
)
"""Response headers copied into the manifest; every header is in the record block. Set-Cookie is kept by name only."""

_MOST_HEADERS = 200
_LONGEST_VALUE = 8192


@dataclass(frozen=True, slots=True)
class Context:
    """Why and how a URL was fetched: what the exchange itself cannot know."""

    job: str
    crawl_id: str
    seed: str
    discovery_path: str
    url_key: str
    settings: FetchSettings
    robots: RobotsDecision
    links: tuple[BackLink, ...] = ()
    engine: str = "http"
    operator: Agent | None = None
    purpose: str | None = None
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """The digests and lengths of one response, by role, and its entity when it could be decoded within bounds."""

    digests: DigestSet
    lengths: Lengths
    after_head_sha1: Digest
    """Over all that follows the header on the tape: what checkers of other makers hash."""


@dataclass(frozen=True, slots=True)
class Member:
    """One record, ready to be compressed."""

    header: warc.RecordHeader
    block: Callable[[], Iterable[bytes]]
    density: warc.Density


@dataclass(frozen=True, slots=True)
class CaptureRecords:
    """The records of one capture in file order, and what the index needs to know of them."""

    capture_id: str
    manifest: CaptureManifest
    manifest_bytes: bytes
    members: tuple[Member, ...]
    own: int | None
    """Which member is the capture's own record (response or revisit); None when there is none."""
    mime: str | None
    digest_field: str | None


def measure(response: Response, decode: Callable[[Iterable[bytes]], Decoded]) -> tuple[Payload, Decoded]:
    """Digests by role, and the entity. One pass over the tape for block, body and payload; a second where codings differ."""
    tape, start, end = response.tape, response.head.length, response.message_length
    block, body, after_sha1 = hashlib.sha256(), hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    for piece in tape.pieces(0, start):
        block.update(piece)
    for piece in tape.pieces(start, end):
        block.update(piece)
        body.update(piece)
        after_sha1.update(piece)
    for piece in tape.pieces(end):
        block.update(piece)
        after_sha1.update(piece)
    body_digest = Digest.from_raw("sha256", body.digest())
    if response.chunked:
        payload, payload_sha1, payload_length = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
        for piece in without_framing(tape.pieces(start, end)):
            payload.update(piece)
            payload_sha1.update(piece)
            payload_length += len(piece)
        payload_digest = Digest.from_raw("sha256", payload.digest())
        sha1_digest = Digest.from_raw("sha1", payload_sha1.digest())
    else:
        payload_digest, payload_length = body_digest, end - start
        if tape.length == end:
            sha1_digest = Digest.from_raw("sha1", after_sha1.digest())
        else:
            own_sha1 = hashlib.sha1(usedforsecurity=False)
            for piece in tape.pieces(start, end):
                own_sha1.update(piece)
            sha1_digest = Digest.from_raw("sha1", own_sha1.digest())
    decoded = decode(payload_pieces(response))
    entity: tuple[Digest, ...] = ()
    entity_length = None
    if not decoded.coded and decoded.fault is None:
        # Nothing was coded, so the entity is the payload, however long; only the part for extraction is bounded.
        entity, entity_length = (payload_digest,), payload_length
    elif decoded.complete and decoded.fault is None:
        entity, entity_length = (Digest.of(decoded.content),), len(decoded.content)
    measured = Payload(
        digests=DigestSet(
            block=(Digest.from_raw("sha256", block.digest()),),
            body=(body_digest,),
            payload=(sha1_digest, payload_digest),
            entity=entity,
        ),
        lengths=Lengths(block=tape.length, body=end - start, payload=payload_length, entity=entity_length),
        after_head_sha1=Digest.from_raw("sha1", after_sha1.digest()),
    )
    return measured, decoded


def payload_pieces(response: Response) -> Iterator[bytes]:
    """The payload: the body without chunk framing."""
    pieces = response.tape.pieces(response.head.length, response.message_length)
    return without_framing(pieces) if response.chunked else pieces


def build(
    exchange: Exchange,
    context: Context,
    *,
    payload: Payload | None,
    reading: Reading | None,
    earlier: Revisited | None,
    redactor: Redactor,
    new_id: Callable[[], str],
    density: warc.Density = "fast",
) -> CaptureRecords:
    """Every record of one capture. `earlier` is the response this one repeats, when it does."""
    response = exchange.response
    ids = RecordIds(
        request=new_id() if exchange.request else None,
        response=new_id() if response and not earlier else None,
        revisit=new_id() if response and earlier else None,
        remains=new_id() if exchange.remains and not response else None,
        metadata=new_id(),
    )
    capture_id = ids.response or ids.revisit or ids.metadata
    request_block, redacted = redactor.request(exchange.request, exchange.secret_headers)
    if exchange.userinfo is not None:
        redacted.append(redactor.userinfo(exchange.userinfo))
    observation = Observation(
        capture_id=capture_id,
        job=context.job,
        crawl_id=context.crawl_id,
        seed=context.seed,
        discovery_path=context.discovery_path,
        url=exchange.url,
        url_key=context.url_key,
        links=context.links,
        engine=context.engine,
        software=SOFTWARE,
        operator=context.operator,
        purpose=context.purpose,
        labels=context.labels,
        settings=context.settings,
        requested_at=exchange.requested_at,
        first_byte_at=exchange.first_byte_at,
        last_byte_at=exchange.last_byte_at,
        clock=Clock(source="system", offset="not measured"),
        origin_date_offset=_date_offset(response, exchange.first_byte_at),
        connection=exchange.connection,
        request=_request_sent(exchange, request_block, tuple(redacted)) if exchange.request or redacted else None,
        response=_response_seen(response) if response else None,
        outcome=exchange.outcome,
        reason=exchange.reason,
        detail=exchange.detail,
        truncation=exchange.truncation,
        digests=payload.digests if payload else DigestSet(),
        lengths=payload.lengths if payload else Lengths(),
        records=ids,
        revisits=earlier,
        robots=context.robots,
    )
    manifest = CaptureManifest(observation=observation, claims=_claims(observation, reading) if reading else None)
    manifest_bytes = canonical_bytes(manifest)

    members: list[Member] = []
    own: int | None = None
    at, url, truncated = exchange.requested_at, exchange.url, exchange.truncation
    address = [("WARC-IP-Address", exchange.connection.ip)] if exchange.connection and exchange.connection.ip else []
    if ids.request:
        concurrent = [("WARC-Concurrent-To", warc.urn(capture_id))]
        members.append(
            _member("request", ids.request, at, url, warc.HTTP_REQUEST, request_block, [*address, *concurrent], density)
        )
    if response and payload:
        own = len(members)
        members.append(_own_record(response, payload, ids, at, url, address, truncated, earlier, density))
    elif ids.remains:
        fields = [("WARC-Truncated", "disconnect"), *address]
        members.append(
            _member(
                "metadata",
                ids.remains,
                at,
                f"urn:bytes:{url}",
                "application/octet-stream",
                exchange.remains,
                fields,
                density,
            )
        )
    concurrent = [("WARC-Concurrent-To", warc.urn(capture_id))] if capture_id != ids.metadata else []
    members.append(
        _member(
            "metadata", ids.metadata, at, f"urn:manifest:{url}", "application/json", manifest_bytes, concurrent, density
        )
    )
    return CaptureRecords(
        capture_id=capture_id,
        manifest=manifest,
        manifest_bytes=manifest_bytes,
        members=tuple(members),
        own=own,
        mime="warc/revisit" if earlier else media_type(response.head.get("content-type") if response else None),
        digest_field=_payload_field(response, payload, earlier) if response and payload else None,
    )


def _member(
    kind: warc.RecordKind,
    record_id: str,
    at: datetime,
    uri: str,
    content_type: str,
    block: bytes,
    fields: Sequence[tuple[str, str]],
    density: warc.Density,
) -> Member:
    named = [("WARC-Target-URI", uri), *fields, ("WARC-Block-Digest", Digest.of(block))]
    return Member(warc.RecordHeader(kind, record_id, at, content_type, len(block), named), lambda: (block,), density)


def _own_record(
    response: Response,
    payload: Payload,
    ids: RecordIds,
    at: datetime,
    url: str,
    address: Sequence[tuple[str, str]],
    truncated: object,
    earlier: Revisited | None,
    density: warc.Density,
) -> Member:
    fields: list[tuple[str, str]] = [("WARC-Target-URI", url), *address]
    if ids.request:
        fields.append(("WARC-Concurrent-To", warc.urn(ids.request)))
    digest_field = _payload_field(response, payload, earlier)
    if digest_field:
        fields.append(("WARC-Payload-Digest", digest_field))
    if earlier is not None and ids.revisit:
        # The revisit keeps the whole head, so that a reader sees what this visit's server said (WARC 1.1 section 6.7.2).
        head = response.tape.read(0, response.head.length)
        fields += [
            ("WARC-Profile", warc.REVISIT_PROFILE),
            ("WARC-Refers-To", warc.urn(earlier.capture_id)),
            ("WARC-Refers-To-Target-URI", earlier.url),
            ("WARC-Refers-To-Date", warc.warc_date(earlier.fetched_at)),
            ("WARC-Block-Digest", Digest.of(head)),
        ]
        header = warc.RecordHeader("revisit", ids.revisit, at, warc.HTTP_RESPONSE, len(head), fields)
        return Member(header, lambda: (head,), density)
    fields.append(("WARC-Block-Digest", payload.digests.block[0]))
    if truncated is not None:
        fields.append(("WARC-Truncated", str(getattr(truncated, "warc_reason", "unspecified"))))
    tape = response.tape
    header = warc.RecordHeader("response", ids.response or "", at, warc.HTTP_RESPONSE, tape.length, fields)
    stored = warc.density_for(response.head.get("content-type"), response.head.get("content-encoding"), density)
    return Member(header, lambda: tape.pieces(), stored)


def _payload_field(response: Response, payload: Payload, earlier: Revisited | None) -> str | None:
    """Checkers hash all that follows the header: right only where that is the payload, or is taken for it."""
    if earlier is not None:
        return warc.sha1_field(payload.digests.payload[0])
    return None if response.chunked else warc.sha1_field(payload.after_head_sha1)


def _request_sent(exchange: Exchange, redacted_head: bytes, redacted: tuple[object, ...]) -> RequestSent:
    lines = redacted_head.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:]
    headers = tuple(
        (name.decode("latin-1"), value.strip().decode("latin-1"))
        for name, _, value in (line.partition(b":") for line in lines if line)
    )
    return RequestSent(
        method=exchange.method,
        headers=headers,
        redacted=redacted,  # type: ignore[arg-type]
        body_length=exchange.request_body_length,
    )


def _response_seen(response: Response) -> ResponseSeen:
    kept: list[tuple[str, str]] = []
    for raw_name, raw_value in response.head.fields:
        name = raw_name.decode("latin-1").lower()
        if name in TELLING_HEADERS and len(kept) < _MOST_HEADERS:
            value = raw_value.decode("latin-1")[:_LONGEST_VALUE]
            kept.append((name, value.partition("=")[0] + "=..." if name == "set-cookie" else value))
    return ResponseSeen(
        http_version=response.head.version,
        code=response.head.code,
        reason=response.head.reason.decode("latin-1")[:256],
        headers=tuple(kept),
        interim=tuple(InterimResponse(code=code, raw=b64encode(raw).decode("ascii")) for code, raw in response.interim),
        faults=response.faults,
    )


def _date_offset(response: Response | None, first_byte_at: datetime | None) -> int | None:
    stated = response.head.get("date") if response else None
    if not stated or first_byte_at is None:
        return None
    try:
        moment = parsedate_to_datetime(stated)
        return int((moment - first_byte_at).total_seconds()) if moment.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None  # an unreadable Date is evidence only of itself, and stands in the record block


def _claims(observation: Observation, reading: Reading) -> Claims:
    return Claims(
        extractor=EXTRACTOR,
        observation_digest=canonical_digest(observation),
        charset=reading.charset,
        mime_detected=reading.mime_detected,
        title=reading.title,
        language=reading.language,
        published_at=reading.published_at,
        modified_at=reading.modified_at,
        canonical_url=reading.canonical_url,
        publisher=reading.publisher,
        authors=reading.authors,
        notices=reading.notices,
        rights=reading.rights,
        reprint=reading.reprint,
        suspected=reading.suspected,
        requisites=reading.requisites,
        text_digest=Digest.of(reading.text.encode("utf-8", "surrogatepass")) if reading.text else None,
    )


def worth_a_revisit(exchange: Exchange, payload: Payload) -> bool:
    """Whether an equal earlier payload may stand for this one: whole, and not empty."""
    return exchange.outcome is Outcome.CAPTURED_COMPLETE and bool(payload.lengths.payload)
