# SPDX-License-Identifier: Apache-2.0
"""What a newcomer sees first: every step of the demonstration holds, and it leaves two folders and nothing else."""

from pathlib import Path

import pytest

from tests.faces.command import Here


def test_the_demo_shows_notices_lookups_the_chain_a_change_and_a_sound_archive(here: Here, tmp_path: Path) -> None:
    ran = here("demo")
    assert (ran.code, ran.out) == (0, ""), ran.err
    shown = " ".join(ran.err.split())
    for said in (
        "1. An article and its reprint are captured",
        "redirect /s/5588213 301",
        "publisher Meridian Commons",
        "copyright Copyright © 2019-2026 Meridian Commons",
        "fair-use FAIR USE NOTICE",
        "17 U.S.C. § 107",
        "bytes ",
        "matched by url",
        "matched by payload",
        "Earliest in this archive",
        "by its own date 2026-03-04",
        "names as its original",
        "by statement and by text",
        "“Articles by: Harbour Light”",
        "first capture",
        "changed since",
        "reuse-grant removed - Meridian Commons grants permission to cross-post",
        "reuse-restriction added + No part of this site may be reproduced",
        "is sound: 2 segments",
        "Prove it to a stranger",
        "The leaf is number 1 of the 2 under the signed root",
        "Six commands to try next",
    ):
        assert said in shown, said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["demo-archive", "demo-archive-saved"]
    assert sorted(one.name for one in (tmp_path / "demo-archive-saved").iterdir()) == [
        "card.html",
        "page.html",
        "proof",
    ]


def test_the_commands_it_names_work_as_they_stand(here: Here) -> None:
    ran = here("demo")
    named = [line.split()[1:] for line in ran.err.splitlines() if line.startswith("  archiver --archive demo-archive")]
    assert [one[2] for one in named] == ["manifest", "lookup", "provenance", "history", "verify", "verify"]
    for arguments in named:
        assert here(*arguments).code == 0, arguments


def test_a_second_demo_takes_another_folder(here: Here, tmp_path: Path) -> None:
    here("demo")
    before = {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*") if one.is_file() and "sqlite" not in one.name}
    assert here("demo").code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "demo-archive",
        "demo-archive-2",
        "demo-archive-2-saved",
        "demo-archive-saved",
    ]
    assert all(one.stat().st_mtime_ns == then for one, then in before.items())


def test_the_demo_never_uses_the_archive_of_its_user(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_ARCHIVE", str(tmp_path / "mine"))
    monkeypatch.setenv("ARCHIVER_STATE", str(tmp_path / "state"))
    assert here("demo", "--into", "try-out").code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["try-out", "try-out-saved"]
