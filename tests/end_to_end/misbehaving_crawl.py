# SPDX-License-Identifier: Apache-2.0
"""A crawl of hosts of the misbehaving site, in processes of its own, and what became of every URL as the archive says it."""

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.archive import Archive
from archiver.services import outcomes
from tests.faces.command import environment
from tests.site.case import Answer
from tests.site.host import MOST_CAPTURES, Host
from tests.site.server import HOSTS_ALLOWED, Site

PATIENCE = 240.0
"""Seconds after which a crawl that ought to end by itself has not."""
_ROOT = Path(__file__).parents[2]


def job_text(site: Site, hosts: Iterable[Host], *more: str, **politeness: Any) -> str:
    """A job over these hosts and `more` seeds, under the limits that the cases assume."""
    job = {
        "name": "misbehaving",
        "operator": {"name": "The Quay Watch", "contact": "quay@example.org"},
        "seeds": [*(url for host in hosts for url in site.seeds(host.name)), *more],
        "scope": {"type": "host"},
        "network": {"allow_private": [HOSTS_ALLOWED, f"127.0.0.1:{site.port}"]},
        "politeness": {"delay": "0s", "max_delay": "0.2s", "overall": 128, **politeness},
        "limits": {"captures_per_host": MOST_CAPTURES, "header": "256KiB", "body": "1MiB"},
        "timeouts": {"connect": "2s", "header": "1s", "idle": "1s", "total": "4s"},
    }
    return json.dumps(job)


@dataclass(frozen=True)
class Fate:
    """What became of one URL."""

    url: str
    authority: str
    target: str
    answer: Answer
    captured: bool
    attempts: int
    path: str
    via: str | None
    """The URL it was found at."""


class MisbehavingCrawl:
    """One crawl of one job in one folder."""

    def __init__(self, folder: Path, job: str, **variables: str) -> None:
        """`variables` are added to the environment."""
        self.root = folder / "archive"
        self._variables = variables
        self._job = folder / "job.yaml"
        self._job.write_text(job, "utf-8")
        Archive.init(self.root).close()

    def begin(self, workers: int, *more: str) -> "subprocess.Popen[str]":
        """The crawl as the leader of a process group of its own."""
        words = (
            sys.executable,
            "-m",
            "tests.end_to_end.misbehaving_run",
            str(self.root),
            str(self._job),
            str(workers),
            *more,
        )
        return subprocess.Popen(
            words,
            cwd=_ROOT,
            env=environment(**self._variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, workers: int, *more: str) -> dict[str, Any]:
        """What the crawl says at its end."""
        process = self.begin(workers, *more)
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        assert process.returncode == 0, err
        assert err == ""
        said: dict[str, Any] = json.loads(out.splitlines()[-1])
        return said

    def fates(self) -> "Fates":
        """What became of every URL of the crawl."""
        return Fates(_fates(self.lines()))

    def lines(self) -> list[dict[str, Any]]:
        """The stored outcomes of the crawl."""
        with Archive.open(self.root) as archive:
            world = archive.world()
            (row,) = world.state.crawls.all()
            return list(outcomes.read(world.store, row.crawl_id))

    def captured(self) -> list[str]:
        """The URL of every capture in the archive."""
        with Archive.open(self.root) as archive:
            catalog = archive.catalog()
            return [one.url for segment in catalog.all_segments() for one in catalog.captures_in(segment.segment_id)]

    def warcs(self) -> list[Path]:
        """The stored WARC files."""
        return sorted(self.root.glob("segments/**/*.warc.gz"))


class Fates:
    """What became of every URL, by URL, by host and by where it was found."""

    def __init__(self, fates: Iterator[Fate]) -> None:
        self.by_url: dict[str, Fate] = {}
        self.by_host: dict[str, list[Fate]] = defaultdict(list)
        self.found_at: dict[str, list[Fate]] = defaultdict(list)
        """By the authority of the page that names them."""
        self.led_to: dict[str, Fate] = {}
        """Where a redirect led that was the first to name it, by the URL that sent it."""
        for one in fates:
            self.by_url[one.url] = one
            self.by_host[one.authority].append(one)
            if one.via is not None:
                self.found_at[one.via.split("/")[2]].append(one)
                if one.path.endswith("R"):
                    self.led_to[one.via] = one

    def of(self, authority: str, target: str) -> Answer | None:
        """What became of a target of a host, or of an absolute URL."""
        found = self.by_url.get(target if target.startswith("http") else f"http://{authority}{target}")
        return found.answer if found else None


def _fates(lines: Iterable[dict[str, Any]]) -> Iterator[Fate]:
    for one in lines:
        url = one["url"]
        at = url.index("/", 8)
        answer = (one["outcome"], one.get("reason"))
        yield Fate(
            url,
            url[url.index("//") + 2 : at],
            url[at:],
            answer,
            "capture_id" in one,
            one.get("attempts", 0),
            one["path"],
            one.get("via"),
        )
