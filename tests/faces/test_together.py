# SPDX-License-Identifier: Apache-2.0
"""Several commands at once on one archive: all succeed, and each capture is there exactly once."""

from pathlib import Path

from archiver.archive import Archive
from tests.faces.command import cli, ended, start
from tests.faces.outlet import Outlet, numbered


def test_three_captures_and_three_lookups_run_together_on_one_archive(tmp_path: Path) -> None:
    with Outlet(numbered(13)) as site:
        assert cli("capture", site.url("/13"), "--no-site-files", "--allow-private", site.place, cwd=tmp_path).code == 0
        shares = [range(1 + 4 * at, 5 + 4 * at) for at in range(3)]
        captures = [
            start(
                "capture",
                *map(site.url, (f"/{n}" for n in share)),
                "--json",
                "--no-site-files",
                "--allow-private",
                site.place,
                cwd=tmp_path,
            )
            for share in shares
        ]
        lookups = [start("lookup", site.url("/13"), "--json", cwd=tmp_path) for _ in range(3)]
        looked = [ended(one) for one in lookups]
        captured = [ended(one) for one in captures]
        assert [one.code for one in looked] == [0, 0, 0]
        assert all(len(one.lines) == 1 for one in looked)
        assert [one.code for one in captured] == [0, 0, 0]
        made = {line["capture_id"] for one in captured for line in one.lines}
        with Archive.open(tmp_path / "archive") as archive:
            report = archive.verify()
            assert (report.findings, report.segments, report.captures) == ([], 4, len(made) + 2)
            found = {number: archive.lookup(site.url(f"/{number}")) for number in range(1, 14)}
        assert all(len(one) == 1 for one in found.values())
        assert {found[number][0].found.capture_id for number in range(1, 13)} <= made


def test_two_that_make_the_same_archive_agree_on_one(tmp_path: Path) -> None:
    with Outlet(numbered(2)) as site:
        both = [
            start("capture", site.url(f"/{n}"), "--json", "--allow-private", site.place, cwd=tmp_path) for n in (1, 2)
        ]
        ran = [ended(one) for one in both]
        assert [one.code for one in ran] == [0, 0], [one.err for one in ran]
        with Archive.open(tmp_path / "archive") as archive:
            assert archive.verify().segments == 2
            assert archive.verify().findings == []
