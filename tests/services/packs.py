# SPDX-License-Identifier: Apache-2.0
"""Real archives with a ledger, and proof packs of them: pages of a small site, captured over loopback, sealed and logged."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from archiver import wiring
from archiver.archive import Archive
from archiver.capture.wire import Limits
from archiver.catalog.catalog import Found
from archiver.options import CaptureOptions
from archiver.services import pack_check
from archiver.services.pack_check import Step
from archiver.settings import Settings
from tests.faces.outlet import PAGE, Answer, Outlet
from tests.ledger.authority import LocalAuthority

WORDS = ("anchor", "beacon", "compass", "dinghy", "estuary")
SITE = {
    **{
        f"/{word}": Answer(PAGE.replace(b"Harbour notes", b"On the %b" % word.encode()) + b"<p>A line.</p>" * 200)
        for word in (*WORDS, "haven")
    },
    "/moved": Answer(b"moved", code=302, headers=(("Location", "/haven"),)),
    "/gone": Answer(b"<title>Gone</title>It was here.", code=410),
    "/empty": Answer(b""),
}
"""Pages long enough to be worth a revisit, each with a word that no other has, and answers that are none."""


def settings(folder: Path, *, key: Path | None = None, authorities: Path | None = None) -> Settings:
    """Settings that keep keys in `folder`."""
    given = replace(
        wiring.environment(), archive=None, state=None, state_home=folder / "state-home", operator="The tests"
    )
    return replace(given, signing_key=key, authorities=authorities)


def authorities_file(folder: Path, *named: tuple[str, LocalAuthority]) -> Path:
    """A file for `ARCHIVER_AUTHORITIES` that names these."""
    lines = ["authorities:"]
    for name, one in named:
        (folder / f"{name}.pem").write_bytes(one.roots_pem)
        lines += [f"  - name: {name}", f"    url: {one.url}", f"    roots: {name}.pem"]
    path = folder / "authorities.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def capture(archive: Archive, *urls: str) -> dict[str, Found]:
    """Captures URLs of loopback into one segment; what that segment holds, by path."""
    before = {one.segment_id for one in archive.catalog().all_segments()}
    limits = Limits(connect=2.0, header=1.0, idle=1.0, total=4.0)
    options = CaptureOptions(allow_private=("127.0.0.0/8",), site_files=False, limits=limits)
    archive.capture(urls, options)
    [segment] = [one for one in archive.catalog().all_segments() if one.segment_id not in before]
    found = archive.catalog().captures_in(segment.segment_id)
    return {"/" + one.url.partition("://")[2].partition("/")[2]: one for one in found}


def pages(archive: Archive, outlet: Outlet, *paths: str) -> dict[str, Found]:
    """The same for paths of an outlet."""
    return capture(archive, *(outlet.url(path) for path in paths))


def proof(archive: Archive, *captures: Found) -> dict[str, bytes]:
    """The evidence in a pack of captures, by the names of its files."""
    return dict(archive.prove([one.capture_id for one in captures]).files)


def steps(files: Mapping[str, bytes], *keys: str, roots: tuple[bytes, ...] = ()) -> list[Step]:
    """What the check of a pack says."""
    return list(pack_check.check(files, keys, roots))


def failed(files: Mapping[str, bytes], *keys: str, roots: tuple[bytes, ...] = ()) -> dict[str, str]:
    """The steps of a check that failed: what each said, by the name of its file without numbers and ids."""
    found: dict[str, str] = {}
    for one in steps(files, *keys, roots=roots):
        if one.verdict in ("bad", "missing"):
            found.setdefault(short(one.where), f"{one.verdict}: {one.said}")
    return found


def short(where: str) -> str:
    """A name in a pack without its capture's number and its segment's id."""
    return re.sub(r"\A(captures/[0-9]+|segments/.*)/", "", where)
