# SPDX-License-Identifier: Apache-2.0
"""The WARC records of one capture in a proof pack, against its manifest: what is sealed is the manifest, and it vouches for them.

`warc_check` has compared digests before; here is what no digest covers: that each file holds the record that its name says,
that named fields and request say what the manifest says, and that the header in a revisit began the answer whose digest the
manifest has, though its body is in the pack with an earlier capture.
"""

import hashlib
import io
import zlib
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import chain

from archiver.formats.warc import warc_date
from archiver.formats.warc_scan import Scanned, scan
from archiver.services.pack_files import Wrong
from archiver.services.read import framed
from manifests.capture import CaptureManifest, RequestSent
from manifests.digest import Digest

_KINDS = {"remains": "metadata", "manifest": "metadata"}
_URI_PREFIXES = {"remains": "urn:bytes:", "manifest": "urn:manifest:"}


MOST_NAMED = 1 << 16
"""Octets that the named fields of a manifest's record stay far below."""


def unpacks_beyond(member: bytes, room: int) -> bool:
    """Whether a gzip member holds more octets than that; one that is damaged is left to others."""
    try:
        return len(zlib.decompressobj(31).decompress(member, room + 1)) > room
    except zlib.error:
        return False


def record(content: bytes, closing: ExitStack) -> Scanned | None:
    """The record that a file begins with, if any; its block is closed with `closing`."""
    one = next(iter(scan(io.BytesIO(content))), None)
    if not isinstance(one, Scanned):
        return None
    closing.callback(one.block.close)
    return one


def records(files: Mapping[str, bytes], manifest: CaptureManifest, closing: ExitStack) -> dict[str, Scanned]:
    """The records of a capture by role, from their files by role; each is the one that the manifest names. Raises `Wrong`."""
    seen = manifest.observation
    found = {}
    for role, content in files.items():
        one = record(content, closing)
        if one is None or one.length != len(content):
            raise Wrong(f"{role}.warc.gz is not one whole record")
        wanted = getattr(seen.records, "metadata" if role == "manifest" else role, None)
        if one.kind != _KINDS.get(role, role) or one.record_id != wanted:
            raise Wrong(f"{role}.warc.gz holds another record than the manifest names")
        if one.get("WARC-Target-URI") != _URI_PREFIXES.get(role, "") + seen.url:
            raise Wrong(f"the record in {role}.warc.gz is of another URL than the manifest")
        if one.get("WARC-Date") != warc_date(seen.requested_at):
            raise Wrong(f"the record in {role}.warc.gz states another time than the manifest")
        found[role] = one
    if "request" in found:
        _check_request(found["request"].block.read(0, 1 << 20), seen.request)
    return found


def _check_request(block: bytes, said: RequestSent | None) -> None:
    first, *lines = block.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    named = [(name, value.strip()) for name, _, value in (one.partition(":") for one in lines)]
    if said is None or first.partition(" ")[0] != said.method or named != list(said.headers):
        raise Wrong("the request in request.warc.gz is another than the manifest says")


def had_body(
    revisit: Scanned, manifest: CaptureManifest, earlier: CaptureManifest | None, response: Scanned | None
) -> bool:
    """Whether a revisit had a body, which is then the one in `response`, the record of the `earlier` capture. Raises `Wrong`.

    Where the same payload came in other chunks, or with octets after its end, which make a framing fault, the answer cannot
    be put together, and only the payloads are compared.
    """
    seen = manifest.observation
    if _sha256(revisit.block.pieces()) in seen.digests.block:
        return False
    if earlier is None or response is None:
        named = seen.revisits.capture_id if seen.revisits is not None else "which is not named"
        raise Wrong(f"the capture whose body this revisit repeats, {named}, is not in the pack")
    before = earlier.observation
    if not seen.digests.payload or seen.digests.payload != before.digests.payload:
        raise Wrong("the revisit has another payload than the capture it repeats")
    faults = seen.response.faults if seen.response is not None else ()
    if seen.digests.body == before.digests.body and not faults:
        head = framed(response.block).head
        start = head.length if head is not None else 0
        body = response.block.pieces(start, start + (before.lengths.body or 0))
        if _sha256(chain(revisit.block.pieces(), body)) not in seen.digests.block:
            raise Wrong(
                "the header in revisit.warc.gz and the body it repeats are not the answer that the manifest names"
            )
    return True


def _sha256(pieces: Iterable[bytes]) -> Digest:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return Digest.from_raw("sha256", found.digest())
