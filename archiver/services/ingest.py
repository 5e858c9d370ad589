# SPDX-License-Identifier: Apache-2.0
"""Ingest: exchanges in, acknowledged captures in an open segment out; then sealed, stored and findable.

The order is the promise: append, group sync, one state transaction as the acknowledgement, seal, create-only puts, catalog.
One `Ingest` belongs to one job and writes one segment at a time; its methods are called by one thread at a time.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archiver import extract
from archiver.catalog.catalog import Catalog
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
    headers: tuple[tuple[str, str], ...] = ()
    """The response's headers as sent; the manifest has some of them, without userinfo."""
    listing: bytes = b""
    """The entity of what may be a sitemap or feed: of XML, JSON and plain text."""

    def values(self, name: str) -> list[str]:
        """Values of the response's headers of this name, as sent."""
        return [value for known, value in self.headers if known.lower() == name]


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


@dataclass(frozen=True, slots=True)
class Group:
    """Captures that were appended and are to be acknowledged together."""

    segment: SpoolSegment
    captures: list[Acknowledged]


class Ingest:
    """The writer of one job's segments."""

    def __init__(
        self,
        world: World,
        job: str,
        limits: SealLimits | None = None,
        *,
        in_frontier: bool = False,
        alone: bool = False,
    ) -> None:
        """`in_frontier` says that what is not acknowledged still waits in a frontier, so nobody need adopt it.

        `alone` keeps segments self-contained: a revisit refers only to a payload of its own segment.
        """
        self._world = world
        self._job = job
        self._limits = limits or SealLimits()
        self._in_frontier = in_frontier
        self._alone = alone
        self._segment: SpoolSegment | None = None
        self._opened_at: datetime | None = None
        self._pending: list[Acknowledged] = []
        self._payloads: dict[Digest, tuple[str, str, datetime]] = {}
        """Id, URL and time of the captures of the open segment, by what their servers sent."""
        self._catalog: Catalog | None = None
        """The newest generation when the group began: a switch since is seen by the next one."""

    def record(self, exchange: Exchange, context: Context, *, unmodified: Revisited | None = None) -> Captured:
        """Reads, builds and appends one capture. Not acknowledged before `acknowledge` returns.

        `unmodified` is the response that the server says still stands, for a 304 to a conditional request.
        """
        payload, reading, earlier, listing = None, None, unmodified, b""
        headers: tuple[tuple[str, str], ...] = ()
        if exchange.response is not None:
            head = exchange.response.head
            payload, decoded = measure(exchange.response, _decoder(exchange.response))
            exchange = _with_coding_fault(exchange, decoded)
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.fields)
            if earlier is None:
                reading, listing = read_page(exchange.url, headers, decoded.content, head.code)
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
        digest = records.manifest_digest
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
        return Captured(records.manifest, digest, segment.segment_id, reading, headers, listing)

    def acknowledge(self) -> None:
        """Group commit: everything recorded so far is on stable storage and known to state when this returns."""
        group = self.take()
        if group is not None:
            group.segment.sync()
            self._world.state.acknowledge(group.segment.segment_id, group.captures)

    def take(self) -> Group | None:
        """What was recorded since the last time, for a caller who syncs and acknowledges it together with other things.

        He may do so in another thread while more is recorded, but takes the next group only after it.
        """
        if self._segment is None or not self._pending:
            return None
        self._segment.flush()
        group = Group(self._segment, self._pending)
        self._pending, self._catalog = [], None
        return group

    def due(self) -> bool:
        """Whether the open segment has reached its size or age."""
        if self._segment is None or self._opened_at is None:
            return False
        return self._segment.length >= self._limits.octets or self._world.now() - self._opened_at >= self._limits.age

    def finish(self) -> str | None:
        """Acknowledges, seals, stores and catalogs the open segment; returns its id, None when there is none."""
        self.acknowledge()
        segment = self.close_segment()
        if segment is None:
            return None
        publish(self._world, segment)
        return segment.segment_id

    def close_segment(self) -> SpoolSegment | None:
        """The open segment, all of it acknowledged, to be published by the caller; what comes next opens another."""
        assert not self._pending
        segment, self._segment, self._payloads = self._segment, None, {}
        return segment

    def abandon(self) -> None:
        """Leaves the open segment to recovery, as a dying process would."""
        if self._segment is not None:
            self._segment.release()
            self._segment, self._pending, self._payloads = None, [], {}

    def _open(self) -> SpoolSegment:
        if self._segment is None:
            self._segment, self._opened_at = begin_segment(self._world, self._job, tail_adopted=self._in_frontier)
            if self._in_frontier:
                self._segment.hold_back()
        return self._segment

    def _held_already(self, exchange: Exchange, payload: Payload) -> Revisited | None:
        digest = payload.digests.get(Role.PAYLOAD)
        if digest is None or not worth_a_revisit(exchange, payload):
            return None
        held = self._payloads.get(digest)
        if held is not None:
            return Revisited(capture_id=held[0], url=held[1], fetched_at=held[2])
        if self._alone:
            return None
        if self._catalog is None:
            self._catalog = self._world.generations.current()
        return self._catalog.payload_holder(digest)

    def _remember(self, exchange: Exchange, payload: Payload | None, records: CaptureRecords) -> None:
        digest = payload.digests.get(Role.PAYLOAD) if payload else None
        seen = records.manifest.observation
        if digest is not None and seen.revisits is None and exchange.outcome is Outcome.CAPTURED_COMPLETE:
            self._payloads[digest] = seen.capture_id, seen.url, seen.requested_at


def begin_segment(world: World, job: str, *, tail_adopted: bool = False) -> tuple[SpoolSegment, datetime]:
    """A new open segment with its warcinfo record and its row in state; see `State.segment_opened`."""
    opened_at = world.now()
    segment_id = layout.segment_id(opened_at, world.chance(10))
    name = layout.warc_name(job, opened_at, segment_id)
    with world.spool.quiet():
        segment = world.spool.begin(segment_id, name)
        try:
            world.state.segment_opened(segment_id, job, opened_at.isoformat(), tail_adopted=tail_adopted)
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


def publish(world: World, segment: SpoolSegment) -> None:
    """Seals, stores and catalogs a segment that its writer has closed."""
    try:
        settled(world, segment.segment_id)
    finally:
        segment.release()


def settled(world: World, segment_id: str) -> None:
    """Takes a segment, whose lock the caller holds, through the stages it has left."""
    segment = world.state.segment(segment_id)
    if segment is None or segment.stage == recovery.KEPT:
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
        return begin_segment(world, job, tail_adopted=True)[0]

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
    # What is not read needs no room: a bomb of 64 MiB is only counted and hashed.
    kind = (response.head.get("content-type") or "").partition(";")[0].strip().lower()
    keep = MAX_DECODED if may_list(kind) else MAX_READ
    return lambda pieces: decode(pieces, coding, limit=MAX_DECODED, keep=keep)


def _with_coding_fault(exchange: Exchange, decoded: Decoded) -> Exchange:
    if decoded.fault is None or exchange.reason is not None or exchange.outcome is not Outcome.CAPTURED_COMPLETE:
        return exchange
    return replace(exchange, reason="coding-invalid", detail=decoded.fault)


def read_page(
    url: str, headers: Sequence[tuple[str, str]], entity: bytes, code: int | None = 200, *, claims: bool = True
) -> tuple[Reading, bytes]:
    """What an entity says, and the entity itself where it may be a list of URLs; without `claims` only where it leads."""
    content_type = next((value for name, value in headers if name.lower() == "content-type"), None)
    kind = (content_type or "text/html").split(";")[0].strip().lower()
    content = entity[: MAX_READ if kind in _MARKUP or not content_type else 4096]
    if claims:
        reading = extract.read(content, url=url, content_type=content_type, headers=headers, code=code)
    else:
        reading = extract.read_outgoing(content, url=url, content_type=content_type, headers=headers)
    if kind == "text/css":
        reading = replace(reading, requisites=extract.read_css(content, url=url, content_type=content_type))
    return reading, entity if may_list(kind) else b""


def may_list(kind: str) -> bool:
    """Whether what has this media type, in lower case and without parameters, may be a list of URLs."""
    return kind.endswith(("xml", "json", "gzip")) or kind in ("text/plain", "application/octet-stream")
