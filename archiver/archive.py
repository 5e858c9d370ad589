# SPDX-License-Identifier: Apache-2.0
"""The Python API: an archive that captures, finds, shows and verifies. The faces use nothing else.

Everything here is synchronous and may be called from a notebook: fetching runs in an event loop of its own thread.
Errors are those of `errors.py`.
"""

import threading
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from archiver import wiring
from archiver.capture.http import ACCEPT, HttpEngine
from archiver.capturing import capturing
from archiver.catalog.catalog import Catalog, Found
from archiver.crawling import running
from archiver.crawling.running import Ended, Progress
from archiver.crawling.running import Settings as RunSettings
from archiver.errors import BadInput, Damaged, NotFound, StoreUnavailable
from archiver.jobs.effective import Job
from archiver.ledger_desk import LedgerDesk
from archiver.options import CaptureOptions
from archiver.ports import Abilities, Store
from archiver.services import audit, claims_sets, layout, lookup, read
from archiver.services.crawl_check import ended_crawl
from archiver.services.description import ArchiveDescription
from archiver.services.ingest import Ingest, World, new_uuid, recover
from archiver.services.lookup import Match
from archiver.services.observations import SOFTWARE
from archiver.services.provenance.chain import Chain
from archiver.services.rebuild import Rebuilt, rebuild_catalog
from archiver.services.report import Report
from archiver.services.seed_results import Seed, SeedResult
from archiver.settings import Settings
from manifests.agents import Agent
from manifests.canonical import canonical_bytes, from_canonical
from manifests.capture import CaptureManifest, Claims
from manifests.digest import Digest

if TYPE_CHECKING:
    from archiver.capture.recording import Terms
    from archiver.capture.session import RecordingSession
    from archiver.replica_desk import ReplicaDesk
    from archiver.services.changes import Change, Tally, Wanted
    from archiver.services.fixity.run import Audited, Request
    from archiver.services.fixity.run import Progress as AuditProgress
    from archiver.services.history.asking import Diff
    from archiver.services.history.extractor import Extractor
    from archiver.services.history.timeline import Row
    from archiver.services.near import Near
    from archiver.services.proving import Pack
    from archiver.services.re_extract import Due, Reread
    from archiver.services.repairing import Repair
    from archiver.services.texts import Filled
    from archiver.services.trace import Traced
    from archiver.store.mirrored import Fallback, Mirrored
    from archiver.texts.shelf import Shelf
    from archiver.texts.texts import Texts

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
        place = wiring.place(str(where), settings=settings)
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
        archive.ledger.make_key()
        return archive

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
        try:
            yield from capturing(world, ADHOC, crawl_id, seeds, options or CaptureOptions())
        finally:
            self.after_sealing()

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
        self.after_sealing()

    def recording(
        self, options: CaptureOptions | None = None, *, labels: dict[str, str] | None = None
    ) -> "RecordingSession":
        """A `requests.Session` whose every exchange becomes a capture: `with archive.recording() as session:`.

        Each response is acknowledged before it is handed back, with its capture as `response.capture`; when the block is
        left, everything is sealed, stored and findable. It may be used by several threads. How it differs from a plain
        session is said in `capture.session`. Raises `BadInput`.
        """
        from archiver.capture.recording import Recording  # with `requests`: only who records a script pays for it
        from archiver.capture.session import RecordingAdapter, RecordingSession
        from archiver.services.recording import RecordingKeeper

        options = options or CaptureOptions()
        if options.robots == "obey":
            raise BadInput("a recording session asks for no robots.txt", "Ask it in the script, or use `capture`.")
        options.dialer()  # a mistake in the options is told before anything is made
        # What a script accepts is its own choice: interfaces answer it otherwise than they would a browser.
        headers = [one for one in options.request_headers() if one != ("Accept", ACCEPT)]
        world = self.world()
        plan = options.plan(ADHOC, layout.segment_id(world.now(), world.chance(10)), world.operator)

        def engine(terms: "Terms") -> HttpEngine:
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
        return RecordingSession(recording, adapter, dict(headers), self.after_sealing)

    def lookup(self, query: str, *, at: datetime | None = None, exact: bool = False) -> list[Match]:
        """Captures of a URL, or whose bytes have a digest, or that equal a file; oldest first. Empty when there are none.

        A file that nothing equals is looked for by its text, then by similar texts, unless `exact` or `at` is given.
        """
        question = lookup.understand(query, _existing_file)
        matches = lookup.lookup(self.catalog(), question, at=at, exact=exact)
        if matches or question.file is None or exact or at is not None:
            return matches
        return lookup.similar(self.place.store, self.catalog(), self.texts(), question.file)

    def provenance(self, query: str, *, depth: int = 4) -> Chain:
        """Where the pages come from that a lookup of `query`, or a capture id, gives: see `services.provenance.chain`.

        Empty when there are none. Raises what `lookup` raises, and `Damaged`, `NotFound` when a manifest cannot be read.
        """
        from archiver.services.provenance.asking import Asked
        from archiver.services.provenance.assembling import assemble
        from archiver.services.provenance.holdings import ArchiveHoldings, capture_id_in

        catalog, digits = self.catalog(), capture_id_in(query)
        one = catalog.by_id(digits) if digits is not None else None
        asked = [Asked(one, "capture")] if one else [Asked(match.found, match.matched) for match in self.lookup(query)]
        holdings = ArchiveHoldings(self.reading(), catalog, lambda found: self.near(found.capture_id))
        described = self.described
        return assemble(
            query, asked, holdings, archive_id=described.archive_id, operator=described.operator, depth=depth
        )  # fmt: skip

    def texts(self) -> "Texts":
        """The texts database, for questions. It knows what `read_texts` has read."""
        return self.shelf().reading()

    def shelf(self) -> "Shelf":
        """Where the texts database is kept."""
        if self._shelf is None:
            self._shelf = wiring.shelf(self._folder)
        return self._shelf

    def read_texts(
        self,
        *,
        only: Collection[str] | None = None,
        wait: bool = True,
        processes: int = 1,
        enough: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> "Filled":
        """Reads the texts of stored segments that were not read yet, or of `only` these: see `services.texts.fill`."""
        from archiver.services import texts  # as most commands do not compare texts

        if processes > 1:
            self.close()  # an open database does not survive a fork
        return texts.fill(
            self.place.store,
            self.catalog(),
            self.shelf(),
            only=only,
            wait=wait,
            processes=processes,
            enough=enough,
            progress=progress,
        )

    def unread(self) -> int:
        """How many stored segments the texts database does not know."""
        from archiver.services import texts  # as above

        return len(texts.unread(self.catalog(), self.texts()))

    def near(self, capture_id: str) -> "list[Near]":
        """Pages whose main text is nearly that of a capture. Raises `NotFound`, `Ambiguous`, `BadInput`, `Damaged`."""
        from archiver.services.near import near  # as above

        return near(self.reading(), self.catalog(), self.texts(), self.find(capture_id))

    def trace(self, text: str, unreadable: "Callable[[Damaged], None] | None" = None) -> "list[Traced]":
        """Pages that have a passage of thirty words or more. Raises `BadInput`, and `Damaged` unless `unreadable` is told."""
        from archiver.services.trace import trace  # as above

        return trace(self.reading(), self.catalog(), self.texts(), text, unreadable)

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
        return read.manifest_bytes(self.reading(), self.find(capture_id))

    def claims(self, capture_id: str) -> Claims | None:
        """What the newest extractor read from a capture: its manifest's claims, or those of a claims set.

        Compared with every digest on the way; None when there was nothing to read. `find` says which they are. Raises
        `Damaged`, `NotFound`.
        """
        return claims_sets.newest(self.reading(), self.find(capture_id))

    def entity(self, capture_id: str) -> bytes:
        """The page as a browser would have saved it: transfer and content codings removed, at most 64 MiB."""
        return read.entity(self.reading(), self.catalog(), self.find(capture_id))

    def history(
        self,
        url: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        newest: int | None = None,
        extractor_changes: bool = False,
    ) -> "Iterator[Row]":
        """The captures of a URL over time and what changed between them, oldest first. Raises `BadInput`."""
        from archiver.services.history import asking  # comparing words: most commands do not

        question = lookup.understand(url, lambda _: None)
        if question.url is None:
            raise BadInput(f"{url[:100]!r} is no URL", "Give a URL such as https://host/page.")
        return asking.history(
            self.reading(),
            self.catalog(),
            question.url,
            since=since,
            until=until,
            newest=newest,
            extractor_changes=extractor_changes,
        )

    def diff(self, before: str, after: str) -> "Diff":
        """How two captures differ, named by their ids. Raises `NotFound`, `Ambiguous`, `BadInput`."""
        from archiver.services.history import asking  # as above

        return asking.diff(self.reading(), self.catalog(), self.find(before), self.find(after))

    def changes(self, wanted: "Wanted | None" = None, tally: "Tally | None" = None) -> "Iterator[Change]":
        """Changes of notices, publishers and titles over the whole archive; `tally` counts on the way. Raises `BadInput`."""
        from archiver.services import changes  # as above

        return changes.changes(self.catalog(), wanted or changes.Wanted(), tally or changes.Tally())

    def verify(self, what: str | None = None, progress: Callable[[str], None] = lambda _: None) -> Report:
        """Checks a capture, a segment, an ended crawl or, without an argument, everything that is stored.

        Raises `NotFound`, `Ambiguous`, `BadInput`.
        """
        store = self.place.store
        if what is None:
            report = audit.verify_archive(store, self.catalog(), progress)
            report.findings.extend(self.ledger.check(self.catalog()))
            return report
        text = what.strip().lower()
        segment = self.catalog().segment(text) if len(text) >= 10 and "-" not in text else None
        if segment is not None:
            return audit.verify_segment(store, segment.folder, progress, segment.seal_digest)
        crawl_id = ended_crawl(store, text)
        if crawl_id is not None:
            return audit.verify_crawl(store, crawl_id)
        if len(text) == 26 and set(text) - set("0123456789abcdef-"):
            raise NotFound(
                f"no segment and no ended crawl has the id {text}", "A crawl can be checked when it has ended."
            )
        return audit.verify_capture(store, self.find(what))

    def prove(self, capture_ids: Sequence[str]) -> "Pack":
        """What a stranger needs to check these captures without this program: see `services.proving`.

        Raises `NotFound`, `Ambiguous`, `BadInput`, and `Damaged` when anything on the way does not fit.
        """
        from archiver.services import proving  # signatures: most commands check none

        found = [self.find(one) for one in capture_ids]
        return proving.prove(self.reading(), self.catalog(), self.described, self.ledger.side(), found, wiring.now())

    def audit(
        self, request: "Request", ledger: "Callable[[str], str | None] | None" = None
    ) -> "Generator[AuditProgress, None, Audited]":
        """Audits what is asked for and stores what was seen as an event: see `services.fixity.run`.

        `ledger` gives the digest that seals are held against, by their keys: by default that in the ledger. With several
        processes, call it in a process without other threads: they are forked. Raises `NotFound`, `Ambiguous`, `BadInput`.
        """
        from archiver.services.fixity import checking, pace, run, units  # as most commands do not audit

        store = self.place.store
        every = units.units(store, self.catalog())
        rate = request.rate if request.rate is None else max(1, request.rate // request.processes)
        if request.processes > 1:
            self.close()  # an open database does not survive a fork

        def begin() -> checking.Checker:
            slowed = pace.paced(store, pace.Pace(rate, time.monotonic, time.sleep))
            known = ledger or self.ledger.digests()
            return checking.Checker(slowed, self.catalog(), deep=request.deep, ledger=known, sleep=time.sleep)

        described = self.described
        around = run.Circumstances(
            described.archive_id, described.operator, self._folder, wiring.now, wiring.chance
        )  # fmt: skip
        audited = yield from run.audit(store, every, begin, request, around)
        self.world().state.backlog.add(audited.key, Digest.of(store.get(audited.key)), audited.summary.ended_at)
        self.after_sealing()
        return audited

    def repair(
        self,
        keys: Sequence[str] | None = None,
        *,
        everything: bool = False,
        rate: int | None = None,
        dry_run: bool = False,
    ) -> "Iterator[Repair]":
        """Repairs objects of the primary from replicas: these, everything, or what the last audit found wrong.

        One result an object; when the iterator is exhausted, what was done is stored as an event, logged and copied.
        Raises `BadInput` without a replica, `NotFound` when nothing was audited yet.
        """
        yield from self.replicas.repair(keys, all_of_it=everything, rate=rate, dry_run=dry_run)
        if not dry_run:
            self.after_sealing()

    def due_for_re_extraction(
        self,
        *,
        segment: str | None = None,
        job: str | None = None,
        host: str | None = None,
        since: datetime | None = None,
        extractor: "Extractor | None" = None,
    ) -> "list[Due]":
        """The segments that hold claims of older versions than the extractor's, oldest first.

        Of those, only the one with this id, of this job, or that hold a capture of this host, fetched at this time or
        later. Raises `BadInput`.
        """
        from archiver.services import re_extract  # processes: most commands fork none
        from archiver.services.history.extractor import CURRENT

        store, program = self.place.store, (extractor or CURRENT).program
        return re_extract.due(store, self.catalog(), program, segment=segment, job=job, host=host, since=since)

    def re_extract(
        self,
        due: "Sequence[Due]",
        *,
        extractor: "Extractor | None" = None,
        dry_run: bool = False,
        processes: int = 1,
    ) -> "Iterator[Reread]":
        """Reads segments again and seals what is read as claims sets, which lookups use from then on; one result each.

        Nothing that is stored changes; a dry run only reports. May be cut off and called again. With several processes,
        call it in a process without other threads: they are forked.
        """
        from archiver.services import forking, re_extract  # as above
        from archiver.services.history.extractor import CURRENT

        def begin() -> "Callable[[Due], Reread]":
            catalog, now = self.catalog(), wiring.now
            return lambda one: re_extract.re_extract(
                self.place.store,
                catalog,
                one,
                extractor or CURRENT,
                archive_id=self.described.archive_id,
                now=now,
                dry_run=dry_run,
            )

        if not dry_run:
            self.world()
        if processes > 1:
            self.close()  # an open database does not survive a fork
        for done in forking.mapped(begin, due, processes):
            yield done if dry_run else re_extract.catalogue(self.world(), done)
        if not dry_run:
            self.after_sealing()

    def rebuild(self, progress: Callable[[str], None] = lambda _: None) -> Rebuilt:
        """Makes the catalog again from the store, and settles what a dead process left. Drops the texts database."""
        rebuilt = self._rebuild(progress)
        self.shelf().drop()
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
