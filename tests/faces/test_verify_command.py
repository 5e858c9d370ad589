# SPDX-License-Identifier: Apache-2.0
"""`archiver verify`, `rebuild`, `store probe` and `doctor`: what is damaged is seen, wherever the damage is."""

import gzip
import io
import shutil
from pathlib import Path

import pytest

from archiver.formats.warc_scan import Scanned, scan
from archiver.services.warc_check import verify_warc
from manifests.fixity import FINDING_CODES
from tests.faces.command import Here, cli
from tests.faces.outlet import Outlet


@pytest.fixture
def made(here: Here, outlet: Outlet, tmp_path: Path) -> dict[str, str]:
    """An archive of one capture with its robots.txt; the JSON line of the page."""
    line = here("capture", outlet.url("/a"), "--json", "--no-site-files", "--allow-private", outlet.place).lines[0]
    return {name: str(value) for name, value in line.items()}


def _warc(folder: Path) -> Path:
    [found] = folder.rglob("*.warc.gz")
    return found


def test_everything_one_segment_one_capture_and_one_file_are_recognised(
    here: Here, made: dict[str, str], tmp_path: Path
) -> None:
    segment = made["segment_id"]
    for arguments, said in (
        ([], "the archive"),
        ([segment], f"segment {segment}"),
        ([segment[:12]], f"segment {segment}"),
        ([made["capture_id"]], f"capture {made['capture_id']}"),
        ([made["capture_id"][:8]], f"capture {made['capture_id']}"),
        ([str(_warc(tmp_path))], f"{_warc(tmp_path).name}, compared with its seal, is"),
    ):
        ran = here("verify", *arguments)
        assert (ran.code, ran.out) == (0, ""), ran
        assert len(ran.err.strip().splitlines()) == 1
        assert ran.err.startswith(said)
        assert "is sound" in ran.err
    verdict = here("verify", "--json").lines
    assert [one["verdict"] for one in verdict] == ["sound"]
    assert (verdict[0]["segments"], verdict[0]["captures"]) == (1, 2)


def test_a_file_needs_no_archive(made: dict[str, str], tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    copied = shutil.copy(_warc(tmp_path), alone / "w.warc.gz")
    ran = cli("verify", Path(copied).name, "--json", cwd=alone)
    assert (ran.code, [one["verdict"] for one in ran.lines]) == (0, ["sound"])
    assert ran.lines[0]["sentence"].startswith("w.warc.gz, on its own, is sound")
    assert [one.name for one in alone.iterdir()] == ["w.warc.gz"]


def test_a_cut_at_every_single_byte_is_seen_but_where_a_capture_just_ended(
    made: dict[str, str], tmp_path: Path
) -> None:
    whole = _warc(tmp_path).read_bytes()
    records = [one for one in scan(io.BytesIO(whole)) if isinstance(one, Scanned)]
    ends = {r.offset + r.length for r in records if (r.get("WARC-Target-URI") or "").startswith("urn:manifest:")}
    assert len(ends) == 2
    assert max(ends) == len(whole)
    for at in range(len(whole)):
        report = verify_warc(io.BytesIO(whole[:at]), "cut.warc.gz")
        assert report.sound == (at in ends), at
        if not report.sound:
            assert report.findings[0].code in (("W03",) if at == 0 else ("W01", "M06")), at


def test_a_cut_file_is_exit_code_1_with_one_verdict_and_its_findings(
    here: Here, made: dict[str, str], tmp_path: Path
) -> None:
    whole = _warc(tmp_path).read_bytes()
    for at in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.warc.gz").write_bytes(whole[:at])
        ran = here("verify", "cut.warc.gz")
        assert (ran.code, ran.out) == (1, "")
        verdict, finding, meaning = ran.err.strip().splitlines()[:3]
        assert verdict.startswith("cut.warc.gz, on its own, is damaged: 1 error")
        code = finding.split()[0]
        assert meaning.strip() == FINDING_CODES[code]
        [found, last] = here("verify", "cut.warc.gz", "--json").lines
        assert (found["code"], last["verdict"]) == (code, "damaged")


def test_a_cut_between_two_captures_is_seen_against_the_seal_beside_it_and_against_the_archive(
    here: Here, made: dict[str, str], tmp_path: Path
) -> None:
    path = _warc(tmp_path)
    whole = path.read_bytes()
    records = [one for one in scan(io.BytesIO(whole)) if isinstance(one, Scanned)]
    first_end = next(
        r.offset + r.length for r in records if (r.get("WARC-Target-URI") or "").startswith("urn:manifest:")
    )
    path.chmod(0o644)
    path.write_bytes(whole[:first_end])
    codes = {line["code"] for line in here("verify", str(path), "--json").lines[:-1]}
    assert codes == {"S02", "S03"}
    ran = here("verify", "--json")
    assert ran.code == 1
    assert {"S02", "S03", "S06"} <= {line["code"] for line in ran.lines[:-1]}
    assert here("verify", made["segment_id"]).code == 1


def test_a_copy_that_was_cut_between_two_captures_is_seen_where_the_archive_is_at_hand(
    here: Here, made: dict[str, str], tmp_path: Path
) -> None:
    path = _warc(tmp_path)
    whole = path.read_bytes()
    records = [one for one in scan(io.BytesIO(whole)) if isinstance(one, Scanned)]
    ends = [r.offset + r.length for r in records if (r.get("WARC-Target-URI") or "").startswith("urn:manifest:")]
    copy = tmp_path / path.name
    copy.write_bytes(whole)
    assert "compared with its seal, is sound" in here("verify", copy.name).err
    copy.write_bytes(whole[: ends[0]])
    assert {line.get("code") for line in here("verify", copy.name, "--json").lines} == {"S02", "S03", None}
    elsewhere = here("--archive", "nowhere", "verify", copy.name)
    assert elsewhere.code == 0
    assert "on its own, is sound" in elsewhere.err


@pytest.mark.parametrize("part", ["*.warc.gz", "manifests.jsonl.gz", "index.cdxj", "segment.json"])
def test_one_changed_bit_in_any_sealed_file_is_found(
    here: Here, made: dict[str, str], tmp_path: Path, part: str
) -> None:
    [path] = tmp_path.rglob(part)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    ran = here("verify")
    assert (ran.code, ran.out) == (1, "")
    assert "is damaged" in ran.err.splitlines()[0]


def test_a_missing_file_is_found(here: Here, made: dict[str, str], tmp_path: Path) -> None:
    next(tmp_path.rglob("index.cdxj")).unlink()
    ran = here("verify", "--json")
    assert ran.code == 1
    assert ran.lines[0]["code"] == "S01"


def test_a_warc_file_of_another_program_is_judged_by_its_records(here: Here, tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    record = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        b"WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: http://h/\r\nContent-Type: application/http; msgtype=response\r\n"
        b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(block), block)
    )
    (tmp_path / "other.warc.gz").write_bytes(gzip.compress(record))
    ran = here("verify", "other.warc.gz")
    assert ran.code == 0, ran.err
    assert "1 record" in ran.err


def test_an_unknown_id_is_exit_code_3(here: Here, made: dict[str, str]) -> None:
    for unknown in ("0" * 32, "01" + "z" * 24):
        assert here("verify", unknown).code in (2, 3)
    assert here("verify", "0" * 32).code == 3


def test_rebuild_says_what_the_catalog_holds_and_lookups_are_as_before(
    here: Here, made: dict[str, str], tmp_path: Path
) -> None:
    before = here("lookup", made["url"], "--json").out
    ran = here("rebuild", "--json")
    assert (ran.code, ran.lines) == (0, [{"segments": 1, "captures": 2, "claims_sets": 0, "findings": []}])
    assert here("lookup", made["url"], "--json").out == before
    assert "2 captures of 1 segment." in here("rebuild").err


def test_a_segment_that_cannot_be_read_does_not_stop_a_rebuild_and_is_named(
    here: Here, made: dict[str, str], outlet: Outlet, tmp_path: Path
) -> None:
    here("capture", outlet.url("/gone"), "--allow-private", outlet.place)
    damaged = next(one for one in tmp_path.rglob("manifests.jsonl.gz") if made["segment_id"] in str(one))
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-5])
    ran = here("rebuild", "--json")
    assert ran.code == 1
    [said] = ran.lines
    assert said["segments"] == 1
    assert [one["code"] for one in said["findings"]] == ["S03"]
    assert here("lookup", outlet.url("/gone"), "--json").code == 0


def test_probe_tells_what_the_store_enforces(here: Here, made: dict[str, str]) -> None:
    [line] = here("store", "probe", "--json").lines
    assert line["archive"] == "./archive"
    assert line["create_only"] is True
    assert "ever overwritten" in here("store", "probe").err


def test_doctor_is_fine_where_all_is_and_says_what_each_lack_means(
    here: Here, made: dict[str, str], tmp_path: Path
) -> None:
    checks = {line["check"]: line for line in here("doctor", "--json").lines}
    assert {"python", "sqlite", "disk", "clock", "uvloop", "images", "store", "catalog"} == set(checks)
    assert all(one["fine"] for name, one in checks.items() if name != "disk")
    (tmp_path / "archive" / "catalog.sqlite").write_bytes(b"no database" * 1000)
    ran = here("doctor")
    assert (ran.code, ran.out) == (1, "")
    assert "rebuild" in ran.err
    assert "nothing can be found" in " ".join(ran.err.split())
    missing = here("--archive", "nowhere", "doctor")
    assert missing.code == 1
    assert "archiver --archive nowhere init" in missing.err


def test_a_page_of_its_own_archive_verifies_after_it_moved(here: Here, made: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "archive").rename(tmp_path / "moved")
    ran = here("--archive", "moved", "verify")
    assert ran.code == 0
