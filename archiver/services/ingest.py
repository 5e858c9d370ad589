# SPDX-License-Identifier: Apache-2.0
"""Ingest: exchanges in, acknowledged captures in an open segment out; then sealed, stored and findable.

The order is the promise: append, group sync, one state transaction as the acknowledgement, seal, create-only puts, catalog.
One `Ingest` belongs to one job and writes one segment at a time; its methods are called by one thread at a time.
"""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archiver import extract
from archiver.catalog.generations import Generations
from archiver.errors import Damaged, StoreConflict
from archiver.exchange import Exchange, Response
from archiver.extract import Reading
from archiver.formats import warc
from archiver.formats.coding import Decoded, decode
from archiver.ports import Store
from archiver.services import layout, recovery, seal
from archiver.services.observations import SOFTWARE, Context
from archiver.services.payloads import Payload, measure, worth_a_revisit
from archiver.services.records import CaptureRecords, build
from archiver.services.redaction import Redactor
from archiver.services.spool import Spool, SpoolSegment
from archiver.state.state import Acknowledged, State
from manifests.agents import Agent
from manifests.capture import CaptureManifest, Outcome, Revisited
from manifests.digest import Digest, Role

MAX_DECODED = 64 << 20
"""Octets of an entity that are decoded."""
MAX_READ = 4 << 20
"""Octets of an entity that extraction sees: a tree of small elements takes two hundred times the room of its markup."""

_MARKUP = ("text/html", "application/xhtml+xml", "text/plain", "text/css", "application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class SealLimits:
    """When a segment is closed, whichever comes first."""

    octets: int = 256 << 20
    age: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Captured:
    """One capture as ingest made it."""

    manifest: CaptureManifest
    manifest_digest: Digest
    segment_id: str
    reading: Reading | None
    locations: tuple[str, ...] = ()
    """Values of the response's Location headers as sent; the manifest has them without userinfo."""


@dataclass(frozen=True, slots=True)
class World:
    """What ingest and recovery work on: one archive's parts, its clock and its chance."""

    archive_id: str
    operator: Agent | None
    spool: Spool
    state: State
    store: Store
    generations: Generations
    redactor: Redactor
    now: Callable[[], datetime]
    chance: Callable[[int], bytes]
    density: warc.Density = "fast"


class Ingest:
    """The writer of one job's segments."""

    def __init__(self, world: World, job: str, limits: SealLimits | None = None) -> None:
        self._world = world
        self._job = job
        self._limits = limits or SealLimits()
        self._segment: SpoolSegment | None = None
        self._opened_at: datetime | None = None
        self._pending: list[Acknowledged] = []
        self._payloads: dict[Digest, Revisited] = {}

    def record(self, exchange: Exchange, context: Context) -> Captured:
        """Reads, builds and appends one capture. Not acknowledged before `acknowledge` returns."""
        payload, reading, earlier = None, None, None
        if exchange.response is not None:
            payload, decoded = measure(exchange.response, _decoder(exchange.response))
            exchange = _with_coding_fault(exchange, decoded)
            reading = _read(exchange, decoded)
            earlier = self._held_already(exchange, payload)
        records = build(
            exchange,
            context,
            payload=payload,
            reading=reading,
            earlier=earlier,
            redactor=self._world.redactor,
            new_id=lambda: new_uuid(self._world.chance),
            density=self._world.density,
        )
        segment = self._open()
        placement = segment.append(records)
        digest = Digest.of(records.manifest_bytes)
        try:
            self._pending.append(
                recovery.acknowledged(records.manifest, digest, placement, records.indexed, segment.path.name)
            )
        except BaseException as fault:
            # It is in the file and not among the pending: with another after it the segment could never be sealed.
            segment.spoil(str(fault) or type(fault).__name__)
            raise
        self._remember(exchange, payload, records)
        if exchange.response is not None:
            exchange.response.tape.close()
        locations = tuple(exchange.response.head.get_all("location")) if exchange.response else ()
        return Captured(records.manifest, digest, segment.segment_id, reading, locations)

    def acknowledge(self) -> None:
        """Group commit: everything recorded so far is on stable storage and known to state when this returns."""
        if self._segment is None or not self._pending:
            return
        self._segment.sync()
        self._world.state.acknowledge(self._segment.segment_id, self._pending)
        self._pending = []

    def due(self) -> bool:
        """Whether the open segment has reached its size or age."""
        if self._segment is None or self._opened_at is None:
            return False
        return self._segment.length >= self._limits.octets or self._world.now() - self._opened_at >= self._limits.age

    def finish(self) -> str | None:
        """Acknowledges, seals, stores and catalogs the open segment; returns its id, None when there is none."""
        self.acknowledge()
        segment, self._segment, self._payloads = self._segment, None, {}
        if segment is None:
            return None
        try:
            settled(self._world, segment.segment_id)
        finally:
            segment.release()
        return segment.segment_id

    def abandon(self) -> None:
        """Leaves the open segment to recovery, as a dying process would."""
        if self._segment is not None:
            self._segment.release()
            self._segment, self._pending, self._payloads = None, [], {}

    def _open(self) -> SpoolSegment:
        if self._segment is None:
            self._segment, self._opened_at = begin_segment(self._world, self._job)
        return self._segment

    def _held_already(self, exchange: Exchange, payload: Payload) -> Revisited | None:
        digest = payload.digests.get(Role.PAYLOAD)
        if digest is None or not worth_a_revisit(exchange, payload):
            return None
        return self._payloads.get(digest) or self._world.generations.current().payload_holder(digest)

    def _remember(self, exchange: Exchange, payload: Payload | None, records: CaptureRecords) -> None:
        digest = payload.digests.get(Role.PAYLOAD) if payload else None
        seen = records.manifest.observation
        if digest is not None and seen.revisits is None and exchange.outcome is Outcome.CAPTURED_COMPLETE:
            self._payloads[digest] = Revisited(capture_id=seen.capture_id, url=seen.url, fetched_at=seen.requested_at)


def begin_segment(world: World, job: str, *, holds_copies: bool = False) -> tuple[SpoolSegment, datetime]:
    """A new open segment with its warcinfo record and its row in state; see `State.segment_opened`."""
    opened_at = world.now()
    segment_id = layout.segment_id(opened_at, world.chance(10))
    name = layout.warc_name(job, opened_at, segment_id)
    with world.spool.quiet():
        segment = world.spool.begin(segment_id, name)
        try:
            world.state.segment_opened(segment_id, job, opened_at.isoformat(), holds_copies=holds_copies)
        except BaseException:
            segment.release()
            raise
    named = [
        ("software", f"{SOFTWARE.name}/{SOFTWARE.version}"),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("isPartOf", job),
        ("archive", world.archive_id),
    ]
    if world.operator is not None:
        named.append(("operator", f"{world.operator.name} {world.operator.contact or ''}"))
    block = warc.warcinfo_block(named)
    fields = [("WARC-Filename", name), ("WARC-Block-Digest", str(Digest.of(block)))]
    header = warc.RecordHeader(
        "warcinfo", new_uuid(world.chance), opened_at, "application/warc-fields", len(block), fields
    )
    segment.append_preamble(warc.whole_member(header.to_bytes(), block))
    return segment, opened_at


def settled(world: World, segment_id: str) -> None:
    """Takes a segment, whose lock the caller holds, through the stages it has left."""
    segment = world.state.segment(segment_id)
    if segment is None:
        return
    if segment.stage == "open":
        if not segment.acknowledged:
            # Never seal an empty WARC: it would be an orphan that no capture needs.
            world.state.segment_finished(segment_id)
            world.spool.remove(segment_id)
            return
        seal.seal(segment, world.spool, world.state, archive_id=world.archive_id, sealed_at=world.now())
    seal.publish(segment, world.spool, world.state, world.store, world.generations)


def recover(world: World) -> list[str]:
    """Settles every segment that a dead process left; returns their ids.

    One that does not read back as it was acknowledged, or whose keys in the store hold other bytes, is set aside: it stays in
    the spool, and the next recovery leaves it alone. Raises `Damaged` for it, once, after all the others were settled.
    """

    def begin(job: str) -> SpoolSegment:
        return begin_segment(world, job, holds_copies=True)[0]

    settled_ids: list[str] = []
    aside: list[Damaged] = []
    with contextlib.ExitStack() as held:
        found = recovery.abandoned(world.spool, world.state)
        for _, lock in found:
            held.callback(lock.release)
        for segment, _ in found:
            adopted = None
            if segment.stage == "open":
                adopted = recovery.settle(segment, world.spool, world.state, begin)
            if adopted is not None:
                held.callback(adopted.release)
            for segment_id in (segment.segment_id, *((adopted.segment_id,) if adopted else ())):
                try:
                    settled(world, segment_id)
                except (Damaged, StoreConflict) as fault:
                    world.state.segment_advanced(segment_id, recovery.ASIDE)
                    aside.append(
                        Damaged(
                            f"segment {segment_id} was set aside in {world.spool.folder(segment_id)}: {fault.what}",
                            "Check disk and store. Other commands go on without it; what it holds must be captured again.",
                        )
                    )
                else:
                    settled_ids.append(segment_id)
    if aside:
        raise aside[0]
    return settled_ids


def new_uuid(chance: Callable[[int], bytes]) -> str:
    """A random UUID (RFC 9562 version 4), bare."""
    raw = bytearray(chance(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _decoder(response: Response) -> Callable[[Iterable[bytes]], Decoded]:
    coding = ", ".join(response.head.get_all("content-encoding")) or None
    return lambda pieces: decode(pieces, coding, limit=MAX_DECODED)


def _with_coding_fault(exchange: Exchange, decoded: Decoded) -> Exchange:
    if decoded.fault is None or exchange.reason is not None or exchange.outcome is not Outcome.CAPTURED_COMPLETE:
        return exchange
    return replace(exchange, reason="coding-invalid", detail=decoded.fault)


def _read(exchange: Exchange, decoded: Decoded) -> Reading | None:
    head = exchange.response.head if exchange.response else None
    if head is None:
        return None
    content_type = head.get("content-type")
    kind = (content_type or "text/html").split(";")[0].strip().lower()
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.fields]
    content = decoded.content[: MAX_READ if kind in _MARKUP or not content_type else 4096]
    reading = extract.read(content, url=exchange.url, content_type=content_type, headers=headers, code=head.code)
    if kind != "text/css":
        return reading
    return replace(reading, requisites=extract.read_css(content, url=exchange.url, content_type=content_type))
