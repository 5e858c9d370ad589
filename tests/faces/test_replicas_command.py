# SPDX-License-Identifier: Apache-2.0
"""`archiver replicas` and `archiver repair`: what they say, in words and in JSON, and how they end."""

import shutil
from pathlib import Path

import pytest

from tests.faces.command import Here
from tests.faces.outlet import Outlet


@pytest.fixture
def captured(here: Here, outlet: Outlet) -> Here:
    """An archive with one segment and a replica that has it."""
    capture(here, outlet)
    assert here("replicas", "add", "second").code == 0
    assert here("replicas", "sync").code == 0
    return here


def capture(here: Here, outlet: Outlet, *before: str) -> str:
    ran = here(*before, "capture", outlet.url("/a"), "--page-only", "--no-site-files", "--allow-private", outlet.place)
    assert ran.code == 0, ran.err
    return ran.err


def warcs(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.warc.gz"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_a_replica_is_added_filled_and_compared(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    capture(here, outlet)
    assert "There are none. Add one: archiver replicas add STORE" in here("replicas", "list").err
    added = here("replicas", "add", "second", "--json")
    (told,) = added.lines
    assert (added.code, told["name"], told["place"]) == (0, "second", str(tmp_path / "second"))
    behind = here("replicas", "status", "--json")
    assert (behind.code, behind.lines[0]["lacks"], behind.lines[0]["heads_behind"]) == (1, 1, 1)
    assert "lacks 1 sealed things and 1 heads of the ledger" in here("replicas", "status").err
    (done,) = here("replicas", "sync", "--json").lines
    assert (done["event"], done["replica"], done["things"], done["lacks"]) == ("synced", "second", 1, 0)
    assert here("replicas", "status").code == 0
    (equal,) = here("replicas", "verify", "second", "--deep", "--json").lines
    assert (equal["verdict"], equal["things"]) == ("equal", 1)
    assert [one["name"] for one in here("replicas", "list", "--json").lines] == ["second"]


def test_what_is_captured_next_is_copied_with_it(captured: Here, outlet: Outlet, tmp_path: Path) -> None:
    assert "not copied" not in capture(captured, outlet)
    assert captured("replicas", "status").code == 0
    assert len(warcs(tmp_path / "second")) == 2


def test_a_replica_that_is_away_is_a_warning_and_no_failure(captured: Here, outlet: Outlet, tmp_path: Path) -> None:
    (tmp_path / "second").rename(tmp_path / "unplugged")
    assert "Sealed and stored, but not copied yet: replica second:" in capture(captured, outlet)
    status = captured("replicas", "status")
    assert status.code == 1
    assert "If it is a disk, mount it" in captured("replicas", "sync").err
    assert captured("replicas", "sync").code == 4


def test_differences_are_listed_with_their_meaning(captured: Here, tmp_path: Path) -> None:
    (warc,) = warcs(tmp_path / "second")
    flip(warc)
    ran = captured("replicas", "verify", "--deep")
    assert ran.code == 1
    assert "second: 1 differences" in ran.err
    assert "different: the replica holds other bytes" in ran.err
    first, verdict = captured("replicas", "verify", "--deep", "--json").lines
    assert (first["kind"], first["key"]) == ("different", str(warc.relative_to(tmp_path / "second")))
    assert verdict["verdict"] == "differs"


def test_lookups_fall_back_to_a_replica_and_say_so_once(captured: Here, outlet: Outlet, tmp_path: Path) -> None:
    (found,) = captured("lookup", outlet.url("/a"), "--json").lines
    shutil.rmtree(tmp_path / "archive" / "segments")
    ran = captured("manifest", found["capture_id"])
    assert ran.code == 0
    assert ran.err.count("was read from the replica") == 1
    assert "See: archiver audit" in ran.err
    assert captured("prove", found["capture_id"], "--out", "pack").code == 0


def test_the_primary_moves_and_the_command_says_how_the_archive_is_named(
    captured: Here, outlet: Outlet, tmp_path: Path
) -> None:
    ran = captured("replicas", "promote", "second")
    assert ran.code == 0
    named = ("--archive", str(tmp_path / "second"), "--state", str(tmp_path / "archive"))
    assert f"From now on: archiver {' '.join(named)} ..." in ran.err
    refused = captured("capture", outlet.url("/a"), "--allow-private", outlet.place)
    assert refused.code == 2
    assert f"Use --archive {tmp_path / 'second'}" in refused.err
    capture(captured, outlet, *named)
    assert len(warcs(tmp_path / "archive" / "segments")) == 2
    retired = captured(*named, "replicas", "retire", "former", "--json")
    assert (retired.code, retired.lines[0]["only_there"]) == (0, [])
    assert captured(*named, "verify").code == 0


def test_a_replica_takes_over_where_the_primary_is_lost(captured: Here, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    for path in (tmp_path / "archive").glob("*.sqlite*"):
        path.rename(tmp_path / "kept" / path.name)
    shutil.rmtree(tmp_path / "archive")
    named = ("--archive", str(tmp_path / "second"), "--state", str(tmp_path / "kept"))
    (told,) = captured(*named, "replicas", "take-over", "--json").lines
    assert (told["primary"], told["lost"], told["fault"]) == (str(tmp_path / "second"), 0, None)
    assert captured(*named, "ledger", "check").code == 0


def test_repair_puts_back_what_the_audit_found(captured: Here, tmp_path: Path) -> None:
    (warc,) = warcs(tmp_path / "archive")
    flip(warc)
    assert captured("audit", "--deep").code == 1
    dry = captured("repair", "--dry-run", "--json")
    assert (dry.code, dry.lines[-1]["repairable"]) == (1, 1)
    ran = captured("repair")
    assert ran.code == 0
    assert "repaired" in ran.err
    assert ".quarantine" in ran.err
    assert captured("audit", "--deep").code == 0
    assert captured("verify").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("replicas", "sync", "third"), 3, "no replica is called third"),
        (("replicas", "retire", "third"), 3, "There are: second"),
        (("replicas", "add", "archive/below"), 2, "lie in each other"),
        (("replicas", "add", "https://host/x"), 2, "names no archive"),
        (("replicas", "sync", "--rate", "fast"), 2, "Write it as 20MB/s"),
        (("repair", "--all", "some/key"), 2, "contradict each other"),
        (("repair",), 3, "Run `archiver audit --deep` first"),
        (("replicas", "take-over"), 2, "is no replica that this machine knows"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_mistake_is_told_with_what_to_do(captured: Here, arguments: tuple[str, ...], code: int, said: str) -> None:
    ran = captured(*arguments)
    assert ran.code == code
    assert said in " ".join(ran.err.split())
