# SPDX-License-Identifier: Apache-2.0
"""From stored segments to the texts database: main text, language and fingerprints of each page, and what images look like.

A segment is read from its WARC file, in stretches, by several processes if so asked, and added in one transaction, so work that
was stopped goes on where it was; one process adds, in the order of the file. Nothing of it happens while pages are fetched. A
segment that cannot be read is left out and told; it is tried again the next time.
"""

import contextlib
import functools
import hashlib
import io
import itertools
import re
from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from archiver.catalog.catalog import Catalog, Found, StoredSegment
from archiver.errors import Damaged, NotFound
from archiver.extract.language import language_of
from archiver.extract.main_text import main_text
from archiver.extract.markup import charset, media
from archiver.extract.markup.document import Document
from archiver.extract.markup.walk import collapsed
from archiver.extract.site_files import is_site_file
from archiver.formats.coding import decode
from archiver.formats.framing import ResponseFramer
from archiver.formats.warc_scan import Damage, Scanned, scan
from archiver.ports import Store
from archiver.services import read
from archiver.services.forking import mapped
from archiver.services.ingest import MAX_READ
from archiver.texts import pictures
from archiver.texts.fingerprint import codes, passages, simhash_and_passages
from archiver.texts.pictures import picture_print
from archiver.texts.shelf import Shelf
from archiver.texts.texts import NEAR_SHORTEST, SHORTEST, Read, Text, Texts
from manifests.capture import UUID_PATTERN

_ADVICE = "Run `archiver verify` to see what is damaged."
_READ = frozenset({
    None, "text/html", "application/xhtml+xml", "text/plain", "text/markdown", "application/octet-stream", "text/xml",
    "application/xml",
})  # fmt: skip
"""Media types of what may be a page or a plain text."""
_LARGEST_RECORD = 64 << 20
"""Octets of a record, as stored, in which a text is looked for when it is compared: films have none."""
_STRETCH, _FETCHED = 16 << 20, 4 << 20
"""Octets of a WARC file that one process reads before it hands over what it has read, and that are fetched at a time."""
_MOST_OCTETS = max(MAX_READ, pictures.LARGEST + 1)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was added to the texts database."""

    segments: int
    pages: int
    """Captures of pages and plain texts, revisits included."""
    damaged: tuple[str, ...]
    """Segments that could not be read, each with the reason."""
    busy: bool = False
    """Nothing was done, for another process is at it."""


def unread(catalog: Catalog, texts: Texts) -> list[StoredSegment]:
    """Stored segments that are not in the texts database, oldest first: a revisit comes after what it refers to."""
    known = texts.segments()
    return [one for one in catalog.all_segments() if one.segment_id not in known]


def fill(
    store: Store,
    catalog: Catalog,
    shelf: Shelf,
    *,
    only: Collection[str] | None = None,
    wait: bool = True,
    processes: int = 1,
    enough: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Filled:
    """Adds what is missing, or of that `only` segments with these ids. With `wait=False` nothing is done while another
    process adds. It ends between two segments when that is `enough`. `progress` is told how many segments of how many are
    done. With several processes, which read while this one adds, the caller has no threads, and no open database but
    `catalog`: they are forked."""
    with shelf.filling(wait=wait) as texts:
        if texts is None:
            return Filled(0, 0, (), busy=True)
        tried: set[str] = set()
        pages = 0
        damaged: list[str] = []
        # What others store meanwhile is read too: they do not wait for us.
        while missing := [
            one
            for one in unread(catalog, texts)
            if one.segment_id not in tried and (only is None or one.segment_id in only)
        ]:
            planned = {one.segment_id: _planned(store, catalog, one) for one in missing}
            if processes > 1:
                catalog.close()  # both are opened again when they are asked; an open one does not survive a fork
                texts.close()
            todo = [stretch for plan in planned.values() if not isinstance(plan, str) for stretch in plan]
            with contextlib.closing(mapped(lambda: functools.partial(_held, store), todo, processes)) as results:
                known = len(tried) + len(missing)
                for segment_id, plan in planned.items():
                    if enough():
                        return Filled(len(tried) - len(damaged), pages, tuple(damaged))
                    progress(len(tried), known)
                    tried.add(segment_id)
                    try:
                        pages += texts.add(segment_id, _joined(plan, results))
                    except Damaged as fault:
                        damaged.append(f"segment {segment_id}: {fault.what}")
        progress(len(tried), len(tried))
        return Filled(len(tried) - len(damaged), pages, tuple(damaged))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a segment's WARC file, from the begin of a record to that of another, or to the end of the file."""

    segment: StoredSegment
    start: int
    end: int


def stretches(store: Store, catalog: Catalog, segment: StoredSegment) -> list[Stretch]:
    """What to read of a segment, in order, each some megabytes: so little is held, and so much that several processes can
    share one. Raises `Damaged`."""
    stored = store.head(segment.folder + segment.warc)
    if stored is None:
        raise Damaged("the store does not have its WARC file", _ADVICE)
    cuts = [0]
    if stored.size > _STRETCH:
        for offset in catalog.record_offsets(segment.segment_id):
            if offset - cuts[-1] >= _STRETCH:
                cuts.append(offset)
    if cuts[-1] and cuts[-1] >= stored.size:
        raise Damaged(f"its WARC file ends before octet {cuts[-1]}, where a record is to be", _ADVICE)
    return [Stretch(segment, *span) for span in itertools.pairwise([*cuts, stored.size])]


def read_stretch(store: Store, stretch: Stretch) -> Iterator[Read]:
    """Each page, plain text and image of a part of a segment, and each revisit. Raises `Damaged`."""
    for record in scan(_Octets(store, stretch), stretch.start):
        if isinstance(record, Damage):
            raise Damaged(record.detail, _ADVICE)
        try:
            found = _read(record) if not record.wrong else None
        except _Unfit as fault:
            raise Damaged(f"record {record.record_id[:100]!r}: {fault}", _ADVICE) from fault
        finally:
            record.block.close()
        if found is not None:
            yield found


class _Octets:
    """The octets of a stretch as a stream; films are long."""

    def __init__(self, store: Store, stretch: Stretch) -> None:
        self._store, self._key = store, stretch.segment.folder + stretch.segment.warc
        self._next, self._end = stretch.start, stretch.end
        self._held = io.BytesIO()

    def read(self, size: int, /) -> bytes:
        piece = self._held.read(size)
        if not piece and self._next < self._end:
            until = min(self._end, self._next + _FETCHED)
            try:
                self._held = io.BytesIO(self._store.get(self._key, self._next, until))
            except KeyError:
                raise Damaged("the store does not have its WARC file any more", _ADVICE) from None
            self._next = until
            piece = self._held.read(size)
        return piece


def _planned(store: Store, catalog: Catalog, segment: StoredSegment) -> list[Stretch] | str:
    """What to read of a segment, or what is wrong with it."""
    try:
        return stretches(store, catalog, segment)
    except Damaged as fault:
        return fault.what


def _held(store: Store, stretch: Stretch) -> list[Read] | str:
    """What was read of a stretch, or what is wrong with it."""
    try:
        return list(read_stretch(store, stretch))
    except Damaged as fault:
        return fault.what


def _joined(plan: list[Stretch] | str, results: Iterator[list[Read] | str]) -> Iterator[Read]:
    """What was read of a segment. All its results are taken, before `Damaged` is raised for one of them."""
    faults = [plan] if isinstance(plan, str) else []
    for result in itertools.islice(results, 0 if isinstance(plan, str) else len(plan)):
        if isinstance(result, str):
            faults.append(result)
        elif not faults:
            yield from result
    if faults:
        raise Damaged(faults[0], _ADVICE)


def _read(record: Scanned) -> Read | None:
    if record.kind not in {"response", "revisit"}:
        return None
    capture_id, fetched_at = _uuid(record.record_id), _instant(record.get("WARC-Date"))
    if record.kind == "revisit":
        earlier = (record.get("WARC-Refers-To") or "").removeprefix("<urn:uuid:").removesuffix(">")
        return Read(capture_id, fetched_at, None, revisits=_uuid(earlier)) if earlier else None
    entity, content_type = _entity(record)
    if is_site_file(record.get("WARC-Target-URI") or "", entity):
        return None
    if (media.essence(content_type) or "").startswith("image/"):
        image = picture_print(entity)
        return Read(capture_id, fetched_at, None, image=image) if image is not None else None
    words = main_text_of(entity[:MAX_READ], content_type)
    return Read(capture_id, fetched_at, fingerprinted(words)) if words is not None else None


class _Unfit(ValueError):
    """A field of a record is not what our records have there."""


def _uuid(text: str) -> str:
    if not re.fullmatch(UUID_PATTERN, text):
        raise _Unfit("its id is no UUID")
    return text


def _instant(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError as fault:
        raise _Unfit("its date is none") from fault
    if moment.tzinfo is None:
        raise _Unfit("its date has no zone")
    return moment


def _entity(record: Scanned) -> tuple[bytes, str | None]:
    """The entity of a response with its Content-Type; nothing when it holds no page, text or image that was asked for."""
    framer = ResponseFramer("GET")
    for piece in record.block.pieces():
        begun = framer.head is not None
        framer.feed(piece)
        if not begun and framer.head is not None and not _is_wanted(framer):
            return b"", None
    framer.eof()
    if framer.head is None:
        return b"", None
    coding = ", ".join(framer.head.get_all("content-encoding")) or None
    entity = decode(read.payload_of(record.block, framer), coding, limit=_MOST_OCTETS).content
    return entity, framer.head.get("content-type")


def _is_wanted(framer: ResponseFramer) -> bool:
    assert framer.head is not None
    code, kind = framer.head.code, media.essence(framer.head.get("content-type"))
    pictured = kind is not None and kind.startswith("image/") and kind != "image/svg+xml" and pictures.available()
    return (code is None or 200 <= code < 300) and (kind in _READ or pictured)


def main_text_of(entity: bytes, content_type: str | None) -> str | None:
    """The main text of a page, the whole of a plain text, None for anything else."""
    kind = media.detect(entity, content_type)
    if media.reads_as_page(kind, content_type):
        return main_text(Document(entity, *charset.read(entity, content_type)))
    if media.reads_as_text(kind, content_type):
        return charset.read(entity, content_type)[1]
    return None


def main_text_of_capture(store: Store, catalog: Catalog, found: Found) -> str:
    """The main text of a capture, read again from the store; empty when it has none. Raises `Damaged`."""
    if (found.record_length or 0) > _LARGEST_RECORD:
        return ""
    try:
        headers, entity = read.headers_and_entity(store, catalog, found, MAX_READ)
    except NotFound:
        return ""
    content_type = next((value for name, value in headers if name.lower() == "content-type"), None)
    return main_text_of(entity, content_type) or ""


def fingerprinted(words: str) -> Text | None:
    """What is kept of a main text; None when it is too short."""
    numbers = codes(words)
    if len(numbers) < SHORTEST:
        return None
    if len(numbers) < NEAR_SHORTEST:
        fingerprint, kept = None, passages(numbers)
    else:
        fingerprint, kept = simhash_and_passages(numbers)
    # Lines have no other white space in them, mostly: then nothing is cut into words.
    [folded] = collapsed([words.replace("\n", " ")])
    return Text(
        digest=hashlib.sha256(folded.lower().encode("utf-8", "surrogatepass")).digest(),
        simhash=fingerprint,
        words=len(numbers),
        language=language_of(words),
        passages=array("I", sorted(kept)).tobytes(),
    )
