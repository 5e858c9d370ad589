# SPDX-License-Identifier: Apache-2.0
"""What a chain is asked with, and what it asks of an archive in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from archiver.catalog.catalog import Found
from archiver.services.provenance.chain import Held
from manifests.digest import Digest


@dataclass(frozen=True, slots=True)
class Asked:
    """One capture that answers the question."""

    found: Found
    matched: str
    """How: `capture` for its own id, `url`, or what a lookup says."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A capture with nearly the same text."""

    found: Found
    overlap: int
    """How much of both texts they have in common, in thousandths."""


class Holdings(Protocol):
    """What a chain asks of an archive. Every answer is oldest first. Raises what reading the archive raises."""

    def captures_of(self, url: str) -> Sequence[Found]:
        """The captures of a URL, of any spelling of it."""
        ...

    def reprints_of(self, url: str) -> Sequence[Found]:
        """The captures that name this URL as their original."""
        ...

    def same_payload(self, digest: Digest) -> Sequence[Found]:
        """The captures whose payload has this digest."""
        ...

    def alike(self, found: Found) -> Sequence[Alike]:
        """The captures whose text is nearly that of this one, the most alike first."""
        ...

    def read(self, found: Found) -> Held:
        """A capture with its manifest and the newest claims."""
        ...
