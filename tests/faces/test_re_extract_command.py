# SPDX-License-Identifier: Apache-2.0
"""`archiver re-extract`: a later version of the program reads what is stored again, and lookups answer with what it reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.extract import EXTRACTOR
from tests.faces.command import START, Here, Ran, cli
from tests.faces.outlet import Outlet

LATER = """
from dataclasses import replace
from archiver.services.history import extractor
from manifests.agents import Fetcher
now = extractor.CURRENT

def read(url, headers, entity, code):
    found = now.read(url, headers, entity, code)
    return replace(found, publisher=found.publisher.model_copy(update={"name": "The Quay, as read later"})) \\
        if found.publisher else found

extractor.CURRENT = extractor.Extractor(Fetcher(name=now.program.name, version="1000.1"), read)
"""
"""A later version of the program: its extractor reads another publisher."""


@pytest.fixture
def captured(here: Here, outlet: Outlet) -> list[dict[str, Any]]:
    """Three captures in three segments."""
    ids = []
    for path in ("/a", "/gone", "/a"):
        alone = ("--page-only", "--robots", "off", "--allow-private", outlet.place)
        ran = here("capture", outlet.url(path), *alone, "--json")
        ids += ran.lines
    return ids


def later(*arguments: str, cwd: Path) -> Ran:
    """The command of the later version."""
    return cli(*arguments, cwd=cwd, code=LATER + START)


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("segments/**/*") if one.is_file()}


def test_what_this_version_read_is_not_read_again(here: Here, captured: list[dict[str, Any]]) -> None:
    ran = here("re-extract")
    assert ran.code == 0
    assert ran.err.startswith("Nothing to do")
    assert f"{EXTRACTOR.name} {EXTRACTOR.version}" in ran.err
    [line] = here("re-extract", "--json").lines
    assert (line["segments"], line["written"], line["captures"]) == (0, 0, 0)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_later_version_reads_again_and_lookups_name_it(
    here: Here, captured: list[dict[str, Any]], outlet: Outlet, tmp_path: Path, workers: str
) -> None:
    sealed = files(tmp_path)
    *told, total = later("re-extract", "--workers", workers, "--json", cwd=tmp_path).lines
    assert [one["segment_id"] for one in told] == [one["segment_id"] for one in captured]
    assert all(one["written"] and one["fault"] is None and one["unread"] == [] for one in told)
    assert [one["differing"] for one in told] == [{"publisher": 1}] * 3
    assert total == {
        "extractor": "colophon-extract/1000.1", "segments": 3, "written": 3, "captures": 3, "changed": 3,
        "differing": {"publisher": 3}, "unread": 0, "faults": 0,
    }  # fmt: skip
    assert files(tmp_path) == sealed
    for line in here("lookup", outlet.url("/a"), "--json").lines:
        assert line["publisher"] == {"name": "The Quay, as read later"}
        assert (line["claims_from"], line["extractor"]) == ("claims-set", "colophon-extract/1000.1")
    own = captured[0]["capture_id"]
    [shown] = here("manifest", own, "--json").lines
    assert shown["claims_from"] == "claims-set"
    assert shown["claims"]["publisher"]["name"] == "The Quay, as read later"
    raw = json.loads(here("manifest", own, "--raw").out)
    assert (raw["claims"]["publisher"]["name"], "claims_from" in raw) == ("The Quay", False)
    assert shown["observation"] == raw["observation"]
    assert shown["claims"]["observation_digest"] == raw["claims"]["observation_digest"]
    checked = here("verify", "--json").lines[-1]
    assert (checked["verdict"], checked["claims_sets"]) == ("sound", 3)
    before = here("lookup", outlet.url("/a"), "--json").out
    assert here("rebuild", "--json").lines[-1]["claims_sets"] == 3
    assert here("lookup", outlet.url("/a"), "--json").out == before
    again = later("re-extract", cwd=tmp_path)
    assert "Nothing to do" in again.err


def test_a_dry_run_says_what_would_differ_and_writes_nothing(
    here: Here, captured: list[dict[str, Any]], tmp_path: Path
) -> None:
    ran = later("re-extract", "--dry-run", cwd=tmp_path)
    assert ran.code == 0
    assert "3 captures of 3 segments were read, and nothing written: the claims of 3 differ" in ran.err
    assert "publisher       3" in ran.err
    assert list(tmp_path.rglob("claims")) == []


def test_what_is_asked_for_is_read_and_nothing_else(here: Here, captured: list[dict[str, Any]], tmp_path: Path) -> None:
    chosen = captured[1]["segment_id"]
    *told, _ = later("re-extract", "--segment", chosen, "--json", cwd=tmp_path).lines
    assert [one["segment_id"] for one in told] == [chosen]
    [total] = later("re-extract", "--host", "elsewhere.example", "--json", cwd=tmp_path).lines
    assert total["segments"] == 0
    *told, _ = later(
        "re-extract", "--job", "adhoc", "--since", "2020", "--host", "127.0.0.1", "--json", cwd=tmp_path
    ).lines
    assert [one["segment_id"] for one in told] == [one["segment_id"] for one in captured if one["segment_id"] != chosen]
    assert here("re-extract", "--segment", "zzzz").code == 2


def test_a_damaged_segment_is_told_and_the_others_are_read(
    here: Here, captured: list[dict[str, Any]], tmp_path: Path
) -> None:
    wrong = captured[0]["segment_id"]
    (warc,) = tmp_path.rglob(f"*{wrong}.warc.gz")
    content = warc.read_bytes()
    warc.chmod(0o644)
    warc.write_bytes(content[:-1])
    ran = later("re-extract", cwd=tmp_path)
    assert ran.code == 1
    assert f"segment {wrong}: " in ran.err
    *told, total = later("re-extract", "--json", cwd=tmp_path).lines
    assert [(one["segment_id"], one["claims_set"]) for one in told] == [(wrong, None)]
    assert (total["faults"], total["segments"]) == (1, 0)
