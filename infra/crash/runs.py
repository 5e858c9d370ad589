# SPDX-License-Identifier: Apache-2.0
"""What the children of a proof do until they are killed or a system call fails: real runs on a real archive.

`pages` captures from a site as the capture command does, a segment for every few URLs. `steps` goes every way of the walk
in one thread, so that the n-th system call of two runs is the same one: it recovers a segment with a tail and one that
was sealed and not stored, then captures, seals and stores another. Whoever acknowledges a capture says so at once.
"""

import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import typer

from archiver import wiring
from archiver.archive import Archive
from archiver.faces.cli import output
from archiver.options import CaptureOptions
from archiver.services.ingest import Ingest, World, recover
from archiver.services.seal import seal
from infra.crash import made_up

JOB = "proof"
Say = Callable[[Sequence[str]], None]


def pages(root: str, groups: Sequence[Sequence[str]], allowed: str, say: Say) -> None:
    """Captures each group of URLs as a segment of its own."""
    options = CaptureOptions(page_only=True, robots="off", allow_private=(allowed,))
    with Archive.open(root) as archive:
        for group in groups:
            for result in archive.capturing(group, options):
                said = [one.captured.manifest.observation.capture_id for one in result.results if one.captured]
                assert said, result
                say(said)


def steps(root: str, numbers: Sequence[Sequence[int]], say: Say) -> None:
    """Recovers what there is, then captures made-up exchanges in groups and seals them."""
    world = open_world(Path(root))
    recover(world)
    ingest = Ingest(world, JOB)
    for group in numbers:
        say(record(ingest, group))
    ingest.finish()
    close(world)


def record(ingest: Ingest, numbers: Sequence[int]) -> list[str]:
    """One acknowledged group of made-up captures."""
    captured = [ingest.record(made_up.exchange(one), made_up.context(one, JOB)) for one in numbers]
    ingest.acknowledge()
    return [one.manifest.observation.capture_id for one in captured]


def begin(root: Path) -> list[str]:
    """An archive as two killed processes left it; returns what they acknowledged."""
    with Archive.init(root):
        pass
    world = open_world(root)
    acknowledged: list[str] = []
    first = Ingest(world, JOB)
    acknowledged += record(first, (100, 101))
    first.finish()
    second = Ingest(world, JOB)
    acknowledged += record(second, (102,))
    (row,) = world.state.unfinished()
    seal(row, world.spool, world.state, archive_id=world.archive_id, sealed_at=datetime.fromisoformat(row.opened_at))
    second.abandon()
    third = Ingest(world, JOB)
    acknowledged += record(third, (105, 106))
    third.record(made_up.exchange(108), made_up.context(108, JOB))
    third.abandon()
    close(world)
    return acknowledged


def open_world(root: Path) -> World:
    """The archive at `root` to write in, nothing recovered."""
    place = wiring.place(str(root))
    return wiring.world(place, wiring.describe(place), root)


def close(world: World) -> None:
    """Closes the databases."""
    world.state.close()
    world.generations.close()


def run(name: str, arguments: dict[str, object], acknowledgements: int) -> int:
    """One run by its name, ended as the command line ends: with the exit code of what went wrong."""

    def say(ids: Sequence[str]) -> None:
        os.write(acknowledgements, "".join(f"{one}\n" for one in ids).encode())

    chosen: dict[str, Callable[..., None]] = {"pages": pages, "steps": steps}
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def command() -> None:
        chosen[name](**arguments, say=say)

    return output.run(app, [])


def described(name: str, **arguments: object) -> str:
    """A run as one line for the nursery."""
    return json.dumps({"run": name, "arguments": arguments})
