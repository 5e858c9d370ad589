# SPDX-License-Identifier: Apache-2.0
"""The ports: what the services need from the world, with the contract of each. Read this first.

Implementations live in `store/`, `state/` and `catalog/`; `wiring.py` alone names them. Each port has one contract suite
in `tests/contracts/` that every backend runs. Errors are those of `errors.py`; third-party exceptions never cross a port.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from manifests.digest import Digest


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store says of one object."""

    key: str
    size: int
    """Octets."""
    sha256: Digest | None
    """As the store itself computed and returned it, or None when it does not; never an ETag."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a store was seen to enforce when it was probed."""

    create_only: bool
    """A second PUT with If-None-Match: * on one key is refused (412) and changes nothing."""
    checks_sha256: bool
    """A PUT whose x-amz-checksum-sha256 is wrong is refused, and the checksum comes back on HEAD."""
    versioned: bool | None = None
    """An object that is removed or replaced stays as an older version. This and what follows is about a bucket, and None
    where it is not told or has no sense."""
    object_lock: bool | None = None
    """Retention and legal holds are taken, and kept against credentials that may remove."""
    default_retention: str | None = None
    """What the bucket puts on every object by itself, as in `governance, 30 days`; `none` when it does nothing."""
    encryption: str | None = None
    """How the bucket encrypts by itself: `AES256`, `aws:kms` or `none`."""
    can_delete: bool | None = None
    """Our credentials removed an object of the probe for good: more than the service needs."""
    can_hide: bool | None = None
    """Our credentials hid an object of the probe behind a delete marker: more than the service needs."""


class Store(Protocol):
    """Where bytes are. Keys are slash-separated names of `[a-z0-9._=-]`, chosen by us, never made of URLs.

    Every method may be called from several threads and processes at once. A method retries what is worth retrying, within
    bounds; what it raises is final for the caller: `StoreUnavailable` (no answer, no rights, no space) or `StoreConflict`.
    """

    place: str
    """How a person names it: a folder or `s3://bucket/prefix`."""

    def put(self, key: str, content: bytes | BinaryIO, *, sha256: Digest, size: int, final: bool = False) -> None:
        """Creates `key` with exactly these bytes and never changes an existing object.

        Durable and read back when it returns: the store's own sha256 was compared where it enforces one, else the object
        was read again and hashed. Calling it again with the same bytes succeeds; that is also how a lost answer is healed.
        `content` as a file is read from its current position and must be seekable; `final` says that nobody will write to
        that file again, so that a store on the same file system may keep the very file, under its own name. Raises
        `StoreConflict` when the key holds other bytes, `Damaged` when what is stored differs from what was sent.
        """
        ...

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """The bytes [start, end) of an object, whole when `end` is None; the caller bounds them.

        Raises `KeyError` when there is no such object, `StoreUnavailable` when a range comes back with another length.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """The object as a stream from its first byte, for objects too large to hold. Raises `KeyError`."""
        ...

    def head(self, key: str) -> Stored | None:
        """Size and checksum, or None when there is no such object."""
        ...

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that start with `prefix`, in byte order, without unfinished writes. Correctness never rests on it."""
        ...

    def replace(self, key: str, content: bytes) -> None:
        """Makes `ledger/checkpoint` hold `content`, whatever it held; the one object that changes.

        Durable when it returns; a reader at any time gets the old bytes or the new ones, whole. Calling it again is safe.
        Of two calls at once, or of one whose answer was lost and a later one, either may stay: the truth is the heads,
        this is a copy of the newest. Raises `ValueError` for every other key: a fault in the program.
        """
        ...

    def sweep(self, key: str) -> None:
        """Says that an object under `staging/` is not needed any more; a missing one is no error.

        Removed when it returns where the store lets the service remove; a bucket does it by its lifecycle rule, so that
        nobody who writes needs a right to delete. Raises `ValueError` for every other key: a fault in the program.
        """
        ...

    def probe(self) -> Abilities:
        """Tries what evidence needs, with objects under `staging/`.

        Raises `StoreUnfit` when create-only writes are not enforced, `StoreUnavailable` when nothing answers.
        """
        ...
