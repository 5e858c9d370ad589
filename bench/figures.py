# SPDX-License-Identifier: Apache-2.0
"""From what runs cost to the figures that are printed: rates, ratios of one round, medians over rounds, tables.

A ratio is always taken within a round, between runs that followed each other on the same machine, and the median over
rounds is that of ratios, never the ratio of medians: what else the machine does changes from round to round.
"""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import Cost


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one contender."""

    cost: Cost
    urls: int
    warc_bytes: int
    afterwards: Cost | None = None
    """Of what was left to do when the site was archived."""

    @property
    def urls_per_s(self) -> float:
        """URLs archived a second of wall time."""
        return self.urls / self.cost.wall_s

    @property
    def cpu_ms_per_url(self) -> float:
        """Milliseconds of CPU time a URL, over all processes."""
        return 1000 * self.cost.cpu_s / self.urls


@dataclass(frozen=True, slots=True)
class Round:
    """Runs that followed each other."""

    ours: Measured
    peer: Measured
    unsynced: Measured | None = None
    """Ours, with fsync made free."""

    @property
    def durability_share(self) -> float | None:
        """The part of our wall time that waiting for the disk takes; 0 when that is less than the noise."""
        return None if self.unsynced is None else max(0.0, 1 - self.unsynced.cost.wall_s / self.ours.cost.wall_s)


def summary(rounds: Sequence[Round]) -> dict[str, float | None]:
    """The figures of a benchmark, each a median over rounds."""
    shares = [one.durability_share for one in rounds if one.durability_share is not None]
    later = [one.ours.afterwards.cpu_s for one in rounds if one.ours.afterwards is not None]
    return {
        "urls_per_s_ratio": _median((one.ours.urls_per_s / one.peer.urls_per_s for one in rounds), 2),
        "cpu_per_url_ratio": _median((one.ours.cpu_ms_per_url / one.peer.cpu_ms_per_url for one in rounds), 3),
        "warc_bytes_ratio": _median((one.ours.warc_bytes / one.peer.warc_bytes for one in rounds), 3),
        "peak_rss_mb": _median((one.ours.cost.peak_rss_mb for one in rounds), 1),
        "durability_share": _median(shares, 3) if shares else None,
        "texts_cpu_s": _median(later, 1) if later else None,
    }


def medians(runs: Sequence[Measured]) -> list[str]:
    """The cells of `COLUMNS` for the medians over runs."""
    return _cells(
        statistics.median(one.urls_per_s for one in runs),
        statistics.median(one.cpu_ms_per_url for one in runs),
        statistics.median(one.cost.peak_rss_mb for one in runs),
        statistics.median(one.warc_bytes for one in runs),
    )


COLUMNS = ("URL/s", "CPU ms/URL", "peak RSS MB", "WARC MB")


def cells(run: Measured) -> list[str]:
    """The cells of `COLUMNS` for one run."""
    return _cells(run.urls_per_s, run.cpu_ms_per_url, run.cost.peak_rss_mb, run.warc_bytes)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns under their heads, the first to the left, the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines)


def circumstances() -> dict[str, Any]:
    """The machine, how busy it was, and the code."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    machine = f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores"
    return {"machine": machine, "load": round(os.getloadavg()[0], 1), "commit": described.stdout.strip() or "unknown"}


def last_line(figures: dict[str, Any]) -> str:
    """One line of JSON, the last of a benchmark."""
    return json.dumps(figures, separators=(", ", ": "))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "processor unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor unknown"
    )


def _cells(urls_per_s: float, cpu_ms: float, rss_mb: float, warc_bytes: float) -> list[str]:
    return [f"{urls_per_s:,.0f}", f"{cpu_ms:.3f}", f"{rss_mb:.1f}", f"{warc_bytes / 1e6:,.1f}"]


def _median(values: Iterable[float], digits: int) -> float:
    return round(statistics.median(values), digits)
