# SPDX-License-Identifier: Apache-2.0
"""`archiver prove`: packs of evidence for strangers; and how `archiver verify` tells what it found in one."""

import time
import zipfile
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.errors import BadInput
from archiver.faces.cli.app import CARE, JsonLines, Shared, app
from archiver.faces.cli.output import PROBLEMS, examples, line, people, safe, say

_PAUSE, _MOST = 10.0, 600.0
_STYLES = {"ok": "green", "bad": "bold red", "missing": "bold red", "note": "yellow"}


@app.command(
    rich_help_panel=CARE,
    epilog=examples(
        "archiver prove 3f2a9c1e --out pack", "archiver prove 3f2a9c1e 77aa01bc --out pack.zip --zip --wait"
    ),
)
def prove(
    context: typer.Context,
    capture_ids: Annotated[
        list[str], typer.Argument(metavar="CAPTURE_ID...", help="Ids, or enough of their first digits.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR|FILE", help="Where to write the pack; must not exist.")],
    zipped: Annotated[bool, typer.Option("--zip", metavar="", help="Write one zip file instead of a folder.")] = False,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", metavar="", help="Log and time-stamp first, and try for ten minutes, so that nothing is pending."
        ),
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Write what a stranger needs to check captures without this program: records, proofs, keys, stamps, a statement."""
    from archiver.faces.proof import pack as packs  # most commands draw no page

    shared: Shared = context.obj
    with shared.open() as archive:
        if wait:
            _settle(archive)
        made = archive.prove(capture_ids)
    files = packs.files_of(made)
    (packs.write_zip if zipped else packs.write_folder)(out, files)
    facts = made.facts
    if as_json:
        line(
            {
                "out": str(out),
                "captures": [one.capture_id for one in facts.captures],
                "files": len(files),
                "checkpoint_size": facts.checkpoint_size,
                "strength": [one.label for one in facts.strengths],
                "pending": list(facts.pending),
            }
        )
        return
    say(Text(f"Wrote {len(files)} files to {safe(str(out))}: {len(facts.captures)} captures"))
    for one in facts.strengths:
        say(Text(f"  {safe(one.sentence, 500)}"))
    for said in facts.pending:
        say(Text(f"  pending: {safe(said, 500)}", style="yellow"))
    say(
        Text(
            f"Check it: archiver verify {safe(str(out))}; or without this program, as its README.txt says", style="dim"
        )
    )


def _settle(archive: Archive) -> None:
    """Logs and stamps, trying again until it is done or ten minutes are over."""
    until = time.monotonic() + _MOST
    with people.status("waiting for checkpoint and time stamp"):
        while True:
            archive.ledger.log_after_sealing()
            fault = archive.ledger.fault
            if fault is None and archive.ledger.attesting.authorities():
                _, _, faults = archive.ledger.attesting.stamp()
                fault = faults[0] if faults else None
            if fault is None and archive.ledger.attesting.witnesses():
                _, _, faults = archive.ledger.attesting.witness()
                fault = faults[0] if faults else None
            if fault is None:
                return
            if isinstance(fault, BadInput) or time.monotonic() + _PAUSE > until:
                raise fault
            time.sleep(_PAUSE)


def is_pack(path: Path) -> bool:
    """Whether a path looks like a proof pack: a folder with a `pack.json`, or a zip."""
    if path.is_dir():
        return (path / "pack.json").is_file()
    if not path.is_file():
        return False  # a pipe, say, which nobody may ever write to
    with open(path, "rb") as stream:
        # A WARC file may end with a page that is a zip, which is all that zipfile asks of one.
        return stream.read(2) == b"PK" and zipfile.is_zipfile(stream)


def _roots(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise BadInput(f"cannot read {path}: {fault.strerror}", "Name a file of PEM certificates.") from fault


def verify_pack(path: Path, keys: list[str], roots: list[Path], *, as_json: bool) -> None:
    """Checks a pack and tells every step; exit code 1 when one fails."""
    from archiver.faces.proof import pack as packs
    from archiver.services import pack_check

    steps = list(pack_check.check(packs.read(path), keys, [_roots(one) for one in roots]))
    failed = [one for one in steps if one.verdict in ("bad", "missing")]
    for one in steps:
        if as_json:
            line({"verdict": one.verdict, "where": one.where, "said": one.said})
        else:
            mark = (f"{one.verdict:<8}", _STYLES[one.verdict])
            say(Text.assemble(mark, (f"{safe(one.where, 300)}\n", "dim"), f"        {safe(one.said, 600)}"))
    if as_json:
        line({"verdict": "failed" if failed else "holds", "steps": len(steps), "failed": len(failed)})
    elif failed:
        say(
            Text(
                f"This pack does not prove what it says: {len(failed)} of {len(steps)} steps failed.", style="bold red"
            )
        )
    else:
        notes = sum(one.verdict == "note" for one in steps)
        said = f" Read the notes ({notes}): they say what this does not show." if notes else ""
        say(Text(f"Every step holds: {len(steps) - notes} of {len(steps) - notes}.{said}", style="green"))
    if failed:
        raise typer.Exit(PROBLEMS)
