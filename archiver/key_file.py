# SPDX-License-Identifier: Apache-2.0
"""The file with a private key: outside the archive, and readable by its owner alone."""

import os
import stat
from pathlib import Path

from archiver.disk import Disk, faults
from archiver.errors import BadInput

_PRIVATE = 0o600


def write(path: Path, content: bytes, disk: Disk) -> None:
    """A new key file, on disk when this returns. Raises `BadInput` when there is one already, `StoreUnavailable`, `DiskFault`."""
    disk.make_folder(path.parent)
    try:
        with faults("writing", path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE)
            with open(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
    except FileExistsError:
        raise BadInput(f"there already is a key at {path}", "Name another file; a key is never written over.") from None
    disk.sync_folder(path.parent)


def read(path: Path) -> bytes | None:
    """The content of a key file; None when there is none. Raises `BadInput` when others may read it."""
    try:
        with faults("reading", path), open(path, "rb") as stream:
            if os.name == "posix" and stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077:
                raise BadInput(f"others may read the private key {path}", f"Make it yours alone: chmod 600 {path}")
            return stream.read()
    except FileNotFoundError:
        return None
