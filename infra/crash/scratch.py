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


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, gone when the block ends."""
    usable = _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="crash-", dir=_IN_MEMORY if usable else None) as name:
        yield Path(name)
