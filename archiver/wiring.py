# SPDX-License-Identifier: Apache-2.0
"""Which parts an archive is made of: the only file that names backends, clock and chance."""

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pydantic

from archiver.catalog.generations import Generations
from archiver.disk import Disk, OsDisk
from archiver.errors import ArchiveFault, ArchiverError, BadInput, Damaged, NewerFormat, NoArchive
from archiver.ports import Abilities, Store
from archiver.services import layout
from archiver.services.description import ARCHIVE_FORMAT, ArchiveDescription
from archiver.services.ingest import World
from archiver.services.redaction import Redactor
from archiver.services.seal import check_primary
from archiver.services.spool import Spool
from archiver.settings import Settings, read
from archiver.sql import Database
from archiver.state.replicas import Replicas
from archiver.state.state import State
from archiver.store.keeping import read_keeping
from archiver.store.local import LocalStore
from archiver.texts.shelf import Shelf
from manifests.canonical import from_canonical


def now() -> datetime:
    """The system clock, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an archive's parts are."""

    store: Store
    folder: Path | None
    """The archive's own folder; None for a bucket."""

    @property
    def name(self) -> str:
        """How a person names it."""
        return self.store.place


def place(text: str, disk: Disk | None = None, settings: Settings | None = None) -> Place:
    """The store that `text` names: a folder or `s3://bucket/prefix`, which keeps what is written as the settings, by
    default those of this process, want it. Raises `BadInput`."""
    if "://" in text:
        parts = urlsplit(text)
        if parts.scheme != "s3" or not parts.netloc:
            raise BadInput(f"{text} names no archive", "Give a folder or s3://bucket/prefix.")
        from archiver.store.s3 import S3Store  # boto3 takes a quarter of a second: only who uses a bucket pays for it

        wanted = settings or environment()
        keeping = read_keeping(wanted.lock, wanted.encryption, wanted.storage_class)
        return Place(S3Store(parts.netloc, parts.path.strip("/"), keeping=keeping), None)
    folder = Path(text)
    return Place(LocalStore(folder, disk or OsDisk()), folder)


def describe(where: Place) -> ArchiveDescription:
    """What the archive says of itself. Raises `NoArchive`, `NewerFormat`, `Damaged`."""
    try:
        content = where.store.get(layout.ARCHIVE)
    except KeyError:
        raise NoArchive(
            f"there is no archive at {where.name}", f"Make one with: archiver --archive {where.name} init"
        ) from None
    try:
        named = pydantic.TypeAdapter(dict[str, object]).validate_json(content)
        stated = str(named.get("format"))
        if stated.startswith("archive/") and stated != ARCHIVE_FORMAT:
            raise NewerFormat(
                f"the archive at {where.name} has format {stated}; this program knows {ARCHIVE_FORMAT}",
                "Use the version of the program that wrote it, or a later one; nothing was changed.",
            )
        return from_canonical(ArchiveDescription, content)
    except pydantic.ValidationError as fault:
        raise Damaged(
            f"{layout.ARCHIVE} of {where.name} cannot be read: {str(fault).splitlines()[0]}", "Restore it from a copy."
        ) from fault


def local_folder(where: Place, archive_id: str, settings: Settings) -> Path:
    """Where the archive's state, catalog and spool are on this machine."""
    if where.folder is not None and settings.state is None:
        return where.folder
    return settings.state if settings.state is not None else settings.state_home / archive_id


def generations(folder: Path, *, read_only: bool) -> Generations:
    """The catalog kept in `folder`."""
    return Generations(folder / "catalog.sqlite", read_only=read_only)


def new_generations(folder: Path) -> Generations:
    """The catalog kept in `folder`, to be made again there."""
    OsDisk().make_folder(folder)
    return generations(folder, read_only=False)


def shelf(folder: Path) -> Shelf:
    """The texts database kept in `folder`."""
    OsDisk().make_folder(folder)
    return Shelf(folder / "texts.sqlite")


def world(where: Place, described: ArchiveDescription, folder: Path, disk: Disk | None = None) -> World:
    """Everything that writing captures needs; makes state and catalog when they are missing."""
    disk = disk or OsDisk()
    disk.make_folder(folder)
    state = state_in(folder, described.archive_id)
    try:
        check_primary(state, where.store)
    except BadInput:
        state.close()
        raise
    if where.folder is None:
        _remember_abilities(where.store, state)
    catalog = generations(folder, read_only=False)
    catalog.prepare()
    return World(
        archive_id=described.archive_id,
        operator=described.operator,
        spool=Spool(folder / "spool", disk),
        state=state,
        store=where.store,
        generations=catalog,
        redactor=Redactor(bytes.fromhex(state.fact("redaction_key") or "")),
        now=now,
        chance=chance,
    )


def state_in(folder: Path, archive_id: str) -> State:
    """The state kept in `folder`, made when it is missing."""
    OsDisk().make_folder(folder)
    state = State(folder / "state.sqlite")
    state.prepare(archive_id)
    return state


def replica(name: str, abilities: str | None, *, patient: bool) -> Store:
    """The store of a replica, by its place; one that is not patient gives up soon when there is no answer."""
    if "://" not in name:
        return LocalStore(Path(name), OsDisk())
    from archiver.store.retry import Retry  # as above
    from archiver.store.s3 import S3Store

    parts = urlsplit(name)
    seen = Abilities(**json.loads(abilities)) if abilities is not None else None
    retry = Retry() if patient else Retry(attempts=2)
    wanted = environment()
    keeping = read_keeping(wanted.lock, wanted.encryption, wanted.storage_class)
    return S3Store(parts.netloc, parts.path.strip("/"), abilities=seen, retry=retry, keeping=keeping)


def replicas(folder: Path, but: str) -> list[Store]:
    """The stores of the replicas that the state in `folder` names, without the one at `but`; state is only read."""
    path = folder / "state.sqlite"
    if not path.is_file():
        return []
    database = Database(path, read_only=True)
    try:
        known = Replicas(database).all()
    except ArchiveFault:  # an older state has no such table, and a reader may have no right to it
        return []
    finally:
        database.close()
    return [replica(one.place, one.abilities, patient=False) for one in known if one.place != but]


def described_elsewhere(where: Place, settings: Settings) -> ArchiveDescription | None:
    """What a replica says of an archive whose own store gives no answer, where it is known which state is its own."""
    folder = settings.state or where.folder
    for store in replicas(folder, where.name) if folder is not None else ():
        with contextlib.suppress(ArchiverError):
            return describe(Place(store, None))
    return None


def set_aside(store: Store) -> Callable[[str, datetime], str] | None:
    """How a damaged object of a store is moved out of the way; None where only a person with more rights can."""
    from archiver.store.quarantine import set_aside  # for repairs alone

    return partial(set_aside, store, OsDisk()) if isinstance(store, LocalStore) else None


def check_apart(folder: Path, others: Iterable[Path]) -> None:
    """Raises `BadInput` when a folder lies in one of the others, or one of them in it."""
    own = folder.resolve()
    for one in map(Path.resolve, others):
        if own.is_relative_to(one) or one.is_relative_to(own):
            raise BadInput(f"{folder} and {one} lie in each other", "Name a folder apart, best on another disk.")


def _remember_abilities(store: Store, state: State) -> None:
    """A bucket is probed once a machine, before the first write; what was seen decides how its objects are read back."""
    from archiver.store.s3 import S3Store

    if not isinstance(store, S3Store) or store.abilities is not None:
        return
    known = state.fact("abilities")
    if known is None:
        seen = store.probe()
        state.remember("abilities", json.dumps({"create_only": seen.create_only, "checks_sha256": seen.checks_sha256}))
    else:
        store.abilities = Abilities(**json.loads(known))


def chance(size: int) -> bytes:
    """Random bytes of the operating system."""
    return os.urandom(size)


def environment() -> Settings:
    """The settings of this process."""
    return read(os.environ)


def secrets() -> Mapping[str, str]:
    """The variables of this process, where the values of a job's secrets are."""
    return os.environ
