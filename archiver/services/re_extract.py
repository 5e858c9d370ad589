# SPDX-License-Identifier: Apache-2.0
"""Re-extraction: what is stored is read again by the current extractor, and what it reads is sealed beside the segments.

Nothing that is stored changes. A segment is due while the newest claims of one of its captures are of an older version; it
has a set of its own for each version, so a run that was cut off goes on where it stopped. The extractor is an argument.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pydantic

from archiver.catalog.catalog import Catalog, StoredSegment, check_host
from archiver.errors import BadInput, Damaged, StoreConflict
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.history.extractor import Extractor
from archiver.services.ingest import World
from archiver.services.observations import SOFTWARE, claims_of
from archiver.services.rereading import Seen, Unread, each_capture
from archiver.services.seal import packed
from manifests.agents import Fetcher
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import Claims
from manifests.claims_set import CaptureClaims, ClaimsSetManifest, extractor_key, version_order
from manifests.digest import Digest
from manifests.segment import SegmentFile, SegmentManifest, root_of

_ADVICE = "Run `archiver verify` to see what is damaged."
_COMPARED = tuple(name for name in Claims.model_fields if name not in ("extractor", "observation_digest"))


@dataclass(frozen=True, slots=True)
class Due:
    """A segment to read again."""

    segment: StoredSegment
    sets: tuple[str, ...]
    """The key prefixes of the claims sets it has."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of one segment."""

    segment: StoredSegment
    claims_set: str | None = None
    """The key prefix of its set of this version; None after a dry run, and when there is none because of a fault."""
    written: bool = False
    """Whether the set was written now; a set that was there before is left as it is."""
    captures: int = 0
    """Captures that were read."""
    changed: int = 0
    """Those of them whose claims differ from the newest they had."""
    differing: Mapping[str, int] = field(default_factory=dict)
    """The same by field of the claims."""
    unread: tuple[Unread, ...] = ()
    """Captures that could not be read; they keep the claims they have."""
    fault: str | None = None
    """Why the segment could not be read, or its set not be written."""


def due(
    store: Store,
    catalog: Catalog,
    program: Fetcher,
    *,
    segment: str | None = None,
    job: str | None = None,
    host: str | None = None,
    since: datetime | None = None,
) -> list[Due]:
    """The segments with claims of older versions than `program`'s, oldest first.

    Of those, only the one with this id, of this job, or that hold a capture of this host, fetched at this time or later. Raises
    `BadInput`.
    """
    try:
        extractor_key(program)
    except ValueError as fault:
        raise BadInput(str(fault), "A name is lower-case words with hyphens, a version dotted numbers.") from fault
    found = catalog.all_segments()
    if segment is not None:
        one = catalog.segment(segment) if segment else None
        if one is None:
            raise BadInput(
                f"no segment has an id that starts with {segment!r}", "Its id is the last part of its WARC file's name."
            )
        found = [one]
    if job is not None:
        found = [one for one in found if one.folder.startswith(f"{layout.SEGMENTS}{job}/")]
        if not found:
            raise BadInput(f"no segment is of a job {job!r}", "`archiver crawls list` shows the names of jobs.")
    if host is not None:
        check_host(host)
    if host is not None or since is not None:
        holding = catalog.segments_with(host=host, since=since)
        found = [one for one in found if one.segment_id in holding]
    wanted = version_order(program.version)
    older = {
        segment_id
        for segment_id, names in catalog.extractors().items()
        if any(version_order(name.rpartition("/")[2]) < wanted for name in names)
    }
    known = {one.folder for one in catalog.all_claims_sets()}
    sets: dict[str, list[str]] = {}
    for folder in claims_sets.folders(store):
        sets.setdefault(claims_sets.segment_of(folder), []).append(folder)
    return [
        Due(one, tuple(sets.get(one.segment_id, ())))
        for one in found
        if one.segment_id in older and claims_sets.folder(program, one.segment_id) not in known
    ]


def re_extract(
    store: Store,
    catalog: Catalog,
    one: Due,
    extractor: Extractor,
    *,
    archive_id: str,
    now: Callable[[], datetime],
    dry_run: bool = False,
) -> Reread:
    """Reads one segment again and stores what was read as a claims set, the seal last; the catalog is left as it is.

    Safe to call again and by several at once: the first seal counts. What is damaged is told, never raised.
    """
    folder = claims_sets.folder(extractor.program, one.segment.segment_id)
    try:
        if not dry_run and claims_sets.sealed(store, folder) is not None:
            return Reread(one.segment, folder)
        seal = _seal_of(store, one.segment)
        reading = _Reading(extractor, _earlier(store, one, extractor.program))
        content = packed(reading.lines(each_capture(store, catalog, one.segment.folder, seal)))
        if dry_run:
            return reading.told(one.segment)
        made = ClaimsSetManifest(
            archive_id=archive_id,
            segment_id=seal.segment_id,
            segment_seal=one.segment.seal_digest,
            extractor=extractor.program,
            claims=_store_file(store, folder, content),
            captures=len(reading.digests),
            claims_root=root_of(reading.digests),
            created_at=now(),
            software=SOFTWARE,
        )
        return reading.told(one.segment, folder, written=_store_seal(store, folder, made))
    except (Damaged, StoreConflict) as fault:
        return Reread(one.segment, fault=str(fault))


def catalogue(world: World, done: Reread) -> Reread:
    """Makes the set that a segment now has the newest claims of its captures, and queues its seal for the ledger.

    A set that is damaged is told as a fault.
    """
    if done.claims_set is None:
        return done
    try:
        one = claims_sets.sealed(world.store, done.claims_set)
        if one is not None:
            world.state.backlog.add(one.folder + claims_sets.SEAL, one.seal_digest, one.seal.created_at)
            with world.generations.adding() as catalog:
                claims_sets.add_to_catalog(catalog, world.store, one)
    except Damaged as fault:
        return replace(done, fault=str(fault))
    return done


def _seal_of(store: Store, segment: StoredSegment) -> SegmentManifest:
    key = segment.folder + layout.SEAL
    try:
        content = store.get(key)
        seal = from_canonical(SegmentManifest, content)
    except (KeyError, pydantic.ValidationError) as fault:
        raise Damaged(f"{key} is missing or cannot be read", _ADVICE) from fault
    if Digest.of(content) != segment.seal_digest:
        raise Damaged(f"{key} is not the seal that the catalog was filled from", _ADVICE)
    return seal


def _earlier(store: Store, one: Due, program: Fetcher) -> list[Iterator[bytes]]:
    """The lines of the sets of earlier versions, the newest first. One that is damaged is for an audit to tell."""
    sound = []
    for folder in one.sets:
        try:
            held = claims_sets.sealed(store, folder)
            if held is not None and version_order(held.seal.extractor.version) < version_order(program.version):
                sound.append((held, claims_sets.lines(store, held)))
        except Damaged:
            continue  # what is read now is then compared with what was read before it
    order = claims_sets.in_order([held for held, _ in sound])
    return [lines for held, lines in sorted(sound, key=lambda pair: -order.index(pair[0]))]


def _store_file(store: Store, folder: str, content: bytes) -> SegmentFile:
    """Stores the claims under the first name that holds nothing else: an attempt that was cut off may have left a file."""
    digest = Digest.of(content)
    for attempt in range(1, claims_sets.MOST_ATTEMPTS + 1):
        name = claims_sets.file_name(attempt)
        try:
            store.put(folder + name, content, sha256=digest, size=len(content))
        except StoreConflict:
            continue
        return SegmentFile(name=name, sha256=digest, size=len(content))
    raise StoreConflict(f"every name below {folder} holds other bytes", "Find out who wrote them.")


def _store_seal(store: Store, folder: str, made: ClaimsSetManifest) -> bool:
    """Whether this seal was the first; a valid one of another process counts as well."""
    content = canonical_bytes(made)
    try:
        store.put(folder + claims_sets.SEAL, content, sha256=Digest.of(content), size=len(content))
    except StoreConflict:
        claims_sets.sealed(store, folder)
        return False
    return True


class _Reading:
    """The lines of a set in the making, and how they differ from the newest that was read of each capture before."""

    def __init__(self, extractor: Extractor, earlier: Sequence[Iterator[bytes]]) -> None:
        self._extractor = extractor
        self._earlier = [_Ahead(lines) for lines in earlier]
        self.digests: list[bytes] = []
        self._unread: list[Unread] = []
        self._changed = 0
        self._differing: Counter[str] = Counter()

    def lines(self, captures: Iterable[Seen | Unread]) -> Iterator[bytes]:
        """A line for each capture that could be read."""
        for seen in captures:
            if isinstance(seen, Unread):
                self._before(seen.capture_id)
                self._unread.append(seen)
                continue
            observed, own = seen.manifest.observation, seen.manifest.claims
            assert own is not None
            before = self._before(observed.capture_id) or own
            read = self._extractor.read(observed.url, seen.headers, seen.entity, seen.code)
            claims = claims_of(observed, read).model_copy(update={"extractor": self._extractor.program})
            line = canonical_bytes(CaptureClaims(capture_id=observed.capture_id, claims=claims))
            differing = [name for name in _COMPARED if getattr(before, name) != getattr(claims, name)]
            self._changed += bool(differing)
            self._differing.update(differing)
            self.digests.append(Digest.of(line).raw)
            yield line

    def _before(self, capture_id: str) -> Claims | None:
        """What the newest of the earlier sets says of a capture; each is asked for every capture, so that none lags."""
        found = [earlier.of(capture_id) for earlier in self._earlier]
        return next((one for one in found if one is not None), None)

    def told(self, segment: StoredSegment, claims_set: str | None = None, *, written: bool = False) -> Reread:
        """What came of it."""
        differing = dict(sorted(self._differing.items()))
        read = len(self.digests)
        return Reread(segment, claims_set, written, read, self._changed, differing, tuple(self._unread))


class _Ahead:
    """The claims of an earlier set, which stand in the order of the segment's captures, one read ahead."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._next = next(lines, None)

    def of(self, capture_id: str) -> Claims | None:
        """The claims of this capture, when its turn has come."""
        if self._next is None or capture_id.encode("ascii") not in self._next:
            return None
        try:
            said = from_canonical(CaptureClaims, self._next)
        except pydantic.ValidationError:
            self._next = None  # an audit tells of it; from here on the set before it, or the manifest, is compared
            return None
        if said.capture_id != capture_id:
            return None
        self._next = next(self._lines, None)
        return said.claims
