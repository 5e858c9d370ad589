# SPDX-License-Identifier: Apache-2.0
"""Proves that a crawl survives its processes: kills at random instants, `--resume`, and the archive is that of one run.

`make prove-crawl-crash` kills for at most `--minutes`, keeps its progress below build/, and is run again to go on; a new
commit begins anew. When everything asked for is done, or something was found wrong, one line of JSON with the result, the
commit, the machine and the counts is appended to docs/evidence/crawl-crash.jsonl.

The site has 8 hosts and 5,000 URLs. nginx serves it where it is installed, else a server of ours.
"""

import argparse
import contextlib
import json
import os
import platform
import secrets
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import site as pages
from bench.failed import Failed
from bench.nginx import Nginx, binary, is_free
from infra.crash.crawls import CrawlKills, Place, Tally
from infra.crash.scratch import scratch
from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_runs import job_of
from tests.end_to_end.crawl_site import CrawlSite

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "crawl-crash.jsonl"
PROGRESS = ROOT / "build" / "prove-crawl-crash.json"
HOSTS, PAGES, EMBEDS = 8, 313, 312
_PORTS = range(8470, 8490)
Counts = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """One piece of the proof; 1 when something was found wrong."""
    options = _options().parse_args(arguments)
    progress = _progress(options)
    print(f"prove-crawl-crash: seed {progress['seed']}, commit {progress['commit']}", flush=True)
    began = time.monotonic()
    ends = began + 60 * options.minutes
    left = options.kills - progress["kills"].get("kills", 0)
    if left > 0 and time.monotonic() < ends:
        with scratch() as folder, _place(folder / "site", options) as place:
            seed = int.from_bytes(f"{progress['seed']}/{progress['pieces']}".encode(), "big")
            _add(progress, CrawlKills(folder, place, seed).go_on(left, lambda: time.monotonic() < ends))
        print(f"kills: {progress['kills']}", flush=True)
    progress["seconds"] += round(time.monotonic() - began)
    progress["pieces"] += 1
    if progress["kills"].get("kills", 0) < options.kills and not progress["wrong"]:
        options.progress.parent.mkdir(parents=True, exist_ok=True)
        options.progress.write_text(json.dumps(progress), "utf-8")
        print("prove-crawl-crash: time is up; the same command goes on from here")
        return 0
    options.progress.unlink(missing_ok=True)
    line = _evidence(progress)
    with options.evidence.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line, indent=1))
    for one in progress["wrong"][:50]:
        print(f"WRONG {one}", file=sys.stderr)
    return 1 if progress["wrong"] else 0


@contextlib.contextmanager
def _place(folder: Path, options: argparse.Namespace) -> Iterator[Place]:
    """The site, served while inside."""
    if options.pages is None and _has_nginx():
        shape = pages.Shape(hosts=HOSTS, pages=PAGES, embeds=EMBEDS)
        addresses = [shape.address(host) for host in shape.numbers]
        port = next(one for one in _PORTS if is_free(addresses, one))
        shape = pages.Shape(port=port, hosts=HOSTS, pages=PAGES, embeds=EMBEDS)
        pages.write(folder, shape)
        urls = frozenset((folder / "urls.txt").read_text().split())
        seeds = [f"{shape.origin(host)}/" for host in shape.numbers]
        allowed = [f"{address}:{port}" for address in addresses]
        with Nginx(folder / "nginx", {shape.address(h): folder / f"h{h}" for h in shape.numbers}, port):
            yield Place(urls, job_of(seeds, allowed))
        return
    with CrawlSite(Shape(hosts=HOSTS, pages=options.pages or PAGES, embeds=1, redirects=2, copies=3)) as site:
        yield Place(frozenset(site.urls), job_of(site.seeds, site.allowed))


def _has_nginx() -> bool:
    try:
        binary()
    except Failed:
        return False
    return True


def _add(progress: Counts, tally: Tally) -> None:
    held = progress["kills"]
    for name, count in vars(tally).items():
        if name == "wrong":
            progress["wrong"] += count
        elif isinstance(count, Counter):
            held[name] = dict(sorted((Counter(held.get(name, {})) + count).items()))
        else:
            held[name] = held.get(name, 0) + count


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prove-crawl-crash", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=300, help="random kills [300]")
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument(
        "--pages", type=int, help="pages a host of a smaller site, which nginx does not serve [the site above]"
    )
    parser.add_argument("--seed", type=int, help="for the same choices again [random]")
    parser.add_argument("--progress", type=Path, default=PROGRESS, help="where progress is kept between pieces")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE, help="the file the line is appended to")
    return parser


def _progress(options: argparse.Namespace) -> Counts:
    commit, changed = _commit()
    if options.progress.is_file():
        held: Counts = json.loads(options.progress.read_text("utf-8"))
        if (held["commit"], held["changed"]) == (commit, changed) and options.seed in (None, held["seed"]):
            return held
        print("prove-crawl-crash: another commit or seed; beginning anew")
    seed = secrets.randbits(32) if options.seed is None else options.seed
    return {"commit": commit, "changed": changed, "seed": seed, "seconds": 0, "pieces": 0, "wrong": [], "kills": {}}


def _commit() -> tuple[str, bool]:
    """The commit that is proved, and whether the files differ from it."""

    def git(*words: str) -> str:
        asked = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return asked.stdout.strip()

    changed = git("status", "--porcelain", "--", "archiver", "manifests", "infra", "tests/end_to_end")
    return git("rev-parse", "HEAD") or "none", bool(changed)


def _evidence(progress: Counts) -> Counts:
    wrong = progress["wrong"]
    return {
        "proof": "crawl-crash",
        "result": "fail" if wrong else "pass",
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": progress["commit"],
        "uncommitted_changes": progress["changed"],
        "seed": progress["seed"],
        "seconds": progress["seconds"],
        "machine": {
            "cores": os.cpu_count(),
            "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        "kills": progress["kills"],
        "wrong": wrong[:20],
    }


if __name__ == "__main__":
    sys.exit(main())
