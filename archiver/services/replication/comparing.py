# SPDX-License-Identifier: Apache-2.0
"""Comparing a replica with the primary, object by object, without changing either.

Seals and heads are compared by their bytes. The files that a seal names are looked for with their size, and with their
sha256 where the store tells it; deep comparison reads each of them in the replica and hashes it. The primary's own files are
for `audit` to check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from archiver.errors import Damaged
from archiver.ledger import places
from archiver.ports import Store
from archiver.services import layout
from archiver.services.fixity.pace import Pace
from archiver.services.replication.things import Part, parts, seals
from archiver.store.content import digest_of, read_pieces

Kind = Literal["missing", "different", "only there", "unreadable"]
KINDS: dict[Kind, str] = {
    "missing": "the primary has it, the replica has not",
    "different": "the replica holds other bytes",
    "only there": "the replica has it, the primary has not",
    "unreadable": "the seal in the primary is damaged, so its files could not be compared",
}
"""What can differ, with its meaning."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a replica is not as the primary."""

    kind: Kind
    key: str
    detail: str = ""


@dataclass(slots=True)
class Compared:
    """What was looked at."""

    things: int = 0
    objects: int = 0
    octets: int = 0
    """Read in the replica."""


def compare(primary: Store, replica: Store, pace: Pace, seen: Compared, *, deep: bool) -> Iterator[Difference]:
    """Every difference; `seen` counts on the way. Raises `StoreUnavailable` when one of the two does not answer."""
    yield from _same(primary, replica, layout.ARCHIVE, pace, seen)
    for key in (here := list(seals(primary))):
        seen.things += 1
        content = primary.get(key)
        yield from _same(primary, replica, key, pace, seen, content)
        try:
            named = parts(key, content)
        except Damaged as fault:
            yield Difference("unreadable", key, fault.what)
            continue
        for part in named:
            yield from _part(replica, part, pace, seen, deep=deep)
    for key in sorted(set(seals(replica)) - set(here)):
        yield Difference("only there", key)
    yield from _ledger(primary, replica, pace, seen, deep=deep)


def only_there(primary: Store, replica: Store) -> list[str]:
    """The seals and ledger heads that the replica has and the primary has not."""
    found = set(seals(replica)) - set(seals(primary))
    return sorted({*found, *(set(replica.list(places.HEADS)) - set(primary.list(places.HEADS)))})


def _same(
    primary: Store, replica: Store, key: str, pace: Pace, seen: Compared, content: bytes | None = None
) -> Iterator[Difference]:
    try:
        there = replica.get(key)
    except KeyError:
        yield Difference("missing", key)
        return
    pace.spend(len(there))
    seen.objects += 1
    seen.octets += len(there)
    if there != (primary.get(key) if content is None else content):
        yield Difference("different", key)


def _part(replica: Store, part: Part, pace: Pace, seen: Compared, *, deep: bool) -> Iterator[Difference]:
    there = replica.head(part.key)
    if there is None:
        yield Difference("missing", part.key)
        return
    seen.objects += 1
    digest = there.sha256
    if deep:
        with replica.open(part.key) as stream:
            size, digest = digest_of(_paced(read_pieces(stream), pace))
        seen.octets += size
    if there.size != part.size:
        yield Difference("different", part.key, f"{part.size} octets were sealed, it has {there.size}")
    elif digest is not None and digest != part.sha256:
        yield Difference("different", part.key, f"{part.sha256} was sealed, it has {digest}")


def _paced(pieces: Iterator[bytes], pace: Pace) -> Iterator[bytes]:
    for piece in pieces:
        pace.spend(len(piece))
        yield piece


def _ledger(primary: Store, replica: Store, pace: Pace, seen: Compared, *, deep: bool) -> Iterator[Difference]:
    here = [key for key in primary.list(places.LEDGER) if key != places.CHECKPOINT]
    there = set(replica.list(places.LEDGER)) - {places.CHECKPOINT}
    for key in here:
        if key not in there:
            yield Difference("missing", key)
        elif deep or key.startswith((places.HEADS, places.KEYS)):
            yield from _same(primary, replica, key, pace, seen)
        else:
            seen.objects += 1
    for key in sorted(there - set(here)):
        yield Difference("only there", key)
