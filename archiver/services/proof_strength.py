# SPDX-License-Identifier: Apache-2.0
"""How strong a proof is, in words: a closed list with one sentence each, the same on every face.

A proof is described by all the sentences that hold, the weakest first. None of them says that a page is true, or that a use of
it is allowed; what no proof shows is said where proofs are handed on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StrengthKind(StrEnum):
    """The words of the closed list."""

    DIGESTS_ONLY = "digests-only"
    SIGNED = "signed"
    TIME_STAMPED = "time-stamped"
    WITNESSED = "witnessed"
    NO_INDEPENDENT_TIME = "no-independent-time"


@dataclass(frozen=True, slots=True)
class Strength:
    """One thing that a proof shows, or that it lacks."""

    kind: StrengthKind
    name: str | None = None
    """The authority or the witness."""
    at: datetime | None = None
    """When it stamped or signed, by its own clock, UTC."""

    @property
    def label(self) -> str:
        """It in a few words."""
        return {
            StrengthKind.DIGESTS_ONLY: "digests only",
            StrengthKind.SIGNED: "signed by this archive",
            StrengthKind.TIME_STAMPED: f"time-stamped by {self.name}",
            StrengthKind.WITNESSED: f"witnessed by {self.name}",
            StrengthKind.NO_INDEPENDENT_TIME: "no independent time",
        }[self.kind]

    @property
    def sentence(self) -> str:
        """It in one sentence."""
        at = f" at {self.at:%Y-%m-%d %H:%M:%S} UTC" if self.at is not None else ""
        return {
            StrengthKind.DIGESTS_ONLY: (
                "Digests only: the bytes are those that were sealed, but nobody signed the seal, and whoever could write to the "
                "archive could have made another one."
            ),
            StrengthKind.SIGNED: (
                "Signed by this archive: the seal is an entry of its ledger, whose checkpoint it signed, so that it cannot "
                "exchange or drop the entry without contradicting its own signature."
            ),
            StrengthKind.TIME_STAMPED: (
                f"Time-stamped by {self.name}: this authority states that the checkpoint existed{at}, so the capture was "
                "in the archive then or before."
            ),
            StrengthKind.WITNESSED: (
                f"Witnessed by {self.name}: it signed the checkpoint{at}, having seen that the ledger only grew since the last "
                "one it was shown."
            ),
            StrengthKind.NO_INDEPENDENT_TIME: (
                "No independent time: no time-stamping authority has stamped the checkpoint, so when it was made rests on the "
                "archive's own clock; to add one, the operator names an authority (RFC 3161) in the file that "
                "ARCHIVER_AUTHORITIES points to, and the next checkpoint that it stamps dates everything below it."
            ),
        }[self.kind]


def strengths(
    *, signed: bool, stamps: Iterable[Strength] = (), witnesses: Iterable[Strength] = ()
) -> tuple[Strength, ...]:
    """All that holds of a proof, the weakest first; what it lacks stands last. Stamps and witnesses count on what is signed."""
    if not signed:
        return (Strength(StrengthKind.DIGESTS_ONLY), Strength(StrengthKind.NO_INDEPENDENT_TIME))
    stamped = tuple(stamps)
    lacking = () if stamped else (Strength(StrengthKind.NO_INDEPENDENT_TIME),)
    return (Strength(StrengthKind.SIGNED), *stamped, *witnesses, *lacking)
