# SPDX-License-Identifier: Apache-2.0
"""Reading one capture's bytes back from the store: its record by range, its entity as a browser would have had it."""

import contextlib
import io
from collections.abc import Iterable, Iterator

from archiver.catalog.catalog import Catalog, Found
from archiver.errors import Damaged, NotFound
from archiver.exchange import Tape
from archiver.formats.coding import decode
from archiver.formats.framing import ResponseFramer
from archiver.formats.framing import payload as without_framing
from archiver.formats.warc_scan import Damage, Scanned, scan
from archiver.ports import Store
from archiver.services import layout
from archiver.services.cataloguing import manifest_lines
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest

MAX_ENTITY = 64 << 20


def record(store: Store, found: Found) -> Scanned:
    """The capture's own record, whole. Raises `NotFound` when it has none, `Damaged` when it does not read back."""
    if found.record_offset is None or found.record_length is None:
        raise NotFound(f"capture {found.capture_id} has no response: {found.outcome.value}", "See its manifest.")
    return _member(store, found, found.record_offset, found.record_length)


def manifest_bytes(store: Store, found: Found) -> bytes:
    """The canonical bytes of a capture's manifest. Raises `Damaged`, `NotFound`."""
    if found.manifest_offset is not None and found.manifest_length is not None:
        return _member(store, found, found.manifest_offset, found.manifest_length).block.read()
    try:
        return manifest_lines(store.get(found.segment.folder + layout.MANIFESTS))[found.ordinal]
    except (KeyError, IndexError) as missing:
        raise _missing(found) from missing


def entity(store: Store, catalog: Catalog, found: Found, limit: int = MAX_ENTITY) -> bytes:
    """The entity of a capture, at most `limit` octets; a revisit is followed to the response it refers to."""
    return headers_and_entity(store, catalog, found, limit)[1]


def headers_and_entity(
    store: Store, catalog: Catalog, found: Found, limit: int = MAX_ENTITY
) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The entity of a capture with the headers that tell how to read it; a revisit is followed to what it refers to."""
    with contextlib.ExitStack() as held_open:  # a long block is a file
        block = held_open.enter_context(contextlib.closing(record(store, found).block))
        head = framed(block).head
        if found.revisit:
            manifest = from_canonical(CaptureManifest, manifest_bytes(store, found))
            earlier = manifest.observation.revisits
            held = catalog.by_id(earlier.capture_id) if earlier else None
            if held is None:
                raise NotFound(
                    f"the response that capture {found.capture_id} repeats is not held", "Look it up by its hash."
                )
            block = held_open.enter_context(contextlib.closing(record(store, held).block))
            if earlier is not None and earlier.relation == "server-not-modified":
                # A 304 speaks of the response it stands for, and leaves its content headers out (RFC 9110 section 15.4.5).
                head = None
        framer = framed(block)
        head = head or framer.head
        if head is None or framer.head is None:
            return (), b""
        # A revisit repeats the payload alone: which codings are to be undone is said by its own head.
        coding = ", ".join(head.get_all("content-encoding")) or None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.fields)
        return headers, decode(payload_of(block, framer), coding, limit=limit).content


def framed(block: Tape, method: str = "GET") -> ResponseFramer:
    """The framing of a whole response block; the method is that of its request."""
    framer = ResponseFramer(method)
    for piece in block.pieces():
        framer.feed(piece)
    framer.eof()
    return framer


def payload_of(block: Tape, framer: ResponseFramer) -> Iterator[bytes]:
    """The payload of a framed block: without head, chunk framing and surplus."""
    assert framer.head is not None
    pieces: Iterable[bytes] = block.pieces(framer.head.length, min(framer.message_length, block.length))
    yield from without_framing(pieces) if framer.chunked else pieces


def _member(store: Store, found: Found, offset: int, length: int) -> Scanned:
    try:
        content = store.get(found.segment.folder + found.segment.warc, offset, offset + length)
    except KeyError as missing:
        raise _missing(found) from missing
    one = next(iter(scan(io.BytesIO(content), offset)), None)
    if not isinstance(one, Scanned) or one.length != length or one.wrong:
        said = one.detail if isinstance(one, Damage) else "the record is not as it was written"
        raise Damaged(
            f"a record of capture {found.capture_id} cannot be read: {said}",
            "Run `archiver verify` to see what is damaged.",
        )
    return one


def _missing(found: Found) -> NotFound:
    return NotFound(
        f"the store lacks a file of segment {found.segment.segment_id}, which the catalog names",
        "Run `archiver verify` to see what is missing.",
    )
