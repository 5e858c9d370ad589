# SPDX-License-Identifier: Apache-2.0
"""What is in a store and belongs to nothing, and what belongs there and is missing: orphans and gaps, told and left as they are.

Every key is listed once and held against the seals, the catalog and the ledger. Only seals are read. A listing may lag behind
in some stores: what is told as a gap is asked for by its key first.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from archiver.catalog.catalog import Catalog
from archiver.errors import Damaged
from archiver.ledger import places
from archiver.ports import Store
from archiver.services import claims_sets, layout
from archiver.services.crawl_check import CRAWLS
from archiver.services.replication import things

Kind = Literal["orphan", "unsealed", "gap", "uncatalogued", "unlogged", "damaged"]

KINDS: dict[Kind, str] = {
    "orphan": "no seal names it, or it is none of the objects of an archive",
    "unsealed": "files without their seal: of a machine that is still storing them, or that was cut off and will go on",
    "gap": "a seal, the catalog or the ledger names it, and it is not there",
    "uncatalogued": "it is sealed and not in the catalog of this machine: run rebuild",
    "unlogged": "it is sealed and not in the ledger: run ledger append --compare",
    "damaged": "its seal cannot be read: run verify",
}

_LEDGER = re.compile(
    r"ledger/(?:checkpoint|heads/\d{10}|keys/\d+\.json|timestamps/\d+/[a-z0-9-]+\.tsr|cosignatures/\d+/[a-z0-9-]+"
    r"|tile/(?:\d{1,2}|entries)/(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?)"
)
_DEPTHS = {layout.SEGMENTS: 6, claims_sets.CLAIMS: 3, CRAWLS: 2}
"""How many slashes the key of a sealed file has."""
_STAGING = "staging/"
_OF_THE_MACHINE = re.compile(
    r"[a-z]+\.sqlite(?:-wal|-shm)?|[a-z0-9.-]+\.lock|audit-[a-z0-9-]+\.jsonl?|(?:spool|feeds)/.*"
)
"""What a folder archive keeps beside the objects when its state is in the same folder."""


@dataclass(frozen=True, slots=True)
class Stray:
    """One thing that does not fit."""

    kind: Kind
    key: str
    """An object, or the folder of several."""
    said: str
    """What was looked for and what was seen."""


def reconcile(store: Store, catalog: Catalog, logged: Iterable[str] | None) -> Iterator[Stray]:
    """Everything that does not fit, by key. `logged` are the keys that the ledger names, None when there is no ledger.

    Holds the keys of one kind of thing in memory. Raises `StoreUnavailable`.
    """
    known = {one.folder + layout.SEAL for one in catalog.all_segments()}
    known |= {one.folder + claims_sets.SEAL for one in catalog.all_claims_sets()}
    in_ledger = set(logged) if logged is not None else None
    sealed: set[str] = set()
    for prefix in (layout.SEGMENTS, claims_sets.CLAIMS, CRAWLS, layout.EVENTS):
        there = set(store.list(prefix))
        yield from _of(store, there, sealed)
    for key in sorted(sealed):
        if key not in known and key.startswith((layout.SEGMENTS, claims_sets.CLAIMS)):
            yield Stray("uncatalogued", key, "the catalog does not have it")
        if in_ledger is not None and key not in in_ledger:
            yield Stray("unlogged", key, "the ledger does not have it")
    for key in sorted((known | (in_ledger or set())) - sealed):
        if store.head(key) is None:
            yield Stray("gap", key, f"the {'catalog' if key in known else 'ledger'} names it")
    for key in store.list(""):
        if not _belongs(key):
            yield Stray("orphan", key, "it is none of the objects of an archive")


def _of(store: Store, there: set[str], sealed: set[str]) -> Iterator[Stray]:
    """What does not fit among the keys of one kind of thing; its seals are added to `sealed`."""
    seals = {key for key in there if things.is_seal(key)}
    sealed |= seals
    named = set(seals)
    for key in sorted(seals):
        try:
            parts = things.parts(key, store.get(key))
        except (Damaged, KeyError) as fault:
            yield Stray("damaged", key, str(fault))
            named |= {one for one in there if things.seal_of(one) == key}
            continue
        for part in parts:
            named.add(part.key)
            if part.key not in there and store.head(part.key) is None:
                yield Stray("gap", part.key, f"{key} names it")
    unsealed: dict[str, int] = {}
    for key in sorted(there - named):
        seal = things.seal_of(key)
        if seal is None or seal in seals or key.count("/") != _DEPTHS[key.partition("/")[0] + "/"]:
            yield Stray("orphan", key, "no seal names it")
        else:
            folder = key.rpartition("/")[0] + "/"
            unsealed[folder] = unsealed.get(folder, 0) + 1
    for folder, files in unsealed.items():
        yield Stray("unsealed", folder, f"{files} file{'' if files == 1 else 's'} without a seal")


def _belongs(key: str) -> bool:
    if key == layout.ARCHIVE or key.startswith((layout.SEGMENTS, claims_sets.CLAIMS, CRAWLS, layout.EVENTS, _STAGING)):
        return True
    if _OF_THE_MACHINE.fullmatch(key) is not None:
        return True
    return key.startswith(places.LEDGER) and _LEDGER.fullmatch(key) is not None
