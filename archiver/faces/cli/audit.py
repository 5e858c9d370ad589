# SPDX-License-Identifier: Apache-2.0
"""`archiver audit`: check the archive as a matter of course, and keep what was seen."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from archiver.errors import BadInput, StoreUnavailable
from archiver.faces.cli.app import CARE, JsonLines, Shared, app
from archiver.faces.cli.lookup import read_time
from archiver.faces.cli.output import FINE, PROBLEMS, UNAVAILABLE, examples, line, people, safe, say
from archiver.jobs.amounts import NotAnAmount, read_size, show_duration, show_size
from archiver.services.fixity.metrics import metrics
from archiver.services.fixity.run import Audited, Request
from archiver.services.fixity.run import Progress as Come
from archiver.services.fixity.units import Sample
from manifests.fixity import FINDING_CODES

_SHOWN = 50
"""Findings that a person is shown."""
_CODES = {"success": FINE, "failure": PROBLEMS, "could-not-check": UNAVAILABLE}
_SAID = {
    "success": ("everything that was looked at is sound", "green"),
    "failure": ("something is damaged, missing or does not fit", "bold red"),
    "could-not-check": ("nothing wrong was found, but not everything could be checked", "yellow"),
}


@app.command(
    rich_help_panel=CARE,
    epilog=examples(
        "archiver audit",
        "archiver audit --deep --sample 5% --rate 20MB/s",
    ),
)
def audit(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", metavar="", help="Read every octet, and compare the catalog with it.")
    ] = False,
    sample: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Only a part: 5%, or a number of segments and crawls.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help=r"Which part a sample is \[default: the one after the last sample's]."),
    ] = None,
    rate: Annotated[str | None, typer.Option(metavar="RATE", help="Read no faster than this, as 20MB/s.")] = None,
    segment: Annotated[str | None, typer.Option(metavar="ID", help="Only this segment, by its id.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only segments and crawls begun at this time or later.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only those begun before this time.")] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", metavar="", help="Go on with an audit that was cut off, or say that there is none."),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", metavar="", help="Begin anew although one was cut off.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help=r"Processes \[default: one a processor].")
    ] = None,
    metrics_file: Annotated[
        Path | None, typer.Option("--metrics", metavar="FILE", help="Write the result for Prometheus here.")
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Check that what is stored is what was sealed, and keep what was seen as an event of the archive.

    Without --deep: every object is there, with its size, and with the digest that the store itself returns.
    """
    shared: Shared = context.obj
    request = _request(deep, sample, seed, rate, segment, since, until, resume, restart, workers)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        shared.open() as archive,
        # It redraws when asked to: a thread of its own would be there when processes are forked.
        Progress(
            *columns, console=people, transient=True, auto_refresh=False, disable=as_json or not people.is_terminal
        ) as bar,
    ):
        task = bar.add_task("listing", total=None)
        running = archive.audit(request)
        while True:
            try:
                come = next(running)
            except StopIteration as ended:
                audited: Audited = ended.value
                break
            bar.update(task, completed=come.done, total=come.of, description=_description(come), refresh=True)
    if metrics_file is not None:
        _write_metrics(metrics_file, metrics(request.level, audited.summary, audited.coverage_age))
    if as_json:
        _lines(audited)
    else:
        _tell(audited)
    raise typer.Exit(_CODES[audited.summary.outcome])


def _request(
    deep: bool,
    sample: str | None,
    seed: int | None,
    rate: str | None,
    segment: str | None,
    since: str | None,
    until: str | None,
    resume: bool,
    restart: bool,
    workers: int | None,
) -> Request:
    if resume and restart:
        raise BadInput("--resume and --restart contradict each other", "Give one of them.")
    if seed is not None and sample is None:
        raise BadInput("--seed chooses a part, and everything is asked for", "Add --sample, such as --sample 5%.")
    if segment is not None and not segment.strip():
        raise BadInput("--segment is empty", "Give the id of a segment, or leave it out.")
    if sample is not None:
        Sample.of_text(sample)
    octets = None
    if rate is not None:
        try:
            octets = read_size(rate.strip().removesuffix("/s").strip())
        except NotAnAmount as fault:
            raise BadInput(f"--rate: {fault.what}", "Write it as 20MB/s or 500kB/s.") from fault
        if not octets:
            raise BadInput("--rate is 0", "Write it as 20MB/s or 500kB/s.")
    return Request(
        deep=deep,
        sample=sample.strip() if sample is not None else None,
        seed=seed,
        segment=segment.strip() if segment is not None else None,
        since=read_time(since) if since is not None else None,
        until=read_time(until) if until is not None else None,
        rate=octets,
        processes=workers or (os.cpu_count() or 1 if deep else 1),
        unfinished="resume" if resume else "restart" if restart else None,
    )


def _description(come: Come) -> str:
    left = "" if come.left is None else f", {show_duration(round(come.left))} left"
    bad = f", {come.bad} bad" if come.bad else ""
    return f"{show_size(come.octets)} read{bad}{left}"


def _write_metrics(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(path)
    except OSError as fault:
        raise StoreUnavailable(
            f"{path} cannot be written: {fault.strerror}", "Name another file for --metrics."
        ) from fault


def _lines(audited: Audited) -> None:
    for event in audited.told:
        for finding in event.findings:
            line({"event": "finding", "about": event.about, **finding.model_dump(mode="json")})
    said: dict[str, Any] = audited.summary.model_dump(mode="json")
    age = audited.coverage_age
    line(
        {
            "event": "audited",
            "level": audited.run.asked["level"],
            "seed": audited.run.seed,
            "of": audited.run.of,
            **said,
            "coverage_age_seconds": None if age is None else round(age),
            "stored": audited.key,
        }
    )


def _tell(audited: Audited) -> None:
    ended = audited.summary
    table = Table(box=None, pad_edge=False)
    for name in ("", "sound", "bad", "not checked"):
        table.add_column(name, justify="left" if not name else "right")
    for kind, outcomes in audited.counted.items():
        each = (outcomes["success"], outcomes["failure"], outcomes["could-not-check"])
        table.add_row(kind, *(f"{number:,}" for number in each))
    people.print(table)
    text, style = _SAID[ended.outcome]
    seed = "" if audited.run.seed is None else f", a sample with seed {audited.run.seed} of {audited.run.of:,}"
    read = f"{ended.objects:,} objects, {ended.captures:,} captures, {ended.octets:,} bytes read{seed}"
    say(Text.assemble((text, style), f": {read}"))
    if ended.unchecked:
        said = f"The store returns no digest of {ended.unchecked:,} of them: --deep reads and hashes them."
        say(Text(said, style="dim"))
    findings = [finding for event in audited.told for finding in event.findings]
    for one in findings[:_SHOWN]:
        where = f"{one.where}" + (f" at octet {one.offset}" if one.offset is not None else "")
        style = "red" if one.severity == "error" else "yellow"
        say(Text.assemble((f"  {one.code} ", style), f"{safe(where, 300)}: {safe(one.detail, 300)}"))
        say(Text(f"      {FINDING_CODES[one.code]}", style="dim"))
    if len(findings) > _SHOWN:
        say(Text(f"  and {len(findings) - _SHOWN:,} more, all of them in the event"))
    say(Text(f"Kept as {audited.key}", style="dim"))
