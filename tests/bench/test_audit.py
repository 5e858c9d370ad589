# SPDX-License-Identifier: Apache-2.0
"""The benchmark of the audit: what is compared with what."""

import gzip
from pathlib import Path

import pytest

from bench.audit import Round, rows, subject, whole
from bench.failed import Failed
from bench.processes import Cost

DONE = Round(Cost(2.0, 3.0, 1.0), Cost(8.0, 8.0, 1.0), Cost(1.0, 1.0, 1.0), fixity_s=0.5, sha256_s=0.4)


def test_ratios_are_speeds_ours_to_theirs() -> None:
    assert DONE.ratios() == {
        "deep_vs_warcio": 4.0,
        "deep_vs_fastwarc": 0.5,
        "fixity_vs_sha256": 0.8,
        "deep_cpu_vs_warcio": pytest.approx(8 / 3),
        "deep_cpu_vs_fastwarc": pytest.approx(1 / 3),
    }


def test_the_files_of_an_archive_are_counted_with_and_without_compression(tmp_path: Path) -> None:
    folder = tmp_path / "segments" / "a"
    folder.mkdir(parents=True)
    (folder / "one.warc.gz").write_bytes(gzip.compress(b"x" * 5000))
    one = subject(tmp_path)
    assert (one.raw, one.packed) == (5000, (folder / "one.warc.gz").stat().st_size)
    assert all(spent > 0 for spent in whole(one))
    assert [row[0] for row in rows(one, DONE)][:3] == ["archiver audit --deep", "warcio check", "fastwarc check -p"]
    with pytest.raises(Failed, match="no WARC file"):
        subject(folder / "none")
