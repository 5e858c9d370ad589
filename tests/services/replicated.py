# SPDX-License-Identifier: Apache-2.0
"""Archives in folders, with captures made by hand and replicas beside them: what the tests of replicas and repairs work on."""

from collections.abc import Iterable
from pathlib import Path

from archiver.archive import Archive
from archiver.replica_desk import ReplicaDesk
from archiver.services.ingest import Ingest
from archiver.services.replication.comparing import Compared, Difference
from archiver.services.replication.syncing import Synced
from archiver.settings import read
from tests.services.exchanges import context, exchange, page, plain

PLACE = "http://gazette.example/"


def opened(folder: Path, *, state: Path | None = None) -> Archive:
    """The archive at a folder, with nothing of the environment but where keys are."""
    environ = {"HOME": str(folder.parent), "XDG_STATE_HOME": str(folder.parent / "xdg")}
    if state is not None:
        environ["ARCHIVER_STATE"] = str(state)
    settings = read(environ)
    return Archive.open(folder, settings=settings)


def made(folder: Path) -> Archive:
    """A new archive."""
    settings = read({"HOME": str(folder.parent), "XDG_STATE_HOME": str(folder.parent / "xdg")})
    return Archive.init(folder, settings=settings)


def keep(archive: Archive, *names: str) -> None:
    """One sealed segment with a capture of each page; then what follows a capture: ledger and replicas."""
    ingest = Ingest(archive.world(), "adhoc")
    for name in names:
        url = PLACE + name
        ingest.record(exchange(plain(page(f"<p>About {name}.</p>")), url), context(url))
    ingest.finish()
    archive.after_sealing()


def synced(desk: ReplicaDesk, name: str) -> Synced:
    """A full sync, run to its end."""
    running = desk.sync(desk.get(name))
    while True:
        try:
            next(running)
        except StopIteration as ended:
            done: Synced = ended.value
            return done


def differences(desk: ReplicaDesk, name: str, *, deep: bool = True) -> list[tuple[str, str]]:
    """How a replica differs, as kinds and keys."""
    found: Iterable[Difference] = desk.verify(desk.get(name), Compared(), deep=deep)
    return [(one.kind, one.key) for one in found]


def kept_files(folder: Path) -> dict[str, bytes]:
    """Every object in a folder, without what is staged, hidden or of this machine alone."""
    own = ("archive.json", "segments/", "claims/", "crawls/", "events/", "ledger/")
    found = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        key: path.read_bytes()
        for key, path in found.items()
        if key.startswith(own) and not any(part.startswith(".") for part in key.split("/"))
    }


def found_urls(archive: Archive) -> list[str]:
    """The URLs that lookups find, in order."""
    catalog = archive.catalog()
    return sorted(one.url for part in catalog.all_segments() for one in catalog.captures_in(part.segment_id))


def files_of(folder: Path, pattern: str) -> list[Path]:
    """Files of the stored segments, the oldest segment first."""
    return sorted((folder / "segments").rglob(pattern))


def flip(path: Path) -> None:
    """Changes one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
