# SPDX-License-Identifier: Apache-2.0
"""Sealing a segment and storing it, in the one order that never shows half a segment.

Seal: the WARC file is read back and every member checked against what was acknowledged; manifests, index and seal are made
from it and synced; one transaction says `sealed`. Store: WARC, manifests, index, then the seal, each create-only and checked;
one transaction says `stored`; then the catalog, and only then is the local copy removed, or kept until a replica has the
segment. Each step can be repeated after a kill: the files on disk are put as they are, and equal bytes are a success.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pydantic
from isal import isal_zlib
from zlib_ng import zlib_ng

from archiver.catalog.generations import Generations
from archiver.disk import Disk
from archiver.errors import BadInput, Damaged
from archiver.formats.cdxj import sorted_index
from archiver.formats.warc_scan import Damage, Scanned, scan
from archiver.ports import Store
from archiver.services import layout
from archiver.services.cataloguing import add_to_catalog
from archiver.services.observations import SOFTWARE
from archiver.services.spool import Spool, reading
from archiver.state.state import Acknowledged, OpenSegment, State
from manifests.canonical import canonical_bytes, first_fault, from_canonical
from manifests.digest import Digest
from manifests.segment import SegmentFile, SegmentManifest, root_of

MANIFESTS_A_MEMBER = 256
_SHORT = 3_000
"""Octets of a manifest without claims; such ones shrink by a ninth more for little time, those with claims for much."""
_FAST, _DENSE = 2, 5  # levels of isal and of zlib-ng
_GZIP = 31
_READ = 1 << 20


def seal(segment: OpenSegment, spool: Spool, state: State, *, archive_id: str, sealed_at: datetime) -> SegmentManifest:
    """Closes a segment whose acknowledged captures are synced, and whose writer is the caller.

    Raises `Damaged` when the file does not read back as it was acknowledged.
    """
    opened_at = datetime.fromisoformat(segment.opened_at)
    folder = spool.folder(segment.segment_id)
    name = layout.warc_name(segment.job, opened_at, segment.segment_id)
    captures = state.acknowledged(segment.segment_id)
    whole = hashlib.sha256()
    with reading(folder / name), open(folder / name, "rb", buffering=_READ) as stream:
        manifests_bytes = packed(_read_back(stream, name, captures, whole))
    index_bytes = sorted_index(one.index_line for one in captures if one.index_line)
    sealed = SegmentManifest(
        archive_id=archive_id,
        segment_id=segment.segment_id,
        job=segment.job,
        warc=SegmentFile(name=name, sha256=Digest.from_raw("sha256", whole.digest()), size=captures[-1].end),
        manifests=_file(layout.MANIFESTS, manifests_bytes),
        index=_file(layout.INDEX, index_bytes),
        captures=len(captures),
        captures_root=root_of([bytes.fromhex(one.manifest_digest.removeprefix("sha256:")) for one in captures]),
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
    """Stores a sealed segment and makes its captures findable. The caller holds its lock.

    Raises `BadInput` when this store is not the primary, or not any more.
    """
    check_written_to(state, store)
    folder = spool.folder(segment.segment_id)
    seal_bytes = _read_whole(folder / layout.SEAL)
    try:
        sealed = from_canonical(SegmentManifest, seal_bytes)
    except pydantic.ValidationError as fault:
        raise Damaged(f"{folder / layout.SEAL} cannot be read: {first_fault(fault)}", "Check the disk.") from fault
    prefix = layout.segment_folder(sealed.job, sealed.opened_at, sealed.segment_id)
    for part in (sealed.warc, sealed.manifests, sealed.index):
        with reading(folder / part.name):
            stream = open(folder / part.name, "rb")  # noqa: SIM115 - closed right below, where faults are the store's
        with stream:
            store.put(prefix + part.name, stream, sha256=part.sha256, size=part.size, final=True)
    seal_digest = Digest.of(seal_bytes)
    store.put(prefix + layout.SEAL, seal_bytes, sha256=seal_digest, size=len(seal_bytes))
    state.segment_stored(segment.segment_id, prefix + layout.SEAL, seal_digest, sealed.sealed_at)
    manifests_bytes, index_bytes = (_read_whole(folder / one.name) for one in (sealed.manifests, sealed.index))
    with generations.adding() as catalog:
        add_to_catalog(catalog, prefix, seal_bytes, manifests_bytes, index_bytes)
    if state.replicas.all():
        state.segment_kept(segment.segment_id)
    else:
        state.segment_finished(segment.segment_id)
        spool.remove(segment.segment_id)
    return sealed


PRIMARY = "primary"
"""The fact of state that names the store that took over; absent while the first one is the primary."""


def check_primary(state: State, store: Store) -> None:
    """Raises `BadInput` when state knows another store as the one that is written to."""
    primary = state.fact(PRIMARY)
    if primary is not None and primary != store.place:
        raise BadInput(
            f"{store.place} is not the primary store of this archive any more",
            f"Use --archive {primary}, with the same --state.",
            elsewhere=True,
        )


def check_written_to(state: State, store: Store) -> None:
    """Raises `BadInput` unless a store is the primary, as far as state knows: written to, a replica would be a fork."""
    check_primary(state, store)
    if any(one.place == store.place for one in state.replicas.all()):
        raise BadInput(
            f"{store.place} is a replica: nothing is stored in it but what the primary has",
            "Name the primary with --archive; if that is lost: archiver replicas take-over.",
        )


def packed(manifests: Iterable[bytes]) -> bytes:
    """The manifests file: a line a manifest, one gzip member per 256. Holds no more than those in memory."""
    each, members = iter(manifests), []
    while lines := list(itertools.islice(each, MANIFESTS_A_MEMBER)):
        content = b"\n".join([*lines, b""])
        short = len(content) < _SHORT * len(lines)
        members.append(zlib_ng.compress(content, _DENSE, _GZIP) if short else isal_zlib.compress(content, _FAST, _GZIP))
    return b"".join(members)


def _read_back(
    stream: BinaryIO, name: str, captures: Sequence[Acknowledged], whole: "hashlib._Hash"
) -> Iterator[bytes]:
    """The manifest of each capture, in one pass that takes every octet into `whole` and compares it with what was written.

    A capture was acknowledged with the digest of the file up to its end, or of its own octets.
    """
    at = 0
    for one in captures:
        start, content = at, b""
        part = hashlib.sha256() if one.end - at > _READ else None
        while at < one.end and (content := stream.read(min(_READ, one.end - at))):
            whole.update(content)
            if part is not None:
                part.update(content)
            at += len(content)
        wanted = one.sha256.removeprefix("sha256:")
        if whole.copy().hexdigest() != wanted and (part or hashlib.sha256(content)).hexdigest() != wanted:
            raise Damaged(
                f"{name} reads back otherwise than it was written, at capture {one.capture_id}",
                "The disk changed it: check the disk; the captures of this segment must be taken again.",
            )
        wanted = one.manifest_digest.removeprefix("sha256:")
        place = one.manifest_offset - start
        manifest = _plain_block(content[place : place + one.manifest_length]) if part is None else None
        if manifest is None or hashlib.sha256(manifest).hexdigest() != wanted:
            manifest = read_member(stream, one.manifest_offset, one.manifest_length)
            stream.seek(at)
            if hashlib.sha256(manifest).hexdigest() != wanted:
                raise Damaged(
                    f"the manifest of capture {one.capture_id} reads back otherwise than it was acknowledged",
                    "Check the disk, then run the command again.",
                )
        yield manifest
    if stream.read(1):
        raise Damaged(f"{name} is longer than what was acknowledged", "Run the command again; recovery cuts it.")


def _plain_block(member: bytes) -> bytes | None:
    """The block of a record as we write them; None for anything else, which `read_member` reads or tells of."""
    inflating = isal_zlib.decompressobj(31)
    try:
        record = inflating.decompress(member)
    except isal_zlib.IsalError:  # type: ignore[misc]  # the stubs have it as an instance
        return None
    head, _, rest = record.partition(b"\r\n\r\n")
    stated = b"\r\nContent-Length: %d\r\n" % (len(rest) - 4)
    if not inflating.eof or inflating.unused_data or stated not in head + b"\r\n" or not rest.endswith(b"\r\n\r\n"):
        return None
    return rest[:-4]


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
