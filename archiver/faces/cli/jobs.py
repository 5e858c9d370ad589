# SPDX-License-Identifier: Apache-2.0
"""`archiver jobs`: how jobs fare, whether a job file is right, and whether its notifications arrive."""

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.text import Text

from archiver import wiring
from archiver.crawling.control import works_on
from archiver.crawling.delivering import Post, deliver, shown
from archiver.crawling.health import Health, health
from archiver.crawling.planning import seeds_of
from archiver.crawling.preview import Judged, SeedPreview, preview
from archiver.crawling.scheduling import next_due
from archiver.errors import BadInput
from archiver.faces.cli.app import ARCHIVING, JsonLines, Shared, app
from archiver.faces.cli.crawls import described as described_crawl
from archiver.faces.cli.crawls import standing
from archiver.faces.cli.job_files import load_job
from archiver.faces.cli.output import MISTAKE, PROBLEMS, examples, line, people, safe, say, write
from archiver.jobs.description import describe, describe_job
from archiver.jobs.effective import Job
from archiver.services.ingest import World, new_uuid
from archiver.services.notify.batch import Batch
from archiver.services.notify.message import Message, message
from archiver.urls import parse

MOST_PREVIEWED = 25
"""Seeds that a preview asks for unless one is named."""
_DUE_SHOWN = 3

jobs_app = typer.Typer(
    help="See how jobs fare, check job files, and try notifications.",
    epilog=examples("archiver jobs", "archiver jobs check seeds/news-watch.yaml --preview"),
)
app.add_typer(jobs_app, name="jobs", rich_help_panel=ARCHIVING)

JobFile = Annotated[Path, typer.Argument(metavar="FILE", help="The job file.")]


@jobs_app.callback(invoke_without_command=True)
def jobs(context: typer.Context, as_json: JsonLines = False) -> None:
    """See how jobs fare: their last crawl, when they are due next, what is wrong."""
    if context.invoked_subcommand is not None:
        return
    shared: Shared = context.obj
    with shared.open() as archive:
        found = health(archive.world(), lambda crawl_id: works_on(archive.folder, crawl_id))
    for one in found:
        if as_json:
            line(_described(one))
        else:
            _tell(one)
    if not found and not as_json:
        say("No job was crawled yet, and no scheduler has met one.")
        say(Text(f"Next: archiver{shared.flag} crawl JOB", style="dim"))


def _described(one: Health) -> dict[str, Any]:
    return {
        "job": one.job,
        "health": one.verdict,
        "file": one.file,
        "mistakes": one.mistakes,
        "failures": one.failures,
        "next_due": one.next_due,
        "last": described_crawl(one.last, working=one.working) if one.last else None,
    }


def _tell(one: Health) -> None:
    text = Text(f"{one.job:<24}", style="bold")
    text.append(f"{one.verdict:<18}", style="green" if one.verdict == "ok" else "bold red")
    if one.last is not None:
        text.append(f"{standing(one.last, working=one.working)} {one.last.created_at[:16].replace('T', ' ')}")
    else:
        text.append("not crawled yet")
    if one.failures > 1:
        text.append(f", {one.failures} failures in a row", style="red")
    if one.next_due:
        text.append(f"  next {one.next_due[:16].replace('T', ' ')} UTC", style="dim")
    say(text)
    for mistake in (one.mistakes or "").splitlines()[:5]:
        say(Text(f"    {safe(mistake, 300)}", style="yellow"))


@jobs_app.command(
    "check",
    epilog=examples(
        "archiver jobs check seeds/reprints.yaml --seed 2", "archiver jobs check seeds/news-watch.yaml --preview"
    ),
)
def check(
    file: JobFile,
    seed: Annotated[
        str | None, typer.Option(metavar="URL|N", help="The seed whose settings are shown, by its URL or number.")
    ] = None,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview", metavar="", help="Ask for seeds, robots.txt, sitemaps and feeds; show what would be taken."
        ),
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Check a job file and show the settings it comes to; needs no archive and writes nothing."""
    job = _load(file, as_json=as_json)
    number = _number(job, seed) if seed is not None else None
    if preview:
        _preview(job, number, as_json=as_json)
        return
    settings = job.settings_of(job.seeds[number]) if number is not None else job.settings
    moments = _moments(job)
    if as_json:
        told = {
            "file": str(file),
            "seeds": len(job.seeds),
            "seed": job.seeds[number].url if number is not None else None,
            "job": yaml.safe_load(describe_job(job)),
            "settings": yaml.safe_load(describe(settings)),
            "due": moments,
            "variables": {one.name: bool(os.environ.get(one.name)) for one in job.secrets},
        }
        line(told)
        return
    write(describe_job(job) + describe(settings))
    for mistake in job.mistakes[:50]:
        say(Text(safe(f"left out: {mistake}", 300), style="yellow"))
    for one in job.secrets:
        if not os.environ.get(one.name):
            say(Text(f"the variable {one.name}, which the job needs, is not set here", style="yellow"))
    say(f"{safe(str(file))} is right. Due next: {', '.join(moments) or 'only when told, for it has no schedule'}")


def _load(file: Path, *, as_json: bool) -> Job:
    """The job of a file; each mistake is told on a line of its own, and ends the command with 2."""
    try:
        return load_job(file)[0]
    except BadInput as fault:
        mistakes: Any = fault.fields.get("mistakes")
        if mistakes is None:
            raise
        for one in mistakes:
            if as_json:
                line(asdict(one))
            else:
                people.print(Text(safe(str(one), 500)))
        if not as_json:
            said = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
            people.print(Text.assemble(("error: ", "bold red"), f"{safe(str(file))} has {said}"))
        raise typer.Exit(MISTAKE) from fault


def _number(job: Job, text: str) -> int:
    """The place of the seed that a person named, from 0."""
    if text.isascii() and text.isdigit():
        if not 1 <= int(text) <= len(job.seeds):
            raise BadInput(f"there is no seed {text}", f"The job has {len(job.seeds)}; the first one is 1.")
        return int(text) - 1
    wanted = parse(text).url
    for number, one in enumerate(job.seeds):
        if parse(one.url).url == wanted:
            return number
    raise BadInput(f"{safe(wanted)} is no seed of the job", "Give its URL as in the file, or its number.")


def _moments(job: Job) -> list[str]:
    moments: list[str] = []
    moment = wiring.now()
    while len(moments) < _DUE_SHOWN and (following := next_due(job, moment)) is not None:
        moments.append(f"{following:%Y-%m-%dT%H:%M:%SZ}")
        moment = following
    return moments


def _preview(job: Job, number: int | None, *, as_json: bool) -> None:
    total = sum(1 for _ in seeds_of(job))
    numbers = [number] if number is not None else list(range(total))[:MOST_PREVIEWED]
    problems = asyncio.run(_asked(job, numbers, as_json=as_json))
    if len(numbers) < total and number is None and not as_json:
        say(Text(f"{total - len(numbers)} further seeds were not asked for; name one with --seed.", style="dim"))
    if problems:
        raise typer.Exit(PROBLEMS)


async def _asked(job: Job, numbers: list[int], *, as_json: bool) -> int:
    problems = 0
    async for one in preview(job, os.environ, numbers, wiring.now):
        fine = bool(one.asked) and all(0 < (asked.code or 0) < 400 for asked in one.asked)
        problems += not fine
        if as_json:
            line(_previewed(one))
        else:
            _tell_preview(one)
    return problems


def _previewed(one: SeedPreview) -> dict[str, Any]:
    def judged(some: Judged) -> dict[str, Any]:
        first = [{"url": url, "rule": rule} for url, rule in some.first]
        return {"urls": some.urls, "rules": dict(some.rules.most_common()), "first": first}

    return {
        "seed": one.number + 1,
        "url": one.url,
        "source": one.source,
        "asked": [asdict(asked) for asked in one.asked],
        "robots": one.robots,
        "robots_line": one.robots_line,
        "sitemaps": list(one.sitemaps),
        "taken": judged(one.taken),
        "left_out": judged(one.left_out),
    }


def _tell_preview(one: SeedPreview) -> None:
    say(Text.assemble((safe(one.url), "bold"), f"  {one.source}" if one.source else ""))
    for asked in one.asked:
        said = f"  {asked.code or 'no answer'}  {safe(asked.url)}  {safe(asked.detail)}"
        say(Text(said.rstrip(), style="green" if 0 < (asked.code or 0) < 400 else "red"))
    say(Text(f"  robots.txt: {one.robots}{f' by {safe(one.robots_line)}' if one.robots_line else ''}"))
    if one.sitemaps and not one.source:
        say(Text(f"  robots.txt names {len(one.sitemaps)} sitemaps: {safe(', '.join(one.sitemaps), 300)}", style="dim"))
    for name, some, style in (("would be taken", one.taken, "green"), ("would be left out", one.left_out, "yellow")):
        say(Text(f"  {some.urls:,} URLs {name}", style=style))
        for rule, urls in some.rules.most_common(10):
            say(Text(f"    {urls:>8,}  {safe(rule, 100)}"))
        for url, rule in some.first:
            say(Text(f"      {safe(url)}  {safe(rule, 80)}", style="dim"))


@jobs_app.command(
    "test-notify",
    epilog=examples(
        "archiver jobs test-notify seeds/news-watch.yaml", "archiver jobs test-notify seeds/news-watch.yaml --json"
    ),
)
def try_notifications(context: typer.Context, file: JobFile, as_json: JsonLines = False) -> None:
    """Send a test message to each notification of a job, as a crawl would."""
    shared: Shared = context.obj
    job = _load(file, as_json=as_json)
    if not job.notify:
        raise BadInput(f"job {job.name} has no notifications", "Write them under `notify`.")
    ways = [one for one in job.notify if one.to != "feed"]
    with shared.open() as archive:
        world = archive.world()
        made = [_test_message(world, job) for _ in ways]
        deliveries = deliver(Post(world, shared.settings, os.environ), job, list(zip(ways, made, strict=True)))
    for way, delivery in zip(ways, deliveries, strict=True):
        if as_json:
            line({"to": way.to, "address": way.address, **asdict(delivery)})
        else:
            said = f"{shown(way)}: {safe(delivery.detail, 400)}"
            say(Text(said, style="green" if delivery.delivered else "red"))
    if len(ways) < len(job.notify) and not as_json:
        say(Text("feed: nothing is sent; it is made anew after each crawl", style="dim"))
    if not all(one.delivered for one in deliveries):
        raise typer.Exit(PROBLEMS)


def _test_message(world: World, job: Job) -> Message:
    return message(
        Batch(),
        message_id=new_uuid(world.chance),
        job=job.name,
        archive_id=world.archive_id,
        made_at=world.now(),
        test=True,
    )
