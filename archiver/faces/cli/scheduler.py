# SPDX-License-Identifier: Apache-2.0
"""`archiver scheduler`: looks at the job files, begins what is due, goes on with what was left, each in a child process."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from archiver import wiring
from archiver.crawling.children import Children, Finished, Interrupted, interruptible
from archiver.crawling.control import works_on
from archiver.crawling.health import failed
from archiver.crawling.notifying import Post, send_due
from archiver.crawling.planning import options_of
from archiver.crawling.running import Settings
from archiver.crawling.scheduling import Scheduled, Scheduler, Work, next_due
from archiver.errors import ArchiverError, BadInput
from archiver.faces.cli.app import ARCHIVING, JsonLines, Shared, app
from archiver.faces.cli.crawl import MOST_WORKERS
from archiver.faces.cli.job_files import job_of, job_text
from archiver.faces.cli.output import FINE, PROBLEMS, STOPPED, UNAVAILABLE, examples, line, safe, say
from archiver.faces.cli.reading import read_new
from archiver.jobs.amounts import NotAnAmount, read_size
from archiver.jobs.document import read_document
from archiver.jobs.effective import Job

LOOK_SECONDS = 15.0
"""Between two looks at files and state when nothing is due before."""
WAIT_SECONDS = 0.2
READING_SECONDS = 600.0
"""After a crawl, for the texts of what was not read yet: its job's next crawl waits for that. The next one reads the rest."""
HOLD = timedelta(minutes=5)
"""How long a crawl that could not be gone on with is left alone."""
_FOLDER = Path("seeds")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")

_EXAMPLES = examples("archiver scheduler", "archiver --archive s3://evidence/news scheduler seeds/ --once")


@app.command(rich_help_panel=ARCHIVING, epilog=_EXAMPLES)
def scheduler(
    context: typer.Context,
    places: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER|FILE...", help=r"Folders of job files, or job files \[default: seeds]."),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", metavar="", help="Do what is due now, wait for it, and end: for cron and timers.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=MOST_WORKERS, help=r"Worker processes of a crawl \[default: one a core].")
    ] = None,
    crawls: Annotated[int, typer.Option(min=1, max=64, help="Crawls at a time; further ones wait.")] = 4,
    keep_free: Annotated[
        str, typer.Option(metavar="SIZE", help="Pause crawls when the spool's disk has less room than this.")
    ] = "512MiB",
    as_json: JsonLines = False,
) -> None:
    """Run the jobs that are due, again and again; any number of schedulers may run on one archive's state."""
    shared: Shared = context.obj
    files = _Files(places or [_FOLDER])
    try:
        free = read_size(keep_free)
    except NotAnAmount as fault:
        raise BadInput(f"--keep-free: {fault.what}", f"{fault.instead[0].upper()}{fault.instead[1:]}.") from fault
    settings = Settings(workers=workers or os.cpu_count() or 1, free_octets=free)
    shared.open_or_make().close()
    one = _Round(shared, files, settings, crawls, as_json=as_json)
    try:
        with interruptible():
            one.run(once=once)
    except Interrupted:
        one.stop()
        raise typer.Exit(STOPPED if once else FINE) from None
    if one.worst:
        raise typer.Exit(PROBLEMS)


@dataclass(frozen=True, slots=True)
class _Broken:
    """A job file that cannot be used."""

    file: str
    job: str | None
    mistakes: str


class _Files:
    """The job files; one that has changed, or a list of it, is read again."""

    def __init__(self, places: list[Path]) -> None:
        """Raises `BadInput` for a place that is not there."""
        self._places = places
        self._read: dict[Path, tuple[object, tuple[Path, ...], Scheduled | _Broken]] = {}
        for one in places:
            if not one.exists():
                raise BadInput(f"there is no {one}", "Name a folder of job files, or job files.")

    def read(self) -> Iterator[Scheduled | _Broken]:
        """Every job, or what is wrong with its file. A file that was read before and has not changed gives the same value."""
        named: dict[str, str] = {}
        for path in self._paths():
            known = self._known(path)
            if isinstance(known, Scheduled):
                first = named.setdefault(known.job.name, known.file)
                if first != known.file:
                    known = _Broken(known.file, None, f"{known.file}: job {known.job.name} is in {first} too")
            yield known

    def _paths(self) -> list[Path]:
        found: dict[Path, None] = {}
        for one in self._places:
            inside = [*one.glob("*.yaml"), *one.glob("*.yml")] if one.is_dir() else [one]
            found |= dict.fromkeys(path.absolute() for path in sorted(inside))
        return list(found)

    def _known(self, path: Path) -> Scheduled | _Broken:
        before = self._read.get(path)
        if before is not None and before[0] == _signature(path, *before[1]):
            return before[2]
        lists: list[Path] = []
        told = _signature(path)
        known = _load(path, lists)
        if lists:
            told = _signature(path, *lists)
        self._read[path] = (told, tuple(lists), known)
        return known


def _load(path: Path, lists: list[Path]) -> Scheduled | _Broken:
    text = ""
    try:
        text = job_text(path)
        job = job_of(path, text, lists)
        options = options_of(job, os.environ)
        options.dialer()
        options.request_headers()
    except BadInput as fault:
        return _Broken(str(path), _name_in(text, path), str(fault))
    return Scheduled(str(path), job, text)


def _name_in(text: str, path: Path) -> str | None:
    """The job's name in a file that has mistakes elsewhere."""
    try:
        values = read_document(text, str(path)).value
    except BadInput:
        return None
    name = values.get("name") if isinstance(values, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else None


def _signature(*paths: Path) -> object:
    """What differs when a file was changed; a missing one is a state too."""
    seen: list[object] = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError as fault:
            seen.append(fault.errno)
        else:
            seen.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return seen


class _Round:
    """The looks of one scheduler, and its children."""

    def __init__(self, shared: Shared, files: _Files, settings: Settings, crawls: int, *, as_json: bool) -> None:
        self._shared, self._files, self._settings, self._as_json = shared, files, settings, as_json
        self._children = Children(self._work, crawls)
        self._told: dict[str, Scheduled | _Broken] = {}
        self._held: dict[str, datetime] = {}
        """Crawls that could not be gone on with, and until when they are left alone."""
        self.worst = FINE

    def run(self, *, once: bool) -> None:
        """Looks until it is told to end; or once, until what was due at its beginning is done."""
        began = wiring.now()
        while True:
            due_at = self._look(began if once else wiring.now())
            if once and not self._children:
                return
            until = time.monotonic() + LOOK_SECONDS
            while time.monotonic() < until and (once or wiring.now() < due_at):
                time.sleep(WAIT_SECONDS)
                ended = list(self._children.finished())
                for child in ended:
                    self._over(child)
                if ended:
                    break

    def stop(self) -> None:
        """Interrupts the crawls of this scheduler; they can be resumed."""
        for child in self._children.stop():
            self._over(child)

    def _look(self, now: datetime) -> datetime:
        """Begins what is to be worked on; when something is due next."""
        following = now + timedelta(days=1)
        todo: list[Work] = []
        with self._shared.open() as archive:
            world = archive.world()
            one = Scheduler(
                world,
                now,
                lambda crawl_id: self._held.get(crawl_id, now) > now or works_on(archive.folder, crawl_id),
                lambda: shutil.disk_usage(archive.folder).free >= self._settings.free_octets,
            )
            for known in self._files.read():
                self._tell_file(known, now)
                if isinstance(known, _Broken):
                    if known.job is not None:
                        one.cannot_read(known.job, known.file, known.mistakes)
                    continue
                child = self._children.of(known.job.name)
                if len(todo) + len(self._children) >= self._children.most or (child is not None and child.resumed):
                    continue
                work = one.look(known)
                if work is not None:
                    todo.append(work)
                following = min(following, next_due(known.job, now) or following)
        for job, crawl_id, moment in one.refused:
            self._tell("refused", job, crawl_id, due=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        for work in todo:
            self._tell("resumed" if work.resumed else "ending" if work.stop else "begun", work.job, work.crawl_id)
            self._children.begin(work)
        self._send_due(now)
        return following

    def _send_due(self, now: datetime) -> None:
        """Messages that were collected over a day, once that is over."""
        jobs = [one.job for one in self._told.values() if isinstance(one, Scheduled)]
        if any(rule.every == "day" for job in jobs for rule in job.notify):
            with self._shared.open() as archive:
                send_due(Post(archive.world(), self._shared.settings, os.environ), jobs, now)

    def _over(self, child: Finished) -> None:
        if child.code not in (FINE, STOPPED):
            self.worst = PROBLEMS
            # Begun or gone on with in vain: not again at once.
            self._held[child.work.crawl_id] = wiring.now() + HOLD
        self._tell("ended", child.work.job, child.work.crawl_id, exit_code=child.code)

    def _work(self, work: Work) -> int:
        """A crawl, in its own process; its exit code."""
        try:
            return self._crawl(work)
        except ArchiverError as fault:
            if fault.fields.get("elsewhere"):
                return FINE  # another scheduler was first to go on with it
            self._tell("fault", work.job, work.crawl_id, what=str(fault))
            self._record(work, fault)
        except OSError as fault:
            self._tell("fault", work.job, work.crawl_id, what=f"the operating system says: {fault}")
        return UNAVAILABLE

    def _crawl(self, work: Work) -> int:
        with self._shared.open() as archive:
            if work.stop:
                for _ in archive.end_crawl(work.crawl_id):
                    pass
                return FINE
            run = archive.go_on(work.crawl_id, self._settings)
            try:
                for _ in run:
                    pass
            finally:
                run.close()
            if archive.ledger.fault is not None:
                self._tell(
                    "fault", work.job, work.crawl_id, what=f"not {archive.ledger.lacking} yet: {archive.ledger.fault}"
                )
            crawl = archive.world().state.crawls.get(work.crawl_id)
            code = PROBLEMS if failed(crawl) or (crawl.stage, crawl.wanted) == ("paused", "run") else FINE
            read_new(archive, seconds=READING_SECONDS)
            return code

    def _record(self, work: Work, fault: ArchiverError) -> None:
        try:
            with self._shared.open() as archive:
                crawls = archive.world().state.crawls
                crawls.note(crawls.get(work.crawl_id), wiring.now().isoformat(), "fault", str(fault))
        except ArchiverError as second:
            self._tell("fault", work.job, work.crawl_id, what=str(second))

    def _tell_file(self, known: Scheduled | _Broken, now: datetime) -> None:
        if self._told.get(known.file) == known:
            return
        self._told[known.file] = known
        if isinstance(known, _Broken):
            if self._as_json:
                line({"event": "mistakes", "file": known.file, "mistakes": known.mistakes})
            else:
                say(Text(f"left out, for its file has mistakes:\n{_lines(known.mistakes)}", style="yellow"))
        elif self._as_json:
            line({"event": "read", "file": known.file, "job": known.job.name, "next_due": _moment(known.job, now)})
        else:
            say(Text(f"{known.job.name}: next due {_moment(known.job, now) or 'never, for it has no schedule'}"))

    def _tell(self, event: str, job: str, crawl_id: str, **more: object) -> None:
        if self._as_json:
            line({"event": event, "job": job, "crawl_id": crawl_id, **more})
            return
        said = ", ".join(f"{name.replace('_', ' ')} {safe(str(value), 300)}" for name, value in more.items())
        say(Text(f"{wiring.now():%Y-%m-%d %H:%M:%S} {job}: crawl {crawl_id} {event}{': ' if said else ''}{said}"))


def _moment(job: Job, now: datetime) -> str | None:
    following = next_due(job, now)
    return f"{following:%Y-%m-%dT%H:%M:%SZ}" if following is not None else None


def _lines(text: str) -> str:
    return "\n".join(safe(one, 300) for one in text.splitlines()[:50])
