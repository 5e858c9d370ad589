# SPDX-License-Identifier: Apache-2.0
"""Proof packs on disk: written whole, checked by `verify` and by the README's own commands; hostile folders and zips."""

import inspect
import io
import os
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.errors import BadInput
from archiver.faces.proof import pack as packs
from archiver.services.proving import Pack
from tests.faces.command import Here
from tests.faces.outlet import Outlet
from tests.ledger.authority import LocalAuthority
from tests.services.packs import SITE, authorities_file, capture, pages, settings
from tests.site.server import Site

ODD = ("close-in-header", "close-before-any-byte", "cl-surplus", "partial-unasked", "te-and-cl")


@dataclass
class Made:
    folder: Path
    every: Pack
    """Each capture of two segments: pages, redirect, answers that are none, a revisit."""
    odd: Pack
    """Answers that break HTTP."""
    unsigned: Pack
    roots: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("files")
    with Outlet(SITE) as outlet, Site() as site, LocalAuthority(folder) as authority:
        given = settings(folder, authorities=authorities_file(folder, ("local", authority)))
        with Archive.init(folder / "archive", settings=given) as archive:
            first = pages(archive, outlet, "/anchor", "/beacon", "/moved", "/gone", "/empty")
            second = pages(archive, outlet, "/anchor")
            archive.ledger.attesting.stamp()
            every = archive.prove([one.capture_id for one in (*first.values(), *second.values())])
            found = capture(archive, *(site.url(name) for name in ODD))
            odd = archive.prove([one.capture_id for one in found.values()])
        (folder / "archive" / "ledger").rename(folder / "archive" / "put-away")
        for name in ("state.sqlite", "ledger.sqlite"):
            (folder / "archive" / name).unlink(missing_ok=True)
        with Archive.open(folder / "archive", settings=settings(folder)) as archive:
            unsigned = archive.prove([second["/anchor"].capture_id])
        yield Made(folder, every, odd, unsigned, folder / "local.pem")


def stranger(folder: Path) -> tuple[list[str], str]:
    """What the commands of a pack's README say, run as they stand, with system tools and nothing else."""
    commands = re.findall(r"^```sh\n(.*?)^```$", (folder / "README.txt").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-c", "".join(commands)], cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    told = re.compile(r"(subject=|sha256 Fingerprint=|[0-9a-f]{64}  -)")
    return [line for line in done.stdout.splitlines() if not told.match(line)], done.stderr


@pytest.mark.parametrize("which", ["every", "odd", "unsigned"])
def test_every_command_of_the_readme_says_ok_and_verify_does_too(
    made: Made, tmp_path: Path, here: Here, which: str
) -> None:
    files = packs.files_of(getattr(made, which))
    packs.write_folder(tmp_path / "pack", files)
    said, errors = stranger(tmp_path / "pack")
    assert [line for line in said if not line.endswith(": OK")] == []
    assert len(said) >= 4 * len(getattr(made, which).facts.captures)
    assert errors == ""
    assert packs.read(tmp_path / "pack").keys() >= files.keys()
    ran = here("verify", "pack")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert "Every step holds" in ran.err
    assert ("Digests only" in ran.err) == (which == "unsigned")


def test_a_zip_is_the_same_pack_whoever_packed_it(made: Made, tmp_path: Path, here: Here) -> None:
    files = packs.files_of(made.every)
    packs.write_zip(tmp_path / "pack.zip", files)
    packs.write_zip(tmp_path / "again.zip", files)
    assert packs.read(tmp_path / "pack.zip") == files
    with zipfile.ZipFile(tmp_path / "pack.zip") as held:
        assert {name.partition("/")[0] for name in held.namelist()} == {"pack"}
        assert {stat.S_IMODE(one.external_attr >> 16) for one in held.infolist()} == {0o644}
        held.extractall(tmp_path)
    assert packs.read(tmp_path / "pack") == files
    with zipfile.ZipFile(tmp_path / "loose.zip", "w", zipfile.ZIP_DEFLATED) as loose:
        for name, content in files.items():
            loose.writestr(name, content)
    assert packs.read(tmp_path / "loose.zip") == files
    assert here("verify", "loose.zip", "--root", str(made.roots)).code == 0


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zips_that_are_traps_are_the_callers_mistake_and_write_nothing(made: Made, tmp_path: Path, here: Here) -> None:
    files = packs.files_of(made.unsigned)
    whole = [(f"p/{name}", content) for name, content in files.items()]
    big = bytes(64 << 20)
    for members, method, words in (
        ([*whole, ("p/../../out", b"x")], zipfile.ZIP_DEFLATED, "names a file outside of it"),
        ([*whole, ("/tmp/out", b"x")], zipfile.ZIP_DEFLATED, "names a file outside of it"),
        ([*whole, ("p\\..\\out", b"x")], zipfile.ZIP_DEFLATED, "names a file outside of it"),
        ([*whole, whole[3]], zipfile.ZIP_DEFLATED, "twice"),
        ([*whole, ("p/./pack.json", b"{}")], zipfile.ZIP_DEFLATED, "twice"),
        ([*whole, ("q/pack.json", b"{}")], zipfile.ZIP_DEFLATED, "holds 2 files pack.json"),
        ([("p/README.txt", b"x")], zipfile.ZIP_DEFLATED, "holds 0 files pack.json"),
        ([], zipfile.ZIP_DEFLATED, "holds 0 files pack.json"),
        ([*whole, ("p/bomb", big)], zipfile.ZIP_DEFLATED, "a bomb"),
        ([*whole, (link("p/linked"), b"/etc/passwd")], zipfile.ZIP_DEFLATED, "in a form that no proof pack has"),
        (whole, zipfile.ZIP_LZMA, "in a form that no proof pack has"),
        (whole, zipfile.ZIP_BZIP2, "in a form that no proof pack has"),
    ):
        (tmp_path / "z").mkdir(exist_ok=True)
        path = zipped(tmp_path / "z" / "trap.zip", *members, method=method)
        with pytest.raises(BadInput, match=words):
            packs.read(path)
        ran = here("verify", str(path))
        assert (ran.code, ran.out) == (2, ""), ran
        assert [one.name for one in (tmp_path / "z").iterdir()] == ["trap.zip"]
    assert not (tmp_path / "out").exists()


def test_a_zip_with_any_octet_changed_or_cut_is_a_mistake_or_a_failed_step_and_never_crashes(
    made: Made, tmp_path: Path
) -> None:
    packs.write_zip(tmp_path / "pack.zip", packs.files_of(made.unsigned))
    whole = (tmp_path / "pack.zip").read_bytes()
    files = packs.read(tmp_path / "pack.zip")
    path = tmp_path / "changed.zip"
    for at in [*range(0, len(whole), 211), *range(len(whole) - 400, len(whole), 3)]:
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
            path.write_bytes(content)
            try:
                assert packs.read(path).keys() <= {*files} or content != whole
            except BadInput:
                continue


def test_links_and_pipes_in_a_folder_are_not_followed(made: Made, tmp_path: Path, here: Here) -> None:
    files = packs.files_of(made.unsigned)
    packs.write_folder(tmp_path / "pack", files)
    manifest = tmp_path / "pack" / "captures" / "1" / "manifest.json"
    manifest.rename(tmp_path / "elsewhere")
    manifest.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pack" / "more").symlink_to(tmp_path)
    (tmp_path / "pack" / "loop").symlink_to(tmp_path / "pack")
    os.mkfifo(tmp_path / "pack" / "pipe")
    assert packs.read(tmp_path / "pack").keys() == files.keys() - {"captures/1/manifest.json"}
    ran = here("verify", "pack")
    assert ran.code == 1
    assert "captures/1/manifest.json is not in the pack" in " ".join(ran.err.split())
    (tmp_path / "pack" / "pack.json").rename(tmp_path / "listed")
    (tmp_path / "pack" / "pack.json").symlink_to(tmp_path / "listed")
    assert here("verify", "pack").code == 2
    assert here("verify", "pack/pipe").code == 2


def test_a_folder_without_end_is_the_callers_mistake(made: Made, tmp_path: Path) -> None:
    files = packs.files_of(made.unsigned)
    packs.write_folder(tmp_path / "pack", files)
    (tmp_path / "pack" / Path(*"d" * 150)).mkdir(parents=True)
    assert packs.read(tmp_path / "pack") == files
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        found = packs.read(tmp_path / "pack")
    except BadInput as fault:
        said = str(fault)
    else:
        said = "" if found == files else "less"  # an interpreter that walks without recursion
    finally:
        sys.setrecursionlimit(limit)
    assert said == "" or "without end" in said


def test_more_files_or_octets_than_any_pack_has_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "pack.json").write_bytes(b"{}")
    with open(tmp_path / "pack" / "sparse", "wb") as stream:
        stream.truncate(packs.MOST_OCTETS + 1)
    with pytest.raises(BadInput, match="no proof pack"):
        packs.read(tmp_path / "pack")


def test_a_warc_file_that_ends_with_a_captured_zip_is_no_pack(here: Here, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as held:
        held.writestr("a.txt", os.urandom(2000))
    with Outlet({"/a.zip": SITE["/anchor"].__class__(inner.getvalue(), "application/zip")}) as outlet:
        assert here("capture", outlet.url("/a.zip"), "--no-site-files", "--allow-private", outlet.place).code == 0
    [warc] = tmp_path.rglob("*.warc.gz")
    ran = here("verify", str(warc))
    assert (ran.code, "is sound" in ran.err) == (0, True), ran.err


def test_nothing_is_written_over(made: Made, tmp_path: Path) -> None:
    files = packs.files_of(made.unsigned)
    (tmp_path / "kept").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("kept", "dangling", "no-folder/pack"):
        for write in (packs.write_folder, packs.write_zip):
            with pytest.raises(BadInput):
                write(tmp_path / name, files)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["dangling", "kept"]
