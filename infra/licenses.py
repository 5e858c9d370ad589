# SPDX-License-Identifier: Apache-2.0
"""Holds the licences of the dependencies to a closed list, read from what is installed.

Guarantees: every distribution that infra/locks/core.txt or dev.txt pins is judged, and one that declares no licence
known here is a failure with its name, never a pass. An SPDX License-Expression (PEP 639) is judged as it stands (of
`A OR B` one has to do, of `A AND B` both); without one, the License field and all licence classifiers have to agree
with the list, for neither is more reliable than the other.

Allowed are permissive licences, and MPL-2.0: its copyleft ends at its own files, which are used unchanged (certifi's
list of authorities, pathspec, tqdm). GPL, LGPL and AGPL are refused, but for the programs in TOOLS, which are run
while developing and are in no environment of a user.

Leaves to others: the judges and services beside us (judges.txt, judges-ledger.txt, services.txt), which are separate programs.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

LOCKS = Path(__file__).parent / "locks"
ALLOWED = frozenset(
    (
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CNRI-Python",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
    )
)
# How metadata before PEP 639 names the same licences. A bare "BSD" does not say which; every variant is permissive.
SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
# Oddly declared: what holds, and where that is said.
DECLARED = {
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",  # the field says `Dual License`; its LICENSE file says which two
}
# Copyleft, but a program of its own that no code here imports and no user installs.
TOOLS = frozenset(("codespell",))


class Declared(NamedTuple):
    """What a distribution's metadata says about its licence."""

    expression: str = ""
    field: str = ""
    classifiers: Sequence[str] = ()


class Pin(NamedTuple):
    """One requirement of a lock; a conditional one may rightly not be installed here."""

    name: str
    conditional: bool


def pins(lock: str) -> Iterator[Pin]:
    """The requirements of a lock in its text form, in order."""
    for name, marker in re.findall(r"^([a-z0-9][a-z0-9._-]*)==[^\s;]+ *(;?)", lock, flags=re.MULTILINE):
        yield Pin(name, bool(marker))


def permits(expression: str) -> bool:
    """Whether an SPDX expression can be met with allowed licences alone; a malformed one cannot."""
    tokens = re.findall(r"[()]|[^\s()]+", expression)

    def either() -> bool:
        answer = both()
        while tokens and tokens[0].upper() == "OR":
            tokens.pop(0)
            answer = both() or answer
        return answer

    def both() -> bool:
        answer = one()
        while tokens and tokens[0].upper() == "AND":
            tokens.pop(0)
            answer = one() and answer
        return answer

    def one() -> bool:
        token = tokens.pop(0) if tokens else ""
        if token == "(":
            answer = either()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError(expression)
            return answer
        if token.upper() in {"", ")", "AND", "OR"}:
            raise ValueError(expression)
        return token in ALLOWED

    try:
        return either() and not tokens
    except ValueError:
        return False


def objection(name: str, declared: Declared) -> str | None:
    """Why the distribution may not be used, or None."""
    expression = DECLARED.get(name) or declared.expression
    if expression:
        return None if permits(expression) else f"{name}: {expression} is not allowed"
    named = [c.removeprefix("License ::").removeprefix(" OSI Approved ::").strip() for c in declared.classifiers]
    stated = [text for text in (declared.field.strip(), *named) if text and text not in {"UNKNOWN", "OSI Approved"}]
    if not stated:
        return f"{name}: declares no licence"
    for text in stated:
        if not permits(SPELLINGS.get(text.casefold(), text)):
            return f"{name}: {text.splitlines()[0]!r} is not allowed, or not known"
    return None


def installed(name: str) -> Declared:
    """What the distribution declares in this environment; raises PackageNotFoundError."""
    fields = metadata(name)
    expression, field = ((fields.get_all(name) or [""])[0] for name in ("License-Expression", "License"))
    classifiers = [c for c in fields.get_all("Classifier") or () if c.startswith("License ::")]
    return Declared(expression, field, classifiers)


def objections(lock: str, tools: frozenset[str], look_up: Callable[[str], Declared] = installed) -> list[str]:
    """Every objection to the distributions that one lock pins."""
    found: list[str] = []
    for pin in pins(lock):
        if pin.name in tools:
            continue
        try:
            reason = objection(pin.name, look_up(pin.name))
        except PackageNotFoundError:
            reason = None if pin.conditional else f"{pin.name}: pinned, but not installed here"
        if reason:
            found.append(reason)
    return found


def main() -> int:
    """Judge both locks; 1 when there is any objection."""
    total, found = 0, set[str]()
    for lock, tools in (("core.txt", frozenset[str]()), ("dev.txt", TOOLS)):
        text = (LOCKS / lock).read_text("utf-8")
        total = max(total, len(list(pins(text))))
        found.update(objections(text, tools))
    sys.stdout.writelines(f"{line}\n" for line in sorted(found))
    sys.stdout.write(f"licences: {total} distributions, {len(found)} objections\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
