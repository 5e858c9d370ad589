# SPDX-License-Identifier: Apache-2.0
"""Exclusive locks between processes of one machine, which the kernel drops when their holder dies."""

import os
from pathlib import Path

from archiver.errors import StoreUnavailable


class Lock:
    """An exclusive lock on a file, held until `release` or the death of the process."""

    def __init__(self, path: Path) -> None:
        try:
            self._handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as fault:
            raise StoreUnavailable(
                f"cannot open the lock {path}: {fault.strerror}",
                "Check that its folder exists and is writable for this user.",
            ) from fault

    def take(self, *, wait: bool) -> bool:
        """Whether the lock is now ours."""
        import fcntl  # only POSIX has it; a lone WARC file can be verified without

        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Drops the lock."""
        os.close(self._handle)
