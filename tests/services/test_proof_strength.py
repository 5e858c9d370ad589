# SPDX-License-Identifier: Apache-2.0
"""How strong a proof is, sentence by sentence."""

import re
from datetime import UTC, datetime

import pytest

from archiver.services.proof_strength import Strength, StrengthKind, strengths

AT = datetime(2026, 3, 5, 8, 40, tzinfo=UTC)
STAMP = Strength(StrengthKind.TIME_STAMPED, "Example Authority", AT)
WITNESS = Strength(StrengthKind.WITNESSED, "witness.example/w1", AT)
SAID = {
    StrengthKind.DIGESTS_ONLY: ("Digests only: ", "nobody signed the seal"),
    StrengthKind.SIGNED: ("Signed by this archive: ", "an entry of its ledger"),
    StrengthKind.TIME_STAMPED: ("Time-stamped by Example Authority: ", "existed at 2026-03-05 08:40:00 UTC"),
    StrengthKind.WITNESSED: ("Witnessed by witness.example/w1: ", "signed the checkpoint at 2026-03-05 08:40:00 UTC"),
    StrengthKind.NO_INDEPENDENT_TIME: (
        "No independent time: ",
        "to add one, the operator names an authority (RFC 3161)",
    ),
}


@pytest.mark.parametrize("kind", StrengthKind)
def test_each_word_of_the_list_has_one_sentence(kind: StrengthKind) -> None:
    one = {StrengthKind.TIME_STAMPED: STAMP, StrengthKind.WITNESSED: WITNESS}.get(kind, Strength(kind))
    beginning, within = SAID[kind]
    assert one.sentence.startswith(beginning)
    assert within in one.sentence
    assert one.sentence.endswith(".")
    assert ". " not in one.sentence
    assert one.sentence.lower().startswith(one.label.lower())
    assert not re.search(r"verif|authentic|legal|tamper-proof|immutable|true", one.sentence, re.IGNORECASE)


def test_without_a_signature_nothing_above_it_counts() -> None:
    told = strengths(signed=False, stamps=[STAMP], witnesses=[WITNESS])
    assert [one.kind for one in told] == [StrengthKind.DIGESTS_ONLY, StrengthKind.NO_INDEPENDENT_TIME]


def test_what_is_lacking_stands_last() -> None:
    assert [one.kind for one in strengths(signed=True)] == [StrengthKind.SIGNED, StrengthKind.NO_INDEPENDENT_TIME]
    assert strengths(signed=True, witnesses=[WITNESS])[1:] == (WITNESS, Strength(StrengthKind.NO_INDEPENDENT_TIME))
    assert strengths(signed=True, stamps=[STAMP], witnesses=[WITNESS]) == (
        Strength(StrengthKind.SIGNED),
        STAMP,
        WITNESS,
    )
