# SPDX-License-Identifier: Apache-2.0
"""`archiver crawls`: the crawls of an archive, how they stand and what became of them; `crawl_control` has the rest of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.crawling.control import works_on
from archiver.crawling.running import progress_of
from archiver.errors import BadInput
from archiver.faces.cli.app import ARCHIVING, JsonLines, Shared, app
from archiver.faces.cli.crawl import told
from archiver.faces.cli.output import NOT_FOUND, examples, line, page, safe, say
from archiver.jobs.amounts import show_duration
from archiver.services.crawl_report import sealed
from archiver.services.crawl_report.why import sentences
from archiver.services.crawl_report.why import why as why_
from archiver.state.crawls import CrawlRow

SHOWN_HOSTS = 20
SHOWN_CRAWLS = 50
_DIGITS = frozenset("0123456789abcdefghjkmnpqrstvwxyz")

crawls_app = typer.Typer(
    no_args_is_help=True,
    help="See crawls, and control those that run.",
    epilog=examples("archiver crawls list", "archiver crawls show 01m82450"),
)
app.add_typer(crawls_app, name="crawls", rich_help_panel=ARCHIVING)

CrawlId = Annotated[str, typer.Argument(metavar="ID", help="The crawl's id, or enough of its first letters.")]


@contextmanager
def opened(context: typer.Context, crawl_id: str) -> Iterator[tuple[Shared, Archive, CrawlRow]]:
    """The archive, and the crawl that a person named. Raises `BadInput`, `NotFound`, `Ambiguous`."""
    shared: Shared = context.obj
    wanted = crawl_id.strip().lower()
    if not wanted or set(wanted) - _DIGITS:
        raise BadInput(f"{safe(crawl_id)!r} is no crawl id", "See them with: archiver crawls list")
    with shared.open() as archive:
        yield shared, archive, archive.world().state.crawls.get(wanted)


def standing(crawl: CrawlRow, *, working: bool) -> str:
    """In a word or two, what a crawl does just now or how it ended."""
    if crawl.stage == "ended":
        return {"finished": "finished", "limit": "ended at a limit", "stopped": "stopped"}[crawl.how or "finished"]
    if working:
        return {"run": "running", "pause": "pausing", "stop": "stopping"}[crawl.wanted]
    return "paused" if crawl.stage == "paused" else "unfinished"


def described(crawl: CrawlRow, *, working: bool) -> dict[str, Any]:
    """A crawl as JSON."""
    return {
        "crawl_id": crawl.crawl_id,
        "job": crawl.job,
        "standing": standing(crawl, working=working),
        "created_at": crawl.created_at,
        "ended_at": crawl.ended_at if crawl.stage == "ended" else None,
        "due": crawl.due,
        "first_crawl_id": crawl.first_crawl_id,
        "totals": json.loads(crawl.report) if crawl.report else None,
    }


@crawls_app.command("list", epilog=examples("archiver crawls list", "archiver crawls list --job news-watch --json"))
def list_(
    context: typer.Context,
    job: Annotated[str | None, typer.Option("--job", metavar="NAME", help="Only those of this job.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = SHOWN_CRAWLS,
    as_json: JsonLines = False,
) -> None:
    """List crawls, the newest first: when they began, how they stand, what they came to."""
    shared: Shared = context.obj
    with shared.open() as archive:
        found = archive.world().state.crawls.all(job, most)
        for one in found:
            working = one.stage != "ended" and works_on(archive.folder, one.crawl_id)
            if as_json:
                line(described(one, working=working))
            else:
                tell(one, working=working)
    if as_json or found:
        return
    say(f"No crawl yet{f' of a job {safe(job)}' if job else ''}.")
    say(Text(f"Next: archiver{shared.flag} crawl JOB", style="dim"))


def tell(crawl: CrawlRow, *, working: bool) -> None:
    """A crawl on one line, for people."""
    word = standing(crawl, working=working)
    style = {"running": "bold green", "finished": "green", "unfinished": "bold red"}.get(word, "yellow")
    text = Text(f"{crawl.created_at[:16].replace('T', ' ')}  ", style="cyan")
    text.append(f"{crawl.crawl_id}  {crawl.job:<20}  ")
    text.append(word, style=style)
    if crawl.report:
        totals = json.loads(crawl.report)
        text.append(f"  {totals['captures']:,} captures")
        text.append(f", {totals['failed']:,} failed" if totals["failed"] else "")
    if crawl.first_crawl_id:
        text.append(f"  retry of {crawl.first_crawl_id[:12]}", style="dim")
    say(text)


@crawls_app.command("show", epilog=examples("archiver crawls show 01m82450", "archiver crawls show 01m82450 --json"))
def show(context: typer.Context, crawl_id: CrawlId, as_json: JsonLines = False) -> None:
    """Show what a crawl has come to, what was changed about it, and where its report is."""
    with opened(context, crawl_id) as (shared, archive, crawl):
        world = archive.world()
        working = crawl.stage != "ended" and works_on(archive.folder, crawl.crawl_id)
        events = [dict(zip(("at", "kind", "detail"), one, strict=True)) for one in world.state.crawls.events(crawl)]
        shown = described(crawl, working=working) | {
            "wanted": crawl.wanted,
            "excluded": list(crawl.excluded),
            "limits": crawl.limits,
            "events": events,
        }
        if crawl.stage == "ended":
            seal = sealed.sealed(archive.place.store, crawl.crawl_id)
            report = sealed.report_of(archive.place.store, seal) if seal else None
            shown["report"] = sealed.folder(crawl.crawl_id) + seal.page.name if seal else None
            shown["reasons"] = [one.model_dump(mode="json") for one in report.reasons] if report else []
            shown["hosts"] = [one.model_dump(mode="json") for one in report.hosts[:SHOWN_HOSTS]] if report else []
        else:
            progress = progress_of(world, crawl, 0.0)
            now = told(progress)
            now["seconds"] = round(world.now().timestamp() - datetime.fromisoformat(crawl.created_at).timestamp(), 1)
            shown["progress"] = now
            shown["hosts"] = [
                {"origin": origin, "captures": captures, "octets": octets, **progress.hosts.get(origin, {})}
                for origin, captures, octets in world.state.crawls.hosts(crawl, SHOWN_HOSTS)
            ]
        if as_json:
            page(shown, as_line=True)
        else:
            _show(shared, shown, working=working)


def _show(shared: Shared, shown: dict[str, Any], *, working: bool) -> None:
    crawl_id = shown["crawl_id"]
    say(Text.assemble((f"{crawl_id}  ", "bold"), f"{shown['job']}, ", (shown["standing"], "bold")))
    times = {"began": shown["created_at"], "ended": shown["ended_at"], "was due": shown["due"]}
    say(Text("  " + ", ".join(f"{name} {at[:19].replace('T', ' ')} UTC" for name, at in times.items() if at)))
    if shown["first_crawl_id"]:
        say(Text(f"  takes again what was wrong in crawl {shown['first_crawl_id']}"))
    counted = shown["totals"] or shown["progress"]
    for name, value in counted.items():
        if isinstance(value, int | float) and value:
            said = show_duration(int(value)) if name == "seconds" else f"{value:,}"
            say(Text(f"  {name.replace('_', ' '):<20}{said:>16}"))
    for outcome, reason, urls in _reasons(shown):
        say(Text(f"  {urls:>12,}  {outcome}{f': {reason}' if reason else ''}"))
    for host in shown["hosts"]:
        say(Text(f"  {host['captures']:>12,}  {safe(host['origin'], 100)}", style="dim"))
    for event in shown["events"]:
        say(Text(f"  {event['at'][:19].replace('T', ' ')}  {event['kind']} {safe(event['detail'], 200)}".rstrip()))
    if shown.get("report"):
        say(Text(f"Report: {shown['report']} in {safe(shared.where)}", style="dim"))
    elif not working and not shown["ended_at"]:
        say(Text(f"Next: archiver{shared.flag} crawl JOB --resume", style="dim"))


def _reasons(shown: dict[str, Any]) -> Iterator[tuple[str, str | None, int]]:
    if "reasons" in shown:
        for one in shown["reasons"]:
            yield one["outcome"], one.get("reason"), one["urls"]
        return
    for outcome, urls in shown["progress"]["outcomes"].items():
        yield outcome, None, urls
    for reason, urls in shown["progress"]["reasons"].items():
        yield "of them", reason, urls


@crawls_app.command(
    "why",
    epilog=examples(
        "archiver crawls why 01m82450 https://example.org/a",
        "archiver crawls why 01m82450 https://example.org/a --json",
    ),
)
def why(
    context: typer.Context,
    crawl_id: CrawlId,
    url: Annotated[str, typer.Argument(metavar="URL", help="The URL, as a page names it.")],
    as_json: JsonLines = False,
) -> None:
    """Say why a crawl took a URL, refused it or skipped it, and by which rule."""
    with opened(context, crawl_id) as (shared, archive, crawl):
        told_of = why_(archive.world(), crawl.crawl_id, url)
    if as_json:
        line(asdict(told_of))
    else:
        for sentence in sentences(told_of):
            say(Text(safe(sentence, 500)))
        if told_of.capture_id:
            say(Text(f"Next: archiver{shared.flag} manifest {told_of.capture_id[:8]}", style="dim"))
    if not told_of.met:
        raise typer.Exit(NOT_FOUND)
