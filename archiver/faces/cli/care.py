# SPDX-License-Identifier: Apache-2.0
"""`archiver verify`, `rebuild`, `store probe` and `doctor`."""

import contextlib
import importlib.util
import re
import shutil
import sqlite3
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from archiver import wiring
from archiver.errors import ArchiverError, BadInput, NoArchive
from archiver.faces.cli.abilities import sentences
from archiver.faces.cli.app import CARE, JsonLines, Shared, app, store_app
from archiver.faces.cli.output import PROBLEMS, examples, line, people, safe, say
from archiver.faces.cli.prove import is_pack, verify_pack
from archiver.faces.cli.reading import NoTexts, read_new
from archiver.services import layout, warc_check
from archiver.services.report import Report
from manifests.fixity import FINDING_CODES

_LOW_DISK = 2 << 30
_OURS = re.compile(r"-([0-9a-z]{26})\.warc\.gz\Z")
"""The segment id in the name of a WARC file of ours."""


@app.command(
    rich_help_panel=CARE,
    epilog=examples("archiver verify", "archiver verify adhoc-20261122101500-01kanqx0r2.warc.gz --json"),
)
def verify(
    context: typer.Context,
    what: Annotated[
        str | None,
        typer.Argument(
            help="A capture id, a segment id, a crawl id, a WARC file or a proof pack; everything when left out."
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="VKEY", help="For a proof pack: the archive's public key as you know it; may repeat."),
    ] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="For a proof pack: an authority's root certificates as you know them; may repeat."
        ),
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Check stored bytes against every digest; a WARC file or a proof pack is checked without any archive."""
    shared: Shared = context.obj
    path = Path(what) if what and "\0" not in what else None
    if path is not None and path.exists() and is_pack(path):
        verify_pack(path, key or [], root or [], as_json=as_json)
        return
    if key or root:
        raise BadInput("--key and --root are for proof packs", "Leave them out, or name a pack.")
    if path is not None and path.is_file():
        report = _verify_file(path, shared)
    elif path is not None and path.is_dir():
        raise BadInput(f"{path} is a folder", f"To check the archive in it: archiver --archive {path} verify.")
    elif what and ("/" in what or what.endswith((".gz", ".warc"))):
        raise BadInput(f"there is no file {what}", "Give a WARC file, or the id of a capture, a segment or a crawl.")
    elif what is not None and not what.strip():
        raise BadInput("what to verify is empty", "Leave it out to check the whole archive.")
    else:
        with shared.open() as archive, people.status("reading") as status:
            report = archive.verify(what, lambda key: status.update(f"reading {key}"))
    _print(report, as_json=as_json)
    if not report.sound:
        raise typer.Exit(PROBLEMS)


def _verify_file(path: Path, shared: Shared) -> Report:
    """A WARC file on its own, and against the seal of its segment where one is at hand."""
    with open(path, "rb") as stream:
        if stream.read(2) != b"\x1f\x8b" and not path.name.endswith(".warc.gz"):
            raise BadInput(
                f"{path} is not a gzipped WARC file", "Give one, or the id of a capture, a segment or a crawl."
            )
        stream.seek(0)
        return warc_check.verify_warc(stream, path.name, _seal_of(path, shared))


def _seal_of(path: Path, shared: Shared) -> bytes | None:
    """The seal beside a file, as in an archive's folder, or the one that the archive holds; None when there is neither."""
    with contextlib.suppress(OSError):
        return path.with_name(layout.SEAL).read_bytes()
    named = _OURS.search(path.name)
    if named is None:
        return None
    # Without an archive, or with one that cannot be asked now, the file is still checked, and the verdict says how far.
    with contextlib.suppress(ArchiverError, KeyError), shared.open() as archive:
        segment = archive.catalog().segment(named[1])
        return archive.place.store.get(segment.folder + layout.SEAL) if segment else None
    return None


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        for finding in report.findings:
            line(finding.model_dump(mode="json"))
        counted = {
            "segments": report.segments,
            "captures": report.captures,
            "records": report.records,
            "claims_sets": report.claims_sets,
            "crawls": report.crawls,
        }
        line(
            {
                "verdict": "sound" if report.sound else "damaged",
                "sentence": report.verdict(),
                **counted,
                "octets": report.octets,
            }
        )
        return
    say(Text(safe(report.verdict(), 500), style="green" if report.sound else "bold red"))
    for finding in report.findings:
        place = f"{finding.where}" + (f" at octet {finding.offset}" if finding.offset is not None else "")
        style = "red" if finding.severity == "error" else "yellow"
        say(Text.assemble((f"  {finding.code} ", style), f"{safe(place, 300)}: {safe(finding.detail, 300)}"))
        say(Text(f"      {FINDING_CODES[finding.code]}", style="dim"))


@app.command(
    rich_help_panel=CARE, epilog=examples("archiver rebuild", "archiver --archive s3://evidence/news rebuild --json")
)
def rebuild(
    context: typer.Context,
    no_texts: NoTexts = False,
    as_json: JsonLines = False,
) -> None:
    """Make the catalog again from the store alone; lookups go on with the old one until then. The texts database too."""
    shared: Shared = context.obj
    with shared.open() as archive, people.status("reading segments") as status:
        rebuilt = archive.rebuild(lambda key: status.update(f"reading {key}"))
        status.stop()
        if not no_texts:
            read_new(archive)
    if as_json:
        findings = [one.model_dump(mode="json") for one in rebuilt.findings]
        counted = {"segments": rebuilt.segments, "captures": rebuilt.captures, "claims_sets": rebuilt.claims_sets}
        line({**counted, "findings": findings})
    else:
        say(f"The catalog now holds {_count(rebuilt.captures, 'capture')} of {_count(rebuilt.segments, 'segment')}.")
        for finding in rebuilt.findings:
            say(Text(f"  {finding.code} {safe(finding.where)}: {safe(finding.detail)}", style="red"))
    if rebuilt.findings:
        if not as_json:
            said = f"What could be read is in the catalog. Next: archiver{shared.flag} verify"
            say(Text(said, style="yellow"))
        raise typer.Exit(PROBLEMS)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


@store_app.command(
    "probe", epilog=examples("archiver store probe", "archiver --archive s3://evidence/news store probe --json")
)
def probe(
    context: typer.Context,
    as_json: JsonLines = False,
) -> None:
    """Try what evidence needs of the store: create-only writes, checked SHA-256, versions, locks, no right to delete."""
    shared: Shared = context.obj
    place = wiring.place(shared.where, settings=shared.settings)
    if place.folder is not None and not place.folder.exists():
        raise BadInput(f"there is no folder {safe(shared.where)}", "Name one that exists, or s3://bucket/prefix.")
    abilities = place.store.probe()
    if as_json:
        line({"archive": shared.where, **asdict(abilities)})
        return
    for fine, said in sentences(abilities):
        say(Text(said, style="green" if fine else "yellow"))


@app.command(
    rich_help_panel=CARE, epilog=examples("archiver doctor", "archiver --archive s3://evidence/news doctor --json")
)
def doctor(
    context: typer.Context,
    as_json: JsonLines = False,
) -> None:
    """Check Python, disk, clock, store, databases and optional parts, and say what each lack means."""
    shared: Shared = context.obj
    checks = [_python(), _sqlite(), _disk(shared), _clock(), _uvloop(), _pillow(), *_archive(shared)]
    for name, fine, said in checks:
        if as_json:
            line({"check": name, "fine": fine, "said": said})
        else:
            mark = ("ok  ", "green") if fine else ("look", "bold yellow")
            say(Text.assemble(mark, (f"  {name:<8}", "bold"), safe(said, 600)))
    if not all(fine for _, fine, _ in checks):
        raise typer.Exit(PROBLEMS)


Check = tuple[str, bool, str]
"""What was looked at, whether it is fine, and what was seen; when it is not fine, what that means and what to do."""


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return "python", fine, f"Python {version}" + ("" if fine else ": 3.11 or later is needed; nothing else will work")


def _sqlite() -> Check:
    fine = sqlite3.sqlite_version_info >= (3, 35)
    said = f"SQLite {sqlite3.sqlite_version}"
    return "sqlite", fine, said + ("" if fine else ": without 3.35 or later no capture can be catalogued or found")


def _disk(shared: Shared) -> Check:
    settings = shared.settings
    folder = settings.state or (settings.state_home if "://" in shared.where else Path(shared.where))
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    fine = free >= _LOW_DISK
    said = f"{free >> 20:,} MiB free in {folder.absolute()}"
    return (
        "disk",
        fine,
        said + ("" if fine else ": with less than 2 GiB a capture may stop half way; make room, then run it again"),
    )


def _clock() -> Check:
    now = datetime.now(UTC)
    fine = 2025 <= now.year < 2100
    said = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if not fine:
        return "clock", False, said + " is wrong: every time in a manifest would be; set it before capturing"
    return "clock", True, said + "; manifests say that its offset is not measured, so keep NTP running"


def _uvloop() -> Check:
    found = importlib.util.find_spec("uvloop") is not None
    said = "present: many pages at once are fetched faster"
    return "uvloop", True, said if found else "absent, which only costs speed (install the extra `fast`)"


def _pillow() -> Check:
    found = importlib.util.find_spec("PIL") is not None
    said = "present: images that look alike are found"
    return (
        "images",
        True,
        said if found else "absent: images that look alike are not found (install the extra `images`)",
    )


def _archive(shared: Shared) -> list[Check]:
    try:
        archive = shared.open()
    except NoArchive as fault:
        return [("archive", not shared.named, str(fault))]
    except ArchiverError as fault:
        return [("store", False, f"{fault} Until then nothing can be captured, found or verified.")]
    with archive:
        checks = [("store", True, f"{shared.where} answers, archive {archive.described.archive_id}")]
        try:
            counts = archive.catalog().counts()
        except ArchiverError as fault:
            said = f"{fault} Until then nothing can be found; what is stored is not touched by it."
            return [*checks, ("catalog", False, said)]
        said = f"{_count(counts['captures'], 'capture')} of {_count(counts['segments'], 'segment')}"
        return [*checks, ("catalog", True, said)]
