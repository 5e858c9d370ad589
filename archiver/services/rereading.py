# SPDX-License-Identifier: Apache-2.0
"""The captures of one stored segment once more, each as its extractor saw it: URL, headers, status code and entity.

The WARC file is read as one stream and compared with its seal; the payload of a revisit is read from the segment that holds
it. Nothing that comes from here may be kept before the iterator has ended, since only then is the whole file known to be the
sealed one. A visit at which the server only said that nothing has changed has nothing to be read, as when it was made.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pydantic

from archiver.catalog.catalog import Catalog
from archiver.errors import Damaged, NotFound
from archiver.formats.coding import decode
from archiver.formats.warc_scan import Damage, Scanned, scan
from archiver.ports import Store
from archiver.services import read
from archiver.services.ingest import MAX_DECODED, MAX_READ
from archiver.services.observations import unchanged
from archiver.services.warc_check import Hashing
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest, Role
from manifests.segment import SegmentManifest

_ADVICE = "Run `archiver verify` to see what is damaged."
_MOST_OF_A_CAPTURE = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One capture of which claims were made, and what they were made of."""

    manifest: CaptureManifest
    headers: tuple[tuple[str, str], ...]
    """As sent."""
    code: int | None
    entity: bytes
    """As much of it as is read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A capture of which claims were made, but whose bytes cannot be had now."""

    capture_id: str
    why: str


def each_capture(store: Store, catalog: Catalog, folder: str, seal: SegmentManifest) -> Iterator[Seen | Unread]:
    """Every capture of a segment whose manifest has claims, in file order. Raises `Damaged`."""
    key = folder + seal.warc.name
    try:
        stream = store.open(key)
    except KeyError:
        raise Damaged(f"{key}, which its seal names, is missing", _ADVICE) from None
    with stream:
        hashing = Hashing(stream)
        recent: dict[str, Scanned] = {}
        for record in scan(hashing):
            if isinstance(record, Damage) or record.wrong:
                raise Damaged(f"{key} does not read back at octet {record.offset}", _ADVICE)
            if not (record.get("WARC-Target-URI") or "").startswith("urn:manifest:"):
                recent[record.record_id] = record
                if len(recent) > _MOST_OF_A_CAPTURE:
                    raise Damaged(f"{key} holds records without a manifest before octet {record.offset}", _ADVICE)
                continue
            try:
                manifest = from_canonical(CaptureManifest, record.block.read())
            except pydantic.ValidationError as fault:
                raise Damaged(f"the manifest at octet {record.offset} of {key} cannot be read", _ADVICE) from fault
            own = recent.get(manifest.observation.capture_id)
            if manifest.claims is not None and own is not None and not unchanged(manifest.observation.revisits):
                yield _seen(store, catalog, manifest, own)
            for one in recent.values():
                one.block.close()
            recent = {}
        hashing.drain()
    if Digest.from_raw("sha256", hashing.sha256.digest()) != seal.warc.sha256:
        raise Damaged(f"{key} differs from its seal", _ADVICE)


def _seen(store: Store, catalog: Catalog, manifest: CaptureManifest, own: Scanned) -> Seen | Unread:
    seen = manifest.observation
    framer = read.framed(own.block, seen.request.method if seen.request else "GET")
    head, block = framer.head, own.block
    if head is None and own.block.length:
        return Unread(seen.capture_id, "its record holds no HTTP response")
    if seen.revisits is not None:
        try:
            held = catalog.by_id(seen.revisits.capture_id)
            if held is None:
                return Unread(seen.capture_id, f"capture {seen.revisits.capture_id}, whose payload it has, is not held")
            block = read.record(store, held).block
        except (Damaged, NotFound) as fault:
            return Unread(seen.capture_id, fault.what)
        framer = read.framed(block)
        payload = hashlib.sha256()
        for piece in read.payload_of(block, framer):
            payload.update(piece)
        if Digest.from_raw("sha256", payload.digest()) != seen.digests.get(Role.PAYLOAD):
            return Unread(seen.capture_id, f"capture {seen.revisits.capture_id} holds another payload")
    # An HTTP/0.9 response has no head, so a revisit of one has nothing at all.
    coding = ", ".join(head.get_all("content-encoding")) if head else None
    entity = decode(read.payload_of(block, framer), coding or None, limit=MAX_DECODED, keep=MAX_READ).content
    fields = head.fields if head else ()
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
    if block is not own.block:
        block.close()
    return Seen(manifest, headers, head.code if head else None, entity)
