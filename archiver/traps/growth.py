# SPDX-License-Identifier: Apache-2.0
"""How the URLs under one path multiply: the same page under new session ids, and facets combined without end.

What one URL cannot show is counted, in bounded memory: what was met first is forgotten first, and then a trap is
recognised later. A URL that was taken before is taken again, so judging a link twice changes nothing.

*Sessions.* A parameter named for a session whose value looks drawn by chance is left out; of the URLs that are equal
then, so many are taken. A `sid` of digits, or of words with slashes, names a story as often: it is no such value.

*Facets.* Under one path, every combination of a few parameter values is a URL. Honest pages have a parameter that
tells them apart, so that they are about as many as its values. Refused are further combinations once there are more
than the limit and more than ten times the values of the most varied parameter, positions in lists (`page`, `start`)
left aside. After four times the limit a path counts as honest and is no longer watched.
"""

import re
from dataclasses import dataclass, field

_SESSION = re.compile(
    r"([?&;])((?:php|j|cf|asp|asp\.net_)?sess(?:ion)?_?(?:id|key)|sid|s_id|zenid|oscsid|xtcsid)="
    r"(?=[^&;/?]{0,100}[0-9])(?=[^&;/?]{0,100}[a-z])[0-9a-z,_.!%-]{16,200}(?=[&;/?]|$)"
    r"|(/)\((s)\([0-9a-z]{24}\)\)(?=/)",
    re.IGNORECASE,
)
_POSITIONS = frozenset({"page", "p", "pg", "paged", "start", "offset", "from", "limit", "seite"})
_MOST_SESSIONS = 50_000
_MOST_MARKS = 100_000
_RATIO = 10


@dataclass(slots=True)
class _Family:
    """The combinations of parameter values taken under one path."""

    combinations: set[int] = field(default_factory=set)
    values: dict[int, set[int]] = field(default_factory=dict)
    honest: bool = False


class Growth:
    """What was taken so far, of one crawl."""

    __slots__ = ("_combinations", "_families", "_marks", "_sessions", "_variants")

    def __init__(self, *, session_variants: int, combinations: int) -> None:
        self._variants = session_variants
        self._combinations = combinations
        self._sessions: dict[int, list[int]] = {}
        self._families: dict[str, _Family] = {}
        self._marks = 0

    def session(self, url: str) -> str | None:
        """The session parameter by which `url` differs from enough URLs taken before, or None."""
        found = _SESSION.search(url)
        if found is None:
            return None
        without, token = hash(_SESSION.sub(r"\1\3", url)), hash(url)
        known = self._sessions.setdefault(without, [])
        if token in known:
            return None
        if len(known) >= self._variants:
            return (found[2] or found[4]).lower()
        known.append(token)
        if len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return None

    def facets(self, place: str, query: str) -> bool:
        """Whether `query`, of at least two parameters, is one combination too many under `place` (origin and path)."""
        pairs = [
            (name, value)
            for name, _, value in (part.partition("=") for part in query.split("&") if part)
            if name not in _POSITIONS
        ]
        if len(pairs) < 2:
            return False
        family = self._families.get(place)
        if family is None:
            family = self._families[place] = _Family()
            self._marks += 1
        if family.honest:
            return False
        combination = hash(tuple(pairs))
        if combination in family.combinations:
            return False
        most = max(map(len, family.values.values()), default=0)
        if len(family.combinations) >= self._combinations and len(family.combinations) > _RATIO * most:
            return True
        self._take(family, combination, pairs)
        return False

    def _take(self, family: _Family, combination: int, pairs: list[tuple[str, str]]) -> None:
        before = self._weight(family)
        family.combinations.add(combination)
        for name, value in pairs:
            family.values.setdefault(hash(name), set()).add(hash(value))
        if len(family.combinations) >= 4 * self._combinations:
            family.combinations, family.values, family.honest = set(), {}, True
        self._marks += self._weight(family) - before
        while self._marks > _MOST_MARKS and len(self._families) > 1:
            self._marks -= self._weight(self._families.pop(next(iter(self._families))))

    @staticmethod
    def _weight(family: _Family) -> int:
        return 1 + len(family.combinations) + sum(map(len, family.values.values()))
