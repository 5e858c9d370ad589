# SPDX-License-Identifier: Apache-2.0
"""A folder for proofs, in memory where the machine has such a file system.

Kills and made-up power losses do not need a real disk, and thousands of real syncs would take hours.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")
_KEYS = "XDG_STATE_HOME"


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, gone when the block ends; while it lasts, archives that are made keep their signing keys there."""
    usable = _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="crash-", dir=_IN_MEMORY if usable else None) as name:
        before = os.environ.get(_KEYS)
        os.environ[_KEYS] = name
        try:
            yield Path(name)
        finally:
            if before is None:
                del os.environ[_KEYS]
            else:
                os.environ[_KEYS] = before
