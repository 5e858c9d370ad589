# SPDX-License-Identifier: Apache-2.0
"""How a bucket is asked to keep what is written into it: locked for how long, encrypted with what, in which class.

Retention holds from the moment of the first write and is counted in whole days by our clock (Amazon S3 User Guide,
"Locking objects with Object Lock"). In governance mode a role with the right to bypass may end it early, as an erasure
needs; in compliance mode nobody can, the owner of the account included. What changes or expires is never locked: the
copy of the newest head, and everything under `staging/`. A storage class is given only to objects of 128 KiB and more,
because the colder ones bill a smaller object as if it had that size.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from archiver.errors import BadInput
from archiver.store.keys import MUTABLE, STAGING

Mode = Literal["governance", "compliance"]

LONGEST_DAYS = 36_500
"""S3 takes no retention beyond a hundred years."""
CLASSES = ("STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "EXPRESS_ONEZONE")
"""Storage classes whose objects can be read at once; from the others a lookup would wait for hours."""
CLASSED_FROM = 128 << 10
"""Octets from which on an object gets the wanted class."""
_KMS_KEY = re.compile(r"[A-Za-z0-9:/_.-]{1,2048}")


@dataclass(frozen=True, slots=True)
class Keeping:
    """What an operator wants of stored objects; without an argument, what the bucket does by itself."""

    lock: Mode | None = None
    """Retention mode of everything that never changes; None leaves it to the bucket's default."""
    days: int | None = None
    """Days of retention, with `lock` and only with it."""
    encryption: str | None = None
    """`aes256` for the store's own keys, else the id, ARN or alias of a KMS key; None for the bucket's default."""
    storage_class: str | None = None
    """One of `CLASSES`; None for the bucket's default."""

    def __post_init__(self) -> None:
        if self.lock not in (None, "governance", "compliance"):
            raise BadInput(f"not a retention mode: {str(self.lock)[:40]!r}", "It is governance or compliance.")
        if (self.lock is None) != (self.days is None):
            raise BadInput("a retention mode and its days come together", "Give both, or neither.")
        if self.days is not None and not 1 <= self.days <= LONGEST_DAYS:
            raise BadInput(f"not a retention: {self.days} days", f"It has 1 to {LONGEST_DAYS} days.")
        if self.encryption is not None and not _KMS_KEY.fullmatch(self.encryption):
            raise BadInput(
                f"not an encryption: {self.encryption[:80]!r}", "Give aes256, or the id, ARN or alias of a KMS key."
            )
        if self.storage_class is not None and self.storage_class not in CLASSES:
            raise BadInput(
                f"not a storage class that can be read at once: {self.storage_class[:40]!r}",
                f"One of {', '.join(CLASSES)}.",
            )

    def arguments(self, key: str, size: int, at: datetime) -> dict[str, Any]:
        """What PutObject is told of an object of `size` octets that is written at `at`."""
        told: dict[str, Any] = {}
        if self.encryption == "aes256":
            told["ServerSideEncryption"] = "AES256"
        elif self.encryption is not None:
            told |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.encryption}
        if key == MUTABLE or key.startswith(STAGING):
            return told
        if self.lock is not None and self.days is not None:
            told |= {"ObjectLockMode": self.lock.upper(), "ObjectLockRetainUntilDate": until(at, self.days)}
        if self.storage_class is not None and size >= CLASSED_FROM:
            told["StorageClass"] = self.storage_class
        return told


def read_keeping(lock: str | None, encryption: str | None, storage_class: str | None) -> Keeping:
    """The wish that settings state, each None where nothing is set; `lock` as `governance:365`. Raises `BadInput`."""
    mode, colon, days = (lock or "").partition(":")
    if lock is not None and not (colon and days.isascii() and days.isdigit() and len(days) < 6):
        raise BadInput(f"not a lock: {lock[:40]!r}", "Give a mode and days, as in governance:365.")
    return Keeping(
        lock=cast(Mode, mode) if lock is not None else None,
        days=int(days) if lock is not None else None,
        encryption=encryption,
        storage_class=storage_class,
    )


@dataclass(frozen=True, slots=True)
class Lock:
    """What protects one object from being removed."""

    mode: Mode | None
    until: datetime | None
    """When retention ends, UTC; None when there is none."""
    held: bool
    """Whether a legal hold is on it, which has no end of its own."""


def until(at: datetime, days: int) -> datetime:
    """`days` after `at`, in whole seconds and never earlier."""
    end = at + timedelta(days=days)
    return end.replace(microsecond=0) + timedelta(seconds=end.microsecond > 0)
