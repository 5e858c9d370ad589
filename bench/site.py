# SPDX-License-Identifier: Apache-2.0
"""Writes the site that the benchmarks crawl: folders `h1`, `h2`, ... with pages and what they embed, one a host.

Guarantees: the same seed, shape and port give the same bytes and times of change. Every page is reached from its host's
front page over links of that host, every embed stands in a page of its host; a tenth of the pages and of the embeds
are copies of others, octet for octet. `urls.txt` names every URL, `manifest.json` counts them, `changed.txt` names the
pages rewritten since.

Links to other hosts name the port, so a site belongs to the port it was made for. Serving it is left to `nginx`.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import embeds
from bench.page import Page, render
from bench.words import Prose

FORMAT = 1
"""To be raised with every change of what is generated: a kept site of another one is made anew."""
MADE_AT = 1_717_243_200
"""When every file says it was changed last: 2024-06-01T12:00:00Z, so that ETag and Last-Modified are the same each time."""
CHANGED_AFTER = 86_400
"""Seconds from there to the time of a rewritten page."""
LINKS = 20
CROSS_LINKS = 2
"""How many of a page's links lead to another host."""
CHILDREN = 15
"""How many pages hang from one in the tree that makes every page reachable."""
EMBEDS = 3
_PUBLISHERS = (
    "Quayside Courier",
    "The Fen Observer",
    "Tarn Valley Institute",
    "Kestrel House Press",
    "Almanac of Trades",
    "Saltmarsh Weekly",
    "Union of Lock Keepers",
    "Orchard Street Review",
)
_SECTIONS = ("news", "culture", "harbour", "science", "letters", "sport", "archive", "travel", "opinion")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a site is; the defaults are those of the benchmark."""

    seed: int = 1
    port: int = 8460
    hosts: int = 8
    pages: int = 625
    """A host."""
    embeds: int = 625
    """A host."""

    def address(self, host: int) -> str:
        """Where a host, counted from 1, is served."""
        return f"127.0.0.{10 + host}"

    def origin(self, host: int) -> str:
        """Scheme, address and port of a host."""
        return f"http://{self.address(host)}:{self.port}"

    @property
    def numbers(self) -> range:
        """The hosts."""
        return range(1, self.hosts + 1)


def write(root: Path, shape: Shape) -> dict[str, Any]:
    """Makes the site in `root`, which must not exist, and returns what its manifest says."""
    prose = Prose(shape.seed)
    names = {host: _page_paths(shape, host, prose) for host in shape.numbers}
    digest = hashlib.sha256()
    urls: list[str] = []
    page_bytes = embed_bytes = 0
    for host in shape.numbers:
        folder = root / f"h{host}"
        pages = _pages(shape, host, names, prose)
        embedded = _embeds(shape, host, prose)
        page_bytes += sum(map(len, pages.values()))
        embed_bytes += sum(map(len, embedded.values()))
        urls += [shape.origin(host) + path for path in (*pages, *embedded)]
        for path, content in (*pages.items(), *embedded.items(), ("/robots.txt", b"User-agent: *\nAllow: /\n")):
            _put(folder / (path[1:] or "index.html"), content, MADE_AT)
            digest.update(f"{host} {path} {len(content)}\n".encode() + content)
    (root / "urls.txt").write_text("".join(f"{url}\n" for url in urls))
    manifest = {
        "format": FORMAT,
        **asdict(shape),
        "urls": len(urls),
        "page_bytes": page_bytes,
        "embed_bytes": embed_bytes,
        "sha256": digest.hexdigest(),
    }
    # Last: a folder without it is a site that was not finished.
    (root / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def kept(root: Path, shape: Shape) -> dict[str, Any] | None:
    """The manifest of the site in `root`; None unless it is this very site, whole and as it was made."""
    try:
        manifest: dict[str, Any] = json.loads((root / "manifest.json").read_text())
    except FileNotFoundError:
        return None
    wanted = {"format": FORMAT, **asdict(shape)}
    return manifest if {name: manifest.get(name) for name in wanted} == wanted else None


def change(root: Path, percent: float) -> list[str]:
    """Rewrites this share of the pages, at least one: another word, a later time. Returns their URLs, as `changed.txt` does.

    Each file is replaced, never written into: the folder may share its files with another one by hard links.
    """
    manifest = json.loads((root / "manifest.json").read_text())
    shape = Shape(**{name: manifest[name] for name in asdict(Shape())})
    pages = [url for url in (root / "urls.txt").read_text().split() if url.endswith(("/", ".html"))]
    chosen = random.Random(f"change {shape.seed}").sample(pages, max(1, round(len(pages) * percent / 100)))
    changed = sorted(chosen, key=pages.index)
    for number, url in enumerate(changed):
        address, _, path = url.removeprefix("http://").partition("/")
        file = root / f"h{int(address.partition(':')[0].rpartition('.')[2]) - 10}" / (path or "index.html")
        before, paragraph, after = file.read_bytes().partition(b'<p class="imprint">')
        new = before + paragraph + b"Corrected in edition %d. " % number + after
        beside = file.with_name(file.name + ".new")
        _put(beside, new, MADE_AT + CHANGED_AFTER)
        beside.replace(file)
    (root / "changed.txt").unlink(missing_ok=True)
    (root / "changed.txt").write_text("".join(f"{url}\n" for url in changed))
    return changed


def linked(root: Path, copy: Path) -> None:
    """Makes `copy` a site of its own with the files of `root`, by hard links."""
    shutil.copytree(root, copy, copy_function=os.link)


def _page_paths(shape: Shape, host: int, prose: Prose) -> list[str]:
    """The path of each page of a host; the front page first."""
    chance = random.Random(f"paths {shape.seed} {host}")
    words = prose.vocabulary
    return ["/"] + [
        f"/{chance.choice(_SECTIONS)}/{'-'.join(chance.choices(words, k=3))}-{number}.html"
        for number in range(1, shape.pages)
    ]


def _pages(shape: Shape, host: int, names: Mapping[int, list[str]], prose: Prose) -> dict[str, bytes]:
    own, own_embeds = names[host], embeds.paths(shape.seed, host, shape.embeds)
    unique = shape.pages - shape.pages // 10
    pages: dict[str, bytes] = {}
    for number in range(unique):
        chance = random.Random(f"page {shape.seed} {host} {number}")
        children = own[CHILDREN * number + 1 : CHILDREN * (number + 1) + 1]
        near = chance.choices(own, k=LINKS - CROSS_LINKS - len(children))
        others = [other for other in shape.numbers if other != host] or [host]
        far = [shape.origin(other) + chance.choice(names[other]) for other in chance.choices(others, k=CROSS_LINKS)]
        shown = own_embeds[number::unique]
        shown += chance.choices(own_embeds, k=EMBEDS - len(shown))
        octets = max(2_000, min(1_000_000, int(chance.lognormvariate(10.309, 0.8))))  # median 30 KB
        links = [*children, *near]
        page = Page(
            url=shape.origin(host) + own[number],
            publisher=_PUBLISHERS[(host - 1) % len(_PUBLISHERS)],
            octets=octets,
            section=links[:10],
            inline=links[10:] + far,
            embeds=shown,
        )
        pages[own[number]] = render(page, prose, chance)
    # The copies are leaves of the tree, so no page hangs from them alone.
    chance = random.Random(f"copies {shape.seed} {host}")
    for path in own[unique:]:
        pages[path] = pages[own[chance.randrange(1, unique)]]
    return pages


def _embeds(shape: Shape, host: int, prose: Prose) -> dict[str, bytes]:
    return embeds.contents(shape.seed, host, shape.embeds, prose, _PUBLISHERS[(host - 1) % len(_PUBLISHERS)])


def _put(file: Path, content: bytes, changed_at: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (changed_at, changed_at))


def main(arguments: list[str]) -> int:
    """Makes a site, or changes the one that is there."""
    parser = argparse.ArgumentParser(prog="python -m bench.site", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("root", type=Path, help="the folder of the site")
    parser.add_argument(
        "--changed", type=float, metavar="PERCENT", help="rewrite this share of the pages that are there"
    )
    for name, default in asdict(Shape()).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args(arguments)
    if given.changed is not None:
        print(f"{len(change(given.root, given.changed))} pages rewritten; they stand in {given.root / 'changed.txt'}")
        return 0
    print(json.dumps(write(given.root, Shape(**{name: getattr(given, name) for name in asdict(Shape())})), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
