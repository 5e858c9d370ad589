# SPDX-License-Identifier: Apache-2.0
"""From the files of one stored segment to the catalog: the same code for a fresh segment and for a rebuild.

The files are compared with the seal, the manifests are joined with their index lines, and the catalog takes all captures in
one transaction. Of each document only what the catalog keeps is read; what is odd in the rest is for an audit to find. The
claims of a claims set follow in the same way, after the segment they are of.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Annotated

import msgspec
from isal import isal_zlib

from archiver.catalog.catalog import Catalog, Placed, StoredSegment
from archiver.catalog.entries import Entry, entry_of
from archiver.errors import Damaged
from manifests.canonical import from_canonical
from manifests.digest import Digest
from manifests.segment import SegmentManifest

_STEP = 1 << 18
_ADVICE = "Run `archiver verify` to see what is damaged."


_Octets = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class IndexPlace(msgspec.Struct, rename="camel", gc=False):
    """Where the records of one capture are: what the catalog takes from an index line."""

    url: str
    offset: _Octets
    length: _Octets
    manifest_offset: _Octets
    manifest_length: _Octets


# Not strict: every value in the JSON of a CDXJ line is a string, numbers too.
_read_place = msgspec.json.Decoder(IndexPlace, strict=False).decode


def add_to_catalog(
    catalog: Catalog, prefix: str, seal_bytes: bytes, manifests_bytes: bytes, index_bytes: bytes
) -> SegmentManifest:
    """Fills the catalog from the files of one segment whose keys begin with `prefix`.

    Raises `Damaged` when the files do not fit the seal or each other, or a manifest has another shape.
    """
    sealed = from_canonical(SegmentManifest, seal_bytes)
    for part, content in ((sealed.manifests, manifests_bytes), (sealed.index, index_bytes)):
        if len(content) != part.size or Digest.of(content) != part.sha256:
            raise Damaged(f"{prefix}{part.name} differs from its seal", _ADVICE)
    try:
        entries = (entry_of(line) for line in each_manifest(manifests_bytes))
        stored = StoredSegment(sealed.segment_id, prefix, sealed.warc.name, Digest.of(seal_bytes), sealed.sealed_at)
        catalog.add(stored, place(entries, index_places(index_bytes)))
    except ValueError as fault:
        raise Damaged(f"a line of {prefix} cannot be read: {fault}", _ADVICE) from fault
    return sealed


def manifest_lines(manifests_bytes: bytes) -> list[bytes]:
    """The canonical bytes of each manifest in file order. Raises `Damaged` when the file does not inflate."""
    return list(each_manifest(manifests_bytes))


def each_manifest(manifests_bytes: bytes) -> Iterator[bytes]:
    """The same one by one, with one gzip member at a time in memory."""
    view, at = memoryview(manifests_bytes), 0
    while at < len(view):
        inflating, inflated = isal_zlib.decompressobj(31), []
        while not inflating.eof:
            fed = view[at : at + _STEP]
            if not fed:
                raise Damaged("the manifests file does not inflate: the file ends inside a gzip member", _ADVICE)
            try:
                inflated.append(inflating.decompress(fed))
            except isal_zlib.IsalError as fault:  # type: ignore[misc]  # the stubs have it as an instance
                raise Damaged(f"the manifests file does not inflate: {fault}", _ADVICE) from fault
            at += len(fed)
        at -= len(inflating.unused_data)
        yield from b"".join(inflated).splitlines()


def index_places(index_bytes: bytes) -> list[IndexPlace]:
    """What each line of an index says of its records. Raises `ValueError` for what is no such line."""
    try:
        # The key and the time before the JSON hold no space.
        return [_read_place(line.split(b" ", 2)[-1]) for line in index_bytes.splitlines()]
    except msgspec.MsgspecError as fault:
        raise ValueError(f"not a line of the index: {fault}") from fault


def place(entries: Iterable[Entry], index: Sequence[IndexPlace]) -> Iterator[Placed]:
    """Joins entries, in file order, with their index lines. Raises `Damaged` when they do not fit."""
    by_offset = iter(sorted(index, key=attrgetter("offset")))
    for entry in entries:
        seen = entry.observation
        if seen.records.response is None and seen.records.revisit is None:
            yield Placed(entry, None, None, None, None)
            continue
        line = next(by_offset, None)
        if line is None or line.url != seen.url:
            raise Damaged(f"the index does not fit the manifests at capture {seen.capture_id}", _ADVICE)
        yield Placed(entry, line.offset, line.length, line.manifest_offset, line.manifest_length)
    if next(by_offset, None) is not None:
        raise Damaged("the index holds more captures than the manifests", _ADVICE)
