# SPDX-License-Identifier: Apache-2.0
"""The Python API: an archive that captures, finds, shows and verifies. The faces use nothing else.

Everything here is synchronous and may be called from a notebook: fetching runs in an event loop of its own thread.
Errors are those of `errors.py`.
"""

from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from archiver import wiring
from archiver.capture.http import ACCEPT, HttpEngine
from archiver.capturing import capturing
from archiver.crawling import running
from archiver.crawling.running import Ended, Progress
from archiver.crawling.running import Settings as RunSettings
from archiver.errors import BadInput
from archiver.jobs.effective import Job
from archiver.options import CaptureOptions
from archiver.services import layout
from archiver.services.description import ArchiveDescription
from archiver.services.ingest import Ingest, new_uuid
from archiver.services.observations import SOFTWARE
from archiver.services.seed_results import Seed, SeedResult
from archiver.settings import Settings
from archiver.uses.care import Care
from archiver.uses.finding import Finding
from manifests.agents import Agent
from manifests.canonical import canonical_bytes
from manifests.digest import Digest

if TYPE_CHECKING:
    from archiver.capture.recording import Terms
    from archiver.capture.session import RecordingSession

ADHOC = "adhoc"


class Archive(Finding, Care):
    """One archive, opened. Close it, or use it in a `with` block."""

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
