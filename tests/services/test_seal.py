# SPDX-License-Identifier: Apache-2.0
"""Sealing and storing can be stopped after each step and done again; what the disk changed is never sealed."""

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.catalog.catalog import Catalog
from archiver.catalog.entries import entry_of
from archiver.catalog.generations import Generations
from archiver.errors import Damaged, StoreConflict, StoreUnavailable
from archiver.services import layout, seal
from archiver.services.audit import verify_archive
from archiver.services.cataloguing import add_to_catalog, index_places, manifest_lines, place
from archiver.services.ingest import settled
from archiver.services.seal import publish
from archiver.state.state import Acknowledged, OpenSegment, State
from archiver.store.memory import MemoryStore
from manifests import Digest, SegmentManifest, canonical_bytes, captures_root
from tests.services.exchanges import ARCHIVE_ID, AT, Archive, context, exchange, page, plain
from tests.services.forged import Segment

HOST = "http://gazette.example/"


class Stopped(Exception):
    """The process was killed here."""


def acknowledged(archive: Archive, count: int = 2) -> OpenSegment:
    """A segment with acknowledged captures, whose writer has left."""
    ingest = archive.ingest()
    for n in range(count):
        url = f"{HOST}{n}"
        ingest.record(
            exchange(plain(page(f"<p>Page {n}</p>")), url, at=AT + timedelta(minutes=count - n)), context(url)
        )
    ingest.acknowledge()
    ingest.abandon()
    (segment,) = archive.world.state.unfinished()
    return segment


def sealed(archive: Archive, segment: OpenSegment) -> SegmentManifest:
    world = archive.world
    return seal.seal(segment, world.spool, world.state, archive_id=ARCHIVE_ID, sealed_at=AT + timedelta(days=1))


def stored(archive: Archive, segment: OpenSegment, store: MemoryStore | None = None) -> SegmentManifest:
    world = archive.world
    return publish(segment, world.spool, world.state, store or archive.store, world.generations)


def assert_whole(archive: Archive, captures: int = 2) -> None:
    catalog = archive.world.generations.current()
    assert verify_archive(archive.store, catalog).findings == []
    assert catalog.counts() == {"captures": captures, "segments": 1}
    assert archive.world.state.unfinished() == []
    assert archive.world.spool.folders() == []


def test_the_seal_says_what_is_in_the_segment(archive: Archive) -> None:
    segment = acknowledged(archive, 3)
    one = sealed(archive, segment)
    assert (one.captures, one.job, one.archive_id) == (3, "adhoc", ARCHIVE_ID)
    assert (one.first_fetched_at, one.last_fetched_at) == (AT + timedelta(minutes=1), AT + timedelta(minutes=3))
    folder = archive.world.spool.folder(segment.segment_id)
    for part in (one.warc, one.manifests, one.index):
        content = (folder / part.name).read_bytes()
        assert (part.size, part.sha256) == (len(content), Digest.of(content))
    assert (folder / layout.SEAL).read_bytes() == canonical_bytes(one)
    lines = manifest_lines((folder / layout.MANIFESTS).read_bytes())
    assert one.captures_root == captures_root([Digest.of(line) for line in lines])
    index = (folder / layout.INDEX).read_bytes().splitlines(keepends=True)
    assert index == sorted(index)
    assert len(index) == 3


def test_manifests_are_one_gzip_member_per_256(archive: Archive) -> None:
    acknowledged(archive, 300)
    (segment,) = archive.world.state.unfinished()
    sealed(archive, segment)
    content = (archive.world.spool.folder(segment.segment_id) / layout.MANIFESTS).read_bytes()
    assert content.count(b"\x1f\x8b\x08") >= 2
    lines = gzip.decompress(content).splitlines()
    assert lines == manifest_lines(content)
    assert [json.loads(line)["observation"]["url"] for line in lines] == [f"{HOST}{n}" for n in range(300)]
    stored(archive, segment)
    assert_whole(archive, 300)


def test_sealing_again_gives_the_same_seal(archive: Archive) -> None:
    segment = acknowledged(archive)
    first = sealed(archive, segment)
    assert sealed(archive, segment) == first
    stored(archive, segment)
    assert_whole(archive)


def test_storing_again_at_any_stage_changes_nothing(archive: Archive) -> None:
    segment = acknowledged(archive)
    sealed(archive, segment)
    spool = archive.world.spool.folder(segment.segment_id)
    kept = {path.name: path.read_bytes() for path in spool.iterdir()}
    stored(archive, segment)
    objects = {key: archive.store.get(key) for key in archive.store.list("")}
    # As after a kill between the last transaction and the removal of the local copy, or of the row.
    spool.mkdir()
    for name, content in kept.items():
        (spool / name).write_bytes(content)
    archive.world.state.segment_opened(segment.segment_id, segment.job, segment.opened_at)
    archive.world.state.segment_advanced(segment.segment_id, "stored")
    stored(archive, segment)
    assert {key: archive.store.get(key) for key in archive.store.list("")} == objects
    assert_whole(archive)


class Acknowledging(State):
    """A state that knows one list of captures."""

    def __init__(self, captures: list[Acknowledged]) -> None:
        self._captures = captures

    def acknowledged(self, segment_id: str) -> list[Acknowledged]:
        return self._captures

    def segment_advanced(self, segment_id: str, stage: str) -> None:
        pass


def sealed_as(archive: Archive, segment: OpenSegment, captures: list[Acknowledged]) -> SegmentManifest:
    world = archive.world
    return seal.seal(segment, world.spool, Acknowledging(captures), archive_id=ARCHIVE_ID, sealed_at=AT)


def warc_of(archive: Archive, segment: OpenSegment) -> Path:
    return next(archive.world.spool.folder(segment.segment_id).glob("*.warc.gz"))


@pytest.mark.parametrize(
    ("change", "is_right"),
    [
        (gzip.compress, True),
        (lambda raw: gzip.compress(raw.replace(b"Content-Length:", b"content-length:")), True),
        (lambda raw: gzip.compress(raw.replace(b"Content-Length: ", b"Content-Length: 1")), False),
        (lambda raw: gzip.compress(raw[:-2]), False),
        (lambda raw: gzip.compress(raw + b"more"), False),
        (lambda raw: gzip.compress(raw) + b"more", False),
        (lambda raw: gzip.compress(raw)[:-1], False),
        (lambda raw: raw, False),
        (lambda raw: gzip.compress(raw.replace(b"capture-manifest/0", b"capture-manifest/1")), False),
    ],
)
def test_a_manifest_is_sealed_only_as_it_was_acknowledged(
    archive: Archive, change: Callable[[bytes], bytes], is_right: bool
) -> None:
    """Every digest over the file is right here, as if the writer itself had been wrong."""
    segment = acknowledged(archive, 1)
    (one,) = archive.world.state.acknowledged(segment.segment_id)
    path = warc_of(archive, segment)
    content = path.read_bytes()
    member = change(gzip.decompress(content[one.manifest_offset :]))
    content = content[: one.manifest_offset] + member
    path.write_bytes(content)
    said = replace(one, manifest_length=len(member), end=len(content), sha256=Digest.of(content))
    if is_right:
        assert sealed_as(archive, segment, [said]).captures_root == captures_root([Digest(one.manifest_digest)])
    else:
        with pytest.raises(Damaged):
            sealed_as(archive, segment, [said])


@pytest.mark.parametrize("part", ["capture", "file"])
def test_captures_may_be_acknowledged_with_their_own_digest_or_that_of_the_file_up_to_their_end(
    archive: Archive, part: str
) -> None:
    segment = acknowledged(archive, 3)
    path = warc_of(archive, segment)
    content, at, captures = path.read_bytes(), 0, []
    for one in archive.world.state.acknowledged(segment.segment_id):
        digest = Digest.of(content[at : one.end] if part == "capture" else content[: one.end])
        captures.append(replace(one, sha256=digest))
        at = one.end
    assert sealed_as(archive, segment, captures).warc.sha256 == Digest.of(content)
    for octet in (0, captures[0].end, len(content) - 1):
        path.write_bytes(content[:octet] + bytes([content[octet] ^ 1]) + content[octet + 1 :])
        with pytest.raises(Damaged):
            sealed_as(archive, segment, captures)
    for wrong in (content[:-1], content + b"x", b""):
        path.write_bytes(wrong)
        with pytest.raises(Damaged):
            sealed_as(archive, segment, captures)


def test_a_capture_that_is_longer_than_one_read_is_sealed_and_compared_whole(archive: Archive) -> None:
    ingest = archive.ingest()
    for n, size in enumerate((10, 3 << 20, 20)):
        noise = random.Random(n).randbytes(size)
        ingest.record(exchange(plain(noise, kind=b"image/png")), context(f"{HOST}{n}"))
    ingest.acknowledge()
    ingest.abandon()
    (segment,) = archive.world.state.unfinished()
    path = warc_of(archive, segment)
    content = path.read_bytes()
    assert len(content) > 3 << 20
    path.write_bytes(content[: 2 << 20] + b"?" + content[(2 << 20) + 1 :])
    with pytest.raises(Damaged):
        sealed(archive, segment)
    path.write_bytes(content)
    sealed(archive, segment)
    stored(archive, segment)
    assert_whole(archive, 3)


class Failing(MemoryStore):
    """A store whose nth put stops before, or after, it has happened."""

    def __init__(self, stop_at: int, *, after: bool) -> None:
        super().__init__()
        self._left = stop_at
        self._after = after

    def put(self, key: str, content: object, *, sha256: Digest, size: int, final: bool = False) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise StoreUnavailable("no answer")
        super().put(key, content, sha256=sha256, size=size)  # type: ignore[arg-type]
        if self._left == 0:
            raise StoreUnavailable("the answer was lost")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("stop_at", [1, 2, 3, 4])
def test_a_put_that_fails_is_healed_by_doing_it_again(tmp_path: Path, stop_at: int, after: bool) -> None:
    archive = Archive(tmp_path, store=Failing(stop_at, after=after))
    segment = acknowledged(archive)
    sealed(archive, segment)
    with pytest.raises(StoreUnavailable):
        stored(archive, segment)
    seals = [key for key in archive.store.list("segments/") if key.endswith(layout.SEAL)]
    assert bool(seals) == (stop_at == 4 and after), "the seal is written last"
    assert archive.world.generations.current().counts()["captures"] == 0
    stored(archive, segment)
    assert_whole(archive)
    archive.close()


@pytest.mark.parametrize("method", ["segment_advanced", "segment_stored", "segment_finished"])
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_beside_a_transaction_is_healed_by_settling_again(archive: Archive, method: str, after: bool) -> None:
    segment = acknowledged(archive)
    true: Callable[..., None] = getattr(archive.world.state, method)

    def killed(*arguments: object) -> None:
        if after:
            true(*arguments)
        raise Stopped

    setattr(archive.world.state, method, killed)
    with pytest.raises(Stopped):
        settled(archive.world, segment.segment_id)
    delattr(archive.world.state, method)
    settled(archive.world, segment.segment_id)
    archive.world.spool.remove(segment.segment_id)  # what recovery does with a folder without a row
    assert_whole(archive)


@pytest.mark.parametrize("at", [0, 30, 900, -1])
def test_what_the_disk_changed_is_never_sealed(archive: Archive, at: int) -> None:
    segment = acknowledged(archive)
    (path,) = archive.world.spool.folder(segment.segment_id).glob("*.warc.gz")
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match="reads back otherwise"):
        sealed(archive, segment)
    assert archive.world.state.unfinished() == [segment]


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw + b"\0"], ids=["cut", "grown"])
def test_a_file_of_another_length_is_never_sealed(archive: Archive, change: Callable[[bytes], bytes]) -> None:
    segment = acknowledged(archive)
    (path,) = archive.world.spool.folder(segment.segment_id).glob("*.warc.gz")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(Damaged):
        sealed(archive, segment)


def test_a_sealed_file_that_changed_before_it_was_stored_is_not_stored(archive: Archive) -> None:
    segment = acknowledged(archive)
    one = sealed(archive, segment)
    path = archive.world.spool.folder(segment.segment_id) / one.warc.name
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    with pytest.raises(Damaged):
        stored(archive, segment)
    assert list(archive.store.list("")) == []


def test_a_key_that_holds_other_bytes_is_never_overwritten(archive: Archive) -> None:
    segment = acknowledged(archive)
    one = sealed(archive, segment)
    key = layout.segment_folder(one.job, one.opened_at, one.segment_id) + one.index.name
    archive.store.put(key, b"older", sha256=Digest.of(b"older"), size=5)
    with pytest.raises(StoreConflict):
        stored(archive, segment)
    assert archive.store.get(key) == b"older"


def test_an_open_segment_without_captures_is_never_sealed(archive: Archive) -> None:
    ingest = archive.ingest()
    ingest.record(exchange(plain(b"x")), context())
    ingest.abandon()
    (segment,) = archive.world.state.unfinished()
    settled(archive.world, segment.segment_id)
    assert archive.world.state.unfinished() == []
    assert list(archive.store.list("")) == []


def test_settling_what_is_finished_does_nothing(archive: Archive) -> None:
    settled(archive.world, "0" * 26)


@pytest.mark.parametrize("part", ["manifests", "index"])
def test_files_that_do_not_fit_the_seal_are_not_catalogued(archive: Archive, tmp_path: Path, part: str) -> None:
    archive.keep(exchange(plain(page())))
    (folder,) = archive.folders()
    files = {name: archive.store.get(folder + name) for name in (layout.SEAL, layout.MANIFESTS, layout.INDEX)}
    damaged = layout.MANIFESTS if part == "manifests" else layout.INDEX
    files[damaged] = files[damaged][:-1] + b"\xff"
    generations = Generations(tmp_path / "other.sqlite")
    generations.prepare()
    with generations.adding() as catalog, pytest.raises(Damaged):
        add_to_catalog(catalog, folder, files[layout.SEAL], files[layout.MANIFESTS], files[layout.INDEX])
    assert generations.current().counts()["captures"] == 0
    generations.close()


def test_an_index_and_manifests_of_different_captures_do_not_join(archive: Archive) -> None:
    archive.keep(exchange(plain(page())))
    archive.keep(exchange(plain(page("<p>Other</p>")), HOST + "other"))
    first, second = archive.folders()
    entries = [entry_of(one) for one in manifest_lines(archive.store.get(first + layout.MANIFESTS))]
    lines = index_places(archive.store.get(second + layout.INDEX))
    for wrong in (lines, [], lines * 2):
        with pytest.raises(Damaged):
            list(place(entries, wrong))
    with pytest.raises(Damaged):
        list(place([], lines))


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [one.replace(b'"offset":"', b'"offset":"x') for one in lines],
        lambda lines: [one.replace(b'"offset":"', b'"offset":"-') for one in lines],
        lambda lines: [one.replace(b'"length":"', b'"length":"9999999999999999999') for one in lines],
        lambda lines: [one.replace(b'"manifestLength"', b'"manifest"') for one in lines],
        lambda lines: [b"\xff" for _ in lines],
        lambda lines: [b"" for _ in lines],
    ],
)
def test_an_index_of_other_lines_is_damage_whatever_its_seal_says(
    archive: Archive, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    archive.keep(exchange(plain(page())))
    (folder,) = archive.folders()
    forged = Segment(archive.store, folder)
    forged.edit_index = lambda content: b"".join(one + b"\n" for one in change(content.splitlines()))
    store = forged.sealed()
    catalog = Catalog(tmp_path / "other.sqlite")
    catalog.prepare()
    files = [store.get(folder + name) for name in (layout.SEAL, layout.MANIFESTS, layout.INDEX)]
    with pytest.raises(Damaged):
        add_to_catalog(catalog, folder, *files)
    assert catalog.counts() == {"captures": 0, "segments": 0}
    catalog.close()


def test_a_manifest_of_another_shape_is_damage_whatever_its_seal_says(archive: Archive, tmp_path: Path) -> None:
    archive.keep(exchange(plain(page())), exchange(plain(page("<p>b</p>")), HOST + "b"))
    (folder,) = archive.folders()
    forged = Segment(archive.store, folder)
    forged.of("manifest", 1).edit_manifest(lambda one: one["observation"].pop("url_key"))
    store = forged.sealed()
    catalog = Catalog(tmp_path / "other.sqlite")
    catalog.prepare()
    files = [store.get(folder + name) for name in (layout.SEAL, layout.MANIFESTS, layout.INDEX)]
    with pytest.raises(Damaged, match="url_key"):
        add_to_catalog(catalog, folder, *files)
    assert catalog.counts() == {"captures": 0, "segments": 0}
    catalog.close()


@pytest.mark.parametrize(
    "content", [b"junk", gzip.compress(b"{}\n", mtime=0)[:-3], gzip.compress(b"{}\n", mtime=0) + b"junk"]
)
def test_manifests_that_do_not_inflate_are_damage(content: bytes) -> None:
    with pytest.raises(Damaged):
        manifest_lines(content)


def test_a_line_separator_of_unicode_does_not_part_a_manifest(archive: Archive) -> None:
    (kept,) = archive.keep(exchange(plain(page("<p>x</p>", title="One\u2028two\u0085three\x0cfour\x1cfive"))))
    (folder,) = archive.folders()
    (line,) = manifest_lines(archive.store.get(folder + layout.MANIFESTS))
    assert Digest.of(line) == kept.manifest_digest
    assert_whole(archive, 1)
