# SPDX-License-Identifier: Apache-2.0
"""Full disks, missing rights, broken databases, closed pipes and Ctrl-C: a sentence, an exit code, and a sound archive."""

import contextlib
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from tests.faces.command import AS_NOBODY, START, Ran, cli, ended, environment, start
from tests.faces.outlet import PAGE, Answer, Outlet, numbered

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the archive of a test goes."""
    return tmp_path


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may enter; pytest shuts its own to all others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _capture(site: Outlet, path: str, folder: Path, *more: str) -> Ran:
    return cli("capture", site.url(path), "--json", "--allow-private", site.place, *more, cwd=folder)


def _held(folder: Path, url: str) -> int:
    """How often a URL was captured, as the archive in `folder` says; everything in it is sound."""
    with Archive.open(folder / "archive") as archive:
        assert archive.verify().findings == []
        return len(archive.lookup(url))


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_an_archive_that_may_only_be_read_is_read_and_a_capture_into_it_says_why_not(public: Path) -> None:
    with Outlet(numbered(2)) as site:
        made = _capture(site, "/1", public).lines[0]
        if not AS_ROOT:
            for one in (*public.rglob("*"), public):
                one.chmod(one.stat().st_mode & ~0o222)
        code = AS_NOBODY if AS_ROOT else "from archiver.faces.cli import main; main()"
        before = _everything(public / "archive")
        try:
            assert cli("lookup", site.url("/1"), "--json", cwd=public, code=code).code == 0
            assert cli("manifest", made["capture_id"], cwd=public, code=code).code == 0
            assert cli("verify", cwd=public, code=code).code == 0
            refused = cli("capture", site.url("/2"), "--json", "--allow-private", site.place, cwd=public, code=code)
        finally:
            for one in (public, *public.rglob("*")):
                one.chmod(one.stat().st_mode | 0o700)
    assert (refused.code, refused.out) == (4, "")
    assert "writable" in refused.err
    assert _everything(public / "archive") == before


@pytest.fixture
def small(place: Path) -> Iterator[Path]:
    """A file system of one mebibyte, when this user may have one."""
    folder = place / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if not AS_ROOT or mount is None:
        pytest.skip("only root may mount a small file system")
    if subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    ).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_file_system_is_named_and_the_archive_goes_on_when_there_is_space_again(small: Path) -> None:
    noise = Answer(os.urandom(1_500_000), "image/png")
    with Outlet({"/a": Answer(PAGE), "/big": noise, "/b": Answer(PAGE.replace(b"noon", b"one"))}) as site:
        assert _capture(site, "/a", small).code == 0
        full = _capture(site, "/big", small)
        assert full.code == 4
        assert "space" in full.err or "full" in full.err
        assert full.out == ""
        assert _held(small, site.url("/a")) == 1
        later = _capture(site, "/b", small)
        assert later.code == 0, later.err
        assert [_held(small, site.url(path)) for path in ("/a", "/big", "/b")] == [1, 0, 1]


def test_a_file_system_that_is_full_before_the_first_byte_is_named(small: Path) -> None:
    (small / "ballast").write_bytes(b"x" * 1_000_000)
    with Outlet({"/a": Answer(PAGE)}) as site:
        ran = _capture(site, "/a", small)
        assert (ran.code, ran.out) == (4, "")
        assert "space" in ran.err or "full" in ran.err
        (small / "ballast").unlink()
        assert _capture(site, "/a", small).code == 0
        assert _held(small, site.url("/a")) == 1


def test_a_limit_on_the_size_of_files_ends_like_a_full_disk(place: Path) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    with Outlet({"/a": Answer(PAGE), "/big": Answer(os.urandom(700_000), "image/png")}) as site:
        assert _capture(site, "/a", place).code == 0
        given = ("capture", site.url("/big"), "--json", "--allow-private", site.place)
        ran = cli(*given, cwd=place, preexec_fn=limited)
        assert (ran.code, ran.out) == (4, "")
        assert "too large" in ran.err.lower() or "space" in ran.err
        assert _capture(site, "/big", place).code == 0
        assert [_held(place, site.url(path)) for path in ("/a", "/big")] == [1, 1]


def test_a_report_that_cannot_be_written_stops_the_run_and_what_was_captured_is_kept(
    small: Path, tmp_path: Path
) -> None:
    (small / "ballast").write_bytes(b"x" * ((1 << 20) - 8192))
    report = small / "report.csv"
    with Outlet({"/a": Answer(PAGE)}) as site:
        (tmp_path / "l.csv").write_text(f"url,words\n{site.url('/a')},{'w' * 20_000}\n")
        given = ("capture", "--input", "l.csv", "--report", str(report), "--json", "--allow-private", site.place)
        ran = cli(*given, cwd=tmp_path)
        assert ran.code == 4
        assert "report.csv" in ran.err
        assert _held(tmp_path, site.url("/a")) == 1


def test_a_reader_that_leaves_early_ends_the_command_without_a_word(place: Path) -> None:
    with Outlet(numbered(3)) as site:
        _capture(site, "/1", place, site.url("/2"), site.url("/3"))
        for arguments in (["lookup", site.url("/1"), "--json"], ["manifest", "0"], ["verify", "--json"], ["--help"]):
            closed = _with_closed_stdout(place, *arguments)
            assert closed.err == "" or "error: " in closed.err, closed.err
            assert closed.code in (0, 1, 2, 3)


def test_a_capture_whose_reader_leaves_keeps_what_it_captured(place: Path) -> None:
    with Outlet(numbered(12)) as site:
        given = ("capture", *(site.url(f"/{n}") for n in range(1, 13)), "--json", "--allow-private", site.place)
        ran = _with_closed_stdout(place, *given)
        assert ran.code == 1
        assert any(_held(place, site.url(f"/{n}")) for n in range(1, 13))


def _with_closed_stdout(folder: Path, *arguments: str) -> Ran:
    read, write = os.pipe()
    os.close(read)
    try:
        return ended(start(*arguments, cwd=folder, stdout=write))
    finally:
        os.close(write)


def test_a_closed_stderr_is_no_reason_for_a_traceback(place: Path) -> None:
    with Outlet({"/a": Answer(PAGE)}) as site:
        read, write = os.pipe()
        os.close(read)
        given = ("capture", site.url("/a"), "--json", "--allow-private", site.place)
        ran = ended(start(*given, cwd=place, stderr=write))
        os.close(write)
        assert ran.code in (0, 1)
        assert _held(place, site.url("/a")) in (0, 1)


def test_streams_that_were_closed_before_the_start_are_no_reason_for_a_traceback(place: Path) -> None:
    with Outlet({"/a": Answer(PAGE)}) as site:
        _capture(site, "/a", place)
        lookup = [sys.executable, "-c", START, "lookup", site.url("/a"), "--json"]
        for shut in (">&-", "2>&-", "<&- >&- 2>&-"):
            ran = subprocess.run(
                ["sh", "-c", f'exec "$@" {shut}', "sh", *lookup],
                check=False,
                cwd=place,
                env=environment(),
                capture_output=True,
            )
            assert (ran.returncode, ran.stderr) == (0, b""), shut
        assert _held(place, site.url("/a")) == 1


def test_a_catalog_of_another_version_where_nothing_may_be_written_says_what_to_do(public: Path) -> None:
    with Outlet(numbered(1)) as site:
        _capture(site, "/1", public)
        catalog = public / "archive" / "catalog.sqlite"
        with contextlib.closing(sqlite3.connect(catalog)) as older:
            older.execute("UPDATE fact SET content = '2' WHERE name = 'version'")
            older.commit()
        if not AS_ROOT:
            for one in (*public.rglob("*"), public):
                one.chmod(one.stat().st_mode & ~0o222)
        code = AS_NOBODY if AS_ROOT else START
        try:
            for arguments in (["history", site.url("/1")], ["changes"], ["rebuild"]):
                ran = cli(*arguments, cwd=public, code=code)
                assert ran.code == 4
                assert "no catalog of this version can be made in" in ran.err
                assert "--state" in ran.err
                assert "archiver rebuild" in ran.err
        finally:
            for one in (public, *public.rglob("*")):
                one.chmod(one.stat().st_mode | 0o200)


def test_a_full_stdout_is_exit_code_4_with_a_sentence(place: Path) -> None:
    with Outlet({"/a": Answer(PAGE)}) as site:
        _capture(site, "/a", place)
        with open("/dev/full", "wb") as full:
            ran = ended(start("lookup", site.url("/a"), "--json", cwd=place, stdout=full))
    assert ran.code == 4
    assert "No space left on device" in ran.err


def test_ctrl_c_stops_at_once_says_so_and_keeps_what_was_captured(place: Path) -> None:
    with Outlet({**numbered(2), "/never": Answer(hangs=True)}) as site:
        given = ("capture", site.url("/1"), site.url("/never"), "--json", "--allow-private", site.place)
        process = start(*given, cwd=place)
        assert process.stdout is not None
        assert b'"capture_id"' in process.stdout.readline()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        ran = ended(process)
        assert time.monotonic() - began < 5
        assert ran.code == 130
        assert "Stopped" in ran.err
        assert _held(place, site.url("/1")) == 1


def test_ctrl_c_while_the_program_still_loads_ends_without_a_traceback(place: Path) -> None:
    code = (
        "import sys, archiver.faces.cli as cli\n"
        "class Impatient:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'archiver.archive': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "cli.main()"
    )
    ran = cli("doctor", cwd=place, code=code)
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_a_killed_capture_is_settled_by_the_next(place: Path) -> None:
    with Outlet({**numbered(2), "/never": Answer(hangs=True)}) as site:
        given = ("capture", site.url("/1"), site.url("/never"), "--json", "--allow-private", site.place)
        process = start(*given, cwd=place)
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.communicate()
        assert _capture(site, "/2", place).code == 0
        assert [_held(place, site.url(path)) for path in ("/1", "/2")] == [1, 1]


def test_output_is_utf_8_json_whatever_the_locale(place: Path) -> None:
    page = PAGE.replace(b"The Quay", "Ærø Tidende".encode())
    with Outlet({"/a": Answer(page)}) as site:
        _capture(site, "/a", place)
        env = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        ran = cli("lookup", site.url("/a"), "--json", cwd=place, env=env)
    assert ran.lines[0]["publisher"] == {"name": "Ærø Tidende"}


def test_python_warns_of_nothing(place: Path) -> None:
    ran = cli("doctor", "--json", cwd=place)
    assert ran.err == ""
    assert ran.lines
