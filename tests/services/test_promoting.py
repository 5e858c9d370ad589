# SPDX-License-Identifier: Apache-2.0
"""Local copies stay until a replica has the segment; a replica becomes the primary and loses nothing by it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.crawling.running import having
from archiver.errors import BadInput
from archiver.services.ingest import Ingest, recover
from infra.crash.scratch import scratch
from tests.services.exchanges import context, exchange, page, plain
from tests.services.replicated import PLACE, files_of, flip, found_urls, keep, kept_files, made, opened, synced


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: what these tests write is synced a thousand times."""
    with scratch() as folder:
        yield folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with made(tmp_path / "first") as one:
        yield one


class TestLocalCopies:
    def test_a_segment_keeps_its_local_copy_until_a_replica_has_it(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        (tmp_path / "second").rename(tmp_path / "unplugged")
        keep(archive, "a")
        world = archive.world()
        (segment,) = world.state.kept()
        assert world.spool.folders() == [segment.segment_id]
        assert world.state.unfinished() == []
        assert recover(world) == []  # nothing is done again, and nothing is taken away
        assert world.spool.folders() == [segment.segment_id]
        assert found_urls(archive) == [PLACE + "a"]
        (tmp_path / "unplugged").rename(tmp_path / "second")
        synced(archive.replicas, "second")
        assert (world.state.kept(), world.spool.folders()) == ([], [])

    def test_one_replica_that_has_it_is_enough(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        archive.replicas.add(str(tmp_path / "third"))
        (tmp_path / "third").rename(tmp_path / "unplugged")
        keep(archive, "a")
        assert len(archive.replica_faults) == 1
        assert archive.world().spool.folders() == []

    def test_without_a_replica_nothing_is_kept_any_longer(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        (tmp_path / "second").rename(tmp_path / "unplugged")
        keep(archive, "a")
        assert archive.replicas.retire(archive.replicas.get("second")) is None
        assert archive.world().spool.folders() == []
        keep(archive, "b")
        assert archive.world().spool.folders() == []


class TestMovingOn:
    def test_retiring_says_what_only_the_replica_has_and_removes_nothing(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        before = kept_files(tmp_path / "second")
        shutil.rmtree(tmp_path / "first" / "segments")
        only = archive.replicas.retire(archive.replicas.get("second"))
        assert only == [key for key in before if key.endswith("/segment.json")]
        assert kept_files(tmp_path / "second") == before
        assert archive.replicas.all() == []

    def test_a_promoted_replica_is_written_to_and_the_old_primary_follows(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        first, second = tmp_path / "first", tmp_path / "second"
        keep(archive, "a")
        archive.replicas.add(str(second))
        promoted = archive.replicas.promote(archive.replicas.get("second"), former="former", deep=True)
        assert (promoted.place, promoted.former) == (str(second), "former")
        with opened(second, state=first) as moved:
            keep(moved, "b")
            assert found_urls(moved) == [PLACE + "a", PLACE + "b"]
            assert [one.place for one in moved.replicas.all()] == [str(first)]
            assert moved.verify().findings == []
        assert kept_files(first) == kept_files(second)

    def test_the_old_primary_takes_nothing_any_more_from_whoever_has_it_open(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        first, second = tmp_path / "first", tmp_path / "second"
        archive.replicas.add(str(second))
        with opened(first) as slow:
            slow.world()
            archive.replicas.promote(archive.replicas.get("second"), former="former", deep=False)
            with pytest.raises(BadInput, match="not the primary"):
                keep(slow, "late")
            with pytest.raises(BadInput, match="not the primary"):
                slow.ledger.log()
        with pytest.raises(BadInput, match="not the primary"), opened(first) as again:
            again.world()
        with opened(second, state=first) as moved:
            moved.world()  # what was sealed too late is stored in the new primary
            assert found_urls(moved) == [PLACE + "late"]

    def test_a_replica_that_is_named_by_mistake_is_read_and_not_written_to(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        first, second = tmp_path / "first", tmp_path / "second"
        archive.replicas.add(str(second))
        keep(archive, "a")
        archive.close()
        before = kept_files(second)
        with opened(second, state=first) as mistaken:
            assert found_urls(mistaken) == [PLACE + "a"]
            with pytest.raises(BadInput, match="is a replica"):
                keep(mistaken, "b")
            with pytest.raises(BadInput, match="is a replica"):
                mistaken.ledger.log()
        assert kept_files(second) == before
        with opened(first) as right:
            right.world()  # what was sealed under the wrong name is stored where it belongs
            assert found_urls(right) == [PLACE + "a", PLACE + "b"]

    def test_nothing_is_promoted_while_a_segment_is_written(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        ingest = Ingest(archive.world(), "adhoc")
        ingest.record(exchange(plain(page()), PLACE + "a"), context(PLACE + "a"))
        with pytest.raises(BadInput, match="is being written"):
            archive.replicas.promote(archive.replicas.get("second"), former="former", deep=False)
        ingest.finish()
        archive.replicas.promote(archive.replicas.get("second"), former="former", deep=False)

    def test_a_replica_that_differs_is_not_promoted(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        keep(archive, "a")
        (warc,) = files_of(tmp_path / "second", "*.warc.gz")
        flip(warc)
        with pytest.raises(BadInput, match="is different, 1 differences"):
            archive.replicas.promote(archive.replicas.get("second"), former="former", deep=True)
        assert archive.world().state.fact("primary") is None

    def test_a_replica_takes_over_from_a_lost_primary_and_gets_what_was_kept_here(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        first, second, state = tmp_path / "first", tmp_path / "second", tmp_path / "state"
        archive.replicas.add(str(second))
        keep(archive, "a")
        second.rename(tmp_path / "unplugged")
        keep(archive, "b")
        keep(archive, "c")
        newest = "ledger/heads/0000000003"
        before = (first / newest).read_bytes()
        archive.close()
        (tmp_path / "unplugged").rename(second)
        # The store of the archive is lost; what this machine keeps of its own is not.
        state.mkdir()
        for path in [*first.glob("*.sqlite*"), first / "spool"]:
            path.rename(state / path.name)
        shutil.rmtree(first)
        with opened(second, state=state) as left:
            promoted = left.replicas.take_over()
            assert (promoted.place, promoted.again, promoted.lost) == (str(second), 2, 0)
            assert (promoted.heads, promoted.fault) == (2, None)
            assert left.replicas.take_over().heads == 0
        with opened(second, state=state) as moved:
            assert found_urls(moved) == [PLACE + "a", PLACE + "b", PLACE + "c"]
            assert moved.ledger.log() is not None
            keep(moved, "d")
            assert moved.ledger.fault is None
            assert moved.ledger.standing().head.size == 4
            assert moved.rebuild().findings == ()
            assert moved.verify().findings == []
            assert found_urls(moved) == [PLACE + one for one in "abcd"]
        assert (second / newest).read_bytes() == before

    def test_a_primary_whose_folder_was_moved_is_taken_where_it_is_now(self, archive: Archive, tmp_path: Path) -> None:
        first, second, third = (tmp_path / one for one in ("first", "second", "third"))
        archive.replicas.add(str(second))
        archive.replicas.promote(archive.replicas.get("second"), former="former", deep=False)
        archive.close()
        second.rename(third)
        with opened(third, state=first) as moved:
            with pytest.raises(BadInput, match="not the primary"):
                moved.world()
            moved.replicas.take_over()
            keep(moved, "a")
            assert found_urls(moved) == [PLACE + "a"]

    def test_a_running_crawl_is_paused_first(self, archive: Archive, tmp_path: Path) -> None:
        archive.replicas.add(str(tmp_path / "second"))
        state = archive.world().state
        with state.writing() as connection:
            assert state.crawls.begin(connection, "c" * 26, "quay", "", "2026-03-03T10:00:00+00:00") is not None
        with (
            having(tmp_path / "first", "c" * 26),
            pytest.raises(BadInput, match="is running"),
        ):
            archive.replicas.promote(archive.replicas.get("second"), former="former", deep=False)
        archive.replicas.promote(archive.replicas.get("second"), former="former", deep=False)

    def test_a_store_that_is_no_replica_takes_nothing_over(self, archive: Archive, tmp_path: Path) -> None:
        keep(archive, "a")
        shutil.copytree(tmp_path / "first", tmp_path / "second")
        with opened(tmp_path / "second") as other, pytest.raises(BadInput, match="no replica that this machine knows"):
            other.replicas.take_over()
