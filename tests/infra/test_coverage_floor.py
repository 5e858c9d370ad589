# SPDX-License-Identifier: Apache-2.0
"""The coverage floor holds for every named package, and is not met by leaving one out."""

from typing import Any

from infra.coverage_floor import PACKAGES, shares, shortfalls


def report(
    lines: int = 100, covered: int = 95, branches: int = 20, taken: int = 19, branch: bool = True
) -> dict[str, Any]:
    summary = {
        "num_statements": lines,
        "covered_lines": covered,
        "num_branches": branches,
        "covered_branches": taken,
    }
    files = {f"{package}/noun.py": {"summary": summary} for package in PACKAGES}
    return {"meta": {"branch_coverage": branch}, "files": files}


def test_packages_above_the_floor_pass() -> None:
    assert shortfalls(report()) == []


def test_each_package_below_the_floor_is_named() -> None:
    assert [line.split(":")[0] for line in shortfalls(report(covered=60))] == list(PACKAGES)


def test_branches_alone_have_to_reach_the_floor_too() -> None:
    below = report(lines=980, covered=980, taken=10)
    assert shares(below, "archiver/store") == (99.0, 50.0)
    assert len(shortfalls(below)) == len(PACKAGES)


def test_a_package_without_a_measured_file_does_not_pass() -> None:
    without = report()
    del without["files"]["archiver/store/noun.py"]
    without["files"]["archiver/storeroom/noun.py"] = {"summary": {}}
    assert shortfalls(without) == ["archiver/store: no file measured"]


def test_a_report_without_branches_is_refused() -> None:
    assert shortfalls(report(branch=False)) == ["the report was measured without branches"]
