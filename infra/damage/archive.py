# SPDX-License-Identifier: Apache-2.0
"""A small archive in a folder, with segments of several kinds, claims sets and a crawl, that can be damaged and mended.

What it holds follows from a seed. Damage is done to the stored files behind the program's back, as a disk or an intruder
would do it, and undone by putting the old bytes back.
"""

import gzip
import random
import shutil
import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from archiver.catalog.catalog import Catalog
from archiver.crawling import running
from archiver.exchange import Exchange
from archiver.services import layout
from archiver.services.description import ArchiveDescription
from archiver.services.observations import SOFTWARE
from archiver.store.local import LocalStore
from archiver.store.memory import MemoryStore
from manifests.canonical import canonical_bytes
from manifests.capture import Outcome
from manifests.digest import Digest
from tests.services.crawled import SEED, Crawled
from tests.services.exchanges import ARCHIVE_ID, AT, Archive, chunked, exchange, page, plain
from tests.services.forged import copied
from tests.services.reread import keener, many_kinds, re_extracted

HOST = "http://gazette.example/"
_WORDS = ("tide", "harbour", "quay", "light", "water", "ferry", "signal", "lamp", "keeper", "chart", "mast", "noon")


@dataclass
class Damaged:
    """An archive under damage."""

    folder: Path
    store: LocalStore
    catalog_file: Path
    sound: MemoryStore
    """The same objects as they were made."""
    _catalog_copy: Path
    _changed: set[str] = field(default_factory=set)
    _catalog_changed: bool = False

    def keys(self, beginning: str = "", ending: str = "") -> list[str]:
        """Stored keys, as they were before any damage."""
        return [key for key in self.sound.list(beginning) if key.endswith(ending)]

    def folders(self) -> list[str]:
        """The key prefix of each segment."""
        return [key.removesuffix(layout.SEAL) for key in self.keys(layout.SEGMENTS, layout.SEAL)]

    def write(self, key: str, content: bytes | None) -> None:
        """Puts other bytes in the place of an object; None takes it away."""
        self._changed.add(key)
        path = self.folder / key
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)

    def change_catalog(self) -> Path:
        """The file of the catalog, to be changed."""
        self._catalog_changed = True
        return self.catalog_file

    def mend(self) -> None:
        """Undoes all damage."""
        for key in self._changed:
            self.write(key, self.sound.get(key))
        self._changed = set()
        if self._catalog_changed:
            shutil.copyfile(self._catalog_copy, self.catalog_file)
            self._catalog_changed = False

    def ledger(self, key: str) -> str:
        """The digest of a seal, as it was made."""
        return Digest.of(self.sound.get(key))

    def catalog(self) -> Catalog:
        """The catalog as it is now."""
        return Catalog(self.catalog_file, read_only=True)


def made(folder: Path, seed: int, segments: int = 22) -> Damaged:
    """An archive of that many segments, and two claims sets and a crawl beside them, in `folder`, which must be there."""
    chosen = random.Random(seed)
    work = folder / "work"
    work.mkdir()
    archive = Archive(work)
    many_kinds(archive)
    re_extracted(archive, keener())
    for number in range(segments - len(archive.folders())):
        archive.keep(*_exchanges(chosen, number))
    crawled = Crawled(archive)
    crawled.end(SEED, Outcome.REFUSED, reason="robots-disallowed", rule="robots: Disallow: /")
    running.conclude(archive.world, crawled.crawl, running.Ended("stop", running.Progress(0.0)))
    described = canonical_bytes(ArchiveDescription(archive_id=ARCHIVE_ID, created_at=AT, software=SOFTWARE))
    sound = copied(archive.store, {})
    sound.put(layout.ARCHIVE, described, sha256=Digest.of(described), size=len(described))
    archive.close()
    archive.world.generations.close()
    archive.world.state.close()
    root = folder / "archive"
    for key in sound.list(""):
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(sound.get(key))
    catalog_file, catalog_copy = folder / "catalog.sqlite", folder / "catalog.copy"
    _settled(work / "catalog.sqlite", catalog_file)
    shutil.copyfile(catalog_file, catalog_copy)
    return Damaged(root, LocalStore(root), catalog_file, sound, catalog_copy)


def _settled(source: Path, target: Path) -> None:
    """A copy of a database without a log beside it."""
    before, after = sqlite3.connect(source), sqlite3.connect(target)
    try:
        before.backup(after)
        after.execute("PRAGMA journal_mode=DELETE")
    finally:
        before.close()
        after.close()


def _exchanges(chosen: random.Random, number: int) -> list[Exchange]:
    at = AT + timedelta(days=10 + number)
    made = []
    for place in range(chosen.randrange(2, 7)):
        words = " ".join(chosen.choices(_WORDS, k=chosen.randrange(20, 600)))
        body = page(f"<p>{words}</p><footer>&copy; 2026 The Harbour Gazette {number}. All rights reserved.</footer>")
        url = f"{HOST}{number}/{place}"
        kind = chosen.randrange(4)
        if kind == 0:
            made.append(exchange(chunked(body), url, at=at))
        elif kind == 1:
            made.append(exchange(plain(gzip.compress(body, mtime=0), b"Content-Encoding: gzip"), url, at=at))
        elif kind == 2:
            made.append(exchange(plain(chosen.randbytes(chosen.randrange(200, 4000)), kind=b"image/png"), url, at=at))
        else:
            made.append(exchange(plain(body), url, at=at))
    return made
