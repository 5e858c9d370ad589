# SPDX-License-Identifier: Apache-2.0
"""Putting back what is damaged or missing in the primary, from a replica.

A copy is taken only if it is proven: its digest is what the seal says, and the seal's digest is what the ledger says, or
the catalog where the seal is not logged yet. A store never overwrites: in a folder the damaged object is first moved aside,
out of the key space, and kept; in a bucket nobody but a person with the right to erase can free the key, and is told how.
The ledger's own objects are taken from a replica whose whole ledger is in order and of this archive.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver.errors import ArchiverError, Damaged, StoreUnavailable
from archiver.formats.signed_note import Malformed
from archiver.formats.tlog_tiles import TILE, Tile, parse_path, unpack_entries, unpack_hashes
from archiver.ledger import heads, places
from archiver.ledger.keys import Keyring
from archiver.ledger.ledger import Ledger
from archiver.ports import Store
from archiver.services.fixity.pace import Pace
from archiver.services.replication.copying import Known, Tally, copy_part
from archiver.services.replication.things import Part, parts, seal_of
from archiver.store.content import digest_of, read_pieces
from manifests.digest import Digest

Result = Literal["sound", "repaired", "repairable", "not-proven", "no-good-copy", "in-the-way", "could-not-check"]
RESULTS: dict[Result, str] = {
    "sound": "the primary has it as it was sealed",
    "repaired": "a good copy was put back",
    "repairable": "a good copy is there; nothing was done, as this is a dry run",
    "not-proven": "neither ledger nor catalog says what it must be, so no copy can be trusted",
    "no-good-copy": "no replica that answered has it as it was sealed",
    "in-the-way": "a good copy is there, but the damaged object holds its key, and a bucket never overwrites",
    "could-not-check": "the primary gave no answer",
}
"""What can come of one object, with its meaning."""
BAD: frozenset[Result] = frozenset(("not-proven", "no-good-copy", "in-the-way", "could-not-check", "repairable"))


@dataclass(frozen=True, slots=True)
class Repair:
    """What came of one object."""

    key: str
    result: Result
    part: Part | None = None
    """As it was sealed, where that is known."""
    place: str | None = None
    """The replica that the good copy came from."""
    aside: str | None = None
    """Where the damaged object is now."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Means:
    """What repairing is done with."""

    primary: Store
    replicas: Sequence[Store]
    known: Known
    set_aside: Callable[[str, datetime], str] | None
    """Moves an object of the primary out of the key space; None where the service cannot, as in a bucket."""
    now: Callable[[], datetime]
    pace: Pace
    dry_run: bool = False


def repair_thing(means: Means, key: str) -> Iterator[Repair]:
    """Repairs one object, or a whole sealed thing by the key of its seal or folder: the files first, the seal last."""
    seal = seal_of(key)
    wanted = means.known(seal) if seal is not None else None
    if seal is None or wanted is None:
        yield Repair(key, "not-proven", detail="the ledger has no leaf of it, and the catalog does not know it")
        return
    content = _sealed(means, seal, wanted)
    if content is None:
        yield Repair(seal, "no-good-copy", detail=f"it must have the digest {wanted}")
        return
    named = (*parts(seal, content), Part(seal, wanted, len(content)))
    chosen = [one for one in named if one.key == key] if key not in (seal, seal.rpartition("/")[0] + "/") else named
    if not chosen:
        yield Repair(key, "not-proven", detail=f"{seal} does not name it")
    for one in chosen:
        yield _repair(means, one)


def _sealed(means: Means, seal: str, wanted: Digest) -> bytes | None:
    for store in (means.primary, *means.replicas):
        try:
            content = store.get(seal)
        except (KeyError, StoreUnavailable):
            continue
        if Digest.of(content) == wanted:
            return content
    return None


def _repair(means: Means, part: Part) -> Repair:
    try:
        there = _seen(means, means.primary, part.key)
    except StoreUnavailable as fault:
        return Repair(part.key, "could-not-check", part, detail=fault.what)
    if there == (part.size, part.sha256):
        return Repair(part.key, "sound", part)
    for replica in means.replicas:
        try:
            good = _seen(means, replica, part.key) == (part.size, part.sha256)
        except StoreUnavailable:
            continue
        if good:
            return _put_back(means, replica, part, in_the_way=there is not None)
    return Repair(
        part.key, "no-good-copy", part, detail="missing" if there is None else f"it has the digest {there[1]}"
    )


def _put_back(means: Means, replica: Store, part: Part, *, in_the_way: bool) -> Repair:
    if means.dry_run:
        return Repair(part.key, "repairable", part, replica.place)
    aside = None
    if in_the_way:
        if means.set_aside is None:
            return Repair(
                part.key, "in-the-way", part, replica.place, detail=eraser_advice(means.primary.place, part.key)
            )
        aside = means.set_aside(part.key, means.now())
    try:
        copy_part(replica, means.primary, part, means.pace, Tally())
    except ArchiverError as fault:
        return Repair(part.key, "no-good-copy", part, replica.place, aside, fault.what)
    return Repair(part.key, "repaired", part, replica.place, aside)


def _seen(means: Means, store: Store, key: str) -> tuple[int, Digest] | None:
    """Size and digest of an object, read whole; None when there is none."""

    def paced(pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            means.pace.spend(len(piece))
            yield piece

    try:
        with store.open(key) as stream:
            return digest_of(paced(read_pieces(stream)))
    except KeyError:
        return None


def eraser_advice(place: str, key: str) -> str:
    """What a person with the right to erase does to free a key of a bucket."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    whole = f"{prefix}/{key}" if prefix else key
    return (
        f"with the role that may erase: aws s3api delete-object --bucket {bucket} --key {whole}; "
        f"the damaged version stays as an older one; then: archiver repair {key}"
    )


def repair_ledger(
    means: Means, ring: Callable[[Store], Keyring | None], only: Iterable[str] | None = None
) -> Iterator[Repair]:
    """Repairs the objects of the ledger, or `only` these, from the first replica whose ledger is in order.

    `ring` reads the keys of a store, checked. What changed a head of the primary's ledger into another signed one is a fork,
    and is not repaired.
    """
    for replica in means.replicas:
        try:
            keys = ring(replica)
            if keys is None:
                continue
            ledger = Ledger(replica, keys.newest.origin, keys)
            head = ledger.head()
            if next(ledger.disagreements(head), None) is not None:
                continue
        except (Damaged, StoreUnavailable):
            continue
        wanted = sorted(replica.list(places.LEDGER)) if only is None else only
        for key in wanted:
            if key != places.CHECKPOINT:
                yield from _repair_ledger_object(means, replica, key, keys, head.size)
        return
    for key in only or ():
        yield Repair(key, "no-good-copy", detail="no replica has a ledger that is in order")


def _repair_ledger_object(means: Means, replica: Store, key: str, ring: Keyring, size: int) -> Iterator[Repair]:
    try:
        good = replica.get(key)
    except KeyError:
        yield Repair(key, "no-good-copy", detail=f"{replica.place} does not have it either")
        return
    part = Part(key, Digest.of(good), len(good))
    try:
        there = _seen(means, means.primary, key)
    except StoreUnavailable as fault:
        yield Repair(key, "could-not-check", part, detail=fault.what)
        return
    if there == (part.size, part.sha256):
        yield Repair(key, "sound", part)
    elif not _proven(means.primary, replica, key, good, ring, size, missing=there is None):
        yield Repair(key, "not-proven", part, replica.place)
    else:
        yield _put_back(means, replica, part, in_the_way=there is not None)


def _proven(primary: Store, replica: Store, key: str, good: bytes, ring: Keyring, size: int, *, missing: bool) -> bool:
    """Whether an object of the replica's ledger, which is in order, is what the primary must have at this key."""
    if key.startswith(places.HEADS):
        if not _signed(good, ring, key):
            return False
        # Two heads of one sequence, both signed, are a fork, and which of them is right is not for us to say.
        return missing or not _signed(primary.get(key), ring, key)
    if key.startswith(places.KEYS):
        return True  # the whole ring was checked, the pinned key among them
    if key.startswith((places.TIMESTAMPS, places.COSIGNATURES)):
        return missing
    try:
        tile = parse_path(key.removeprefix(places.LEDGER))
        held = unpack_entries(good) if tile.level is None else unpack_hashes(good)
    except Malformed:
        return False
    rows = (size >> (8 * (tile.level or 0))) - tile.number * TILE
    if len(held) != tile.width or rows < tile.width:
        return False
    # What is in order is the tree of the newest head: a tile as it was before is the beginning of what it is now.
    grown = Tile(tile.level, tile.number, min(TILE, rows))
    return replica.get(places.LEDGER + grown.path).startswith(good)


def _signed(note: bytes, ring: Keyring, key: str) -> bool:
    try:
        heads.opened(note, ring, ring.newest.origin, key)
    except Damaged:
        return False
    return True
