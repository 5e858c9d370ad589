# SPDX-License-Identifier: Apache-2.0
"""`archiver verify`, `rebuild`, `store probe` and `doctor`."""

import importlib.util
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from archiver import wiring
from archiver.archive import Archive
from archiver.errors import ArchiverError, BadInput, NoArchive
from archiver.faces.cli.app import CARE, Shared, app, store_app
from archiver.faces.cli.output import PROBLEMS, line, people, safe, say
from archiver.services import warc_check
from archiver.services.report import Report
from manifests.fixity import FINDING_CODES

_LOW_DISK = 2 << 30


@app.command(
    rich_help_panel=CARE, epilog="Examples:\n\n  archiver verify\n\n  archiver verify job-20261122101500-01k.warc.gz"
)
def verify(
    context: typer.Context,
    what: Annotated[
        str | None, typer.Argument(help="A capture id, a segment id or a WARC file; everything when left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line a finding, then the verdict.")] = False,
) -> None:
    """Check stored bytes against every digest; a file is checked without any archive."""
    shared: Shared = context.obj
    path = Path(what) if what else None
    if path is not None and path.is_file():
        with open(path, "rb") as stream:
            report = warc_check.verify_warc(stream, path.name)
    elif what and ("/" in what or what.endswith((".gz", ".warc"))):
        raise BadInput(f"there is no file {what}", "Give a WARC file, a capture id or a segment id.")
    else:
        with shared.open() as archive:
            report = archive.verify(what)
    _print(report, as_json=as_json)
    if not report.sound:
        raise typer.Exit(PROBLEMS)


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        for finding in report.findings:
            line(finding.model_dump(mode="json"))
        counted = {"segments": report.segments, "captures": report.captures, "records": report.records}
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
    rich_help_panel=CARE, epilog="Examples:\n\n  archiver rebuild\n\n  archiver --archive s3://evidence/news rebuild"
)
def rebuild(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make the catalog again from the store alone."""
    shared: Shared = context.obj
    with shared.open() as archive, people.status("reading segments") as status:
        rebuilt = archive.rebuild(lambda key: status.update(f"reading {key}"))
    if as_json:
        findings = [one.model_dump(mode="json") for one in rebuilt.findings]
        line({"segments": rebuilt.segments, "captures": rebuilt.captures, "findings": findings})
    else:
        say(f"The catalog now holds {rebuilt.captures} captures of {rebuilt.segments} segments.")
        for finding in rebuilt.findings:
            say(Text(f"  {finding.code} {safe(finding.where)}: {safe(finding.detail)}", style="red"))
    if rebuilt.findings:
        raise typer.Exit(PROBLEMS)


@store_app.command(
    "probe", epilog="Examples:\n\n  archiver store probe\n\n  archiver --archive s3://evidence/news store probe --json"
)
def probe(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try what evidence needs of the store: create-only writes, and SHA-256 checked on arrival."""
    shared: Shared = context.obj
    abilities = wiring.place(shared.where).store.probe()
    if as_json:
        line({"archive": shared.where, "create_only": abilities.create_only, "checks_sha256": abilities.checks_sha256})
        return
    say(Text("create-only writes are enforced", style="green"))
    if abilities.checks_sha256:
        say(Text("SHA-256 is checked on arrival and returned", style="green"))
    else:
        say(
            Text(
                "SHA-256 is not checked by the store: every object is read back and hashed after it is written",
                style="yellow",
            )
        )


@app.command(
    rich_help_panel=CARE, epilog="Examples:\n\n  archiver doctor\n\n  archiver --archive s3://evidence/news doctor"
)
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line a check.")] = False,
) -> None:
    """Check Python, disk, clock, store, databases and optional parts, and say what each lack means."""
    shared: Shared = context.obj
    checks = [_python(), _sqlite(), _disk(shared), _clock(), *_optional(), *_archive(shared)]
    for name, fine, said in checks:
        if as_json:
            line({"check": name, "fine": fine, "said": said})
        else:
            mark = ("ok  ", "green") if fine else ("look", "yellow")
            say(Text.assemble(mark, f"  {name}: {safe(said, 400)}"))
    if not all(fine for _, fine, _ in checks):
        raise typer.Exit(PROBLEMS)


Check = tuple[str, bool, str]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return "python", sys.version_info >= (3, 11), f"Python {version}; 3.11 or later is needed"


def _sqlite() -> Check:
    fine = sqlite3.sqlite_version_info >= (3, 35)
    return "sqlite", fine, f"SQLite {sqlite3.sqlite_version}; 3.35 or later is needed for the catalog"


def _disk(shared: Shared) -> Check:
    folder = Path(shared.where) if "://" not in shared.where else wiring.environment().state_home
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{free >> 20:,} MiB free in {folder.absolute()}"
    return (
        "disk",
        free >= _LOW_DISK,
        said if free >= _LOW_DISK else said + "; with less than 2 GiB captures may stop half way",
    )


def _clock() -> Check:
    now = datetime.now(UTC)
    fine = 2025 <= now.year < 2100
    return (
        "clock",
        fine,
        f"{now:%Y-%m-%d %H:%M:%S} UTC; its offset is not measured: keep NTP running, times are evidence",
    )


def _optional() -> list[Check]:
    found = importlib.util.find_spec("uvloop") is not None
    return [
        (
            "uvloop",
            True,
            "present: fetching is faster" if found else "absent: fetching is somewhat slower (extra: fast)",
        )
    ]


def _archive(shared: Shared) -> list[Check]:
    try:
        with Archive.open(shared.where) as archive:
            counts = archive.catalog().counts()
            return [
                ("store", True, f"{shared.where} answers; archive {archive.described.archive_id}"),
                ("catalog", True, f"{counts['captures']} captures of {counts['segments']} segments"),
            ]
    except NoArchive as fault:
        return [("archive", not shared.named, str(fault))]
    except ArchiverError as fault:
        return [("store", False, str(fault))]
