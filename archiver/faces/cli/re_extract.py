# SPDX-License-Identifier: Apache-2.0
"""`archiver re-extract`: what is stored is read again by the extractor of this version."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from archiver.faces.cli.app import CARE, JsonLines, Shared, app
from archiver.faces.cli.ledger import lag
from archiver.faces.cli.lookup import read_time
from archiver.faces.cli.output import PROBLEMS, examples, line, people, safe, say
from archiver.services.history import extractor
from archiver.services.re_extract import Reread

_SHOWN = 10


@app.command(
    "re-extract",
    rich_help_panel=CARE,
    epilog=examples(
        "archiver re-extract --dry-run",
        "archiver re-extract --host example.org --since 2026-01-01 --json",
    ),
)
def re_extract(
    context: typer.Context,
    segment: Annotated[
        str | None,
        typer.Option(metavar="SEGMENT_ID", help="Only this segment: its id, or enough of its first letters."),
    ] = None,
    job: Annotated[str | None, typer.Option(metavar="JOB", help="Only segments of this job.")] = None,
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="Only segments that hold a capture of this host.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only segments that hold a capture fetched at this time or later."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Write nothing; say how many claims would differ.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help=r"Processes \[default: one a processor].")
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Read stored captures again with this version's extractor; nothing stored changes, lookups use what is newest.

    Segments whose claims are of this version are left out, so a run that was stopped goes on where it was.
    """
    shared: Shared = context.obj
    moment = read_time(since) if since is not None else None
    done: list[Reread] = []
    with shared.open() as archive:
        due = archive.due_for_re_extraction(segment=segment, job=job, host=host, since=moment)
        results = archive.re_extract(due, dry_run=dry_run, processes=workers or os.cpu_count() or 1)
        for one in _with_progress(results, len(due), quiet=as_json):
            done.append(one)
            if as_json:
                line(_told(one))
        lag(archive)
    _sum_up(done, as_json=as_json, dry_run=dry_run)
    if any(one.fault or one.unread for one in done):
        raise typer.Exit(PROBLEMS)


def _told(one: Reread) -> dict[str, object]:
    return {
        "segment_id": one.segment.segment_id,
        "claims_set": one.claims_set,
        "written": one.written,
        "captures": one.captures,
        "changed": one.changed,
        "differing": dict(one.differing),
        "unread": [asdict(capture) for capture in one.unread],
        "fault": one.fault,
    }


def _sum_up(done: list[Reread], *, as_json: bool, dry_run: bool) -> None:
    program = extractor.CURRENT.program
    differing: Counter[str] = Counter()
    for one in done:
        differing.update(one.differing)
    unread = [capture for one in done for capture in one.unread]
    faults = [one for one in done if one.fault]
    captures, changed = sum(one.captures for one in done), sum(one.changed for one in done)
    if as_json:
        line(
            {
                "extractor": f"{program.name}/{program.version}",
                "segments": len(done) - len(faults),
                "written": sum(one.written for one in done),
                "captures": captures,
                "changed": changed,
                "differing": dict(sorted(differing.items())),
                "unread": len(unread),
                "faults": len(faults),
            }
        )
        return
    if not done:
        say(
            f"Nothing to do: nothing that was asked for has claims older than those of {program.name} {program.version}."
        )
        return
    read = "were read" if not dry_run else "were read, and nothing written"
    say(
        f"{_count(captures, 'capture')} of {_count(len(done) - len(faults), 'segment')} {read}: the claims of {changed} "
        f"differ from those of before."
    )
    for name, number in differing.most_common():
        say(f"  {name:<15} {number}")
    for capture in unread[:_SHOWN]:
        say(Text(f"  not read: capture {capture.capture_id[:8]}: {safe(capture.why)}", style="yellow"))
    if len(unread) > _SHOWN:
        say(Text(f"  and {len(unread) - _SHOWN} more; --json names them", style="yellow"))
    for one in faults:
        say(Text(f"  segment {one.segment.segment_id}: {safe(one.fault)}", style="red"))


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _with_progress(results: Iterator[Reread], total: int, *, quiet: bool) -> Iterator[Reread]:
    if quiet or not people.is_terminal:
        yield from results
        return
    columns = (TextColumn("reading segments"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # It redraws when asked to: a thread of its own would be there when processes are forked.
    with Progress(*columns, console=people, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("segments", total=total)
        progress.refresh()
        for one in results:
            progress.update(task, advance=1, refresh=True)
            yield one
