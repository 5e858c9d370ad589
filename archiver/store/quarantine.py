# SPDX-License-Identifier: Apache-2.0
"""Moving a damaged object of a folder out of the key space, so that its key can be given again.

For repairs alone. Nothing is removed: the bytes stay under a hidden name for whoever looks into what happened to them. A
power loss may leave the object where it was, or nothing at its key: either way it is found and repaired again.
"""

from datetime import datetime

from archiver.disk import Disk
from archiver.errors import StoreUnavailable
from archiver.store.local import LocalStore

FOLDER = ".quarantine"


def set_aside(store: LocalStore, disk: Disk, key: str, at: datetime) -> str:
    """Moves an object aside; the path where it is now. Raises `KeyError`, `StoreUnavailable`."""
    if store.head(key) is None:
        raise KeyError(key)
    aside = store.root / FOLDER / f"{key}.{at:%Y%m%dt%H%M%S%f}z"
    try:
        disk.make_folder(aside.parent)
        disk.rename(store.root / key, aside)
        disk.sync_folder(aside.parent)
        disk.sync_folder((store.root / key).parent)
    except OSError as fault:
        raise StoreUnavailable(
            f"could not move {key} aside: {fault.strerror}", "Check the archive's folder."
        ) from fault
    return str(aside)
