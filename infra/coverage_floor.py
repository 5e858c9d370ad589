# SPDX-License-Identifier: Apache-2.0
"""Fails when a package on which an archive's bytes depend is tested below the floor.

Reads the JSON report of coverage.py, measured with branches. Each package has to reach the floor twice: in lines and
branches together (the figure coverage.py itself reports), and in branches alone, which the many straight lines of a
module would otherwise hide. A package of the list without one measured file is a failure: a renamed folder must not
pass by being absent.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FLOOR = 90.0
PACKAGES = tuple(f"archiver/{name}" for name in ("formats", "store", "state", "capture", "extract", "services"))


def percent(covered: int, total: int) -> float:
    """The share in percent; nothing to cover counts as covered."""
    return 100.0 if total == 0 else 100.0 * covered / total


def shares(report: Mapping[str, Any], package: str) -> tuple[float, float] | None:
    """(lines and branches, branches alone) of a package in percent; None when no file of it was measured."""
    files = [f["summary"] for path, f in report["files"].items() if path.startswith(package + "/")]
    if not files:
        return None
    lines, covered_lines, branches, covered_branches = (
        sum(f[field] for f in files)
        for field in ("num_statements", "covered_lines", "num_branches", "covered_branches")
    )
    return percent(covered_lines + covered_branches, lines + branches), percent(covered_branches, branches)


def shortfalls(report: Mapping[str, Any], packages: Iterable[str] = PACKAGES, floor: float = FLOOR) -> list[str]:
    """One sentence a package below the floor."""
    if not report["meta"]["branch_coverage"]:
        return ["the report was measured without branches"]
    found: list[str] = []
    for package in packages:
        measured = shares(report, package)
        if measured is None:
            found.append(f"{package}: no file measured")
        elif min(measured) < floor:
            found.append(f"{package}: {measured[0]:.1f} % in all, {measured[1]:.1f} % of branches, floor {floor:.0f} %")
    return found


def main(path: str) -> int:
    """Judge the report at a path; 1 when any package is below the floor."""
    found = shortfalls(json.loads(Path(path).read_text("utf-8")))
    sys.stdout.writelines(f"coverage: {line}\n" for line in found or [f"every package is at {FLOOR:.0f} % or above"])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
