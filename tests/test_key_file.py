# SPDX-License-Identifier: Apache-2.0
"""A private key is written once, for its owner alone, and read only while that is so."""

import os
import stat
from pathlib import Path

import pytest

from archiver import key_file
from archiver.disk import OsDisk
from archiver.errors import ArchiveFault, BadInput

SECRET = b"-----BEGIN PRIVATE KEY-----\n"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_its_owner_may_read_it_whatever_the_habits_of_the_system(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "deep" / "down" / "key.pem"
    before = os.umask(mask)
    try:
        key_file.write(path, SECRET, OsDisk())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key_file.read(path) == SECRET


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    key_file.write(path, SECRET, OsDisk())
    with pytest.raises(BadInput, match="already is a key"):
        key_file.write(path, b"another", OsDisk())
    assert path.read_bytes() == SECRET


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        key_file.write(tmp_path / "key.pem", SECRET, OsDisk())
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o610, 0o601])
def test_a_key_that_others_may_touch_is_not_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key.pem"
    key_file.write(path, SECRET, OsDisk())
    path.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600"):
        key_file.read(path)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_key_that_is_its_owners_alone_is_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key.pem"
    key_file.write(path, SECRET, OsDisk())
    path.chmod(mode)
    assert key_file.read(path) == SECRET


def test_a_key_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert key_file.read(tmp_path / "key.pem") is None


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises((BadInput, ArchiveFault)):
        key_file.read(tmp_path)
