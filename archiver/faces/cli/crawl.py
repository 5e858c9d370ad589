# SPDX-License-Identifier: Apache-2.0
"""`archiver crawl`."""

import contextlib
import os
import signal
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from archiver.archive import Archive
from archiver.crawling.running import Ended, Progress, Settings
from archiver.errors import BadInput
from archiver.faces.cli.app import ARCHIVING, JsonLines, Shared, app
from archiver.faces.cli.job_files import load_job
from archiver.faces.cli.ledger import lag
from archiver.faces.cli.output import PROBLEMS, STOPPED, examples, line, people, safe, say
from archiver.faces.cli.reading import NoTexts, read_new
from archiver.jobs.amounts import NotAnAmount, read_duration, read_size
from archiver.jobs.effective import Job

MOST_WORKERS = 64

_EXAMPLES = examples("archiver crawl seeds/reprints.yaml", "archiver crawl seeds/news-watch.yaml --workers 2 --json")


@app.command(rich_help_panel=ARCHIVING, epilog=_EXAMPLES)
def crawl(
    context: typer.Context,
    job_file: Annotated[Path, typer.Argument(metavar="JOB", help="The job file; see seeds/README.md.")],
    workers: Annotated[
        int | None, typer.Option(min=1, max=MOST_WORKERS, help=r"Worker processes \[default: one a core].")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", metavar="", help="Go on with the crawl of this job that has not ended.")
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", metavar="", help="End the crawl that has not ended, and begin another.")
    ] = False,
    keep_free: Annotated[
        str, typer.Option(metavar="SIZE", help="Pause when the spool's disk has less room than this.")
    ] = "512MiB",
    lease: Annotated[
        str, typer.Option(metavar="TIME", help="A worker that is silent for so long is taken over by the others.")
    ] = "60s",
    first_retry: Annotated[
        str, typer.Option(metavar="TIME", help="Wait before a failed URL is tried again; doubled each time.")
    ] = "5s",
    no_texts: NoTexts = False,
    as_json: JsonLines = False,
) -> None:
    """Run a job's crawl: politely, resumably, with a reason on record for every URL that was not taken."""
    if resume and new:
        raise BadInput("--resume and --new exclude each other", "Give one of them.")
    shared: Shared = context.obj
    job, text = load_job(job_file)
    settings = Settings(
        workers=workers or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else workers or 1,
        lease=_amount(read_duration, lease, "--lease"),
        first_retry=_amount(read_duration, first_retry, "--first-retry"),
        free_octets=int(_amount(read_size, keep_free, "--keep-free")),
    )
    with shared.open_or_make() as archive:
        unfinished = _unfinished(archive, job, resume=resume, new=new)
        if not as_json:
            for mistake in job.mistakes[:20]:
                say(Text(safe(f"left out: {mistake}"), style="yellow"))
        known = {one.segment_id for one in archive.catalog().all_segments()}
        ended = follow(archive.crawl(job, text, settings, unfinished=unfinished), job.name, as_json=as_json)
        if not no_texts and ended.how != "interrupted":
            read_new(archive, {one.segment_id for one in archive.catalog().all_segments()} - known)
        lag(archive)
        crawl_id = archive.world().state.crawls.all(job.name)[0].crawl_id
    if as_json:
        line({"event": "ended", "crawl_id": crawl_id, "how": ended.how, **told(ended.progress)})
    else:
        _summary(shared, job, crawl_id, ended)
    if ended.how == "interrupted":
        raise typer.Exit(STOPPED)
    if ended.how in ("disk", "pause"):
        raise typer.Exit(PROBLEMS)


def _amount(read: Any, text: str, what: str) -> float:
    try:
        return float(read(text))
    except NotAnAmount as fault:
        raise BadInput(f"{what}: {fault.what}", f"{fault.instead[0].upper()}{fault.instead[1:]}.") from fault


def _unfinished(archive: Archive, job: Job, *, resume: bool, new: bool) -> Literal["resume", "new"] | None:
    """What to do about a crawl that has not ended; asks where there is somebody to ask."""
    left = archive.world().state.crawls.unended(job.name)
    if left is None:
        if resume:
            raise BadInput(f"job {job.name} has no crawl that has not ended", "Leave out --resume to begin one.")
        return None
    if resume or new:
        return "resume" if resume else "new"
    if not people.is_terminal or not os.isatty(0):
        return None
    people.print(Text(f"Crawl {left.crawl_id}, begun {left.created_at[:16].replace('T', ' ')} UTC, has not ended."))
    return "resume" if typer.confirm("Go on with it? (No ends it and begins another)", default=True) else "new"


def follow(run: Generator[Progress, None, Ended], job: str, *, as_json: bool) -> Ended:
    """Shows the progress of a job's crawl until that ends."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=people, transient=True, disable=as_json or not people.is_terminal) as bar:
        task = bar.add_task(f"crawling {job}", total=None)
        progress = Progress(0.0)
        with _asked_to_end() as asked:
            while not asked:
                try:
                    progress = next(run)
                except StopIteration as stopped:
                    ended: Ended = stopped.value
                    return ended
                if as_json:
                    line({"event": "progress", **told(progress)})
                bar.update(task, description=_in_words(progress))
            run.close()
        return Ended("interrupted", progress)


@contextlib.contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """Signals that came within, SIGTERM and SIGINT: noted, not raised, for they may come at any instruction."""
    came: list[int] = []
    before = {one: signal.signal(one, lambda number, _: came.append(number)) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield came
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def told(progress: Progress) -> dict[str, object]:
    """Progress as JSON."""
    return {
        "seconds": round(progress.seconds, 1),
        "captures": progress.captures,
        "octets": progress.octets,
        "revisits": progress.revisits,
        "known": progress.known,
        "outcomes": dict(progress.outcomes),
        "reasons": dict(progress.reasons),
        "hosts": progress.hosts,
        "workers": progress.workers,
    }


def _in_words(progress: Progress) -> str:
    rate = progress.captures / progress.seconds if progress.seconds else 0.0
    known = sum(progress.outcomes.values())
    left = max(0, progress.known - known)
    parts = [
        f"{progress.captures:,} captures",
        f"{rate:,.1f}/s",
        f"{progress.octets / 1e6:,.1f} MB",
        f"{100 * progress.revisits / progress.captures:.0f} % held already" if progress.captures else "",
        f"{left:,} wait" if left else "",
        f"done in about {left / rate / 60:,.0f} min" if left and rate > 0.01 else "",
        f"{known - progress.captures:,} not taken" if known > progress.captures else "",
    ]
    reasons = ", ".join(f"{name} {n:,}" for name, n in progress.reasons.most_common(3))
    return " · ".join([*(one for one in parts if one), *([reasons] if reasons else [])])


def _summary(shared: Shared, job: Job, crawl_id: str, ended: Ended) -> None:
    progress = ended.progress
    ways = {
        "over": "finished", "limit": "ended at a limit", "stop": "stopped", "pause": "paused",
        "disk": "paused, for the disk is nearly full", "interrupted": "interrupted",
    }  # fmt: skip
    say(Text(f"Crawl {crawl_id} of {job.name} {ways[ended.how]}: {_in_words(replace(progress))}"))
    if ended.how in ("pause", "disk", "interrupted"):
        say(Text(f"Next: archiver{shared.flag} crawl JOB --resume", style="dim"))
    else:
        say(Text(f"Next: archiver{shared.flag} crawls show {crawl_id}", style="dim"))
