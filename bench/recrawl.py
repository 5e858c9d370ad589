# SPDX-License-Identifier: Apache-2.0
"""Measures what archiving a site again writes: `make bench-recrawl`.

One archive takes the same job three times: first, again with nothing changed, and again after a share of the pages was
rewritten. For each crawl it counts the octets that the store grew by, and the records of the site's URLs. It fails when
a crawl has not every URL once, or holds another response than those of what changed since the crawl before. A tenth of
the site are copies, so even the first crawl may have revisits.
The last line is JSON, the shares being those of the first crawl.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import contenders, figures, site, warcs
from bench.contenders import Contender
from bench.crawl import LIMIT_S
from bench.failed import Failed
from bench.place import Place, prepare, settle
from bench.processes import Cost, run
from bench.site import Shape
from bench.warcs import Holdings

_KINDS = {".warc.gz": "warc", "manifests.jsonl.gz": "manifests", "index.cdxj": "indexes"}
_OF_MACHINE = ("state.sqlite", "catalog.sqlite", "spool", "staging")


@dataclass(frozen=True, slots=True)
class Crawled:
    """What one crawl added."""

    name: str
    cost: Cost
    holds: Holdings
    octets: dict[str, int]
    """Octets by kind of file: `warc`, `manifests`, `indexes`, `others`."""

    @property
    def total(self) -> int:
        """Octets the store grew by."""
        return sum(self.octets.values())

    @property
    def urls(self) -> int:
        """URLs of the site that have a record."""
        return len(self.holds.records)


def stored(archive: Path) -> dict[Path, int]:
    """The files of an archive's store and their sizes, without what belongs to the machine."""
    files = (file for file in archive.rglob("*") if file.is_file())
    return {
        file: file.stat().st_size for file in files if not file.relative_to(archive).parts[0].startswith(_OF_MACHINE)
    }


def by_kind(files: dict[Path, int]) -> dict[str, int]:
    """Octets by kind of file."""
    octets = Counter(dict.fromkeys((*_KINDS.values(), "others"), 0))
    for file, size in files.items():
        octets[next((kind for end, kind in _KINDS.items() if file.name.endswith(end)), "others")] += size
    return dict(octets)


def faults(crawled: Crawled, urls: Collection[str], changed: Collection[str] | None) -> list[str]:
    """What is wrong with a crawl; `changed` are the URLs that must have responses, None when all are new."""
    wrong = warcs.faults(crawled.holds.records, urls, crawled.holds.strangers)
    if changed is not None:
        new = Counter(crawled.holds.responses)
        wrong += [f"of the responses {what}" for what in warcs.faults(new, changed, new.keys() - set(changed))]
    return wrong


def crawl(name: str, contender: Contender, folder: Path, place: Place) -> Crawled:
    """One crawl into the archive in `folder`."""
    before = stored(folder / "archive")
    with place.nginx():
        settle()
        cost = run(contender.programs(folder), LIMIT_S)
    after = stored(folder / "archive")
    added = {file: size - before.get(file, 0) for file, size in after.items() if size != before.get(file)}
    new = sorted(file for file in added if file.name.endswith(".warc.gz"))
    return Crawled(name, cost, warcs.holdings(new, frozenset(place.urls.read_text().split())), by_kind(added))


def summary(first: Crawled, unchanged: Crawled, changed: Crawled) -> dict[str, Any]:
    """The figures of the last line."""
    figures_of = {}
    for name, one in (("unchanged", unchanged), ("changed", changed)):
        figures_of[f"{name}_share"] = round(one.total / first.total, 4)
        figures_of[f"{name}_bytes_per_url"] = round(one.total / one.urls, 1)
        figures_of[f"{name}_responses"] = len(one.holds.responses)
    return {"first_bytes": first.total, **figures_of}


def rows(crawls: list[Crawled]) -> list[list[str]]:
    """A line of the table for each crawl."""
    return [
        [
            one.name,
            f"{one.total / 1e6:,.1f}",
            f"{100 * one.total / crawls[0].total:.1f}",
            f"{one.total / one.urls:,.0f}",
            *(f"{octets / 1e6:,.1f}" for octets in one.octets.values()),
            *(f"{count:,}" for count in (len(one.holds.responses), one.holds.not_modified, one.holds.identical)),
            f"{one.urls / one.cost.wall_s:,.0f}",
        ]
        for one in crawls
    ]


HEAD = ("", "MB", "% of first", "B/URL", "WARC MB", "manifests MB", "indexes MB", "others MB",
        "responses", "not modified", "identical", "URL/s")  # fmt: skip


def measure(contender: Contender, place: Place, percent: float) -> dict[str, Any]:
    """Crawls three times, prints a table, and returns the figures. Raises `Failed`."""
    with place.fresh("recrawl") as folder:
        contender.prepare(folder)
        copy = folder / "site"
        site.linked(place.root, copy)
        own = replace(place, root=copy)
        urls = own.urls.read_text().split()
        crawls = [crawl("first", contender, folder, own), crawl("unchanged", contender, folder, own)]
        changed = site.change(copy, percent)
        crawls.append(crawl(f"{percent:g} % changed", contender, folder, own))
        print(figures.table(HEAD, rows(crawls)) + "\n", flush=True)
        for one, new in zip(crawls, (None, [], changed), strict=True):
            if wrong := faults(one, urls, new):
                raise Failed(f"{one.name}, see {folder}:\n" + "\n".join(wrong))
        return summary(*crawls)


def main(arguments: list[str]) -> int:
    """Measures and prints; 1 when a crawl is not what it must be."""
    parser = argparse.ArgumentParser(prog="python -m bench.recrawl", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="another one makes another site")
    parser.add_argument("--changed", type=float, default=1.0, metavar="PERCENT", help="the share of pages rewritten")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pages", type=int, default=Shape().pages, help="pages a host")
    parser.add_argument("--embeds", type=int, default=Shape().embeds, help="embeds a host")
    given = parser.parse_args(arguments)
    around = figures.circumstances()
    try:
        place = prepare(Shape(seed=given.seed, pages=given.pages, embeds=given.embeds))
        measured = measure(contenders.ours(place.shape, given.workers), place, given.changed)
        versions = contenders.versions()
    except Failed as failed:
        print(f"bench-recrawl: {failed}", file=sys.stderr)
        return 1
    more = {"seed": given.seed, "changed_percent": given.changed, "workers": given.workers}
    print(figures.last_line({**measured, **more, **around, "versions": versions}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
