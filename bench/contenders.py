# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared: ours and wget, each as it would be used to archive the same hosts.

A contender says how its folder is prepared, which is not measured, and which programs are then run side by side.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.failed import Failed
from bench.processes import Program
from bench.site import Shape

CONTACT = "bench@example.org"


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to archive the site into an empty folder."""

    name: str
    programs: Callable[[Path], list[Program]]
    """What is run and measured, for a folder."""
    prepare: Callable[[Path], None] = lambda folder: folder.mkdir(parents=True)
    """Makes the folder ready; not measured."""
    afterwards: Callable[[Path], list[Program]] | None = None
    """What is left to do when the site is archived, and is measured apart."""


def job_text(shape: Shape) -> str:
    """The job that archives the site: every host from its front page, without a pause between requests."""
    seeds = "".join(f"  - {shape.origin(host)}/\n" for host in shape.numbers)
    allowed = "".join(f'    - "{shape.address(host)}:{shape.port}"\n' for host in shape.numbers)
    return f"""\
name: bench
operator:
  name: Benchmark
  contact: {CONTACT}
seeds:
{seeds}scope:
  type: host
politeness:
  delay: 0s
  per_host: 6
  overall: 64
  robots: obey
# wget does not ask for them, and the site has none: both are to ask for the site's URLs and nothing else.
site_files: false
network:
  allow_private:
{allowed}"""


def ours(shape: Shape, workers: int) -> Contender:
    """This project's crawler, with everything on: digests, manifests, notices, index, catalog, fsync.

    Main texts, which similar pages and passages are found by, are read after the crawl.
    """
    archiver = str(_beside_python("archiver"))

    def prepare(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "bench.yaml").write_text(job_text(shape))
        named = ["--operator", "Benchmark", "--contact", CONTACT]
        _run([archiver, "--archive", str(folder / "archive"), "init", *named], _keys(folder))

    def programs(folder: Path) -> list[Program]:
        told = ["crawl", str(folder / "bench.yaml"), "--workers", str(workers), "--no-texts", "--json"]
        return [Program([archiver, "--archive", str(folder / "archive"), *told], folder, environment=_keys(folder))]

    def texts(folder: Path) -> list[Program]:
        return [Program([archiver, "--archive", str(folder / "archive"), "texts", "--json"], folder)]

    return Contender("ours", programs, prepare, texts)


def wget(shape: Shape) -> Contender:
    """GNU Wget, a process a host, each kept to its own host."""
    program = required("wget", "apt-get install wget")
    told = ["-q", "-r", "-l", "inf", "-e", "robots=off", "--delete-after", "--warc-cdx", "-H"]

    def programs(folder: Path) -> list[Program]:
        return [
            Program(
                [program, *told, "--warc-file=site", "-D", shape.address(host), f"{shape.origin(host)}/"],
                folder / f"h{host}",
            )
            for host in shape.numbers
        ]

    return Contender("wget", programs)


def without_sync(contender: Contender, eatmydata: str | None) -> Contender | None:
    """The same with every fsync made free by the program at this path; None when there is none."""
    if eatmydata is None:
        return None

    def programs(folder: Path) -> list[Program]:
        return [replace(one, command=[eatmydata, *one.command]) for one in contender.programs(folder)]

    return replace(contender, name=f"{contender.name}, no fsync", programs=programs, afterwards=None)


def versions(ours_too: bool = True) -> dict[str, str]:
    """The first line that each program says of its version."""
    told = {"wget": ["wget", "--version"], "nginx": [required("nginx", "apt-get install nginx-light"), "-v"]}
    if ours_too:
        told["archiver"] = [str(_beside_python("archiver")), "--version"]
    return {name: _run(command).splitlines()[0].strip() for name, command in told.items()}


def required(name: str, install: str) -> str:
    """Where a program is. Raises `Failed` when it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Failed(f"{name} is not installed. On Debian and Ubuntu: {install}")
    return found


def _beside_python(name: str) -> Path:
    """A command of the environment that runs this."""
    return Path(sys.executable).with_name(name)


def _keys(folder: Path) -> dict[str, str]:
    """Where the archive's signing key is kept: beside it, to be removed with it."""
    return {"XDG_STATE_HOME": str(folder / "keys")}


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    env = {**os.environ, **(environment or {})}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if ran.returncode:
        raise Failed(f"{' '.join(command)}\nended with {ran.returncode}: {(ran.stdout + ran.stderr)[-1500:]}")
    return ran.stdout + ran.stderr
