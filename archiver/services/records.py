# SPDX-License-Identifier: Apache-2.0
"""From an exchange to what is written of it: the records of one capture and its manifest.

Order in the file: request, then response or revisit (or, for a fetch that failed after some bytes, what arrived), then the
metadata record that holds the manifest. The manifest therefore knows every digest and record id, and a file that was cut
anywhere holds a capture whole or is seen not to. Pure: ids, time, key and earlier captures are arguments.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from archiver.exchange import Exchange, Response
from archiver.extract import Reading
from archiver.formats import readers, warc
from archiver.services.observations import Context, claims_of, observe
from archiver.services.payloads import Payload
from archiver.services.redaction import Redactor
from manifests.canonical import canonical_bytes
from manifests.capture import (
    CaptureManifest,
    RecordIds,
    Revisited,
)
from manifests.digest import Digest


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
    indexed: "Indexed"


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the index line of a capture takes from its own record."""

    mime: str | None = None
    status: str | None = None
    digest: str | None = None
    """The record's WARC-Payload-Digest."""


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
    observation = observe(
        exchange,
        context,
        payload=payload,
        ids=ids,
        earlier=earlier,
        request_head=request_block,
        redacted=tuple(redacted),
    )
    manifest = CaptureManifest(observation=observation, claims=claims_of(observation, reading) if reading else None)
    manifest_bytes = canonical_bytes(manifest)

    members: list[Member] = []
    own: int | None = None
    at, url, truncated = exchange.requested_at, exchange.url, exchange.truncation
    address = [("WARC-IP-Address", exchange.connection.ip)] if exchange.connection and exchange.connection.ip else []
    if ids.request:
        concurrent = [("WARC-Concurrent-To", warc.urn(capture_id))]
        named = readers.http_type(warc.HTTP_REQUEST, request_block, len(request_block))
        members.append(_member("request", ids.request, at, url, named, request_block, [*address, *concurrent], density))
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
        indexed=indexed(
            "revisit" if earlier else "response",
            _beginning(response, earlier),
            _payload_field(response, payload, earlier),
        )
        if response and payload
        else Indexed(),
    )


def indexed(kind: str, beginning: bytes, digest_field: str | None) -> Indexed:
    """What the index says of a response or revisit record whose block begins so."""
    mime, status = readers.as_indexed(beginning)
    return Indexed("warc/revisit" if kind == "revisit" else mime, status, digest_field)


def _beginning(response: Response, earlier: Revisited | None) -> bytes:
    """Enough of the block to see what readers take for its head: what we do, and more where that is odd."""
    length = response.head.length
    return response.tape.read(0, max(length, readers.HEAD_LIMIT) if response.faults and not earlier else length)


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
        named = readers.http_type(warc.HTTP_RESPONSE, head, len(head))
        header = warc.RecordHeader("revisit", ids.revisit, at, named, len(head), fields)
        return Member(header, lambda: (head,), density)
    fields.append(("WARC-Block-Digest", payload.digests.block[0]))
    if truncated is not None:
        fields.append(("WARC-Truncated", str(getattr(truncated, "warc_reason", "unspecified"))))
    tape = response.tape
    named = readers.http_type(warc.HTTP_RESPONSE, _beginning(response, None), tape.length)
    header = warc.RecordHeader("response", ids.response or "", at, named, tape.length, fields)
    stored = warc.density_for(response.head.get("content-type"), response.head.get("content-encoding"), density)
    return Member(header, tape.pieces, stored)


def _payload_field(response: Response, payload: Payload, earlier: Revisited | None) -> str | None:
    """Checkers hash all that follows the header: right only where that is the payload, or is taken for it."""
    if earlier is not None:
        return warc.sha1_field(payload.digests.payload[0])
    length = response.head.length
    odd = bool(response.faults) or length > readers.HEAD_LIMIT
    if response.chunked or (odd and not readers.ends_alike(response.tape.read(0, length))):
        return None
    return warc.sha1_field(payload.after_head_sha1)
