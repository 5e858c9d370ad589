# SPDX-License-Identifier: Apache-2.0
"""`archiver cite`: one capture as others cite it, with the time it was taken, where it is kept, and its digests."""

from dataclasses import asdict
from typing import Annotated

import typer

from archiver.faces.cli.app import LOOKUPS, JsonLines, Shared, app
from archiver.faces.cli.output import examples, line, write
from archiver.services.citation_styles import Style, render
from archiver.services.citing import citation


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples("archiver cite 3f2a9c1e", "archiver cite 3f2a9c1e --style bibtex >> sources.bib"),
)
def cite(
    context: typer.Context,
    capture_id: Annotated[str, typer.Argument(metavar="CAPTURE_ID", help="An id, or enough of its first digits.")],
    style: Annotated[Style, typer.Option("--style", help="The form in which it is cited.")] = "text",
    as_json: JsonLines = False,
) -> None:
    """Cite one capture: title, names and dates as the page gives them, time in UTC, archive, capture id, digests."""
    shared: Shared = context.obj
    with shared.open() as archive:
        found = archive.find(capture_id)
        cited = citation(archive.manifest(found.capture_id), archive.claims(found.capture_id), archive.described)
    rendered = render(cited, style)
    if not as_json:
        write(rendered)
        return
    fields = {**asdict(cited), "software": f"{cited.software.name} {cited.software.version}"}
    line({**fields, "outcome": cited.outcome.value, "style": style, "citation": rendered})
