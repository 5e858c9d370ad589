# SPDX-License-Identifier: Apache-2.0
"""Sealing a segment and storing it, in the one order that never shows half a segment.

Seal: the WARC file is read back and every member checked against what was acknowledged; manifests, index and seal are made
from it and synced; one transaction says `sealed`. Store: WARC, manifests, index, then the seal, each create-only and checked;
one transaction says `stored`; then the catalog, and only then is the local copy removed. Each step can be repeated after a
kill: the files on disk are put as they are, and equal bytes are a success.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pydantic
from isal import isal_zlib

from archiver.catalog.catalog import Catalog, Placed, StoredSegment
from archiver.catalog.generations import Generations
from archiver.disk import Disk
from archiver.errors import Damaged
from archiver.formats.cdxj import IndexLine, sorted_index
from archiver.formats.warc_scan import Damage, Scanned, scan
from archiver.ports import Store
from archiver.services import layout
from archiver.services.observations import SOFTWARE
from archiver.services.spool import Spool, reading
from archiver.state.state import Acknowledged, OpenSegment, State
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest
from manifests.segment import SegmentFile, SegmentManifest, captures_root

MANIFESTS_A_MEMBER = 256
_READ = 1 << 20


def seal(segment: OpenSegment, spool: Spool, state: State, *, archive_id: str, sealed_at: datetime) -> SegmentManifest:
    """Closes a segment whose acknowledged captures are synced, and whose writer is the caller.

    Raises `Damaged` when the file does not read back as it was acknowledged.
    """
    opened_at = datetime.fromisoformat(segment.opened_at)
    folder = spool.folder(segment.segment_id)
    name = layout.warc_name(segment.job, opened_at, segment.segment_id)
    captures = state.acknowledged(segment.segment_id)
    with reading(folder / name), open(folder / name, "rb") as stream:
        warc_file = _read_back(stream, name, captures)
        manifests = list(_manifests(stream, captures))
    manifests_bytes = b"".join(
        isal_zlib.compress(b"".join(line + b"\n" for line in manifests[at : at + MANIFESTS_A_MEMBER]), 2, 31)
        for at in range(0, len(manifests), MANIFESTS_A_MEMBER)
    )
    index_bytes = sorted_index(one.index_line for one in captures if one.index_line)
    sealed = SegmentManifest(
        archive_id=archive_id,
        segment_id=segment.segment_id,
        job=segment.job,
        warc=warc_file,
        manifests=_file(layout.MANIFESTS, manifests_bytes),
        index=_file(layout.INDEX, index_bytes),
        captures=len(captures),
        captures_root=captures_root([Digest(one.manifest_digest) for one in captures]),
        first_fetched_at=datetime.fromisoformat(min(one.fetched_at for one in captures)),
        last_fetched_at=datetime.fromisoformat(max(one.fetched_at for one in captures)),
        opened_at=opened_at,
        sealed_at=sealed_at,
        software=SOFTWARE,
    )
    for file_name, content in (
        (layout.MANIFESTS, manifests_bytes),
        (layout.INDEX, index_bytes),
        (layout.SEAL, canonical_bytes(sealed)),
    ):
        _write_synced(spool.disk, folder / file_name, content)
    spool.disk.sync_folder(folder)
    state.segment_advanced(segment.segment_id, "sealed")
    return sealed


def publish(
    segment: OpenSegment, spool: Spool, state: State, store: Store, generations: Generations
) -> SegmentManifest:
    """Stores a sealed segment and makes its captures findable. The caller holds its lock."""
    folder = spool.folder(segment.segment_id)
    seal_bytes = _read_whole(folder / layout.SEAL)
    try:
        sealed = from_canonical(SegmentManifest, seal_bytes)
    except pydantic.ValidationError as fault:
        raise Damaged(
            f"{folder / layout.SEAL} cannot be read: {str(fault).splitlines()[0]}", "Check the disk."
        ) from fault
    prefix = layout.segment_folder(sealed.job, sealed.opened_at, sealed.segment_id)
    for part in (sealed.warc, sealed.manifests, sealed.index):
        with reading(folder / part.name):
            stream = open(folder / part.name, "rb")  # noqa: SIM115 - closed right below, where faults are the store's
        with stream:
            store.put(prefix + part.name, stream, sha256=part.sha256, size=part.size)
    store.put(prefix + layout.SEAL, seal_bytes, sha256=Digest.of(seal_bytes), size=len(seal_bytes))
    state.segment_advanced(segment.segment_id, "stored")
    manifests_bytes, index_bytes = (_read_whole(folder / one.name) for one in (sealed.manifests, sealed.index))
    with generations.adding() as catalog:
        add_to_catalog(catalog, prefix, seal_bytes, manifests_bytes, index_bytes)
    state.segment_finished(segment.segment_id)
    spool.remove(segment.segment_id)
    return sealed


def add_to_catalog(
    catalog: Catalog, prefix: str, seal_bytes: bytes, manifests_bytes: bytes, index_bytes: bytes
) -> SegmentManifest:
    """Fills the catalog from the files of one segment: the same code for a fresh segment and for a rebuild.

    Raises `Damaged` when the files do not fit the seal or each other.
    """
    sealed = from_canonical(SegmentManifest, seal_bytes)
    for part, content in ((sealed.manifests, manifests_bytes), (sealed.index, index_bytes)):
        if len(content) != part.size or Digest.of(content) != part.sha256:
            raise Damaged(f"{prefix}{part.name} differs from its seal", "Run `archiver verify` to see what is damaged.")
    manifests = [from_canonical(CaptureManifest, line) for line in manifest_lines(manifests_bytes)]
    placed = place(manifests, [IndexLine.from_bytes(line) for line in index_bytes.splitlines()])
    stored = StoredSegment(sealed.segment_id, prefix, sealed.warc.name, Digest.of(seal_bytes), sealed.sealed_at)
    catalog.add(stored, placed)
    return sealed


def manifest_lines(manifests_bytes: bytes) -> list[bytes]:
    """The canonical bytes of each manifest in file order. Raises `Damaged` when the file does not inflate."""
    try:
        return _inflate_all(manifests_bytes)
    except (isal_zlib.IsalError, EOFError) as fault:  # type: ignore[misc]  # the stubs have it as an instance
        raise Damaged(
            f"the manifests file does not inflate: {fault}", "Run `archiver verify` to see what is damaged."
        ) from fault


def _inflate_all(content: bytes) -> list[bytes]:
    lines: list[bytes] = []
    while content:
        inflating = isal_zlib.decompressobj(31)
        inflated = inflating.decompress(content)
        if not inflating.eof:
            raise EOFError("the file ends inside a gzip member")
        lines += inflated.splitlines()
        content = inflating.unused_data
    return lines


def place(manifests: Sequence[CaptureManifest], index: Sequence[IndexLine]) -> list[Placed]:
    """Joins manifests, in file order, with their index lines. Raises `Damaged` when they do not fit."""
    by_offset = iter(sorted(index, key=lambda line: line.offset))
    placed = []
    for manifest in manifests:
        records = manifest.observation.records
        if records.response is None and records.revisit is None:
            placed.append(Placed(manifest, None, None, None, None))
            continue
        line = next(by_offset, None)
        if line is None or line.url != manifest.observation.url:
            raise Damaged(
                f"the index does not fit the manifests at capture {manifest.observation.capture_id}",
                "Run `archiver verify` to see what is damaged.",
            )
        placed.append(Placed(manifest, line.offset, line.length, line.manifest_offset, line.manifest_length))
    if next(by_offset, None) is not None:
        raise Damaged(
            "the index holds more captures than the manifests", "Run `archiver verify` to see what is damaged."
        )
    return placed


def _manifests(stream: BinaryIO, captures: Sequence[Acknowledged]) -> Iterator[bytes]:
    for one in captures:
        content = read_member(stream, one.manifest_offset, one.manifest_length)
        if Digest.of(content) != one.manifest_digest:
            raise Damaged(
                f"the manifest of capture {one.capture_id} reads back otherwise than it was acknowledged",
                "Check the disk, then run the command again.",
            )
        yield content


def read_member(stream: BinaryIO, offset: int, length: int) -> bytes:
    """The block of the one record in the gzip member at `offset`. Raises `Damaged` when it is not whole."""
    stream.seek(offset)
    record = next(iter(scan(_Slice(stream, length), offset)), None)
    if not isinstance(record, Scanned) or record.length != length or record.wrong:
        what = record.detail if isinstance(record, Damage) else "the record is not as it was written"
        raise Damaged(
            f"the record at octet {offset} cannot be read: {what}", "Run `archiver verify` to see what is damaged."
        )
    content = record.block.read()
    record.block.close()
    return content


class _Slice:
    """The next `left` octets of a stream, as a stream."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream = stream
        self._left = left

    def read(self, size: int) -> bytes:
        content = self._stream.read(min(size, self._left))
        self._left -= len(content)
        return content


def _read_back(stream: BinaryIO, name: str, captures: Sequence[Acknowledged]) -> SegmentFile:
    """The file's digest, taken while every capture's bytes are compared with those that were acknowledged."""
    whole, at = hashlib.sha256(), 0
    for one in captures:
        part = hashlib.sha256()
        while at < one.end:
            piece = stream.read(min(_READ, one.end - at))
            if not piece:
                break
            whole.update(piece)
            part.update(piece)
            at += len(piece)
        if Digest.from_raw("sha256", part.digest()) != one.sha256:
            raise Damaged(
                f"{name} reads back otherwise than it was written, at capture {one.capture_id}",
                "The disk changed it: check the disk; the captures of this segment must be taken again.",
            )
    if stream.read(1):
        raise Damaged(f"{name} is longer than what was acknowledged", "Run the command again; recovery cuts it.")
    return SegmentFile(name=name, sha256=Digest.from_raw("sha256", whole.digest()), size=at)


def _read_whole(path: Path) -> bytes:
    with reading(path):
        return path.read_bytes()


def _file(name: str, content: bytes) -> SegmentFile:
    return SegmentFile(name=name, sha256=Digest.of(content), size=len(content))


def _write_synced(disk: Disk, path: Path, content: bytes) -> None:
    disk.unlink(path)  # what a kill left of an earlier try
    handle = disk.create(path)
    try:
        disk.append(handle, content)
        disk.sync(handle)
    finally:
        disk.close(handle)
