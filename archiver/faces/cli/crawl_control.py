# SPDX-License-Identifier: Apache-2.0
"""`archiver crawls pause|resume|stop|exclude|limit|retry`: control of a crawl from any terminal, while it runs or not."""

import os
from typing import Annotated, Literal

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.crawling import control, retrying
from archiver.crawling.control import works_on
from archiver.crawling.running import Settings
from archiver.errors import BadInput
from archiver.faces.cli.app import JsonLines
from archiver.faces.cli.crawl import MOST_WORKERS, follow
from archiver.faces.cli.crawls import CrawlId, crawls_app, described, opened, tell
from archiver.faces.cli.ledger import lag
from archiver.faces.cli.output import PROBLEMS, STOPPED, examples, line, safe, say
from archiver.jobs.amounts import NotAnAmount, read_duration, read_size, show_duration, show_size
from archiver.state.crawls import CrawlRow


@crawls_app.command("pause", epilog=examples("archiver crawls pause 01m82450", "archiver crawls pause 01m82450 --json"))
def pause(context: typer.Context, crawl_id: CrawlId, as_json: JsonLines = False) -> None:
    """Have a crawl finish what it has in hand, seal it, and wait; it goes on only when it is resumed."""
    with opened(context, crawl_id) as (shared, archive, crawl):
        working = works_on(archive.folder, crawl.crawl_id)
        control.pause(archive.world(), crawl, working=working)
        _changed(archive, crawl, as_json=as_json)
    if not as_json:
        say(f"Crawl {crawl.crawl_id} {'pauses within seconds' if working else 'is paused; no process worked on it'}.")
        say(Text(f"Next: archiver{shared.flag} crawls resume {crawl.crawl_id}", style="dim"))


@crawls_app.command(
    "resume", epilog=examples("archiver crawls resume 01m82450", "archiver crawls resume 01m82450 --json")
)
def resume(context: typer.Context, crawl_id: CrawlId, as_json: JsonLines = False) -> None:
    """Take a pause back; a scheduler goes on with the crawl, or the command that is shown."""
    with opened(context, crawl_id) as (shared, archive, crawl):
        world = archive.world()
        control.resume(world, crawl)
        working = works_on(archive.folder, crawl.crawl_id)
        met = world.state.crawls.met(crawl.job)
        going_on = f"archiver{shared.flag} crawl {safe(met.file) if met else 'JOB'} --resume"
        _changed(archive, crawl, as_json=as_json, **({} if working else {"next": going_on}))
    if as_json:
        return
    if working:
        say(f"Crawl {crawl.crawl_id} goes on.")
        return
    who = "a scheduler that knows its job goes on with it" if met else "go on with it"
    say(f"No process works on crawl {crawl.crawl_id}; {who}.")
    say(Text(f"Next: {going_on}", style="dim"))


@crawls_app.command("stop", epilog=examples("archiver crawls stop 01m82450", "archiver crawls stop 01m82450 --json"))
def stop(context: typer.Context, crawl_id: CrawlId, as_json: JsonLines = False) -> None:
    """End a crawl: what it has in hand is kept, what waits is skipped; it cannot be resumed."""
    with opened(context, crawl_id) as (shared, archive, crawl):
        control.stop(archive.world(), crawl)
        working = works_on(archive.folder, crawl.crawl_id)
        if not working:
            for _ in archive.end_crawl(crawl.crawl_id):
                pass
        _changed(archive, crawl, as_json=as_json)
    if not as_json:
        say(f"Crawl {crawl.crawl_id} {'ends within seconds' if working else 'has ended'}.")
        say(Text(f"Next: archiver{shared.flag} crawls show {crawl.crawl_id}", style="dim"))


@crawls_app.command(
    "exclude",
    epilog=examples("archiver crawls exclude 01m82450 '/print/'", "archiver crawls exclude 01m82450 'glob:**/tag/**'"),
)
def exclude(
    context: typer.Context,
    crawl_id: CrawlId,
    patterns: Annotated[
        list[str],
        typer.Argument(metavar="PATTERN...", help="RE2 expressions searched in the URL, or `glob:` and a glob."),
    ],
    as_json: JsonLines = False,
) -> None:
    """Leave URLs out of a crawl from now on, those that wait too; stands on its record."""
    with opened(context, crawl_id) as (_, archive, crawl):
        control.exclude(archive.world(), crawl, patterns)
        now = _changed(archive, crawl, as_json=as_json)
    if not as_json:
        say(f"Crawl {crawl.crawl_id} now leaves out what fits one of {len(now.excluded)} patterns.")


@crawls_app.command(
    "limit",
    epilog=examples("archiver crawls limit 01m82450 --captures 5000", "archiver crawls limit 01m82450 --time 6h"),
)
def limit(
    context: typer.Context,
    crawl_id: CrawlId,
    captures: Annotated[int | None, typer.Option(min=0, help="Captures in all.")] = None,
    octets: Annotated[str | None, typer.Option("--bytes", metavar="SIZE", help="Octets received in all.")] = None,
    time: Annotated[str | None, typer.Option(metavar="DURATION", help="Time since the crawl began.")] = None,
    as_json: JsonLines = False,
) -> None:
    """Set limits of a crawl in place of its job's; stands on its record."""
    limits: dict[str, int | float] = {}
    try:
        if captures is not None:
            limits["captures"] = captures
        if octets is not None:
            limits["bytes"] = read_size(octets)
        if time is not None:
            limits["time"] = read_duration(time)
    except NotAnAmount as fault:
        raise BadInput(fault.what, f"{fault.instead[0].upper()}{fault.instead[1:]}.") from fault
    with opened(context, crawl_id) as (_, archive, crawl):
        control.limit(archive.world(), crawl, limits)
        now = _changed(archive, crawl, as_json=as_json)
    if as_json:
        return
    shown = {
        "captures": lambda most: f"{most:,} captures",
        "bytes": lambda most: show_size(int(most)),
        "time": lambda most: show_duration(float(most)),
    }
    say(f"Crawl {crawl.crawl_id} now ends at {', '.join(shown[name](most) for name, most in now.limits.items())}.")


@crawls_app.command(
    "retry",
    epilog=examples("archiver crawls retry 01m82450 failed", "archiver crawls retry 01m82450 suspected --workers 1"),
)
def retry(
    context: typer.Context,
    crawl_id: CrawlId,
    what: Annotated[str, typer.Argument(metavar="failed|suspected", help="Which of its URLs.")],
    workers: Annotated[
        int | None, typer.Option(min=1, max=MOST_WORKERS, help=r"Worker processes \[default: one a core].")
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Take again what failed or looks suspicious, as a new crawl whose captures link to the first ones."""
    chosen = _what(what)
    with opened(context, crawl_id) as (shared, archive, crawl):
        begun, urls = retrying.begin(archive.world(), crawl, chosen)
        if not as_json:
            say(f"Crawl {begun} takes {urls:,} URLs of {crawl.crawl_id} again.")
        settings = Settings(workers=workers or os.cpu_count() or 1)
        ended = follow(archive.go_on(begun, settings), crawl.job, as_json=as_json)
        lag(archive)
        now = archive.world().state.crawls.get(begun)
        if as_json:
            line({"event": "ended", **described(now, working=False), "urls": urls, "how": ended.how})
        else:
            tell(now, working=False)
            say(Text(f"Next: archiver{shared.flag} crawls show {begun}", style="dim"))
    if ended.how == "interrupted":
        raise typer.Exit(STOPPED)
    if ended.how in ("disk", "pause"):
        raise typer.Exit(PROBLEMS)


def _what(text: str) -> Literal["failed", "suspected"]:
    if text == "failed":
        return "failed"
    if text == "suspected":
        return "suspected"
    raise BadInput(f"{safe(text)!r} is not what can be retried", "Write failed or suspected.")


def _changed(archive: Archive, crawl: CrawlRow, *, as_json: bool, **more: object) -> CrawlRow:
    """The crawl as it stands now; for programs, told."""
    now = archive.world().state.crawls.get(crawl.crawl_id)
    if as_json:
        told_now = described(now, working=works_on(archive.folder, now.crawl_id))
        line(told_now | {"wanted": now.wanted, "excluded": list(now.excluded), "limits": now.limits} | more)
    return now
