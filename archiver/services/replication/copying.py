# SPDX-License-Identifier: Apache-2.0
"""Copying one sealed thing: its files first, its seal last, so that whatever has a seal in the replica is whole there.

What arrives is compared with its digest by the store that takes it. A thing that is damaged in the primary is not copied:
no damage spreads. What the replica already holds with other bytes stays as it is and is told.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from archiver.errors import Damaged, StoreConflict
from archiver.ports import Store
from archiver.services.fixity.pace import Pace
from archiver.services.replication.things import Part, parts
from manifests.digest import Digest

Known = Callable[[str], Digest | None]
"""From the key of a seal to the digest that the ledger has of it, or else the catalog; None when neither has one."""
_PIECE = 1 << 20


@dataclass(slots=True)
class Tally:
    """What was copied."""

    things: int = 0
    objects: int = 0
    octets: int = 0
    refused: list[str] = field(default_factory=list)
    """What was not copied, and why, in words."""


def copy_thing(primary: Store, replica: Store, key: str, known: Known, pace: Pace, tally: Tally) -> None:
    """Copies the thing whose seal is `key`; what the replica has of it already is compared.

    Raises `Damaged` when the primary's bytes are not those that were sealed, `StoreConflict` when the replica has others.
    """
    try:
        content = primary.get(key)
    except KeyError:
        raise Damaged(f"{key} is missing in {primary.place}", "See it with: archiver verify.") from None
    digest, wanted = Digest.of(content), known(key)
    if wanted is not None and wanted != digest:
        raise Damaged(
            f"{key} has the digest {digest} in {primary.place}, not {wanted}", "See it with: archiver verify."
        )
    for part in parts(key, content):
        copy_part(primary, replica, part, pace, tally)
    replica.put(key, content, sha256=digest, size=len(content))
    pace.spend(len(content))
    tally.things += 1
    tally.objects += 1
    tally.octets += len(content)


def copy_part(source: Store, target: Store, part: Part, pace: Pace, tally: Tally) -> None:
    """Copies one file, as it was sealed; nothing when the target's own checksum says that it is there."""
    there = target.head(part.key)
    if there is not None and (there.size, there.sha256) == (part.size, part.sha256):
        return
    try:
        stream = source.open(part.key)
    except KeyError:
        raise Damaged(f"{part.key} is missing in {source.place}", "See it with: archiver verify.") from None
    with stream:
        if stream.seekable():
            target.put(part.key, stream, sha256=part.sha256, size=part.size)
        else:
            with tempfile.TemporaryFile() as held:
                shutil.copyfileobj(stream, held, _PIECE)
                held.seek(0)
                target.put(part.key, cast(BinaryIO, held), sha256=part.sha256, size=part.size)
    pace.spend(part.size)
    tally.objects += 1
    tally.octets += part.size


def try_thing(primary: Store, replica: Store, key: str, known: Known, pace: Pace, tally: Tally) -> bool:
    """As `copy_thing`, but what cannot be copied because of its bytes is told in the tally; whether it is there now."""
    try:
        copy_thing(primary, replica, key, known, pace, tally)
    except (Damaged, StoreConflict) as fault:
        tally.refused.append(f"{key}: {fault.what}")
        return False
    return True
