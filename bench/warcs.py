# SPDX-License-Identifier: Apache-2.0
"""Counts what WARC files hold of a site: which URL was archived how often, as a response or as a revisit.

A URL counts when a response or revisit record names it as its target. `/robots.txt` is nobody's page and stands apart.
A measuring process must not grow, so it has another one judge a run: `python -m bench.warcs URLS LOG FILE...`.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from bench.failed import Failed

_SHOWN = 5


@dataclass(slots=True)
class Holdings:
    """What files hold of the URLs of a site."""

    warc_bytes: int = 0
    records: dict[str, int] = field(default_factory=dict)
    """How many records each URL has."""
    responses: list[str] = field(default_factory=list)
    """URLs of response records."""
    not_modified: int = 0
    """Revisits that say the server had not modified the resource."""
    identical: int = 0
    """Revisits that say the payload is the same."""
    codes: dict[str, int] = field(default_factory=dict)
    """How often the site's URLs were answered with which code."""
    robots: int = 0
    """Responses and revisits of `/robots.txt`."""
    strangers: list[str] = field(default_factory=list)
    """Targets that are no URL of the site."""


def holdings(files: Iterable[Path], site: Collection[str]) -> Holdings:
    """Reads gzipped WARC files, every record of them."""
    found, records, codes = Holdings(), Counter[str](), Counter[str]()
    for file in files:
        found.warc_bytes += file.stat().st_size
        with file.open("rb") as stream:
            for record in ArchiveIterator(
                stream, record_types=WarcRecordType.response | WarcRecordType.revisit, parse_http=True
            ):
                # wget writes angle brackets around it, as a slip in the grammar of WARC 1.0 has them.
                target = (record.headers.get("WARC-Target-URI") or "").strip("<>")
                if target.endswith("/robots.txt"):
                    found.robots += 1
                    continue
                if target not in site:
                    found.strangers.append(target)
                    continue
                records[target] += 1
                codes[str(record.http_headers.status_code if record.http_headers else None)] += 1
                if record.record_type == WarcRecordType.response:
                    found.responses.append(target)
                elif (record.headers.get("WARC-Profile") or "").endswith("/server-not-modified"):
                    found.not_modified += 1
                else:
                    found.identical += 1
    found.records, found.codes = dict(records), dict(codes)
    return found


def faults(count: Mapping[str, int], site: Collection[str], strangers: Collection[str] = ()) -> list[str]:
    """What is not "every URL of the site, once, and no other", in a sentence a kind of fault."""
    missing = [url for url in site if url not in count]
    doubled = [url for url in site if count.get(url, 0) > 1]
    kinds = ((missing, "missing"), (doubled, "there more than once"), (sorted(strangers), "not of the site"))
    return [f"{len(urls)} URLs are {what}: {' '.join(urls[:_SHOWN])}" for urls, what in kinds if urls]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a run archived the site."""

    urls: int
    """How many of the site's URLs have a record."""
    warc_bytes: int
    wrong: list[str]
    """What is not as it should be, a sentence each."""


def verdict(found: Holdings, asked: Iterable[str], site: Collection[str]) -> Verdict:
    """Judges what a run left: its records, and the lines `CODE URL` that the server wrote of it."""
    wrong = [f"in the WARC files {what}" for what in faults(found.records, site, found.strangers)]
    urls = (line.rstrip("\n").partition(" ")[2] for line in asked)
    requests = Counter(url for url in urls if not url.endswith("/robots.txt"))
    wrong += [f"among the requests {what}" for what in faults(requests, site, requests.keys() - set(site))]
    if found.codes.keys() - {"200"}:
        wrong.append(f"answers of other codes than 200 were archived: {found.codes}")
    return Verdict(len(found.records), found.warc_bytes, wrong)


def judged(files: Iterable[Path], log: Path, urls: Path) -> Verdict:
    """The verdict over a run, by another process. Raises `Failed` when files cannot be read."""
    named = [str(file.resolve()) for file in (urls, log, *files)]
    command = [sys.executable, "-m", "bench.warcs", *named]
    ran = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise Failed(f"the WARC files cannot be read: {ran.stderr[-1500:]}")
    return Verdict(**json.loads(ran.stdout))


def main(arguments: list[str]) -> int:
    """Prints the verdict as JSON."""
    urls, log, *files = map(Path, arguments)
    site = dict.fromkeys(urls.read_text().split())
    with log.open() as asked:
        print(json.dumps(asdict(verdict(holdings(files, site), asked, site))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
