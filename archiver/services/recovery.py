# SPDX-License-Identifier: Apache-2.0
"""Taking over what a dead process left: nothing acknowledged is lost, nothing is doubled, no orphan is shown.

For each unfinished segment whose writer is gone: captures that are whole on disk but were not acknowledged are copied into a
new segment (the page may have changed since, so they are not fetched again; and they are copied, because an fsync after a
failed one proves nothing); the old file is cut to its acknowledged end; both go on to be sealed and stored. The copy is
acknowledged in the same transaction that marks the old tail as adopted, so a second crash cannot adopt it twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pydantic

from archiver.formats.cdxj import IndexLine
from archiver.formats.readers import HEAD_LIMIT
from archiver.formats.warc_scan import Damage, Scanned, scan
from archiver.lock import Lock
from archiver.services import layout
from archiver.services.read import framed
from archiver.services.records import Indexed, indexed
from archiver.services.spool import Placement, Spool, SpoolSegment, reading
from archiver.state.state import Acknowledged, OpenSegment, State
from manifests.canonical import from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest

_PIECE = 1 << 20
ASIDE = "aside"
"""The stage of a segment that cannot be settled: somebody has to look at it."""
KEPT = "kept"
"""The stage of a segment that is done, but for its local copy, which waits for a replica."""


@dataclass(frozen=True, slots=True)
class WholeCapture:
    """A capture that is whole in a file, acknowledged or not."""

    manifest: CaptureManifest
    manifest_digest: Digest
    start: int
    end: int
    own: tuple[int, int] | None
    """Offset and length of the capture's own record."""
    indexed: Indexed
    manifest_span: tuple[int, int]


def abandoned(spool: Spool, state: State) -> list[tuple[OpenSegment, Lock]]:
    """Unfinished segments whose writer is gone, each with its lock now ours. Folders without a row are removed."""
    taken: list[tuple[OpenSegment, Lock]] = []
    with spool.quiet():
        for segment_id in sorted({*(one.segment_id for one in state.unfinished()), *spool.folders()}):
            lock = spool.claim(segment_id)
            if lock is None:
                continue
            # Read only now: its writer may have gone on, acknowledged more and finished, until the lock was ours.
            segment = state.segment(segment_id)
            if segment is not None and segment.stage in (ASIDE, KEPT):
                lock.release()
            elif segment is None:
                # Stored and catalogued, but killed before the local copy was taken away; or begun without a row.
                spool.remove(segment_id)
                lock.release()
            else:
                taken.append((segment, lock))
    return taken


def settle(
    segment: OpenSegment, spool: Spool, state: State, begin: Callable[[str], SpoolSegment]
) -> SpoolSegment | None:
    """Makes an abandoned open segment ready to be sealed, and returns the new one that took its tail, if any did.

    `begin` opens a new segment for a job. The caller holds the lock of `segment`.
    """
    path = spool.folder(segment.segment_id) / layout.warc_name(
        segment.job, datetime.fromisoformat(segment.opened_at), segment.segment_id
    )
    if not path.is_file():
        return None
    adopted: SpoolSegment | None = None
    if not segment.tail_adopted:
        tail = list(_tail(path, segment.acknowledged))
        # What belongs to no whole capture goes first: a disk may be full of just that, with no room to copy the rest.
        _cut(path, tail[-1].end if tail else segment.acknowledged, spool)
        if tail:
            adopted = begin(segment.job)
            group = [_adopt(adopted, path, whole) for whole in tail]
            adopted.sync()
            state.acknowledge(adopted.segment_id, group, adopted_from=segment.segment_id)
    _cut(path, segment.acknowledged, spool)
    return adopted


def _cut(path: Path, length: int, spool: Spool) -> None:
    if path.stat().st_size <= length:
        return
    handle = spool.disk.reopen(path)
    try:
        spool.disk.cut(handle, length)
        spool.disk.sync(handle)
    finally:
        spool.disk.close(handle)


def _tail(path: Path, start: int) -> Iterator[WholeCapture]:
    with reading(path), open(path, "rb") as stream:
        stream.seek(start)
        yield from whole_captures(stream, start)


def whole_captures(stream: BinaryIO, start: int) -> Iterator[WholeCapture]:
    """Captures that are whole, in order, up to the first record that is not. A capture ends with its manifest's record."""
    begun = start
    records: list[Scanned] = []
    for record in scan(stream, start):
        if isinstance(record, Damage) or record.wrong:
            return
        if record.kind == "warcinfo" and not records:
            begun = record.offset + record.length
            continue
        records.append(record)
        if (record.get("WARC-Target-URI") or "").startswith("urn:manifest:"):
            content = record.block.read()
            try:
                manifest = from_canonical(CaptureManifest, content)
            except pydantic.ValidationError:
                return
            own = next(
                (one for one in records if one.record_id == manifest.observation.capture_id and one is not record), None
            )
            line = _indexed(own)
            # A long block is an open file, and a segment may hold thousands.
            for one in records:
                one.block.close()
            end = record.offset + record.length
            place = (own.offset, own.length) if own is not None else None
            yield WholeCapture(manifest, Digest.of(content), begun, end, place, line, (record.offset, record.length))
            begun, records = end, []


def _adopt(segment: SpoolSegment, path: Path, whole: WholeCapture) -> Acknowledged:
    own = (whole.own[0] - whole.start, whole.own[1]) if whole.own else None
    manifest = (whole.manifest_span[0] - whole.start, whole.manifest_span[1])
    placement = segment.adopt(_pieces(path, whole.start, whole.end), own, manifest)
    return acknowledged(whole.manifest, whole.manifest_digest, placement, whole.indexed, segment.path.name)


def _pieces(path: Path, start: int, end: int) -> Iterator[bytes]:
    with reading(path), open(path, "rb") as stream:
        stream.seek(start)
        while start < end:
            piece = stream.read(min(_PIECE, end - start))
            if not piece:
                return
            start += len(piece)
            yield piece


def _indexed(own: Scanned | None) -> Indexed:
    """What the record itself gives its index line."""
    if own is None:
        return Indexed()
    head = framed(own.block).head
    beginning = own.block.read(0, max(head.length if head else 0, HEAD_LIMIT))
    return indexed(own.kind, beginning, own.get("WARC-Payload-Digest"))


def acknowledged(
    manifest: CaptureManifest,
    manifest_digest: Digest,
    placement: Placement,
    named: Indexed,
    warc_name: str,
) -> Acknowledged:
    """What state keeps of one capture that is on disk."""
    seen = manifest.observation
    line = None
    if placement.own is not None:
        line = IndexLine(
            url_key=seen.url_key,
            fetched_at=seen.requested_at,
            url=seen.url,
            mime=named.mime,
            response_code=named.status,
            digest=named.digest,
            length=placement.own[1],
            offset=placement.own[0],
            filename=warc_name,
            manifest_offset=placement.manifest[0],
            manifest_length=placement.manifest[1],
        ).to_bytes()
    return Acknowledged(
        capture_id=seen.capture_id,
        ordinal=placement.ordinal,
        index_line=line,
        manifest_offset=placement.manifest[0],
        manifest_length=placement.manifest[1],
        manifest_digest=manifest_digest,
        fetched_at=seen.requested_at.isoformat(),
        end=placement.end,
        sha256=placement.sha256,
    )
