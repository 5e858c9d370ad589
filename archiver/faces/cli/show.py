# SPDX-License-Identifier: Apache-2.0
"""`archiver show`: one capture for people, on the terminal or as a page that can be handed on."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.errors import BadInput, NotFound
from archiver.faces.cli import provenance
from archiver.faces.cli.app import LOOKUPS, JsonLines, Shared, app
from archiver.faces.cli.output import examples, line, people, safe, say, write
from archiver.services.provenance import document, wording
from archiver.services.provenance.chain import Chain, Held


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples("archiver show 3f2a9c1e", "archiver show 3f2a9c1e --html card.html"),
)
def show(
    context: typer.Context,
    capture_id: Annotated[str, typer.Argument(metavar="CAPTURE_ID", help="An id, or enough of its first digits.")],
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write it as one page that needs nothing else; - is stdout."),
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Show one capture: who, when, which terms, each notice in its place, where it comes from, what is provable."""
    shared: Shared = context.obj
    if as_json and str(html) == "-":
        raise BadInput("--json and --html - would both write to stdout", "Name a file for the page.")
    with shared.open() as archive:
        chain = archive.provenance(archive.find(capture_id).capture_id)
        held = chain.nodes[0].held
        assert held is not None
        content = card_of(archive, chain) if html is not None else None
    if html is not None and content is not None:
        _write(html, content)
    if as_json:
        written = {"html": str(html), "size": len(content)} if content is not None else {"html": None, "size": None}
        line({**document.document(chain)["nodes"][0], **written})
    elif content is None:
        _tell(chain, held)
        say(Text(f"As a page: archiver{shared.flag} show {held.found.capture_id[:8]} --html card.html", style="dim"))
    elif str(html) != "-":
        say(Text(f"Wrote {safe(str(html))}: {len(content):,} bytes in one file; open it in any browser."))


def card_of(archive: Archive, chain: Chain) -> bytes:
    """The evidence card of the capture that a chain was asked for."""
    from archiver.faces.card.page import Card, card  # most commands draw no page

    held = chain.nodes[0].held
    assert held is not None
    try:
        entity = archive.entity(held.found.capture_id)
    except NotFound:  # nothing came, or it is not held any more: the card says so
        entity = None
    return card(Card(held, chain, entity))


def _write(path: Path, content: bytes) -> None:
    if str(path) == "-":
        write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as fault:
        raise BadInput(f"{safe(str(path))} cannot be written: {fault.strerror}", "Name another file.") from fault


def _tell(chain: Chain, held: Held) -> None:
    provenance.show(chain)
    for notice in held.claims.notices if held.claims is not None else ():
        voice = f", not the publisher's own voice: {notice.voice}" if notice.voice is not None else ""
        people.print(Text.assemble((f"{wording.kind(notice)}{voice}  ", "magenta"), f"“{safe(notice.text, 400)}”"))
        where = wording.place(notice.evidence)
        people.print(
            Text(f"    {safe(where, 200)}; confidence {notice.confidence.value}: {notice.reason}", style="dim")
        )
