# SPDX-License-Identifier: Apache-2.0
"""What leads to the names of a byline, at the beginning of a line: a label and a colon, or a lead and a space.

Most lines are told by their first three letters to begin with none of them; for the others only the few words that begin so
are tried.
"""

import re
from collections.abc import Iterable
from functools import cache

from archiver.extract.markup.remembered import remembered
from archiver.extract.origin.byline_words import LABELS, LEADS

LONGEST_LINE = 120
"""Characters of a line that is a byline as a whole."""
_STANDING_FOR_A_COLON = ":：︱丨｜|●／＝="
_COLON = r"\s{0,2}[:：︱丨｜|●／＝=]\s{0,2}"


def _beginnings() -> dict[str, tuple[list[str], list[str]]]:
    """By the first three letters of a line: the labels and the leads that begin so."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for label in LABELS:
        for begun in {label, label.upper(), label.capitalize(), label.title()}:
            for mark in _STANDING_FOR_A_COLON + " ":
                labels = found.setdefault(f"{begun}{mark}"[:3], ([], []))[0]
                labels += [] if label in labels else [label]
    for lead in LEADS:
        found.setdefault(f"{lead} "[:3], ([], []))[1].append(lead)
    return found


BEGINNINGS = _beginnings()
"""Labels and leads by the first three letters of the lines that they begin."""
SHORT = frozenset(label + mark for label in LABELS if len(label) == 1 for mark in _STANDING_FOR_A_COLON)
"""Labels of one letter, with what stands for a colon."""


def led_to(line: str) -> int:
    """Where the names of a line begin; 0 when nothing leads to them."""
    return _led_to(line) if line[:3] in BEGINNINGS or line[:2] in SHORT else 0


@remembered(4096, longest=LONGEST_LINE)
def _led_to(line: str) -> int:
    found = _led(line[:3] if line[:3] in BEGINNINGS else "").match(line)
    return found.end() if found else 0


@cache
def _led(begun: str) -> re.Pattern[str]:
    """What leads to names in a line of this beginning: few words, where all of them would be tried for many a line."""
    return _leading(*BEGINNINGS.get(begun, (LABELS, LEADS)))


def _leading(labels: Iterable[str], leads: Iterable[str]) -> re.Pattern[str]:
    """What leads to the names of a byline, at its beginning: a label and a colon, or a lead and a space."""
    longest = sorted(leads, key=len, reverse=True)
    return re.compile(rf"^(?:(?i:{'|'.join(labels) or '(?!)'}){_COLON}|(?:{'|'.join(longest) or '(?!)'})\s+)")
