# SPDX-License-Identifier: Apache-2.0
"""A sample of the proof of the audit: damage of every kind once, and a judge that can fail."""

import json
import random
from pathlib import Path

import pytest

from infra import prove_audit
from infra.damage.archive import Damaged, made
from infra.damage.kinds import KINDS, Planted
from infra.prove_audit import Tally, audited, judge


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    return made(tmp_path_factory.mktemp("damaged"), 3, segments=8)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_of_each_kind_is_found_and_named_and_nothing_else(archive: Damaged, kind: str) -> None:
    for number in range(3):
        tally = Tally()
        try:
            planted = KINDS[kind](archive, random.Random(f"{kind} {number}"))
            judge(kind, planted, audited(archive), tally)
        finally:
            archive.mend()
        assert tally.wrong == []
        assert (tally.found, tally.named, tally.false_alarms) == (1, 1, 0)
        assert tally.clean > 5


def test_a_mended_archive_is_sound(archive: Damaged) -> None:
    seen = audited(archive)
    assert [checked.report.findings for _, checked in seen if checked.report.findings] == []
    assert sum(len(checked.report.objects) for _, checked in seen) == len(archive.keys())


def test_damage_that_is_not_planted_is_missed_and_what_is_found_elsewhere_is_a_false_alarm(archive: Damaged) -> None:
    (first, *_, last) = archive.keys("segments/", ".warc.gz")
    archive.write(first, b"")
    tally = Tally()
    judge("another", Planted((last,)), audited(archive), tally)
    archive.mend()
    assert (tally.named, tally.false_alarms) == (0, 1)
    assert [one for one in tally.wrong if "was not named" in one]
    assert [one for one in tally.wrong if "false alarm" in one]


def test_a_proof_goes_on_from_where_time_was_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, progress = tmp_path / "audit.jsonl", tmp_path / "build" / "progress.json"
    given = ["--corruptions", "6", "--clean", "300", "--seed", "5", "--evidence", str(out), "--progress", str(progress)]
    assert prove_audit.main([*given, "--minutes", "0"]) == 0
    assert "seed 5" in capsys.readouterr().out
    assert progress.is_file()
    assert not out.exists()
    assert prove_audit.main(given) == 0
    line = json.loads(out.read_text("utf-8"))
    assert (line["result"], line["corruptions"], line["found"], line["named"]) == ("pass", 6, 6, 6)
    assert (line["false_alarms"], line["wrong"]) == (0, [])
    assert line["clean_objects"] >= 300
    assert not progress.exists()
