# SPDX-License-Identifier: Apache-2.0
"""`archiver demo`: the main job end to end, on an example site that runs on this machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.rule import Rule
from rich.text import Text

from archiver.archive import Archive, Match
from archiver.errors import BadInput
from archiver.faces.cli.app import ARCHIVING, app
from archiver.faces.cli.output import COLOURS, PROBLEMS, people, safe, say
from archiver.faces.demo_site.server import DemoSite
from archiver.options import CaptureOptions
from archiver.services.crawl import SeedResult
from manifests.capture import CaptureManifest
from manifests.rights import Notice


@app.command(rich_help_panel=ARCHIVING, epilog="Examples:\n\n  archiver demo\n\n  archiver demo --into ./try-out")
def demo(
    into: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder for the demo's archive; a fresh one is chosen.")
    ] = Path("demo-archive"),
) -> None:
    """Capture an example article and its reprint, and show what the archive can prove about them."""
    folder = _fresh(into)
    with DemoSite() as site, Archive.init(folder, operator="Demo operator", contact="demo@operator.example") as archive:
        _title("1", "An article, and another outlet's reprint of it, are captured")
        results = list(archive.capture(site.pages, CaptureOptions(allow_private=site.allowed)))
        by_seed = {result.seed.url: result for result in results}
        original, reprint = (by_seed[url] for url in site.pages)
        for result in (original, reprint):
            _show_capture(result)
        page = reprint.page
        assert page.captured is not None
        manifest = archive.manifest(page.captured.manifest.observation.capture_id)
        _title("2", "The notices on the reprint, word for word, and where they stand")
        _show_notices(manifest)
        _title("3", "Look up by URL")
        _show_matches(archive.lookup(page.url), f"archiver lookup {page.url}")
        _title("4", "Look up by the hash of a saved file")
        saved = folder.with_name(f"{folder.name}-saved-page.html")
        saved.write_bytes(_saved(archive, page.url))
        _show_matches(archive.lookup(str(saved)), f"archiver lookup {saved}")
        _title("5", "Who published it first?")
        _show_reprint(manifest, archive, original)
        _title("6", "Verify: every stored byte against every digest")
        report = archive.verify()
        say(Text(report.verdict(), style="bold green" if report.sound else "bold red"))
    say("")
    say(Text.assemble("The archive is in ", (str(folder), "bold"), ". Three commands to try next:"))
    capture_id = manifest.observation.capture_id[:8]
    for command in (f"manifest {capture_id}", f"lookup {saved}", "verify"):
        say(Text(f"  archiver --archive {folder} {command}", style="cyan"))
    if not report.sound:
        raise typer.Exit(PROBLEMS)


def _fresh(wanted: Path) -> Path:
    """The folder wanted, or the first free name after it."""
    for number in range(1, 1000):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        if not folder.exists():
            return folder
    raise BadInput(f"{wanted} and its next 998 names are taken", "Name another folder with --into.")


def _title(number: str, text: str) -> None:
    people.print(Rule(Text(f"{number}. {text}", style="bold"), align="left", style="dim"))


def _show_capture(result: SeedResult) -> None:
    for one in result.results:
        seen = one.captured.manifest.observation if one.captured else None
        text = Text(f"  {one.outcome.value} ", style=COLOURS[one.outcome])
        text.append(safe(one.url, 110), style="bold" if set(one.discovery_path) <= {"R"} else "")
        if seen and seen.response:
            text.append(f"  HTTP {seen.response.code}")
        if seen and seen.digests.payload:
            text.append(f"  {seen.digests.payload[-1][:23]}…", style="dim")
        say(text)


def _show_notices(manifest: CaptureManifest) -> None:
    claims = manifest.claims
    assert claims is not None
    if claims.publisher:
        say(Text.assemble(("  publisher ", "magenta"), (safe(claims.publisher.name), "bold")))
    for notice in claims.notices:
        _show_notice(notice)


def _show_notice(notice: Notice) -> None:
    text = Text.assemble((f"  {notice.kind} ", "bold magenta"), safe(notice.text, 240))
    extra = [notice.holder, notice.years, notice.statute, notice.doctrine, notice.usage, notice.value]
    named = ", ".join(safe(one) for one in extra if one)
    if named:
        text.append(f"  [{named}]", style="cyan")
    say(text)
    place = notice.evidence.place
    where = []
    if place.header:
        where.append(f"header {place.header}")
    if place.ranges:
        where.append("bytes " + ", ".join(f"{start}-{end}" for start, end in place.ranges))
    if place.css_path:
        where.append(place.css_path)
    say(Text(f"      {safe('; '.join(where), 200)}", style="dim"))


def _show_matches(matches: list[Match], command: str) -> None:
    say(Text(f"  $ {command}", style="cyan"))
    for match in matches:
        text = Text(f"  {match.found.fetched_at:%Y-%m-%d %H:%M:%S} UTC  ")
        text.append(safe(match.found.url, 110), style="bold")
        text.append(f"  matched by {match.matched}", style="green")
        say(text)
        if match.digest:
            say(Text(f"      {match.digest}", style="dim"))


def _show_reprint(manifest: CaptureManifest, archive: Archive, original: SeedResult) -> None:
    reprint = manifest.claims.reprint if manifest.claims else None
    if reprint is None:
        say(Text("  the page names no original", style="yellow"))
        return
    say(
        Text.assemble(
            "  the page says: ",
            (f"“{safe(reprint.evidence.text, 120)}”", "italic"),
            f"  ({reprint.basis}, confidence {reprint.confidence.value})",
        )
    )
    say(
        Text.assemble(
            "  original: ", (safe(reprint.original.name or "?"), "bold"), f"  {safe(reprint.original.url or '')}"
        )
    )
    page = original.page
    for match in archive.lookup(page.url):
        publisher = match.found.publisher or "?"
        say(
            Text(
                f"  and the archive holds it: {safe(match.found.url, 110)}, published by {safe(publisher)}",
                style="green",
            )
        )


def _saved(archive: Archive, url: str) -> bytes:
    """What a browser's "save page" would have kept of a captured page: its entity."""
    return archive.entity(archive.lookup(url)[0].found.capture_id)
