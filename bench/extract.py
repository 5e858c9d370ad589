# SPDX-License-Identifier: Apache-2.0
"""Measures the extractor beside trafilatura's metadata and extruct, on the same pages in the same run: `make bench-extract`.

Each reads all pages in a row, one reader after the other, for several rounds, and the best round of a page counts. Figures are
CPU time for 30 KB of HTML: what a page took, times 30,000, divided by its octets. The first group is all that `read` gives;
the second is what the catalog adds when it takes a page in: main text, language and fingerprint, from the tree that is there.

CORPUS is a folder with `pages/*.html` and, where the addresses are known, `labels.jsonl` (`id` and `url` a line); without
one, pages of the benchmark site are made. The last line is JSON: our median and 99th percentile in milliseconds, and theirs
divided by ours at the median.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from archiver.extract import read
from archiver.extract.language import language_of
from archiver.extract.main_text import main_text
from archiver.extract.markup import charset
from archiver.extract.markup.document import Document
from archiver.texts.fingerprint import codes, simhash
from bench.failed import Failed
from bench.figures import last_line
from bench.page import Page, render
from bench.words import Prose

OCTETS = 30_000
"""The size of page to which costs are scaled."""
_MADE = 200
_LINKS, _EMBEDS = 30, 8
THEIRS = ("trafilatura", "extruct")


@dataclass(frozen=True, slots=True)
class Sample:
    """One page."""

    path: Path
    url: str
    octets: int


Reader = Callable[[Sample], float]
"""Reads a page; milliseconds of CPU time it took."""


def samples_in(corpus: Path) -> list[Sample]:
    """The pages of a corpus. Raises `Failed` when it has none."""
    labels = corpus / "labels.jsonl"
    told = [json.loads(line) for line in labels.read_text("utf-8").splitlines()] if labels.is_file() else []
    urls = {label["id"]: label.get("url") for label in told}
    pages = sorted((corpus / "pages").glob("*.html"))
    if not pages:
        raise Failed(f"{corpus / 'pages'} holds no .html file")
    return [Sample(page, urls.get(page.stem) or "https://www.example/page", page.stat().st_size) for page in pages]


@cache
def _prose(seed: int) -> Prose:
    return Prose(seed, 2_000)


def made(folder: Path, count: int = _MADE, seed: int = 1) -> list[Sample]:
    """Pages of the benchmark site, of sizes spread like its own, written to `folder`."""
    prose, chance = _prose(seed), random.Random(f"extract {seed}")
    found = []
    for number in range(count):
        url = f"https://www.example/news/{'-'.join(chance.choices(prose.vocabulary, k=3))}-{number}.html"
        links = [f"/news/{'-'.join(chance.choices(prose.vocabulary, k=3))}-{at}.html" for at in range(_LINKS)]
        embeds = [f"/img/{number}-{at}.jpg" for at in range(_EMBEDS - 2)] + ["/style.css", "/site.js"]
        octets = max(2_000, min(1_000_000, int(chance.lognormvariate(10.309, 0.8))))
        page = render(Page(url, "Harbour Ledger", octets, links[:10], links[10:], embeds), prose, chance)
        path = folder / f"{number}.html"
        path.write_bytes(page)
        found.append(Sample(path, url, len(page)))
    return found


def cpu_ms(work: Callable[[], Any]) -> float:
    """Milliseconds of CPU time that a piece of work takes in this process."""
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / 1e6


def first_group(sample: Sample) -> float:
    """What `read` takes on one page."""
    page = sample.path.read_bytes()
    return cpu_ms(lambda: read(page, url=sample.url, content_type="text/html"))


def second_group(sample: Sample) -> float:
    """What the catalog adds on one page, its tree being there."""
    page = sample.path.read_bytes()
    document = Document(page, *charset.read(page, "text/html"))

    def work() -> None:
        text = main_text(document)
        language_of(text)
        simhash(codes(text))

    return cpu_ms(work)


@contextmanager
def contenders(python: Path) -> Iterator[dict[str, Reader]]:
    """Has a process of the contenders' environment read pages. Raises `Failed` when it does not run."""
    command = [str(python), str(Path(__file__).with_name("extract_theirs.py"))]
    try:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as failed:
        raise Failed(f"{python}: {failed.strerror}") from None

    def asked(reader: str, sample: Sample) -> float:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(json.dumps({"reader": reader, "path": str(sample.path), "url": sample.url}) + "\n")
        running.stdin.flush()
        answer = running.stdout.readline()
        if not answer:
            raise Failed(f"{' '.join(command)} ended with {running.wait()} at {sample.path}")
        taken: float = json.loads(answer)
        return taken

    with running:
        yield {name: partial(asked, name) for name in THEIRS}
        assert running.stdin is not None
        running.stdin.close()


def measured(samples: Sequence[Sample], rounds: int, readers: Mapping[str, Reader]) -> list[dict[str, float]]:
    """For each page the best time of each reader, in milliseconds."""
    best: list[dict[str, float]] = [{} for _ in samples]
    for _ in range(rounds):
        for name, reader in readers.items():
            for sample, kept in zip(samples, best, strict=True):
                taken = reader(sample)
                kept[name] = min(taken, kept.get(name, taken))
    return best


def figures(samples: Sequence[Sample], best: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """For each reader: pages a second, and the median and 99th percentile of the scaled costs."""
    found = {}
    for name in best[0]:
        scaled = [kept[name] * OCTETS / sample.octets for sample, kept in zip(samples, best, strict=True)]
        cuts = statistics.quantiles(scaled, n=100, method="inclusive")
        found[name] = {
            "pages_per_s": 1000 * len(best) / sum(kept[name] for kept in best),
            "median": cuts[49],
            "p99": cuts[98],
        }
    return found


def last(found: dict[str, dict[str, float]]) -> dict[str, float]:
    """The figures of the last line."""
    mine = found["ours"]
    ratios = {f"vs_{name}": round(found[name]["median"] / mine["median"], 1) for name in THEIRS}
    return {"ms_median": round(mine["median"], 3), "ms_p99": round(mine["p99"], 3), **ratios}


def main(arguments: list[str]) -> int:
    """Measures and prints; 2 when something is missing."""
    parser = argparse.ArgumentParser(prog="python -m bench.extract", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="a folder with pages/; without it pages are made")
    parser.add_argument(
        "--theirs", type=Path, required=True, metavar="PYTHON", help="python with trafilatura and extruct"
    )
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            samples = samples_in(given.corpus) if given.corpus else made(Path(scratch))
            with contenders(given.theirs.absolute()) as theirs:
                readers = {"ours": first_group, "second group": second_group, **theirs}
                found = figures(samples, measured(samples, given.rounds, readers))
    except Failed as failed:
        print(f"bench-extract: {failed}", file=sys.stderr)
        return 2
    octets = statistics.median(sample.octets for sample in samples)
    print(f"{len(samples)} pages, median {octets:,.0f} octets; CPU ms for {OCTETS:,} octets, best of {given.rounds}")
    print(f"{'':14} {'median':>8} {'p99':>8} {'pages/s':>9}")
    for name, row in found.items():
        print(f"{name:14} {row['median']:8.3f} {row['p99']:8.3f} {row['pages_per_s']:9.1f}")
    print(last_line(last(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
