# SPDX-License-Identifier: Apache-2.0
"""`archiver audit`: what it says, how it ends, and what it keeps."""

import gzip
import json
from pathlib import Path

import pytest

from tests.faces.command import Here
from tests.faces.outlet import Outlet


@pytest.fixture
def made(here: Here, outlet: Outlet) -> Here:
    """An archive of two segments."""
    for path in ("/a", "/gone"):
        ran = here("capture", outlet.url(path), "--json", "--no-site-files", "--allow-private", outlet.place)
        assert ran.code in (0, 1)
    return here


def events(folder: Path) -> list[Path]:
    return sorted(folder.glob("archive/events/**/*.jsonl.gz"))


def test_a_sound_archive_ends_with_0_and_keeps_an_event(made: Here, tmp_path: Path) -> None:
    for number, arguments in enumerate((["audit"], ["audit", "--deep", "--workers", "2"]), 1):
        ran = made(*arguments)
        assert (ran.code, ran.out) == (0, ""), ran.err
        assert "everything that was looked at is sound" in ran.err
        assert len(events(tmp_path)) == number
    assert "returns no digest" in made("audit").err


def test_json_lines_hold_each_finding_and_the_summary(made: Here, tmp_path: Path) -> None:
    (last,) = made("audit", "--deep", "--workers", "1", "--json").lines
    assert (last["event"], last["outcome"], last["failure"], last["level"]) == ("audited", "success", 0, "deep")
    stored = gzip.decompress((tmp_path / "archive" / last["stored"]).read_bytes()).splitlines()
    assert json.loads(stored[-1])["events"] == last["events"] == len(stored) - 2
    assert last["coverage_age_seconds"] == 0


def test_damage_ends_with_1_and_is_named(made: Here, tmp_path: Path) -> None:
    warc = sorted(tmp_path.glob("archive/segments/**/*.warc.gz"))[0]
    content = warc.read_bytes()
    warc.unlink()
    warc.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert made("audit").code == 0  # its size is right, and a folder returns no digests
    ran = made("audit", "--deep")
    assert ran.code == 1
    assert "S03" in ran.err
    assert warc.name in ran.err
    *found, last = made("audit", "--deep", "--json").lines
    assert {one["code"] for one in found} >= {"S03"}
    assert all(warc.name in one["where"] for one in found if one["code"] == "S03")
    assert (last["outcome"], last["failure"]) == ("failure", 1)


def test_what_cannot_be_read_ends_with_4(made: Here, tmp_path: Path) -> None:
    index = sorted(tmp_path.glob("archive/segments/**/index.cdxj"))[0]
    index.unlink()
    index.symlink_to("/etc/hostname")
    ran = made("audit", "--segment", index.parent.name, "--deep", "--json")
    assert ran.code == 4
    assert [one["code"] for one in ran.lines[:-1]] == ["A02"]
    assert ran.lines[-1]["could_not_check"] == 1


def test_metrics_are_written_for_prometheus(made: Here, tmp_path: Path) -> None:
    kept = tmp_path / "archiver.prom"
    assert made("audit", "--deep", "--workers", "1", "--metrics", str(kept)).code == 0
    text = kept.read_text("utf-8")
    assert 'archiver_audit_events{level="deep",outcome="success"} ' in text
    assert made("audit", "--metrics", str(tmp_path / "no" / "such" / "folder")).code == 4


def test_samples_say_their_seed_and_a_rate_is_taken(made: Here) -> None:
    first = made("audit", "--sample", "1", "--rate", "100MB/s", "--json").lines[-1]
    second = made("audit", "--sample", "1", "--json").lines[-1]
    assert (first["seed"], second["seed"], first["events"]) == (0, 1, 1)
    assert "seed 7" in made("audit", "--sample", "50%", "--seed", "7").err


MISTAKES = (
    (("--sample", "0"), 2),
    (("--sample", "much"), 2),
    (("--seed", "3"), 2),
    (("--rate", "fast"), 2),
    (("--rate", "0"), 2),
    (("--since", "tomorrow"), 2),
    (("--segment", " "), 2),
    (("--resume", "--restart"), 2),
    (("--resume",), 2),
    (("--segment", "0" * 26), 3),
    (("--since", "2099"), 3),
    (("--until", "2001"), 3),
)


def test_mistakes_end_with_2_and_nothing_to_look_at_with_3(made: Here, tmp_path: Path) -> None:
    for arguments, code in MISTAKES:
        assert made("audit", *arguments).code == code, arguments
    assert events(tmp_path) == []
