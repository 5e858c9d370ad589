# SPDX-License-Identifier: Apache-2.0
"""Orphans and gaps are told by kind and key, what fits is passed over, and nothing in the store is changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.options import CaptureOptions
from archiver.services.reconciling import KINDS
from archiver.settings import read
from manifests.digest import Digest
from tests.faces.outlet import Outlet, numbered


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = read({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "keys")})
    with Outlet(numbered(2)) as outlet, Archive.init(tmp_path / "archive", settings=settings) as one:
        for path in ("/1", "/2"):
            one.capture(outlet.url(path), CaptureOptions(allow_private=(outlet.place,), site_files=False))
        assert list(one.reconcile()) == []
        yield one


def put(archive: Archive, key: str, content: bytes = b"?") -> None:
    archive.place.store.put(key, content, sha256=Digest.of(content), size=len(content))


def remove(archive: Archive, key: str) -> None:
    path = Path(archive.place.name) / key
    path.chmod(0o644)
    path.unlink()


def found(archive: Archive) -> set[tuple[str, str]]:
    return {(one.kind, one.key) for one in archive.reconcile()}


def folder(archive: Archive) -> str:
    return archive.catalog().all_segments()[0].folder


def test_files_that_no_seal_names_are_orphans(archive: Archive) -> None:
    strange = [
        f"{folder(archive)}note.txt", "claims/x.txt", "notes/readme.txt", "ledger/tile/0/1", "ledger/heads/1", "segments/a",
    ]  # fmt: skip
    for key in strange:
        put(archive, key)
    put(archive, "staging/probe-1")
    put(archive, "ledger/tile/0/x001/234.p/7")
    assert found(archive) == {("orphan", key) for key in strange}


def test_files_without_their_seal_are_told_by_their_folder(archive: Archive) -> None:
    put(archive, "segments/adhoc/2026/01/01/01jd8000000000000000000000/a.warc.gz")
    put(archive, "crawls/01jd8000000000000000000000/job.yaml")
    assert found(archive) == {
        ("unsealed", "segments/adhoc/2026/01/01/01jd8000000000000000000000/"),
        ("unsealed", "crawls/01jd8000000000000000000000/"),
    }


@pytest.mark.parametrize("name", ["manifests.jsonl.gz", "index.cdxj", "warc"])
def test_a_missing_file_of_a_seal_is_a_gap(archive: Archive, name: str) -> None:
    segment = archive.catalog().all_segments()[0]
    key = segment.folder + (segment.warc if name == "warc" else name)
    remove(archive, key)
    assert found(archive) == {("gap", key)}


def test_a_missing_seal_is_a_gap_and_its_files_are_unsealed(archive: Archive) -> None:
    key = folder(archive) + "segment.json"
    remove(archive, key)
    assert found(archive) == {("gap", key), ("unsealed", folder(archive))}


def test_a_seal_that_cannot_be_read_is_damaged_and_its_files_are_not_orphans(archive: Archive) -> None:
    key = folder(archive) + "segment.json"
    path = Path(archive.place.name) / key
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    assert found(archive) == {("damaged", key)}


def test_what_another_machine_sealed_is_neither_in_the_catalog_nor_in_the_ledger(
    archive: Archive, tmp_path: Path
) -> None:
    key = folder(archive) + "segment.json"
    content = archive.place.store.get(key)
    moved = "segments/adhoc/2026/01/01/01jd8000000000000000000000/segment.json"
    put(archive, moved, content)
    assert found(archive) == {("damaged", moved), ("uncatalogued", moved), ("unlogged", moved)}


def test_every_kind_is_explained_and_nothing_is_changed(archive: Archive) -> None:
    put(archive, "notes/readme.txt")
    before = {path: path.stat().st_mtime_ns for path in Path(archive.place.name).rglob("*.gz")}
    assert {kind for kind, _ in found(archive)} <= KINDS.keys()
    assert {path: path.stat().st_mtime_ns for path in Path(archive.place.name).rglob("*.gz")} == before
