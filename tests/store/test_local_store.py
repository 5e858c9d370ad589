# SPDX-License-Identifier: Apache-2.0
"""The store in a folder keeps the contract, in the order that power loss demands, and within its root."""

import contextlib
import errno
import os
from pathlib import Path

import pytest

from archiver.disk import OsDisk
from archiver.errors import (
    ArchiverError,
    BadInput,
    Damaged,
    DiskFault,
    StoreConflict,
    StoreUnavailable,
    StoreUnfit,
)
from archiver.ports import Abilities, Store
from archiver.store.local import LocalStore
from manifests.digest import Digest
from tests.contracts.store_contract import StoreContract, put
from tests.store.disks import Breaking, Flipping, Noting, PowerLoss

KEY = "segments/job/a.warc.gz"
CHECKPOINT = "ledger/checkpoint"


class FastDisk(OsDisk):
    """Leaves out what only power loss can tell, for tests that write many files."""

    def sync(self, handle: int) -> None:
        pass

    def sync_folder(self, path: Path) -> None:
        pass


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return LocalStore(tmp_path / "archive", FastDisk())


class TestLocalStoreOnTheRealDisk:
    def test_it_stores_and_gives_back(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path / "not" / "there" / "yet")
        put(store, KEY, b"content")
        put(store, KEY, b"content")
        assert store.get(KEY) == b"content"
        assert (tmp_path / "not" / "there" / "yet" / KEY).read_bytes() == b"content"

    def test_the_probe_sees_create_only_writes_without_checksums(self, tmp_path: Path) -> None:
        assert LocalStore(tmp_path).probe() == Abilities(create_only=True, checks_sha256=False)


class TestOrder:
    def test_the_file_is_synced_before_it_gets_its_name_and_the_folder_before_put_returns(self, tmp_path: Path) -> None:
        disk = Noting()
        store = LocalStore(tmp_path / "archive", disk)
        put(store, KEY, b"x" * 3_000_000)
        calls = [call for call, _ in disk.calls]
        assert calls[calls.index("create") :] == [
            "create", "append", "append", "append", "sync", "close", "link", "unlink", "sync_folder",
        ]  # fmt: skip
        assert disk.calls[-1] == ("sync_folder", "job")

    def test_an_object_of_another_writer_is_synced_with_its_folder_before_it_counts(self, tmp_path: Path) -> None:
        put(LocalStore(tmp_path), KEY, b"content")
        disk = Noting()
        put(LocalStore(tmp_path, disk), KEY, b"content")
        after = disk.calls[disk.calls.index(("link", "a.warc.gz")) + 2 :]
        assert after == [
            ("reopen", "a.warc.gz"), ("sync", "a.warc.gz"), ("close", "a.warc.gz"), ("sync_folder", "job"),
        ]  # fmt: skip

    def test_folders_made_by_another_are_synced_once_by_each_store(self, tmp_path: Path) -> None:
        (tmp_path / "archive" / "segments" / "job").mkdir(parents=True)
        disk = Noting()
        store = LocalStore(tmp_path / "archive", disk)
        put(store, KEY, b"1")
        assert [name for call, name in disk.calls if call == "sync_folder"][-3:] == ["archive", "segments", "job"]
        before = len(disk.calls)
        put(store, "segments/job/b", b"2")
        assert [name for call, name in disk.calls[before:] if call == "sync_folder"] == ["job"]


class TestPowerLoss:
    def test_what_put_promised_is_still_there(self, tmp_path: Path) -> None:
        disk = PowerLoss()
        store = LocalStore(tmp_path, disk)
        for number in range(3):
            put(store, f"a/{number}/b", b"content")
            assert disk.left(tmp_path) == {f"a/{one}/b": b"content" for one in range(number + 1)}

    def test_what_another_wrote_without_any_sync_is_there_once_put_was_called_for_it(self, tmp_path: Path) -> None:
        put(LocalStore(tmp_path, FastDisk()), KEY, b"content")
        disk = PowerLoss()
        put(LocalStore(tmp_path, disk), KEY, b"content")
        assert disk.left(tmp_path) == {KEY: b"content"}

    @pytest.mark.parametrize("forgotten", ["sync", "sync_folder", "sync_folder segments", "sync_folder job"])
    def test_each_sync_is_needed(self, tmp_path: Path, forgotten: str) -> None:
        disk = PowerLoss(without=forgotten)
        put(LocalStore(tmp_path, disk), KEY, b"content")
        assert disk.left(tmp_path) != {KEY: b"content"}


class TestReplacing:
    def test_the_new_checkpoint_is_synced_before_it_gets_the_name_and_the_folder_after(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        store.replace(CHECKPOINT, b"old")
        store._disk = disk = Noting()
        store.replace(CHECKPOINT, b"new")
        assert [call for call, _ in disk.calls] == ["create", "append", "sync", "close", "rename", "sync_folder"]
        assert disk.calls[-2:] == [("rename", "checkpoint"), ("sync_folder", "ledger")]

    def test_after_a_power_loss_it_is_what_replace_promised(self, tmp_path: Path) -> None:
        disk = PowerLoss()
        store = LocalStore(tmp_path, disk)
        for content in (b"one", b"two", b""):
            store.replace(CHECKPOINT, content)
            assert disk.left(tmp_path) == {CHECKPOINT: content}

    @pytest.mark.parametrize("forgotten", ["sync", "sync_folder", "sync_folder ledger"])
    def test_each_sync_is_needed(self, tmp_path: Path, forgotten: str) -> None:
        disk = PowerLoss(without=forgotten)
        LocalStore(tmp_path, disk).replace(CHECKPOINT, b"new")
        assert disk.left(tmp_path) != {CHECKPOINT: b"new"}

    def test_a_fault_at_any_call_leaves_the_old_checkpoint_or_the_new_one(self, tmp_path: Path) -> None:
        at, broke = 0, True
        while broke:
            at += 1
            root = tmp_path / str(at)
            LocalStore(root).replace(CHECKPOINT, b"old")
            disk = Breaking(at)
            store = LocalStore(root, disk)
            with contextlib.suppress(DiskFault):
                store.replace(CHECKPOINT, b"new")
            assert store.get(CHECKPOINT) in (b"old", b"new")
            assert list(store.list("")) == [CHECKPOINT]
            broke = disk.broke
            disk.mend()
            store.replace(CHECKPOINT, b"new")
            assert store.get(CHECKPOINT) == b"new"
        assert at > 6

    def test_a_failed_write_leaves_no_file_behind(self, tmp_path: Path) -> None:
        disk = Noting()
        LocalStore(tmp_path, disk).replace(CHECKPOINT, b"old")
        calls = [call for call, _ in disk.calls]
        for call in ("append", "sync", "close", "rename"):
            with pytest.raises(DiskFault):
                LocalStore(tmp_path, Breaking(calls.index(call) + 1)).replace(CHECKPOINT, b"new")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / CHECKPOINT]

    def test_a_link_in_its_place_is_replaced_and_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "outside").write_bytes(b"mine")
        (tmp_path / "archive" / "ledger").mkdir(parents=True)
        (tmp_path / "archive" / CHECKPOINT).symlink_to(tmp_path / "outside")
        store = LocalStore(tmp_path / "archive")
        store.replace(CHECKPOINT, b"new")
        assert store.get(CHECKPOINT) == b"new"
        assert (tmp_path / "outside").read_bytes() == b"mine"

    def test_a_swept_link_leaves_what_it_led_to(self, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "a").write_bytes(b"mine")
        (tmp_path / "archive").mkdir()
        (tmp_path / "archive" / "staging").symlink_to(tmp_path / "outside")
        with pytest.raises(StoreUnavailable, match="symbolic link"):
            LocalStore(tmp_path / "archive").sweep("staging/a")
        assert (tmp_path / "outside" / "a").read_bytes() == b"mine"


class TestFaults:
    @pytest.mark.parametrize("held", [None, b"content"])
    def test_a_fault_at_any_call_leaves_no_partial_object_and_the_next_put_heals(
        self, tmp_path: Path, held: bytes | None
    ) -> None:
        at, broke = 0, True
        while broke:
            at += 1
            root = tmp_path / str(at)
            if held is not None:
                put(LocalStore(root), KEY, held)
            disk = Breaking(at)
            store = LocalStore(root, disk)
            try:
                put(store, KEY, b"content")
            except DiskFault:
                assert list(store.list("")) in ([], [KEY])
                if store.head(KEY) is not None:
                    assert store.get(KEY) == b"content"
            broke = disk.broke
            disk.mend()
            put(store, KEY, b"content")
            assert store.get(KEY) == b"content"
        assert at > 8

    def test_a_failed_write_leaves_nothing_behind(self, tmp_path: Path) -> None:
        disk = Noting()
        put(LocalStore(tmp_path / "noted", disk), KEY, b"content")
        at = [call for call, _ in disk.calls].index("append") + 1
        with pytest.raises(DiskFault):
            put(LocalStore(tmp_path / "broken", Breaking(at)), KEY, b"content")
        assert [path for path in (tmp_path / "broken").rglob("*") if path.is_file()] == []

    def test_a_bit_that_was_written_wrong_is_found_by_the_read_back(self, tmp_path: Path) -> None:
        with pytest.raises(Damaged):
            put(LocalStore(tmp_path, Flipping()), KEY, b"content")

    @pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
    def test_a_file_system_without_hard_links_is_unfit(self, tmp_path: Path, number: int) -> None:
        class NoLinks(OsDisk):
            def link(self, old: Path, new: Path) -> None:
                raise DiskFault("linking") from OSError(number, os.strerror(number))

        with pytest.raises(StoreUnfit, match="hard links"):
            put(LocalStore(tmp_path, NoLinks()), KEY, b"content")
        with pytest.raises(StoreUnfit):
            LocalStore(tmp_path, NoLinks()).probe()

    def test_a_full_disk_is_no_conflict_and_leaves_nothing(self, tmp_path: Path) -> None:
        class Full(OsDisk):
            def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
                raise StoreUnavailable("no space left")

        store = LocalStore(tmp_path, Full())
        with pytest.raises(StoreUnavailable):
            put(store, KEY, b"content")
        assert list((tmp_path / "segments" / "job").iterdir()) == []

    def test_a_folder_that_vanishes_is_an_unavailable_store(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path / "archive")
        put(store, KEY, b"content")
        (tmp_path / "archive").rename(tmp_path / "gone")
        with pytest.raises(StoreUnavailable):
            put(store, "segments/job/b", b"content")
        put(store, "segments/job/b", b"content")


class TestTheFolder:
    def test_a_key_that_is_a_folder_of_others_is_refused(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        put(store, "a/b", b"1")
        for key in ("a", "a/b/c", "a/b/c/d"):
            with pytest.raises(BadInput):
                put(store, key, b"2")
        assert list(store.list("")) == ["a/b"]

    def test_unfinished_writes_and_foreign_files_are_not_listed(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        put(store, "a/b", b"1")
        (tmp_path / "a" / ".0123.tmp").write_bytes(b"half")
        (tmp_path / ".snapshots").mkdir()
        (tmp_path / ".snapshots" / "b").write_bytes(b"x")
        (tmp_path / "Thumbs.db").write_bytes(b"x")
        assert list(store.list("")) == ["a/b"]

    def test_a_link_out_of_the_root_is_followed_by_nothing(self, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "b").write_bytes(b"secret")
        root = tmp_path / "root"
        root.mkdir()
        (root / "a").symlink_to(outside)
        store = LocalStore(root)
        for call in (store.get, store.open, store.head):
            with pytest.raises(StoreUnavailable):
                call("a/b")
        for key in ("a/b", "a/c", "a/d/e"):
            with pytest.raises(StoreUnavailable):
                put(store, key, b"x")
        assert list(store.list("")) == []
        assert [path.name for path in outside.iterdir()] == ["b"]

    def test_a_link_in_the_place_of_an_object_is_no_object(self, tmp_path: Path) -> None:
        (tmp_path / "outside").write_bytes(b"secret")
        root = tmp_path / "root"
        root.mkdir()
        (root / "a").symlink_to(tmp_path / "outside")
        (root / "dangling").symlink_to(tmp_path / "new")
        store = LocalStore(root)
        for key in ("a", "dangling"):
            with pytest.raises(StoreUnavailable):
                store.get(key)
            with pytest.raises(StoreUnavailable):
                put(store, key, b"secret")
            assert store.head(key) is None
        assert list(store.list("")) == []
        assert not (tmp_path / "new").exists()

    def test_a_root_that_is_itself_a_link_serves(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "root").symlink_to(tmp_path / "real")
        store = LocalStore(tmp_path / "root")
        put(store, KEY, b"content")
        assert store.get(KEY) == b"content"
        assert list(store.list("")) == [KEY]

    def test_a_named_pipe_is_no_object_and_nobody_waits_for_it(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(KeyError):
            LocalStore(tmp_path).get("pipe")

    def test_a_disk_that_cannot_be_read_is_an_unavailable_store(self) -> None:
        # /proc/self/mem exists and its first page cannot be read: EIO from the kernel
        store = LocalStore(Path("/proc/self"))
        with pytest.raises(StoreUnavailable), store.open("mem") as stream:
            stream.read(10)

    def test_an_object_without_permission_is_unavailable(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        put(store, KEY, b"content")
        (tmp_path / KEY).chmod(0)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)  # root may read everything
        try:
            with pytest.raises(StoreUnavailable, match="permission"):
                store.get(KEY)
        finally:
            os.seteuid(before)

    def test_a_changed_object_conflicts_with_the_bytes_it_had(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        put(store, KEY, b"content")
        (tmp_path / KEY).write_bytes(b"CONTENT")
        with pytest.raises(StoreConflict):
            put(store, KEY, b"content")

    def test_a_source_that_cannot_be_read_is_a_disk_fault_and_leaves_nothing(self, tmp_path: Path) -> None:
        with open("/proc/self/mem", "rb") as source, pytest.raises(ArchiverError):
            LocalStore(tmp_path).put("a", source, sha256=Digest.of(b"x"), size=1)
        assert list(tmp_path.iterdir()) == []
