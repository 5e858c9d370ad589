# SPDX-License-Identifier: Apache-2.0
"""`archiver ledger status`, `append`, `stamp`, `witness` and `check`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.errors import BadInput, Damaged
from archiver.faces.cli.app import JsonLines, Shared, ledger_app
from archiver.faces.cli.output import PROBLEMS, examples, line, people, safe, say, write
from archiver.ledger import places
from archiver.services.ledger_check import told as told_of
from archiver.services.sequencer import Standing

_MOST_ANSWER = 64 << 10


def lag(archive: Archive) -> None:
    """Says on stderr why what was just sealed is not in the ledger or in a replica yet, if so."""
    for said in archive.replica_faults:
        people.print(Text(f"Sealed and stored, but not copied yet: {safe(said, 500)}", style="yellow"))
    fault = archive.ledger.fault
    if fault is not None:
        said = f"Sealed and stored, but not {safe(archive.ledger.lacking)} yet: {safe(str(fault), 500)}"
        people.print(Text(said, style="yellow"))


def told(standing: Standing) -> dict[str, Any]:
    """What a program is told of the ledger."""
    since = standing.waiting_since
    return {
        "origin": standing.head.checkpoint.origin,
        "size": standing.head.size,
        "root": standing.head.root.hex(),
        "head": standing.head.sequence,
        "added": standing.added,
        "waiting": standing.waiting,
        "waiting_since": since.isoformat() if since else None,
    }


def _say(standing: Standing) -> None:
    head = standing.head
    say(Text.assemble(("ledger  ", "bold"), safe(head.checkpoint.origin)))
    say(Text.assemble(("leaves  ", "bold"), f"{head.size}, root {head.root.hex()}, head {head.sequence}"))
    if standing.added:
        say(Text.assemble(("added   ", "bold"), str(standing.added)))
    since = f", the first since {standing.waiting_since.isoformat()[:19]}Z" if standing.waiting_since else ""
    say(Text.assemble(("waiting ", "bold"), (f"{standing.waiting}{since}", "yellow" if standing.waiting else "")))


@ledger_app.command("status", epilog=examples("archiver ledger status", "archiver ledger status --json"))
def status(context: typer.Context, as_json: JsonLines = False) -> None:
    """Say what the ledger holds and what waits for it, after checking its newest head."""
    shared: Shared = context.obj
    with shared.open() as archive:
        standing, witnessed = archive.ledger.standing(), archive.ledger.attesting.witnessed()
    if as_json:
        line({**told(standing), "witnessed": witnessed})
        return
    _say(standing)
    for name, size in witnessed.items():
        say(Text.assemble(("witness ", "bold"), f"{safe(name)}: {size} of {standing.head.size} leaves"))


@ledger_app.command("append", epilog=examples("archiver ledger append", "archiver ledger append --compare"))
def append(
    context: typer.Context,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            metavar="",
            help="Look through the whole store for what other machines sealed and nobody logged.",
        ),
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Log what was sealed and waits: needs the signing key."""
    shared: Shared = context.obj
    with shared.open() as archive:
        if compare:
            with people.status("comparing the store with the ledger"):
                archive.ledger.compare(archive.catalog())
        archive.after_sealing()
        lag(archive)
        standing = archive.ledger.standing()
        if as_json:
            line(told(standing))
        else:
            _say(standing)
        if archive.ledger.fault is not None:
            raise typer.Exit(PROBLEMS)


@ledger_app.command("stamp", epilog=examples("archiver ledger stamp", "archiver ledger stamp --json"))
def stamp(context: typer.Context, as_json: JsonLines = False) -> None:
    """Have the newest head time-stamped now; otherwise that happens once a day, when something is logged."""
    shared: Shared = context.obj
    with shared.open() as archive:
        head, made, faults = archive.ledger.attesting.stamp()
    for one in made:
        if as_json:
            line({"size": one.size, "authority": one.authority, "key": one.key})
        else:
            say(Text(f"{head.size} leaves are time-stamped by {safe(one.authority)}: {one.key}", style="green"))
    for fault in faults:
        people.print(Text(safe(str(fault), 500), style="yellow"))
    if faults:
        raise typer.Exit(PROBLEMS)


@ledger_app.command(
    "witness", epilog=examples("archiver ledger witness", "archiver ledger witness --request harbour > request.txt")
)
def witness(
    context: typer.Context,
    request: Annotated[
        str | None,
        typer.Option(
            "--request", metavar="NAME", help="Print what this witness is to sign, for one without a network."
        ),
    ] = None,
    old: Annotated[
        int | None,
        typer.Option(
            metavar="SIZE",
            min=0,
            help=r"With --request: how many entries it signed last \[default: as the store has it].",
        ),
    ] = None,
    answer: Annotated[
        Path | None, typer.Option("--answer", metavar="FILE", help="Keep what such a witness answered.")
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Have the newest head signed by the witnesses now; otherwise that happens at most once an hour, when something is logged."""
    shared: Shared = context.obj
    if (request is None and old is not None) or (request is not None and answer is not None):
        raise BadInput("these options do not go together", "Give --request, with or without --old, or --answer.")
    with shared.open() as archive:
        if request is not None:
            write(archive.ledger.attesting.witness_request(request, old))
            return
        if answer is not None:
            taken = archive.ledger.attesting.take_answer(_answer(answer))
            if as_json:
                line({"size": taken.size, "witness": taken.witness, "key": taken.key})
            else:
                say(Text(f"{taken.size} leaves are witnessed by {safe(taken.witness)}: {taken.key}", style="green"))
            return
        head, made, faults = archive.ledger.attesting.witness()
    for one in made:
        if as_json:
            line({"size": one.size, "witness": one.witness, "key": one.key})
        else:
            say(Text(f"{head.size} leaves are witnessed by {safe(one.witness)}: {one.key}", style="green"))
    for fault in faults:
        people.print(Text(safe(str(fault), 500), style="yellow"))
    if faults:
        raise typer.Exit(PROBLEMS)


def _answer(path: Path) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_MOST_ANSWER)
    except OSError as fault:
        raise BadInput(f"cannot read {path}: {fault.strerror}", "Name the file with the witness's answer.") from fault


@ledger_app.command("check", epilog=examples("archiver ledger check", "archiver ledger check --json"))
def check(context: typer.Context, as_json: JsonLines = False) -> None:
    """Read the whole ledger: every leaf against its hash, every tile against the signed root, every seal against its leaf."""
    shared: Shared = context.obj
    with shared.open() as archive:
        with people.status("reading the ledger"):
            findings = list(archive.ledger.check(archive.catalog()))
        size = 0
        try:
            size = archive.ledger.standing().head.size
        except Damaged as fault:  # what only a machine knows that has seen the ledger before
            known = told_of(fault, places.HEADS)
            if known.detail not in [one.detail for one in findings]:
                findings.append(known)
    bad = [one for one in findings if one.severity == "error"]
    if as_json:
        for one in findings:
            line(one.model_dump(mode="json"))
        line({"verdict": "damaged" if bad else "sound", "leaves": size})
    else:
        say(Text(f"{size} leaves: {'damaged' if bad else 'all in order'}", style="bold red" if bad else "green"))
        for one in findings:
            say(Text.assemble((f"  {one.code} ", "red"), f"{safe(one.where, 300)}: {safe(one.detail, 300)}"))
    if bad:
        raise typer.Exit(PROBLEMS)
