# SPDX-License-Identifier: Apache-2.0
"""A caller's mistake is exit code 2 with a sentence that says what to do; nothing is made on the way."""

import json
import shutil
from pathlib import Path

import pytest

from tests.faces.command import Here, cli

BAD = [
    (["capture"], "--input"),
    (["capture", "--input", "missing.csv"], "Give a file of URLs"),
    (["capture", "--input", "folder"], "Give a file of URLs"),
    (["capture", "--input", "latin.txt"], "Save it as UTF-8"),
    (["capture", "--input", "no-url-column.csv", "--url-column", "page"], "--url-column"),
    (["capture", "--input", "columns.tsv"], "--url-column"),
    (["capture", "http://h/", "--input", "plain.txt", "--url-column", "page"], "--url-column"),
    (["capture", "http://h/", "--label", "case"], "--label name=value"),
    (["capture", "http://h/", "--label", "=1"], "--label name=value"),
    (["capture", "http://h/", "--note", "\udcff"], "encoding"),
    (["capture", "http://h/", "--robots", "perhaps"], "record, obey, off"),
    (["capture", "http://h/", "--timeout", "0"], "Leave it out"),
    (["capture", "http://h/", "--timeout", "soon"], "--help"),
    (["capture", "http://h/", "--timeout", "nan"], "Leave it out"),
    (["capture", "http://h/", "--max-body", "0"], "Leave it out"),
    (["capture", "http://h/", "--header", "Nothing"], "Name: value"),
    (["capture", "http://h/", "--header", "Host: other"], "Leave it out"),
    (["capture", "http://h/", "--header", "X: a\r\nCookie: b"], "in one line"),
    (["capture", "http://h/", "--allow-private", "everything:0"], "HOST:PORT"),
    (["capture", "http://h/", "--proxy", "ftp://proxy"], "http://"),
    (["capture", "http://h/", "--user-agent", "a\r\nb"], "--user-agent"),
    (["capture", "http://h/", "--accept-language", "\u4e2d"], "--accept-language"),
    (["capture", "http://h/", "--colour"], "--help"),
    (["capture", "http://h/", "--report", "plain.txt"], "another file"),
    (["capture", "http://h/", "--report", "folder"], "Name a file"),
    (["capture", "http://h/", "--report", "/dev/full"], "Name a file"),
    (["--archive", "nowhere", "capture", "http://h/"], "archiver --archive nowhere init"),
    (["--archive", "nowhere", "lookup", "http://h/"], "archiver --archive nowhere init"),
    (["--archive", "nowhere", "manifest", "12"], "archiver --archive nowhere init"),
    (["--archive", "nowhere", "verify"], "archiver --archive nowhere init"),
    (["--archive", "nowhere", "rebuild"], "archiver --archive nowhere init"),
    (["--archive", "nowhere", "store", "probe"], "s3://bucket/prefix"),
    (["--archive", "plain.txt", "lookup", "http://h/"], "init"),
    (["--archive", "", "lookup", "http://h/"], "s3://bucket/prefix"),
    (["--archive", "ftp://host/x", "lookup", "http://h/"], "s3://bucket/prefix"),
    (["--archive", "s3://", "lookup", "http://h/"], "s3://bucket/prefix"),
    (["lookup", "http://h/"], "archiver capture"),
    (["--archive", "made", "init"], "already"),
    (["--archive", "plain.txt", "init"], "folder"),
    (["init", "--contact", "desk@paper.example"], "--operator"),
    (["--archive", "made", "init", "--operator", "\udcff"], "encoding"),
    (["--archive", "made", "lookup"], "--help"),
    (["--archive", "made", "lookup", "two words"], "https://host/page"),
    (["--archive", "made", "lookup", ""], "https://host/page"),
    (["--archive", "made", "lookup", "sha256:12"], "64 hex digits"),
    (["--archive", "made", "lookup", "http://"], "Write it as"),
    (["--archive", "made", "lookup", "ftp://h/"], "http"),
    (["--archive", "made", "lookup", "http://h/", "--at", "noon"], "2026-11-22"),
    (["--archive", "made", "lookup", "http://h/", "--at", ""], "2026-11-22"),
    (["--archive", "made", "lookup", "http://h/", "--at", "99999999"], "2026-11-22"),
    (["--archive", "made", "manifest", "xyz"], "32 hex digits"),
    (["--archive", "made", "manifest", ""], "32 hex digits"),
    (["--archive", "made", "verify", "missing.warc.gz"], "Give a WARC file"),
    (["--archive", "made", "verify", "folder"], "--archive folder verify"),
    (["--archive", "made", "verify", "plain.txt"], "Give one"),
    (["--archive", "made", "verify", ""], "Leave it out"),
    (["--archive", "made", "verify", "no id at all"], "32 hex digits"),
    (["--archive", "made", "history", "http://h/", "--from", "noon"], "2026-11-22"),
    (["--archive", "made", "history", "http://h/", "--limit", "0"], "--help"),
    (["--archive", "made", "diff", "no id", "12"], "32 hex digits"),
    (["--archive", "made", "show", "xyz"], "32 hex digits"),
    (["--archive", "made", "changes", "--kind", "licence"], "Kinds are"),
    (["--archive", "made", "changes", "--from", "***"], "SPDX"),
    (["--archive", "made", "changes", "--host", "http://h/"], "without a scheme"),
    (["--archive", "made", "changes", "--limit", "9" * 22], "--help"),
    (["--archive", "made", "provenance", "http://h/", "--depth", "11"], "--help"),
    (["--archive", "made", "re-extract", "--host", ""], "without a scheme"),
    (["--archive", "made", "re-extract", "--job", "nope"], "crawls list"),
    (["--archive", "made", "re-extract", "--segment", ""], "WARC file"),
    (["extract", "missing.html", "--url", "http://h/"], "Give a saved page"),
    (["extract", "folder", "--url", "http://h/"], "Give a saved page"),
    (["extract", "plain.txt"], "--help"),
    (["extract", "plain.txt", "--url", "h"], "http://host/path"),
    (["demo", "--into", "plain.txt/deeper"], "folder"),
    (["nonsense"], "--help"),
    (["--nonsense"], "--help"),
]


@pytest.fixture
def mistaken(here: Here, tmp_path: Path) -> Here:
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain.txt").write_text("some words\n")
    (tmp_path / "latin.txt").write_bytes("http://h/\xe9\n".encode("latin-1"))
    (tmp_path / "no-url-column.csv").write_text("a,url\n1,http://h/\n")
    (tmp_path / "columns.tsv").write_text("a\tb\n1\t2\n")
    return here


@pytest.mark.parametrize(
    ("arguments", "advice"), BAD, ids=lambda one: " ".join(one)[:60] if isinstance(one, list) else ""
)
def test_a_mistake_is_exit_code_2_with_advice_and_changes_nothing(
    mistaken: Here, tmp_path: Path, arguments: list[str], advice: str
) -> None:
    if "made" in arguments:
        assert mistaken("--archive", "made", "init").code == 0
    before = sorted(tmp_path.iterdir())
    ran = mistaken(*arguments)
    assert (ran.code, ran.out) == (2, ""), ran
    assert advice in ran.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_wrong_header_is_never_shown_again_for_it_may_be_a_secret(here: Here) -> None:
    ran = here("capture", "http://h/", "--secret-header", "Bearer-swordfish")
    assert ran.code == 2
    assert "swordfish" not in ran.err


@pytest.mark.parametrize(
    "wanted", [["lookup", "http://h/"], ["capture", "http://h/"], ["verify"], ["rebuild"]], ids=" ".join
)
def test_an_archive_of_a_later_format_is_refused_and_not_one_byte_of_it_changes(
    here: Here, tmp_path: Path, wanted: list[str]
) -> None:
    here("--archive", "later", "init")
    described = tmp_path / "later" / "archive.json"
    content = json.loads(described.read_bytes())
    described.write_text(json.dumps({**content, "format": "archive/7", "more": 1}))
    kept = shutil.copytree(tmp_path / "later", tmp_path / "kept")
    ran = here("--archive", "later", *wanted)
    assert (ran.code, ran.out) == (2, "")
    assert "archive/7" in ran.err
    assert "later" in ran.err
    assert _everything(tmp_path / "later") == _everything(Path(kept))


def test_a_mistake_with_json_leaves_stdout_empty(tmp_path: Path) -> None:
    ran = cli("--archive", "nowhere", "lookup", "http://h/", "--json", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: there is no archive")


def test_settings_of_the_environment_name_the_archive(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_ARCHIVE", "elsewhere")
    ran = here("capture", "http://h.invalid/")
    assert ran.code == 2
    assert "archiver --archive elsewhere init" in ran.err


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
