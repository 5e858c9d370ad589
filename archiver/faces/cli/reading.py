# SPDX-License-Identifier: Apache-2.0
"""What commands have in common that read the texts of segments, or answer from them."""

import contextlib
import math
import time
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.errors import ArchiveFault
from archiver.faces.cli.output import people, safe

NoTexts = Annotated[
    bool,
    typer.Option("--no-texts", metavar="", help="Leave reading texts, for trace and similar pages, to archiver texts."),
]


def read_new(archive: Archive, segment_ids: Collection[str] | None = None, *, seconds: float = math.inf) -> None:
    """Reads the texts of some segments, or of all that were not read, unless another process is at it; after `seconds` no
    further segment is begun. What goes wrong is told and is no failure of the command: what was captured is stored and found,
    and `archiver texts` goes on from there."""
    if segment_ids is not None and not segment_ids:
        return
    try:
        with people.status("reading texts"):
            ends = time.monotonic() + seconds
            filled = archive.read_texts(only=segment_ids, wait=False, enough=lambda: time.monotonic() > ends)
        missed = ("another process is reading; run archiver texts",) if filled.busy else filled.damaged
    except (ArchiveFault, OSError) as fault:
        missed = (str(fault),)
    for one in missed:
        people.print(Text(f"texts were not read: {safe(one, 400)}", style="yellow"))


def tell_unread(archive: Archive) -> None:
    """One line when answers from texts may lack something."""
    count = archive.unread()
    if count:
        named = "1 segment is" if count == 1 else f"{count:,} segments are"
        people.print(Text(f"{named} not read yet; run archiver texts", style="yellow"))


def is_file(name: str) -> bool:
    """Whether an argument is the name of an existing file; it may be a text longer than any name."""
    with contextlib.suppress(OSError, ValueError):
        return Path(name).is_file()
    return False
