# SPDX-License-Identifier: Apache-2.0
"""Where honest URLs are taken to end."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrapLimits:
    """The limits of `Traps`; a URL at the limit is taken, one beyond it is not."""

    length: int = 4096
    """Characters of the URL; servers take little more than 8,000, and a URL that grows on every page gets there fast."""
    segments: int = 30
    """Path segments; one that is empty because of a doubled slash counts."""
    repeats: int = 3
    """Times that one segment of two or more letters may stand in a path, or an empty one."""
    parameters: int = 30
    """Parameters of the query."""
    years_ahead: int = 2
    """Years from today that a date in a URL may lie in the future; what is announced is seldom further off."""
    earliest_year: int = 1990
    """First year of dates in the URLs of calendars; dates elsewhere may be as old as they like, newspapers are."""
    session_variants: int = 1
    """URLs taken that differ in nothing but a session id."""
    combinations: int = 500
    """Combinations of the same few parameter values that are taken under one path (facets)."""
