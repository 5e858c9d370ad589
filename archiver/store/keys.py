# SPDX-License-Identifier: Apache-2.0
"""The names of objects in a store, and the refusal of every other name.

A key is a slash-separated path of `[a-z0-9._=-]`, at most 900 octets long with parts of at most 200, so that it is at
once a file name on every usual file system and an S3 key below any sane prefix (S3 allows 1,024 octets). No part
begins with a dot: `.` and `..` would leave the root, and the other dotted names are unfinished writes of a local
store. Keys are made by us and never of URLs, so a bad one is a fault of the caller. One key is never the folder of
another; only a local store can tell.
"""

import re

from archiver.errors import BadInput

_PART = r"[a-z0-9_=-][a-z0-9._=-]{0,199}"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")
_PREFIX = re.compile(rf"(?:{_PART}/)*(?:{_PART})?")
_LONGEST = 900

MUTABLE = "ledger/checkpoint"
"""The one object that is overwritten: a copy of the newest signed head."""
STAGING = "staging/"
"""Where probes and unfinished work of the ledger lie: no part of the archive, and removed in time."""


def is_key(name: str) -> bool:
    """Whether `name` can be the name of one of our objects."""
    return len(name) <= _LONGEST and _KEY.fullmatch(name) is not None


def check_key(key: str) -> str:
    """Gives `key` back. Raises `BadInput` when it cannot name an object."""
    if not is_key(key):
        raise BadInput(
            f"not a key: {key[:150]!r}",
            "A key is parts of a-z 0-9 . _ = - joined by single slashes, none beginning with a dot.",
        )
    return key


def check_prefix(prefix: str) -> str:
    """Gives `prefix` back: the beginning of a key, cut anywhere, or nothing. Raises `BadInput` when no key starts
    so."""
    if len(prefix) > _LONGEST or _PREFIX.fullmatch(prefix) is None:
        raise BadInput(
            f"no key starts with {prefix[:150]!r}", "Keys are parts of a-z 0-9 . _ = - joined by single slashes."
        )
    return prefix


def check_mutable(key: str) -> str:
    """Gives `key` back. Raises `ValueError` unless it is the one that may be overwritten."""
    if key != MUTABLE:
        raise ValueError(f"{key!r} is never overwritten; only {MUTABLE} is")
    return key


def check_staged(key: str) -> str:
    """Gives `key` back. Raises `ValueError` unless it lies under `staging/`."""
    if not key.startswith(STAGING):
        raise ValueError(f"{key!r} is never removed; only what lies under {STAGING} is")
    return check_key(key)
