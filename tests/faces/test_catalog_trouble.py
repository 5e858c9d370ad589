# SPDX-License-Identifier: Apache-2.0
"""A catalog that is broken, gone or of another making: named, and made anew from the store, for it holds nothing of its own."""

from pathlib import Path

import pytest

from tests.faces.command import Here
from tests.faces.outlet import PAGE, Answer, Outlet


@pytest.mark.parametrize(
    "content", [b"no database" * 999, b"SQLite format 3\0" + b"\xff" * 8000], ids=["words", "torn"]
)
def test_a_broken_catalog_is_named_and_rebuild_makes_it_anew(
    here: Here, outlet: Outlet, tmp_path: Path, content: bytes
) -> None:
    given = ("--json", "--allow-private", outlet.place)
    here("capture", outlet.url("/a"), *given)
    (tmp_path / "archive" / "catalog.sqlite").write_bytes(content)
    for arguments in (["lookup", outlet.url("/a"), "--json"], ["verify"], ["capture", outlet.url("/gone"), *given]):
        ran = here(*arguments)
        assert (ran.code, ran.out) == (4, ""), arguments
        assert "archiver rebuild" in ran.err
    assert here("rebuild").code == 0
    assert len(here("lookup", outlet.url("/a"), "--json").lines) == 1
    assert here("verify").code == 0
    assert here("capture", outlet.url("/b"), *given).code in (0, 1)


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_missing_catalog_is_made_again_by_itself(here: Here, outlet: Outlet, tmp_path: Path, how: str) -> None:
    here("capture", outlet.url("/a"), "--allow-private", outlet.place)
    for one in tmp_path.glob("archive/catalog*"):
        one.unlink()
    if how == "empty":
        (tmp_path / "archive" / "catalog.sqlite").touch()
    ran = here("lookup", outlet.url("/a"), "--json")
    assert ran.code == 0
    assert len(ran.lines) == 1
    assert here("verify").code == 0


def test_a_capture_after_the_catalog_was_lost_finds_the_earlier_ones_again(
    here: Here, outlet: Outlet, tmp_path: Path
) -> None:
    outlet.answers["/b"] = Answer(PAGE.replace(b"noon", b"one"))
    here("capture", outlet.url("/a"), "--allow-private", outlet.place)
    for one in tmp_path.glob("archive/catalog*"):
        one.unlink()
    assert here("capture", outlet.url("/b"), "--allow-private", outlet.place).code == 0
    assert [len(here("lookup", outlet.url(path), "--json").lines) for path in ("/a", "/b")] == [1, 1]
    assert here("verify").code == 0
