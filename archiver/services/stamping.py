# SPDX-License-Identifier: Apache-2.0
"""Time stamps over heads of the ledger: one dates every capture whose segment was logged below that head.

A stamp is stored once, as the authority sent it. An authority that does not answer holds nothing up: the head is stamped at the
next try, and every head signed later covers what this one did.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archiver.errors import RemoteFault
from archiver.formats import timestamp
from archiver.formats.timestamp import BadStamp, Stamp
from archiver.ledger import places
from archiver.ledger.heads import Head
from archiver.ledger.notary import Authority, Notary
from archiver.ports import Store
from manifests.digest import Digest

_ENDING = ".tsr"


@dataclass(frozen=True, slots=True)
class HeldStamp:
    """A stamp in the store."""

    size: int
    """Leaves of the head it is over."""
    authority: str
    """The name the operator gave the authority."""

    @property
    def key(self) -> str:
        """Where it is."""
        return places.timestamp(self.size, self.authority)


def held(store: Store) -> list[HeldStamp]:
    """Every stamp in the store, by size."""
    found = []
    for key in store.list(places.TIMESTAMPS):
        size, slash, name = key.removeprefix(places.TIMESTAMPS).partition("/")
        if slash and size.isdigit() and name.endswith(_ENDING):
            found.append(HeldStamp(int(size), name.removesuffix(_ENDING)))
    return sorted(found, key=lambda one: (one.size, one.authority))


def stamp(
    store: Store, head: Head, authorities: Sequence[Authority], nonce: Callable[[], int]
) -> tuple[list[HeldStamp], list[RemoteFault]]:
    """Has a head stamped by every authority that has not stamped it yet: the stamps, and what went wrong with the others."""
    made, faults = [], []
    for authority in authorities:
        one = HeldStamp(head.size, authority.name)
        if store.head(one.key) is None:
            try:
                response = Notary(authority).stamp(head.note, nonce())
            except RemoteFault as fault:
                faults.append(fault)
                continue
            store.put(one.key, response, sha256=Digest.of(response), size=len(response))
        made.append(one)
    return made, faults


def read(response: bytes, note: bytes, authority: Authority | None) -> tuple[Stamp, bool]:
    """What a stored stamp over a head says, and whether it was checked: that needs the authority's roots.

    Raises `BadStamp` when it was, and is none of this head.
    """
    if authority is None:
        return timestamp.read(response), False
    return timestamp.verify(response, note, authority.roots), True


__all__ = ["BadStamp", "HeldStamp", "held", "read", "stamp"]
