# SPDX-License-Identifier: Apache-2.0
"""Where a benchmark works: the kept site, a free port for it, and fresh folders for what runs write.

All of it lies in one folder of the checkout, `.bench/`, so that every program writes to the same file system.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench import site
from bench.failed import Failed
from bench.nginx import Nginx, is_free
from bench.site import Shape

SCRATCH = Path(__file__).parents[1] / ".bench"
_PORTS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A site that can be served, and room for runs beside it."""

    scratch: Path
    root: Path
    """The folder of the site."""
    shape: Shape

    @property
    def urls(self) -> Path:
        """The list of the site's URLs."""
        return self.root / "urls.txt"

    def nginx(self) -> Nginx:
        """A server of the site, not yet started."""
        folders = {self.shape.address(host): (self.root / f"h{host}").resolve() for host in self.shape.numbers}
        return Nginx(self.scratch / "nginx", folders, self.shape.port)

    @contextmanager
    def fresh(self, name: str) -> Iterator[Path]:
        """A folder that is not there yet, and is gone afterwards unless the run in it failed."""
        folder = self.scratch / "runs" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield folder
        shutil.rmtree(folder)


def settle() -> None:
    """Lets the disk finish what earlier work left to it, so that no run pays for another."""
    os.sync()


def prepare(shape: Shape, scratch: Path = SCRATCH) -> Place:
    """The site, made now or kept from before, at the first free port from the shape's own on. Raises `Failed`."""
    addresses = [shape.address(host) for host in shape.numbers]
    ports = range(shape.port, shape.port + _PORTS)
    port = next((port for port in ports if is_free(addresses, port)), None)
    if port is None:
        raise Failed(f"no port from {ports[0]} to {ports[-1]} is free on {addresses[0]} to {addresses[-1]}")
    shape = replace(shape, port=port)
    root = scratch / f"site-{shape.seed}-{port}"
    manifest = site.kept(root, shape) or _made(root, shape)
    print(
        f"site: {root.name}, seed {shape.seed}, {manifest['urls']:,} URLs, "
        f"{(manifest['page_bytes'] + manifest['embed_bytes']) / 1e6:,.0f} MB, sha256 {manifest['sha256'][:16]}"
    )
    return Place(scratch, root, shape)


def _made(root: Path, shape: Shape) -> dict[str, Any]:
    """Makes the site in a process of its own: what this one holds, every program it starts is thought to have held."""
    shutil.rmtree(root, ignore_errors=True)
    told = [f"--{name}={value}" for name, value in asdict(shape).items()]
    command = [sys.executable, "-m", "bench.site", str(root.resolve()), *told]
    subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL, check=True)
    manifest = site.kept(root, shape)
    if manifest is None:
        raise Failed(f"{root} is not the site that was asked for")
    return manifest


def warm(root: Path) -> None:
    """Reads the site once, so that the first run does not pay for a cold disk."""
    for file in root.rglob("*"):
        if file.is_file():
            file.read_bytes()
