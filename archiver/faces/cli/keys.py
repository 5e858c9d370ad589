# SPDX-License-Identifier: Apache-2.0
"""`archiver keys make`, `rotate`, `export-public` and `trust`."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.text import Text

from archiver.errors import NotFound
from archiver.faces.cli.app import JsonLines, Shared, keys_app
from archiver.faces.cli.output import examples, line, safe, say, write
from archiver.ledger_desk import NewKey

BACK_UP = "keep a copy where this machine's disk cannot take it along, such as a password safe or paper in an envelope."


def _say(made: NewKey, *, as_json: bool) -> None:
    if as_json:
        line({"signing_key": str(made.file), "public_key": made.vkey})
        return
    say(Text(f"Signing key: {safe(str(made.file))}"))
    say(Text(f"Back it up: {BACK_UP}", style="yellow"))
    say(Text("Public key, to publish outside the archive:"))
    say(Text(f"  {safe(made.vkey, 300)}"))


@keys_app.command(
    "make", epilog=examples("archiver keys make", "archiver --archive s3://evidence/news keys make --json")
)
def make(context: typer.Context, as_json: JsonLines = False) -> None:
    """Make the first signing key of an archive that has none."""
    shared: Shared = context.obj
    with shared.open() as archive:
        _say(archive.ledger.make_key(), as_json=as_json)


@keys_app.command(
    "rotate",
    epilog=examples(
        "archiver keys rotate --new-file /safe/place/key-2.pem",
        "archiver keys rotate --new-file /safe/place/key-2.pem --reason lost",
    ),
)
def rotate(
    context: typer.Context,
    new_file: Annotated[Path, typer.Option(metavar="FILE", help="Where the new private key is to be kept.")],
    reason: Annotated[
        Literal["scheduled", "lost", "stolen"],
        typer.Option(
            help="scheduled: time for a new one; lost: the old one is gone; stolen: somebody else may have it."
        ),
    ] = "scheduled",
    as_json: JsonLines = False,
) -> None:
    """Make the key that signs from now on; proofs under the old key stay good."""
    shared: Shared = context.obj
    with shared.open() as archive:
        made = archive.ledger.rotate(reason, new_file)
    _say(made, as_json=as_json)
    if not as_json:
        say(Text(f"From now on: ARCHIVER_SIGNING_KEY_FILE={safe(str(made.file))}", style="bold"))


@keys_app.command("export-public", epilog=examples("archiver keys export-public", "archiver keys export-public --json"))
def export_public(context: typer.Context, as_json: JsonLines = False) -> None:
    """Print every public key the archive ever signed with: publish them elsewhere too."""
    shared: Shared = context.obj
    with shared.open() as archive:
        ring = archive.ledger.keyring()
    if ring is None:
        raise NotFound("this archive has no signing key", "Make one: archiver keys make.")
    for one in ring.records:
        if as_json:
            line(one.model_dump(mode="json"))
            continue
        made = one.made_at.isoformat()[:10]
        say(Text(f"key {one.number}, made {made} ({one.reason}), signs heads of more than {one.first_size} leaves"))
        write(f"{safe(one.vkey, 300)}\n{one.public_key}")


@keys_app.command("trust", epilog=examples("archiver keys trust 'urn:uuid:2f1c...+8a3b90c1+AbC...'"))
def trust(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The newest public key, as the operator told you.")],
    as_json: JsonLines = False,
) -> None:
    """Accept a key that was made because the one before it was lost: nothing in the archive can vouch for it."""
    shared: Shared = context.obj
    with shared.open() as archive:
        archive.ledger.trust(key.strip())
    if as_json:
        line({"trusted": key.strip()})
    else:
        say(Text("This machine trusts it from now on."))
