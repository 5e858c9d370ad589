# SPDX-License-Identifier: Apache-2.0
"""The whole ledger against itself and against the store: heads, leaves, tiles, seals.

Every head is read, and compared with the root of as many leaves; every bundle is read and each leaf hashed and compared with the
tiles; the tiles are summed up and compared with the signed root; each leaf's seal is read and compared with the digest in it;
what is sealed and not logged is listed.
"""

from collections.abc import Iterator

from archiver.catalog.catalog import Catalog
from archiver.errors import Damaged
from archiver.ledger import leaves, places
from archiver.ledger.heads import Head
from archiver.ledger.ledger import Ledger
from archiver.ports import Store
from archiver.services.sequencer import sealed_things
from manifests.digest import Digest
from manifests.fixity import Finding


def check(store: Store, catalog: Catalog, ledger: Ledger) -> Iterator[Finding]:
    """What is wrong with the ledger. Raises `StoreUnavailable`: then nothing was found out."""
    try:
        head = ledger.head()
    except Damaged as fault:
        yield told(fault, places.HEADS)
        return
    yield from _checkpoint(store, head)
    logged: dict[str, Digest] = {}
    said = {"L01": "it is missing or cannot be read", "L04": "it is not what the signed root stands for"}
    whole = True
    for one in ledger.disagreements(head):
        whole = False
        yield _error(one.code, places.LEDGER + one.path, said[one.code])
    yield from _heads(ledger, head, whole)
    try:
        for index, entry in enumerate(ledger.entries(0, head)):
            leaf = leaves.read(entry, index)
            logged.setdefault(leaf.k, leaf.d)
            yield from _seal(store, leaf.k, leaf.d)
    except Damaged as fault:
        yield told(fault, places.LEDGER)
        return
    for key, digest in sealed_things(store, catalog):
        known = logged.get(key)
        if known is None:
            yield Finding(code="L05", severity="warning", where=key, detail="log it: archiver ledger append --compare")
        elif known != digest:
            yield _error("L06", key, f"the catalog has the digest {digest}, the ledger {known}")


def _checkpoint(store: Store, head: Head) -> Iterator[Finding]:
    """The copy of the newest head, by which programs of others begin."""
    try:
        held = store.get(places.CHECKPOINT)
    except KeyError:
        held = b""
    if held != head.note:
        detail = "it is not the newest head; the next thing that is logged puts it right"
        yield Finding(code="L02", severity="warning", where=places.CHECKPOINT, detail=detail)


def _heads(ledger: Ledger, newest: Head, whole: bool) -> Iterator[Finding]:
    """The heads before the newest: each must be of the first leaves of the tree, where that is `whole`."""
    size, root = 0, ledger.roots(newest)
    for sequence in range(1, newest.sequence):
        where = places.head(sequence)
        try:
            one = ledger.earlier(sequence)
            if not size < one.size < newest.size:
                yield _error("L03", where, f"it is of {one.size} leaves, the one before it of {size}")
            elif whole and root(one.size) != one.root:
                yield _error("L03", where, f"its root is not that of the first {one.size} leaves")
            size = max(size, one.size)
        except Damaged as fault:
            yield told(fault, where)


def _seal(store: Store, key: str, wanted: Digest) -> Iterator[Finding]:
    try:
        seen = Digest.of(store.get(key))
    except KeyError:
        yield _error("L07", key, f"the ledger has it with the digest {wanted}")
        return
    if seen != wanted:
        yield _error("L06", key, f"it has the digest {seen}, the ledger says {wanted}")


def _error(code: str, where: str, detail: str) -> Finding:
    return Finding(code=code, severity="error", where=where, detail=detail)


def told(fault: Damaged, where: str) -> Finding:
    """What was found wrong on the way, as a finding."""
    return _error(str(fault.fields.get("code", "L01")), where, fault.what)
