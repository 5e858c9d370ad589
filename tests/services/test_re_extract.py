# SPDX-License-Identifier: Apache-2.0
"""What is stored is read again and sealed beside it: nothing stored changes, and lookups answer with the newest claims."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from archiver.catalog.catalog import Found
from archiver.catalog.generations import Generations
from archiver.errors import BadInput, StoreUnavailable
from archiver.extract import EXTRACTOR, Reading
from archiver.services import claims_sets, layout, re_extract
from archiver.services.audit import verify_archive
from archiver.services.cataloguing import each_manifest
from archiver.services.history.extractor import Extractor
from archiver.services.re_extract import Reread
from archiver.services.rebuild import rebuild_catalog
from archiver.store.memory import MemoryStore
from manifests.agents import Fetcher
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import CaptureManifest
from manifests.claims_set import CaptureClaims, ClaimsSetManifest
from manifests.digest import Digest
from manifests.segment import captures_root
from tests.services.exchanges import ARCHIVE_ID, AT, Archive, Clock, exchange, page, plain
from tests.services.forged import copied
from tests.services.reread import HOST, keener, many_kinds, re_extracted, same, set_folders, version


def every(archive: Archive) -> list[Found]:
    catalog = archive.world.generations.current()
    return [one for segment in catalog.all_segments() for one in catalog.captures_in(segment.segment_id)]


def read_ones(archive: Archive) -> list[Found]:
    return [one for one in every(archive) if one.extractor is not None]


def kinds(found: Found) -> set[str]:
    return {one["kind"] for one in found.notices}


def everything(archive: Archive) -> dict[str, bytes]:
    return {key: archive.store.get(key) for key in archive.store.list("")}


def test_an_equal_extractor_reads_from_the_store_what_ingest_read(archive: Archive) -> None:
    many_kinds(archive)
    done = re_extracted(archive, same())
    assert [(one.fault, one.unread, one.changed, dict(one.differing)) for one in done] == [(None, (), 0, {})] * 3
    assert sum(one.captures for one in done) == len(read_ones(archive)) == 12
    for folder in archive.folders():
        said = {
            one.observation.capture_id: one.claims
            for line in each_manifest(archive.store.get(folder + layout.MANIFESTS))
            for one in [from_canonical(CaptureManifest, line)]
        }
        held = claims_sets.sealed(archive.store, claims_sets.folder(version(1), claims_sets.segment_of(folder)))
        if held is None:
            assert set(said.values()) == {None}
            continue
        for line in claims_sets.lines(archive.store, held):
            again, before = from_canonical(CaptureClaims, line), said[from_canonical(CaptureClaims, line).capture_id]
            assert before is not None
            assert again.claims == before.model_copy(update={"extractor": version(1)})


def test_every_capture_of_which_something_was_read_has_the_newest_claims(archive: Archive) -> None:
    many_kinds(archive)
    before = {one.capture_id: one for one in every(archive)}
    done = re_extracted(archive, keener())
    assert all(one.written for one in done)
    now = {one.capture_id: one for one in every(archive)}
    assert list(now) == list(before)
    for capture_id, found in now.items():
        old = before[capture_id]
        if old.extractor is None:
            assert found == old
            continue
        assert found.extractor == "colophon-extract/1000.1"
        assert found.claims_set is not None
        assert found.claims_set.folder == claims_sets.folder(version(1), found.segment.segment_id)
        assert kinds(found) - kinds(old) == ({"tide-notice"} if old.title else set())
        unchanged = replace(found, notices=old.notices, extractor=old.extractor, claims_set=None)
        assert unchanged == old


def test_claims_that_differ_are_counted_by_field(archive: Archive) -> None:
    many_kinds(archive)
    done = re_extracted(archive, keener())
    titled = sum(one.title is not None for one in every(archive))
    assert sum(one.changed for one in done) == titled
    assert {name for one in done for name in one.differing} == {"notices"}
    # The next version is compared with this one, not with the manifests.
    again = re_extracted(archive, keener(2))
    assert [one.changed for one in again] == [0, 0, 0]


def test_nothing_stored_changes(archive: Archive) -> None:
    many_kinds(archive)
    before = everything(archive)
    re_extracted(archive, keener())
    re_extracted(archive, keener(2))
    after = everything(archive)
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 2 * 2 * 3


def test_a_dry_run_tells_and_writes_nothing(archive: Archive) -> None:
    many_kinds(archive)
    before, found = everything(archive), every(archive)
    told = re_extracted(archive, keener(), dry_run=True)
    assert everything(archive) == before
    assert every(archive) == found
    written = re_extracted(archive, keener())
    assert [(one.captures, one.changed, one.differing) for one in told] == [
        (one.captures, one.changed, one.differing) for one in written
    ]


def test_what_is_read_already_is_not_read_again(archive: Archive) -> None:
    many_kinds(archive)
    assert re_extract.due(archive.store, archive.world.generations.current(), EXTRACTOR) == []
    re_extracted(archive, keener())
    assert re_extracted(archive, keener()) == []
    assert re_extracted(archive, same(0)) == []
    archive.keep(exchange(plain(page("<p>Later</p>")), HOST + "later", at=AT + timedelta(days=3)))
    assert [one.captures for one in re_extracted(archive, keener())] == [1]


def test_a_set_that_is_stored_but_in_no_catalog_is_only_catalogued(archive: Archive) -> None:
    many_kinds(archive)
    world, extractor = archive.world, keener()
    for one in re_extract.due(world.store, world.generations.current(), extractor.program):
        re_extract.re_extract(
            world.store, world.generations.current(), one, extractor, archive_id=ARCHIVE_ID, now=Clock()
        )
    assert {one.claims_set for one in every(archive)} == {None}
    before = everything(archive)
    done = re_extracted(archive, extractor)
    assert [(one.written, one.captures) for one in done] == [(False, 0)] * 3
    assert everything(archive) == before
    assert {one.extractor for one in read_ones(archive)} == {"colophon-extract/1000.1"}


def test_what_an_attempt_left_behind_is_let_be(archive: Archive) -> None:
    many_kinds(archive)
    first = archive.folders()[0]
    folder = claims_sets.folder(version(1), claims_sets.segment_of(first))
    left = b"an attempt of another version of the program"
    archive.store.put(folder + "claims.jsonl.gz", left, sha256=Digest.of(left), size=len(left))
    done = re_extracted(archive, keener())
    assert [one.fault for one in done] == [None] * 3
    seal = from_canonical(ClaimsSetManifest, archive.store.get(folder + "seal.json"))
    assert seal.claims.name == "claims-2.jsonl.gz"
    assert archive.store.get(folder + "claims.jsonl.gz") == left
    assert verify_archive(archive.store, archive.world.generations.current()).findings == []


@dataclass
class Dying:
    """A store that a process can put so many objects into before it dies, with or without the last of them."""

    store: MemoryStore
    puts: int
    kept: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def put(self, key: str, content: bytes | BinaryIO, *, sha256: Digest, size: int, final: bool = False) -> None:
        self.puts -= 1
        if self.puts >= 0 or self.kept:
            self.store.put(key, content, sha256=sha256, size=size, final=final)
        if self.puts < 0:
            raise StoreUnavailable("the process died here", "Nothing is to be done.")


@pytest.mark.parametrize("kept", [False, True])
def test_a_run_that_was_cut_off_anywhere_is_gone_on_with(tmp_path: Path, kept: bool) -> None:
    ends = []
    for puts in range(7):
        (tmp_path / str(puts)).mkdir()
        archive = Archive(tmp_path / str(puts))
        many_kinds(archive)
        world = archive.world
        archive.world = replace(world, store=Dying(archive.store, puts, kept))
        cut_off = False
        try:
            re_extracted(archive, keener())
        except StoreUnavailable:
            cut_off = True
        assert cut_off == (puts < 6)
        archive.world = world
        re_extracted(archive, keener())
        assert verify_archive(archive.store, world.generations.current()).findings == []
        assert {one.extractor for one in read_ones(archive)} == {"colophon-extract/1000.1"}
        ends.append({key: archive.store.get(key) for key in archive.store.list("claims/")})
        archive.close()
    # The seal says when it was written; all else is the same however often it was begun.
    assert all(list(end) == list(ends[0]) for end in ends)
    assert all(end[key] == content for end in ends for key, content in ends[0].items() if key.endswith(".gz"))


def test_two_runs_at_once_come_to_one_set(archive: Archive) -> None:
    many_kinds(archive)
    world = archive.world
    others: list[Reread] = []
    one, *_ = re_extract.due(world.store, world.generations.current(), version(1))

    def read(url: str, headers: Sequence[tuple[str, str]], entity: bytes, code: int | None) -> Reading:
        if not others:  # while one reads, another comes, reads all of it and seals
            others.append(Reread(one.segment))
            others.append(again(keener()))
        return keener().read(url, headers, entity, code)

    def again(extractor: Extractor) -> Reread:
        return re_extract.re_extract(
            world.store,
            world.generations.current(),
            one,
            extractor,
            archive_id=ARCHIVE_ID,
            now=Clock(AT + timedelta(days=len(others))),
        )

    first = again(Extractor(version(1), read))
    second = others[1]
    assert (first.written, second.written, first.fault) == (False, True, None)
    assert first.claims_set == second.claims_set
    assert re_extract.catalogue(world, first).fault is None
    assert len(list(world.store.list("claims/"))) == 2


def test_the_seal_says_what_the_set_is(archive: Archive) -> None:
    many_kinds(archive)
    re_extracted(archive, keener())
    segment = next(one for one in archive.world.generations.current().all_segments())
    folder = claims_sets.folder(version(1), segment.segment_id)
    assert folder == f"claims/colophon-extract-1000-1/{segment.segment_id}/"
    content = archive.store.get(folder + "seal.json")
    seal = from_canonical(ClaimsSetManifest, content)
    assert canonical_bytes(seal) == content
    assert (seal.archive_id, seal.segment_id, seal.extractor) == (ARCHIVE_ID, segment.segment_id, version(1))
    assert seal.segment_seal == Digest.of(archive.store.get(segment.folder + layout.SEAL))
    packed = archive.store.get(folder + seal.claims.name)
    assert (seal.claims.sha256, seal.claims.size) == (Digest.of(packed), len(packed))
    lines = list(each_manifest(packed))
    assert seal.captures == len(lines) == 4
    assert seal.claims_root == captures_root([Digest.of(line) for line in lines])


def test_a_payload_that_is_held_no_more_leaves_the_claims_as_they_are(archive: Archive) -> None:
    many_kinds(archive)
    first, second, *_ = archive.folders()
    segment = archive.world.generations.current().all_segments()[0]
    store = copied(archive.store, {first + segment.warc: None})
    world = replace(archive.world, store=store)
    archive.world = world
    done = {one.segment.folder: one for one in re_extracted(archive, keener())}
    assert "is missing" in (done[first].fault or "")
    assert done[second].fault is None
    assert len(done[second].unread) == 3
    assert all("lacks a file" in one.why for one in done[second].unread)
    unread = {one.capture_id for one in done[second].unread}
    for found in read_ones(archive):
        newer = found.segment.folder != first and found.capture_id not in unread
        assert (found.claims_set is not None) == newer


def test_a_segment_that_differs_from_its_seal_gives_no_claims(archive: Archive) -> None:
    many_kinds(archive)
    folder = archive.folders()[0]
    warc = folder + archive.world.generations.current().all_segments()[0].warc
    content = bytearray(archive.store.get(warc))
    content[9] ^= 1  # the field of the first gzip member that names the system it was made on
    archive.world = replace(archive.world, store=copied(archive.store, {warc: bytes(content)}))
    (wrong, *fine) = re_extracted(archive, keener())
    assert wrong.claims_set is None
    assert "differs from its seal" in (wrong.fault or "")
    assert [one.fault for one in fine] == [None, None]
    assert [key for key in archive.world.store.list("claims/") if wrong.segment.segment_id in key] == []


def test_only_what_was_asked_for_is_due(archive: Archive) -> None:
    many_kinds(archive)
    catalog, store, program = archive.world.generations.current(), archive.store, version(1)
    every_one = [one.segment.segment_id for one in re_extract.due(store, catalog, program)]
    assert len(every_one) == 3

    def ids(**given: object) -> list[str]:
        return [one.segment.segment_id for one in re_extract.due(store, catalog, program, **given)]  # type: ignore[arg-type]

    assert ids(segment=every_one[1][:-1]) == [every_one[1]]
    assert ids(job="adhoc") == every_one
    assert ids(host="www.gazette.example") == every_one
    assert ids(host="quay.example") == []
    assert ids(since=AT + timedelta(hours=1)) == [every_one[1]]
    for nothing in ({"segment": "zzzz"}, {"segment": ""}, {"job": "daily"}, {"job": ""}):
        with pytest.raises(BadInput, match="no segment"):
            ids(**nothing)
    with pytest.raises(BadInput, match="no host"):
        ids(host="http://quay.example/")
    with pytest.raises(BadInput, match="not the name and version"):
        re_extract.due(store, catalog, Fetcher(name="Mine", version="1"))


def test_claims_are_given_with_every_digest_compared(archive: Archive) -> None:
    many_kinds(archive)
    found = read_ones(archive)[0]
    own = claims_sets.newest(archive.store, found)
    assert own is not None
    assert own.extractor == EXTRACTOR
    re_extracted(archive, keener())
    found = archive.world.generations.current().by_id(found.capture_id) or found
    newer = claims_sets.newest(archive.store, found)
    assert newer is not None
    assert newer.extractor == version(1)
    assert newer.notices[:-1] == own.notices


def test_a_rebuilt_catalog_has_the_newest_claims_too(archive: Archive) -> None:
    many_kinds(archive)
    re_extracted(archive, keener(2))
    re_extracted(archive, keener(3, "ebb-notice"))
    before = every(archive)
    generations = Generations(archive.folder / "again.sqlite")
    done = rebuild_catalog(archive.store, generations)
    assert (done.segments, done.claims_sets, done.findings) == (4, 6, ())
    catalog = generations.current()
    after = [one for segment in catalog.all_segments() for one in catalog.captures_in(segment.segment_id)]
    generations.close()
    assert after == before
    assert {one.extractor for one in read_ones(archive)} == {"colophon-extract/1000.3"}


def test_sets_are_checked_with_the_archive(archive: Archive) -> None:
    many_kinds(archive)
    re_extracted(archive, keener())
    report = verify_archive(archive.store, archive.world.generations.current())
    assert report.findings == []
    assert report.claims_sets == len(set_folders(archive)) == 3
    assert "3 claims sets" in report.verdict()
