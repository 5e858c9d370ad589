# SPDX-License-Identifier: Apache-2.0
"""The Python API: an archive that captures, finds, shows and verifies. The faces use nothing else.

Everything here is synchronous and may be called from a notebook: fetching runs in an event loop of its own thread.
Errors are those of `errors.py`.
"""

import threading
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from archiver import wiring
from archiver.capture.http import ACCEPT, HttpEngine
from archiver.capture.recording import Recording, Terms
from archiver.capture.session import RecordingAdapter, RecordingSession
from archiver.capturing import capturing
from archiver.catalog.catalog import Catalog, Found
from archiver.crawling import running
from archiver.crawling.running import Ended, Progress
from archiver.crawling.running import Settings as RunSettings
from archiver.errors import BadInput, NotFound
from archiver.jobs.effective import Job
from archiver.options import CaptureOptions
from archiver.ports import Abilities
from archiver.services import audit, layout, lookup, read
from archiver.services.crawl import Seed, SeedResult
from archiver.services.description import ArchiveDescription
from archiver.services.ingest import Ingest, World, new_uuid, recover
from archiver.services.lookup import Match
from archiver.services.observations import SOFTWARE
from archiver.services.rebuild import Rebuilt, rebuild_catalog
from archiver.services.recording import RecordingKeeper
from archiver.services.report import Report
from archiver.settings import Settings
from manifests.agents import Agent
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import CaptureManifest
from manifests.digest import Digest

ADHOC = "adhoc"


class Archive:
    """One archive, opened. Close it, or use it in a `with` block."""

    def __init__(self, place: wiring.Place, described: ArchiveDescription, settings: Settings) -> None:
        self.place = place
        self.described = described
        self._settings = settings
        self._folder = wiring.local_folder(place, described.archive_id, settings)
        self._world: World | None = None
        self._opening = threading.Lock()
        self._reader = wiring.generations(self._folder, read_only=True)

    @classmethod
    def open(cls, where: str | Path, *, settings: Settings | None = None) -> Self:
        """The archive at a folder or `s3://bucket/prefix`. Raises `NoArchive`, `NewerFormat`, `StoreUnavailable`."""
        place = wiring.place(str(where))
        return cls(place, wiring.describe(place), settings or wiring.environment())

    @classmethod
    def init(
        cls,
        where: str | Path,
        *,
        operator: str | None = None,
        contact: str | None = None,
        settings: Settings | None = None,
    ) -> Self:
        """Makes an empty archive. Raises `BadInput` when there is one already, `StoreUnfit` when the store cannot keep one."""
        settings = settings or wiring.environment()
        place = wiring.place(str(where))
        if place.store.head(layout.ARCHIVE) is not None:
            raise BadInput(f"there already is an archive at {place.name}", "Use it as it is, or name another place.")
        place.store.probe()
        name, contact = operator or settings.operator, contact or settings.contact
        described = ArchiveDescription(
            archive_id=new_uuid(wiring.chance),
            created_at=wiring.now(),
            operator=Agent(name=name, contact=contact) if name else None,
            software=SOFTWARE,
        )
        content = canonical_bytes(described)
        place.store.put(layout.ARCHIVE, content, sha256=Digest.of(content), size=len(content))
        archive = cls(place, described, settings)
        archive.world()
        return archive

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes state and catalog."""
        self._reader.close()
        if self._world is not None:
            self._world.state.close()
            self._world.generations.close()
            self._world = None

    def world(self) -> World:
        """Everything that writing needs; recovers first what a dead process left behind."""
        with self._opening:  # captures and recordings may be begun by several threads
            if self._world is None:
                if not self._reader.exists():
                    self._rebuild(lambda _: None)
                self._world = wiring.world(self.place, self.described, self._folder)
                recover(self._world)
            return self._world

    def catalog(self) -> Catalog:
        """The catalog; made from the store first when this machine has none."""
        if not self._reader.exists():
            self._rebuild(lambda _: None)
        return self._reader.current()

    def capture(self, urls: str | Iterable[str | Seed], options: CaptureOptions | None = None) -> list[SeedResult]:
        """Captures pages with what they embed; when it returns, everything is sealed, stored and findable.

        One result a seed, in order of completion. A page that could not be had is a result too; a fault of the archive is
        raised. Raises `BadInput` for options that cannot be used.
        """
        return list(self.capturing(urls, options))

    def capturing(
        self, urls: str | Iterable[str | Seed], options: CaptureOptions | None = None
    ) -> Generator[SeedResult, None, None]:
        """As `capture`, but yields each seed's results as soon as they are acknowledged; nothing is done before the first.

        When the iterator is exhausted, everything is sealed, stored and findable; closing it earlier seals what is done.
        """
        given = [urls] if isinstance(urls, str) else urls
        seeds = (one if isinstance(one, Seed) else Seed(one) for one in given)
        world = self.world()
        crawl_id = layout.segment_id(world.now(), world.chance(10))
        yield from capturing(world, ADHOC, crawl_id, seeds, options or CaptureOptions())

    def crawl(
        self,
        job: Job,
        text: str,
        settings: RunSettings,
        *,
        unfinished: Literal["resume", "new"] | None = None,
        due: str | None = None,
    ) -> Generator[Progress, None, Ended]:
        """Runs a crawl of `job`, whose file holds `text`, in worker processes, yielding what it has come to twice a second.

        A crawl of the job that has not ended is gone on with (`resume`) or ended and followed by another (`new`); without
        either, `BadInput`. Returns how it ended; then everything is sealed, stored and findable, and the crawl's report is
        stored unless it was only paused or interrupted. Call it in a process without other threads: workers are forked.
        """
        world = self.world()
        left = world.state.crawls.unended(job.name)
        if left is not None and unfinished == "new":
            yield from self.end_crawl(left.crawl_id)
            world, left = self.world(), None
        if left is not None and unfinished is None:
            raise BadInput(
                f"crawl {left.crawl_id} of job {job.name}, begun {left.created_at[:19]}, has not ended",
                "Go on with it (--resume), or end it and begin another (--new).",
            )
        crawl_id = left.crawl_id if left is not None else running.begin(world, job, text, due=due)
        if crawl_id is None:
            raise BadInput(f"the crawl of {job.name} due {due} was begun already", "Nothing is to be done.")
        return (yield from self.go_on(crawl_id, settings))

    def go_on(self, crawl_id: str, settings: RunSettings) -> Generator[Progress, None, Ended]:
        """As `crawl`, for a crawl that has begun. Raises `BadInput` when another process works on it."""
        world = self.world()
        over = running.ended_before(world, world.state.crawls.get(crawl_id))
        self.close()
        with running.having(self._folder, crawl_id):
            ended = over or (yield from running.run(self.place.name, self._folder, crawl_id, settings))
            yield from self._finish(crawl_id, ended)
        return ended

    def end_crawl(self, crawl_id: str) -> Generator[Progress, None, None]:
        """Stops a crawl that no process works on: what waits is skipped. Raises `BadInput` when one does."""
        with running.having(self._folder, crawl_id):
            yield from self._finish(crawl_id, Ended("stop", Progress(0.0)))

    @property
    def folder(self) -> Path:
        """Where state, catalog and spool are on this machine."""
        return self._folder

    def _finish(self, crawl_id: str, ended: Ended) -> Generator[Progress, None, None]:
        world = self.world()
        row = world.state.crawls.get(crawl_id)
        yield ended.progress
        running.conclude(world, row, ended)
        if world.state.crawls.get(crawl_id).stage == "ended":
            running.lock_file(self._folder, crawl_id).unlink(missing_ok=True)
            from archiver.crawling import notifying  # mail and comparing words: most commands need neither

            notifying.tell(notifying.Post(world, self._settings, wiring.secrets()), crawl_id)

    def recording(
        self, options: CaptureOptions | None = None, *, labels: dict[str, str] | None = None
    ) -> RecordingSession:
        """A `requests.Session` whose every exchange becomes a capture: `with archive.recording() as session:`.

        Each response is acknowledged before it is handed back, with its capture as `response.capture`; when the block is
        left, everything is sealed, stored and findable. It may be used by several threads. How it differs from a plain
        session is said in `capture.session`. Raises `BadInput`.
        """
        options = options or CaptureOptions()
        if options.robots == "obey":
            raise BadInput("a recording session asks for no robots.txt", "Ask it in the script, or use `capture`.")
        options.dialer()  # a mistake in the options is told before anything is made
        # What a script accepts is its own choice: interfaces answer it otherwise than they would a browser.
        headers = [one for one in options.request_headers() if one != ("Accept", ACCEPT)]
        world = self.world()
        plan = options.plan(ADHOC, layout.segment_id(world.now(), world.chance(10)), world.operator)

        def engine(terms: Terms) -> HttpEngine:
            return HttpEngine(
                replace(options, limits=terms.limits).dialer(),
                now=world.now,
                limits=terms.limits,
                accept_bad_certificate=terms.accept_bad_certificate,
                trust=terms.trust or options.trust,
            )

        keeper = RecordingKeeper(Ingest(world, ADHOC), plan, dict(labels or {}))
        recording = Recording(engine, keeper)
        adapter = RecordingAdapter(recording, options.limits, keeper.settings(), options.secret_headers)
        return RecordingSession(recording, adapter, dict(headers))

    def lookup(self, query: str, *, at: datetime | None = None, exact: bool = False) -> list[Match]:
        """Captures of a URL, or whose bytes have a digest, or that equal a file; oldest first. Empty when there are none."""
        question = lookup.understand(query, _existing_file)
        return lookup.lookup(self.catalog(), question, at=at, exact=exact)

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

    def manifest(self, capture_id: str) -> CaptureManifest:
        """The manifest of a capture, checked against the digest of its record."""
        return from_canonical(CaptureManifest, self.manifest_bytes(capture_id))

    def manifest_bytes(self, capture_id: str) -> bytes:
        """The canonical bytes of a capture's manifest."""
        return read.manifest_bytes(self.place.store, self.find(capture_id))

    def entity(self, capture_id: str) -> bytes:
        """The page as a browser would have saved it: transfer and content codings removed, at most 64 MiB."""
        return read.entity(self.place.store, self.catalog(), self.find(capture_id))

    def verify(self, what: str | None = None, progress: Callable[[str], None] = lambda _: None) -> Report:
        """Checks a capture, a segment or, without an argument, everything that is stored."""
        store = self.place.store
        if what is None:
            return audit.verify_archive(store, self.catalog(), progress)
        text = what.strip().lower()
        segment = self.catalog().segment(text) if len(text) >= 10 and "-" not in text else None
        if segment is not None:
            return audit.verify_segment(store, segment.folder, progress, segment.seal_digest)
        return audit.verify_capture(store, self.find(what))

    def rebuild(self, progress: Callable[[str], None] = lambda _: None) -> Rebuilt:
        """Makes the catalog again from the store, and settles what a dead process left."""
        rebuilt = self._rebuild(progress)
        self.world()
        return rebuilt

    def _rebuild(self, progress: Callable[[str], None]) -> Rebuilt:
        """The catalog alone: a reader without the right to write into the store can do this too."""
        fresh = wiring.new_generations(self._folder)
        try:
            return rebuild_catalog(self.place.store, fresh, progress)
        finally:
            fresh.close()

    def probe(self) -> Abilities:
        """What the store was seen to enforce, tried now."""
        return self.place.store.probe()


def _existing_file(name: str) -> Path | None:
    path = Path(name)
    return path if len(name) < 4096 and "\0" not in name and path.is_file() else None
