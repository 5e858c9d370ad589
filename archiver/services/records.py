# SPDX-License-Identifier: Apache-2.0
"""From an exchange to what is written of it: the records of one capture and its manifest.

Order in the file: request, then response or revisit (or, for a fetch that failed after some bytes, what arrived), then the
metadata record that holds the manifest. The manifest therefore knows every digest and record id, and a file that was cut
anywhere holds a capture whole or is seen not to. Pure: ids, time, key and earlier captures are arguments.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from archiver.exchange import Exchange, Response
from archiver.extract import Reading
from archiver.formats import readers, warc
from archiver.services.observations import Context, claims_of, observe, unchanged
from archiver.services.payloads import Payload
from archiver.services.redaction import Redactor
from manifests.canonical import canonical_bytes, canonical_json, canonical_object, unchecked
from manifests.capture import CAPTURE_FORMAT, CaptureManifest, RecordIds, Revisited, Truncation
from manifests.digest import Digest


class Member(NamedTuple):
    """One record, ready to be compressed."""

    header: warc.RecordHeader
    block: Callable[[], Iterable[bytes | memoryview]]
    density: warc.Density


@dataclass(frozen=True, slots=True)
class CaptureRecords:
    """The records of one capture in file order, and what the index needs to know of them."""

    capture_id: str
    manifest: CaptureManifest
    manifest_bytes: bytes
    """Its canonical bytes, as its record holds them."""
    manifest_digest: Digest
    members: tuple[Member, ...]
    own: int | None
    """Which member is the capture's own record (response or revisit); None when there is none."""
    indexed: "Indexed"


_manifest_of, _record_ids_of = unchecked(CaptureManifest), unchecked(RecordIds)
_FORMAT = canonical_json(CAPTURE_FORMAT)


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
    ids = _record_ids_of(
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
    observation_bytes = canonical_bytes(observation)
    claims = (
        claims_of(observation, reading, Digest.of(observation_bytes)) if reading and not unchanged(earlier) else None
    )
    manifest = _manifest_of(observation=observation, claims=claims)
    parts = {"format": _FORMAT, "observation": observation_bytes}
    manifest_bytes = canonical_object(parts | {"claims": canonical_bytes(claims)} if claims else parts)
    manifest_digest = Digest.of(manifest_bytes)

    members: list[Member] = []
    own: int | None = None
    found = Indexed()
    at, url = exchange.requested_at, exchange.url
    address = [("WARC-IP-Address", exchange.connection.ip)] if exchange.connection and exchange.connection.ip else []
    of_capture = ("WARC-Concurrent-To", warc.urn(capture_id))
    if ids.request:
        named = readers.http_type(warc.HTTP_REQUEST, request_block, len(request_block))
        digest = Digest.of(request_block)
        # Where it was sent stands once in a capture: on its own record when there is one.
        fields = [("WARC-Target-URI", url), *([] if response else address), of_capture]
        members.append(_member("request", ids.request, at, named, request_block, fields, digest, density))
    if response and payload:
        own = len(members)
        fields = [("WARC-Target-URI", url), *address]
        head = response.tape.read(0, response.head.length)
        digest_field = _payload_field(response, head, payload, earlier)
        if digest_field:
            fields.append(("WARC-Payload-Digest", digest_field))
        if earlier is not None and ids.revisit:
            members.append(_revisit(ids.revisit, at, head, fields, earlier, density))
            found = indexed("revisit", head, digest_field)
        else:
            # Where the head is odd, more than we take for it, to see what readers do.
            beginning = response.tape.read(0, max(len(head), readers.HEAD_LIMIT)) if response.faults else head
            members.append(
                _response(capture_id, at, response, beginning, fields, payload, exchange.truncation, density)
            )
            if response.faults:
                found = indexed("response", beginning, digest_field)
            else:
                found = Indexed(*readers.head_as_indexed(response.head), digest_field)
    elif ids.remains:
        fields = [("WARC-Target-URI", f"urn:bytes:{url}"), ("WARC-Truncated", "disconnect"), *address]
        kind, digest = "application/octet-stream", Digest.of(exchange.remains)
        members.append(_member("metadata", ids.remains, at, kind, exchange.remains, fields, digest, density))
    fields = [("WARC-Target-URI", f"urn:manifest:{url}"), *([of_capture] if capture_id != ids.metadata else [])]
    # Without claims it is most of what an unchanged page costs on disk, and little to compress.
    packing: warc.Density = "dense" if unchanged(earlier) else density
    members.append(
        _member("metadata", ids.metadata, at, "application/json", manifest_bytes, fields, manifest_digest, packing)
    )
    return CaptureRecords(
        capture_id=capture_id,
        manifest=manifest,
        manifest_bytes=manifest_bytes,
        manifest_digest=manifest_digest,
        members=tuple(members),
        own=own,
        indexed=found,
    )


def indexed(kind: str, beginning: bytes, digest_field: str | None) -> Indexed:
    """What the index says of a response or revisit record whose block begins so."""
    mime, status = readers.as_indexed(beginning)
    return Indexed("warc/revisit" if kind == "revisit" else mime, status, digest_field)


def _member(
    kind: warc.RecordKind,
    record_id: str,
    at: datetime,
    content_type: str,
    block: bytes,
    fields: Sequence[tuple[str, str]],
    digest: Digest,
    density: warc.Density,
) -> Member:
    named = [*fields, ("WARC-Block-Digest", digest)]
    return Member(warc.RecordHeader(kind, record_id, at, content_type, len(block), named), lambda: (block,), density)


def _revisit(
    record_id: str,
    at: datetime,
    head: bytes,
    fields: Sequence[tuple[str, str]],
    earlier: Revisited,
    density: warc.Density,
) -> Member:
    """It keeps the whole head, so that a reader sees what this visit's server said (WARC 1.1 section 6.7.2)."""
    named = [
        *fields,
        ("WARC-Profile", warc.REVISIT_PROFILES[earlier.relation or "identical-payload"]),
        ("WARC-Refers-To", warc.urn(earlier.capture_id)),
        ("WARC-Refers-To-Target-URI", earlier.url),
        ("WARC-Refers-To-Date", warc.warc_date(earlier.fetched_at)),
    ]
    kind = readers.http_type(warc.HTTP_RESPONSE, head, len(head))
    return _member("revisit", record_id, at, kind, head, named, Digest.of(head), density)


def _response(
    record_id: str,
    at: datetime,
    response: Response,
    beginning: bytes,
    fields: Sequence[tuple[str, str]],
    payload: Payload,
    truncation: Truncation | None,
    density: warc.Density,
) -> Member:
    named = [*fields, ("WARC-Block-Digest", payload.digests.block[0])]
    if truncation is not None:
        named.append(("WARC-Truncated", truncation.warc_reason))
    tape = response.tape
    kind = readers.http_type(warc.HTTP_RESPONSE, beginning, tape.length)
    header = warc.RecordHeader("response", record_id, at, kind, tape.length, named)
    stored = warc.density_for(response.head.get("content-type"), response.head.get("content-encoding"), density)
    return Member(header, tape.views, stored)


def _payload_field(response: Response, head: bytes, payload: Payload, earlier: Revisited | None) -> str | None:
    """Checkers hash all that follows the header: right only where that is the payload, or is taken for it."""
    if earlier is not None:
        held = earlier.payload if unchanged(earlier) else payload.digests.payload[0]
        return warc.sha1_field(held) if held else None
    odd = bool(response.faults) or len(head) > readers.HEAD_LIMIT
    if response.chunked or (odd and not readers.ends_alike(head)):
        return None
    return warc.sha1_field(payload.after_head_sha1)
