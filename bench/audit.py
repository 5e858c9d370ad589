# SPDX-License-Identifier: Apache-2.0
"""Measures a deep audit beside other people's checkers, on the same WARC files in the same run: `make bench-audit`.

The files are those of crawls of the benchmark's site, of three seeds unless told otherwise, so that starting a program is
little of what it takes. A round runs `archiver audit --deep` on the archive, then `warcio check` and `fastwarc check -p` on
its WARC files; and hashes them whole, through the store as an audit does and from memory with hashlib. Rates are
uncompressed octets of the WARC files a second of wall time, start-up of each program included. The checkers see the records
alone; the audit compares seals, manifests, index, claims and catalog as well, and uses every core, as its default is.
fastwarc fails revisits, whose payload is elsewhere.

The last line is JSON: medians over rounds of the ratios within a round.
"""

import argparse
import gzip
import hashlib
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archiver.store.content import digest_of, read_pieces
from archiver.store.local import LocalStore
from bench import contenders, figures
from bench.crawl import LIMIT_S
from bench.failed import Failed
from bench.place import SCRATCH, Place, prepare, settle
from bench.processes import Cost, Program, run
from bench.site import Shape


@dataclass(frozen=True, slots=True)
class Subject:
    """The files that are checked."""

    archive: Path
    warcs: tuple[Path, ...]
    raw: int
    """Octets of the WARC files, uncompressed."""
    packed: int
    """Octets of the WARC files as they are stored."""


@dataclass(frozen=True, slots=True)
class Round:
    """What each took, in seconds of wall time and of CPU time."""

    deep: Cost
    warcio: Cost
    fastwarc: Cost
    fixity_s: float
    sha256_s: float

    def ratios(self) -> dict[str, float]:
        """Ours to theirs, in speed."""
        return {
            "deep_vs_warcio": self.warcio.wall_s / self.deep.wall_s,
            "deep_vs_fastwarc": self.fastwarc.wall_s / self.deep.wall_s,
            "fixity_vs_sha256": self.sha256_s / self.fixity_s,
            "deep_cpu_vs_warcio": self.warcio.cpu_s / self.deep.cpu_s,
            "deep_cpu_vs_fastwarc": self.fastwarc.cpu_s / self.deep.cpu_s,
        }


def subject(archive: Path) -> Subject:
    """The WARC files of an archive in a folder. Raises `Failed` when it has none."""
    warcs = tuple(sorted(archive.glob("segments/**/*.warc.gz")))
    if not warcs:
        raise Failed(f"there is no WARC file in {archive}")
    raw = 0
    for one in warcs:
        with gzip.open(one) as stream:
            while piece := stream.read(1 << 20):
                raw += len(piece)
    return Subject(archive, warcs, raw, sum(one.stat().st_size for one in warcs))


def crawled(places: Sequence[Place], folder: Path, workers: int) -> Path:
    """An archive of the sites, made by a crawl each."""
    contenders.ours(places[0].shape, workers).prepare(folder)
    for place in places:
        (folder / "bench.yaml").write_text(contenders.job_text(place.shape))
        with place.nginx():
            run(contenders.ours(place.shape, workers).programs(folder), LIMIT_S)
    return folder / "archive"


def measure(one: Subject, judges: Path, scratch: Path, audit: Sequence[str]) -> Round:
    """One round. Raises `Failed` when a program says that sound files are damaged."""
    archiver = str(Path(sys.executable).with_name("archiver"))
    names = [str(warc) for warc in one.warcs]
    deep = [archiver, "--archive", str(one.archive), "audit", "--deep", "--restart", "--json", *audit]
    settle()
    ours = run([Program(deep, scratch / "audit")], LIMIT_S)
    said = json.loads((scratch / "audit" / "said.log").read_text().splitlines()[-1])
    if said["outcome"] != "success" or said["octets"] < one.packed:
        raise Failed(f"the audit did not read the whole archive or found damage: {said}")
    warcio = run([Program([str(judges / "warcio"), "check", *names], scratch / "warcio")], LIMIT_S)
    # It takes one file a call.
    calls = [
        Program([str(judges / "fastwarc"), "check", "-q", "-p", name], scratch / "fastwarc", (0, 1)) for name in names
    ]
    each = [run([call], LIMIT_S) for call in calls]
    fastwarc = Cost(
        sum(cost.wall_s for cost in each), sum(cost.cpu_s for cost in each), max(cost.peak_rss_mb for cost in each)
    )
    fixity_s, sha256_s = whole(one)
    return Round(ours, warcio, fastwarc, fixity_s, sha256_s)


def whole(one: Subject) -> tuple[float, float]:
    """Seconds for hashing every WARC file as it comes from the store, and for the same octets in memory; the best of three."""
    store = LocalStore(one.archive)
    stored = memory = 0.0
    for warc in one.warcs:
        key, content = str(warc.relative_to(one.archive)), warc.read_bytes()
        ways: tuple[Callable[[], object], ...] = (partial(_from_store, store, key), partial(_in_memory, content))
        best = [float("inf"), float("inf")]
        for _ in range(3):
            for number, way in enumerate(ways):
                began = time.perf_counter()
                way()
                best[number] = min(best[number], time.perf_counter() - began)
        stored, memory = stored + best[0], memory + best[1]
    return stored, memory


def _from_store(store: LocalStore, key: str) -> None:
    with store.open(key) as stream:
        digest_of(read_pieces(stream))


def _in_memory(content: bytes) -> None:
    hashlib.sha256(content).digest()


def rows(one: Subject, done: Round) -> list[list[str]]:
    """A line of the table for each contender."""
    costs = {"archiver audit --deep": done.deep, "warcio check": done.warcio, "fastwarc check -p": done.fastwarc}
    table = [
        [name, f"{one.raw / cost.wall_s / 1e6:,.0f}", f"{one.raw / cost.cpu_s / 1e6:,.0f}"]
        for name, cost in costs.items()
    ]
    for name, seconds in (("whole-file fixity", done.fixity_s), ("hashlib sha256 in memory", done.sha256_s)):
        table.append([name, f"{one.packed / seconds / 1e6:,.0f}", ""])
    return table


def main(arguments: list[str]) -> int:
    """Measures and prints; 1 when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m bench.audit", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="another one makes another site")
    parser.add_argument("--sites", type=int, default=3, help="how many sites, with one seed after the other")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="processes of the crawl that makes the files")
    parser.add_argument("--judges", type=Path, default=Path(sys.executable).parent, help="the folder of the checkers")
    parser.add_argument("--archive", type=Path, help="an archive in a folder, in place of a crawl")
    parser.add_argument("--audit", nargs="*", default=[], help="more options of the audit, such as --audit=--workers=1")
    given = parser.parse_args(arguments)
    around = figures.circumstances()
    try:
        scratch = SCRATCH / "audit"
        shutil.rmtree(scratch, ignore_errors=True)
        archive = given.archive
        if archive is None:
            places = [prepare(Shape(seed=given.seed + number)) for number in range(given.sites)]
            archive = crawled(places, scratch / "crawl", given.workers)
        one = subject(archive.resolve())
        print(
            f"{len(one.warcs)} WARC files, {one.packed / 1e6:,.1f} MB, {one.raw / 1e6:,.1f} MB uncompressed", flush=True
        )
        done = []
        for number in range(1, given.rounds + 1):
            done.append(measure(one, given.judges.absolute(), scratch / "said", given.audit))
            print(f"\nround {number}")
            print(figures.table(("", "MB/s", "MB/s of CPU"), rows(one, done[-1])), flush=True)
        shutil.rmtree(scratch, ignore_errors=True)
    except Failed as failed:
        print(f"bench-audit: {failed}", file=sys.stderr)
        return 1
    ratios = [one.ratios() for one in done]
    medians = {name: round(statistics.median(one[name] for one in ratios), 2) for name in ratios[0]}
    more = {"seed": given.seed, "rounds": given.rounds, "raw_mb": round(one.raw / 1e6, 1), "cores": os.cpu_count()}
    print("\n" + figures.last_line({**medians, **more, **around}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
