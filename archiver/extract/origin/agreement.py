# SPDX-License-Identifier: Apache-2.0
"""Several places of a page that state one thing: which is believed, where else the same stands, and who says otherwise.

The first candidate is believed. Of those that agree with it, one a rule is kept as further evidence; of those that do not,
the first of each value is told apart. Evidence is made for what is kept only.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from manifests.agents import Confidence, Differing, Evidence

MOST_ALSO = 3
MOST_DIFFERING = 8


class Candidate(NamedTuple):
    """One reading of a thing that a page states."""

    value: str
    confidence: Confidence
    reason: str
    evidence: Callable[[], Evidence]


def also(chosen: Candidate, others: Iterable[Candidate], alike: Callable[[str, str], bool]) -> tuple[Evidence, ...]:
    """Evidence of the candidates that agree with the chosen one, one a rule, at most `MOST_ALSO`."""
    told = {chosen.reason}
    found: list[Evidence] = []
    for one in others:
        if one.reason not in told and len(found) < MOST_ALSO and alike(one.value, chosen.value):
            told.add(one.reason)
            found.append(one.evidence())
    return tuple(found)


def differing(
    field: str, believed: Iterable[str], others: Iterable[Candidate], alike: Callable[[str, str], bool]
) -> list[Differing]:
    """What the candidates say that agree with none of the values believed, the first of each value."""
    told = list(believed)
    found: list[Differing] = []
    for one in others:
        if len(found) < MOST_DIFFERING and not any(alike(one.value, value) for value in told):
            told.append(one.value)
            found.append(Differing(field=field, value=one.value, evidence=one.evidence(), reason=one.reason))
    return found
