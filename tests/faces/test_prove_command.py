# SPDX-License-Identifier: Apache-2.0
"""`archiver prove`, `verify PACK` and `ledger stamp`: what is written where, which mistakes are told, what a kill leaves."""

import json
import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.faces.proof import pack as packs
from tests.faces.command import KEPT, Here, ended, environment, start
from tests.faces.outlet import PAGE, Answer, Outlet
from tests.ledger.authority import LocalAuthority
from tests.services.packs import authorities_file


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[LocalAuthority]:
    (tmp_path / "tsa").mkdir()
    with LocalAuthority(tmp_path / "tsa") as one:
        yield one


@pytest.fixture
def named(tmp_path: Path, authority: LocalAuthority, here: Here, monkeypatch: pytest.MonkeyPatch) -> LocalAuthority:
    """An authority that the command line knows of."""
    monkeypatch.setenv("ARCHIVER_AUTHORITIES", str(authorities_file(tmp_path / "tsa", ("local", authority))))
    return authority


def captured(here: Here, outlet: Outlet, path: str = "/a") -> str:
    ran = here("capture", outlet.url(path), "--json", "--no-site-files", "--allow-private", outlet.place)
    assert ran.code == 0, ran
    return str(ran.lines[0]["capture_id"])


def test_a_folder_is_written_and_verified(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    capture_id = captured(here, outlet)
    ran = here("prove", capture_id[:8], "--out", "pack")
    assert (ran.code, ran.out) == (0, "")
    assert "1 capture" in ran.err
    assert "No independent time" in ran.err
    assert {"README.txt", "index.html", "statement.html", "pack.json", "checkpoint"} <= {
        one.name for one in (tmp_path / "pack").iterdir()
    }
    assert (tmp_path / "pack").stat().st_mode & 0o777 == 0o755
    key = here("keys", "export-public", "--json").lines[0]["vkey"]
    for arguments in ([], ["--key", key]):
        ran = here("verify", "pack", *arguments)
        assert (ran.code, ran.out) == (0, ""), ran.err
        assert "Every step holds" in ran.err
    assert here("verify", "pack", "--key", "nonsense").code == 2


def test_the_json_lines_name_what_is_in_the_pack(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    capture_id = captured(here, outlet)
    [line] = here("prove", capture_id, "--out", "pack", "--json").lines
    files = [one for one in (tmp_path / "pack").rglob("*") if one.is_file()]
    assert line == {
        "out": "pack", "captures": [capture_id], "files": len(files), "checkpoint_size": 1,
        "strength": ["signed by this archive", "no independent time"], "pending": [],
    }  # fmt: skip
    *steps, verdict = here("verify", "pack", "--json").lines
    assert verdict == {"verdict": "holds", "steps": len(steps), "failed": 0}
    assert {one["verdict"] for one in steps} == {"ok", "note"}
    (tmp_path / "pack" / "checkpoint").write_bytes(b"")
    ran = here("verify", "pack", "--json")
    assert (ran.code, ran.lines[-1]["verdict"], ran.lines[-1]["failed"]) == (1, "failed", 2)


def test_a_zip_is_written_and_verified_and_a_stranger_may_unpack_it(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    capture_id = captured(here, outlet)
    assert here("prove", capture_id, "--out", "pack.zip", "--zip").code == 0
    assert here("verify", "pack.zip").code == 0
    with zipfile.ZipFile(tmp_path / "pack.zip") as held:
        held.extractall(tmp_path)
    assert here("verify", "pack").code == 0
    (tmp_path / "pack.zip").write_bytes((tmp_path / "pack.zip").read_bytes()[:-30])
    assert here("verify", "pack.zip").code == 2


@pytest.mark.parametrize("zipped", [[], ["--zip"]])
def test_mistakes_are_told_and_leave_nothing(here: Here, outlet: Outlet, tmp_path: Path, zipped: list[str]) -> None:
    capture_id = captured(here, outlet)
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_bytes(b"mine")
    before = sorted(tmp_path.iterdir())
    for out, code, words in (
        ("there", 2, "is there already"),
        ("file", 2, "is there already"),
        ("no/folder", 2, "there is no folder"),
        ("file/pack", 2, "there is no folder"),
        (".", 2, "is there already"),
        ("x" * 300, 4, "too long"),
    ):
        ran = here("prove", capture_id, "--out", out, *zipped)
        assert (ran.code, ran.out) == (code, ""), ran
        assert words in " ".join(ran.err.split()), ran
    for unknown, code in (("00000000-0000-4000-8000-000000000000", 3), ("zz", 2), ("", 2)):
        ran = here("prove", unknown, "--out", "pack", *zipped)
        assert ran.code in (code, 3), (unknown, ran)
    assert here("prove", capture_id, *zipped).code == 2
    assert here("--archive", "nowhere", "prove", capture_id, "--out", "pack", *zipped).code in (2, 3)
    assert sorted(tmp_path.iterdir()) == before
    assert not list((tmp_path / "there").iterdir())
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_what_is_no_pack_is_a_mistake(here: Here, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "pack.json").write_bytes(b"{}")
    (tmp_path / "text").write_bytes(b"PK is not enough")
    for what in ("empty", "bad", "text"):
        assert here("verify", what).code == 2, what
    assert here("verify", "bad", "--root", "nowhere.pem").code == 2
    assert here("verify", "--key", "x").code == 2


def test_a_failed_step_is_exit_code_1_with_its_sentence(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    here("prove", captured(here, outlet), "--out", "pack")
    (tmp_path / "pack" / "key.pem").unlink()
    ran = here("verify", "pack")
    assert (ran.code, ran.out) == (1, "")
    assert "key.pem is not in the pack." in ran.err
    assert "This pack does not prove what it says: 2 of" in " ".join(ran.err.split())


def test_words_of_a_pack_cannot_paint_the_terminal(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    here("prove", captured(here, outlet), "--out", "pack")
    told = json.loads((tmp_path / "pack" / "pack.json").read_bytes())
    told["pending"] = ["\x1b[2J\u202eall is well[bold]"]
    (tmp_path / "pack" / "pack.json").write_text(
        json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace("\x1b", "\\u001b")
    )
    ran = here("verify", "pack")
    assert ran.code == 0, ran.err
    assert "all is well[bold]" in ran.err
    assert "\x1b[2J" not in ran.err
    assert "\u202e" not in ran.err


def test_with_an_authority_a_capture_is_stamped_and_waiting_leaves_nothing_pending(
    here: Here, outlet: Outlet, named: LocalAuthority, tmp_path: Path
) -> None:
    outlet.answers["/b"] = Answer(PAGE.replace(b"ferry", b"barge"))
    captured(here, outlet)
    second = captured(here, outlet, "/b")
    [line] = here("prove", second, "--out", "early", "--json").lines
    assert line["pending"] == ["The checkpoint is not time-stamped yet."]
    [line] = here("prove", second, "--out", "pack", "--wait", "--json").lines
    assert (line["pending"], line["checkpoint_size"]) == ([], 2)
    assert line["strength"] == ["signed by this archive", "time-stamped by local"]
    assert here("verify", "pack", "--root", "tsa/local.pem").code == 0
    (tmp_path / "other").mkdir()
    other = LocalAuthority(tmp_path / "other")
    ran = here("verify", "pack", "--root", str(other.ca_file))
    assert (ran.code, "the stamp of local does not hold" in " ".join(ran.err.split())) == (1, True)
    assert here("verify", "early", "--root", "tsa/local.pem").code == 1


def test_an_authority_that_is_down_is_a_warning_and_the_next_stamp_works(
    here: Here, outlet: Outlet, named: LocalAuthority
) -> None:
    named.behaviour = "busy"
    ran = here("capture", outlet.url("/a"), "--json", "--no-site-files", "--allow-private", outlet.place)
    assert ran.code == 0
    assert len(ran.lines) >= 1
    assert "Sealed and stored, but not time-stamped by local yet" in ran.err
    ran = here("ledger", "stamp")
    assert (ran.code, ran.out) == (1, "")
    named.behaviour = "granted"
    ran = here("ledger", "stamp", "--json")
    assert ran.code == 0
    assert ran.lines == [{"size": 1, "authority": "local", "key": "ledger/timestamps/1/local.tsr"}]
    assert here("ledger", "stamp").err.strip() == "1 leaves are time-stamped by local: ledger/timestamps/1/local.tsr"


def test_waiting_for_a_mistake_does_not_wait(here: Here, outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    capture_id = captured(here, outlet)
    monkeypatch.setenv("ARCHIVER_AUTHORITIES", "no-such-file.yaml")
    assert here("prove", capture_id, "--out", "pack", "--wait").code == 2


@pytest.mark.parametrize("zipped", [[], ["--zip"]])
def test_a_kill_while_writing_leaves_nothing_under_the_name(
    here: Here, outlet: Outlet, tmp_path: Path, zipped: list[str]
) -> None:
    capture_id = captured(here, outlet)
    code = """
import os, pathlib, signal
from archiver.faces.cli import main
wrote = 0
def stop(event, arguments):
    global wrote
    if event == "open" and "/.pack" in str(arguments[0]) or event == "open" and isinstance(arguments[0], int):
        wrote += 1
        if wrote > LIMIT:
            os.kill(os.getpid(), signal.SIGKILL)
import sys; sys.addaudithook(stop)
main()
"""
    for limit in (0, 3) if not zipped else (0,):
        process = start(
            "prove", capture_id, "--out", "pack", *zipped, cwd=tmp_path, code=code.replace("LIMIT", str(limit)),
            env=environment(**{KEPT: os.environ[KEPT]}),
        )  # fmt: skip
        ran = ended(process)
        assert ran.code == -signal.SIGKILL, ran
        assert not os.path.lexists(tmp_path / "pack")
    assert here("prove", capture_id, "--out", "pack", *zipped).code == 0
    assert here("verify", "pack").code == 0


def test_a_fault_while_writing_leaves_nothing_at_all(tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    files = {"a": b"x", "b": None}
    for write in (packs.write_folder, packs.write_zip):
        with pytest.raises((TypeError, AttributeError)):
            write(tmp_path / "pack", files)  # type: ignore[arg-type]
    assert sorted(tmp_path.iterdir()) == before
