# SPDX-License-Identifier: Apache-2.0
"""What is read of a stored segment: pages and plain texts that came as they were asked for, and revisits; damage is told."""

import gzip
import random
import sqlite3
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from archiver.catalog.catalog import Catalog, StoredSegment
from archiver.errors import Damaged
from archiver.formats import warc
from archiver.services.texts import Filled, fill, fingerprinted, main_text_of, read_stretch, stretches
from archiver.store.memory import MemoryStore
from archiver.texts.shelf import Shelf
from archiver.texts.texts import Read
from manifests.digest import Digest

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
WORDS = " ".join(f"the keeper of light number {number} wrote down the tide by hand each day" for number in range(6))
HTML = f"<!doctype html><nav><a href=/>Home</a></nav><p>{WORDS}.</p>".encode()
SEGMENT = StoredSegment("s", "segments/j/", "j.warc.gz", Digest.of(b""), AT)


def name(number: int) -> str:
    return str(uuid.UUID(int=number))


def record(
    number: int, block: bytes, *, kind: str = "response", url: str = "http://a.example/", **fields: str
) -> bytes:
    named = [("WARC-Target-URI", url), *((key.replace("_", "-"), value) for key, value in fields.items())]
    header = warc.RecordHeader(kind, name(number), AT, "application/http; msgtype=response", len(block), named)  # type: ignore[arg-type]
    return warc.whole_member(header.to_bytes(), block)


def response(body: bytes, *head: str, code: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}", *head]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Held:
    """What is asked of a catalog: segments, and where the members of their files begin."""

    def __init__(self) -> None:
        self.store, self._offsets = MemoryStore(), dict[StoredSegment, list[int]]()

    def put(self, segment: StoredSegment, members: Sequence[bytes], *, cut: int | None = None) -> None:
        content = b"".join(members)[:cut]
        self.store.put(segment.folder + segment.warc, content, sha256=Digest.of(content), size=len(content))
        self._offsets[segment] = [sum(map(len, members[:at])) for at in range(len(members))]

    def all_segments(self) -> list[StoredSegment]:
        return list(self._offsets)

    def record_offsets(self, segment_id: str) -> list[int]:
        return next(offsets for one, offsets in self._offsets.items() if one.segment_id == segment_id)

    def close(self) -> None:
        pass

    def catalog(self) -> Catalog:
        return cast(Catalog, self)


def read(*members: bytes) -> list[Read]:
    held = Held()
    held.put(SEGMENT, members)
    parts = stretches(held.store, held.catalog(), SEGMENT)
    return [one for part in parts for one in read_stretch(held.store, part)]


@pytest.mark.parametrize(
    "block",
    [
        response(HTML, "Content-Type: text/html"),
        response(HTML),
        response(gzip.compress(HTML), "Content-Type: text/html", "Content-Encoding: gzip"),
        response(WORDS.encode(), "Content-Type: text/plain"),
        response(HTML, "Content-Type: text/html", code=203),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
        % (len(HTML), HTML),
    ],
    ids=["html", "unlabelled", "gzip", "plain", "203", "chunked"],
)
def test_the_words_of_a_page_are_read_however_they_were_sent(block: bytes) -> None:
    [found] = read(record(1, block))
    assert (found.capture_id, found.fetched_at, found.is_page) == (name(1), AT, True)
    assert found.text is not None
    assert found.text.words == fingerprinted(WORDS).words  # type: ignore[union-attr]
    assert found.text.language == "en"


@pytest.mark.parametrize(
    ("url", "block"),
    [
        ("http://a.example/gone", response(HTML, "Content-Type: text/html", code=404)),
        ("http://a.example/moved", response(HTML, "Content-Type: text/html", code=301)),
        ("http://a.example/robots.txt", response(WORDS.encode(), "Content-Type: text/plain")),
        ("http://a.example/s.css", response(WORDS.encode(), "Content-Type: text/css")),
        ("http://a.example/f.pdf", response(b"%PDF-1.7 " + WORDS.encode(), "Content-Type: application/pdf")),
        ("http://a.example/p.png", response(b"\x89PNG\r\n\x1a\n", "Content-Type: image/png")),
        ("http://a.example/x", b"no http at all"),
        ("http://a.example/x", b""),
    ],
)
def test_what_is_no_page_that_came_as_it_was_asked_for_is_not_read(url: str, block: bytes) -> None:
    assert (
        read(record(1, block, url=url), record(2, b"{}", kind="metadata"), record(3, b"GET / ", kind="request")) == []
    )


def test_a_revisit_names_what_it_repeats() -> None:
    [found] = read(record(1, b"", kind="revisit", WARC_Refers_To=f"<urn:uuid:{name(7)}>"))
    assert (found.revisits, found.text, found.is_page) == (name(7), None, False)
    assert read(record(1, b"", kind="revisit")) == []


def test_a_page_with_few_words_is_a_page_without_a_text() -> None:
    [found] = read(record(1, response(b"<p>Only these few words.", "Content-Type: text/html")))
    assert (found.text, found.is_page) == (None, True)


def test_a_text_of_thirty_words_has_passages_and_one_of_fifty_a_simhash() -> None:
    words = WORDS.split()
    assert fingerprinted(" ".join(words[:29])) is None
    thirty, fifty = fingerprinted(" ".join(words[:30])), fingerprinted(" ".join(words[:50]))
    assert thirty is not None
    assert (thirty.simhash, bool(thirty.passages)) == (None, True)
    assert fifty is not None
    assert fifty.simhash is not None


def test_texts_that_differ_in_case_and_spaces_have_one_digest() -> None:
    one, other = fingerprinted(WORDS), fingerprinted(WORDS.upper().replace(" ", "\n "))
    assert one is not None
    assert other is not None
    assert one.digest == other.digest


def test_an_image_is_no_text() -> None:
    assert main_text_of(b"\x89PNG\r\n\x1a\n", None) is None
    assert main_text_of(b"", None) is None


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda content: content.replace(name(1).encode(), b"../../etc/passwd, which is no uuid, "[:36]),
        lambda content: content.replace(b"2026-05-04T03:02:01.000000Z", b"the fourth of May, at 3 a.m"),
    ],
    ids=["id", "date"],
)
def test_fields_that_are_not_what_our_records_have_are_damage(spoilt: object) -> None:
    plain = gzip.decompress(record(1, response(HTML, "Content-Type: text/html")))
    assert callable(spoilt)
    changed = spoilt(plain)
    assert changed != plain
    try:
        found = read(gzip.compress(changed))
    except Damaged:
        return
    assert found == []  # the scan has seen that something is wrong with it


def test_a_cut_file_and_a_missing_one_are_damage() -> None:
    whole = record(1, response(HTML, "Content-Type: text/html"))
    with pytest.raises(Damaged):
        read(whole, whole[:-40])
    with pytest.raises(Damaged, match="does not have its WARC file"):
        stretches(MemoryStore(), Held().catalog(), SEGMENT)


def segment(number: int) -> StoredSegment:
    return StoredSegment(f"s{number}", f"segments/{number}/", "j.warc.gz", Digest.of(b""), AT)


def long_segment(first: int) -> list[bytes]:
    """Pages and films of two megabytes, so many that a file of them is read in stretches; the last repeats the page before."""
    chosen = random.Random(first)
    members = []
    for number in range(first, first + 10):
        words = WORDS.replace("tide", chosen.choice(["tide", "wind", "rain"]) + str(number))
        members.append(record(number, response(f"<p>{words}.".encode(), "Content-Type: text/html")))
        members.append(record(number + 500, response(chosen.randbytes(1 << 21), "Content-Type: video/mp4")))
    return [*members, record(first + 90, b"", kind="revisit", WARC_Refers_To=f"<urn:uuid:{name(first + 9)}>")]


def filled(held: Held, folder: Path, processes: int) -> tuple[Filled, list[str]]:
    folder.mkdir()
    shelf = Shelf(folder / "texts.sqlite")
    told = fill(held.store, held.catalog(), shelf, processes=processes)
    shelf.close()
    with sqlite3.connect(folder / "texts.sqlite") as database:
        rows = list(database.iterdump())
    database.close()
    return told, rows


def test_several_processes_make_the_database_that_one_makes(tmp_path: Path) -> None:
    held = Held()
    for number in range(3):
        held.put(segment(number), long_segment(1 + 100 * number))
    assert len(stretches(held.store, held.catalog(), segment(0))) == 2
    alone, rows = filled(held, tmp_path / "one", 1)
    assert alone == Filled(3, 33, ())
    assert filled(held, tmp_path / "three", 3) == (alone, rows)


@pytest.mark.parametrize("processes", [1, 2])
def test_of_a_damaged_segment_nothing_is_added_and_the_others_are_read(tmp_path: Path, processes: int) -> None:
    held, members = Held(), long_segment(1)
    spoilt = [*members[:1], members[1][:5000] + bytes(1000) + members[1][6000:], *members[2:]]
    held.put(segment(0), spoilt)
    held.put(segment(1), long_segment(101))
    held.put(segment(2), long_segment(201), cut=-60)
    held.put(segment(3), long_segment(301), cut=len(b"".join(members[:17])))
    told, _ = filled(held, tmp_path / "texts", processes)
    assert (told.segments, told.pages) == (1, 11)
    assert [one.split(":")[0] for one in told.damaged] == ["segment s0", "segment s2", "segment s3"]
