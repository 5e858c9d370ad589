# SPDX-License-Identifier: Apache-2.0
"""Crawls of the crawl site through the command line: the job file, the process, and what the archive holds afterwards."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archiver import Archive
from archiver.catalog.catalog import Found
from archiver.settings import Settings, read
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import Ran, cli, ended, environment, start

JOB = "quay"
PATIENCE = 30.0


def job_text(site: CrawlSite, **sections: Any) -> str:
    """A job over all of a site without rests; `sections` replace its own, `politeness` key by key."""
    job = {
        "name": JOB,
        "operator": {"name": "The Quay Watch", "contact": "quay@example.org"},
        "seeds": site.seeds,
        "scope": {"type": "host"},
        "network": {"allow_private": list(site.allowed)},
        **sections,
        "politeness": {"delay": "0s", "per_host": 4, **sections.get("politeness", {})},
    }
    return json.dumps({name: value for name, value in job.items() if value is not None})


@dataclass
class Crawls:
    """The crawls of one job in one folder."""

    folder: Path
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The archive."""
        return self.folder / "archive"

    @property
    def _settings(self) -> Settings:
        return read({"HOME": str(self.folder)})

    def write(self, text: str) -> None:
        """The job file, and an archive when there is none."""
        if not self.root.exists():
            Archive.init(self.root, settings=self._settings).close()
        (self.folder / "job.yaml").write_text(text, "utf-8")

    def __call__(self, *more: str, archive: str | None = None) -> Ran:
        """`archiver crawl`, to its end."""
        return cli(*self._words(*more, archive=archive), cwd=self.folder)

    def begin(self, *more: str, archive: str | None = None) -> "subprocess.Popen[bytes]":
        """`archiver crawl` as the leader of a process group of its own."""
        process = start(*self._words(*more, archive=archive), cwd=self.folder, start_new_session=True)
        self.running.append(process)
        return process

    def _words(self, *more: str, archive: str | None) -> tuple[str, ...]:
        quick = ("--first-retry", "0.05s", "--keep-free", "0B")
        return "--archive", archive or str(self.root), "crawl", "job.yaml", "--json", *quick, *more

    def resumed(self, *more: str) -> Ran:
        """`archiver crawl --resume`, once the processes of the crawl before are gone."""
        last = time.monotonic() + PATIENCE
        while "another process works" in (ran := self("--resume", *more)).err and time.monotonic() < last:
            pass  # its workers seal what they have and end by themselves
        return ran

    def clear(self) -> None:
        """Ends every process of ours that a failed test left."""
        for process in self.running:
            if process.stdout is not None and not process.stdout.closed:
                kill_group(process)
                ended(process)

    def state(self, question: str) -> list[tuple[Any, ...]]:
        """What the state database answers now."""
        with closing(sqlite3.connect(f"file:{self.root / 'state.sqlite'}?mode=ro", uri=True)) as state:
            return state.execute(question).fetchall()

    def workers(self) -> list[int]:
        """The process ids of the workers that live, by their names in state."""
        if not (self.root / "state.sqlite").is_file():
            return []
        return [int(name.rpartition(":")[2]) for (name,) in self.state("SELECT name FROM worker WHERE alive ORDER BY token")]

    def worker(self, number: int = 0, of: int = 1) -> int:
        """The process id of a worker, once so many have begun."""
        eventually(lambda: len(self.workers()) >= of)
        return self.workers()[number]

    def acknowledged(self) -> set[str]:
        """Captures that state has acknowledged and not yet stored."""
        return {capture for (capture,) in self.state("SELECT capture_id FROM capture")}

    def waiting(self) -> int:
        """URLs that still wait."""
        return int(self.state("SELECT count(*) FROM url WHERE stage = 0")[0][0])

    def outcomes(self) -> dict[str, tuple[int | None, str | None]]:
        """Response code and reason of every URL that state knows."""
        told = "SELECT origin || target, code, reason FROM url JOIN host ON host.id = url.host"
        return {url: (code, reason) for url, code, reason in self.state(told)}

    def captures(self) -> list[Found]:
        """Every capture in the archive that is no robots.txt, in the order it was stored in."""
        with Archive.open(self.root, settings=self._settings) as archive:
            catalog = archive.catalog()
            found = [one for segment in catalog.all_segments() for one in catalog.captures_in(segment.segment_id)]
        return [one for one in found if not one.url.endswith("/robots.txt")]

    def not_once(self, site: CrawlSite) -> dict[str, int]:
        """How often each URL of a site is in the archive that is not there exactly once."""
        counts = Counter(one.url for one in self.captures())
        return {url: counts[url] for url in {*counts, *site.urls} if counts[url] != (url in site.urls)}

    def warcs(self) -> list[Path]:
        """The stored WARC files."""
        return sorted(self.root.glob("segments/**/*.warc.gz"))

    def verify(self) -> Ran:
        """`archiver verify` of everything."""
        return cli("--archive", str(self.root), "verify", cwd=self.folder)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """`kill -9` of a command that was begun and all its workers."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def eventually(true: Callable[[], object], timeout: float = PATIENCE) -> None:
    """Returns once something is true; raises `TimeoutError`."""
    last = time.monotonic() + timeout
    while not true():
        if time.monotonic() > last:
            raise TimeoutError("it never came true")
        time.sleep(0.005)


def refused_by(paths: list[Path]) -> list[str]:
    """What other people's checkers say against WARC files: `warcio check`, `fastwarc check` and `gzip -t`."""
    names = [str(path) for path in paths]
    beside = Path(sys.executable).parent
    commands = [[str(beside / "warcio"), "check", *names], ["gzip", "-t", *names]]
    commands += [[str(beside / "fastwarc"), "check", "-q", name] for name in names]
    ran = [subprocess.run(one, capture_output=True, text=True, env=environment(), check=False) for one in commands]
    return [f"{one.args[0]}: {one.stdout[-500:]}{one.stderr[-500:]}" for one in ran if one.returncode]
