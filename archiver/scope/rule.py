# SPDX-License-Identifier: Apache-2.0
"""What an operator wrote about scope, as a value."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """The scope of one seed.

    The kinds are those of Browsertrix. http and https count as one, a leading `www.` of the host is left aside, and a
    port that is not the default belongs to the host:

    - `page`: the seed alone
    - `prefix`: what begins as the seed does, up to the last slash of its path
    - `host`: every URL of the seed's host and port
    - `domain`: the seed's host without `www.`, and every host below it, on any port
    - `any`: every URL
    - `custom`: the seed, and what `include` names
    """

    kind: Literal["page", "prefix", "host", "domain", "any", "custom"]
    """Which URLs are in scope, seen from the seed."""
    include: tuple[str, ...] = ()
    """Patterns of URLs that are in scope beside those of the kind (see `scope.patterns`)."""
    exclude: tuple[str, ...] = ()
    """Patterns of URLs that are never taken, the seed and what pages embed included; they win over everything else."""
    depth: int | None = None
    """Most link steps from the seed, 0 for the seed alone; None: no limit."""
    hops: int = 0
    """Link steps taken beyond the scope, 1 for the pages that those in scope link to."""
    embeds: bool = True
    """Whether what a page embeds is taken from outside the scope too."""
