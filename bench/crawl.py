# SPDX-License-Identifier: Apache-2.0
"""Measures our crawler against wget on a site of 10,000 URLs, in rounds: `make bench-crawl`.

A round runs ours, then wget with a process a host, then ours with fsync made free. Every run begins with an empty folder
on the same file system, a server of its own and an idle disk; making an archive's folder is not measured. A run counts
only when its WARC files have every URL of the site once and no other, and the server was asked for each of them once.
The last line is JSON: medians over rounds of the ratios within a round, ours to wget's. What it costs to read the main
texts once the crawl has ended is measured apart (`texts_cpu_s`).
"""

import argparse
import shutil
import sys
from collections.abc import Callable

from bench import contenders, figures, warcs
from bench.contenders import Contender
from bench.failed import Failed
from bench.figures import Measured, Round
from bench.place import Place, prepare, settle, warm
from bench.processes import run
from bench.site import Shape

LIMIT_S = 900.0


def measure(contender: Contender, place: Place, limit_s: float = LIMIT_S) -> Measured:
    """One run, checked. Raises `Failed`; what the run wrote is then still there."""
    with place.fresh(contender.name.replace(", ", "-").replace(" ", "-")) as folder:
        contender.prepare(folder)
        with place.nginx() as server:
            settle()
            cost = run(contender.programs(folder), limit_s)
        found = warcs.judged(sorted(folder.rglob("*.warc.gz")), server.log, place.urls)
        if found.wrong:
            raise Failed(f"{contender.name} did not archive the site, see {folder}:\n" + "\n".join(found.wrong))
        afterwards = run(contender.afterwards(folder), limit_s) if contender.afterwards is not None else None
    return Measured(cost, found.urls, found.warc_bytes, afterwards)


def compare(ours: Contender, peer: Contender, rounds: int, measured: Callable[[Contender], Measured]) -> list[Round]:
    """Runs the rounds and prints each."""
    unsynced = contenders.without_sync(ours, shutil.which("eatmydata"))
    if unsynced is None:
        print("eatmydata is not installed (apt-get install eatmydata): durability_share is null")
    done: list[Round] = []
    for number in range(1, rounds + 1):
        one = Round(measured(ours), measured(peer), measured(unsynced) if unsynced else None)
        rows = [(ours.name, one.ours), (peer.name, one.peer)]
        rows += [(unsynced.name, one.unsynced)] if unsynced and one.unsynced else []
        print(f"\nround {number}")
        print(figures.table(("", *figures.COLUMNS), [[name, *figures.cells(each)] for name, each in rows]), flush=True)
        if one.ours.afterwards is not None:
            later = one.ours.afterwards
            print(f"main texts, fingerprints and passages afterwards: {later.cpu_s:.1f} s of CPU, {later.wall_s:.1f} s")
        done.append(one)
    print("\nmedians")
    middle = [
        [ours.name, *figures.medians([one.ours for one in done])],
        [peer.name, *figures.medians([one.peer for one in done])],
    ]
    print(figures.table(("", *figures.COLUMNS), middle) + "\n")
    return done


def main(arguments: list[str]) -> int:
    """Measures and prints; 1 when a run did not archive the site."""
    parser = argparse.ArgumentParser(prog="python -m bench.crawl", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="another one makes another site")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pages", type=int, default=Shape().pages, help="pages a host")
    parser.add_argument("--embeds", type=int, default=Shape().embeds, help="embeds a host")
    parser.add_argument("--ours", choices=("archiver", "wget"), default="archiver",
                        help="wget: compare it with itself, which shows how far two equal runs differ here")  # fmt: skip
    given = parser.parse_args(arguments)
    around = figures.circumstances()
    try:
        place = prepare(Shape(seed=given.seed, pages=given.pages, embeds=given.embeds))
        warm(place.root)
        peer = contenders.wget(place.shape)
        ours = contenders.ours(place.shape, given.workers) if given.ours == "archiver" else peer
        versions = contenders.versions(ours_too=given.ours == "archiver")
        rounds = compare(ours, peer, given.rounds, lambda contender: measure(contender, place))
    except Failed as failed:
        print(f"bench-crawl: {failed}", file=sys.stderr)
        return 1
    more = {"seed": given.seed, "rounds": given.rounds, "workers": given.workers, **around, "versions": versions}
    print(figures.last_line({**figures.summary(rounds), **more}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
