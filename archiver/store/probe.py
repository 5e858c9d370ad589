# SPDX-License-Identifier: Apache-2.0
"""What a store enforces, seen by trying: evidence needs create-only writes, and wants checksums.

Documentation does not tell: stores and proxies exist that accept `If-None-Match` or `x-amz-checksum-sha256` and do
nothing about it. Two tiny objects with random names under `staging/` are written and left there, so that no right to
delete is needed; a lifecycle rule on that prefix removes them. That a store picks one winner of a race cannot be seen
by one prober.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from archiver.errors import Damaged, StoreConflict, StoreUnavailable, StoreUnfit
from archiver.ports import Abilities, Store
from manifests.digest import Digest

WORKING = "These work: a local folder, AWS S3, SeaweedFS 4.48 and later, and others that answer 412 to a second PUT."

RawPut = Callable[[str, bytes, Digest], bool]
"""One create-only PUT announced with that sha256, tried once: whether the store took it. Raises `StoreUnavailable`."""


@dataclass(frozen=True, slots=True)
class TryPut:
    """The `RawPut` of a store that has nothing beneath its `put`."""

    store: Store

    def __call__(self, key: str, content: bytes, sha256: Digest) -> bool:
        try:
            self.store.put(key, content, sha256=sha256, size=len(content))
        except (StoreConflict, Damaged):
            return False
        return True


def probe(store: Store, raw_put: RawPut, checksum: Callable[[str], Digest | None]) -> Abilities:
    """Tries `store` beneath its retries and comparisons.

    `checksum` is the sha256 that the store itself gives for an object, believed by nobody yet. Raises `StoreUnfit`
    when a second write of one key is not refused or changes something, `StoreUnavailable` when nothing answers.
    """
    name = f"staging/probe-{secrets.token_hex(16)}"
    first, second = f"first write of {name}\n".encode(), f"second write of {name}\n".encode()
    if not raw_put(name, first, Digest.of(first)):
        raise _unfit(store, f"refused the first create-only write of the new key {name}")
    taken = raw_put(name, second, Digest.of(second))
    held = _held(store, name)
    if taken:
        raise _unfit(
            store,
            f"accepted a second create-only write of one key{' and replaced the first' if held == second else ''}",
        )
    if held != first:
        raise _unfit(store, "refused a second write of one key, but the key no longer holds the first bytes")

    wrong = f"{name}-wrong"
    refused = not raw_put(wrong, first, Digest.of(second))
    return Abilities(create_only=True, checks_sha256=refused and checksum(name) == Digest.of(first))


def _held(store: Store, key: str) -> bytes:
    try:
        return store.get(key)
    except KeyError as fault:
        raise StoreUnavailable(
            f"{store.place} took {key} but does not give it back", "Try again; check the rights to read."
        ) from fault


def _unfit(store: Store, seen: str) -> StoreUnfit:
    return StoreUnfit(f"{store.place} is unfit for evidence: it {seen}", WORKING, place=store.place)
