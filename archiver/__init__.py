# SPDX-License-Identifier: Apache-2.0
"""Web archives that can prove where a page came from and under which terms it was published.

`Archive` is the Python API, `CaptureOptions` what a capture may be told, `Seed` a URL with labels. They are loaded when they
are first asked for, so that importing a part of this package does not load the rest.
"""

from typing import TYPE_CHECKING

from archiver.version import VERSION as __version__

if TYPE_CHECKING:
    from archiver.archive import Archive
    from archiver.options import CaptureOptions
    from archiver.services.seed_results import Seed

__all__ = ["Archive", "CaptureOptions", "Seed", "__version__"]

_PLACES = {
    "Archive": "archiver.archive",
    "CaptureOptions": "archiver.options",
    "Seed": "archiver.services.seed_results",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
