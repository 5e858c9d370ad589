# SPDX-License-Identifier: Apache-2.0
"""An opened archive: its parts on this machine, made when they are first needed, and closed together."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archiver import wiring
from archiver.catalog.catalog import Catalog, Found
from archiver.errors import BadInput, NotFound, StoreUnavailable
from archiver.ledger_desk import LedgerDesk
from archiver.ports import Store
from archiver.services.description import ArchiveDescription
from archiver.services.ingest import World, recover
from archiver.services.rebuild import Rebuilt, rebuild_catalog
from archiver.settings import Settings

if TYPE_CHECKING:
    from archiver.replica_desk import ReplicaDesk
    from archiver.store.mirrored import Fallback, Mirrored
    from archiver.texts.shelf import Shelf


class Opened:
    """One archive, opened. Close it, or use it in a `with` block."""

    def __init__(self, place: wiring.Place, described: ArchiveDescription, settings: Settings) -> None:
        self.place = place
        self.described = described
        self._settings = settings
        self._folder = wiring.local_folder(place, described.archive_id, settings)
        self._world: World | None = None
        self._opening = threading.Lock()
        self._shelf: Shelf | None = None
        self._reader = wiring.generations(self._folder, read_only=True)
        self.ledger = LedgerDesk(place, described.archive_id, self._folder, self._settings, lambda: self.world().state)
        self._replicas: ReplicaDesk | None = None
        self._mirrored: Mirrored | None = None
        self.on_fallback: Callable[[Fallback], None] = lambda _: None
        """Told of each read that a replica answered in place of the primary."""

    @classmethod
    def open(cls, where: str | Path, *, settings: Settings | None = None) -> Self:
        """The archive at a folder or `s3://bucket/prefix`. Raises `NoArchive`, `NewerFormat`, `StoreUnavailable`."""
        settings = settings or wiring.environment()
        place = wiring.place(str(where), settings=settings)
        try:
            described = wiring.describe(place)
        except StoreUnavailable:
            found = wiring.described_elsewhere(place, settings)
            if found is None:
                raise
            described = found
        return cls(place, described, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes state, catalog, texts database and ledger."""
        self._reader.close()
        self.ledger.close()
        if self._shelf is not None:
            self._shelf.close()
        if self._world is not None:
            self._world.state.close()
            self._world.generations.close()
            self._world = None

    def world(self) -> World:
        """Everything that writing needs; recovers and logs first what a dead process left behind."""
        recovered = False
        with self._opening:  # captures and recordings may be begun by several threads
            if self._world is None:
                if not self._reader.exists():
                    self._rebuild(lambda _: None)
                self._world = wiring.world(self.place, self.described, self._folder)
                recovered = bool(recover(self._world))
            world = self._world
        if recovered:
            self.after_sealing()
        return world

    def catalog(self) -> Catalog:
        """The catalog; made from the store first when this machine has none."""
        if not self._reader.exists():
            self._rebuild(lambda _: None)
        return self._reader.current()

    @property
    def replicas(self) -> "ReplicaDesk":
        """The replicas of this archive, as this machine knows them."""
        if self._replicas is None:
            from archiver.replica_desk import ReplicaDesk  # copying and comparing: lookups do neither

            self._replicas = ReplicaDesk(
                self.place, self.described, self._folder, self.world, self.catalog, self.ledger
            )
        return self._replicas

    @property
    def replica_faults(self) -> list[str]:
        """Why replicas lack something of what was sealed last."""
        return [] if self._replicas is None else self._replicas.faults

    def reading(self) -> Store:
        """The store for reading: what the primary does not give is asked of the replicas, and `on_fallback` told.

        State is asked for them when that first happens. Without state on this machine there are none.
        """
        if self._mirrored is None:
            from archiver.store.mirrored import Mirrored  # as it is made for the commands that read

            self._mirrored = Mirrored(
                self.place.store,
                lambda: wiring.replicas(self._folder, self.place.name),
                self._fell_back,
                time.monotonic,
            )
        return self._mirrored

    def _fell_back(self, fallback: "Fallback") -> None:
        self.on_fallback(fallback)

    def after_sealing(self) -> None:
        """Logs what was just sealed, then copies it to the replicas; what cannot be done now is noted for later."""
        self.ledger.log_after_sealing()
        if self.world().state.replicas.all():
            self.replicas.copy_after_sealing()

    @property
    def folder(self) -> Path:
        """Where state, catalog and spool are on this machine."""
        return self._folder

    def shelf(self) -> "Shelf":
        """Where the texts database is kept."""
        if self._shelf is None:
            self._shelf = wiring.shelf(self._folder)
        return self._shelf

    def _rebuild(self, progress: Callable[[str], None]) -> Rebuilt:
        """The catalog alone: a reader without the right to write into the store can do this too."""
        fresh = wiring.new_generations(self._folder)
        try:
            return rebuild_catalog(self.place.store, fresh, progress)
        finally:
            fresh.close()

    def find(self, capture_id: str) -> Found:
        """The capture whose id starts with `capture_id`. Raises `NotFound`, `Ambiguous`, `BadInput`."""
        digits = capture_id.strip().lower().removeprefix("urn:uuid:")
        if not digits.replace("-", "") or set(digits) - set("0123456789abcdef-") or len(digits.replace("-", "")) > 32:
            raise BadInput(
                f"{capture_id!r} is no capture id", "An id has 32 hex digits; `archiver lookup URL` shows it."
            )
        found = self.catalog().by_id(digits)
        if found is None:
            raise NotFound(f"no capture has an id that starts with {capture_id}", "Look it up by URL or by hash.")
        return found
