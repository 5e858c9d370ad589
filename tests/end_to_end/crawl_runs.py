# SPDX-License-Identifier: Apache-2.0
"""Crawls of the crawl site through the command line: the job file, the process, and what the archive holds afterwards."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archiver import Archive
from archiver.catalog.catalog import Found
from archiver.lock import Lock
from archiver.settings import Settings, read
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import Ran, cli, ended, environment, start

JOB = "quay"
PATIENCE = 30.0


def job_text(site: CrawlSite, **sections: Any) -> str:
    """A job over all of a site; see `job_of`."""
    return job_of(**{"seeds": site.seeds, "allowed": site.allowed, **sections})


def job_of(seeds: Sequence[object], allowed: Sequence[str], **sections: Any) -> str:
    """A job over some hosts without rests; `sections` replace its own, `politeness` key by key."""
    job = {
        "name": JOB,
        "operator": {"name": "The Quay Watch", "contact": "quay@example.org"},
        "seeds": list(seeds),
        "scope": {"type": "host"},
        "network": {"allow_private": list(allowed)},
        "site_files": False,  # it is counted what is asked for
        **sections,
        "politeness": {"delay": "0s", "per_host": 4, **sections.get("politeness", {})},
    }
    return json.dumps(job)


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
        return read({"HOME": str(self.folder), "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]})

    def write(self, text: str) -> None:
        """The job file, and an archive when there is none."""
        if not self.root.exists():
            Archive.init(self.root, settings=self._settings).close()
        (self.folder / "job.yaml").write_text(text, "utf-8")

    def __call__(self, *more: str) -> Ran:
        """`archiver crawl`, to its end."""
        return self.command(*_crawl(more))

    def begin(self, *more: str) -> "subprocess.Popen[bytes]":
        """`archiver crawl` as the leader of a process group of its own."""
        return self.begin_command(*_crawl(more))

    def command(self, *words: str) -> Ran:
        """Any command on the archive, to its end."""
        return cli("--archive", str(self.root), *words, cwd=self.folder)

    def begin_command(self, *words: str) -> "subprocess.Popen[bytes]":
        """Any command on the archive as the leader of a process group of its own."""
        process = start("--archive", str(self.root), *words, cwd=self.folder, start_new_session=True)
        self.running.append(process)
        return process

    def resumed(self, *more: str) -> Ran:
        """`archiver crawl --resume`, once the processes of the crawl before are gone."""
        self.wait_until_nobody_works()
        return self("--resume", *more)

    def clear(self) -> None:
        """Ends every process of ours that a failed test left."""
        for process in self.running:
            if process.stdout is not None and not process.stdout.closed:
                kill_group(process)
                ended(process)

    def remove(self) -> None:
        """Takes the folder away."""
        shutil.rmtree(self.folder)

    def state(self, question: str) -> list[tuple[Any, ...]]:
        """What the state database answers now; nothing while there is none."""
        path = self.root / "state.sqlite"
        if not path.is_file():
            return []
        # A reader that may not write takes no part in what happens: it recovers nothing and checkpoints nothing.
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE)) as state:
            try:
                return state.execute(question).fetchall()
            except sqlite3.OperationalError as fault:
                if "no such table" in str(fault):
                    return []
                raise

    def workers(self) -> list[int]:
        """The process ids of the workers that live as far as state knows, in the order they began in."""
        names = self.state("SELECT name FROM worker WHERE alive ORDER BY token")
        return [int(name.rpartition(":")[2]) for (name,) in names]

    def workers_of(self, parent: int) -> list[int]:
        """Those of one command that live."""
        return [one for one in self.workers() if _parent_of(one) == parent]

    def worker(self, number: int = 0, of: int = 1) -> int:
        """The process id of a worker, once so many have begun."""
        eventually(lambda: len(self.workers()) >= of)
        return self.workers()[number]

    def promised(self) -> set[str]:
        """Every capture of a crawl that has not ended, and of segments not stored, that state has acknowledged."""
        asked = "SELECT capture_id FROM capture UNION SELECT capture_id FROM url WHERE capture_id IS NOT NULL"
        return {capture for (capture,) in self.state(asked)}

    def unended(self) -> str | None:
        """The id of the crawl that has not ended."""
        found = self.state("SELECT crawl_id FROM crawl WHERE stage <> 'ended'")
        return str(found[0][0]) if found else None

    def begun(self) -> bool:
        """Whether there is a crawl, ended or not."""
        return bool(self.state("SELECT crawl_id FROM crawl LIMIT 1"))

    def wait_until_nobody_works(self, timeout: float = PATIENCE) -> None:
        """Returns once the crawl that has not ended may be gone on with; raises `TimeoutError`."""
        crawl_id = self.unended()
        if crawl_id is None:
            return
        lock = Lock(self.root / f"crawl-{crawl_id}.lock")
        try:
            eventually(lambda: lock.take(wait=False), timeout)
        finally:
            lock.release()

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

    def all_ids(self) -> set[str]:
        """The id of every capture in the archive, those of robots.txt too."""
        with Archive.open(self.root, settings=self._settings) as archive:
            catalog = archive.catalog()
            segments = catalog.all_segments()
            return {one.capture_id for segment in segments for one in catalog.captures_in(segment.segment_id)}

    def stop_between_turns(self, worker: int) -> None:
        """SIGSTOP of a worker that is not inside a transaction, for whom all others would have to wait."""
        while True:
            os.kill(worker, signal.SIGSTOP)
            with closing(sqlite3.connect(self.root / "state.sqlite", timeout=0.5, isolation_level=None)) as state:
                try:
                    state.execute("BEGIN IMMEDIATE")
                    state.execute("ROLLBACK")
                    return
                except sqlite3.OperationalError:
                    os.kill(worker, signal.SIGCONT)

    def not_once(self, site: CrawlSite) -> dict[str, int]:
        """How often each URL of a site is in the archive that is not there exactly once."""
        counts = Counter(one.url for one in self.captures())
        return {url: counts[url] for url in {*counts, *site.urls} if counts[url] != (url in site.urls)}

    def warcs(self) -> list[Path]:
        """The stored WARC files."""
        return sorted(self.root.glob("segments/**/*.warc.gz"))

    def unsound(self) -> list[str]:
        """What a verification of the whole archive finds wrong."""
        with Archive.open(self.root, settings=self._settings) as archive:
            return [f"{one.code} {one.where}: {one.detail}" for one in archive.verify().findings]


def _crawl(more: Sequence[str]) -> tuple[str, ...]:
    return "crawl", "job.yaml", "--json", "--first-retry", "0.05s", "--keep-free", "0B", *more


def _parent_of(pid: int) -> int | None:
    """The parent of a process; None for one that is gone or only waits to be buried."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if told[0] == "Z" else int(told[1])


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
        time.sleep(0.02)


def refused_by(paths: list[Path]) -> list[str]:
    """What other people's checkers say against WARC files: `warcio check`, `fastwarc check` and `gzip -t`."""
    names = [str(path) for path in paths]
    beside = Path(sys.executable).parent
    commands = [[str(beside / "warcio"), "check", *names], ["gzip", "-t", *names]]
    commands += [[str(beside / "fastwarc"), "check", "-q", name] for name in names]
    ran = [subprocess.run(one, capture_output=True, text=True, env=environment(), check=False) for one in commands]
    return [f"{one.args[0]}: {one.stdout[-500:]}{one.stderr[-500:]}" for one in ran if one.returncode]
