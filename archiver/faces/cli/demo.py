# SPDX-License-Identifier: Apache-2.0
"""`archiver demo`: the main job end to end, on an example site that runs on this machine."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.rule import Rule
from rich.text import Text

from archiver.archive import Archive
from archiver.errors import BadInput
from archiver.faces.cli.app import ARCHIVING, Shared, app, check_place
from archiver.faces.cli.history import tell
from archiver.faces.cli.output import COLOURS, PROBLEMS, examples, people, safe, say
from archiver.faces.cli.provenance import show
from archiver.faces.cli.show import card_of
from archiver.faces.demo_site.server import DemoSite
from archiver.faces.proof import pack as packs
from archiver.options import CaptureOptions
from archiver.services import pack_check
from archiver.services.lookup import Match
from archiver.services.seed_results import SeedResult
from manifests.capture import CaptureManifest, Observation
from manifests.rights import Notice


@app.command(rich_help_panel=ARCHIVING, epilog=examples("archiver demo", "archiver demo --into ./try-out"))
def demo(
    context: typer.Context,
    into: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder for the demo's archive; a taken name gets a number.")
    ] = Path("demo-archive"),
) -> None:
    """Capture an example article and its reprint, and show what the archive can prove about them."""
    shared: Shared = context.obj
    check_place(into)
    folder = _fresh(into)
    say(Text("Two example outlets run on this machine while this lasts; nothing is sent anywhere else.", style="dim"))
    with (
        DemoSite() as site,
        Archive.init(
            folder,
            operator="Demo operator",
            contact="demo@operator.example",
            settings=replace(shared.settings, state=None),
        ) as archive,
    ):
        _title("1", "An article and its reprint are captured, with what they embed")
        results = archive.capture(site.pages, CaptureOptions(allow_private=site.allowed, site_files=False))
        by_seed = {result.seed.url: result for result in results}
        original, reprint = (by_seed[url] for url in site.pages)
        for result in (original, reprint):
            _show_captures(result)
        page = reprint.page
        assert page.captured is not None
        manifest = archive.manifest(page.captured.manifest.observation.capture_id)
        _title("2", "The notices on the reprint, word for word, and where they stand in the page")
        _show_notices(manifest)
        _title("3", "Look up by URL: which captures are there of it?")
        _show_matches(archive.lookup(page.url), f"archiver lookup {page.url}")
        _title("4", "Look up by hash: where does a file on somebody's disk come from?")
        saved = _save(_saved_in(folder), archive.entity(manifest.observation.capture_id))
        _show_matches(archive.lookup(str(saved)), f"archiver lookup {saved}")
        _title("5", "Where does it come from, by what it says and by its text?")
        card = _show_chain(archive, manifest.observation.capture_id, saved.with_name("card.html"))
        _title("6", "Did its terms change? The page is captured again")
        site.withdraw_the_grant()
        archive.capture(site.pages[1], CaptureOptions(allow_private=site.allowed, page_only=True, site_files=False))
        _show_history(archive, page.url)
        _title("7", "Verify: every stored byte against every digest")
        report = archive.verify()
        say(Text(f"  {report.verdict()}", style="bold green" if report.sound else "bold red"))
        _title("8", "Prove it to a stranger, who has neither this archive nor this program")
        pack = _show_proof(archive, manifest.observation.capture_id, saved.with_name("proof"))
    say("")
    say(
        Text.assemble(
            "The archive is in ", (str(folder), "bold"), ", the saved page in ", (str(saved.parent), "bold"), ", and ",
            (str(card), "bold"), " is a card of the reprint for your browser; remove them when you have seen enough. "
            "Six commands to try next:",
        )
    )  # fmt: skip
    capture_id = manifest.observation.capture_id[:8]
    for command in (
        f"manifest {capture_id}",
        f"lookup {saved}",
        f"provenance {capture_id}",
        f"history {page.url}",
        "verify",
        f"verify {pack}",
    ):
        say(Text(f"  {_called()} --archive {folder} {command}", style="cyan"))
    if not report.sound:
        raise typer.Exit(PROBLEMS)


def _called() -> str:
    """How this program was called, so that the commands can be typed as they stand."""
    if shutil.which("archiver") == shutil.which(sys.argv[0]):
        return "archiver"
    return sys.argv[0] if Path(sys.argv[0]).name == "archiver" else "archiver"


def _fresh(wanted: Path) -> Path:
    """The folder wanted, or the first free name after it."""
    for number in range(1, 1000):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        if not folder.exists() and not _saved_in(folder).exists():
            return folder
    raise BadInput(f"{wanted} and its next 998 names are taken", "Name another folder with --into.")


def _saved_in(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-saved")


def _save(folder: Path, content: bytes) -> Path:
    """What a browser's "save page" would have kept: the entity. In a folder of its own, beside the archive."""
    folder.mkdir()
    saved = folder / "page.html"
    saved.write_bytes(content)
    return saved


def _title(number: str, text: str) -> None:
    people.print(Rule(Text(f"{number}. {text}", style="bold"), align="left", style="dim"))


_PARTS = {"": "page", "P": "robots.txt"}


def _show_captures(result: SeedResult) -> None:
    """Every capture made for one seed, under the site it is from."""
    page = urlsplit(result.page.url)
    say(Text(f"  {page.scheme}://{page.netloc}", style="bold"))
    for one in result.results:
        seen = one.captured.manifest.observation if one.captured else None
        text = Text(f"    {one.outcome.value} ", style=COLOURS[one.outcome])
        part = "embedded" if "E" in one.discovery_path else _PARTS.get(one.discovery_path, "page")
        text.append(f" {'redirect' if seen and _redirects(seen) else part:<10} ", style="dim")
        text.append(safe(urlsplit(one.url).path, 80), style="bold" if one is result.page else "")
        if seen and seen.response:
            text.append(f"  {seen.response.code}")
        if seen and seen.digests.payload:
            text.append(f"  {seen.digests.payload[-1][:19]}…", style="dim")
        say(text)


def _redirects(seen: Observation) -> bool:
    return seen.response is not None and 300 <= (seen.response.code or 0) < 400


def _show_notices(manifest: CaptureManifest) -> None:
    claims = manifest.claims
    assert claims is not None
    if claims.publisher:
        say(Text.assemble(("  publisher ", "magenta"), (safe(claims.publisher.name), "bold")))
    for notice in claims.notices:
        _show_notice(notice)


def _show_notice(notice: Notice) -> None:
    text = Text.assemble((f"  {notice.kind} ", "bold magenta"), safe(notice.text, 240))
    read = {"holder": notice.holder, "years": notice.years, "statute": notice.statute, "doctrine": notice.doctrine}
    read |= {"license": notice.license, "usage": notice.usage, "value": notice.value}
    named = ", ".join(f"{name} {safe(value)}" for name, value in read.items() if value)
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


def _show_history(archive: Archive, url: str) -> None:
    say(Text(f"  $ archiver history {url}", style="cyan"))
    for row in archive.history(url):
        tell(replace(row, said=None), with_text=False)  # what the first capture says was shown above


def _show_chain(archive: Archive, capture_id: str, path: Path) -> Path:
    """The chain from a capture; its evidence card is written beside the saved page."""
    say(Text(f"  $ archiver provenance {capture_id[:8]}", style="cyan"))
    archive.read_texts()
    chain = archive.provenance(capture_id)
    show(chain)
    path.write_bytes(card_of(archive, chain))
    return path


def _show_proof(archive: Archive, capture_id: str, folder: Path) -> Path:
    """A proof pack of the capture, checked offline."""
    say(Text(f"  $ archiver prove {capture_id[:8]} --out {folder}", style="cyan"))
    made = archive.prove([capture_id])
    packs.write_folder(folder, packs.files_of(made))
    for strength in made.facts.strengths:
        say(Text(f"  {strength.sentence}", style="dim"))
    say(Text(f"  $ archiver verify {folder}", style="cyan"))
    for step in pack_check.check(packs.read(folder)):
        say(
            Text.assemble((f"  {step.verdict:<6}", "green" if step.verdict == "ok" else "yellow"), safe(step.said, 300))
        )
    return folder
