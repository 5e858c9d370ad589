# SPDX-License-Identifier: Apache-2.0
"""What is wrong in a file a person wrote: where, what, and what to write instead.

A reader of a file collects all mistakes and raises them once, so that one round of editing mends the file. Messages never
quote headers, proxies or secrets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.errors import BadInput

SHOWN = 50
"""Mistakes that one message lists; the field `mistakes` of the error holds them all."""

Path = tuple[str | int, ...]
"""Keys and places in lists that lead to a value of a document."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong."""

    where: str
    """The file, as the caller named it."""
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    path: str
    """The value, as `seeds[0].url`; empty for the file itself and for lines of lists."""
    what: str
    """What is wrong."""
    instead: str
    """What to write instead."""

    def __str__(self) -> str:
        return f"{self.where}:{self.line}:{self.column}: {self.what}; {self.instead}"


def shown_path(path: Path) -> str:
    """A path as a person reads it: `seeds[0].url`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def refusal(mistakes: Sequence[Mistake]) -> BadInput:
    """The error that lists `mistakes`, at least one, in the order of the file; its field `mistakes` holds them."""
    ordered = sorted(mistakes, key=lambda one: (one.where, one.line, one.column))
    lines = [str(one) for one in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        lines.append(f"and {len(ordered) - SHOWN} more")
    return BadInput("\n".join(lines), mistakes=ordered)
