# SPDX-License-Identifier: Apache-2.0
"""A replica holds what the primary holds, byte for byte, filled in an order in which whatever has a seal is whole."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from archiver.archive import Archive
from archiver.errors import BadInput, Damaged, NotFound, StoreConflict, StoreUnavailable
from archiver.formats.tlog_tiles import tiles_of
from archiver.services.fixity.pace import Pace
from archiver.services.replication.copying import Tally, copy_thing
from archiver.services.replication.ledgers import copy_ledger, new_tiles
from archiver.services.replication.things import is_seal, parts, seal_of, seals
from archiver.store.memory import MemoryStore
from archiver.wiring import place as place_of
from infra.crash.scratch import scratch
from manifests.digest import Digest
from tests.services.replicated import PLACE, differences, files_of, flip, found_urls, keep, kept_files, made, synced

FREE = Pace(None, lambda: 0.0, lambda _: None)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: what these tests write is synced a thousand times."""
    with scratch() as folder:
        yield folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with made(tmp_path / "first") as one:
        yield one


class Recording(MemoryStore):
    """Keeps the order of writes, and dies or is silent at one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.fails_at: int | None = None

    def _next(self, key: str) -> None:
        if self.fails_at is not None and len(self.written) >= self.fails_at:
            raise StoreUnavailable("no answer")
        self.written.append(key)

    def put(self, key: str, content: bytes | BinaryIO, **more: Any) -> None:
        self._next(key)
        super().put(key, content, **more)

    def replace(self, key: str, content: bytes) -> None:
        self._next(key)
        super().replace(key, content)


class TestAdding:
    def test_an_empty_folder_becomes_a_replica_that_lacks_everything(self, archive: Archive, tmp_path: Path) -> None:
        keep(archive, "a")
        one = archive.replicas.add(str(tmp_path / "second"))
        assert (one.name, one.place) == ("second", str(tmp_path / "second"))
        assert (tmp_path / "second" / "archive.json").read_bytes() == (tmp_path / "first" / "archive.json").read_bytes()
        (standing,) = archive.replicas.standing()
        assert (standing.lacks, standing.heads_behind, standing.fault) == (1, 1, None)

    def test_a_copy_of_this_archive_is_taken_with_what_it_holds(self, archive: Archive, tmp_path: Path) -> None:
        keep(archive, "a")
        shutil.copytree(tmp_path / "first", tmp_path / "second", ignore=shutil.ignore_patterns("*.sqlite*", "spool"))
        archive.replicas.add(str(tmp_path / "second"))
        (standing,) = archive.replicas.standing()
        assert (standing.lacks, standing.heads_behind) == (0, 0)

    def test_a_store_with_anything_else_in_it_is_refused(self, archive: Archive, tmp_path: Path) -> None:
        with made(tmp_path / "other"):
            pass
        with pytest.raises(BadInput, match="not a copy of this archive"):
            archive.replicas.add(str(tmp_path / "other"))
        assert archive.replicas.all() == []

    def test_places_and_names_are_given_once(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"), "near")
        for where, name in (
            (tmp_path / "second", "far"),
            (tmp_path / "third", "near"),
            (tmp_path / "first", "same"),
            (tmp_path / "first" / "below", "below"),
            (tmp_path, "above"),
            (tmp_path / "third", "No Name"),
        ):
            with pytest.raises(BadInput):
                archive.replicas.add(str(where), name)
        with pytest.raises(NotFound, match="There are: near"):
            archive.replicas.get("far")


class TestCopying:
    def test_after_a_sync_both_hold_the_same_bytes_in_files_of_their_own(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        keep(archive, "a", "b")
        keep(archive, "c")
        archive.replicas.add(str(tmp_path / "second"))
        done = synced(archive.replicas, "second")
        assert (done.things, done.left, done.refused) == (2, 0, [])
        first, second = kept_files(tmp_path / "first"), kept_files(tmp_path / "second")
        assert first == second
        assert len([key for key in first if is_seal(key)]) == 2
        assert any(key.startswith("ledger/tile/entries/") for key in first)
        inodes = {one.stat().st_ino for one in (tmp_path / "first").rglob("*") if one.is_file()}
        assert not inodes & {one.stat().st_ino for one in (tmp_path / "second").rglob("*") if one.is_file()}
        assert differences(archive.replicas, "second") == []
        assert synced(archive.replicas, "second").objects == 0

    def test_what_is_sealed_later_is_copied_with_it(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        keep(archive, "b")
        assert archive.replica_faults == []
        assert kept_files(tmp_path / "first") == kept_files(tmp_path / "second")
        (standing,) = archive.replicas.standing()
        assert (standing.lacks, standing.heads_behind) == (0, 0)

    def test_files_go_before_their_seal_tiles_before_their_head_and_the_checkpoint_last(self, archive: Archive) -> None:
        for name in "abc":
            keep(archive, name)
        replica, primary, tally = Recording(), archive.place.store, Tally()
        for key in seals(primary):
            copy_thing(primary, replica, key, archive.replicas.known(), FREE, tally)
        copy_ledger(primary, replica, FREE, tally, whole=False)
        at = {key: number for number, key in enumerate(replica.written)}
        for key in filter(is_seal, replica.written):
            assert all(at[part.key] < at[key] for part in parts(key, primary.get(key)))
        for number in range(1, 4):
            needed = [f"ledger/{tile.path}" for tile in tiles_of(number)]
            assert all(at[key] < at[f"ledger/heads/{number:010d}"] for key in needed)
        assert replica.written[-1] == "ledger/checkpoint"
        assert tally.things == 3

    def test_a_sync_cut_off_at_any_write_goes_on_and_shows_nothing_half(self, archive: Archive) -> None:
        for name in "ab":
            keep(archive, name)
        primary, known = archive.place.store, archive.replicas.known()

        def copy(replica: Recording) -> None:
            for key in seals(primary):
                copy_thing(primary, replica, key, known, FREE, Tally())
            copy_ledger(primary, replica, FREE, Tally(), whole=False)

        whole = Recording()
        copy(whole)
        assert set(whole.list("")) == set(kept_files(archive.folder)) - {"archive.json"}
        for at in range(len(whole.written)):
            replica = Recording()
            replica.fails_at = at
            with pytest.raises(StoreUnavailable):
                copy(replica)
            for key in seals(replica):
                assert all(replica.head(part.key) for part in parts(key, replica.get(key))), at
            for key in replica.list("ledger/heads/"):
                needed = tiles_of(int(key[-10:]))
                assert all(replica.head(f"ledger/{tile.path}") for tile in needed), at
            replica.fails_at = None
            copy(replica)
            assert replica._objects == whole._objects, at

    def test_what_is_damaged_in_the_primary_is_not_copied_and_told(self, archive: Archive, tmp_path: Path) -> None:
        keep(archive, "a")
        keep(archive, "b")
        keep(archive, "c")
        first = tmp_path / "first"
        flip(files_of(first, "*.warc.gz")[0])
        files_of(first, "index.cdxj")[1].unlink()
        flip(files_of(first, "segment.json")[2])
        archive.replicas.add(str(tmp_path / "second"))
        done = synced(archive.replicas, "second")
        assert (done.things, done.left, len(done.refused)) == (0, 3, 3)
        assert list(seals(place_of(str(tmp_path / "second")).store)) == []

    def test_what_a_replica_holds_otherwise_is_left_and_told(self, archive: Archive, tmp_path: Path) -> None:
        keep(archive, "a")
        archive.replicas.add(str(tmp_path / "second"))
        (index,) = files_of(tmp_path / "first", "index.cdxj")
        other = tmp_path / "second" / index.relative_to(tmp_path / "first")
        other.parent.mkdir(parents=True)
        other.write_bytes(b"other\n")
        done = synced(archive.replicas, "second")
        assert (done.things, done.left) == (0, 1)
        assert "already holds other bytes" in done.refused[0]
        assert other.read_bytes() == b"other\n"

    def test_a_replica_that_is_not_there_holds_nothing_up_and_is_caught_up_with_later(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        (tmp_path / "second").rename(tmp_path / "unplugged")
        keep(archive, "a")
        assert "mount it" in archive.replica_faults[0]
        assert not (tmp_path / "second").exists()
        (standing,) = archive.replicas.standing()
        assert (standing.lacks, standing.fault is None) == (1, False)
        assert found_urls(archive) == [PLACE + "a"]
        (tmp_path / "unplugged").rename(tmp_path / "second")
        keep(archive, "b")
        assert archive.replica_faults == []
        assert kept_files(tmp_path / "first") == kept_files(tmp_path / "second")

    def test_a_lost_backlog_is_found_again_by_comparing_seals(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        (tmp_path / "second").rename(tmp_path / "unplugged")
        keep(archive, "a")
        (tmp_path / "unplugged").rename(tmp_path / "second")
        state = archive.world().state
        for one in state.replicas.waiting("second", 0, 10):
            state.replicas.copied(one.row)
        assert state.replicas.lacks("second") == 0
        assert synced(archive.replicas, "second").things == 1

    def test_a_full_sync_restores_tiles_that_a_replica_lost(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        keep(archive, "b")
        tile = tmp_path / "second" / "ledger" / "tile" / "0" / "000.p" / "1"
        tile.unlink()
        synced(archive.replicas, "second")
        assert tile.is_file()


class TestTheLedger:
    @pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 2), (255, 257), (256, 300), (300, 70_000), (511, 512)])
    def test_new_tiles_are_those_of_the_larger_tree_without_those_of_the_smaller(self, before: int, after: int) -> None:
        assert set(new_tiles(before, after)) == set(tiles_of(after)) - set(tiles_of(before))

    def test_a_replica_with_a_head_of_its_own_is_no_copy(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        head = tmp_path / "second" / "ledger" / "heads" / "0000000001"
        head.write_bytes(head.read_bytes().replace(b"\n1\n", b"\n9\n"))
        keep(archive, "b")
        assert "is not that of" in archive.replica_faults[0]
        assert ("different", "ledger/heads/0000000001") in differences(archive.replicas, "second")

    def test_a_primary_that_was_rolled_back_is_told(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        keep(archive, "b")
        (tmp_path / "first" / "ledger" / "heads" / "0000000002").unlink()
        assert "has head 2" in synced(archive.replicas, "second").refused[0]

    def test_what_stands_beside_a_head_goes_before_it_and_later_ones_with_the_next_copy(self, archive: Archive) -> None:
        primary, replica = archive.place.store, Recording()
        keep(archive, "a")
        keep(archive, "b")
        early, late = "ledger/timestamps/2/quay.tsr", "ledger/cosignatures/2/harbour"
        primary.put(early, b"1", sha256=Digest.of(b"1"), size=1)
        copy_ledger(primary, replica, FREE, Tally(), whole=False)
        assert replica.written.index(early) < replica.written.index("ledger/heads/0000000002")
        primary.put(late, b"2", sha256=Digest.of(b"2"), size=1)
        copy_ledger(primary, replica, FREE, Tally(), whole=False)
        assert replica.get(late) == b"2"
        older = "ledger/timestamps/1/quay.tsr"
        primary.put(older, b"3", sha256=Digest.of(b"3"), size=1)
        copy_ledger(primary, replica, FREE, Tally(), whole=False)
        assert replica.head(older) is None
        copy_ledger(primary, replica, FREE, Tally(), whole=True)
        assert replica.get(older) == b"3"

    def test_a_head_whose_tiles_are_not_in_place_waits(self, archive: Archive, tmp_path: Path) -> None:
        keep(archive, "a")
        keep(archive, "b")
        (tmp_path / "first" / "ledger" / "tile" / "0" / "000.p" / "2").unlink()
        replica = MemoryStore()
        copy_ledger(archive.place.store, replica, FREE, Tally(), whole=True)
        assert list(replica.list("ledger/heads/")) == ["ledger/heads/0000000001"]
        assert replica.get("ledger/checkpoint") == replica.get("ledger/heads/0000000001")


class TestVerifying:
    def test_every_kind_of_difference_is_told(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        for name in "abc":
            keep(archive, name)
        second = tmp_path / "second"
        warcs, seal = files_of(second, "*.warc.gz"), files_of(second, "segment.json")
        flip(warcs[0])
        warcs[1].unlink()
        seal[2].unlink()
        stray = second / "events" / "2026" / "01" / "01" / f"{'0' * 26}.jsonl.gz"
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"")
        keys = [str(one.relative_to(second)) for one in (warcs[0], warcs[1], seal[2], stray)]
        wanted = set(zip(("different", "missing", "missing", "only there"), keys, strict=True))
        assert set(differences(archive.replicas, "second", deep=True)) == wanted
        # The size is right, and a folder tells no digest.
        assert set(differences(archive.replicas, "second", deep=False)) == wanted - {("different", keys[0])}

    def test_a_damaged_seal_of_the_primary_is_told_apart(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        (seal,) = files_of(tmp_path / "first", "segment.json")
        seal.write_bytes(b"{}")
        key = str(seal.relative_to(tmp_path / "first"))
        assert differences(archive.replicas, "second") == [("different", key), ("unreadable", key)]


class TestThings:
    def test_a_file_leads_to_its_seal(self) -> None:
        assert seal_of("segments/a/2026/01/02/x/index.cdxj") == "segments/a/2026/01/02/x/segment.json"
        assert seal_of("segments/a/2026/01/02/x/") == "segments/a/2026/01/02/x/segment.json"
        assert seal_of("claims/e-0-1/x/claims.jsonl.gz") == "claims/e-0-1/x/seal.json"
        assert seal_of("crawls/x/seal.json") == "crawls/x/seal.json"
        assert seal_of("events/2026/01/02/x.jsonl.gz") == "events/2026/01/02/x.jsonl.gz"
        assert seal_of("archive.json") is None
        assert seal_of("ledger/heads/0000000001") is None

    def test_a_seal_of_another_place_is_not_followed(self, archive: Archive) -> None:
        keep(archive, "a")
        (key,) = seals(archive.place.store)
        content = archive.place.store.get(key)
        with pytest.raises(Damaged, match="not the seal of this place"):
            parts(key.replace("/adhoc/", "/other/"), content)
        with pytest.raises(Damaged, match="no valid seal"):
            parts(key, b"{}")

    def test_a_digest_that_differs_from_the_ledgers_is_not_copied(self, archive: Archive) -> None:
        keep(archive, "a")
        (key,) = seals(archive.place.store)
        replica = MemoryStore()
        with pytest.raises(Damaged, match="has the digest"):
            copy_thing(archive.place.store, replica, key, lambda _: Digest.of(b"other"), FREE, Tally())
        assert list(replica.list("")) == []
        replica.put(key, b"other", sha256=Digest.of(b"other"), size=5)
        with pytest.raises(StoreConflict):
            copy_thing(archive.place.store, replica, key, lambda _: None, FREE, Tally())
