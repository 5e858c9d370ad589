# SPDX-License-Identifier: Apache-2.0
"""Sentences that permit or forbid reuse, in the languages of the web. Each pattern is tried on one sentence at a time."""

import re
from collections.abc import Set

from archiver.extract.markup.folding import Gates
from archiver.extract.rights.reuse_grants import GRANTS
from archiver.extract.rights.reuse_restrictions import RESTRICTIONS

_NEGATED = re.compile(
    (
        r"\b(?:may|must|can|shall) ?not\b|\bno (?:part|(?:\w+ ){1,4}(?:may|can|shall) be)\b|\bprohibited\b|\bforbidden\b|"
        r"\bnot (?:be )?(?:permitted|allowed|granted)\b|\bcannot\b|\bonly with\b|\bwithout (?:the |our |prior |express |written "
        r")*(?:permission|consent)|\bno permission\b"
        r"|\bnicht (?:gestattet|erlaubt|zulässig)|\bnur mit\b|untersagt|verboten|\binterdite?\b|\bsans\b|"
        r"\bprohibid|\bproibid|\bsin (?:la )?(?:previa )?autoriz|\bvietat|\bniet toegestaan|\bverboden\b|"
        r"запрещ|заборон|без разрешения|zabronion|禁|不得|须经|未经|يحظر|لا يجوز|لا يسمح|ห้าม|\bno está|"
        r"\bnão (?:é|são) |\bnon (?:è|sono) |pas autoris|\bnicht\b|\bmag niet|zonder toestemming|"
        r"\bikke\b|\binte\b|tilos"
    ),
    re.IGNORECASE,
)


def _compiled(table: tuple[tuple[str, str], ...]) -> list[re.Pattern[str]]:
    return [re.compile(pattern, re.IGNORECASE) for _, pattern in table]


_GRANT_RULES, _RESTRICTION_RULES = _compiled(GRANTS), _compiled(RESTRICTIONS)
GATES: dict[tuple[str, int], list[str]] = {
    (name, at): words.split("|")
    for name, table in (("grant", GRANTS), ("restriction", RESTRICTIONS))
    for at, (words, _) in enumerate(table)
}
"""Plain words of each rule: it is tried only on a sentence that holds one."""
_OWN_GATES = Gates(GATES)


def _matches(rules: list[re.Pattern[str]], name: str, sentence: str, standing: Set[tuple[str, int]]) -> bool:
    return any(rules[at].search(sentence) for kind, at in standing if kind == name)


def may_match(text: str, standing: Set[tuple[str, int]]) -> bool:
    """Whether a rule whose words stand in a text matches in it or in any part of it."""
    return _matches(_GRANT_RULES, "grant", text, standing) or _matches(
        _RESTRICTION_RULES, "restriction", text, standing
    )


def is_grant(sentence: str, standing: Set[tuple[str, int]]) -> bool:
    """Whether a sentence permits reuse, by the rules whose words stand in it."""
    return _matches(_GRANT_RULES, "grant", sentence, standing) and not _NEGATED.search(sentence)


def is_restriction(sentence: str, standing: Set[tuple[str, int]] | None = None) -> bool:
    """Whether a sentence forbids reuse or makes it depend on asking."""
    standing = _OWN_GATES.standing(sentence) if standing is None else standing
    return _matches(_RESTRICTION_RULES, "restriction", sentence, standing)
