# SPDX-License-Identifier: Apache-2.0
"""The registrable domain of a host: the part that one holder has registered, by the public suffix list.

The list is the snapshot inside the package `publicsuffixlist`; nothing is fetched. It is loaded when a domain is first asked
for, not when the extractor is imported. Suffixes of its private part count: `name.github.io` is a site of its own.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> "PublicSuffixList":
    # Here, because it takes some 30 ms of CPU time, which importing the extractor need not cost.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def registrable(host: str) -> str:
    """The registrable domain of a lower-case host name; the host itself when it is an address, a suffix or a single label."""
    labels = host.rsplit(".", 1)
    if len(labels) < 2 or labels[1].isdigit() or ":" in host:
        return host
    return _suffixes().privatesuffix(host) or host
