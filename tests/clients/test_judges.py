# SPDX-License-Identifier: Apache-2.0
"""Checkers of other makers pass what we write, and their indexes of it are ours."""

import gzip
import json
import re
import subprocess
from pathlib import Path

from archiver.archive import Archive
from archiver.formats.warc_scan import Scanned, scan
from tests.clients.conftest import Judge

OURS = ("manifestOffset", "manifestLength")


def records(path: Path) -> list[Scanned]:
    with open(path, "rb") as stream:
        found = list(scan(stream))
    assert all(isinstance(one, Scanned) for one in found)
    return [one for one in found if isinstance(one, Scanned)]


def test_gzip_finds_every_file_whole(warcs: list[Path]) -> None:
    for path in warcs:
        done = subprocess.run(["gzip", "-t", path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_warcio_passes_every_record(judge: Judge, warcs: list[Path]) -> None:
    for path in warcs:
        done = judge("warcio", "check", "-v", path)
        assert done.returncode == 0, done.stdout
        assert done.stdout.count("digest pass") >= len([one for one in records(path) if one.get("WARC-Payload-Digest")])
        assert "digest failed" not in done.stdout


def test_warcio_fails_a_changed_file(judge: Judge, warcs: list[Path], tmp_path: Path) -> None:
    raw = b"".join(gzip.compress(one) for one in changed(warcs[0]))
    path = tmp_path / "changed.warc.gz"
    path.write_bytes(raw)
    assert judge("warcio", "check", path).returncode == 1


def changed(path: Path) -> list[bytes]:
    content = path.read_bytes()
    found = [gzip.decompress(content[one.offset : one.offset + one.length]) for one in records(path)]
    assert any(b"two dark winters" in one for one in found)
    return [one.replace(b"two dark winters", b"ten dark winters") for one in found]


def test_fastwarc_passes_every_block(judge: Judge, warcs: list[Path]) -> None:
    for path in warcs:
        done = judge("fastwarc", "check", path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "FAIL" not in done.stdout.upper()


def test_fastwarc_misses_payloads_of_our_revisits_only(judge: Judge, warcs: list[Path], tmp_path: Path) -> None:
    """It hashes the payload of every record that states a digest; a revisit states the digest of what it does not hold."""
    revisits = 0
    for path in warcs:
        out = tmp_path / "failed"
        judge("fastwarc", "check", "-p", "-o", out, path)
        lines = [line for line in out.read_text("utf-8").splitlines() if "FAIL" in line.upper()]
        failed = {found[1] for line in lines if (found := re.search(r"urn:uuid:([0-9a-f-]{36})", line))}
        ours = {one.record_id for one in records(path) if one.kind == "revisit"}
        assert failed == ours
        revisits += len(ours)
    assert revisits >= 2


def test_the_index_is_that_of_cdxj_indexer(judge: Judge, warcs: list[Path]) -> None:
    for path in warcs:
        done = judge("cdxj-indexer", "-s", path)
        assert done.returncode == 0, done.stderr
        theirs = [parsed(line) for line in done.stdout.splitlines() if not line.startswith("urn:")]
        ours = [parsed(line) for line in (path.parent / "index.cdxj").read_text("utf-8").splitlines()]
        chunked = {one.offset for one in records(path) if one.kind == "response" and not one.get("WARC-Payload-Digest")}
        assert len(ours) == len(theirs) == len([one for one in records(path) if one.kind in ("response", "revisit")])
        for mine, other in zip(ours, theirs, strict=True):
            for name in OURS:
                del mine[2][name]
            if int(mine[2]["offset"]) in chunked:
                # Without the field, the indexer hashes the chunk framing too; a digest of no payload helps nobody.
                del other[2]["digest"]
            assert mine == other
            assert list(mine[2]) == list(other[2])


def parsed(line: str) -> tuple[str, str, dict[str, str]]:
    key, time, text = line.split(" ", 2)
    return key, time, json.loads(text)


def test_the_archive_holds_what_the_judges_are_to_see(archive: Archive, warcs: list[Path]) -> None:
    kinds = [one.kind for path in warcs for one in records(path)]
    assert kinds.count("revisit") >= 2
    codes = {one.response_code for path in warcs for one in archive.catalog().captures_in(path.parent.name)}
    assert codes >= {200, 301, 404}
