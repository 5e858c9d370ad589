# SPDX-License-Identifier: Apache-2.0
"""The operating system's files behind the seam: nothing replaced, nothing followed, nothing half written unnoticed."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.disk import OsDisk
from archiver.errors import DiskFault, StoreUnavailable


@pytest.fixture
def disk() -> OsDisk:
    return OsDisk()


@pytest.fixture
def full() -> Iterator[int]:
    """A device on which every write finds no space left."""
    handle = os.open("/dev/full", os.O_WRONLY)
    yield handle
    os.close(handle)


def write(disk: OsDisk, path: Path, content: bytes) -> None:
    handle = disk.create(path)
    disk.append(handle, content)
    disk.sync(handle)
    disk.close(handle)


def test_what_is_appended_is_there_in_order(disk: OsDisk, tmp_path: Path) -> None:
    handle = disk.create(tmp_path / "a")
    for piece in (b"one ", bytearray(b"two "), memoryview(b"three"), b""):
        disk.append(handle, piece)
    disk.sync(handle)
    disk.close(handle)
    assert (tmp_path / "a").read_bytes() == b"one two three"


def test_create_never_takes_an_existing_file(disk: OsDisk, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        disk.create(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"old"


def test_create_never_goes_through_a_link(disk: OsDisk, tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        disk.create(tmp_path / "dangling")
    assert not (tmp_path / "elsewhere").exists()


def test_create_in_a_missing_folder_says_so(disk: OsDisk, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        disk.create(tmp_path / "no" / "a")


def test_reopen_appends_to_what_is_there(disk: OsDisk, tmp_path: Path) -> None:
    write(disk, tmp_path / "a", b"one ")
    handle = disk.reopen(tmp_path / "a")
    disk.append(handle, b"two")
    disk.close(handle)
    assert (tmp_path / "a").read_bytes() == b"one two"


def test_reopen_refuses_a_missing_file_and_a_link(disk: OsDisk, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        disk.reopen(tmp_path / "a")
    (tmp_path / "target").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(DiskFault):
        disk.reopen(tmp_path / "link")


def test_cut_shortens_and_appending_goes_on_from_there(disk: OsDisk, tmp_path: Path) -> None:
    handle = disk.create(tmp_path / "a")
    disk.append(handle, b"whole, torn")
    disk.cut(handle, 5)
    disk.append(handle, b"!")
    disk.close(handle)
    assert (tmp_path / "a").read_bytes() == b"whole!"


def test_a_short_write_is_carried_on_until_the_fault_shows(disk: OsDisk, tmp_path: Path) -> None:
    # at the limit the kernel takes a part of the write and reports success; only the next one fails
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handle = disk.create(tmp_path / "a")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(DiskFault, match="writing"):
            disk.append(handle, bytes((1 << 20) + 1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        disk.close(handle)
    assert (tmp_path / "a").stat().st_size == 1 << 20


def test_no_space_is_an_unavailable_store_with_advice(disk: OsDisk, full: int) -> None:
    with pytest.raises(StoreUnavailable, match="no space left") as seen:
        disk.append(full, b"x")
    assert "Free some space" in seen.value.advice


def test_a_sync_that_fails_is_a_disk_fault(disk: OsDisk) -> None:
    reader, writer = os.pipe()
    try:
        with pytest.raises(DiskFault, match="syncing"):
            disk.sync(writer)
    finally:
        os.close(reader)
        os.close(writer)


def test_a_handle_that_is_none_is_a_disk_fault(disk: OsDisk, tmp_path: Path) -> None:
    handle = disk.create(tmp_path / "a")
    disk.close(handle)
    for call in (disk.sync, disk.close, lambda one: disk.append(one, b"x"), lambda one: disk.cut(one, 0)):
        with pytest.raises(DiskFault):
            call(handle)


def test_a_name_that_may_not_be_made_is_an_unavailable_store(disk: OsDisk) -> None:
    # the kernel lets nobody make files in /sys, root included
    with pytest.raises(StoreUnavailable):
        disk.create(Path("/sys/archiver-test"))


def test_link_gives_a_second_name_and_never_takes_one(disk: OsDisk, tmp_path: Path) -> None:
    write(disk, tmp_path / "a", b"content")
    disk.link(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"
    write(disk, tmp_path / "c", b"other")
    with pytest.raises(FileExistsError):
        disk.link(tmp_path / "c", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"


def test_rename_takes_the_name_from_whatever_had_it(disk: OsDisk, tmp_path: Path) -> None:
    write(disk, tmp_path / "a", b"new")
    write(disk, tmp_path / "b", b"old")
    disk.rename(tmp_path / "a", tmp_path / "b")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("b", b"new")]
    with pytest.raises(FileNotFoundError):
        disk.rename(tmp_path / "a", tmp_path / "b")


def test_unlink_removes_a_name_and_a_missing_one_is_no_error(disk: OsDisk, tmp_path: Path) -> None:
    write(disk, tmp_path / "a", b"content")
    disk.unlink(tmp_path / "a")
    disk.unlink(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DiskFault):
        disk.unlink(tmp_path)


def test_folders_are_made_with_their_parents_and_each_name_is_synced(tmp_path: Path) -> None:
    class Noting(OsDisk):
        synced: list[Path]

        def sync_folder(self, path: Path) -> None:
            self.synced.append(path)
            super().sync_folder(path)

    disk = Noting()
    disk.synced = []
    disk.make_folder(tmp_path / "a" / "b" / "c")
    disk.make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert disk.synced[:3] == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]


def test_sync_folder_wants_a_folder(disk: OsDisk, tmp_path: Path) -> None:
    disk.sync_folder(tmp_path)
    write(disk, tmp_path / "a", b"")
    with pytest.raises(DiskFault):
        disk.sync_folder(tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        disk.sync_folder(tmp_path / "missing")
